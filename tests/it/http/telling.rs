//! People and programs are told without asking: once, in one message, signed, and again until it is delivered or given up.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use dfqueue::config::{Notices, Recipient, Way};
use dfqueue::daemon::Worker;
use dfqueue::domain::actions::Rung;
use dfqueue::domain::notice::NoticeKind;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::http::access::Role;
use dfqueue::notices::{Courier, Teller, signature};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::house::{House, phone_with};
use super::treat::ready;
use crate::harness::Database;
use crate::on_both;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A program that is told: what it got, and what it answers.
#[derive(Clone)]
struct Listener {
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<AtomicU16>,
}

async fn hears(State(listener): State<Listener>, headers: HeaderMap, body: String) -> StatusCode {
    listener.got.lock().unwrap().push((headers, body));
    StatusCode::from_u16(listener.answers.load(Ordering::SeqCst)).unwrap()
}

impl Listener {
    async fn open() -> (Self, String) {
        let listener = Self { got: Arc::default(), answers: Arc::new(AtomicU16::new(204)) };
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", socket.local_addr().unwrap());
        let app = Router::new().route("/hook", post(hears)).with_state(listener.clone());
        tokio::spawn(async move { axum::serve(socket, app).await.unwrap() });
        (listener, url)
    }

    /// What came since somebody last looked, each proved to be ours.
    fn heard(&self) -> Vec<Value> {
        let got = std::mem::take(&mut *self.got.lock().unwrap());
        let one = |(headers, body): (HeaderMap, String)| {
            let header = |name: &str| headers[name].to_str().unwrap().to_owned();
            let at = Timestamp::from_unix(header("webhook-timestamp").parse().unwrap());
            assert_eq!(header("webhook-signature"), signature(SECRET, &header("webhook-id"), at, &body).unwrap());
            serde_json::from_str(&body).unwrap()
        };
        got.into_iter().map(one).collect()
    }
}

/// A house that tells, and the file its secret is in.
struct Telling {
    teller: Teller,
    courier: Courier,
    _folder: tempfile::TempDir,
}

impl Telling {
    fn of(house: &House, url: &str, change: impl Fn(&mut Recipient)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let secret_file = folder.path().join("secret");
        std::fs::write(&secret_file, format!("{SECRET}\n")).unwrap();
        let mut recipient = Recipient {
            name: "duty desk".into(),
            way: Way::Webhook { url: url.into(), secret_file },
            what: NoticeKind::ALL.to_vec(),
            force: None,
            team: None,
            roles: Vec::new(),
            steps: Rung::ALL.to_vec(),
            tier: 5,
            at_most_every: Seconds(900),
        };
        change(&mut recipient);
        let (told_by, told) = watch::channel(());
        let recipients: Arc<[Recipient]> = vec![recipient.clone()].into();
        let aside = Worker::start("aside").unwrap();
        let teller = Teller { api: house.api.clone(), recipients, aside, told: told_by };
        let notices = Arc::new(Notices { recipients: vec![recipient], smtp: None });
        let (store, clock) = (house.store.clone(), house.clock.clone());
        let courier = Courier { store, clock, notices, client: reqwest::Client::new(), told };
        Self { teller, courier, _folder: folder }
    }

    async fn turn(&self, house: &House) {
        house.plan().await;
        self.teller.turn().await.unwrap();
        self.courier.turn().await.unwrap();
    }
}

fn told(message: &Value) -> Vec<(&str, &str)> {
    let items = message["data"]["items"].as_array().unwrap().iter();
    items.map(|item| (item["submission"].as_str().unwrap(), item["action"].as_str().unwrap_or("promise"))).collect()
}

on_both! {
    async fn what_is_new_is_told_once_and_what_comes_meanwhile_in_one_message(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let oic = house.caller(Role::Investigator, "DC 2231").await;
        let (listener, url) = Listener::open().await;
        let telling = Telling::of(&house, &url, |_| {});
        house.it_is("2026-11-23T08:30:00Z");
        let phone = ready(json!({ "lock_state": "unknown", "return_authorised_by": null }));
        intake.post("/v1/submissions", phone).await.is(201);
        telling.turn(&house).await;
        let first = listener.heard();
        assert_eq!(first.len(), 1);
        assert_eq!(told(&first[0]), [("Q1", "pin"), ("Q1", "return_authorisation")]);
        for secret in ["AB/1", "NS/2026/10411", "DC 2231", "DS 1180"] {
            assert!(!first[0].to_string().contains(secret), "{secret} leaves the host: {}", first[0]);
        }
        telling.turn(&house).await;
        assert_eq!(listener.heard().len(), 0, "once");

        // A minute later two more come, and the PIN is known after all: nobody hears of that before the quarter of an hour is over.
        house.it_is("2026-11-23T08:31:00Z");
        oic.post("/v1/submissions/Q1/pin", json!({ "lock_state": "pin_held" })).await.is(200);
        for exhibit in ["AB/2", "AB/3"] {
            intake.post("/v1/submissions", ready(json!({ "exhibit_ref": exhibit, "lock_state": "unknown" }))).await.is(201);
        }
        telling.turn(&house).await;
        assert_eq!(listener.heard().len(), 0, "one message in a quarter of an hour");
        house.it_is("2026-11-23T08:46:00Z");
        telling.turn(&house).await;
        assert_eq!(listener.heard().iter().map(told).collect::<Vec<_>>(), [[("Q2", "pin"), ("Q3", "pin")]]);

        // It goes up, and is told anew; then the promise will be missed.
        house.it_is("2026-11-23T20:00:00Z");
        telling.turn(&house).await;
        let last = listener.heard();
        let kinds: Vec<&Value> = last[0]["data"]["items"].as_array().unwrap().iter().map(|item| &item["kind"]).collect();
        assert!(kinds.contains(&&json!("forecast_breach")) && kinds.contains(&&json!("wanted")), "{last:#?}");
    }

    async fn what_can_not_be_delivered_is_tried_again_and_given_up_and_tried_once_more(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let head = house.caller_of(Role::Manager, "DI 0900", None, &[]).await;
        let (listener, url) = Listener::open().await;
        let telling = Telling::of(&house, &url, |_| {});
        listener.answers.store(502, Ordering::SeqCst);
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({ "lock_state": "unknown" }))).await.is(201);
        telling.turn(&house).await;
        assert_eq!(listener.heard().len(), 1);
        telling.courier.turn().await.unwrap();
        assert_eq!(listener.heard().len(), 0, "not at once again");
        let waits = head.get("/v1/notices?state=pending").await.is(200);
        assert_eq!((&waits["items"][0]["attempts"], &waits["items"][0]["next_at"]), (&json!(1), &json!("2026-11-23T08:30:05Z")));
        assert_eq!(waits["items"][0]["error"], "answered 502 Bad Gateway");
        let mut tries = 1;
        for _ in 0..60 {
            house.clock.set(house.clock.now() + Seconds(3_600));
            telling.courier.turn().await.unwrap();
            tries += listener.heard().len();
        }
        assert_eq!(tries, 9);
        let dead = head.get("/v1/notices?state=dead,sent").await.is(200);
        assert_eq!((&dead["items"][0]["id"], &dead["items"][0]["state"]), (&json!("N1"), &json!("dead")));
        listener.answers.store(200, Ordering::SeqCst);
        assert_eq!(head.post("/v1/notices/N1/retry", json!({})).await.is(200)["changed"], true);
        telling.courier.turn().await.unwrap();
        assert_eq!(listener.heard().len(), 1);
        assert_eq!(head.get("/v1/notices").await.is(200)["items"][0]["state"], "sent");
        assert_eq!(head.post("/v1/notices/N1/retry", json!({})).await.is(200)["changed"], false);
        head.post("/v1/notices/N9/retry", json!({})).await.is(404);
    }

    async fn who_does_not_answer_keeps_nobody_else_waiting(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller(Role::Intake, "PSE 7003").await;
        let (listener, url) = Listener::open().await;
        let mut telling = Telling::of(&house, &url, |_| {});
        // It takes the call, and says nothing.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut hangs = telling.courier.notices.recipients[0].clone();
        hangs.name = "a desk where nobody answers".into();
        let Way::Webhook { secret_file, .. } = hangs.way else { unreachable!() };
        hangs.way = Way::Webhook { url: format!("http://{}/hook", silent.local_addr().unwrap()).parse().unwrap(), secret_file };
        let both = vec![hangs, telling.courier.notices.recipients[0].clone()];
        telling.teller.recipients = both.clone().into();
        telling.courier.notices = Arc::new(Notices { recipients: both, smtp: None });
        house.it_is("2026-11-23T08:30:00Z");
        intake.post("/v1/submissions", ready(json!({ "lock_state": "unknown" }))).await.is(201);
        house.plan().await;
        telling.teller.turn().await.unwrap();
        let all_heard = async {
            while listener.got.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            went = telling.courier.turn() => panic!("it did not wait for who does not answer: {went:?}"),
            () = all_heard => {}
        }
    }

    async fn each_is_told_of_what_they_asked_for_alone(db: &Database) {
        let house = House::open(db).await;
        let intake = house.caller_of(Role::Intake, "PSE 7003", None, &[]).await;
        let (listener, url) = Listener::open().await;
        house.it_is("2026-11-23T08:30:00Z");
        let waits = json!({ "lock_state": "unknown", "team": "RASSO North" });
        intake.post("/v1/submissions", ready(waits.clone())).await.is(201);
        intake.post("/v1/submissions", phone_with(json!({ "force": "Southshire", "exhibit_ref": "CD/1", "team": "RASSO South" }))).await.is(201);
        for (name, change, expected) in [
            ("team", (|one: &mut Recipient| one.team = Some("rasso-north".into())) as fn(&mut Recipient), vec!["Q1"]),
            ("force", |one| one.force = Some("Southshire".into()), vec!["Q2"]),
            ("role", |one| one.roles = vec!["supervisor".into()], vec!["Q2"]),
            ("step", |one| one.steps = vec![Rung::OnCall], vec![]),
            ("what", |one| one.what = vec![NoticeKind::Breach], vec![]),
            ("tier", |one| one.tier = 0, vec![]),
        ] {
            let telling = Telling::of(&house, &url, |one| {
                one.name = name.into();
                change(one);
            });
            telling.turn(&house).await;
            let heard = listener.heard();
            let mut numbers: Vec<&str> = heard.iter().flat_map(told).map(|(number, _)| number).collect();
            numbers.dedup();
            assert_eq!(numbers, expected, "{name}");
        }
        // Whoever is no longer in the configuration is told nothing more.
        let telling = Telling::of(&house, &url, |one| one.name = "somebody else".into());
        house.store.notice("gone", &[("Q1/x".to_owned(), ("wanted", "{}".to_owned()))].into(), house.clock.now()).await.unwrap();
        assert!(house.store.compose("gone", house.clock.now()).await.unwrap());
        telling.courier.turn().await.unwrap();
        assert_eq!(house.store.messages(Some("dead"), i64::MAX, 9).await.unwrap()[0].recipient, "gone");
    }
    async fn what_does_not_fit_into_a_message_waits_for_the_next_and_the_most_urgent_goes_first(db: &Database) {
        let house = House::open(db).await;
        let item = |number: i64| {
            let (tier, by) = (5 - number / 40, format!("2026-12-{:02}T09:00:00Z", 28 - number % 28));
            (format!("Q{number}/pin/asked"), ("wanted", json!({ "submission": number, "tier": tier, "by": by }).to_string()))
        };
        house.store.notice("duty desk", &(0..150).map(item).collect(), house.clock.now()).await.unwrap();
        let mut tiers = Vec::new();
        for more in [50, 0] {
            assert!(house.store.compose("duty desk", house.clock.now()).await.unwrap());
            let message = house.store.messages(None, i64::MAX, 1).await.unwrap().remove(0);
            assert_eq!(message.more, more);
            let items: Vec<Value> = serde_json::from_str(&message.items).unwrap();
            tiers.extend(items.iter().map(|item| (item["tier"].as_i64().unwrap(), item["by"].as_str().unwrap().to_owned())));
        }
        assert!(tiers.len() == 150 && tiers.is_sorted(), "{tiers:?}");
        assert!(!house.store.compose("duty desk", house.clock.now()).await.unwrap(), "all of it is told");
    }
}
