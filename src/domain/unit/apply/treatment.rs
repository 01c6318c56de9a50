//! What people decided about a submission beside its gates and its work.

use super::{Applied, Step};
use crate::domain::actions::Taken;
use crate::domain::event::Treatment;
use crate::domain::ids::{CaseId, QueueNumber, SiteId};
use crate::domain::time::Timestamp;
use crate::domain::unit::{
    Appointment, Confidentiality, Done, Lent, Offer, OwnerTold, Parked, Priority, StageState, Whereabouts, Withheld,
};

impl Step<'_> {
    pub(super) fn treat(&mut self, treatment: &Treatment) -> Applied {
        let (number, at) = (treatment.number(), self.happened_at);
        match treatment {
            Treatment::Parked { cause, review_at, .. } => self.edit(number, |s| {
                let since = s.parked.as_ref().map_or(at, |parked| parked.since);
                s.parked = Some(Parked { since, cause: *cause, review_at: *review_at });
            }),
            Treatment::TakenUp { .. } => self.edit(number, |s| s.parked = None),
            Treatment::SentOutside { at, provider, accreditation, due, .. } => {
                let (provider, accreditation) = (provider.clone(), accreditation.clone());
                self.place(number, Whereabouts::Outside { since: *at, provider, accreditation, due: *due })
            }
            Treatment::CameBack { at, site, stages, .. } => self.come_back(number, stages, (site, *at)),
            Treatment::Prioritised { tier, until, by, .. } => self.edit(number, |s| {
                s.priority = tier.map(|tier| Priority { tier, since: at, until: *until, by: by.clone() });
            }),
            Treatment::Flagged { .. } => self.flag(treatment),
            Treatment::ReturnOffered { at, answer, until, .. } => {
                self.edit(number, |s| s.offer = Some(Offer { at: *at, answer: *answer, until: *until }))
            }
            Treatment::ReturnWithheld { cause, review_at, .. } => self.edit(number, |s| {
                let since = s.withheld.as_ref().map_or(at, |withheld| withheld.since);
                s.withheld = Some(Withheld { since, cause: *cause, review_at: *review_at });
            }),
            Treatment::ReturnAllowed { .. } => self.edit(number, |s| s.withheld = None),
            Treatment::ScopeChanged { agreed, .. } => {
                let particulars = self.sealed.particulars.clone();
                self.edit(number, |s| {
                    s.particulars = particulars;
                    if let Some((agreement_at, notice_at)) = agreed {
                        (s.facts.agreement_at, s.facts.notice_at) = (Some(*agreement_at), Some(*notice_at));
                    }
                })
            }
            Treatment::ConfidentialNoted { kinds, .. } => self.edit(number, |s| {
                s.confidential = Some(Confidentiality { kinds: kinds.clone(), since: at, cleared: None });
            }),
            Treatment::ConfidentialCleared { by, .. } => self.edit(number, |s| {
                s.confidential.iter_mut().for_each(|noted| noted.cleared = Some((at, by.clone())));
            }),
            Treatment::Redacted { cases, .. } => self.redact(number, cases),
            Treatment::ActionAcknowledged { action, by, .. } => self.edit(number, |s| {
                s.taken_on.retain(|taken| taken.action != *action);
                s.taken_on.push(Taken { action: *action, at, by: by.clone() });
            }),
            Treatment::HandsetReserved { .. }
            | Treatment::HandsetIssued { .. }
            | Treatment::HandsetTakenBack { .. }
            | Treatment::AppointmentMade { .. }
            | Treatment::AppointmentEnded { .. }
            | Treatment::OwnerTold { .. }
            | Treatment::ResultsReceived { .. } => self.attend(treatment),
        }
    }

    /// Nothing names it outside any more.
    fn redact(&mut self, number: QueueNumber, cases: &[CaseId]) -> Applied {
        let submission = self.submission(number)?;
        let of_it: Vec<[u8; 32]> =
            self.unit.references.iter().filter(|(_, named)| **named == number).map(|(digest, _)| *digest).collect();
        for digest in of_it {
            self.unit.references.remove_mut(&digest);
        }
        // Somebody may have come to be of the case since that was looked up.
        let is_alone = |case: &CaseId| {
            let mut others = self.unit.submissions.values().filter(|other| other.number != number);
            cases.contains(case) && !others.any(|other| other.case == *case)
        };
        let of_cases: Vec<([u8; 32], CaseId)> =
            self.unit.cases.iter().filter(|(_, case)| is_alone(case)).map(|(digest, case)| (*digest, *case)).collect();
        for (digest, case) in of_cases {
            self.unit.cases.remove_mut(&digest);
            self.touched.forgotten.insert(case);
        }
        self.touched.redacted.insert(number, self.seq);
        self.edit(submission.number, |s| s.particulars = None)
    }

    /// What people did for an owner who waits, and whether the results were read.
    fn attend(&mut self, treatment: &Treatment) -> Applied {
        let (number, now) = (treatment.number(), self.happened_at);
        self.edit(number, |s| match treatment {
            Treatment::HandsetReserved { handset, .. } => {
                s.handset = Some(Lent { handset: handset.clone(), reserved_at: now, issued_at: None, with_sim: false });
            }
            Treatment::HandsetIssued { handset, at, with_sim, .. } => {
                let reserved_at = s.handset.as_ref().map_or(*at, |lent| lent.reserved_at);
                s.handset = Some(Lent { handset: handset.clone(), reserved_at, issued_at: Some(*at), with_sim: *with_sim });
            }
            Treatment::HandsetTakenBack { .. } => s.handset = None,
            Treatment::AppointmentMade { slot, from, until, .. } => {
                s.appointment = Some(Appointment { slot: slot.clone(), from: *from, until: *until });
            }
            Treatment::AppointmentEnded { .. } => s.appointment = None,
            Treatment::OwnerTold { at, expected, .. } => s.owner_told = Some(OwnerTold { at: *at, expected: *expected }),
            Treatment::ResultsReceived { at, .. } => s.results_received_at = Some(*at),
            _ => {}
        })
    }

    /// The device is back, and stages are done that somebody outside did while it was there.
    fn come_back(&mut self, number: QueueNumber, stages: &[usize], (site, end): (&SiteId, Timestamp)) -> Applied {
        let submission = self.submission(number)?;
        let Whereabouts::Outside { since: start, .. } = submission.device else {
            return Err(self.unknown(format!("the device of {number} outside")));
        };
        if let Some(unknown) = stages.iter().find(|stage| **stage >= submission.stages.len()) {
            return Err(self.unknown(format!("stage {unknown} of {number}")));
        }
        self.edit(number, |s| {
            for stage in stages {
                s.stages[*stage] = StageState::Done(Done { slot: None, start, end, by: None });
            }
            s.device = Whereabouts::At { site: site.clone(), since: end };
        })
    }

    fn flag(&mut self, treatment: &Treatment) -> Applied {
        let Treatment::Flagged { number, risk, life_at_risk, flags, route, policy, stages, clocks } = treatment else {
            return Ok(());
        };
        self.edit(*number, |s| {
            s.facts.risk.clone_from(risk);
            s.facts.life_at_risk = *life_at_risk;
            s.flags = flags.clone();
            if s.route != *route || s.policy != *policy {
                s.stages = vec![StageState::Open; *stages];
                s.failures.clear();
            }
            s.route.clone_from(route);
            s.policy.clone_from(policy);
            if s.clocks != *clocks {
                s.too_late.clear();
            }
            s.clocks.clone_from(clocks);
        })
    }
}
