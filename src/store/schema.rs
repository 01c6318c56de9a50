//! The tables: brought up to date by the daemon, checked by everyone else.
//!
//! `migrations/sqlite` and `migrations/postgres` hold the same numbers and names, compiled in here. A migration that was
//! released is never edited: sqlx keeps its checksum in the database, and another one is refused.

use std::collections::BTreeSet;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

use super::StoreError;

/// Which texts a database takes.
pub(super) trait Migrations: Migrate {
    const TEXTS: &'static [&'static str];
}

macro_rules! migrations {
    ($($file:literal),+ $(,)?) => {
        /// Name of each migration, from number 1 on.
        const FILES: &[&str] = &[$($file),+];

        impl Migrations for sqlx::SqliteConnection {
            const TEXTS: &'static [&'static str] = &[$(include_str!(concat!("../../migrations/sqlite/", $file, ".sql"))),+];
        }

        impl Migrations for sqlx::PgConnection {
            const TEXTS: &'static [&'static str] = &[$(include_str!(concat!("../../migrations/postgres/", $file, ".sql"))),+];
        }
    };
}

migrations!(
    "0001_ledger",
    "0002_state",
    "0003_desk",
    "0004_views",
    "0005_durations",
    "0006_unavoidable",
    "0007_told",
    "0008_removed",
    "0009_treatment",
    "0010_access_log",
    "0011_paused",
    "0012_attended",
    "0013_quality",
    "0014_notices",
    "0015_who_did_it",
    "0016_review",
    "0017_parts_and_appointments",
    "0018_taken",
);

/// Number and name of the newest migration: what every database that could be opened has.
pub fn schema_version() -> (usize, &'static str) {
    (FILES.len(), FILES.last().copied().unwrap_or_default())
}

fn migrator<C: Migrations>() -> Migrator {
    let texts = FILES.iter().zip(C::TEXTS).zip(1..);
    let migration = |((name, text), number): ((&'static &'static str, &'static &'static str), i64)| {
        Migration::new(number, (*name).into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    Migrator::with_migrations(texts.map(migration).collect())
}

/// Creates what is missing. Only one node at a time does so; the others wait for it.
pub(super) async fn migrate<C: Migrations>(connection: &mut C, place: &str) -> Result<(), StoreError> {
    migrator::<C>().run_direct(None, connection, false).await.map_err(|source| explain(place, source))
}

/// Whether the tables are those that this program knows, neither older nor newer.
pub(super) async fn check<C: Migrations>(connection: &mut C, place: &str) -> Result<(), StoreError> {
    let migrator = migrator::<C>();
    let applied = match connection.list_applied_migrations("_sqlx_migrations").await {
        Ok(applied) => applied,
        Err(source) => return Err(explain(place, source)),
    };
    for there in &applied {
        match migrator.iter().find(|ours| ours.version == there.version) {
            None => return Err(explain(place, MigrateError::VersionMissing(there.version))),
            Some(ours) if ours.checksum != there.checksum => {
                return Err(explain(place, MigrateError::VersionMismatch(there.version)));
            }
            Some(_) => {}
        }
    }
    let applied: BTreeSet<_> = applied.iter().map(|there| there.version).collect();
    match migrator.iter().find(|ours| !applied.contains(&ours.version)) {
        Some(missing) => Err(explain(place, MigrateError::VersionNotPresent(missing.version))),
        None => Ok(()),
    }
}

fn explain(place: &str, source: MigrateError) -> StoreError {
    let (problem, remedy) = match &source {
        MigrateError::VersionMissing(number) => (
            format!("its tables are of a newer dfqueue (migration {number} is not known here)"),
            "run that version, or restore the backup made before it",
        ),
        MigrateError::VersionMismatch(number) => (
            format!("its migration {number} is not the one of this dfqueue"),
            "run the version that made it, or restore a backup",
        ),
        MigrateError::VersionNotPresent(number) => {
            (format!("its tables are older than this dfqueue (migration {number} is missing)"), "run `dfqueue migrate`")
        }
        MigrateError::Execute(sqlx::Error::Database(_)) => {
            ("it holds no tables of dfqueue that can be read".into(), "run `dfqueue migrate`, or correct the database URL")
        }
        _ => ("its tables can't be brought up to date".into(), "see the cause; a backup restores what was there before"),
    };
    StoreError::Schema { place: place.into(), problem, remedy: remedy.into(), source: Some(Box::new(source)) }
}
