//! What would be otherwise, in words and in JSON: the one place where they are chosen.

use std::fmt;

use serde_json::{Value, json};

use super::{Change, Counterfactual, Sooner};
use crate::domain::calendar::Zone;
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Milestone;

impl Change {
    /// The word for it in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::GatesMet => "gates_met",
            Self::Back { .. } => "back",
            Self::OneMore { .. } => "one_more",
            Self::Tier(_) => "tier",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GatesMet => f.write_str("were its gates met now"),
            Self::Back { resource } => write!(f, "were {resource} in use again"),
            Self::OneMore { like, site, on: Some(day) } => {
                write!(f, "with one more like {like} at {site} on {}", day.format("%a %-d %b"))
            }
            Self::OneMore { like, site, on: None } => write!(f, "with one more like {like} at {site}"),
            Self::Tier(tier) => write!(f, "in tier {tier}"),
        }
    }
}

impl Counterfactual {
    /// In one line, times local to the unit. `name` turns a queue number into what the reader knows it by.
    pub fn say(&self, zone: &Zone, name: &dyn Fn(QueueNumber) -> String) -> String {
        let sooner: Vec<String> = self.sooner.iter().map(|sooner| sooner.say(zone)).collect();
        let price = match &self.displaced[..] {
            [] => String::new(),
            [one] => format!("; {} of {} would be missed for it", one.promise, name(one.submission)),
            [first, ..] => {
                let (count, name) = (self.displaced.len(), name(first.submission));
                format!("; {count} promises to others would be missed for it, first {} of {name}", first.promise)
            }
        };
        format!("{}: {}{price}", self.change, sooner.join(", "))
    }

    /// As JSON: `kind`, its data, `milestones`, `displaced` and `text`.
    pub fn json(&self, zone: &Zone, name: &dyn Fn(QueueNumber) -> String) -> Value {
        let line = |sooner: &Sooner| json!({ "milestone": sooner.milestone.as_str(), "was": sooner.was, "is": sooner.is });
        let displaced = self.displaced.iter().map(|other| {
            let (submission, promise) = (name(other.submission), &other.promise);
            json!({ "submission": submission, "promise": promise, "due": other.due, "was": other.was, "is": other.is })
        });
        let mut value = json!({
            "kind": self.change.kind(),
            "milestones": self.sooner.iter().map(line).collect::<Vec<_>>(),
            "displaced": displaced.collect::<Vec<_>>(),
            "text": self.say(zone, name),
        });
        match &self.change {
            Change::GatesMet => {}
            Change::Back { resource } => value["resource"] = json!(resource),
            Change::OneMore { like, site, on } => {
                (value["like"], value["site"], value["on"]) = (json!(like), json!(site), json!(on));
            }
            Change::Tier(tier) => value["tier"] = json!(tier),
        }
        value
    }
}

impl Sooner {
    fn say(&self, zone: &Zone) -> String {
        let what = match self.milestone {
            Milestone::Extracted => "extracted",
            Milestone::DeviceBack => "device back",
            Milestone::Results => "results",
        };
        let was = self.was.map_or_else(String::new, |was| format!(" instead of {}", zone.show(was)));
        format!("{what} {}{was}", zone.show(self.is))
    }
}
