//! Reading the files that commands are given.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::config::{self, BankHolidays, DaemonConfig, Pair, load_pair};
use crate::domain::establishment::Establishment;
use crate::domain::roster::Duty;

/// A file's text; its name as the person wrote it goes into every mistake.
pub fn text(path: &Path) -> Result<String> {
    Ok(config::utf8(&path.display().to_string(), &bytes(path)?)?.to_owned())
}

/// A file's bytes.
pub fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{}: can't be read", path.display()))
}

/// The bank holidays in a file, or those compiled in.
pub fn holidays(path: Option<&Path>) -> Result<BankHolidays> {
    Ok(match path {
        Some(path) => BankHolidays::parse(&path.display().to_string(), &text(path)?)?,
        None => BankHolidays::shipped()?,
    })
}

/// A unit file and a policy file, checked against each other.
pub fn pair(unit: &Path, policy: &Path, holidays: &BankHolidays) -> Result<Pair> {
    let (unit_text, policy_text) = (text(unit)?, text(policy)?);
    let (unit_name, policy_name) = (unit.display().to_string(), policy.display().to_string());
    Ok(load_pair((&unit_name, &unit_text), (&policy_name, &policy_text), holidays)?)
}

/// The roster of a unit.
pub fn roster(path: &Path, establishment: &Establishment) -> Result<Vec<Duty>> {
    Ok(config::roster(&path.display().to_string(), &bytes(path)?, establishment)?)
}

/// The daemon's settings: defaults, the file, the environment, `--set section.key=value`.
pub fn daemon_config(path: Option<&Path>, settings: &[String]) -> Result<DaemonConfig> {
    let file = path.map(|path| Ok::<_, anyhow::Error>((path.display().to_string(), text(path)?))).transpose()?;
    let mut flags = Vec::new();
    for setting in settings {
        let right = || format!("--set {setting:?}: write --set SECTION.KEY=VALUE, like --set http.listen=127.0.0.1:8081");
        flags.push(setting.split_once('=').with_context(right)?);
    }
    let file = file.as_ref().map(|(name, text)| (name.as_str(), text.as_str()));
    Ok(config::daemon(file, std::env::vars_os(), &flags)?)
}
