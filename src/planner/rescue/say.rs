//! Remedies in words and in JSON: the one place where they are chosen.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::{Measure, Remedy, Work};
use crate::domain::calendar::Zone;
use crate::domain::ids::QueueNumber;
use crate::domain::time::Timestamp;

impl Measure {
    /// The word for it in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Gates { .. } => "gates",
            Self::PutOff(_) => "put_off",
            Self::Pause(_) => "pause",
            Self::HandBack { .. } => "hand_back",
            Self::Overtime { .. } => "overtime",
            Self::Van { .. } => "van",
            Self::OneMore { .. } => "one_more",
            Self::Abort { .. } => "abort",
        }
    }

    /// As JSON: `kind`, its data, and `text`.
    pub fn json(&self, zone: &Zone, name: &dyn Fn(QueueNumber) -> String) -> Value {
        // Words, numbers and instants: nothing that could fail.
        serde_json::to_value(self.say(zone, name)).unwrap_or_default()
    }

    /// In words, times local to the unit. `name` turns a queue number into what the reader knows it by.
    pub fn say<'a>(&'a self, zone: &'a Zone, name: &'a dyn Fn(QueueNumber) -> String) -> Said<'a> {
        Said { measure: self, zone, name }
    }
}

impl Remedy {
    /// All of it in one line.
    pub fn say(&self, zone: &Zone, name: &dyn Fn(QueueNumber) -> String) -> String {
        let measures: Vec<String> = self.measures.iter().map(|measure| measure.say(zone, name).to_string()).collect();
        measures.join(", and ")
    }
}

/// A measure in words.
pub struct Said<'a> {
    measure: &'a Measure,
    zone: &'a Zone,
    name: &'a dyn Fn(QueueNumber) -> String,
}

/// `kind`, the data of the measure, and `text`.
impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.measure.kind())?;
        match self.measure {
            Measure::Gates { by } => map.serialize_entry("by", by)?,
            Measure::PutOff(work) | Measure::Pause(work) => self.entries(work, &mut map)?,
            Measure::Abort { work, lost } => {
                self.entries(work, &mut map)?;
                map.serialize_entry("lost_seconds", &lost.0)?;
            }
            Measure::HandBack { site, from, until } => {
                map.serialize_entry("site", site)?;
                map.serialize_entry("from", from)?;
                map.serialize_entry("until", until)?;
            }
            Measure::Overtime { resource, periods } => {
                map.serialize_entry("resource", resource)?;
                map.serialize_entry("periods", periods)?;
            }
            Measure::Van { resource, to } => {
                map.serialize_entry("resource", resource)?;
                map.serialize_entry("to", to)?;
            }
            Measure::OneMore { like, site } => {
                map.serialize_entry("like", like)?;
                map.serialize_entry("site", site)?;
            }
        }
        map.serialize_entry("text", &format_args!("{self}"))?;
        map.end()
    }
}

impl Said<'_> {
    fn entries<M: SerializeMap>(&self, work: &Work, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("submission", &(self.name)(work.submission))?;
        map.serialize_entry("stage", &work.stage)?;
        map.serialize_entry("resource", &work.slot.resource)?;
        map.serialize_entry("slot", &work.slot.slot)
    }
}

impl fmt::Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |at: &Timestamp| self.zone.show(*at);
        let of = |work: &Work| (work.stage.clone(), (self.name)(work.submission), work.slot.clone());
        match self.measure {
            Measure::Gates { by: Some(by) } => write!(f, "its gates are met by {}", show(by)),
            Measure::Gates { by: None } => f.write_str("its gates are met now"),
            Measure::PutOff(work) => {
                let (stage, other, slot) = of(work);
                write!(f, "{slot} leaves {stage} of {other} for later")
            }
            Measure::Pause(work) => {
                let (stage, other, slot) = of(work);
                write!(f, "{slot} pauses {stage} of {other}")
            }
            Measure::Abort { work, lost } => {
                let (stage, other, slot) = of(work);
                write!(f, "{slot} stops {stage} of {other}, which begins anew later ({} lost)", lost.rough())
            }
            Measure::HandBack { site, from, until } => {
                write!(f, "it is handed back from {site} outside the return window, {} to {}", show(from), show(until))
            }
            Measure::Overtime { resource, periods } => {
                let said = |(from, until): &(Timestamp, Timestamp)| match from == until {
                    true => format!("at {}", show(from)),
                    false => format!("{} to {}", show(from), show(until)),
                };
                let periods: Vec<String> = periods.iter().map(said).collect();
                write!(f, "{resource} works outside its hours, {}", periods.join(", "))
            }
            Measure::Van { resource, to } => write!(f, "{resource} comes to {to}"),
            Measure::OneMore { like, site } => write!(f, "one more like {like} at {site}"),
        }
    }
}
