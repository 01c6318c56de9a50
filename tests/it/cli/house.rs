//! A real daemon on a clock of the test's own, for commands that speak to one.

use std::fmt::Write as _;

use dfqueue::app::Daemon;
use dfqueue::clock::Clock;
use dfqueue::config;
use dfqueue::daemon::Published;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::http::auth::{hash_of, new_secret};
use dfqueue::store::Token;

use super::{Folder, Ran, dfqueue_with, example};

const HEADER: &str = "force,crime_ref,exhibit_ref,oic,offence,owner,device,taken_at,site,lock_state,make,storage_gb";

/// A daemon with the small unit of the contract's example, Monday 23 November 2026, 09:00.
pub struct House {
    pub folder: Folder,
    pub daemon: Daemon,
    now: Timestamp,
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(None).await
    }

    /// The same with a roster.
    pub async fn open_with(roster: Option<&str>) -> Self {
        let folder = Folder::new();
        let roster = roster.map_or_else(String::new, |lines| folder.write("roster.csv", lines));
        let (unit, policy) = (example("unit.toml"), example("policy.toml"));
        let state = folder.path("").display().to_string();
        let flags = [
            ("http.listen", "127.0.0.1:0"),
            ("state.dir", &*state),
            ("files.unit", &*unit),
            ("files.policy", &*policy),
            ("files.roster", &*roster),
        ];
        let config = config::daemon(None, std::iter::empty(), &flags).unwrap();
        let now = "2026-11-23T09:00:00Z".parse().unwrap();
        let daemon = Daemon::start(&config, Clock::manual(now), None).await.unwrap();
        Self { folder, daemon, now }
    }

    /// Makes a token as `dfqueue token create` does, by the daemon's clock.
    pub async fn token(&self, role: &str) -> String {
        let secret = new_secret().unwrap();
        let token = Token::new(&format!("t-{role}"), role, role, self.now, self.now + Seconds::hours(1));
        self.daemon.store.create_token(&token, &hash_of(&secret)).await.unwrap();
        secret
    }

    pub fn server(&self) -> String {
        format!("http://{}", self.daemon.api)
    }

    /// Runs a command as DS 1180 with a token.
    pub fn run(&self, token: &str, arguments: &[&str]) -> Ran {
        let server = self.server();
        let state = self.folder.path("").display().to_string();
        let environment = [
            ("DFQUEUE_SERVER", &*server),
            ("DFQUEUE_TOKEN", token),
            ("DFQUEUE_PERSON", "DS 1180"),
            ("DFQUEUE__STATE__DIR", &*state),
        ];
        // The daemon runs on other threads of this test.
        tokio::task::block_in_place(|| dfqueue_with(&environment, arguments))
    }

    /// Waits until it is known how sure a plan of so many submissions is, after which nothing changes.
    pub async fn forecast(&mut self, submissions: usize) {
        let rests = |published: &std::sync::Arc<Published>| published.settled && published.unit.submissions.size() == submissions;
        let published = self.daemon.plan.wait_for(rests).await.unwrap().clone();
        self.daemon.forecast.wait_for(|forecast| forecast.speaks_of(&published.plan).is_some()).await.unwrap();
    }

    /// Waits until the plan knows so many submissions.
    pub async fn planned(&mut self, submissions: usize) {
        self.daemon.plan.wait_for(|published| published.unit.submissions.size() == submissions).await.unwrap();
    }
}

pub fn row(exhibit: &str, device: &str, rest: &str) -> String {
    format!("Northshire,NS/9,{exhibit},DC 1,rasso,victim,{device},2026-11-23T07:40:00Z,north,{rest}")
}

pub fn queue(rows: &[String]) -> String {
    rows.iter().fold(format!("{HEADER}\n"), |mut text, row| {
        let _ = writeln!(text, "{row}");
        text
    })
}
