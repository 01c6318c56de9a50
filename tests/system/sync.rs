//! What is acknowledged was synced first, as the kernel saw it: strace watches the daemon write, sync and answer.

use std::collections::BTreeMap;
use std::path::Path;

use dfqueue::clock::{Clock, monotonic};
use dfqueue::domain::time::Seconds;
use futures::future::join_all;

use crate::harness::{Home, eventually, request, run, seconds};

/// Callers at once, and what each sends: groups are committed together now and then.
const CALLERS: usize = 5;
const EACH: usize = 100;

/// What was seen of one change.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    /// Line on which its key was first written to the write-ahead log.
    written: Option<usize>,
    /// Line on which its answer began to be written to the socket.
    answered: Option<usize>,
}

/// A trace, line by line: changes by key, and syncs of the write-ahead log as (begun, done).
#[derive(Debug, Default)]
struct Trace {
    seen: BTreeMap<String, Seen>,
    syncs: Vec<(usize, usize)>,
}

impl Trace {
    fn read(text: &str) -> Self {
        let mut trace = Self::default();
        let mut under_way: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let Some((process, call)) = line.split_once(' ') else { continue };
            let call = call.trim_start();
            let done = call.ends_with("= 0");
            if (call.starts_with("fdatasync(") || call.starts_with("fsync(")) && call.contains("-wal>") {
                if call.ends_with("<unfinished ...>") {
                    under_way.insert(process, at);
                } else if done {
                    trace.syncs.push((at, at));
                }
            } else if call.starts_with("<... fdatasync resumed>") || call.starts_with("<... fsync resumed>") {
                let begun = under_way.remove(process).filter(|_| done);
                trace.syncs.extend(begun.map(|begun| (begun, at)));
            } else if call.starts_with("pwrite64(") && call.contains("-wal>") {
                for key in keys(call) {
                    trace.seen.entry(key).or_default().written.get_or_insert(at);
                }
            } else if call.contains("\"HTTP/1.1 2") {
                for key in keys(call) {
                    trace.seen.entry(key).or_default().answered.get_or_insert(at);
                }
            }
        }
        trace
    }

    /// Changes that were answered before a sync that began after they were written was done.
    fn early(&self) -> Vec<(&String, &Seen)> {
        let synced = |seen: &Seen| match (seen.written, seen.answered) {
            (Some(written), Some(answered)) => self.syncs.iter().any(|(begun, done)| *begun > written && *done < answered),
            (_, answered) => answered.is_none(),
        };
        self.seen.iter().filter(|(_, seen)| !synced(seen)).collect()
    }
}

fn key(number: usize) -> String {
    format!("feed{number:08}beef")
}

/// Our keys in a line.
fn keys(line: &str) -> impl Iterator<Item = String> {
    line.match_indices("feed").filter_map(|(at, _)| {
        let key = line.get(at..at + 16)?;
        (key.ends_with("beef") && key[4..12].bytes().all(|b| b.is_ascii_digit())).then(|| key.to_owned())
    })
}

#[tokio::test]
async fn no_answer_before_its_sync() {
    run("strace", &["--version"]); // Debian's package strace; tests/run.sh installs it
    let home = Home::sqlite().await;
    let trace = home.path("trace").display().to_string();
    // -D: the daemon stays our child. 4200: a page of the database and its frame in full.
    let calls = "trace=fdatasync,fsync,pwrite64,write,writev,sendto,sendmsg";
    let strace = ["strace", "-D", "-f", "--seccomp-bpf", "-y", "-s", "4200", "-e", calls, "-e", "signal=none", "-o", &trace];
    let mut daemon = home.spawn_under(&strace, &[], &[("log.level", "error")]).ready().await;
    let begun = monotonic();
    let caller = home.caller(&daemon, "investigator");
    let sent = join_all((0..CALLERS).map(async |of| {
        for number in (0..EACH).map(|turn| turn * CALLERS + of) {
            let phone = request("phone", &format!("AB/{number}"), Clock::System.now() - Seconds(60));
            caller.post("/v1/submissions", &phone, &key(number)).await.unwrap().is(201);
        }
    }));
    sent.await;
    let took = seconds(begun);
    daemon.process.stop().await;
    let text = eventually("the end of the trace", async || whole(Path::new(&trace))).await;

    let trace = Trace::read(&text);
    assert_eq!(trace.seen.len(), CALLERS * EACH, "changes in the trace");
    assert!(trace.seen.values().all(|seen| seen.written.is_some() && seen.answered.is_some()), "{:?}", trace.early());
    let early = trace.early();
    assert!(early.is_empty(), "{} answered before they were on disk: {early:?}", early.len());
    println!(
        "{} acknowledgements, 0 before their fdatasync; {} syncs of the write-ahead log in {took:.1} s; a trace of {} lines",
        trace.seen.len(),
        trace.syncs.len(),
        text.lines().count()
    );
}

/// The trace, once it has its last line.
fn whole(path: &Path) -> Option<String> {
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    text.lines().last().is_some_and(|line| line.contains("+++ exited")).then_some(text)
}

/// The eye that finds nothing must be able to find something.
#[test]
fn an_answer_before_its_sync_is_found() {
    let lines = |order: [&str; 4]| {
        let text = order.map(|what| match what {
            "write" => r#"11 pwrite64(9</tmp/x.db-wal>, "\0feed00000001beef", 4096, 0) = 4096"#,
            "begin" => "11 fdatasync(9</tmp/x.db-wal> <unfinished ...>",
            "done" => "11 <... fdatasync resumed>) = 0",
            "failed" => "11 <... fdatasync resumed>) = -1 EIO (Input/output error)",
            _ => r#"12 writev(7<socket:[1]>, [{iov_base="HTTP/1.1 201 Created\r\nx-request-id: feed00000001beef"...}], 2) = 99"#,
        });
        Trace::read(&text.join("\n")).early().len()
    };
    assert_eq!(lines(["write", "begin", "done", "answer"]), 0);
    assert_eq!(lines(["write", "begin", "answer", "done"]), 1);
    assert_eq!(lines(["write", "answer", "begin", "done"]), 1);
    assert_eq!(lines(["begin", "write", "done", "answer"]), 1);
    assert_eq!(lines(["begin", "done", "write", "answer"]), 1);
    assert_eq!(lines(["write", "begin", "failed", "answer"]), 1);
    assert_eq!(lines(["begin", "done", "answer", "answer"]), 1);
}
