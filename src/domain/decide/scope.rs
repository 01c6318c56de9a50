//! What is asked for becomes less, or more. Less is anyone's of the case to say; for more the device user has a new notice and
//! agrees anew (PCSC Act 2022 s.39), and it is authorised by who decides it.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::gates::particulars;
use super::{Decided, Draft, explained, no_pin};
use crate::domain::command::Supervised;
use crate::domain::event::{Sealed, Treatment};
use crate::domain::ids::QueueNumber;
use crate::domain::refusal::Refusal;
use crate::domain::submission::{Owner, Particulars, same_person};
use crate::domain::time::Timestamp;

/// Kinds of data, first and last day. No kind at all is every kind; no day is no bound.
pub(super) type Scope<'a> = (&'a [String], Option<NaiveDate>, Option<NaiveDate>);

impl Draft<'_> {
    pub(super) fn change_scope(
        &mut self,
        number: QueueNumber,
        (kinds, from, to): Scope<'_>,
        (agreed, supervised): (Option<(Timestamp, Timestamp)>, Supervised),
        words: &str,
    ) -> Decided {
        explained("reason", words)?;
        let submission = self.submission(number)?;
        let before = particulars(&submission)?;
        let kinds: Vec<String> = kinds.iter().map(|kind| kind.trim().to_owned()).filter(|kind| !kind.is_empty()).collect();
        kinds.iter().try_for_each(|kind| no_pin("scope", kind))?;
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(Refusal::invalid("scope_to", "lies before scope_from"));
        }
        if (&kinds, from, to) == (&before.scope, before.scope_from, before.scope_to) {
            return Ok(());
        }
        if !submission.is_unfinished() {
            return Err(Refusal::IllegalTransition {
                what: format!("the examination of {number}"),
                state: "over".into(),
                allowed: "a further request",
            });
        }
        let wider = !within((&kinds, from, to), before);
        if wider {
            if supervised == Supervised::No {
                return Err(Refusal::WiderScope(number));
            }
            if same_person(&self.actor.person, &before.oic) {
                return Err(Refusal::AuthorisedByOic(number));
            }
            let asks = matches!(submission.facts.owner, Owner::Victim | Owner::Witness);
            if asks && agreed.is_none() {
                let why = "must be given: that is more than the device user agreed to, who needs a new notice and agrees anew";
                return Err(Refusal::invalid("agreement_at", why));
            }
        }
        if let Some((agreement_at, notice_at)) = agreed {
            let (first, what) =
                (submission.facts.agreement_at.unwrap_or(submission.facts.taken_at), "what they agreed to before");
            for (field, at) in [("agreement_at", agreement_at), ("notice_at", notice_at)] {
                self.happened(field, at, first, what)?;
            }
        }
        let particulars = Particulars { scope: kinds, scope_from: from, scope_to: to, ..before.clone() };
        let sealed = Sealed {
            reason: Some(words.trim().to_owned()),
            before: Some(said(before)),
            after: Some(said(&particulars)),
            particulars: Some(particulars),
            ..Sealed::default()
        };
        self.treat(self.now, Treatment::ScopeChanged { number, wider, agreed }, sealed)
    }
}

/// Whether a scope holds nothing that the one before does not.
fn within((kinds, from, to): Scope<'_>, before: &Particulars) -> bool {
    let words = |kinds: &[String]| kinds.iter().map(|kind| kind.to_lowercase()).collect::<BTreeSet<_>>();
    let kinds_within = before.scope.is_empty() || (!kinds.is_empty() && words(kinds).is_subset(&words(&before.scope)));
    let starts = before.scope_from.is_none_or(|first| from.is_some_and(|from| from >= first));
    let ends = before.scope_to.is_none_or(|last| to.is_some_and(|to| to <= last));
    kinds_within && starts && ends
}

/// A scope in words.
fn said(particulars: &Particulars) -> String {
    let kinds = if particulars.scope.is_empty() { "everything".into() } else { particulars.scope.join("; ") };
    let day = |day: Option<NaiveDate>, word: &str| day.map(|day| format!(", {word} {day}")).unwrap_or_default();
    format!("{kinds}{}{}", day(particulars.scope_from, "from"), day(particulars.scope_to, "to"))
}
