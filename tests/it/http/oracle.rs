//! Who may do what, and see what, written anew from the agreed tables: nothing here asks the program that it judges.
//!
//! A new route is a line in [`ROUTES`]; a route without one fails the tests.

use dfqueue::domain::unit::{Submission, Unit, Whereabouts};

/// What the `{id}` of a route names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// There is none: the whole of the house, or a list of what the caller may see.
    Nothing,
    Submission,
    Breach,
    Assignment,
    Resource,
    Hold,
    Message,
}

/// One route.
#[derive(Debug)]
pub struct Route {
    pub method: &'static str,
    pub path: &'static str,
    pub of: Of,
    /// Roles that may; empty: anyone, without a token.
    pub who: &'static str,
    /// Fields of its body, or parameters of its query: `?` before the name of a parameter, `!` before a field that some of those
    /// who may knock may not say, so that 403 is an answer. A lone `!`: it depends on the person who speaks.
    pub says: &'static str,
}

impl Route {
    pub fn allows(&self, role: &str) -> bool {
        self.who.is_empty() || self.who.split(' ').any(|one| one == role)
    }

    pub fn changes(&self) -> bool {
        self.method == "POST" && !self.path.ends_with("/search") && !self.path.starts_with("/v1/what-if")
    }

    /// Whether who speaks, or what they say, can be refused though the role may knock.
    pub fn is_personal(&self) -> bool {
        self.says.contains('!')
    }

    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.says.split(' ').filter_map(|word| word.strip_prefix('?'))
    }

    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        let words = self.says.split(' ').filter(|word| !word.starts_with('?'));
        words.map(|word| word.trim_start_matches('!')).filter(|word| !word.is_empty())
    }
}

const fn get(path: &'static str, of: Of, who: &'static str, says: &'static str) -> Route {
    Route { method: "GET", path, of, who, says }
}

const fn post(path: &'static str, of: Of, who: &'static str, says: &'static str) -> Route {
    Route { method: "POST", path, of, who, says }
}

use Of::{Assignment as A, Breach as B, Hold as H, Message as M, Nothing as N, Resource as R, Submission as S};

/// Everyone who signs in; a scraper of metrics does not.
const ALL: &str = "intake investigator supervisor practitioner operator property_desk manager auditor quality_lead";
const HOUSE: &str = "operator practitioner supervisor manager auditor quality_lead";
const CASES: &str = "investigator supervisor practitioner manager auditor quality_lead";

/// Every route there is.
pub const ROUTES: &[Route] = &[
    get("/healthz", N, "", ""),
    get("/readyz", N, "", ""),
    get("/openapi.json", N, "", ""),
    get("/docs", N, "", ""),
    post("/v1/submissions", N, "intake investigator supervisor", "?existing !request"),
    get("/v1/submissions", N, ALL, "?state ?tier ?force ?open ?cursor ?limit"),
    post("/v1/submissions/search", N, ALL, "force crime_ref exhibit_ref"),
    get("/v1/submissions/{id}", S, ALL, "?timeline"),
    get("/v1/submissions/{id}/counterfactuals", S, ALL, ""),
    get("/v1/submissions/{id}/case", S, ALL, ""),
    get("/v1/submissions/{id}/schedule", S, CASES, "?format"),
    post("/v1/submissions/{id}/agreement", S, "investigator supervisor", "agreement_at notice_at"),
    post("/v1/submissions/{id}/legal-basis", S, "investigator supervisor", "basis"),
    post("/v1/submissions/{id}/authorisation", S, "supervisor", "! at"),
    post("/v1/submissions/{id}/pin", S, "investigator supervisor operator practitioner", "lock_state"),
    post("/v1/submissions/{id}/return-authorisation", S, "investigator supervisor", "!"),
    post("/v1/submissions/{id}/withdrawal", S, "investigator supervisor", "cause data at reason"),
    post("/v1/submissions/{id}/refusal", S, "supervisor practitioner", "cause data at reason"),
    post("/v1/submissions/{id}/challenge", S, "investigator supervisor", "reason"),
    post("/v1/submissions/{id}/challenge-decision", S, "manager", "upheld reason"),
    post("/v1/submissions/{id}/park", S, "supervisor practitioner", "parked review_at reason"),
    post("/v1/submissions/{id}/resumption", S, "supervisor practitioner", "reason"),
    post("/v1/submissions/{id}/confidential", S, "investigator supervisor practitioner operator", "kinds reason"),
    post("/v1/submissions/{id}/confidential-clearance", S, "supervisor", "! reason"),
    post("/v1/submissions/{id}/rework", S, "supervisor practitioner quality_lead", "stage reason"),
    post("/v1/submissions/{id}/outside", S, "supervisor practitioner manager", "provider accreditation due at by seal"),
    post("/v1/submissions/{id}/outside-return", S, "property_desk operator practitioner", "!site at by seal done"),
    post("/v1/submissions/{id}/priority", S, "supervisor manager", "raised until reason"),
    post("/v1/submissions/{id}/risk", S, "supervisor practitioner", "!risk life_at_risk reason"),
    post("/v1/submissions/{id}/scope", S, "supervisor practitioner", "!scope agreement_at notice_at reason"),
    post("/v1/submissions/{id}/return-offer", S, "property_desk operator investigator supervisor", "answer until reason"),
    post("/v1/submissions/{id}/return-withheld", S, "supervisor", "withheld by review_at reason"),
    post("/v1/submissions/{id}/return-allowance", S, "supervisor", "reason"),
    post("/v1/submissions/{id}/appointment-cancellation", S, "property_desk operator investigator supervisor", "reason"),
    post("/v1/submissions/{id}/handset", S, "property_desk operator investigator supervisor", "handset"),
    post(
        "/v1/submissions/{id}/handset-issue",
        S,
        "property_desk operator investigator supervisor",
        "handset received_by with_sim at",
    ),
    post("/v1/submissions/{id}/handset-return", S, "property_desk operator investigator supervisor", "at"),
    post("/v1/submissions/{id}/owner-told", S, "investigator supervisor", "at expected reason"),
    post("/v1/submissions/{id}/results-received", S, "investigator supervisor", "at"),
    post(
        "/v1/submissions/{id}/action-acknowledgement",
        S,
        "investigator supervisor practitioner operator property_desk manager",
        "wanted reason",
    ),
    post("/v1/submissions/{id}/redaction", S, "manager", "reason"),
    post("/v1/submissions/{id}/correction", S, "investigator supervisor intake property_desk", "!field value reason"),
    post("/v1/submissions/{id}/delivery", S, "property_desk operator", "!site at by seal"),
    post("/v1/submissions/{id}/move", S, "property_desk operator", "!site at by seal"),
    post("/v1/submissions/{id}/collection", S, "property_desk operator", "by at"),
    post("/v1/submissions/{id}/return", S, "property_desk investigator", "received_by proof at"),
    get("/v1/actions", N, ALL, "?person ?team ?role ?step ?site ?cursor ?limit"),
    get("/v1/resources", N, HOUSE, ""),
    get("/v1/roster", N, HOUSE, ""),
    get("/v1/resources/{id}/assignments", R, HOUSE, ""),
    post("/v1/resources/{id}/availability", R, "operator practitioner manager", "available from until why"),
    post("/v1/resources/{id}/tool", R, "operator practitioner quality_lead", "tool tool_version at"),
    post("/v1/resources/{id}/walk-up", R, "operator practitioner supervisor", "force crime_ref exhibit_ref at by seal !override"),
    post("/v1/assignments/{id}/accept", A, "operator practitioner supervisor", "at !override"),
    post("/v1/assignments/{id}/start", A, "operator practitioner supervisor", "at !override"),
    post("/v1/assignments/{id}/pause", A, "operator practitioner", "at reason"),
    post("/v1/assignments/{id}/resume", A, "operator practitioner supervisor", "at !override"),
    post("/v1/assignments/{id}/review", A, "operator practitioner", "at until reason"),
    post("/v1/assignments/{id}/finish", A, "operator practitioner", "at tool tool_version hash"),
    post("/v1/assignments/{id}/fail", A, "operator practitioner", "failed attempts_left reason at"),
    post("/v1/assignments/{id}/send-back", A, "operator practitioner", "stage reason at"),
    post("/v1/assignments/{id}/release", A, "operator practitioner supervisor", "reason"),
    post("/v1/late-entries", N, "operator practitioner property_desk", "! entries"),
    get("/v1/queue", N, "manager auditor", "?tier ?site ?cursor ?limit"),
    get("/v1/plan", N, "manager auditor", ""),
    post("/v1/what-if", N, "manager", "more_of without close"),
    post("/v1/what-if/additions", N, "manager", "keep costs without close"),
    get("/v1/sla", N, "manager auditor", ""),
    get("/v1/sla/breaches", N, "manager auditor", "?breach ?cursor ?limit"),
    get("/v1/sla/breaches/{id}", B, "manager auditor", ""),
    post("/v1/sla/breaches/{id}/acknowledgement", B, "manager", "reason"),
    get("/v1/reports/performance", N, "manager auditor", "?from ?to ?group ?format"),
    get("/v1/reports/backlog", N, "manager auditor", "?from ?to ?group ?format"),
    get("/v1/reports/capacity", N, "manager auditor", "?from ?to ?group ?format"),
    get("/v1/reports/quality", N, "manager auditor quality_lead", "?from ?to ?group ?format"),
    get("/v1/appointments", N, "property_desk operator investigator supervisor manager auditor", ""),
    post("/v1/appointments", N, "property_desk operator supervisor", "booked bookable ahead until !override"),
    get("/v1/handsets", N, "property_desk operator investigator supervisor manager auditor", ""),
    get("/v1/quality-holds", N, HOUSE, "?standing ?cursor ?limit"),
    post("/v1/quality-holds", N, "quality_lead manager", "!holds holdable reason"),
    get("/v1/quality-holds/{id}", H, "quality_lead manager auditor supervisor", "?cursor ?limit"),
    post("/v1/quality-holds/{id}/lifting", H, "quality_lead", "! reason"),
    get("/v1/notices", N, "manager auditor", "?message ?cursor ?limit"),
    post("/v1/notices/{id}/retry", M, "manager", ""),
    get("/v1/events", N, ALL, "?after"),
    get("/v1/access-log", N, "manager auditor", "?submission ?by ?since ?cursor ?limit"),
];

/// Who handles devices and knows no case: no scope, no legal basis, nobody's reasons.
pub fn handles_devices(role: &str) -> bool {
    matches!(role, "operator" | "property_desk")
}

/// Who may know which resources there are.
pub fn reads_resources(role: &str) -> bool {
    HOUSE.split(' ').any(|one| one == role)
}

/// What a token is bound to: one force, or none; some sites, or none.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    force: Option<&'static str>,
    sites: &'static [&'static str],
}

impl Reach {
    pub const fn of(force: Option<&'static str>, sites: &'static [&'static str]) -> Self {
        Self { force, sites }
    }

    /// The force and the sites.
    pub const fn bound(&self) -> (Option<&'static str>, &'static [&'static str]) {
        (self.force, self.sites)
    }

    /// Whether a force's things are within it.
    pub fn is_of(&self, force: &str) -> bool {
        self.force.is_none_or(|own| own == force)
    }

    pub fn works_at(&self, site: &str) -> bool {
        self.sites.is_empty() || self.sites.contains(&site)
    }

    /// Whether a submission is: of the force; and, for who works at certain sites, with something of it there.
    pub fn sees(&self, unit: &Unit, submission: &Submission) -> bool {
        let mut sites: Vec<&str> = vec![submission.facts.site.as_str()];
        sites.extend(submission.facts.return_site.as_ref().map(|site| site.as_str()));
        if let Whereabouts::At { site, .. } = &submission.device {
            sites.push(site.as_str());
        }
        let work = unit.assignments.values().filter(|assignment| assignment.submission == submission.number);
        let at = |resource: &str| unit.establishment.resources.iter().find(|one| one.id.as_str() == resource);
        sites.extend(work.filter_map(|assignment| Some(at(assignment.slot.resource.as_str())?.site.as_str())));
        self.is_of(&submission.facts.force) && sites.into_iter().any(|site| self.works_at(site))
    }
}
