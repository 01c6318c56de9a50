//! What was asked for on the command line: changes to the unit, and the digest over all orders.

use std::collections::BTreeSet;

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::Args;
use crate::cli::output::count;
use crate::domain::establishment::Establishment;
use crate::domain::time::Timestamp;
use crate::domain::what_if::{Change, change as make};
use crate::simulate::Scenario;
use crate::simulate::outcome::Outcome;

/// Makes the unit as it was asked for.
pub fn change(args: &Args, unit: &mut Establishment, (from, until): (Timestamp, Timestamp)) -> Result<()> {
    let without = args.without.iter().map(|id| Change::Without(id.clone()));
    let (closed_from, closed_until) = (args.from.unwrap_or(from), args.until.unwrap_or(until));
    let closed = args.close.iter().map(|site| Change::Close(site.clone(), closed_from, closed_until));
    if closed_from >= closed_until {
        anyhow::bail!("--until {closed_until} is not after --from {closed_from}");
    }
    for asked in without.chain(args.set.iter().cloned()).chain(closed) {
        make(unit, &asked)?;
    }
    Ok(())
}

/// Whose dates end within a run: nobody is simulated to renew them, and a year comes to an end with nobody left.
pub fn lapsing(scenario: &Scenario) -> Option<String> {
    let zone = &scenario.establishment.zone;
    let ends = scenario.establishment.resources.iter().filter_map(|resource| Some((resource.lapses()?, &resource.id)));
    let within: BTreeSet<_> = ends.filter(|(last, _)| zone.end_of_day(*last) < scenario.until).collect();
    let (last, first) = within.first()?;
    let who = count(within.len(), "resource");
    Some(format!("note: validation or competence of {who} ends within the run and is not renewed; {first} is first, on {last}"))
}

/// One digest over the ledgers of all orders, one after the other.
pub fn digest(orders: &[Outcome]) -> String {
    match orders {
        [one] => one.ledger_digest.clone(),
        many => hex::encode(many.iter().fold(Sha256::new(), |sum, order| sum.chain_update(&order.ledger_digest)).finalize()),
    }
}
