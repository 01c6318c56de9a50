//! `dfqueue token`: bearer tokens, made, listed and taken back directly in the database, beside a daemon or without one.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail, ensure};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::output::{self, Times};
use super::{Outcome, database};
use crate::clock::Clock;
use crate::domain::ids::SiteId;
use crate::domain::time::{Seconds, Timestamp};
use crate::domain::unit::Unit;
use crate::http::access::Role;
use crate::http::auth::{hash_of, new_secret};
use crate::store::{Access, Store, Token};

/// Make, list and take back the tokens with which people sign in
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Make a token and print its secret, which is shown this once and stored nowhere
#[derive(Debug, clap::Args)]
struct Create {
    /// What its bearer is, and so may do
    #[arg(long, value_parser = role())]
    role: Role,
    /// Whom it is for, like "DS 1180" or "kiosk north-1"; the list of tokens names it
    #[arg(long, value_name = "WHO", value_parser = name)]
    person: String,
    /// What it is for, beside the name in the list of tokens
    #[arg(long, value_name = "TEXT", value_parser = name)]
    label: Option<String>,
    /// The team its bearer belongs to, spelled as submissions spell it: it acts for an officer of it who is off duty
    #[arg(long, value_name = "TEAM", value_parser = name)]
    team: Option<String>,
    /// Only submissions of this force, spelled as submissions spell it; without it, of every force
    #[arg(long, value_name = "FORCE", value_parser = name)]
    force: Option<String>,
    /// Only what concerns this site; may be given several times; without it, every site
    #[arg(long = "site", value_name = "SITE", value_parser = name)]
    sites: Vec<String>,
    /// From when it is worth nothing, counted from now, like 90d or 12h
    #[arg(long, value_name = "DURATION", default_value = "90d")]
    expires: Seconds,
    #[command(flatten)]
    database: database::Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// List every token ever made, without its secret
#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    database: database::Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Take a token back: within a second it is worth nothing
#[derive(Debug, clap::Args)]
struct Revoke {
    /// Its id, as the list has it
    id: String,
    #[command(flatten)]
    database: database::Settings,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())).try_map(|word| word.parse::<Role>())
}

/// A name as the rest of the program writes names: trimmed, in NFC, of a sensible length.
fn name(text: &str) -> Result<String, String> {
    let name: String = text.trim().nfc().collect();
    match name.chars().count() {
        0 => Err("is empty".into()),
        101.. => Err("is longer than 100 characters".into()),
        _ if name.chars().any(char::is_control) => Err("holds a control character".into()),
        _ => Ok(name),
    }
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<Outcome> {
    let now = Clock::System.now();
    match &args.command {
        Command::Create(args) => create(args, now)?,
        Command::List(args) => list(args, now)?,
        Command::Revoke(args) => revoke(args, now)?,
    }
    Ok(Outcome::Done)
}

fn create(args: &Create, now: Timestamp) -> Result<()> {
    ensure!(
        args.expires > Seconds::ZERO,
        "--expires {}: the token would never be worth anything; write it like 90d",
        args.expires
    );
    let secret = new_secret().context("making a secret")?;
    let mut random = [0_u8; 6];
    getrandom::fill(&mut random).context("making an id")?;
    let id = format!("t{}", hex::encode(random));
    let token = Token {
        label: args.label.clone(),
        team: args.team.clone(),
        force: args.force.clone(),
        sites: args.sites.iter().map(|site| SiteId::from(site.as_str())).collect(),
        ..Token::new(&id, &args.person, args.role.as_str(), now, now + args.expires)
    };
    let doubt = database::block_on(async {
        let store = args.database.open(Access::Beside).await?;
        let made = async {
            let doubt = judge_reach(&store, &token).await?;
            store.create_token(&token, &hash_of(&secret)).await?;
            Ok(doubt)
        };
        let made = made.await;
        store.close().await;
        made
    })?;
    output::tell(doubt);
    if args.json {
        let mut value = as_json(&token, now);
        value["secret"] = secret.into();
        return output::json(&value);
    }
    let until = times(&args.database)?.show(token.expires_at);
    output::tell([
        format!("token {} for {}, role {}, expires {until}", token.id, bearer(&token), token.role),
        "This is its secret. It is shown this once: keep it where only its bearer can read it.".into(),
    ]);
    output::print(&format!("{secret}\n"))
}

/// Refuses a token for a site that does not exist: it would see nothing and never say why. A force may be yet to come: what
/// is doubtful about it.
async fn judge_reach(store: &Store, token: &Token) -> Result<Option<String>> {
    if token.sites.is_empty() && token.force.is_none() {
        return Ok(None);
    }
    let unit = store.load().await.context("reading which sites and submissions the unit has")?;
    known_sites(&unit, &token.sites)?;
    let Some(force) = &token.force else { return Ok(None) };
    let forces: BTreeSet<&str> = unit.submissions.values().map(|submission| submission.facts.force.as_str()).collect();
    Ok((!forces.contains(force.as_str())).then(|| {
        let has = if forces.is_empty() { "no submission is open".into() } else { format!("open are those of {}", join(&forces)) };
        format!("note: --force {force}: no open submission is of this force, so this token sees nothing yet; {has}")
    }))
}

fn known_sites(unit: &Unit, wanted: &[SiteId]) -> Result<()> {
    let known: Vec<&str> = unit.establishment.sites.iter().map(|site| site.id.as_str()).collect();
    let Some(unknown) = wanted.iter().find(|site| !known.contains(&site.as_str())) else { return Ok(()) };
    ensure!(!known.is_empty(), "--site: no unit file has been adopted yet, so that there is no site; start the daemon once");
    bail!("--site {unknown}: the unit has no such site; it has: {}", known.join(", "))
}

fn join(forces: &BTreeSet<&str>) -> String {
    forces.iter().copied().collect::<Vec<_>>().join(", ")
}

fn list(args: &List, now: Timestamp) -> Result<()> {
    let tokens = database::block_on(async {
        let store = args.database.open(Access::Read).await?;
        let tokens = store.tokens().await;
        store.close().await;
        Ok(tokens?)
    })?;
    if args.json {
        let items: Vec<Value> = tokens.iter().map(|token| as_json(token, now)).collect();
        return output::json(&json!({ "items": items }));
    }
    if tokens.is_empty() {
        return output::print("no token has been made yet: dfqueue token create makes one\n");
    }
    let times = times(&args.database)?;
    let row = |token: &Token| {
        let sites: Vec<&str> = token.sites.iter().map(SiteId::as_str).collect();
        let every = |text: &str, none: &str| if text.is_empty() { none.to_owned() } else { text.to_owned() };
        vec![
            token.id.clone(),
            state(token, now).into(),
            token.role.clone(),
            bearer(token),
            token.team.clone().unwrap_or_default(),
            every(token.force.as_deref().unwrap_or_default(), "every force"),
            every(&sites.join(", "), "every site"),
            times.show(token.created_at),
            times.show(token.expires_at),
        ]
    };
    let header = ["id", "state", "role", "for", "team", "force", "sites", "made", "expires"];
    output::print(&output::table(&header, tokens.iter().map(row), output::width()))
}

fn revoke(args: &Revoke, now: Timestamp) -> Result<()> {
    let found = database::block_on(async {
        let store = args.database.open(Access::Beside).await?;
        let found = store.revoke_token(&args.id, now).await;
        store.close().await;
        Ok(found?)
    })?;
    ensure!(found, "there is no token {:?}: dfqueue token list names them", args.id);
    if args.json {
        output::json(&json!({ "id": args.id, "state": "revoked" }))
    } else {
        output::print(&format!("token {} is revoked; a running daemon refuses it within a second\n", args.id))
    }
}

/// Whom a token is for, and which of theirs it is.
fn bearer(token: &Token) -> String {
    match &token.label {
        Some(label) => format!("{} ({label})", token.person),
        None => token.person.clone(),
    }
}

/// How a token stands.
fn state(token: &Token, now: Timestamp) -> &'static str {
    match token.revoked_at {
        Some(_) => "revoked",
        None if token.is_valid(now) => "valid",
        None => "expired",
    }
}

fn as_json(token: &Token, now: Timestamp) -> Value {
    json!({
        "id": token.id,
        "state": state(token, now),
        "role": token.role,
        "person": token.person,
        "label": token.label,
        "team": token.team,
        "force": token.force,
        "sites": token.sites,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
    })
}

/// The unit's zone is in the database's ledger; the daemon's own is at hand, and is the same nearly everywhere.
fn times(database: &database::Settings) -> Result<Times> {
    Ok(Times::named(Some(database.load()?.jobs.time_zone.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_of_a_sensible_length() {
        assert_eq!(name("  DS 1180 "), Ok("DS 1180".into()));
        assert_eq!(name(" "), Err("is empty".into()));
        assert!(name(&"x".repeat(101)).is_err() && name("a\u{7}").is_err());
    }

    #[test]
    fn a_token_taken_back_is_revoked_even_once_it_would_have_expired() {
        let at = |n| Timestamp::from_unix(n);
        let token = |revoked_at| Token { revoked_at, ..Token::new("t1", "DS 1180", "supervisor", at(0), at(100)) };
        assert_eq!((state(&token(None), at(99)), state(&token(None), at(100))), ("valid", "expired"));
        assert_eq!(state(&token(Some(at(50))), at(200)), "revoked");
    }
}
