//! What was asked for on the command line: changes to the unit, and the digest over all orders.

use std::collections::BTreeSet;

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::Args;
use super::trial::Trial;
use crate::cli::output::count;
use crate::domain::establishment::Establishment;
use crate::domain::time::Timestamp;
use crate::domain::what_if::{Change, change as make};
use crate::simulate::outcome::Outcome;

/// Makes the unit as it was asked for. What is otherwise, in words.
pub fn change(args: &Args, unit: &mut Establishment, (from, until): (Timestamp, Timestamp)) -> Result<Vec<String>> {
    let without = args.without.iter().map(|id| Change::Without(id.clone()));
    let (closed_from, closed_until) = (args.from.unwrap_or(from), args.until.unwrap_or(until));
    let closed = args.close.iter().map(|site| Change::Close(site.clone(), closed_from, closed_until));
    if closed_from >= closed_until {
        anyhow::bail!("--until {closed_until} is not after --from {closed_from}");
    }
    let mut said = Vec::new();
    for asked in without.chain(args.set.iter().cloned()).chain(closed) {
        make(unit, &asked)?;
        said.push(asked.say(|at| unit.zone.show_with_year(at)));
    }
    if args.no_ageing {
        said.push("nobody rises a tier for having waited long".into());
    }
    Ok(said)
}

/// Whose dates end within a run, and what that comes to.
pub fn lapsing(trial: &Trial) -> Option<String> {
    let zone = &trial.unit.zone;
    let ends = trial.unit.resources.iter().filter_map(|resource| Some((resource.lapses()?, &resource.id)));
    let in_run = |last| zone.end_of_day(last) > trial.from && zone.end_of_day(last) < trial.until;
    let within: BTreeSet<_> = ends.filter(|(last, _)| in_run(*last)).collect();
    let (last, first) = within.first()?;
    let what = if trial.faults.lapse {
        "is not renewed (faults: lapse = true)"
    } else {
        "is taken to be renewed in time; lapse = true in --faults: it is not"
    };
    let who = count(within.len(), "resource");
    Some(format!("note: validation or competence of {who} ends within the run and {what}; {first} is first, on {last}"))
}

/// One digest over the ledgers of all orders, one after the other.
pub fn digest(orders: &[Outcome]) -> String {
    match orders {
        [one] => one.ledger_digest.clone(),
        many => hex::encode(many.iter().fold(Sha256::new(), |sum, order| sum.chain_update(&order.ledger_digest)).finalize()),
    }
}
