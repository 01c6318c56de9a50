//! What changes a submission: it enters, its gates open, its device travels, it is corrected.

use std::sync::Arc;

use super::{Applied, Step};
use crate::domain::agreement::Terms;
use crate::domain::clocks::Clock;
use crate::domain::event::Change;
use crate::domain::ids::{QueueNumber, SiteId};
use crate::domain::submission::{Facts, Particulars, digest_of};
use crate::domain::time::Timestamp;
use crate::domain::unit::{Breach, Done, Returned, StageState, Submission, Whereabouts};

impl Step<'_> {
    pub(super) fn register(&mut self, change: &Change) -> Applied {
        let Change::Registered { number, case, facts, policy, route, stages, clocks, flags } = change else { return Ok(()) };
        let submission = Submission {
            number: *number,
            case: *case,
            version: self.seq,
            registered_at: self.happened_at,
            device: delivered(facts),
            facts: facts.clone(),
            particulars: self.sealed.particulars.clone(),
            policy: policy.clone(),
            route: route.clone(),
            stages: vec![StageState::Open; *stages],
            clocks: clocks.clone(),
            returned: None,
            too_late: Vec::new(),
            removed: None,
            terms: None,
            parked: None,
            priority: None,
            flags: flags.clone(),
            offer: None,
            appointment: None,
            confidential: None,
            withheld: None,
            handset: None,
            owner_told: None,
            results_received_at: None,
            taken_on: Vec::new(),
            failures: Vec::new(),
        };
        let next = &mut self.unit.next;
        next.submission = next.submission.max(number.0 + 1);
        next.case = next.case.max(case.0 + 1);
        self.index(&submission);
        self.put(Arc::new(submission));
        Ok(())
    }

    /// It stays until the entry that needs it lets it go: nothing is judged closed here.
    pub(super) fn recall(&mut self, submission: &Submission, breaches: &[Breach]) -> Applied {
        let particulars = self.sealed.particulars.clone();
        let submission = Arc::new(Submission { version: self.seq, particulars, ..submission.clone() });
        self.unit.submissions.insert_mut(submission.number, Arc::clone(&submission));
        for breach in breaches {
            self.unit.breaches.insert_mut(breach.id, breach.clone());
        }
        self.touched.submissions.insert(submission.number, submission);
        Ok(())
    }

    pub(super) fn correct(&mut self, change: &Change) -> Applied {
        let Change::Corrected { number, case, facts, route, policy, stages, clocks, flags, .. } = change else { return Ok(()) };
        let mut shared = self.submission(*number)?;
        if let Some(old) = key(&shared.facts, shared.particulars.as_ref()) {
            self.unit.references.remove_mut(&digest_of(&old));
        }
        let submission = Arc::make_mut(&mut shared);
        submission.device = relocated(&submission.device, &submission.facts, facts);
        if (submission.facts.level, &submission.facts.device) != (facts.level, &facts.device) {
            submission.failures.clear();
        }
        submission.flags.clone_from(flags);
        submission.facts = facts.clone();
        // All of them, so that a redacted correction leaves nothing behind.
        submission.particulars.clone_from(&self.sealed.particulars);
        submission.case = *case;
        if submission.route != *route || submission.policy != *policy {
            submission.stages = vec![StageState::Open; *stages];
            submission.failures.clear();
        }
        submission.route.clone_from(route);
        submission.policy.clone_from(policy);
        if submission.clocks != *clocks {
            submission.too_late.clear();
        }
        submission.clocks.clone_from(clocks);
        if let Some(removed) = &mut submission.removed {
            removed.clocks.clone_from(clocks);
        }
        self.unit.next.case = self.unit.next.case.max(case.0 + 1);
        self.index(&shared);
        self.put(shared);
        Ok(())
    }

    /// Makes a submission and its case known by the digests of their references; nothing to index once redacted.
    fn index(&mut self, submission: &Submission) {
        let Some(particulars) = &submission.particulars else { return };
        let case = digest_of(&case_key(&submission.facts, particulars));
        if let Some(key) = key(&submission.facts, Some(particulars)) {
            self.unit.references.insert_mut(digest_of(&key), submission.number);
        }
        self.unit.cases.insert_mut(case, submission.case);
        self.touched.cases.insert(case, submission.case);
    }

    pub(super) fn agree(
        &mut self,
        number: QueueNumber,
        (agreement_at, notice_at): (Timestamp, Timestamp),
        terms: Option<&Terms>,
    ) -> Applied {
        self.edit(number, |s| {
            (s.facts.agreement_at, s.facts.notice_at) = (Some(agreement_at), Some(notice_at));
            s.terms = terms.cloned().or_else(|| s.terms.take());
        })
    }

    pub(super) fn legal_basis(&mut self, number: QueueNumber) -> Applied {
        let words = self.sealed.reason.clone();
        self.edit(number, |s| {
            s.facts.legal_basis = true;
            s.tell(|particulars| particulars.legal_basis = words);
        })
    }

    pub(super) fn authorise(&mut self, number: QueueNumber, at: Timestamp, clocks: &[Clock]) -> Applied {
        let by = self.sealed.party.clone();
        self.edit(number, |s| {
            s.facts.authorised_at = Some(at);
            s.run_clocks(clocks);
            s.tell(|particulars| particulars.authorised_by = by);
        })
    }

    pub(super) fn authorise_return(&mut self, number: QueueNumber) -> Applied {
        let by = self.sealed.party.clone();
        self.edit(number, |s| {
            s.facts.return_authorised = true;
            s.tell(|particulars| particulars.return_authorised_by = by);
        })
    }

    pub(super) fn deliver(&mut self, number: QueueNumber, site: &SiteId, at: Timestamp, clocks: &[Clock]) -> Applied {
        self.edit(number, |s| {
            s.facts.delivered_at = Some(at);
            s.device = Whereabouts::At { site: site.clone(), since: at };
            s.run_clocks(clocks);
        })
    }

    pub(super) fn place(&mut self, number: QueueNumber, device: Whereabouts) -> Applied {
        self.edit(number, |s| s.device = device)
    }

    pub(super) fn give_back(&mut self, number: QueueNumber, returned: &Returned, stage: Option<usize>) -> Applied {
        let from = self.submission(number)?.device.clone();
        self.keep_return(number, from, Some(returned), stage)
    }

    pub(super) fn correct_return(&mut self, number: QueueNumber, returned: Option<&Returned>, stage: Option<usize>) -> Applied {
        match &self.submission(number)?.device {
            Whereabouts::Returned { from, .. } => self.keep_return(number, Whereabouts::clone(from), returned, stage),
            _ => Err(self.unknown(format!("a return of {number}"))),
        }
    }

    /// The device went back to its owner from where it was, or is there still.
    fn keep_return(
        &mut self,
        number: QueueNumber,
        from: Whereabouts,
        returned: Option<&Returned>,
        stage: Option<usize>,
    ) -> Applied {
        let mut shared = self.submission(number)?;
        let submission = Arc::make_mut(&mut shared);
        // What was only put by for the owner is not needed any more.
        if returned.is_some() {
            submission.handset = submission.handset.take().filter(|lent| lent.issued_at.is_some());
        }
        if let Some(index) = stage {
            let Some(state) = submission.stages.get_mut(index) else {
                return Err(self.unknown(format!("stage {index} of {number}")));
            };
            *state = match (returned, &from) {
                (None, _) => StageState::Open,
                // The way home begins with signing out.
                (Some(returned), Whereabouts::SignedOut { since }) => by_nobody(*since, returned.at),
                (Some(returned), _) => by_nobody(returned.at, returned.at),
            };
        }
        submission.returned = returned.cloned();
        submission.device = match returned {
            Some(returned) => Whereabouts::Returned { since: returned.at, from: Box::new(from) },
            None => from,
        };
        self.put(shared);
        Ok(())
    }
}

/// A stage that no resource did.
const fn by_nobody(start: Timestamp, end: Timestamp) -> StageState {
    StageState::Done(Done { slot: None, start, end, by: None })
}

impl Submission {
    fn tell(&mut self, change: impl FnOnce(&mut Particulars)) {
        if let Some(particulars) = &mut self.particulars {
            change(particulars);
        }
    }

    /// Starts clocks, in place of those of the same promise.
    fn run_clocks(&mut self, clocks: &[Clock]) {
        let ended = self.removed.as_mut().map(|removed| &mut removed.clocks);
        for all in ended.into_iter().chain([&mut self.clocks]) {
            for clock in clocks {
                match all.iter_mut().find(|known| known.promise == clock.promise) {
                    Some(known) => known.clone_from(clock),
                    None => all.push(clock.clone()),
                }
            }
        }
    }
}

fn key(facts: &Facts, particulars: Option<&Particulars>) -> Option<String> {
    let p = particulars?;
    Some(format!("{}|{}|{}|{}", facts.force, p.crime_ref, p.exhibit_ref, p.request))
}

fn case_key(facts: &Facts, particulars: &Particulars) -> String {
    format!("{}|{}", facts.force, particulars.crime_ref)
}

/// Where a device is that has not moved since it was delivered.
fn delivered(facts: &Facts) -> Whereabouts {
    match facts.delivered_at {
        Some(since) => Whereabouts::At { site: facts.site.clone(), since },
        None => Whereabouts::NotDelivered,
    }
}

/// Where a device is once its delivery is corrected: only one that has not moved since is concerned.
fn relocated(device: &Whereabouts, old: &Facts, new: &Facts) -> Whereabouts {
    match device {
        Whereabouts::NotDelivered => delivered(new),
        Whereabouts::At { site, since } if Some(*since) == old.delivered_at => match new.delivered_at {
            Some(since) if *site == old.site => Whereabouts::At { site: new.site.clone(), since },
            Some(since) => Whereabouts::At { site: site.clone(), since },
            None => Whereabouts::NotDelivered,
        },
        elsewhere => elsewhere.clone(),
    }
}
