//! Commands and reads a second, in turns with their references, so that whatever else the machine does falls on both.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Daemon, Home};
use crate::reference::{self, Bare};
use crate::wire::{rate, request};
use crate::{USUAL, quantile};

/// How long each turn lasts.
const TURN: Duration = Duration::from_secs(5);
/// How many turns; the median counts.
const TURNS: usize = 5;
/// How many callers send commands at once.
const CALLERS: usize = 64;
/// How many read at once.
const READERS: usize = 16;

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// Durable commands a second: each caller records the lock state of submissions of its own, now this, now that.
pub async fn commands(name: &str, home: &Home, daemon: &Daemon, url: &str) {
    let caller = home.caller(daemon, "supervisor");
    let bearer = format!("Bearer {}", caller.secret);
    let next = |connection: usize, turn: usize| {
        let number = 1 + (connection + CALLERS * (turn / 2)) % (USUAL / CALLERS * CALLERS);
        let lock_state = if turn.is_multiple_of(2) { "unlocked" } else { "pin_held" };
        let path = format!("/v1/submissions/Q{number}/pin");
        let body = json!({ "lock_state": lock_state }).to_string();
        request("POST", &path, &[("authorization", &bearer), ("dfqueue-person", caller.person)], &body)
    };
    let (mut ours, mut alone, mut together) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        alone.push(reference::commits(url, 1, TURN).await);
        together.push(reference::commits(url, CALLERS as u32, TURN).await);
        ours.push(tokio::task::block_in_place(|| rate(daemon.api, CALLERS, TURN, 200, &next)));
    }
    let (ours, alone, together) = (median(ours), median(alone), median(together));
    println!(
        "{name}: {ours:.0} durable commands/s ({CALLERS} callers); the bare database {alone:.0} one-row commits/s on one \
         connection, {together:.0} on {CALLERS}: {:.1} and {:.1} times",
        ours / alone,
        ours / together
    );
}

/// Status reads a second of every submission in turn, nothing changing and with changes going on.
pub async fn reads(name: &str, home: &Home, daemon: &Daemon) {
    let manager = home.caller(daemon, "manager");
    let body = home.path("status.json");
    std::fs::write(&body, manager.get("/v1/submissions/Q1").await.is(200).to_string()).unwrap();
    let bare = Bare::start(&body);
    let bearer = format!("Bearer {}", manager.secret);
    let next = |connection: usize, turn: usize| {
        let path = format!("/v1/submissions/Q{}", 1 + (connection * 31 + turn) % USUAL);
        request("GET", &path, &[("authorization", &bearer)], "")
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        theirs.push(tokio::task::block_in_place(|| rate(bare.address, READERS, TURN, 200, &next)));
        ours.push(tokio::task::block_in_place(|| rate(daemon.api, READERS, TURN, 200, &next)));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("{name}: {ours:.0} status reads/s ({READERS} readers); a bare axum handler {theirs:.0}: {:.2} of it", ours / theirs);
}
