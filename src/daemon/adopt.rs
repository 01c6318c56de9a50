//! Adopting newer files: at start and on SIGHUP, as ledger entries.

use std::error::Error;
use std::path::{Path, PathBuf};

use metrics::gauge;

use super::desk::{Desk, DeskError};
use crate::config::{self, BankHolidays, Mistakes, cross_check, holidays_end_soon, lapsing, load_pair, utf8};
use crate::domain::command::{Command, Loaded};
use crate::domain::decide::decide;
use crate::domain::entry::Actor;
use crate::domain::establishment::Establishment;
use crate::domain::event::Change;
use crate::domain::refusal::Refusal;
use crate::domain::roster::Duty;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;

/// Where the unit's files are.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The unit file.
    pub unit: PathBuf,
    /// The policy file.
    pub policy: PathBuf,
    /// Bank holidays; none: those compiled in.
    pub bank_holidays: Option<PathBuf>,
    /// Who works besides, is away or on call; none: nobody.
    pub roster: Option<PathBuf>,
}

/// Why files were not adopted. What was adopted before rules on.
#[derive(Debug, thiserror::Error)]
pub enum AdoptError {
    /// A file can't be read.
    #[error("{}: can't be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Files have mistakes.
    #[error(transparent)]
    Mistakes(#[from] Mistakes),
    /// The ledger's copy stands against it.
    #[error("{0}")]
    Refused(Refusal),
    /// The desk could not record it.
    #[error(transparent)]
    Desk(#[from] DeskError),
}

/// Reads the files and adopts what is newer than the ledger's copy. An older file is ignored with a warning. So is a roster that is
/// missing or has mistakes: the one before rules on, for who is away today must not decide whether there is a queue at all.
pub async fn adopt(desk: &Desk, sources: &Sources, now: Timestamp) -> Result<(), AdoptError> {
    let holidays = match &sources.bank_holidays {
        Some(path) => BankHolidays::parse(&path.display().to_string(), &read(path)?)?,
        None => BankHolidays::shipped()?,
    };
    let (unit_text, policy_text) = (read(&sources.unit)?, read(&sources.policy)?);
    let names = (sources.unit.display().to_string(), sources.policy.display().to_string());
    let pair = load_pair((&names.0, &unit_text), (&names.1, &policy_text), &holidays)?;
    let notices = cross_check(&pair.establishment, &pair.policy);
    let today = pair.establishment.zone.date(now);
    for notice in
        notices.into_iter().chain(holidays_end_soon(&pair.establishment, today)).chain(lapsing(&pair.establishment, today))
    {
        tracing::warn!("{notice}");
    }
    let roster = match sources.roster.as_deref().map(|path| roster(path, &pair.establishment)).transpose() {
        Ok(duties) => Some(duties.unwrap_or_default()),
        Err(error) => {
            tracing::error!(%error, source = error.source().map(ToString::to_string), "roster ignored; the one before rules on");
            None
        }
    };
    gauge!("dfqueue_roster_ignored").set(if roster.is_some() { 0.0 } else { 1.0 });
    let dates = pair.establishment.zone.holidays.clone();
    // The unit first: a policy's calendars are the unit's.
    let mut commands = vec![
        Command::AdoptEstablishment { establishment: Box::new(pair.establishment), text: unit_text },
        Command::AdoptPolicy { policy: Box::new(pair.policy), text: policy_text },
        Command::AdoptHolidays { holidays: dates },
    ];
    commands.extend(roster.map(|roster| Command::AdoptRoster { roster }));
    together(desk.unit(), &commands, now)?;
    for command in commands {
        order(desk, command).await?;
    }
    Ok(())
}

/// Whether all of them can be adopted, one after the other: if one can't, none is, and the unit never runs on half a pair.
fn together(mut unit: Unit, commands: &[Command], now: Timestamp) -> Result<(), AdoptError> {
    for command in commands {
        match decide(&unit, &Loaded::default(), command, &Actor::daemon(), now) {
            Ok(events) => {
                for event in events {
                    unit.apply(unit.seq + 1, &event).map_err(|cause| AdoptError::Refused(cause.into()))?;
                }
            }
            Err(refusal) if is_older(&refusal) => {}
            Err(refusal) => return Err(AdoptError::Refused(refusal)),
        }
    }
    Ok(())
}

fn roster(path: &Path, establishment: &Establishment) -> Result<Vec<Duty>, AdoptError> {
    Ok(config::roster(&path.display().to_string(), read(path)?.as_bytes(), establishment)?)
}

fn is_older(refusal: &Refusal) -> bool {
    refusal.code() == "older_version"
}

fn read(path: &Path) -> Result<String, AdoptError> {
    let unreadable = |source| AdoptError::Unreadable { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(unreadable)?;
    Ok(utf8(&path.display().to_string(), &bytes)?.to_owned())
}

async fn order(desk: &Desk, command: Command) -> Result<(), AdoptError> {
    match desk.order(&Actor::daemon(), command).await?.0 {
        Ok(events) => {
            for event in &events {
                match &event.change {
                    Change::EstablishmentAdopted { establishment, .. } => {
                        tracing::info!(version = establishment.version, "unit file adopted")
                    }
                    Change::PolicyAdopted { policy, .. } => {
                        let version = &policy.version;
                        tracing::info!(version, "policy file adopted; what was promised before stands, also when it is corrected")
                    }
                    Change::HolidaysAdopted { holidays } => tracing::info!(dates = holidays.len(), "bank holidays adopted"),
                    Change::RosterAdopted { roster } => tracing::info!(lines = roster.len(), "roster adopted"),
                    _ => {}
                }
            }
            Ok(())
        }
        // The ledger's copy is newer: it rules, and nothing is wrong.
        Err(refusal) if is_older(&refusal) => {
            tracing::warn!(%refusal, "file ignored");
            Ok(())
        }
        Err(refusal) => Err(AdoptError::Refused(refusal)),
    }
}
