//! The authorisation matrix, tried at random: role x route x method x whose thing x how it stands x whatever is sent.
//!
//! Every submission carries words of its own in each field (`Zq12e` is the exhibit of the twelfth), so that whatever is told of
//! it anywhere in an answer gives itself away. `DFQUEUE_CASES` sets how many requests are made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use dfqueue::domain::ids::{AssignmentId, QueueNumber};
use dfqueue::domain::time::Seconds;
use dfqueue::domain::unit::{Submission, Unit};
use dfqueue::http::access::{Role, TABLE};
use futures::StreamExt;
use serde_json::{Value, json};

use super::described::judge;
use super::house::{Caller, House};
use super::oracle::{Of, ROUTES, Reach, Route, handles_devices};
use super::random_request::{Asks, Chance, own_words};
use crate::harness::Database;

const REACHES: [Reach; 8] = [
    Reach::of(None, &[]),
    Reach::of(Some("Northshire"), &[]),
    Reach::of(Some("Southshire"), &[]),
    Reach::of(None, &["north"]),
    Reach::of(None, &["hq"]),
    Reach::of(Some("Northshire"), &["hq"]),
    Reach::of(Some("Southshire"), &["north"]),
    Reach::of(Some("Eastshire"), &[]),
];

/// A token, what the oracle knows of it, and whether it is worth anything.
struct Bearer {
    caller: Caller,
    role: &'static str,
    reach: Reach,
    worth: bool,
}

/// The house, and all that was ever in its queue.
struct Scene {
    house: House,
    bearers: Vec<Bearer>,
    /// Every submission as it is, or was when it left the queue.
    known: BTreeMap<QueueNumber, Arc<Submission>>,
    /// Whose the words of a number are.
    owners: BTreeMap<u64, QueueNumber>,
    /// Assignments ever made: of which submission, and at which site.
    work: BTreeMap<AssignmentId, (QueueNumber, String)>,
    resources: Vec<(String, String)>,
    /// The unit as the newest plan has it: who could see something then hears of that plan.
    planned: Unit,
    seq: i64,
}

/// One that may be asked for: what it is called in a path, and whether it is within reach.
struct Target {
    id: String,
    number: Option<QueueNumber>,
    reached: bool,
}

impl Scene {
    async fn open(db: &Database, chance: &mut Chance) -> Self {
        let house = House::open(db).await;
        let mut bearers = Vec::new();
        for role in Role::ALL {
            for reach in REACHES {
                let (force, sites) = reach.bound();
                let caller = house.caller_of(*role, "PSE 1", force, sites).await;
                bearers.push(Bearer { caller, role: role.as_str(), reach, worth: true });
            }
            let caller = house.caller(*role, "PSE 1").await;
            assert!(house.store.revoke_token(&caller.token, house.clock.now()).await.unwrap());
            bearers.push(Bearer { caller, role: role.as_str(), reach: REACHES[0], worth: false });
        }
        let resources = house.desk.unit().establishment.resources.clone();
        let resources = resources.iter().map(|one| (one.id.to_string(), one.site.to_string())).collect();
        let (known, owners, work) = Default::default();
        let planned = house.desk.unit();
        let mut scene = Self { house, bearers, known, owners, work, resources, planned, seq: 0 };
        let intake = scene.bearers.iter().find(|one| one.role == "intake").map(|one| one.caller.clone()).unwrap();
        for _ in 0..24 {
            intake.post("/v1/submissions", chance.request(&scene.asks())).await.is(201);
            scene.learn().await;
        }
        scene.time_passes().await;
        scene
    }

    /// What random requests are made of.
    fn asks(&self) -> Asks<'_> {
        Asks { now: self.house.clock.now(), next: self.owners.len() as u64 + 1, known: &self.known, owners: &self.owners }
    }

    /// A while later: what was missed is recorded, and a plan made and offered.
    async fn time_passes(&mut self) {
        let later = self.house.clock.now() + Seconds(1_500);
        self.house.clock.set(later);
        self.house.sweep().await;
        self.house.plan().await;
        self.planned = self.house.desk.unit();
        self.learn().await;
    }

    /// Takes in what was recorded since; which submissions it was about, but for offers taken back.
    async fn learn(&mut self) -> BTreeSet<QueueNumber> {
        let (unit, mut about) = (self.house.desk.unit(), BTreeSet::new());
        for recorded in self.house.store.recorded(self.seq, unit.seq, 100_000).await.unwrap() {
            let Some(number) = recorded.number else { continue };
            // That an offer is taken back is a consequence, for whomever it was.
            if recorded.entry.kind != "released" {
                about.insert(number);
            }
            let submission = unit.submissions.get(&number).cloned().or(recorded.closed).unwrap();
            let words = submission.particulars.as_ref().map(|p| own_words(&p.oic)).unwrap_or_default();
            for word in words {
                self.owners.entry(word).or_insert(number);
            }
            self.known.insert(number, submission);
        }
        let site = |resource: &str| self.resources.iter().find(|(id, _)| id == resource).unwrap().1.clone();
        for one in unit.assignments.values() {
            self.work.insert(one.id, (one.submission, site(one.slot.resource.as_str())));
        }
        self.seq = unit.seq;
        about
    }

    /// Submissions within reach, as things are.
    fn reached(&self, reach: &Reach) -> BTreeSet<QueueNumber> {
        let unit: Unit = self.house.desk.unit();
        self.known.values().filter(|submission| reach.sees(&unit, submission)).map(|submission| submission.number).collect()
    }

    /// What was within reach when the newest plan was made, which its readers hear of.
    fn told_by_plan(&self, reach: &Reach) -> BTreeSet<QueueNumber> {
        let then = self.planned.submissions.values();
        then.filter(|submission| reach.sees(&self.planned, submission)).map(|submission| submission.number).collect()
    }

    fn target(&self, of: Of, reach: &Reach, seen: &BTreeSet<QueueNumber>, chance: &mut Chance) -> Target {
        let nowhere = |id: &str| Target { id: id.into(), number: None, reached: of == Of::Nothing };
        if of == Of::Nothing || chance.one_in(30) {
            return nowhere(chance.of::<&str>(&["Q999", "A999", "0", "x", "%20", "kiosk-9"]));
        }
        match of {
            Of::Submission => {
                let number = *chance.of(&self.known.keys().copied().collect::<Vec<_>>());
                Target { id: number.to_string(), number: Some(number), reached: seen.contains(&number) }
            }
            Of::Assignment if self.work.is_empty() => nowhere("A1"),
            Of::Assignment => {
                let id = *chance.of(&self.work.keys().copied().collect::<Vec<_>>());
                let (number, site) = &self.work[&id];
                Target { id: id.to_string(), number: Some(*number), reached: seen.contains(number) && reach.works_at(site) }
            }
            Of::Breach => {
                let breaches: Vec<_> = self.house.desk.unit().breaches.values().map(|one| (one.id, one.submission)).collect();
                if breaches.is_empty() {
                    return nowhere("B1");
                }
                let (id, number) = *chance.of(&breaches);
                Target { id: id.to_string(), number: Some(number), reached: seen.contains(&number) }
            }
            // Nobody is told anything here.
            Of::Message => nowhere("N1"),
            Of::Hold => {
                let holds: Vec<_> = self.house.desk.unit().holds.values().cloned().collect();
                if holds.is_empty() {
                    return nowhere("H1");
                }
                let hold = chance.of(&holds);
                let site = |(id, _): &&(String, String)| hold.held.is_resource(&id.as_str().into());
                let reached = self.resources.iter().find(site).is_none_or(|(_, site)| reach.works_at(site));
                Target { id: hold.id.to_string(), number: None, reached }
            }
            Of::Resource => {
                let (id, site) = chance.of(&self.resources);
                Target { id: id.clone(), number: None, reached: reach.works_at(site) }
            }
            Of::Nothing => nowhere("x"),
        }
    }
}

/// A few entries for routes that record something, some of which may be none of theirs who hand them in.
fn late_entries(scene: &Scene, chance: &mut Chance, asks: &Asks<'_>, seen: &BTreeSet<QueueNumber>, reach: &Reach) -> String {
    let known = ROUTES.iter().filter(|route| route.changes() && route.of != Of::Nothing).collect::<Vec<_>>();
    let entries = (0..1 + chance.below(3)).map(|place| {
        let route = *chance.of(&known);
        let target = scene.target(route.of, reach, seen, chance);
        let body: Value = serde_json::from_str(&chance.body(route, asks, target.number)).unwrap_or_default();
        json!({ "key": format!("{place}-{}", chance.below(1_000)), "path": route.path.replace("{id}", &target.id), "body": body,
            "person": chance.person(asks, target.number) })
    });
    Value::Array(entries.collect()).to_string()
}

/// What came back, as one text: status, headers, body.
async fn ask(caller: &Caller, request: axum::http::Request<Body>) -> (u16, String) {
    let (method, path) = (request.method().clone(), request.uri().to_string());
    let response = caller.answer(request).await;
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let stream = response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream");
    let head = response.headers().iter().fold(String::new(), |text, (name, value)| format!("{text}{name}: {value:?}\n"));
    let mut text = String::new();
    if stream {
        // It has told all there is to tell once it tells of the plan.
        let mut body = response.into_body().into_data_stream();
        while !text.contains("event: plan") {
            text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
        }
    } else {
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        text.push_str(std::str::from_utf8(&body).unwrap());
    }
    judge(method.as_str(), &path, status, kind.as_deref(), &text);
    (status, format!("{head}{text}"))
}

/// One random request, and what is wrong with how it was answered.
async fn one(scene: &mut Scene, chance: &mut Chance) -> (Option<&'static Route>, u16) {
    let route = chance.of(ROUTES);
    // Every other time somebody asks who may: else little would come to pass.
    let may = |bearer: &&Bearer| bearer.worth && route.allows(bearer.role);
    let those_who_may: Vec<&Bearer> = if chance.one_in(2) { scene.bearers.iter().filter(may).collect() } else { Vec::new() };
    let bearer = match those_who_may.len() {
        0 => &scene.bearers[chance.below(scene.bearers.len())],
        some => those_who_may[chance.below(some)],
    };
    let (role, reach, worth) = (bearer.role, bearer.reach, bearer.worth && !chance.one_in(40));
    let before = scene.reached(&reach);
    let target = scene.target(route.of, &reach, &before, chance);
    let mut caller = bearer.caller.clone();
    if bearer.worth && !worth {
        caller.secret = (*chance.of(&["", "dfq_unknown", "dfq_"])).into();
    }
    let asks = scene.asks();
    caller.person = chance.person(&asks, target.number);
    let named = caller.person.is_some();
    let path = format!("{}{}", route.path.replace("{id}", &target.id), chance.query(route, &asks));
    let body = match route.path {
        "/v1/late-entries" => late_entries(scene, chance, &asks, &before, &reach),
        _ => chance.body(route, &asks, target.number),
    };
    // HEAD is answered like GET, and a stream has no end to wait for.
    let has_head = route.method == "GET" && route.path != "/v1/events";
    let others: &[&str] = if has_head { &["PUT", "DELETE", "PATCH", "HEAD"] } else { &["PUT", "DELETE", "PATCH"] };
    let method = if chance.one_in(50) { *chance.of(others) } else { route.method };
    let mut request = caller.request(method, &path).header("content-type", "application/json");
    if chance.one_in(6) {
        request = request.header("idempotency-key", format!("key-{}", chance.below(50)));
    }
    let name = format!("{method} {path} {body} as {role} {reach:?}, worth {worth}, person {:?}", caller.person);
    let sent = if route.method == "GET" { Body::empty() } else { Body::from(body.clone()) };
    let (status, text) = ask(&caller, request.body(sent).unwrap()).await;

    let entries = scene.house.desk.unit().seq - scene.seq;
    let fresh = scene.owners.len();
    let known: BTreeSet<QueueNumber> = scene.known.keys().copied().collect();
    let about = scene.learn().await;
    let mut seen: BTreeSet<QueueNumber> = scene.reached(&reach).union(&before).copied().collect();
    if route.method == "GET" {
        seen.extend(scene.told_by_plan(&reach));
    }
    // Who registers something for another site knows it, too.
    if route.path == "/v1/submissions" {
        seen.extend(about.difference(&known));
    }
    let told = format!("{name}: {status} {text}");
    assert!(status < 500, "{told}");
    let expected: &[u16] = match () {
        () if method != route.method && method != "HEAD" => &[405],
        // What can't be read as a path names nothing, whoever asks.
        () if route.who.is_empty() => &[200],
        () if !worth => &[401],
        () if !route.allows(role) => &[403],
        () if route.changes() && !named => &[400],
        () if !target.reached => &[400, 404, 413, 415],
        () => &[],
    };
    assert!(expected.is_empty() || expected.contains(&status), "{expected:?} is the answer to {told}");
    if expected.is_empty() {
        assert!(![401, 404, 405].contains(&status), "is allowed: {told}");
        assert!(status != 403 || route.is_personal(), "is allowed whoever speaks: {told}");
    }
    // What was empty is filled in, also where something else differs and is refused.
    let is_done = status < 300 || (status == 409 && path.ends_with("existing=fill"));
    assert!(entries == 0 || (route.changes() && expected.is_empty() && is_done), "changed something: {told}");
    for number in &about {
        assert!(seen.contains(number), "changed {number}: {told}");
        let own = scene.known[number].facts.force.as_str();
        assert!(reach.is_of(own) || entries == 0, "changed what is of {own}: {told}");
    }
    assert!(fresh == scene.owners.len() || route.path == "/v1/submissions", "registered something: {told}");
    // The description tells of nobody: its examples stand in the code.
    if ["/openapi.json", "/docs"].contains(&route.path) {
        return (None, status);
    }
    // What the caller said themselves is no news to them.
    let sent = format!("{path} {body} {:?}", caller.person);
    for (owner, field) in told_words(&text) {
        let word = format!("Zq{owner}{field}");
        if sent.contains(&word) {
            continue;
        }
        // What was said of one that has no words of its own says nothing of whose it is.
        if owner == 0 {
            continue;
        }
        let number = scene.owners.get(&owner).unwrap_or_else(|| panic!("nobody's word {word}: {told}"));
        // Two may have a word in common: one that was asked for again under a reference that was corrected away.
        let has_it = |number: &QueueNumber| {
            scene.known.get(number).is_some_and(|submission| format!("{:?}", submission.particulars).contains(&word))
        };
        assert!(seen.contains(number) || seen.iter().any(has_it), "{word} of {number} is out of reach: {told}");
        let for_work = field == 's' && route.path == "/v1/resources/{id}/assignments";
        assert!(
            !handles_devices(role) || for_work || !"slr".contains(field),
            "{word} is not for those who handle devices: {told}"
        );
    }
    for number in told_numbers(&text) {
        let asked = sent.contains(&number.to_string());
        // Somebody may have asked for one that there is not.
        let is_none = !scene.known.contains_key(&number);
        let is_own = about.contains(&number) && !known.contains(&number);
        assert!(asked || is_none || is_own || seen.contains(&number), "{number} is out of reach: {told}");
    }
    (expected.is_empty().then_some(route), status)
}

/// Words that give away whose they are: the number, and the field they stand in.
fn told_words(text: &str) -> impl Iterator<Item = (u64, char)> {
    text.split("Zq").skip(1).filter_map(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        Some((rest[..digits].parse().ok()?, rest[digits..].chars().next()?))
    })
}

/// Queue numbers: `Q12`, where it is a word.
fn told_numbers(text: &str) -> impl Iterator<Item = QueueNumber> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter_map(|word| Some(QueueNumber(word.strip_prefix('Q')?.parse().ok()?)))
}

#[test]
fn every_route_has_its_line_in_the_oracle() {
    let known: BTreeSet<_> = ROUTES.iter().map(|route| (route.method, route.path)).collect();
    let there: BTreeSet<_> = TABLE.iter().map(|row| (row.method, row.path)).collect();
    assert_eq!(known, there, "write who may what in tests/it/http/oracle.rs, from the agreed tables");
    assert_eq!(known.len(), ROUTES.len());
}

async fn random_requests(db: &Database, usual: usize) {
    let cases = std::env::var("DFQUEUE_CASES").map_or(usual, |cases| cases.parse().expect("DFQUEUE_CASES is no number"));
    let seed = std::env::var("DFQUEUE_SEED").map_or(2_026, |seed| seed.parse().expect("DFQUEUE_SEED is no number"));
    println!("{cases} requests, DFQUEUE_SEED={seed}");
    let mut chance = Chance::new(seed);
    let mut scene = Scene::open(db, &mut chance).await;
    let mut answered: BTreeMap<String, BTreeMap<u16, usize>> = BTreeMap::new();
    for case in 1..=cases {
        // A question is answered as it was a moment ago where it is asked again in the same second.
        scene.house.clock.set(scene.house.clock.now() + Seconds(1));
        let (route, status) = one(&mut scene, &mut chance).await;
        let name = route.map_or_else(|| "denied".into(), |route| format!("{} {}", route.method, route.path));
        *answered.entry(name).or_default().entry(status).or_default() += 1;
        if case % 100 == 0 {
            scene.time_passes().await;
        }
    }
    // Denials alone would show nothing: most of what can be done was done.
    let done = |route: &&Route| {
        let statuses = answered.get(&format!("{} {}", route.method, route.path));
        statuses.is_some_and(|statuses| statuses.keys().any(|status| *status < 300))
    };
    let (done, undone): (Vec<&Route>, Vec<&Route>) = ROUTES.iter().filter(|route| !route.who.is_empty()).partition(done);
    let undone: Vec<&str> = undone.into_iter().map(|route| route.path).collect();
    assert!(cases < 5_000 || done.len() >= 4 * undone.len(), "never done: {undone:?}");
    let open = scene.house.desk.unit().submissions.size();
    println!("{:#?}\n{} submissions, {open} of them open; {} assignments", answered, scene.known.len(), scene.work.len());
    assert_eq!(scene.house.store.verify().await.unwrap().finding, None);
}

#[tokio::test]
async fn nobody_sees_or_does_what_they_may_not_sqlite() {
    random_requests(&Database::sqlite(), 8_000).await;
}

#[tokio::test]
async fn nobody_sees_or_does_what_they_may_not_postgres() {
    random_requests(&Database::postgres().await, 1_000).await;
}
