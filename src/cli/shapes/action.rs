//! What somebody must do, as the daemon's list has it.

use std::fmt;

use serde::Deserialize;

use super::{Reference, words};
use crate::cli::output::Times;
use crate::domain::time::Timestamp;

/// Something that somebody must do.
#[derive(Debug, Deserialize)]
pub struct Action {
    pub text: String,
    pub submission: String,
    pub reference: Option<Reference>,
    pub owner: String,
    pub device: String,
    pub tier: u8,
    pub who: Who,
    pub clear_by: Option<Timestamp>,
    pub past: bool,
    pub step: String,
    #[serde(default)]
    pub on_call: Vec<String>,
    pub acknowledged: Option<TakenOn>,
}

/// Who took it on.
#[derive(Debug, Deserialize)]
pub struct TakenOn {
    by: String,
    at: Timestamp,
}

/// Who must do it.
#[derive(Debug, Deserialize)]
pub struct Who {
    role: String,
    person: Option<String>,
    team: Option<String>,
    site: Option<String>,
}

impl Action {
    /// By when, or that it is too late.
    pub fn by(&self, times: &Times) -> String {
        match self.clear_by {
            Some(at) if self.past => format!("PAST {}", times.show(at)),
            Some(at) => times.show(at),
            None if self.past => "PAST".into(),
            None => "-".into(),
        }
    }

    /// How far up it has gone, and who took it on.
    pub fn taken_on(&self, times: &Times) -> String {
        let mut step = if self.step == "asked" { "-".into() } else { words(&self.step) };
        if !self.on_call.is_empty() {
            step = format!("{step} ({})", self.on_call.join(", "));
        }
        match &self.acknowledged {
            Some(taken) if step == "-" => format!("{} since {}", taken.by, times.show(taken.at)),
            Some(taken) => format!("{step}; {} since {}", taken.by, times.show(taken.at)),
            None => step,
        }
    }
}

impl fmt::Display for Who {
    /// `investigator DC 2231 (RASSO North)`, `property desk at north`, `DC 2231 at the property desk of north`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(person), Some(site)) = (&self.person, &self.site) {
            let team = self.team.as_ref().map(|team| format!(" ({team})")).unwrap_or_default();
            return write!(f, "{person}{team} at the {} of {site}", words(&self.role));
        }
        f.write_str(&words(&self.role))?;
        match (&self.person, &self.team) {
            (Some(person), Some(team)) => write!(f, " {person} ({team})")?,
            (Some(name), None) | (None, Some(name)) => write!(f, " {name}")?,
            (None, None) => {}
        }
        match &self.site {
            Some(site) => write!(f, " at {site}"),
            None => Ok(()),
        }
    }
}
