//! A scenario of the simulator as a file: what `dfqueue simulate` would otherwise be asked for on the command line, under the same names.
//!
//! Paths are as the file has them; whoever opens them knows from which folder.

use super::error::{Mistakes, Wrong};
use super::reader::Document;
use super::values::{boolean, instant, string, whole};
use crate::domain::ids::{ResourceId, SiteId};
use crate::domain::time::Timestamp;
use crate::domain::what_if::Change;
use crate::simulate::Order;

/// What a scenario file says; what it leaves out is as if it were left out on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScenarioFile {
    /// The unit file.
    pub unit: Option<String>,
    /// The policy file.
    pub policy: Option<String>,
    /// The workload file.
    pub workload: Option<String>,
    /// A queue file in place of drawn arrivals.
    pub submissions: Option<String>,
    /// What goes wrong.
    pub faults: Option<String>,
    /// The roster.
    pub roster: Option<String>,
    /// For how many days.
    pub days: Option<u32>,
    /// When it begins.
    pub start: Option<Timestamp>,
    /// What all chance comes from.
    pub seed: Option<u64>,
    /// How many seeds, from that one on.
    pub seeds: Option<u32>,
    /// How many exhibits are there when it begins.
    pub opening: Option<u32>,
    /// Orders of service.
    pub orders: Vec<Order>,
    /// So many more or fewer of some kinds.
    pub set: Vec<Change>,
    /// Resources that are not there.
    pub without: Vec<ResourceId>,
    /// Sites that are closed.
    pub close: Vec<SiteId>,
    /// Since when they are.
    pub from: Option<Timestamp>,
    /// Until when they are.
    pub until: Option<Timestamp>,
    /// Whether nobody rises a tier for having waited long.
    pub no_ageing: bool,
}

/// Reads a scenario.
///
/// # Errors
/// Every mistake in it.
pub fn scenario(file: &str, source: &str) -> Result<ScenarioFile, Mistakes> {
    Document::read(file, source, |root| {
        let path = |key| root.optional(key, string(|text| Ok(text.to_owned())));
        let order = |text: &str| {
            let known = || Order::ALL.iter().map(|order| order.as_str());
            Order::ALL.iter().copied().find(|order| order.as_str() == text).ok_or_else(|| Wrong::unknown("order", text, known()))
        };
        Some(ScenarioFile {
            unit: path("unit"),
            policy: path("policy"),
            workload: path("workload"),
            submissions: path("submissions"),
            faults: path("faults"),
            roster: path("roster"),
            days: root.optional("days", whole(1, MOST_DAYS)),
            start: root.optional("start", instant),
            seed: root.optional("seed", whole(0, i64::MAX)),
            seeds: root.optional("seeds", whole(1, MOST_SEEDS)),
            opening: root.optional("opening", whole(0, MOST_OPENING)),
            orders: root.list("orders", string(order)).unwrap_or_default(),
            set: root.list("set", string(|text| Change::set(text).map_err(Wrong::new))).unwrap_or_default(),
            without: root.list("without", string(|text| Ok(ResourceId::from(text)))).unwrap_or_default(),
            close: root.list("close", string(|text| Ok(SiteId::from(text)))).unwrap_or_default(),
            from: root.optional("from", instant),
            until: root.optional("until", instant),
            no_ageing: root.or("no_ageing", false, boolean),
        })
    })
}

/// A hundred years.
pub const MOST_DAYS: i64 = 36_525;
/// More seeds than this tell nothing new.
pub const MOST_SEEDS: i64 = 1_000;
/// Nobody opens with more.
pub const MOST_OPENING: i64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::establishment::ResourceKind;

    #[test]
    fn a_scenario_says_what_the_command_line_would() {
        let text = "unit = \"../unit.toml\"\ndays = 120\nopening = 0\nset = [\"dmi=-4\"]\norders = [\"dfqueue\", \"fifo\"]\nno_ageing = true\n";
        let read = scenario("starved.toml", text).unwrap();
        let said = ScenarioFile {
            unit: Some("../unit.toml".into()),
            days: Some(120),
            opening: Some(0),
            set: vec![Change::Set(ResourceKind::Dmi, -4)],
            orders: vec![Order::Dfqueue, Order::Fifo],
            no_ageing: true,
            ..ScenarioFile::default()
        };
        assert_eq!(read, said);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let wrong = scenario("s.toml", "days = 0\norders = [\"best\"]\nset = [\"dmi\"]\nspeed = 1\n").unwrap_err();
        let told: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        let begins = [
            "s.toml:1: days: ",
            "s.toml:2: orders[1]: no order \"best\"",
            "s.toml:3: set[1]: write a kind",
            "s.toml:4: unknown key \"speed\"",
        ];
        assert!(told.len() == 4 && begins.iter().zip(&told).all(|(begins, told)| told.starts_with(begins)), "{told:#?}");
    }
}
