//! Who may do what: the authorisation matrix, as data. The router is built from it, so that a route without a row can't
//! exist; what no row allows is denied.
//!
//! A row says which roles may knock; [`Caller::sees`] says what they reach: the submissions of their own force and the
//! things of their own sites. What is out of reach answers like what does not exist.

use std::sync::Arc;

use axum::routing::{MethodRouter, get, post};

use super::openapi::doc::Doc;
use super::{
    House, accessed, actions, additions, appointments, assignments, attend, cases, confidential, device, events, gates, health,
    late, notices, openapi, plan, quality, redaction, removal, reports, resources, roster, schedule, sla, submissions, treat,
    walk_up, what_if,
};
use crate::domain::decide::RETURN_FIELDS;
use crate::domain::entry::Actor;
use crate::domain::ids::{ResourceId, SiteId};
use crate::domain::submission::{Particulars, same_person, words};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit, Whereabouts};
use crate::store::Token;

words!(
    /// What the bearer of a token is.
    Role {
        /// Registers requests, as an import does.
        Intake = "intake",
        /// An officer in a case, or their team.
        Investigator = "investigator",
        /// Checks necessity and scope.
        Supervisor = "supervisor",
        /// A DMI or an examiner.
        Practitioner = "practitioner",
        /// Runs kiosks.
        Operator = "operator",
        /// Takes devices in and hands them out.
        PropertyDesk = "property_desk",
        /// Runs the unit.
        Manager = "manager",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
        /// Holds tools, kiosks and people to their standard.
        QualityLead = "quality_lead",
        /// A program that scrapes metrics where they are not on loopback, and may do nothing else.
        Metrics = "metrics",
    }
);

/// Makes what answers at a route.
type Handler = fn() -> MethodRouter<House>;

/// One route and who may use it.
pub struct Row {
    /// GET or POST.
    pub method: &'static str,
    /// As axum writes it.
    pub path: &'static str,
    /// Who may; none: anyone, without a token.
    pub roles: Option<&'static [Role]>,
    /// Whether it changes something, so that a person must be named.
    pub changes: bool,
    /// What it is for, in the words of those who call it.
    pub doc: &'static Doc,
    /// What answers.
    pub handler: Handler,
}

impl Row {
    /// Whether a role may use it.
    pub fn allows(&self, role: Role) -> bool {
        self.roles.is_none_or(|roles| roles.contains(&role))
    }
}

const fn open(path: &'static str, doc: &'static Doc, handler: Handler) -> Row {
    Row { method: "GET", path, roles: None, changes: false, doc, handler }
}

const fn read(path: &'static str, roles: &'static [Role], doc: &'static Doc, handler: Handler) -> Row {
    Row { method: "GET", path, roles: Some(roles), changes: false, doc, handler }
}

const fn ask(path: &'static str, roles: &'static [Role], doc: &'static Doc, handler: Handler) -> Row {
    Row { method: "POST", path, roles: Some(roles), changes: false, doc, handler }
}

const fn change(path: &'static str, roles: &'static [Role], doc: &'static Doc, handler: Handler) -> Row {
    Row { method: "POST", path, roles: Some(roles), changes: true, doc, handler }
}

use Role::{Auditor, Intake, Investigator, Manager, Operator, Practitioner, PropertyDesk, QualityLead, Supervisor};

const EVERYONE: &[Role] =
    &[Intake, Investigator, Supervisor, Practitioner, Operator, PropertyDesk, Manager, Auditor, QualityLead];
const OF_A_CASE: &[Role] = &[Investigator, Supervisor];
/// Who may know what a case is about, and takes it to court or answers for it.
const READING_CASES: &[Role] = &[Investigator, Supervisor, Practitioner, Manager, Auditor, QualityLead];
const AT_A_DESK: &[Role] = &[PropertyDesk, Operator];
const AT_A_BENCH: &[Role] = &[Operator, Practitioner];
/// Whose kiosk or desk may have been without a line.
const OFFLINE: &[Role] = &[Operator, Practitioner, PropertyDesk];
/// A DMI or an examiner, and a supervisor, refuse what is out of proportion or can't be done.
const REFUSING: &[Role] = &[Supervisor, Practitioner];
/// A supervisor has done what the guard holds.
const TAKING_ON: &[Role] = &[Operator, Practitioner, Supervisor];
/// Who sends a device outside the unit.
const SENDING_OUT: &[Role] = &[Supervisor, Practitioner, Manager];
/// Who may hear from an owner, or call them.
const FACING_OWNERS: &[Role] = &[PropertyDesk, Operator, Investigator, Supervisor];
/// Who may find that a device holds more than anybody said.
const SEEING_IT: &[Role] = &[Investigator, Supervisor, Practitioner, Operator];
/// Who is asked to do something, or to whom that goes up.
const ANSWERING: &[Role] = &[Investigator, Supervisor, Practitioner, Operator, PropertyDesk, Manager];
const OF_THE_HOUSE: &[Role] = &[Operator, Practitioner, Supervisor, Manager, Auditor, QualityLead];
/// Who keeps a time at their desk, or at their kiosk, for whoever comes.
const BOOKING: &[Role] = &[PropertyDesk, Operator, Supervisor];
/// Who faces owners, or answers for what they were given.
const STOCK: &[Role] = &[PropertyDesk, Operator, Investigator, Supervisor, Manager, Auditor];
/// Who finds what a faulty tool, machine or person touched.
const ANSWERING_FOR_QUALITY: &[Role] = &[QualityLead, Manager, Auditor, Supervisor];
const IN_CHARGE: &[Role] = &[Manager, Auditor];

/// The matrix.
pub const TABLE: &[Row] = &[
    open("/healthz", &health::LIVE, || get(health::live)),
    open("/readyz", &health::READY, || get(health::ready)),
    open("/openapi.json", &openapi::OPENAPI, || get(openapi::openapi)),
    open("/docs", &openapi::DOCS, || get(openapi::docs)),
    change("/v1/submissions", &[Intake, Investigator, Supervisor], &submissions::CREATE, || post(submissions::create)),
    read("/v1/submissions", EVERYONE, &submissions::LIST, || get(submissions::list)),
    ask("/v1/submissions/search", EVERYONE, &submissions::SEARCH, || post(submissions::search)),
    read("/v1/submissions/{id}", EVERYONE, &submissions::ONE, || get(submissions::one)),
    read("/v1/submissions/{id}/counterfactuals", EVERYONE, &submissions::COUNTERFACTUALS, || get(submissions::counterfactuals)),
    read("/v1/submissions/{id}/case", EVERYONE, &cases::CASE, || get(cases::one)),
    read("/v1/submissions/{id}/schedule", READING_CASES, &schedule::SCHEDULE, || get(schedule::schedule)),
    change("/v1/submissions/{id}/agreement", OF_A_CASE, &gates::AGREEMENT, || post(gates::agreement)),
    change("/v1/submissions/{id}/legal-basis", OF_A_CASE, &gates::LEGAL_BASIS, || post(gates::legal_basis)),
    change("/v1/submissions/{id}/authorisation", &[Supervisor], &gates::AUTHORISATION, || post(gates::authorisation)),
    change("/v1/submissions/{id}/pin", &[Investigator, Supervisor, Operator, Practitioner], &gates::PIN, || post(gates::pin)),
    change("/v1/submissions/{id}/return-authorisation", OF_A_CASE, &gates::RETURN, || post(gates::return_authorisation)),
    change("/v1/submissions/{id}/withdrawal", OF_A_CASE, &removal::WITHDRAWAL, || post(removal::withdrawal)),
    change("/v1/submissions/{id}/refusal", REFUSING, &removal::REFUSAL, || post(removal::refusal)),
    change("/v1/submissions/{id}/challenge", OF_A_CASE, &removal::CHALLENGE, || post(removal::challenge)),
    change("/v1/submissions/{id}/challenge-decision", &[Manager], &removal::CHALLENGE_DECISION, || {
        post(removal::challenge_decision)
    }),
    change("/v1/submissions/{id}/park", REFUSING, &treat::PARK, || post(treat::park)),
    change("/v1/submissions/{id}/resumption", REFUSING, &treat::RESUMPTION, || post(treat::resumption)),
    change("/v1/submissions/{id}/confidential", SEEING_IT, &confidential::NOTE, || post(confidential::note)),
    change("/v1/submissions/{id}/confidential-clearance", &[Supervisor], &confidential::CLEAR, || post(confidential::clear)),
    change("/v1/submissions/{id}/rework", &[Supervisor, Practitioner, QualityLead], &treat::REWORK, || post(treat::rework)),
    change("/v1/submissions/{id}/outside", SENDING_OUT, &treat::OUTSIDE, || post(treat::outside)),
    change("/v1/submissions/{id}/outside-return", &[PropertyDesk, Operator, Practitioner], &treat::OUTSIDE_RETURN, || {
        post(treat::outside_return)
    }),
    change("/v1/submissions/{id}/priority", &[Supervisor, Manager], &treat::PRIORITY, || post(treat::priority)),
    change("/v1/submissions/{id}/risk", REFUSING, &treat::RISK, || post(treat::risk)),
    change("/v1/submissions/{id}/scope", REFUSING, &treat::SCOPE, || post(treat::scope)),
    change("/v1/submissions/{id}/return-offer", FACING_OWNERS, &treat::RETURN_OFFER, || post(treat::return_offer)),
    change("/v1/submissions/{id}/return-withheld", &[Supervisor], &treat::RETURN_WITHHELD, || post(treat::return_withheld)),
    change("/v1/submissions/{id}/return-allowance", &[Supervisor], &treat::RETURN_ALLOWANCE, || post(treat::return_allowance)),
    change("/v1/submissions/{id}/appointment-cancellation", FACING_OWNERS, &appointments::CANCEL, || post(appointments::cancel)),
    change("/v1/submissions/{id}/handset", FACING_OWNERS, &attend::RESERVE, || post(attend::reserve)),
    change("/v1/submissions/{id}/handset-issue", FACING_OWNERS, &attend::ISSUE, || post(attend::issue)),
    change("/v1/submissions/{id}/handset-return", FACING_OWNERS, &attend::TAKE_BACK, || post(attend::take_back)),
    change("/v1/submissions/{id}/owner-told", OF_A_CASE, &attend::OWNER_TOLD, || post(attend::owner_told)),
    change("/v1/submissions/{id}/results-received", OF_A_CASE, &attend::RESULTS_RECEIVED, || post(attend::results_received)),
    change("/v1/submissions/{id}/action-acknowledgement", ANSWERING, &attend::TAKE_ON, || post(attend::take_on)),
    change("/v1/submissions/{id}/redaction", &[Manager], &redaction::REDACT, || post(redaction::redact)),
    change("/v1/submissions/{id}/correction", &[Investigator, Supervisor, Intake, PropertyDesk], &gates::CORRECTION, || {
        post(gates::correction)
    }),
    change("/v1/submissions/{id}/delivery", AT_A_DESK, &device::DELIVERY, || post(device::delivery)),
    change("/v1/submissions/{id}/move", AT_A_DESK, &device::MOVE, || post(device::relocation)),
    change("/v1/submissions/{id}/collection", AT_A_DESK, &device::COLLECTION, || post(device::collection)),
    change("/v1/submissions/{id}/return", &[PropertyDesk, Investigator], &device::HAND_OVER, || post(device::hand_over)),
    read("/v1/actions", EVERYONE, &actions::LIST, || get(actions::list)),
    read("/v1/resources", OF_THE_HOUSE, &resources::LIST, || get(resources::list)),
    read("/v1/roster", OF_THE_HOUSE, &roster::LIST, || get(roster::list)),
    read("/v1/resources/{id}/assignments", OF_THE_HOUSE, &resources::ASSIGNMENTS, || get(resources::assignments)),
    change("/v1/resources/{id}/availability", &[Operator, Practitioner, Manager], &resources::AVAILABILITY, || {
        post(resources::availability)
    }),
    change("/v1/resources/{id}/tool", &[Operator, Practitioner, QualityLead], &quality::TOOL, || post(quality::tool)),
    change("/v1/resources/{id}/walk-up", TAKING_ON, &walk_up::WALK_UP, || post(walk_up::walk_up)),
    change("/v1/assignments/{id}/accept", TAKING_ON, &assignments::ACCEPT, || post(assignments::accept)),
    change("/v1/assignments/{id}/start", TAKING_ON, &assignments::START, || post(assignments::start)),
    change("/v1/assignments/{id}/pause", AT_A_BENCH, &assignments::PAUSE, || post(assignments::pause)),
    change("/v1/assignments/{id}/resume", TAKING_ON, &assignments::RESUME, || post(assignments::resume)),
    change("/v1/assignments/{id}/review", AT_A_BENCH, &assignments::REVIEW, || post(assignments::review)),
    change("/v1/assignments/{id}/finish", AT_A_BENCH, &assignments::FINISH, || post(assignments::finish)),
    change("/v1/assignments/{id}/fail", AT_A_BENCH, &assignments::FAIL, || post(assignments::fail)),
    change("/v1/assignments/{id}/send-back", AT_A_BENCH, &assignments::SEND_BACK, || post(assignments::send_back)),
    change("/v1/assignments/{id}/release", TAKING_ON, &assignments::RELEASE, || post(assignments::release)),
    change(late::PATH, OFFLINE, &late::ENTER, || post(late::enter)),
    read("/v1/queue", IN_CHARGE, &plan::QUEUE, || get(plan::queue)),
    read("/v1/plan", IN_CHARGE, &plan::PLAN, || get(plan::plan)),
    ask("/v1/what-if", &[Manager], &what_if::ASK, || post(what_if::ask)),
    ask("/v1/what-if/additions", &[Manager], &additions::ASK, || post(additions::ask)),
    read("/v1/sla", IN_CHARGE, &sla::PROMISES, || get(sla::promises)),
    read("/v1/sla/breaches", IN_CHARGE, &sla::BREACHES, || get(sla::breaches)),
    read("/v1/sla/breaches/{id}", IN_CHARGE, &sla::BREACH, || get(sla::one)),
    change("/v1/sla/breaches/{id}/acknowledgement", &[Manager], &sla::ACKNOWLEDGE, || post(sla::acknowledge)),
    read("/v1/reports/performance", IN_CHARGE, &reports::PERFORMANCE, || get(reports::performance)),
    read("/v1/reports/backlog", IN_CHARGE, &reports::BACKLOG, || get(reports::backlog)),
    read("/v1/reports/capacity", IN_CHARGE, &reports::CAPACITY, || get(reports::capacity)),
    read("/v1/reports/quality", &[Manager, Auditor, QualityLead], &reports::QUALITY, || get(reports::quality)),
    read("/v1/appointments", STOCK, &appointments::LIST, || get(appointments::list)),
    change("/v1/appointments", BOOKING, &appointments::MAKE, || post(appointments::make)),
    read("/v1/handsets", STOCK, &attend::HANDSETS, || get(attend::handsets)),
    read("/v1/quality-holds", OF_THE_HOUSE, &quality::LIST, || get(quality::list)),
    change("/v1/quality-holds", &[QualityLead, Manager], &quality::PLACE, || post(quality::place)),
    read("/v1/quality-holds/{id}", ANSWERING_FOR_QUALITY, &quality::ONE, || get(quality::one)),
    change("/v1/quality-holds/{id}/lifting", &[QualityLead], &quality::LIFT, || post(quality::lift)),
    read("/v1/notices", IN_CHARGE, &notices::LIST, || get(notices::list)),
    change("/v1/notices/{id}/retry", &[Manager], &notices::RETRY, || post(notices::retry)),
    read("/v1/events", EVERYONE, &events::EVENTS, || get(events::stream)),
    read("/v1/access-log", IN_CHARGE, &accessed::LIST, || get(accessed::list)),
];

/// Columns of a request that not everyone who may register or correct one may fill: the acts that the matrix reserves for
/// others can't be slipped in here. An import (`intake`) copies what is on paper.
pub const RESERVED: &[(&str, &[Role])] = &[
    ("delivered_at", &[Supervisor, Intake]),
    ("authorised_by", &[Supervisor, Intake]),
    ("authorised_at", &[Supervisor, Intake]),
    ("life_at_risk", &[Supervisor, Intake]),
];

/// Who may correct a field: of a return also those who record it, at the desk; of what is reserved only whom it is
/// reserved for.
pub fn correctors(field: &str) -> &'static [Role] {
    if RETURN_FIELDS.contains(&field) {
        return &[Investigator, Supervisor, Intake, PropertyDesk];
    }
    RESERVED.iter().find(|(column, _)| *column == field).map_or(&[Investigator, Supervisor, Intake], |(_, roles)| roles)
}

/// Roles in words: `intake, investigator or supervisor`.
pub fn either(roles: &[Role]) -> String {
    let words: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// Who calls: a token, and the person who speaks through it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The token: whose submissions it reaches, and at which sites.
    pub token: Arc<Token>,
    /// What its bearer is.
    pub role: Role,
    /// Who speaks; always there where something is changed.
    pub person: Option<String>,
}

impl Caller {
    /// The daemon itself, who sees all of the house.
    pub fn of_the_house(now: Timestamp) -> Self {
        let daemon = Actor::daemon().person;
        let token = Arc::new(Token::new(&daemon, &daemon, Manager.as_str(), now, Timestamp::MAX));
        Self { token, role: Manager, person: None }
    }

    /// Whether a site is one of theirs.
    pub fn works_at(&self, site: &SiteId) -> bool {
        self.token.sites.is_empty() || self.token.sites.contains(site)
    }

    /// Whether a resource is at a site of theirs.
    pub fn runs(&self, unit: &Unit, resource: &ResourceId) -> bool {
        self.token.sites.is_empty() || unit.establishment.resource(resource).is_some_and(|resource| self.works_at(&resource.site))
    }

    /// Whether a submission is within reach: of their force and, for who works at certain sites, with its device there,
    /// meant to be there, or planned to be worked on there.
    pub fn sees(&self, unit: &Unit, submission: &Submission) -> bool {
        let facts = &submission.facts;
        if self.token.force.as_ref().is_some_and(|force| *force != facts.force) {
            return false;
        }
        if self.token.sites.is_empty() {
            return true;
        }
        let here = matches!(&submission.device, Whereabouts::At { site, .. } if self.works_at(site));
        here || self.works_at(&facts.site)
            || facts.return_site.as_ref().is_some_and(|site| self.works_at(site))
            || unit.assignments_of(submission).any(|assignment| self.runs(unit, &assignment.slot.resource))
    }

    /// Whether they are bound to a force, or to sites.
    pub fn is_bound(&self) -> bool {
        self.token.force.is_some() || !self.token.sites.is_empty()
    }

    /// Whether they see what a case is about: what was asked for, by what right, who said what. Those who only handle
    /// devices do not.
    pub const fn reads_cases(&self) -> bool {
        !matches!(self.role, Role::Operator | Role::PropertyDesk)
    }

    /// Whether they may read which resources there are: they alone are told when one is out of use, or a file was adopted.
    pub fn reads_resources(&self) -> bool {
        OF_THE_HOUSE.contains(&self.role)
    }

    /// Whether they may let a device go back to its owner: its OIC, one of the team that acts when the OIC is off duty, or a
    /// supervisor.
    pub fn answers_for(&self, particulars: &Particulars) -> bool {
        let speaks = self.person.as_ref().is_some_and(|person| same_person(person, &particulars.oic));
        let of_the_team = || self.token.team.as_ref().zip(particulars.team.as_ref()).is_some_and(|(a, b)| same_person(a, b));
        self.role == Supervisor || speaks || of_the_team()
    }

    /// Whether they may fill a column of a request.
    pub fn may_fill(&self, column: &str) -> bool {
        RESERVED.iter().all(|(reserved, roles)| *reserved != column || roles.contains(&self.role))
    }
}
