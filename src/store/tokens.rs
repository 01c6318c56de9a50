//! Bearer tokens: who may do what. Secrets are made by the caller and never stored, only their SHA-256.

use serde::{Deserialize, Serialize};

use super::error::Doing;
use super::{Hash, Store, StoreError, on};
use crate::domain::ids::SiteId;
use crate::domain::time::Timestamp;

/// A bearer token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its public id: what entries name.
    pub id: String,
    /// Whom it was made out to: a person, or the thing that carries it.
    pub person: String,
    /// What it is for, where one person has several.
    pub label: Option<String>,
    /// What its bearer may do.
    pub role: String,
    /// The team its bearer belongs to, which acts for an officer of it who is off duty.
    pub team: Option<String>,
    /// Whose submissions it may see; of every force where absent.
    pub force: Option<String>,
    /// At which sites it works; at every site where empty.
    pub sites: Vec<SiteId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it is worth nothing.
    pub expires_at: Timestamp,
    /// Since when it is worth nothing, if it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// A token of every force and every site, without a team.
    pub fn new(id: &str, person: &str, role: &str, created_at: Timestamp, expires_at: Timestamp) -> Self {
        Self {
            id: id.into(),
            person: person.into(),
            label: None,
            role: role.into(),
            team: None,
            force: None,
            sites: Vec::new(),
            created_at,
            expires_at,
            revoked_at: None,
        }
    }

    /// Whether it is worth something at `now`.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        now < self.expires_at && self.revoked_at.is_none_or(|at| now < at)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    person: String,
    label: Option<String>,
    role: String,
    team: Option<String>,
    force: Option<String>,
    sites: String,
    created_at: i64,
    expires_at: i64,
    revoked_at: Option<i64>,
}

impl TryFrom<Row> for Token {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let sites = serde_json::from_str(&row.sites).map_err(|e| StoreError::Corrupt {
            what: format!("token {}", row.id),
            problem: format!("its sites can't be read: {e}"),
        })?;
        Ok(Self {
            id: row.id,
            person: row.person,
            label: row.label,
            role: row.role,
            team: row.team,
            force: row.force,
            sites,
            created_at: Timestamp::from_unix(row.created_at),
            expires_at: Timestamp::from_unix(row.expires_at),
            revoked_at: row.revoked_at.map(Timestamp::from_unix),
        })
    }
}

impl Store {
    /// Stores a token. `secret_hash`: SHA-256 of its secret. An id or secret that is there already is an error.
    pub async fn create_token(&self, token: &Token, secret_hash: &Hash) -> Result<(), StoreError> {
        let sites = serde_json::to_string(&token.sites).unwrap_or_else(|_| "[]".into());
        on!(self.writer, pool => {
            sqlx::query(
                "insert into token (id, hash, person, label, role, team, force, sites, created_at, expires_at, revoked_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(&token.id)
            .bind(secret_hash.as_slice())
            .bind(&token.person)
            .bind(&token.label)
            .bind(&token.role)
            .bind(&token.team)
            .bind(&token.force)
            .bind(sites)
            .bind(token.created_at.unix())
            .bind(token.expires_at.unix())
            .bind(token.revoked_at.map(Timestamp::unix))
            .execute(pool)
            .await
            .doing("storing a token")?;
        });
        Ok(())
    }

    /// The token of this secret, by the secret's SHA-256, whether it is still worth something or not.
    pub async fn token(&self, secret_hash: &Hash) -> Result<Option<Token>, StoreError> {
        let row: Option<Row> = on!(self.readers, pool => {
            sqlx::query_as(
                "select id, person, label, role, team, force, sites, created_at, expires_at, revoked_at
                 from token where hash = $1",
            )
            .bind(secret_hash.as_slice())
            .fetch_optional(pool)
            .await
            .doing("looking up a token")?
        });
        row.map(Token::try_from).transpose()
    }

    /// Every token ever made, oldest first.
    pub async fn tokens(&self) -> Result<Vec<Token>, StoreError> {
        let rows: Vec<Row> = on!(self.readers, pool => {
            sqlx::query_as(
                "select id, person, label, role, team, force, sites, created_at, expires_at, revoked_at
                 from token order by created_at, id",
            )
            .fetch_all(pool)
            .await
            .doing("listing tokens")?
        });
        rows.into_iter().map(Token::try_from).collect()
    }

    /// Ids of tokens that were taken back by `now` and would otherwise still be worth something.
    pub async fn tokens_taken_back(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        Ok(on!(self.readers, pool => {
            sqlx::query_scalar("select id from token where revoked_at <= $1 and expires_at > $1")
                .bind(now.unix())
                .fetch_all(pool)
                .await
                .doing("looking for tokens that were taken back")?
        }))
    }

    /// Takes a token back from `at` on; false where there is none of this id. An earlier revocation stands.
    pub async fn revoke_token(&self, id: &str, at: Timestamp) -> Result<bool, StoreError> {
        let done = on!(self.writer, pool => {
            sqlx::query("update token set revoked_at = coalesce(revoked_at, $2) where id = $1")
                .bind(id)
                .bind(at.unix())
                .execute(pool)
                .await
                .doing("revoking a token")?
                .rows_affected()
        });
        Ok(done > 0)
    }
}
