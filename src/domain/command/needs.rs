//! What a command is about, and what it needs of what the unit no longer holds.

use std::sync::Arc;

use super::Command;
use crate::domain::ids::QueueNumber;
use crate::domain::submission::digest_of;
use crate::domain::unit::{Breach, Submission, Touched, Unit};

/// What a command needs of what the unit no longer holds; nothing for most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The closed submission that [`Command::needs`] names.
    pub submission: Option<Arc<Submission>>,
    /// Its breaches, all of them.
    pub breaches: Vec<Breach>,
}

impl Loaded {
    /// The same after something more was recorded: tables have it only once that is committed.
    #[must_use]
    pub fn after(mut self, number: QueueNumber, touched: &Touched) -> Self {
        if let Some(submission) = touched.submissions.get(&number) {
            self.submission = Some(Arc::clone(submission));
        }
        for (id, breach) in &touched.breaches {
            let is_its = breach.as_ref().is_none_or(|breach| breach.submission == number);
            self.breaches.retain(|known| !(is_its && known.id == *id));
            self.breaches.extend(breach.iter().filter(|_| is_its).cloned());
        }
        self.breaches.sort_by_key(|breach| breach.id);
        self
    }
}

impl Command {
    /// The submission it is about, if it names one.
    pub const fn number(&self) -> Option<QueueNumber> {
        match self {
            Self::RecordAgreement { number, .. }
            | Self::RecordLegalBasis { number, .. }
            | Self::Authorise { number, .. }
            | Self::RecordPin { number, .. }
            | Self::AuthoriseReturn { number, .. }
            | Self::Deliver { number, .. }
            | Self::Move { number, .. }
            | Self::Collect { number, .. }
            | Self::Return { number, .. }
            | Self::Correct { number, .. }
            | Self::Remove { number, .. }
            | Self::Challenge { number, .. }
            | Self::DecideChallenge { number, .. }
            | Self::Treat { number, .. }
            | Self::Reroute { number, .. }
            | Self::Rework { number, .. }
            | Self::Assign { number, .. }
            | Self::WalkUp { number, .. }
            | Self::RecordBreach { number, .. }
            | Self::RecordLatestStart { number, .. }
            | Self::ForecastBreach { number, .. } => Some(*number),
            _ => None,
        }
    }

    /// The closed submission that has to be loaded for it, if any: with its breaches it goes into [`Loaded`].
    pub fn needs(&self, unit: &Unit) -> Option<QueueNumber> {
        let number = match self {
            Self::Register(request) => *unit.references.get(&digest_of(&request.key()))?,
            other => other.number()?,
        };
        (number.0 < unit.next.submission && !unit.submissions.contains_key(&number)).then_some(number)
    }
}
