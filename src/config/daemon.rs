//! `dfqueue.toml`: where the daemon listens, what it stores where, what it does when. The comments in
//! `config/dfqueue.toml` explain each key. A new key is one line in [`SETTINGS`], one field and one line that takes it.

mod forms;

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono_tz::Tz;

use super::error::{Mistakes, Wrong};
use super::limits::{LIMITS, Limits};
use super::notices::{Notices, Recipient, SMTP, notices, recipients};
use super::settings::{Layer, Setting, Settings};
use super::text;
use crate::domain::submission::words;
use crate::domain::time::Seconds;
use forms::{address, job, millis, size, some_time};

/// Every setting, section by section, with its default.
const SETTINGS: &[Setting] = &[
    ("http", "listen", "127.0.0.1:8080"),
    ("http", "body_limit", "8MiB"),
    LIMITS[0],
    LIMITS[1],
    LIMITS[2],
    LIMITS[3],
    LIMITS[4],
    ("metrics", "listen", "127.0.0.1:9464"),
    ("database", "url", "sqlite:dfqueue.db"),
    ("database", "url_file", ""),
    ("database", "max_connections", "8"),
    ("files", "unit", "unit.toml"),
    ("files", "policy", "policy.toml"),
    ("files", "bank_holidays", ""),
    ("files", "roster", ""),
    ("state", "dir", "/var/lib/dfqueue"),
    ("jobs", "time_zone", "Europe/London"),
    ("jobs", "breach_sweep", "0 * * * * *"),
    ("jobs", "ledger_digest", "0 0 * * * *"),
    ("jobs", "retention", "0 30 3 * * *"),
    ("cycle", "tick", "30s"),
    ("cycle", "settle", "20ms"),
    ("retention", "idempotency", "72h"),
    ("retention", "access_log", "730d"),
    ("retention", "sealed", ""),
    SMTP[0],
    SMTP[1],
    SMTP[2],
    SMTP[3],
    SMTP[4],
    SMTP[5],
    SMTP[6],
    ("log", "format", "text"),
    ("log", "level", "info"),
];

/// A valid set of the daemon's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonConfig {
    /// The API and the pages.
    pub http: Http,
    /// How much callers may ask of it.
    pub limits: Limits,
    /// What Prometheus reads.
    pub metrics: Metrics,
    /// Where the ledger is.
    pub database: Database,
    /// Files of the unit.
    pub files: Files,
    /// What the daemon writes.
    pub state: State,
    /// What it does by the calendar.
    pub jobs: Jobs,
    /// When it plans.
    pub cycle: Cycle,
    /// How long it keeps what it may forget.
    pub retention: Retention,
    /// Who is told what without asking.
    pub notices: Notices,
    /// What it says of itself.
    pub log: Log,
}

/// `[http]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Where API and pages are served.
    pub listen: SocketAddr,
    /// The largest request body, in bytes.
    pub body_limit: usize,
}

/// `[metrics]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metrics {
    /// Where `GET /metrics` answers.
    pub listen: SocketAddr,
}

/// `[database]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Database {
    /// Which database.
    pub url: DatabaseUrl,
    /// Connections of this node's pool.
    pub max_connections: u32,
}

/// `[files]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The establishment.
    pub unit: PathBuf,
    /// Promises, tiers, routes.
    pub policy: PathBuf,
    /// GOV.UK's file; none: the one compiled in.
    pub bank_holidays: Option<PathBuf>,
    /// Who works besides, is away or on call; none: everyone keeps their usual hours.
    pub roster: Option<PathBuf>,
}

/// `[state]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The folder the daemon may write to.
    pub dir: PathBuf,
}

/// `[jobs]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jobs {
    /// Zone of the cron expressions.
    pub time_zone: Tz,
    /// Finds clocks that ran out.
    pub breach_sweep: Job,
    /// Logs the ledger's newest digest.
    pub ledger_digest: Job,
    /// Removes what is kept no longer.
    pub retention: Job,
}

/// A cron expression of six fields, to be evaluated on civil time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job(pub cron::Schedule);

/// `[cycle]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// It looks again at least this often; not zero.
    pub tick: Duration,
    /// Between one plan and the next there is at least this long.
    pub settle: Duration,
}

/// `[retention]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How long the reply to an `Idempotency-Key` is kept; not zero.
    pub idempotency: Seconds,
    /// How long a line of the access log is kept; not zero.
    pub access_log: Seconds,
    /// How long references, names and reasons of a closed submission are kept; none: until somebody orders otherwise.
    pub sealed: Option<Seconds>,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
    /// How much it says.
    pub level: Level,
}

words!(
    /// Form of the log.
    LogFormat {
        /// For people and the journal.
        Text = "text",
        /// One object a line.
        Json = "json",
    }
);

words!(
    /// How much the log says.
    Level {
        /// What failed.
        Error = "error",
        /// And what is odd.
        Warn = "warn",
        /// And what happened.
        Info = "info",
        /// And how.
        Debug = "debug",
        /// And every step.
        Trace = "trace",
    }
);

/// Which database. Neither its messages nor its `Debug` show a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A server of PostgreSQL, by its URL.
    Postgres(Secret),
    /// The URL is in this file (systemd's `LoadCredential=`).
    InFile(PathBuf),
}

/// Text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl DatabaseUrl {
    /// The URL, read from its file where it is in one; an SQLite file there is relative to `state_dir` too.
    ///
    /// # Errors
    /// The file can't be read, or holds no database URL.
    pub fn read(self, state_dir: &Path) -> Result<Self, Mistakes> {
        let Self::InFile(path) = self else { return Ok(self) };
        let wrong = |wrong| Mistakes::of_file(&path.display().to_string(), None, wrong);
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(Wrong::new(format!("can't be read: {error}"))))?;
        Ok(Self::parse(text.trim()).map_err(wrong)?.in_folder(state_dir))
    }

    fn parse(text: &str) -> Result<Self, Wrong> {
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Ok(Self::Postgres(Secret(text.to_owned())));
        }
        let right = "write sqlite:FILE or postgres://...";
        let file = text.strip_prefix("sqlite:").ok_or_else(|| Wrong::but("is not a database URL", right))?;
        let file = file.strip_prefix("//").unwrap_or(file);
        if file.is_empty() || file.starts_with(':') || file.contains('?') {
            return Err(Wrong::but("names no file of SQLite", "write sqlite:FILE, without options"));
        }
        Ok(Self::Sqlite(PathBuf::from(file)))
    }

    fn in_folder(self, folder: &Path) -> Self {
        match self {
            Self::Sqlite(file) => Self::Sqlite(folder.join(file)),
            other => other,
        }
    }
}

/// Reads the daemon's settings: defaults < `file` (its path and its text) < `environment` < `flags` (`section.key` and
/// its text). Paths are relative to the folder of the file; those of flags to the working directory.
///
/// # Errors
/// Every mistake in any layer, overridden or not.
pub fn daemon(
    file: Option<(&str, &str)>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    flags: &[(&str, &str)],
) -> Result<DaemonConfig, Mistakes> {
    let mut settings = Settings::new(SETTINGS);
    let folder = file.and_then(|(path, _)| Path::new(path).parent()).unwrap_or(Path::new(""));
    let mut told = Vec::new();
    if let Some((path, text)) = file {
        settings.file(path, text, |root| told = recipients(root, folder));
    }
    settings.environment(environment);
    settings.flags(flags);
    let whole = whole(&mut settings, folder, told);
    settings.done(whole)
}

/// Takes every setting, wrong ones too, before it gives up.
fn whole(settings: &mut Settings, folder: &Path, told: Vec<Recipient>) -> Option<DaemonConfig> {
    let http = (settings.take("http", "listen", address), settings.take("http", "body_limit", size));
    let limits = Limits::take(settings);
    let metrics = settings.take("metrics", "listen", address);
    let state = path(settings, folder, "state", "dir");
    let database = database(settings, folder, state.as_deref().unwrap_or(folder));
    let files = (path(settings, folder, "files", "unit"), path(settings, folder, "files", "policy"));
    let bank_holidays = optional_path(settings, folder, "files", "bank_holidays");
    let roster = optional_path(settings, folder, "files", "roster");
    let jobs = jobs(settings);
    let cycle = (settings.take("cycle", "tick", some_time), settings.take("cycle", "settle", millis));
    let kept = |text: &str| some_time(text).and_then(|_| text::duration(text));
    let sealed = settings.take("retention", "sealed", |text| if text.is_empty() { Ok(None) } else { kept(text).map(Some) });
    let kept = (settings.take("retention", "idempotency", kept), settings.take("retention", "access_log", kept));
    let notices = notices(settings, folder, told);
    let format = settings.take("log", "format", |text| text::one_of("log format", text, LogFormat::ALL, LogFormat::as_str));
    let level = settings.take("log", "level", |text| text::one_of("log level", text, Level::ALL, Level::as_str));
    Some(DaemonConfig {
        http: Http { listen: http.0?.0, body_limit: http.1?.0 },
        limits: limits?,
        metrics: Metrics { listen: metrics?.0 },
        database: database?,
        files: Files { unit: files.0?, policy: files.1?, bank_holidays, roster },
        state: State { dir: state? },
        jobs: jobs?,
        cycle: Cycle { tick: cycle.0?.0, settle: cycle.1?.0 },
        retention: Retention { idempotency: kept.0?.0, access_log: kept.1?.0, sealed: sealed?.0 },
        notices: notices?,
        log: Log { format: format?.0, level: level?.0 },
    })
}

fn jobs(settings: &mut Settings) -> Option<Jobs> {
    let time_zone = settings.take("jobs", "time_zone", text::time_zone);
    let [sweep, digest, retention] = ["breach_sweep", "ledger_digest", "retention"].map(|key| settings.take("jobs", key, job));
    Some(Jobs { time_zone: time_zone?.0, breach_sweep: sweep?.0, ledger_digest: digest?.0, retention: retention?.0 })
}

/// The URL, or the file that holds it: whichever a higher layer has.
fn database(settings: &mut Settings, folder: &Path, state_dir: &Path) -> Option<Database> {
    let url = settings.take("database", "url", DatabaseUrl::parse);
    let url_file = settings.take("database", "url_file", |text| Ok(text.to_owned()));
    let max_connections = settings.take("database", "max_connections", |text| text::whole(text, 1, 1_000));
    let ((url, layer), url_file) = (url?, url_file.filter(|(file, _)| !file.is_empty()));
    let url = match url_file {
        Some((_, file_layer)) if file_layer == layer => {
            settings.wrong("database", "url_file", Wrong::but("stands beside `url`", "leave one of them out"));
            return None;
        }
        Some((file, file_layer)) if file_layer > layer => DatabaseUrl::InFile(placed(folder, &file, file_layer)),
        _ => url.in_folder(state_dir),
    };
    Some(Database { url, max_connections: max_connections?.0 })
}

fn path(settings: &mut Settings, folder: &Path, section: &str, key: &str) -> Option<PathBuf> {
    let not_empty = |text: &str| if text.is_empty() { Err(Wrong::new("is empty")) } else { Ok(text.to_owned()) };
    let (text, layer) = settings.take(section, key, not_empty)?;
    Some(placed(folder, &text, layer))
}

fn optional_path(settings: &mut Settings, folder: &Path, section: &str, key: &str) -> Option<PathBuf> {
    let (text, layer) = settings.take(section, key, |text| Ok(text.to_owned()))?;
    (!text.is_empty()).then(|| placed(folder, &text, layer))
}

pub(super) fn placed(folder: &Path, text: &str, layer: Layer) -> PathBuf {
    if layer == Layer::Flag { PathBuf::from(text) } else { folder.join(text) }
}

#[cfg(test)]
mod tests;
