//! A home for the real daemon: its files, its database, its tokens; starting it, stopping it, and speaking to it.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use dfqueue::clock::{Clock, monotonic};
use dfqueue::domain::entry::Entry;
use dfqueue::domain::time::{Seconds, Timestamp};
use dfqueue::http::auth::{hash_of, new_secret};
use dfqueue::store::{Access, Durability, Store, Token};
use futures::TryStreamExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::UnixDatagram;
use tokio::time::timeout;

use crate::database::Database;

pub const UNIT: &str = include_str!("files/unit.toml");
pub const POLICY: &str = include_str!("files/policy.toml");
/// How long anything may take that should take milliseconds. Machines are slow now and then; a hang is for ever.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Who speaks for each role.
const PEOPLE: [(&str, &str); 6] = [
    ("investigator", "DC 2231"),
    ("supervisor", "DS 1180"),
    ("property_desk", "PSE 7001"),
    ("operator", "PSE 7002"),
    ("intake", "PSE 7003"),
    ("manager", "DI 0900"),
];

/// Where a daemon lives.
pub struct Home {
    pub url: String,
    pub folder: TempDir,
    http: reqwest::Client,
    secrets: BTreeMap<&'static str, String>,
    starts: AtomicUsize,
    /// Gone with this; none where the test has its own.
    pub database: Option<Database>,
}

impl Home {
    /// One with an SQLite file.
    pub async fn sqlite() -> Self {
        Self::furnished(Database::sqlite()).await
    }

    /// One with a PostgreSQL database of its own.
    pub async fn postgres() -> Self {
        Self::furnished(Database::postgres().await).await
    }

    async fn furnished(database: Database) -> Self {
        let mut home = Self::bare(&database.url.clone());
        home.database = Some(database);
        home.issue_tokens().await;
        home
    }

    /// One with unit and policy, whose database nobody has opened yet.
    pub fn bare(url: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("dfq").tempdir().unwrap();
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let (secrets, starts) = (BTreeMap::new(), AtomicUsize::new(0));
        let home = Self { url: url.to_owned(), folder, http, secrets, starts, database: None };
        home.write("unit.toml", UNIT);
        home.write("policy.toml", POLICY);
        home
    }

    /// Makes the tables and a token for each role, as whoever sets up a unit does.
    pub async fn issue_tokens(&mut self) {
        let store = Store::open(&self.url, 1, Access::Serve(Durability::Require)).await.unwrap();
        let now = Clock::System.now();
        for (role, person) in PEOPLE {
            let secret = new_secret().unwrap();
            let token = Token::new(&format!("test-{role}"), person, role, now, now + Seconds::hours(24));
            store.create_token(&token, &hash_of(&secret)).await.unwrap();
            self.secrets.insert(role, secret);
        }
        store.close().await;
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Starts a daemon and waits until it is ready.
    pub async fn start(&self, settings: &[(&str, &str)]) -> Daemon {
        self.spawn(settings).ready().await
    }

    /// Starts a daemon, which may not come to be ready.
    pub fn spawn(&self, settings: &[(&str, &str)]) -> Process {
        self.spawn_under(&[], &[], settings)
    }

    /// The same under another program, like strace, and with more in its environment.
    pub fn spawn_under(&self, program: &[&str], environment: &[(&str, &str)], settings: &[(&str, &str)]) -> Process {
        let start = self.starts.fetch_add(1, Ordering::Relaxed);
        let (log, notify) = (self.path(&format!("log-{start}")), self.path(&format!("notify-{start}")));
        let notices = UnixDatagram::bind(&notify).unwrap();
        let mut words = program.iter().copied().chain([env!("CARGO_BIN_EXE_dfqueue"), "serve"]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        // A developer's own settings must not decide a test; nor may a service manager above the tests be told.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("DFQUEUE_") || name.starts_with("WATCHDOG_") {
                command.env_remove(name.as_ref());
            }
        }
        // By environment: arguments are for everyone on the host to see.
        command.env("DFQUEUE__DATABASE__URL", &self.url).env("NOTIFY_SOCKET", &notify);
        command.envs(environment.iter().copied());
        let here = |name: &str| self.path(name).display().to_string();
        let (unit, policy, state) = (here("unit.toml"), here("policy.toml"), here(""));
        let usual = [
            ("files.unit", unit.as_str()),
            ("files.policy", &policy),
            ("state.dir", &state),
            ("http.listen", "127.0.0.1:0"),
            ("metrics.listen", "127.0.0.1:0"),
            // A handful of tokens stands for all the people of a unit.
            ("limits.requests_per_second", "0"),
        ];
        for (key, value) in usual.iter().chain(settings) {
            command.arg("--set").arg(format!("{key}={value}"));
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap()).spawn();
        let child = child.unwrap_or_else(|cause| panic!("{:?} can't be started: {cause}", command.get_program()));
        Process { child, log, notices }
    }

    /// What a daemon says on standard error that can't be started here: exit code 1, and no panic.
    pub async fn refused(&self, settings: &[(&str, &str)]) -> String {
        let mut process = self.spawn(settings);
        let status = process.ended(PATIENCE).await;
        let said = process.log();
        assert_eq!(status.code(), Some(1), "{said}");
        assert!(!said.contains("panic"), "{said}");
        said
    }

    /// Someone of a role, who speaks to a daemon.
    pub fn caller(&self, daemon: &Daemon, role: &str) -> Caller {
        let (role, person) = PEOPLE.into_iter().find(|(known, _)| *known == role).expect("a role with a token");
        let (http, base, secret) = (self.http.clone(), format!("http://{}", daemon.api), self.secrets[role].clone());
        Caller { http, base, secret, person }
    }

    /// Reads the database beside a daemon, or without one.
    pub async fn store(&self) -> Store {
        Store::open(&self.url, 2, Access::Read).await.unwrap()
    }

    /// The entries that follow `after`.
    pub async fn ledger(&self, after: i64) -> Vec<Entry> {
        let store = self.store().await;
        let entries = store.entries(after).try_collect().await.unwrap();
        store.close().await;
        entries
    }

    /// Folds the ledger from its beginning and finds the tables to hold the same; how many entries it has.
    pub async fn verify(&self) -> i64 {
        let store = self.store().await;
        let verification = store.verify().await.unwrap();
        store.close().await;
        assert_eq!(verification.finding, None, "{verification}");
        verification.entries
    }
}

/// A daemon's process, ready or not. It does not outlive this.
pub struct Process {
    child: Child,
    log: PathBuf,
    notices: UnixDatagram,
}

impl Process {
    /// Waits until it says that it is ready.
    pub async fn ready(mut self) -> Daemon {
        let said = self.notice("READY=1").await;
        let at = said.lines().find_map(|line| line.strip_prefix("STATUS=")?.rsplit_once("API on ").map(|(_, at)| at));
        let api = at.and_then(|at| at.parse().ok()).unwrap_or_else(|| panic!("no address in {said:?}"));
        Daemon { process: self, api }
    }

    /// The next thing it tells the service manager that has this line, whatever it tells before.
    pub async fn notice(&mut self, line: &str) -> String {
        let (deadline, mut text) = (monotonic() + PATIENCE, [0; 4_096]);
        loop {
            match timeout(Duration::from_millis(5), self.notices.recv(&mut text)).await {
                Ok(size) => {
                    let said = String::from_utf8(text[..size.unwrap()].to_vec()).unwrap();
                    if said.lines().any(|known| known == line) {
                        return said;
                    }
                }
                Err(_) => {
                    if let Some(status) = self.child.try_wait().unwrap() {
                        panic!("ended ({status}) before it said {line}:\n{}", self.log());
                    }
                    assert!(monotonic() < deadline, "did not say {line}:\n{}", self.log());
                }
            }
        }
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal by name, like TERM.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -s {name} {}", self.id())).status().unwrap();
        assert!(sent.success(), "no process to send {name} to:\n{}", self.log());
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it is still there.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub async fn ended(&mut self, limit: Duration) -> ExitStatus {
        let deadline = monotonic() + limit;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(monotonic() < deadline, "still there after {limit:?}:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// SIGTERM, and a clean end; how long it took.
    pub async fn stop(&mut self) -> Duration {
        let begun = monotonic();
        self.signal("TERM");
        let status = self.ended(PATIENCE).await;
        assert_eq!(status.code(), Some(0), "{}", self.log());
        begun.elapsed()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits until its log holds a text, and returns the log.
    pub async fn logs(&self, text: &str) -> String {
        eventually(&format!("{text:?} in the log"), async || Some(self.log()).filter(|log| log.contains(text))).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A daemon that is ready.
pub struct Daemon {
    pub process: Process,
    pub api: SocketAddr,
}

/// Someone with a token.
#[derive(Clone)]
pub struct Caller {
    http: reqwest::Client,
    base: String,
    pub secret: String,
    pub person: &'static str,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub kind: String,
    pub replayed: bool,
    pub body: Value,
}

impl Caller {
    /// Sends a change under a key. An error is a request whose fate nobody knows.
    pub async fn post(&self, path: &str, body: &Value, key: &str) -> Result<Reply, reqwest::Error> {
        let request =
            self.http.post(format!("{}{path}", self.base)).json(body).header("idempotency-key", key).header("x-request-id", key);
        reply(request.bearer_auth(&self.secret).header("dfqueue-person", self.person)).await
    }

    /// Reads; whoever reads from a daemon that is gone has a faulty test.
    pub async fn get(&self, path: &str) -> Reply {
        reply(self.http.get(format!("{}{path}", self.base)).bearer_auth(&self.secret)).await.unwrap()
    }
}

async fn reply(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
    let response = request.send().await?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned();
    let (kind, replayed) = (header("content-type"), header("idempotency-replayed") == "true");
    Ok(Reply { status: response.status().as_u16(), kind, replayed, body: response.json().await? })
}

impl Reply {
    /// It was done.
    #[track_caller]
    pub fn done(self) -> Value {
        assert!((200..300).contains(&self.status), "{:#}", self.body);
        self.body
    }

    /// It was answered so.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }
}

/// A request for a device taken at `taken_at`.
pub fn request(device: &str, exhibit: &str, taken_at: Timestamp) -> Value {
    json!({
        "force": "Northshire", "crime_ref": "NS/2026/1", "exhibit_ref": exhibit, "oic": "DC 2231", "offence": "other",
        "owner": "victim", "device": device, "storage_gb": 64, "taken_at": taken_at, "site": "hq",
    })
}

/// Looks again and again until there is something to see.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = monotonic() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(monotonic() < deadline, "never came: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the wall clock shows `at`.
pub async fn wait_until(at: Timestamp) {
    Clock::System.sleep_until(at).await;
}

/// Runs a program to its end and expects it to be content.
#[track_caller]
pub fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|cause| panic!("{program} can't be started: {cause}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {}: {said}", arguments.join(" "));
}

/// A number from the environment, for long runs.
pub fn number(variable: &str, usual: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}: {text:?} is no number")),
        Err(_) => usual,
    }
}

/// How long since; for figures.
pub fn seconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64()
}
