//! Developer API clients: the tokens of the management API.

use jiff::Timestamp;
use model::access::{DeveloperClient, Role};
use model::id::{DeveloperClientId, WorkspaceId};
use model::net::IpRules;
use model::secret::{Digest, Secret};

use crate::Tx;
use crate::error::Result;
use crate::rows::{maybe_time, next_id, rules, rules_json, time, word, written};
use crate::sql::{Conn, sql};

/// What a new developer API client is made of.
pub struct NewDeveloperClient<'a> {
    /// The workspace it acts in.
    pub workspace: WorkspaceId,
    /// Unique in the workspace.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// From where it may be used.
    pub rules: &'a IpRules,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// Its token, of which the digest and the last four characters are kept.
    pub token: &'a Secret,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    name: String,
    role: String,
    last_four: String,
    ip_rules: String,
    expires_at: Option<i64>,
    created_at: i64,
}

/// The developer API client whose token has this digest.
pub async fn by_digest(on: impl Into<Conn<'_>>, digest: Digest) -> Result<Option<DeveloperClient>> {
    let row: Option<Row> =
        sql("select id, workspace_id, name, role, last_four, ip_rules, expires_at, created_at
         from developer_clients where digest = $1")
        .bind(digest.to_hex())
        .maybe(on)
        .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(DeveloperClient {
        id: DeveloperClientId(row.id),
        workspace: WorkspaceId(row.workspace_id),
        name: row.name,
        role: word("role", &row.role)?,
        rules: rules(&row.ip_rules)?,
        expires_at: maybe_time(row.expires_at)?,
        last_four: row.last_four,
        created_at: time(row.created_at)?,
    }))
}

/// Adds a developer API client. [`Taken`](crate::Error::Taken) if the name is.
pub async fn insert(tx: &mut Tx, new: NewDeveloperClient<'_>, now: Timestamp) -> Result<DeveloperClientId> {
    let id = DeveloperClientId(next_id(tx, "developer_client").await?);
    sql("insert into developer_clients (id, workspace_id, name, role, digest, last_four, ip_rules, expires_at,
                                        created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.name)
    .bind(written(new.role))
    .bind(new.token.digest().to_hex())
    .bind(new.token.last_four())
    .bind(rules_json(new.rules))
    .bind(new.expires_at)
    .bind(now)
    .run(tx)
    .await?;
    Ok(id)
}
