//! Sets the demonstration up and runs it: a fresh directory, the shipped files, the real daemon, people, a summary.

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::arrivals::Arrivals;
use super::people::People;
use crate::app::Daemon;
use crate::clock::Clock;
use crate::config::{self, BankHolidays};
use crate::daemon::{Desk, Published};
use crate::domain::command::Command;
use crate::domain::entry::Actor;
use crate::domain::submission::Request;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::{AssignmentState, BreachState, Whereabouts};
use crate::http::auth;
use crate::store::Token;

const UNIT: &str = include_str!("../../config/unit.toml");
const POLICY: &str = include_str!("../../config/policy.toml");
const QUEUE: &str = include_str!("../../config/example/submissions.csv");
/// The instant for which the example queue was made.
const NOW: &str = "2026-11-23T09:30:00Z";

/// How a demonstration is run.
pub struct Settings {
    /// Port of the API on this host; 0: any free one.
    pub port: u16,
    /// How many times as fast as the wall its clock runs.
    pub speed: u32,
    /// Seed of everything drawn.
    pub seed: u64,
}

/// Runs the demonstration until Ctrl-C.
pub async fn run(settings: &Settings) -> Result<()> {
    let now: Timestamp = NOW.parse().map_err(anyhow::Error::msg)?;
    let folder = tempfile::Builder::new().prefix("dfqueue-demo-").tempdir().context("making a fresh directory")?;
    let daemon = open(folder.path(), settings, Clock::fast(now, settings.speed)).await?;
    let rows = rows(now)?;
    let taken = fill(&daemon.desk, &rows).await?;
    let tokens = tokens(&daemon).await?;
    introduce(&daemon, folder.path(), settings, taken, &tokens);
    play(daemon, settings, rows, now).await
}

async fn open(folder: &Path, settings: &Settings, clock: Clock) -> Result<Daemon> {
    for (name, text) in [("unit.toml", UNIT), ("policy.toml", POLICY)] {
        std::fs::write(folder.join(name), text).with_context(|| format!("writing {name}"))?;
    }
    let listen = SocketAddr::from(([127, 0, 0, 1], settings.port)).to_string();
    let state = folder.display().to_string();
    let (unit, policy) = (format!("{state}/unit.toml"), format!("{state}/policy.toml"));
    let flags: [(&str, &str); 5] =
        [("http.listen", &listen), ("state.dir", &state), ("files.unit", &unit), ("files.policy", &policy), ("cycle.tick", "1s")];
    let config = config::daemon(None, std::iter::empty(), &flags)?;
    Daemon::start(&config, clock, None).await
}

fn rows(now: Timestamp) -> Result<Vec<Request>> {
    let pair = config::load_pair(("unit.toml", UNIT), ("policy.toml", POLICY), &BankHolidays::shipped()?)?;
    let sheet = config::submissions("submissions.csv", QUEUE.as_bytes(), &pair.establishment, &pair.policy, Some(now))?;
    Ok(sheet.rows.into_iter().map(|row| row.request).collect())
}

async fn fill(desk: &Desk, rows: &[Request]) -> Result<usize> {
    let commands: Vec<Command> = rows.iter().map(|row| Command::Register(Box::new(row.clone()))).collect();
    desk.submit(&Actor { person: "demo".into(), token: None }, commands, None).await?;
    Ok(desk.unit().submissions.size())
}

/// Tokens of the demonstration: role and secret.
type Secrets = Vec<(&'static str, String)>;

async fn tokens(daemon: &Daemon) -> Result<Secrets> {
    let mut secrets = Vec::new();
    for role in ["manager", "supervisor", "investigator", "operator", "property_desk"] {
        let secret = auth::new_secret()?;
        let (now, person) = (daemon.now(), format!("demonstration {role}"));
        let token = Token::new(&format!("demo-{role}"), &person, role, now, now + Seconds::hours(24 * 3_650));
        daemon.store.create_token(&token, &auth::hash_of(&secret)).await?;
        secrets.push((role, secret));
    }
    Ok(secrets)
}

fn introduce(daemon: &Daemon, folder: &Path, settings: &Settings, taken: usize, tokens: &Secrets) {
    let manager = tokens.first().map_or("", |(_, secret)| secret);
    say(format_args!(
        "dfqueue demonstration: a synthetic unit with {taken} devices in its queue, {} x real time, seed {}\n",
        settings.speed, settings.seed
    ));
    say(format_args!("  API        http://{}/v1\n", daemon.api));
    say(format_args!("  files      {} (removed at the end)\n", folder.display()));
    for (role, secret) in tokens {
        say(format_args!("  {role:<14} {secret}\n"));
    }
    say("try, in another terminal:\n");
    say(format_args!("  export DFQUEUE_SERVER=http://{} DFQUEUE_TOKEN={manager}\n", daemon.api));
    say("  cargo run --release -- queue      # who is next, and why the others wait\n");
    say("  cargo run --release -- actions    # what is wanted from whom, by when\n");
    say("  cargo run --release -- breaches   # what is late, or will be\n");
    say("Ctrl-C stops it.\n");
}

/// Lets people act and devices arrive until Ctrl-C, then stops the daemon.
async fn play(mut daemon: Daemon, settings: &Settings, rows: Vec<Request>, begun: Timestamp) -> Result<()> {
    let mut people = People::new(settings.seed, begun);
    let mut arrivals = Arrivals::new(settings.seed.wrapping_add(1), begun, &rows);
    let mut look = tokio::time::interval(Duration::from_millis(500));
    let mut summary = Summary::default();
    let failure = loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break None,
            cause = daemon.failed() => break Some(cause),
            _ = look.tick() => {}
        }
        let published = daemon.plan.borrow().clone();
        let (unit, now) = (daemon.desk.unit(), daemon.now());
        let new = arrivals.until(now).into_iter();
        let new = new.map(|request| (Actor { person: "front desk".into(), token: None }, Command::Register(Box::new(request))));
        let deeds: Vec<_> = new.chain(people.act(&unit, &published.plan, now)).collect();
        for (actor, command) in deeds {
            // Two can reach for the same thing; whoever is refused looks again.
            let (verdict, _) = daemon.desk.order(&actor, command).await?;
            summary.deeds += u64::from(verdict.is_ok());
        }
        summary.show(&published, now);
    };
    say("\n");
    say("stopping\n");
    daemon.stop().await?;
    failure.map_or(Ok(()), Err)
}

#[derive(Default)]
struct Summary {
    deeds: u64,
    looks: u32,
}

impl Summary {
    /// One line: renewed in place on a terminal, every ten seconds elsewhere.
    fn show(&mut self, published: &Arc<Published>, now: Timestamp) {
        // The first plan was made before the queue was filled.
        if published.unit.submissions.is_empty() {
            return;
        }
        self.looks += 1;
        let terminal = std::io::stdout().is_terminal();
        if !terminal && self.looks % 20 != 1 {
            return;
        }
        let unit = &published.unit;
        let count = |state: fn(&BreachState) -> bool| unit.breaches.values().filter(|breach| state(&breach.state)).count();
        let working = unit.assignments.values().filter(|a| matches!(a.state, AssignmentState::Started { .. })).count();
        let phones = unit.submissions.values().filter(|s| {
            s.facts.owner.as_str() == "victim"
                && s.facts.device.as_str() == "phone"
                && !matches!(s.device, Whereabouts::Returned { .. })
        });
        let line = format!(
            "{}  {} open, {working} stages under way; victims' phones with us {}; missed {}, forecast {}; {} deeds",
            unit.establishment.zone.show(now),
            unit.submissions.size(),
            phones.count(),
            count(|state| matches!(state, BreachState::Open)),
            count(|state| matches!(state, BreachState::Forecast { .. })),
            self.deeds,
        );
        if terminal {
            say(format_args!("\r\x1b[2K{line}"));
        } else {
            say(format_args!("{line}\n"));
        }
    }
}

/// Says something on standard output. A closed pipe ends the demonstration's words, not the daemon.
fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}
