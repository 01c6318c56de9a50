//! Reading the entries of a submission one after the other: who had its device, what was done with it, who allowed that.

use std::collections::BTreeMap;

use super::{Line, Work};
use crate::domain::agreement::Terms;
use crate::domain::entry::Entry;
use crate::domain::event::{Change, Event, Pause, ReleaseCause, Rework, Sealed, Treatment};
use crate::domain::ids::{AssignmentId, SiteId, Slot};
use crate::domain::policy::Stage;
use crate::domain::submission::{Facts, Particulars};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Submission, Unit};

/// What was read.
pub struct Read<'u> {
    pub continuity: Vec<Line>,
    pub methods: Vec<Work>,
    pub authority: Vec<Line>,
    pub corrections: Vec<Line>,
    unit: &'u Unit,
    submission: &'u Submission,
    /// Which stage was given to which slot; and where among the methods it is once it was begun.
    given: BTreeMap<AssignmentId, (usize, Slot)>,
    begun: BTreeMap<AssignmentId, usize>,
}

/// Reads the entries of a submission, oldest first.
pub fn read<'u>(unit: &'u Unit, submission: &'u Submission, told: Vec<(Entry, Event)>) -> Read<'u> {
    let mut read = Read {
        continuity: Vec::new(),
        methods: Vec::new(),
        authority: Vec::new(),
        corrections: Vec::new(),
        unit,
        submission,
        given: BTreeMap::new(),
        begun: BTreeMap::new(),
    };
    told.into_iter().for_each(|(entry, event)| read.entry(&entry, event));
    read
}

/// A line of an entry; nobody gave or took anything.
fn line(entry: &Entry, what: &'static str, text: impl Into<String>) -> Line {
    Line {
        seq: entry.seq,
        at: entry.happened_at,
        recorded_at: entry.recorded_at,
        what,
        text: text.into(),
        place: None,
        from: None,
        to: None,
        seal: None,
        recorded_by: entry.actor.person.clone(),
    }
}

impl Read<'_> {
    fn entry(&mut self, entry: &Entry, event: Event) {
        let Event { change, sealed, .. } = event;
        match change {
            Change::Registered { facts, .. } => self.registered(entry, &facts, sealed.particulars.unwrap_or_default()),
            Change::Delivered { .. }
            | Change::Moved { .. }
            | Change::Collected { .. }
            | Change::Returned { .. }
            | Change::Treated(Treatment::SentOutside { .. } | Treatment::CameBack { .. }) => self.moved(entry, &change, sealed),
            // An item of its own from then on.
            Change::Treated(Treatment::HandsetIssued { handset, at, received_by, with_sim: true, .. }) => {
                let (to, place) = (Some(said(&received_by)), Some(self.submission.facts.owner.to_string()));
                let text = format!("its SIM, taken out, given to the {} in {handset}", said(&received_by));
                let from = Some(entry.actor.person.clone());
                self.continuity.push(Line { at, place, from, to, ..line(entry, "sim_given", text) });
            }
            Change::Treated(treatment) => self.decided(entry, &treatment, sealed),
            Change::Assigned { assignment, stage, slot, .. } => drop(self.given.insert(assignment, (stage, slot))),
            Change::Started { assignment, at, by, .. } => self.started(entry, assignment, at, by),
            // Each spell of work is a line of its own.
            Change::Interrupted(Pause::Paused { assignment, at, .. }) => {
                self.ended(entry, assignment, (at, "paused"), sealed.reason)
            }
            Change::Interrupted(Pause::Resumed { assignment, at, by, .. }) => self.started(entry, assignment, at, by),
            Change::Finished { assignment, at, tool, tool_version, hash, wider, .. } => {
                let why = sealed.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
                let wider = wider.map(|data| format!("more was taken than was asked for ({}){why}", said(&data)));
                self.ended(entry, assignment, (at, "finished"), wider);
                if let Some(work) = self.work(assignment) {
                    (work.tool, work.tool_version, work.hash) = (tool, tool_version, hash);
                }
            }
            Change::Failed { assignment, at, cause, .. } => {
                let why = sealed.reason.map_or_else(|| said(&cause), |reason| format!("{}: {reason}", said(&cause)));
                self.ended(entry, assignment, (at, "failed"), Some(why));
            }
            Change::Reworked(Rework::SentBack { assignment, at, .. }) => {
                self.ended(entry, assignment, (at, "sent_back"), sealed.reason)
            }
            // What was not begun is of no interest to a court.
            Change::Released { assignment, cause } if self.begun.contains_key(&assignment) => {
                let why = Some(said(&cause)).filter(|_| cause != ReleaseCause::Stopped);
                self.ended(entry, assignment, (entry.happened_at, "stopped"), why);
            }
            Change::Corrected { field, .. } | Change::ReturnCorrected { field, .. } => self.corrected(entry, &field, sealed),
            other => self.allowed(entry, &other, sealed),
        }
    }

    /// What is said with a request of what is otherwise told later stands in its first entry.
    fn registered(&mut self, entry: &Entry, facts: &Facts, particulars: Particulars) {
        let at = |at: Timestamp, line: Line| Line { at, ..line };
        let oic = Some(particulars.oic).filter(|oic| !oic.is_empty());
        let taken = Line {
            from: Some(facts.owner.to_string()),
            to: oic,
            place: Some("police".into()),
            ..line(entry, "taken", format!("taken by the police from the {}", facts.owner))
        };
        self.continuity.push(at(facts.taken_at, taken));
        if let Some(delivered) = facts.delivered_at {
            let place = Some(facts.site.to_string());
            let said = line(entry, "delivered", format!("delivered to {} (as told with the request)", facts.site));
            self.continuity.push(at(delivered, Line { place, ..said }));
        }
        if let (Some(agreed), Some(notice)) = (facts.agreement_at, facts.notice_at) {
            self.authority.push(at(agreed, self.agreement(entry, notice)));
        }
        if let Some(basis) = particulars.legal_basis {
            self.authority.push(line(entry, "legal_basis", format!("legal basis: {basis}")));
        }
        if let (Some(when), by) = (facts.authorised_at, particulars.authorised_by) {
            self.authority.push(at(when, authorised(entry, by)));
        }
        if let Some(by) = particulars.return_authorised_by {
            self.authority.push(line(entry, "return_authorised", format!("its return, once verified, authorised by {by}")));
        }
    }

    fn agreement(&self, entry: &Entry, notice: Timestamp) -> Line {
        let given = self.unit.establishment.zone.show_in_full(notice);
        line(entry, "agreement", format!("the device user agreed; written notice given {given}"))
    }

    fn moved(&mut self, entry: &Entry, change: &Change, sealed: Sealed) {
        let actor = Some(entry.actor.person.clone());
        let to_site = |what, text: String, site: &SiteId| Line {
            place: Some(site.to_string()),
            from: sealed.party.clone(),
            to: actor.clone(),
            ..line(entry, what, text)
        };
        let moved = match change {
            Change::Delivered { site, .. } => to_site("delivered", format!("delivered to {site}"), site),
            Change::Moved { site, .. } => to_site("moved", format!("brought to {site}"), site),
            Change::Collected { .. } => Line {
                place: Some("signed out".into()),
                from: actor,
                to: sealed.party.clone(),
                ..line(entry, "collected", "signed out to the officer who takes it to its owner")
            },
            Change::Returned { returned, .. } => Line {
                place: Some(self.submission.facts.owner.to_string()),
                from: actor,
                to: Some(said(&returned.received_by)),
                ..line(entry, "returned", format!("received by the {} (proof: {})", said(&returned.received_by), returned.proof))
            },
            Change::Treated(Treatment::SentOutside { provider, accreditation, due, .. }) => {
                let accredited = accreditation.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
                let due = self.unit.establishment.zone.show_in_full(*due);
                Line {
                    place: Some(provider.clone()),
                    from: actor,
                    to: Some(sealed.party.clone().unwrap_or_else(|| provider.clone())),
                    ..line(entry, "sent_outside", format!("sent to {provider}{accredited} for examination, due back {due}"))
                }
            }
            Change::Treated(Treatment::CameBack { site, stages, .. }) => {
                let names: Vec<&str> =
                    stages.iter().filter_map(|stage| self.stage(*stage)).map(|stage| stage.name.as_str()).collect();
                let done = if names.is_empty() { "nothing".into() } else { names.join(", ") };
                to_site("came_back", format!("back at {site} from outside; done there: {done}"), site)
            }
            _ => return,
        };
        self.continuity.push(Line { seal: sealed.seal.clone(), ..moved });
    }

    fn stage(&self, index: usize) -> Option<&Stage> {
        self.unit.route_of(self.submission)?.stages.get(index)
    }

    /// What was decided beside gates and work, as far as it says by what authority a device was kept or examined.
    fn decided(&mut self, entry: &Entry, treatment: &Treatment, sealed: Sealed) {
        let why = sealed.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let in_full = |at: &Timestamp| self.unit.establishment.zone.show_in_full(*at);
        self.authority.push(match treatment {
            Treatment::Parked { cause, review_at, .. } => {
                line(entry, "parked", format!("parked ({}) until reviewed {}{why}", said(cause), in_full(review_at)))
            }
            Treatment::TakenUp { .. } => line(entry, "taken_up", format!("taken up again{why}")),
            Treatment::ReturnOffered { answer, .. } => {
                line(entry, "return_offered", format!("its return offered to the owner: {}{why}", said(answer)))
            }
            Treatment::ReturnWithheld { cause, review_at, .. } => {
                let by = sealed.party.map(|by| format!(" by {by}")).unwrap_or_default();
                let until = in_full(review_at);
                line(entry, "return_withheld", format!("its return withheld{by} ({}) until reviewed {until}{why}", said(cause)))
            }
            Treatment::ReturnAllowed { .. } => line(entry, "return_allowed", format!("its return allowed after all{why}")),
            Treatment::ScopeChanged { wider, agreed, .. } => {
                let more = if *wider { "more is asked for" } else { "less is asked for" };
                let agreed = agreed.map(|(at, _)| format!("; the device user agreed {}", in_full(&at))).unwrap_or_default();
                let scope = sealed.after.map(|scope| format!(" ({scope})")).unwrap_or_default();
                line(entry, "scope_changed", format!("{more}{scope}{agreed}{why}"))
            }
            // Who comes first is of no interest to a court.
            _ => return,
        });
    }

    fn started(&mut self, entry: &Entry, assignment: AssignmentId, started_at: Timestamp, by: String) {
        let Some((stage, slot)) = self.given.get(&assignment) else { return };
        let step = self.unit.route_of(self.submission).and_then(|route| route.stages.get(*stage));
        let place = self.unit.establishment.resource(&slot.resource).map(|resource| resource.site.to_string());
        if step.is_some_and(|step| step.holds_device) {
            let name = step.map_or("work", |step| step.name.as_str());
            let text = format!("in hand for {name} at {slot}");
            let (place, to) = (place.clone(), Some(by.clone()));
            self.continuity.push(Line { place, to, ..line(entry, "in_hand", text) });
        }
        self.begun.insert(assignment, self.methods.len());
        self.methods.push(Work {
            stage: step.map(|step| step.name.clone()),
            resource: slot.resource.to_string(),
            slot: slot.slot,
            place,
            by,
            started_at,
            ended_at: None,
            outcome: "under_way",
            tool: None,
            tool_version: None,
            hash: None,
            reason: None,
            seq: vec![entry.seq],
        });
    }

    fn ended(&mut self, entry: &Entry, assignment: AssignmentId, (at, outcome): (Timestamp, &'static str), why: Option<String>) {
        let Some(work) = self.work(assignment) else { return };
        (work.ended_at, work.outcome, work.reason) = (Some(at), outcome, why);
        work.seq.push(entry.seq);
        let (place, from) = (work.place.clone(), Some(work.by.clone()));
        let in_hand = self.continuity.iter().any(|line| line.what == "in_hand" && self.methods_seq(assignment) == Some(line.seq));
        if in_hand {
            let text = format!("out of hand: {outcome}");
            self.continuity.push(Line { place, from, ..line(entry, "out_of_hand", text) });
        }
    }

    /// The entry with which work on an assignment began.
    fn methods_seq(&self, assignment: AssignmentId) -> Option<i64> {
        self.methods.get(*self.begun.get(&assignment)?)?.seq.first().copied()
    }

    fn work(&mut self, assignment: AssignmentId) -> Option<&mut Work> {
        self.methods.get_mut(*self.begun.get(&assignment)?)
    }

    fn corrected(&mut self, entry: &Entry, field: &str, sealed: Sealed) {
        let held = |value: Option<String>| value.filter(|value| !value.is_empty()).unwrap_or_else(|| "nothing".into());
        let (before, after) = (held(sealed.before), held(sealed.after));
        let why = sealed.reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        self.corrections.push(line(entry, "corrected", format!("{field}: {before} is corrected to {after}{why}")));
    }

    /// By what authority it is examined, or is not any more.
    fn allowed(&mut self, entry: &Entry, change: &Change, sealed: Sealed) {
        let why = || sealed.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        self.authority.push(match change {
            Change::AgreementRecorded { notice_at, terms, .. } => {
                let told = self.agreement(entry, *notice_at);
                let terms = terms.as_ref().map(|terms| decided(terms, sealed.reason.as_deref())).unwrap_or_default();
                Line { text: format!("{}{terms}", told.text), ..told }
            }
            Change::LegalBasisRecorded { .. } => line(entry, "legal_basis", format!("legal basis{}", why())),
            Change::Authorised { .. } => authorised(entry, sealed.party),
            Change::PinStatusRecorded { lock_state, .. } => {
                line(entry, "lock_state", format!("lock state: {}", said(lock_state)))
            }
            Change::ReturnAuthorised { .. } => {
                let by = sealed.party.map(|by| format!(" by {by}")).unwrap_or_default();
                line(entry, "return_authorised", format!("its return, once verified, authorised{by}"))
            }
            Change::Removed { cause, data, .. } => {
                let text = format!("its examination ended ({}; data taken by then: {}){}", said(cause), said(data), why());
                line(entry, "removed", text)
            }
            Change::Challenged { .. } => line(entry, "challenged", format!("that refusal challenged{}", why())),
            Change::ChallengeRejected { .. } => line(entry, "challenge_rejected", format!("the refusal stands{}", why())),
            Change::Reinstated { .. } => line(entry, "reinstated", format!("examined after all{}", why())),
            _ => return,
        });
    }
}

/// On what agreement rests, in words.
fn decided(terms: &Terms, views: Option<&str>) -> String {
    let views = views.map(|views| format!("; the user said: {views}")).unwrap_or_default();
    let (user, by) = (said(&terms.device_user), said(&terms.decided_by));
    format!(" with all five contents; device user: {user}; decided by: {by}{views}")
}

fn authorised(entry: &Entry, by: Option<String>) -> Line {
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    line(entry, "authorised", format!("necessity and scope authorised{by}"))
}

/// A word of the ledger as people read it.
fn said(word: &impl ToString) -> String {
    word.to_string().replace('_', " ")
}
