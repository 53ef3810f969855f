//! API keys.

use jiff::Timestamp;
use model::change::ChangeKind;
use model::client::ApiKey;
use model::id::{ClientId, KeyId, WorkspaceId};
use model::net::IpRules;
use model::page::{Page, Paged};
use model::secret::Secret;

use crate::Tx;
use crate::changes::announce;
use crate::error::Result;
use crate::rows::{next_id, number, rules, rules_json, time};
use crate::sql::{Conn, Query, sql};

/// What a new key is made of.
pub struct NewKey<'a> {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The client it belongs to.
    pub client: ClientId,
    /// For people.
    pub name: &'a str,
    /// Who may call with it, by address.
    pub rules: &'a IpRules,
    /// Whether it can be used.
    pub active: bool,
    /// Its token, of which the digest and the last four characters are kept.
    pub token: &'a Secret,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    client_id: i64,
    name: String,
    last_four: String,
    ip_rules: String,
    active: bool,
    active_since: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn key(self) -> Result<ApiKey> {
        Ok(ApiKey {
            id: KeyId(self.id),
            client: ClientId(self.client_id),
            name: self.name,
            rules: rules(&self.ip_rules)?,
            active: self.active,
            active_since: time(self.active_since)?,
            last_four: self.last_four,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select(workspace: WorkspaceId) -> Query {
    sql("select id, client_id, name, last_four, ip_rules, active, active_since, created_at, updated_at
         from api_keys where workspace_id = $1")
    .bind(workspace)
}

/// Keys of a workspace, or of one of its clients, oldest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    client: Option<ClientId>,
    page: Page,
) -> Result<Paged<ApiKey>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from api_keys where workspace_id = $1").bind(workspace);
    let total = number(counting.and(client, "client_id = ?"), on.again()).await?;
    let query = select(workspace).and(client, "client_id = ?").then("order by id").page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(Row::key).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// The key with this id of this client in this workspace.
pub async fn find(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    client: ClientId,
    id: KeyId,
) -> Result<Option<ApiKey>> {
    let query = select(workspace).and(Some(client), "client_id = ?").and(Some(id), "id = ?");
    query.maybe::<Row>(on).await?.map(Row::key).transpose()
}

/// How many keys a client has.
pub async fn count(on: impl Into<Conn<'_>>, client: ClientId) -> Result<i64> {
    number(sql("select count(*) as value from api_keys where client_id = $1").bind(client), on).await
}

/// Adds a key.
pub async fn insert(tx: &mut Tx, new: NewKey<'_>, now: Timestamp) -> Result<KeyId> {
    let id = KeyId(next_id(tx, "key").await?);
    sql("insert into api_keys (id, workspace_id, client_id, name, digest, last_four, ip_rules, active,
                               active_since, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.client)
    .bind(new.name)
    .bind(new.token.digest().to_hex())
    .bind(new.token.last_four())
    .bind(rules_json(new.rules))
    .bind(new.active)
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Key, id).await?;
    Ok(id)
}

/// Writes the name and the address rules of a key.
pub async fn update(tx: &mut Tx, key: &ApiKey, now: Timestamp) -> Result<()> {
    sql("update api_keys set name = $2, ip_rules = $3, updated_at = $4 where id = $1")
        .bind(key.id)
        .bind(key.name.as_str())
        .bind(rules_json(&key.rules))
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Key, key.id).await
}

/// Enables a key, which is active since then.
pub async fn enable(tx: &mut Tx, key: KeyId, now: Timestamp) -> Result<()> {
    sql("update api_keys set active = $2, active_since = $3, updated_at = $3 where id = $1")
        .bind(key)
        .bind(true)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Key, key).await
}

/// Disables a key.
pub async fn disable(tx: &mut Tx, key: KeyId, now: Timestamp) -> Result<()> {
    sql("update api_keys set active = $2, updated_at = $3 where id = $1")
        .bind(key)
        .bind(false)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Key, key).await
}

/// Gives a key another token; the former one is forgotten.
pub async fn refresh(tx: &mut Tx, key: KeyId, token: &Secret, now: Timestamp) -> Result<()> {
    sql("update api_keys set digest = $2, last_four = $3, active_since = $4, updated_at = $4 where id = $1")
        .bind(key)
        .bind(token.digest().to_hex())
        .bind(token.last_four())
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Key, key).await
}

/// Deletes a key.
pub async fn delete(tx: &mut Tx, key: KeyId) -> Result<()> {
    sql("delete from api_keys where id = $1").bind(key).run(tx).await?;
    announce(tx, ChangeKind::Key, key).await
}
