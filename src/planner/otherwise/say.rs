//! What would be otherwise, in words and in JSON: the one place where they are chosen.

use std::fmt;

use serde_json::{Value, json};

use super::{Change, Counterfactual, Moved};
use crate::domain::calendar::Zone;
use crate::domain::ids::QueueNumber;
use crate::domain::policy::Milestone;
use crate::planner::arrival::toll;

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
    /// In one line, times local to the unit. `name` turns a queue number into what the reader knows it by, if they may.
    pub fn say(&self, zone: &Zone, name: &dyn Fn(QueueNumber) -> Option<String>) -> String {
        let said = |moved: &[Moved]| moved.iter().map(|moved| moved.say(zone)).collect::<Vec<_>>().join(", ");
        let later = if self.later.is_empty() { String::new() } else { format!("; but later {}", said(&self.later)) };
        let price = toll(&self.displaced, ("would be missed", "would be missed"), name)
            .map(|toll| format!("; {toll}"))
            .unwrap_or_default();
        format!("{}: {}{later}{price}", self.change, said(&self.sooner))
    }

    /// As JSON: `kind`, its data, `milestones`, `displaced` (those that the reader may know) and `text`, which counts them all.
    pub fn json(&self, zone: &Zone, name: &dyn Fn(QueueNumber) -> Option<String>) -> Value {
        let line = |moved: &Moved| json!({ "milestone": moved.milestone.as_str(), "was": moved.was, "is": moved.is });
        let displaced = self.displaced.iter().filter_map(|other| {
            let (submission, promise) = (name(other.submission)?, &other.promise);
            Some(json!({ "submission": submission, "promise": promise, "due": other.due, "was": other.was, "is": other.is }))
        });
        let mut value = json!({
            "kind": self.change.kind(),
            "milestones": self.sooner.iter().chain(&self.later).map(line).collect::<Vec<_>>(),
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

impl Moved {
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
