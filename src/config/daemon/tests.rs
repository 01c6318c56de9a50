use super::super::notices::{SmtpTls, Way};
use super::*;
use crate::domain::actions::Rung;
use crate::domain::notice::NoticeKind;

const SHIPPED: &str = include_str!("../../../config/dfqueue.toml");

fn env(pairs: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect()
}

fn from_file(text: &str) -> Result<DaemonConfig, Mistakes> {
    daemon(Some(("/etc/dfqueue/dfqueue.toml", text)), env(&[]), &[])
}

#[test]
fn the_shipped_file_says_what_the_defaults_are() {
    assert_eq!(from_file(SHIPPED), from_file(""));
}

#[test]
fn the_shipped_file_has_every_key_but_the_one_that_would_contradict_another() {
    for (section, key, _) in SETTINGS.iter().filter(|(_, key, _)| *key != "url_file") {
        let in_section = SHIPPED.split("\n[").find(|part| part.starts_with(&format!("{section}]")));
        assert!(in_section.is_some_and(|part| part.contains(&format!("\n{key} = "))), "{section}.{key}");
    }
}

#[test]
fn defaults_are_those_of_the_contract_and_paths_are_beside_the_file() {
    let config = from_file("").unwrap();
    assert_eq!((config.http.listen.to_string().as_str(), config.http.body_limit), ("127.0.0.1:8080", 8 << 20));
    assert_eq!(
        config.files,
        Files {
            unit: "/etc/dfqueue/unit.toml".into(),
            policy: "/etc/dfqueue/policy.toml".into(),
            bank_holidays: None,
            roster: None
        }
    );
    assert_eq!(config.database.url, DatabaseUrl::Sqlite("/var/lib/dfqueue/dfqueue.db".into()));
    assert_eq!((config.cycle.tick, config.cycle.settle), (Duration::from_secs(30), Duration::from_millis(20)));
    assert_eq!(
        (config.log.format, config.log.level, config.retention.idempotency),
        (LogFormat::Text, Level::Info, Seconds::hours(72))
    );
}

#[test]
fn flags_come_before_the_environment_before_the_file_before_the_defaults() {
    let file = Some((
        "/etc/dfqueue/dfqueue.toml",
        "[http]\nlisten = \"127.0.0.1:1\"\n[files]\nunit = \"u.toml\"\npolicy = \"p.toml\"\n[log]\nlevel = \"warn\"",
    ));
    let environment =
        env(&[("DFQUEUE__HTTP__LISTEN", "127.0.0.1:2"), ("DFQUEUE__FILES__UNIT", "units/u.toml"), ("PATH", "/bin")]);
    let config = daemon(file, environment, &[("http.listen", "127.0.0.1:3"), ("files.policy", "p.toml")]).unwrap();
    assert_eq!(config.http.listen.port(), 3);
    assert_eq!(config.files.unit, Path::new("/etc/dfqueue/units/u.toml"), "of the environment: beside the file");
    assert_eq!(config.files.policy, Path::new("p.toml"), "of a flag: in the working directory");
    assert_eq!(config.log.level, Level::Warn);
}

#[test]
fn every_mistake_of_every_layer_is_told_at_once() {
    let text = r#"
[htpp]
[http]
listen = "localhost:8080"
body_limit = "8MB"
timeout = "3s"
[database]
url = "mysql://dfqueue:secret@db/dfqueue"
max_connections = 0
[files]
unit = ""
[jobs]
time_zone = "London"
breach_sweep = "* * * * *"
retention = "0 0 25 * * *"
[cycle]
tick = "0s"
settle = 5.0
"#;
    let environment =
        env(&[("DFQUEUE__HTTP__LISTN", "x"), ("DFQUEUE__LOG__LEVEL", "warning"), ("DFQUEUE__CYCLE__SETTLE", "fast")]);
    let mistakes =
        daemon(Some(("dfqueue.toml", text)), environment, &[("log.fromat", "json"), ("http.body_limit", "")]).unwrap_err();
    let expected = r#"dfqueue.toml:2: unknown key "htpp"; did you mean "http"?
dfqueue.toml:4: http.listen: "localhost:8080" is not an address; write IP:PORT, like 127.0.0.1:8080 or [::1]:8080
dfqueue.toml:5: http.body_limit: "8MB" is not a size; write it like 8MiB, 512KiB or 1000000
dfqueue.toml:6: http: unknown key "timeout"; known: listen, body_limit
dfqueue.toml:8: database.url: is not a database URL; write sqlite:FILE or postgres://...
dfqueue.toml:9: database.max_connections: "0" is out of range; write a whole number, from 1 to 1000
dfqueue.toml:11: files.unit: is empty
dfqueue.toml:13: jobs.time_zone: no time zone "London"; write an IANA name, like Europe/London
dfqueue.toml:14: jobs.breach_sweep: "* * * * *" is not a cron expression; write six fields: second minute hour day-of-month month day-of-week, like "0 30 3 * * *"
dfqueue.toml:15: jobs.retention: "0 0 25 * * *" is not a cron expression; write six fields: second minute hour day-of-month month day-of-week, like "0 30 3 * * *"
dfqueue.toml:17: cycle.tick: is no time at all; write it like 30s
dfqueue.toml:18: cycle.settle: is a number; write text in quotes, or a whole number
environment: DFQUEUE__HTTP__LISTN: no variable "DFQUEUE__HTTP__LISTN"; did you mean "DFQUEUE__HTTP__LISTEN"?
environment: DFQUEUE__CYCLE__SETTLE: "fast" is not a duration; write it like 50ms, 30s or 5m
environment: DFQUEUE__LOG__LEVEL: no log level "warning"; known: error, warn, info, debug, trace
command line: log.fromat: no setting "log.fromat"; did you mean "log.format"?
command line: http.body_limit: "" is not a size; write it like 8MiB, 512KiB or 1000000
"#;
    assert_eq!(mistakes.to_string() + "\n", expected);
}

#[test]
fn a_password_is_never_shown() {
    let config = from_file("[database]\nurl = \"postgres://dfqueue:hunter2@db/dfqueue\"").unwrap();
    assert!(matches!(&config.database.url, DatabaseUrl::Postgres(url) if url.reveal().contains("hunter2")));
    assert!(!format!("{config:?}").contains("hunter2"));
    let mistakes = from_file("[database]\nurl = \"postgresq://dfqueue:hunter2@db/dfqueue\"").unwrap_err();
    assert!(!mistakes.to_string().contains("hunter2"));
}

#[test]
fn the_url_of_the_database_may_be_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("url");
    let environment = || env(&[("DFQUEUE__DATABASE__URL_FILE", path.to_str().unwrap())]);
    let url = daemon(None, environment(), &[]).unwrap().database.url;
    assert_eq!(url, DatabaseUrl::InFile(path.clone()));
    assert!(url.clone().read(Path::new("/state")).unwrap_err().to_string().contains("can't be read"));
    std::fs::write(&path, "sqlite:own.db\n").unwrap();
    assert_eq!(url.clone().read(Path::new("/state")), Ok(DatabaseUrl::Sqlite("/state/own.db".into())));
    std::fs::write(&path, "hunter2").unwrap();
    assert!(!url.read(Path::new("/state")).unwrap_err().to_string().contains("hunter2"));
    let flags = [("database.url", "sqlite:flag.db")];
    assert!(matches!(daemon(None, environment(), &flags).unwrap().database.url, DatabaseUrl::Sqlite(_)), "a higher layer's");
    assert_eq!(
        from_file("[database]\nurl = \"sqlite:a.db\"\nurl_file = \"url\"").unwrap_err().to_string(),
        "/etc/dfqueue/dfqueue.toml:3: database.url_file: stands beside `url`; leave one of them out"
    );
}

#[test]
fn sizes_and_times_are_written_with_their_units() {
    for (text, bytes) in [("1000000", 1_000_000), ("512KiB", 512 << 10), ("8MiB", 8 << 20), ("1GiB", 1 << 30)] {
        assert_eq!(size(text), Ok(bytes), "{text}");
    }
    for text in ["", "0", "8MB", "-1", "1.5MiB", "99999999999GiB", "MiB"] {
        assert!(size(text).is_err(), "{text}");
    }
    for (text, span) in [("50ms", 50), ("30s", 30_000), ("1m30s", 90_000), ("0s", 0)] {
        assert_eq!(millis(text), Ok(Duration::from_millis(span)), "{text}");
    }
    for text in ["", "50", "ms", "1.5s", "1s50ms"] {
        assert!(millis(text).is_err(), "{text}");
    }
}

const HOOK: &str = "[[notice]]\nname = \"duty desk\"\nwebhook = \"https://desk.example/hook\"\nsecret_file = \"hook.secret\"\n";

#[test]
fn who_is_told_what_is_read_with_files_beside_the_file() {
    let mail = "[smtp]\nserver = \"mail.example\"\nfrom = \"dfqueue@northshire.example\"\n[[notice]]\nname = \"sergeants\"\n\
                mail = [\"ds@northshire.example\"]\nwhat = [\"breach\"]\nsteps = [\"on_call\"]\ntier = 1\nat_most_every = \"1h\"\n";
    let notices = from_file(&format!("{HOOK}{mail}")).unwrap().notices;
    let hook = Way::Webhook { url: "https://desk.example/hook".into(), secret_file: "/etc/dfqueue/hook.secret".into() };
    assert_eq!((&notices.recipients[0].way, notices.recipients[0].what.len()), (&hook, NoticeKind::ALL.len()));
    let sergeants = &notices.recipients[1];
    assert_eq!((&sergeants.what, &sergeants.steps), (&vec![NoticeKind::Breach], &vec![Rung::OnCall]));
    assert_eq!((sergeants.tier, sergeants.at_most_every), (1, Seconds::hours(1)));
    let smtp = notices.smtp.unwrap();
    assert_eq!((smtp.server.as_str(), smtp.port, smtp.tls), ("mail.example", 587, SmtpTls::Starttls));
}

#[test]
fn a_notice_that_goes_nowhere_is_told_with_the_way_out() {
    let wrong = |text: &str| from_file(text).unwrap_err().to_string();
    for (text, said) in [
        ("[[notice]]\nname = \"x\"\n", "give `webhook` with `secret_file`, or `mail`"),
        ("[[notice]]\nname = \"x\"\nwebhook = \"https://x.example\"\n", "name the file with the secret"),
        ("[[notice]]\nname = \"x\"\nwebhook = \"http://x.example\"\nsecret_file = \"s\"\n", "write https://"),
        ("[[notice]]\nname = \"x\"\nmail = [\"x\"]\n", "write it like duty@northshire.example"),
        ("[[notice]]\nname = \"x\"\nmail = [\"a@b.example\"]\n", "name the server that it leaves by"),
        ("[[notice]]\nname = \"x\"\nmail = [\"a@b.example\"]\nwhats = []\n", "unknown key \"whats\""),
        ("[smtp]\nserver = \"m.example\"\n", "smtp.from: is empty"),
        ("[smtp]\nserver = \"m.example\"\nfrom = \"nobody\"\n", "is no mail address"),
        ("[smtp]\nserver = \"m.example\"\nfrom = \"a@b.example\"\nuser = \"a\"\n", "give both, or neither"),
    ] {
        assert!(wrong(text).contains(said), "{text}: {}", wrong(text));
    }
    assert!(wrong(&format!("{HOOK}{HOOK}")).contains("there is a notice \"duty desk\" already"));
}
