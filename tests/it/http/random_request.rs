//! Random requests that a person or a program might make, or might not: mostly sensible, sometimes neither.

use std::collections::BTreeMap;
use std::sync::Arc;

use dfqueue::domain::columns::COLUMNS;
use dfqueue::domain::ids::QueueNumber;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::domain::unit::Submission;
use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::oracle::Route;

/// What there is to ask for.
pub struct Asks<'a> {
    pub now: Timestamp,
    /// The number whose words the next submission has.
    pub next: u64,
    pub known: &'a BTreeMap<QueueNumber, Arc<Submission>>,
    pub owners: &'a BTreeMap<u64, QueueNumber>,
}

impl Asks<'_> {
    /// The number whose words a submission has.
    fn word_of(&self, number: QueueNumber) -> u64 {
        self.owners.iter().find(|(_, owner)| **owner == number).map_or(0, |(word, _)| *word)
    }
}

/// The numbers of words like `Zq12o` in a text.
pub fn own_words(text: &str) -> Vec<u64> {
    let digits = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
    text.split("Zq").skip(1).filter_map(digits).collect()
}

pub struct Chance(Rng);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0.usize(..end)
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn word(&mut self, all: &[&str]) -> String {
        if self.one_in(25) { "nonsense".into() } else { (*self.of(all)).into() }
    }

    /// Before now, as a rule by less than two hours.
    fn at(&mut self, now: Timestamp) -> String {
        match self.below(30) {
            0 => "soon".into(),
            1 => (now + Seconds(3_600)).to_string(),
            2 => (now - Seconds(400_000)).to_string(),
            _ => Timestamp::from_unix(now.unix() - i64::try_from(self.below(7_000)).unwrap()).to_string(),
        }
    }

    /// A request with words of its own in every field.
    pub fn request(&mut self, asks: &Asks<'_>) -> Value {
        let n = asks.next;
        let (now, hours) = (asks.now, i64::try_from(self.below(40)).unwrap());
        let taken = now - Seconds(hours * 3_600 + 3_600);
        let mut request = json!({
            "force": self.of(&["Northshire", "Southshire", "Westshire"]), "crime_ref": format!("Zq{n}c/26"),
            "exhibit_ref": format!("Zq{n}e"), "oic": format!("DC Zq{n}o"), "team": format!("Zq{n}t"),
            "offence": self.of(&["rasso", "theft", "murder", "other"]), "owner": self.of(&["victim", "suspect", "witness"]),
            "device": self.of(&["phone", "phone", "laptop"]), "make": format!("Zq{n}m"), "model": format!("Zq{n}n"), "storage_gb": 64,
            "taken_at": taken, "site": self.of(&["north", "hq"]), "scope": [format!("Zq{n}s one"), format!("Zq{n}s two")],
            "level": if self.one_in(4) { 2 } else { 1 },
        });
        let mut more = |field: &str, value: Value, likely: usize| {
            if self.below(10) < likely {
                request[field] = value;
            }
        };
        more("return_site", json!("north"), 1);
        more("lock_state", json!("pin_held"), 7);
        more("legal_basis", json!(format!("Zq{n}l")), 3);
        // What the matrix reserves for some; gates go together, or nothing is ever ready.
        if !n.is_multiple_of(3) {
            let gates = json!({ "agreement_at": taken, "notice_at": taken, "delivered_at": now - Seconds(600), "authorised_by":
                format!("DS Zq{n}a"), "authorised_at": now - Seconds(300), "return_authorised_by": format!("DC Zq{n}o") });
            request.as_object_mut().unwrap().extend(gates.as_object().unwrap().clone());
        }
        request
    }

    /// Who speaks: someone, the officer in the case, or nobody.
    pub fn person(&mut self, asks: &Asks<'_>, number: Option<QueueNumber>) -> Option<String> {
        match self.below(8) {
            0 => None,
            1..=3 => number.map(|number| format!("DC Zq{}o", asks.word_of(number))).or(Some("PSE 2".into())),
            _ => Some("PSE 2".into()),
        }
    }

    pub fn query(&mut self, route: &Route, asks: &Asks<'_>) -> String {
        let mut query = Vec::new();
        for name in route.parameters() {
            if !self.one_in(3) {
                continue;
            }
            let some = self.of(&asks.owners.keys().copied().collect::<Vec<_>>()).to_owned();
            let value = match name {
                "existing" => self.word(&["fill", "report"]),
                "state" => self.word(&["waiting", "requested", "returned", "waiting,returned"]),
                "tier" => self.word(&["1", "2,3", "5"]),
                "force" => self.word(&["Northshire", "Southshire"]),
                "open" | "timeline" | "standing" => self.word(&["true", "false"]),
                "cursor" => self.word(&["AAAAAAAAAAI", "AAAAAAAAABQ"]),
                "limit" => self.word(&["1", "5", "1000"]),
                "format" => self.word(&["json", "csv", "html"]),
                "person" => format!("DC+Zq{some}o"),
                "team" => format!("Zq{some}t"),
                "role" => self.word(&["investigator", "operator"]),
                "from" => self.word(&["2026-11-01"]),
                "to" => self.word(&["2026-12-31"]),
                "group" => self.word(&["team", "force", "site"]),
                "message" => self.word(&["dead", "pending,sent"]),
                "step" => self.word(&["team", "duty_supervisor,on_call"]),
                "site" => self.word(&["north", "hq"]),
                "breach" => self.word(&["open", "forecast", "closed,void", "open,closed,disproved"]),
                "after" => self.word(&["0", "3", "40"]),
                "submission" => format!("Q{some}"),
                "by" => format!("DC+Zq{some}o"),
                "since" => "2026-11-23T08:00:00Z".into(),
                other => panic!("say in tests/it/http/random_request.rs what the parameter {other} may be"),
            };
            let name = match name {
                "breach" | "message" => "state",
                "by" => "person",
                "group" => "by",
                "since" => "after",
                name => name,
            };
            query.push(format!("{name}={value}"));
        }
        if self.one_in(60) {
            query.push("sort=up".into());
        }
        if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) }
    }

    pub fn body(&mut self, route: &Route, asks: &Asks<'_>, number: Option<QueueNumber>) -> String {
        if self.one_in(40) {
            return (*self.of(&["{", "[]", "null", "\"Q1\"", "{\"Zq\": 1}", ""])).into();
        }
        if route.path == "/v1/submissions" {
            return self.registration(asks).to_string();
        }
        let own = number.map_or(0, |number| asks.word_of(number));
        let mut body = Map::new();
        for field in route.fields() {
            // What may be left out is, now and then; so is what may not.
            if !self.one_in(12) {
                let (name, value) = self.field(field, asks, own, route);
                body.insert(name.into(), value);
            }
        }
        if self.one_in(60) {
            body.insert("scope_creep".into(), json!(true));
        }
        Value::Object(body).to_string()
    }

    /// A new one, one that is there with other words, or two of them.
    fn registration(&mut self, asks: &Asks<'_>) -> Value {
        let fresh = self.request(asks);
        if self.one_in(2) {
            return fresh;
        }
        let there = self.of(&asks.known.values().collect::<Vec<_>>()).to_owned();
        let Some(particulars) = &there.particulars else { return fresh };
        let again = json!({
            "force": there.facts.force, "crime_ref": particulars.crime_ref, "exhibit_ref": particulars.exhibit_ref,
            "oic": "DC 1", "offence": "theft", "owner": "victim", "device": "phone", "site": self.of(&["north", "hq"]),
            "taken_at": there.facts.taken_at, "bail_at": asks.now + Seconds(900_000),
        });
        if self.one_in(2) { again } else { json!([again, fresh]) }
    }

    fn field<'a>(&mut self, field: &'a str, asks: &Asks<'_>, own: u64, route: &Route) -> (&'a str, Value) {
        let some = self.of(&asks.known.values().collect::<Vec<_>>()).to_owned();
        let theirs = |get: fn(&Submission) -> Option<&String>| json!(get(some).map_or("nothing", |text| text.as_str()));
        let value = match field {
            "at" | "agreement_at" | "notice_at" | "from" => json!(self.at(asks.now)),
            "until" | "review_at" | "due" | "expected" => json!(asks.now + Seconds(7_200)),
            "force" => json!(some.facts.force),
            "crime_ref" => theirs(|s| s.particulars.as_ref().map(|p| &p.crime_ref)),
            "exhibit_ref" => theirs(|s| s.particulars.as_ref().map(|p| &p.exhibit_ref)),
            "basis" => json!(format!("Zq{own}l")),
            "reason" | "override" => json!(format!("Zq{own}r, for a reason")),
            "why" => return ("reason", json!("no power")),
            "lock_state" => json!(self.word(&["pin_held", "unlocked", "afu", "bfu"])),
            "site" => json!(self.word(&["north", "hq"])),
            "by" => json!(format!("PC Zq{own}p")),
            "received_by" => json!(self.word(&["owner", "parent", "nominated"])),
            "proof" => json!(self.word(&["signature", "code", "witnessed"])),
            "data" => json!(self.word(&["none", "deleted", "kept"])),
            "cause" if route.path.ends_with("/refusal") => json!(self.word(&["not_necessary", "duplicate", "unsupported"])),
            "cause" => json!(self.word(&["agreement_withdrawn", "withdrawn", "agreement_refused"])),
            "parked" => return ("cause", json!(self.word(&["decision", "tool", "other"]))),
            "withheld" => return ("cause", json!(self.word(&["evidence", "ordered", "other"]))),
            "holds" => return ("what", json!(self.word(&["resource"]))),
            "holdable" => return ("name", json!(self.word(&["dmi-okafor", "examiner-lloyd"]))),
            "wanted" => return ("action", json!(self.word(&["pin", "delivery", "collection", "handset_issue"]))),
            "more_of" => return ("set", json!(self.of(&[&["kiosk=+1"][..], &["dmi=-1", "lab=+2"], &["kiosk"]]))),
            "keep" => json!(self.of(&[&["victim-phone=95%"][..], &["rasso-suspect=100%", "standard=50%"], &["nothing=1%"]])),
            "costs" => return ("cost", json!(self.of(&[&["examiner=3"][..], &["dmi=0"]]))),
            "without" => json!(self.of(&[&["kiosk-hq-1"][..], &["nobody"]])),
            "close" => json!(self.of(&[&["north"][..], &["north", "hq"], &[]])),
            "booked" => return ("submission", json!(some.number.to_string())),
            "bookable" => return ("resource", json!(self.word(&["kiosk-north-1", "kiosk-hq-1", "lab-bench-1", "kiosk-9"]))),
            "ahead" => return ("from", json!(asks.now + Seconds(1_800))),
            "raised" => return ("tier", json!(self.of(&[2, 3, 5]))),
            "risk" => json!(self.of(&[&["child_at_risk"][..], &[]])),
            "handset" => json!(self.word(&["spare-1", "spare-2"])),
            "life_at_risk" | "with_sim" => json!(!self.one_in(2)),
            "scope" => json!([format!("Zq{own}s one")]),
            "provider" => json!(format!("Zq{own}p Forensics")),
            "accreditation" => json!("ISO/IEC 17025"),
            "seal" => json!(format!("Zq{own}d")),
            "done" => json!(self.of(&[&["prepare", "extract"][..], &[]])),
            "answer" => json!(self.word(&["accepted", "later", "unreachable"])),
            "failed" => return ("cause", json!(self.word(&["cable", "machine", "battery", "locked"]))),
            "kinds" => json!(self.of(&[&["legal"][..], &["medical", "legal"], &[]])),
            "stage" => json!(self.word(&["prepare", "extract", "verify", "report"])),
            "attempts_left" => json!(3),
            "upheld" | "available" => json!(!self.one_in(2)),
            "tool" => json!("Kiosk Reader"),
            "tool_version" => json!("7.61"),
            "hash" => json!("ab".repeat(32)),
            "field" if self.one_in(8) => json!(self.of(&["returned_at", "proof", "nonsense"])),
            "field" => json!(self.of(COLUMNS).name),
            // The last of a correction: whatever the field is, a word of its own does for most.
            "value" => match self.below(6) {
                0 => json!(self.at(asks.now)),
                1 => json!(""),
                2 => json!("2"),
                3 => json!(self.of(&["suspect", "hq", "theft", "true", "laptop", "Southshire"])),
                _ => json!(format!("DC Zq{own}o v")),
            },
            other => panic!("say in tests/it/http/random_request.rs what the field {other} may be"),
        };
        (field, value)
    }
}
