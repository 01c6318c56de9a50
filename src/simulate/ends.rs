//! How work ends: done, failed and what follows, or given up because its examination is.

use super::chance::About;
use super::world::{Happening, SUPERVISOR, World, person};
use crate::domain::command::Command;
use crate::domain::event::FailureCause;
use crate::domain::ids::{AssignmentId, QueueNumber};
use crate::domain::policy::NextStep;
use crate::domain::time::Timestamp;
use crate::domain::unit::{DataTaken, RemovalCause, Submission, Whereabouts};

impl World<'_> {
    /// Work has come to its end, unless it was taken back meanwhile. Where there is no line it is told once there is one.
    pub(super) fn ends(&mut self, id: AssignmentId) {
        let unit = &self.ledger.unit;
        let Some(assignment) = unit.assignments.get(&id).cloned() else { return };
        let resource = assignment.slot.resource.clone();
        let line = |(from, until): &&(Timestamp, Timestamp)| *from <= self.now && self.now < *until;
        let back = self.offline.get(&resource).and_then(|spells| spells.iter().find(line)).map(|(_, until)| *until);
        match back {
            Some(back) => self.happens(back, Happening::Told(id, self.now)),
            None => self.finishes(id, self.now),
        }
    }

    /// Work that ended at a moment is told.
    pub(super) fn finishes(&mut self, id: AssignmentId, at: Timestamp) {
        let Some(assignment) = self.ledger.unit.assignments.get(&id).cloned() else { return };
        let Some(stage) = self.ledger.unit.stage_of(&assignment).cloned() else { return };
        let (number, begun, kind) = (assignment.submission, assignment.begun(), self.kind_of(&assignment.slot.resource));
        let worked = self.open_time(&assignment.slot.resource, begun, at);
        if let Some(kind) = kind {
            *self.ran.busy.entry(kind).or_default() += worked;
        }
        let actor = person(assignment.slot.resource.as_str());
        let tries = self.ledger.unit.submissions.get(&number).map_or(0, |submission| submission.failures.len());
        let which = [number.0, i64::try_from(assignment.stage).unwrap_or(0), i64::try_from(tries).unwrap_or(0)];
        let mut rng = self.chance.about(About::Failure, &which);
        let is_run = stage.holds_device && !stage.attended;
        if is_run && rng.next() % 1_000 < u64::from(self.scenario.faults.fails_permille) {
            const CAUSES: [FailureCause; 6] = [
                FailureCause::Cable,
                FailureCause::Battery,
                FailureCause::Machine,
                FailureCause::Locked,
                FailureCause::Partial,
                FailureCause::Unsupported,
            ];
            let cause = CAUSES[usize::try_from(rng.next() % 6).unwrap_or(0)];
            self.does(&actor, &Command::Fail { assignment: id, at, cause, attempts_left: None, reason: None });
            self.after_failure(number, assignment.stage);
        } else {
            let (tool, tool_version) = if is_run { (Some("reader".into()), Some("1".into())) } else { (None, None) };
            let hash = is_run.then(|| format!("{:064x}", rng.next()));
            self.does(&actor, &Command::Finish { assignment: id, at, tool, tool_version, hash, scope: None });
        }
        self.touched(number);
    }

    /// A supervisor ends what no tool can do; what else is shut is asked for.
    fn after_failure(&mut self, number: QueueNumber, stage: usize) {
        let Some(submission) = self.ledger.unit.submissions.get(&number).cloned() else { return };
        if self.ledger.unit.follows(&submission, stage) == Some(NextStep::Decide) {
            self.ends_examination(number, RemovalCause::Unsupported);
        }
        self.asks(number, &[]);
    }

    /// Its examination is ended, and its device goes home as soon as it may.
    pub(super) fn ends_examination(&mut self, number: QueueNumber, cause: RemovalCause) {
        let reason = Some("decided".to_owned());
        let remove = Command::Remove { number, at: self.now, cause, data: DataTaken::None, reason };
        if !self.does(&person(SUPERVISOR), &remove) {
            return;
        }
        let Some(submission) = self.ledger.unit.submissions.get(&number).cloned() else { return };
        if !submission.facts.return_authorised {
            self.does(&person(SUPERVISOR), &Command::AuthoriseReturn { number, by: SUPERVISOR.into() });
        }
        if let Some(at) = self.unexamined_home(&submission) {
            self.happens(at, Happening::Home(number));
        }
        self.touched(number);
    }

    /// When a device that is not examined any more is with its owner: brought home, and then in a return window, from wherever it is; none
    /// where somebody else has it.
    fn unexamined_home(&self, submission: &Submission) -> Option<Timestamp> {
        let establishment = &self.ledger.unit.establishment;
        let home = establishment.site(submission.facts.home())?;
        let from = match (&submission.device, self.couriers.get(&submission.number)) {
            (_, Some((site, there))) => *there + establishment.travel_time(site, &home.id),
            (Whereabouts::At { site, .. }, None) => self.now + establishment.travel_time(site, &home.id),
            // Whoever took it still has it.
            (Whereabouts::NotDelivered, None) => self.now,
            _ => return None,
        };
        let trip = submission.facts.trip.unwrap_or(home.to_owner);
        let leaves = home.return_windows(&establishment.zone, from).first_fit(from.unix(), trip.0)?;
        Some(Timestamp::from_unix(leaves) + trip)
    }
}
