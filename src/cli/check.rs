//! `dfqueue check`: whether the daemon would take these files, and what is odd in them.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::output::{self, count};
use super::{Outcome, files};
use crate::clock::Clock;
use crate::config::{self, BankHolidays, Mistake, Mistakes, Notice, Pair};
use crate::domain::time::Timestamp;

/// Check the daemon's, unit and policy files
///
/// Every mistake in them is told at once. What is odd and yet no mistake is told too: stages that nobody can do,
/// calendars that never open, bank holidays that end within six months. Exit code 1 where a file has a mistake, 3 where only rows of the queue file have.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The daemon's file, which names the others; without one, built-in defaults
    #[arg(long, value_name = "FILE", env = "DFQUEUE_CONFIG")]
    config: Option<PathBuf>,
    /// The unit: sites, resources, calendars; instead of the one that the daemon's file names
    #[arg(long, value_name = "FILE")]
    unit: Option<PathBuf>,
    /// The policy: promises, tiers, routes; instead of the one that the daemon's file names
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A queue file to check against them, one row an exhibit
    #[arg(long, value_name = "FILE")]
    submissions: Option<PathBuf>,
    /// Bank holidays in GOV.UK's JSON format instead of those compiled in
    #[arg(long, value_name = "FILE")]
    bank_holidays: Option<PathBuf>,
    /// A roster to check against the unit, instead of the one that the daemon's file names
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Judge as of this instant instead of now, RFC 3339 with an offset
    #[arg(long, value_name = "INSTANT")]
    now: Option<Timestamp>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Default)]
struct Found {
    /// One line a file that is right.
    files: Vec<String>,
    mistakes: Vec<Mistake>,
    bad_rows: Vec<Mistake>,
    good_rows: Option<usize>,
    notices: Vec<Notice>,
}

impl Found {
    /// The value, or its mistakes noted.
    fn note<T>(&mut self, file: &str, read: Result<T>) -> Option<T> {
        let cause = match read {
            Ok(value) => return Some(value),
            Err(cause) => cause,
        };
        match cause.downcast::<Mistakes>() {
            Ok(mistakes) => self.mistakes.extend(mistakes.iter().cloned()),
            Err(cause) => self.unreadable(file, &cause),
        }
        None
    }

    fn unreadable(&mut self, file: &str, cause: &anyhow::Error) {
        // The chain begins with the file's name, which a mistake has in a place of its own.
        let chain = format!("{cause:#}");
        let what = chain.strip_prefix(file).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&chain).to_owned();
        self.mistakes.push(Mistake { file: file.to_owned(), line: None, place: String::new(), what, right: None });
    }
}

/// Reads everything, then tells everything.
pub fn run(args: &Args) -> Result<Outcome> {
    let mut found = Found::default();
    look(args, &mut found);
    let mistakes = found.mistakes.len();
    if args.json {
        output::json(&as_json(&found))?;
    } else {
        output::tell(found.mistakes.iter().chain(&found.bad_rows));
        let fine = (mistakes == 0 && found.bad_rows.is_empty()).then(|| "no mistakes".to_owned());
        let notices = found.notices.iter().map(|notice| format!("notice: {notice}"));
        let lines = found.files.iter().cloned().chain(notices).chain(fine);
        output::print(&lines.map(|line| format!("{line}\n")).collect::<String>())?;
    }
    match (mistakes, found.bad_rows.is_empty()) {
        (0, true) => Ok(Outcome::Done),
        (0, false) => Ok(Outcome::BadRows),
        _ => bail!("{}: the daemon would not take these files", count(mistakes, "mistake")),
    }
}

fn look(args: &Args, found: &mut Found) {
    let now = args.now.unwrap_or_else(|| Clock::System.now());
    let (mut unit, mut policy, mut holidays) = (args.unit.clone(), args.policy.clone(), args.bank_holidays.clone());
    let mut roster = args.roster.clone();
    // With both files given, the daemon's own is looked at only where it is given too.
    if args.config.is_some() || unit.is_none() || policy.is_none() {
        let name = args.config.as_deref().map_or_else(|| "built-in defaults".to_owned(), shown);
        if let Some(config) = found.note(&name, files::daemon_config(args.config.as_deref(), &[])) {
            found.files.push(format!("{name}: the daemon would listen on {}", config.http.listen));
            unit.get_or_insert(config.files.unit);
            policy.get_or_insert(config.files.policy);
            holidays = holidays.or(config.files.bank_holidays);
            roster = roster.or(config.files.roster);
        }
    }
    let name = holidays.as_deref().map_or_else(|| "bank holidays compiled in".to_owned(), shown);
    let holidays = found.note(&name, files::holidays(holidays.as_deref()));
    // Unit and policy can be judged, if less well, without the holidays.
    let holidays = holidays.or_else(|| BankHolidays::shipped().ok());
    let (Some(unit), Some(policy), Some(holidays)) = (unit, policy, holidays) else { return };
    let Some(pair) = pair(&unit, &policy, &holidays, found) else { return };
    let today = pair.establishment.zone.date(now);
    found.notices.extend(config::cross_check(&pair.establishment, &pair.policy));
    found.notices.extend(config::holidays_end_soon(&pair.establishment, today));
    found.notices.extend(config::lapsing(&pair.establishment, today));
    if let Some(roster) = roster {
        let name = shown(&roster);
        if let Some(duties) = found.note(&name, files::roster(&roster, &pair.establishment)) {
            found.files.push(format!("{name}: {}", count(duties.len(), "line")));
        }
    }
    if let Some(queue) = &args.submissions {
        rows(queue, &pair, now, found);
    }
}

/// Both files, or all mistakes of both, one of them missing altogether among these.
fn pair(unit: &Path, policy: &Path, holidays: &BankHolidays, found: &mut Found) -> Option<Pair> {
    let (unit_name, policy_name) = (shown(unit), shown(policy));
    let unit_text = found.note(&unit_name, files::text(unit));
    let policy_text = found.note(&policy_name, files::text(policy));
    let read = match (&unit_text, &policy_text) {
        (Some(unit), Some(policy)) => config::load_pair((&unit_name, unit), (&policy_name, policy), holidays).map(Some),
        (Some(unit), None) => config::unit(&unit_name, unit, holidays).map(|_| None),
        (None, Some(policy)) => config::policy(&policy_name, policy).map(|_| None),
        (None, None) => Ok(None),
    };
    let pair = found.note(&unit_name, read.map_err(Into::into))??;
    let (sites, resources) = (pair.establishment.sites.len(), pair.establishment.resources.len());
    let (version, name) = (&pair.establishment.version, &pair.establishment.name);
    let (sites, resources) = (count(sites, "site"), count(resources, "resource"));
    found.files.push(format!("{unit_name}: {name}, version {version}, {sites}, {resources}"));
    let (version, promises, routes) = (&pair.policy.version, pair.policy.promises.len(), pair.policy.routes.len());
    let (promises, routes) = (count(promises, "promise"), count(routes, "route"));
    found.files.push(format!("{policy_name}: version {version}, {promises}, {routes}"));
    Some(pair)
}

fn rows(queue: &Path, pair: &Pair, now: Timestamp, found: &mut Found) {
    let name = shown(queue);
    let read = files::bytes(queue)
        .and_then(|bytes| Ok(config::submissions(&name, &bytes, &pair.establishment, &pair.policy, Some(now))?));
    let Some(sheet) = found.note(&name, read) else { return };
    let bad = match sheet.bad.len() {
        0 => String::new(),
        n => format!(", {} in others", count(n, "mistake")),
    };
    found.files.push(format!("{name}: {}{bad}", count(sheet.rows.len(), "good row")));
    found.good_rows = Some(sheet.rows.len());
    found.bad_rows = sheet.bad;
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn as_json(found: &Found) -> Value {
    let mistakes = |list: &[Mistake]| -> Vec<Value> {
        let one = |m: &Mistake| json!({ "file": m.file, "line": m.line, "place": m.place, "what": m.what, "right": m.right });
        list.iter().map(one).collect()
    };
    let notices: Vec<Value> = found.notices.iter().map(|n| json!({ "about": n.about, "text": n.text })).collect();
    json!({
        "mistakes": mistakes(&found.mistakes),
        "notices": notices,
        "good_rows": found.good_rows,
        "bad_rows": mistakes(&found.bad_rows),
    })
}
