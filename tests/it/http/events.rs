//! What is recorded, as those hear it who follow: all that they may see, once, in order, and nothing else.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use axum::body::{Body, BodyDataStream};
use dfqueue::config::Limits;
use dfqueue::domain::command::Command;
use dfqueue::domain::entry::Actor;
use dfqueue::domain::ids::QueueNumber;
use dfqueue::domain::submission::LockState;
use dfqueue::http::access::Role;
use futures::StreamExt;
use futures::future::join_all;
use serde_json::{Value, json};

use super::house::{Caller, House, Reply, UNLIMITED, at, phone, phone_with};
use super::oracle::{Reach, handles_devices, reads_resources};
use crate::harness::Database;
use crate::on_both;

/// A stream of events, as a client reads it.
struct Stream {
    body: BodyDataStream,
    /// What came and is not an event yet.
    rest: String,
}

/// One event: its id and kind where it has them, and its data.
type Event = (Option<i64>, String, Value);

impl Stream {
    async fn open(caller: &Caller, query: &str, last: Option<&str>) -> Self {
        let mut request = caller.request("GET", &format!("/v1/events{query}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = caller.answer(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), 200);
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(header("content-type").as_deref(), Some("text/event-stream"));
        assert_eq!((header("cache-control").as_deref(), header("etag")), (Some("no-store"), None));
        Self { body: response.into_body().into_data_stream(), rest: String::new() }
    }

    /// The next event; none once the stream has ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.rest.split_once("\n\n") {
                let fields: BTreeMap<&str, &str> =
                    block.lines().filter(|line| !line.starts_with(':')).filter_map(|line| line.split_once(": ")).collect();
                let event = fields.get("data").map(|data| {
                    let id = fields.get("id").map(|id| id.parse().unwrap());
                    (id, fields["event"].to_owned(), serde_json::from_str(data).unwrap())
                });
                self.rest = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            self.rest.push_str(std::str::from_utf8(&self.body.next().await?.unwrap()).unwrap());
        }
    }

    /// What comes until a plan is told, which is when nothing else is left to tell.
    async fn until_plan(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            if event.1 == "plan" {
                return events;
            }
            events.push(event);
        }
        panic!("the stream ended");
    }

    async fn ends(mut self) {
        while self.next().await.is_some() {}
    }
}

fn seqs(events: &[Event]) -> Vec<i64> {
    events.iter().map(|(id, ..)| id.unwrap()).collect()
}

async fn refused(caller: &Caller, query: &str, last: Option<&str>) -> Reply {
    let mut request = caller.request("GET", &format!("/v1/events{query}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    caller.send(request.body(Body::empty()).unwrap()).await
}

/// So many entries, all at once.
async fn record(house: &House, entries: i64) {
    let lock = |n: i64| if n % 2 == 0 { LockState::Afu } else { LockState::Bfu };
    let commands = (0..entries).map(|n| Command::RecordPin { number: QueueNumber(1), lock_state: lock(n) });
    let before = house.desk.unit().seq;
    house.desk.submit(&Actor { person: "PSE 1".into(), token: None }, commands.collect(), None).await.unwrap();
    assert_eq!(house.desk.unit().seq, before + entries);
}

on_both! {
    async fn entries_are_told_as_the_timeline_has_them(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let mut stream = Stream::open(&oic, "", None).await;
        assert_eq!(stream.until_plan().await, []);
        oic.post("/v1/submissions", phone()).await.is(201);
        oic.post("/v1/submissions/Q1/pin", json!({ "lock_state": "pin_held" })).await.is(200);
        oic.post("/v1/submissions/Q1/correction", json!({ "field": "model", "value": "iPhone 15", "reason": "the label" })).await.is(200);
        let told = [stream.next().await.unwrap(), stream.next().await.unwrap(), stream.next().await.unwrap()];
        assert_eq!(told.each_ref().map(|(_, kind, _)| kind.as_str()), ["registered", "pin_status_recorded", "corrected"]);
        let timeline = oic.get("/v1/submissions/Q1").await.is(200)["timeline"].clone();
        for (entry, (id, kind, data)) in timeline.as_array().unwrap().iter().zip(&told) {
            assert_eq!((&json!(id), &json!(kind), &json!("Q1")), (&entry["seq"], &entry["kind"], &data["submission"]));
            let mut data = data.clone();
            data.as_object_mut().unwrap().remove("submission");
            assert_eq!(&data, entry);
        }
        // The newest plan makes boards look again; what the daemon records of it is told like anything else.
        house.plan().await;
        let after = stream.until_plan().await;
        assert!(after.iter().all(|(_, kind, _)| kind != "plan"));
        assert_eq!(stream_from(&oic, told[0].0.unwrap()).await, [&told[1..], &after].concat());
    }

    async fn a_client_that_comes_back_reads_on_where_it_was(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        record(&house, 300).await;
        let end = house.desk.unit().seq;
        let all = stream_from(&oic, 0).await;
        assert_eq!(seqs(&all), (3..=end).collect::<Vec<_>>(), "every entry but the files, which are not an investigator's");
        // The header goes before the parameter that the client began with.
        let mut back = Stream::open(&oic, "?after=0", Some("200")).await;
        assert_eq!(back.until_plan().await, all[198..]);
        let mut fresh = Stream::open(&oic, "", None).await;
        assert_eq!(fresh.until_plan().await, []);
        for (query, last) in [("", Some((end + 1).to_string())), ("", Some("x".into())), ("", Some("-1".into()))] {
            refused(&oic, query, last.as_deref()).await.problem(400, "wrong_header");
        }
        for query in [format!("?after={}", end + 1), "?after=x".into(), "?since=0".into()] {
            refused(&oic, &query, None).await.problem(400, "wrong_query");
        }
    }

    async fn five_hundred_readers_hear_what_they_may_and_nothing_else(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller_of(Role::Intake, "PSE 7003", None, &[]).await;
        let roles: Vec<Role> = Role::ALL.iter().copied().filter(|role| *role != Role::Metrics).collect();
        let reaches: [(Option<&str>, &[&str]); 6] =
            [(None, &[]), (Some("Northshire"), &[]), (Some("Southshire"), &[]), (None, &["north"]), (None, &["hq"]), (Some("Southshire"), &["hq"])];
        let mut readers = Vec::new();
        let mut callers = BTreeMap::new();
        for n in 0..500 {
            let (role, (force, sites)) = (roles[n % roles.len()], reaches[n / roles.len() % reaches.len()]);
            let key = (role.as_str(), force, sites);
            if let Entry::Vacant(free) = callers.entry(key) {
                free.insert(house.caller_of(role, "PSE 1", force, sites).await);
            }
            // Some follow from now on, some from the beginning.
            let from = if n.is_multiple_of(2) { house.desk.unit().seq } else { 0 };
            let stream = Stream::open(&callers[&key], &format!("?after={from}"), None).await;
            readers.push((role, Reach::of(force, sites), from, stream));
        }
        for (n, force) in ["Northshire", "Southshire"].into_iter().cycle().take(8).enumerate() {
            let site = if n % 4 < 2 { "north" } else { "hq" };
            let more = json!({ "force": force, "site": site, "crime_ref": format!("{force}/{n}"), "exhibit_ref": format!("AB/{n}"), "scope": ["zeppelin"] });
            let id = intake.post("/v1/submissions", phone_with(more)).await.is(201)["id"].clone();
            let path = format!("/v1/submissions/{}/correction", id.as_str().unwrap());
            intake.post(&path, json!({ "field": "model", "value": "X", "reason": "quicksilver" })).await.is(200);
        }
        let operator = house.caller_of(Role::Operator, "PSE 9", None, &[]).await;
        let outage = json!({ "available": false, "until": "2026-11-23T12:00:00Z", "reason": "no power" });
        operator.post("/v1/resources/kiosk-hq-1/availability", outage).await.is(200);
        house.plan().await;

        let recorded = house.store.recorded(0, i64::MAX, 10_000).await.unwrap();
        let unit = house.desk.unit();
        let heard = join_all(readers.into_iter().map(async |(role, reach, from, mut stream)| {
            (role, reach, from, stream.until_plan().await)
        }));
        let mut told = 0;
        for (role, reach, from, events) in heard.await {
            let expected = recorded.iter().filter(|one| one.entry.seq > from && match one.number {
                Some(number) => reach.sees(&unit, &unit.submissions[&number]),
                None => reads_resources(role.as_str()) && (one.entry.kind != "outage_declared" || reach.works_at("hq")),
            });
            assert_eq!(seqs(&events), expected.map(|one| one.entry.seq).collect::<Vec<_>>(), "{role} {reach:?} from {from}");
            let text = format!("{events:?}");
            assert!(!text.contains("zeppelin"), "{role} is told what was asked for");
            assert!(!handles_devices(role.as_str()) || !text.contains("quicksilver"), "{role} is told reasons");
            told += events.len();
        }
        assert!(told > 5_000, "{told}");
    }

    async fn a_slow_reader_is_dropped_and_comes_back(db: &Database) {
        let house = House::open(db).await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        oic.post("/v1/submissions", phone()).await.is(201);
        let (mut slow, mut quick) = (Stream::open(&oic, "", None).await, Stream::open(&oic, "", None).await);
        assert_eq!((slow.until_plan().await, quick.until_plan().await), (vec![], vec![]));
        let (begun, mut heard) = (house.desk.unit().seq, Vec::new());
        for _ in 0..3 {
            record(&house, 1_500).await;
            while heard.last() != Some(&house.desk.unit().seq) {
                heard.extend(quick.next().await.unwrap().0);
            }
        }
        assert_eq!(heard, (begun + 1..=begun + 4_500).collect::<Vec<_>>());
        assert_eq!(slow.next().await, None, "4,500 entries behind");
        assert_eq!(seqs(&stream_from(&oic, begun).await), heard, "and nothing was missed");
    }

    async fn a_stream_ends_with_its_token(db: &Database) {
        let house = House::open(db).await;
        let (one, other) = (house.caller(Role::Manager, "DI 1").await, house.caller(Role::Manager, "DI 2").await);
        let (mut revoked, mut expired) = (Stream::open(&one, "", None).await, Stream::open(&other, "", None).await);
        revoked.until_plan().await;
        expired.until_plan().await;
        assert!(house.store.revoke_token(&one.token, house.clock.now()).await.unwrap());
        revoked.ends().await;
        house.it_is("2028-01-01T00:00:00Z");
        expired.ends().await;
    }

    async fn so_many_streams_and_no_more(db: &Database) {
        let house = House::open_with(db, Limits { streams_per_token: 2, streams: 3, ..UNLIMITED }).await;
        let (one, other) = (house.caller(Role::Manager, "DI 1").await, house.caller(Role::Manager, "DI 2").await);
        let first = Stream::open(&one, "", None).await;
        let _second = Stream::open(&one, "", None).await;
        let third = refused(&one, "", None).await;
        assert_eq!(third.headers["retry-after"], "10");
        third.problem(429, "too_many_streams");
        let _other = Stream::open(&other, "", None).await;
        let full = refused(&other, "", None).await;
        assert_eq!(full.headers["retry-after"], "2");
        full.problem(503, "unavailable");
        drop(first);
        Stream::open(&other, "", None).await.until_plan().await;
    }

    async fn the_daemon_stops_and_streams_end(db: &Database) {
        let house = House::open(db).await;
        let manager = house.caller(Role::Manager, "DI 1").await;
        let mut stream = Stream::open(&manager, "", None).await;
        stream.until_plan().await;
        house.api.stop.cancel();
        stream.ends().await;
        assert!(house.clock.now() == at("2026-11-23T07:30:00Z"));
    }
}

async fn stream_from(caller: &Caller, after: i64) -> Vec<Event> {
    Stream::open(caller, &format!("?after={after}"), None).await.until_plan().await
}
