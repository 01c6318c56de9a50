//! What was asked for on the command line: changes to the unit, and the digest over all orders.

use std::collections::BTreeSet;
use std::str::FromStr;

use anyhow::Result;
use sha2::{Digest, Sha256};

use super::Args;
use crate::cli::output::count;
use crate::domain::establishment::{Establishment, ResourceKind};
use crate::domain::time::Timestamp;
use crate::simulate::Scenario;
use crate::simulate::outcome::Outcome;
use crate::simulate::what_if::{Change, change as make};

/// So many more of a kind, or fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct More(pub ResourceKind, pub i64);

/// `kiosk=+2`.
pub fn more(text: &str) -> Result<More, String> {
    let right = || {
        let kinds: Vec<&str> = ResourceKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("write a kind and how many more or fewer, like kiosk=+2 or examiner=-1; kinds: {}", kinds.join(", "))
    };
    let (kind, by) = text.split_once('=').ok_or_else(right)?;
    let kind = ResourceKind::ALL.into_iter().find(|known| known.as_str() == kind.trim()).ok_or_else(right)?;
    let by = by.trim();
    let is_signed = by.starts_with(['+', '-']);
    let by = i64::from_str(by).ok().filter(|by| is_signed && by.abs() <= 10_000).ok_or_else(right)?;
    Ok(More(kind, by))
}

/// Makes the unit as it was asked for.
pub fn change(args: &Args, unit: &mut Establishment, (from, until): (Timestamp, Timestamp)) -> Result<()> {
    let sets = args.set.iter().map(|More(kind, by)| Change::Set(*kind, *by));
    let without = args.without.iter().map(|id| Change::Without(id.clone()));
    let (closed_from, closed_until) = (args.from.unwrap_or(from), args.until.unwrap_or(until));
    let closed = args.close.iter().map(|site| Change::Close(site.clone(), closed_from, closed_until));
    if closed_from >= closed_until {
        anyhow::bail!("--until {closed_until} is not after --from {closed_from}");
    }
    for asked in without.chain(sets).chain(closed) {
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
