//! Clients and keys, of which there may be a hundred thousand.
//!
//! A page of them comes as one text with a line for each, not as a row for each: the driver hands
//! every row from one thread to another, which takes longer than to find and to read it, and makes
//! up most of the time in which a server with many keys starts.

use std::collections::HashMap;

use jiff::Timestamp;
use model::client::AuthType;
use model::id::{ClientId, CollectionId, KeyId, PolicyId, WorkspaceId};
use model::net::PackedIpRules;
use model::secret::Digest;

use crate::Db;
use crate::error::{Result, unreadable};
use crate::rows::{maybe_time, rules, word};
use crate::sql::{Query, sql};

/// A client as the gateway sees it.
#[derive(Debug, Clone)]
pub struct ServedClient {
    /// Its id.
    pub id: ClientId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// Whether its keys may call anything.
    pub active: bool,
    /// How often each of its keys may call.
    pub policy: Option<PolicyId>,
    /// How often all of its keys together may call.
    pub client_policy: Option<PolicyId>,
    /// What it may call, in order of the ids.
    pub collections: Vec<CollectionId>,
}

/// A key as the gateway sees it.
#[derive(Debug, Clone)]
pub struct ServedKey {
    /// Its id.
    pub id: KeyId,
    /// The client it belongs to.
    pub client: ClientId,
    /// What its token is recognised by.
    pub digest: Digest,
    /// Whether it can be used.
    pub active: bool,
    /// How callers authenticate with it.
    pub auth_type: AuthType,
    /// What it may call in place of what its client may, in order; of access profiles.
    pub collections: Option<Vec<CollectionId>>,
    /// How often it may call, in place of what its client says; of access profiles.
    pub policy: Option<PolicyId>,
    /// Who may call with it, by address. Keys that are read together share equal rules.
    pub rules: PackedIpRules,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
}

/// A page of lines, each with its fields and spaces between them. Absent if there are none.
#[derive(sqlx::FromRow)]
struct Lines {
    lines: Option<String>,
}

impl Lines {
    /// The page that `query` selects. Only the last field of a line may have spaces, and none has
    /// line ends.
    async fn read(query: Query, db: &Db) -> Result<String> {
        Ok(query.one::<Self>(db).await?.lines.unwrap_or_default())
    }
}

/// What is left of the fields of a line.
struct Fields<'l>(&'l str);

impl<'l> Fields<'l> {
    /// The next field; the rest, where no other follows.
    fn text(&mut self) -> &'l str {
        let (field, rest) = self.0.split_once(' ').unwrap_or((self.0, ""));
        self.0 = rest;
        field
    }

    fn number(&mut self) -> Result<i64> {
        let field = self.text();
        field.parse().map_err(|_| unreadable("number", field))
    }

    /// The next field, which is empty if there is no policy.
    fn policy(&mut self) -> Result<Option<PolicyId>> {
        match self.text() {
            "" => Ok(None),
            text => text.parse().map(|id| Some(PolicyId(id))).map_err(|_| unreadable("number", text)),
        }
    }
}

/// The client with this id; `None` if it is gone.
pub async fn client(db: &Db, id: ClientId) -> Result<Option<ServedClient>> {
    Ok(clients_of(db, page_of_clients("id = $1").bind(id)).await?.pop())
}

/// Up to `limit` clients with higher ids than `after`, in order.
pub async fn clients(db: &Db, after: ClientId, limit: i64) -> Result<Vec<ServedClient>> {
    clients_of(db, page_of_clients("id > $1 order by id limit $2").bind(after).bind(limit)).await
}

fn page_of_clients(which: &'static str) -> Query {
    sql("select string_agg(
             cast(id as text) || ' ' || cast(workspace_id as text) || ' '
             || case when active then '1' else '0' end || ' '
             || coalesce(cast(policy_id as text), '') || ' '
             || coalesce(cast(client_policy_id as text), '') || ' '
             || coalesce((select string_agg(cast(collection_id as text), ',')
                          from client_collections where client_id = page.id), ''),
             '\n') as lines
         from (select id, workspace_id, active, policy_id, client_policy_id from clients where")
    .then(which)
    .then(") as page")
}

async fn clients_of(db: &Db, query: Query) -> Result<Vec<ServedClient>> {
    let lines = Lines::read(query, db).await?;
    let mut clients = lines.lines().map(read_client).collect::<Result<Vec<_>>>()?;
    clients.sort_unstable_by_key(|client| client.id);
    Ok(clients)
}

fn read_client(line: &str) -> Result<ServedClient> {
    let mut fields = Fields(line);
    let (id, workspace) = (ClientId(fields.number()?), WorkspaceId(fields.number()?));
    let active = fields.text() == "1";
    let (policy, client_policy) = (fields.policy()?, fields.policy()?);
    let collections = read_collections(fields.0)?;
    Ok(ServedClient { id, workspace, active, policy, client_policy, collections })
}

/// Ids with commas between them, in no order.
fn read_collections(ids: &str) -> Result<Vec<CollectionId>> {
    let ids = ids.split(',').filter(|id| !id.is_empty());
    let collection = |id: &str| id.parse().map(CollectionId).map_err(|_| unreadable("number", id));
    let mut collections = ids.map(collection).collect::<Result<Vec<_>>>()?;
    collections.sort_unstable();
    Ok(collections)
}

/// The key with this id; `None` if it is gone.
pub async fn key(db: &Db, id: KeyId) -> Result<Option<ServedKey>> {
    Ok(keys_of(db, page_of_keys("k.id = $1").bind(id)).await?.pop())
}

/// Up to `limit` keys with higher ids than `after`, in order.
pub async fn keys(db: &Db, after: KeyId, limit: i64) -> Result<Vec<ServedKey>> {
    keys_of(db, page_of_keys("k.id > $1 order by k.id limit $2").bind(after).bind(limit)).await
}

fn page_of_keys(which: &'static str) -> Query {
    sql("select string_agg(
             cast(id as text) || ' ' || cast(client_id as text) || ' ' || digest || ' '
             || case when active then '1' else '0' end || ' '
             || coalesce(cast(expires_at as text), '') || ' ' || auth_type || ' '
             || case when is_profile
                then coalesce((select string_agg(cast(collection_id as text), ',')
                               from key_collections where key_id = page.id), '')
                else '*' end || ' ' || coalesce(cast(policy_id as text), '') || ' ' || ip_rules,
             '\n') as lines
         from (select k.id, k.client_id, k.digest, k.active, k.expires_at, k.ip_rules, k.policy_id,
                      coalesce(k.auth_type, c.auth_type) as auth_type, k.auth_type is not null as is_profile
               from api_keys k join clients c on c.id = k.client_id where")
    .then(which)
    .then(") as page")
}

async fn keys_of(db: &Db, query: Query) -> Result<Vec<ServedKey>> {
    let lines = Lines::read(query, db).await?;
    let mut known = HashMap::new();
    let mut keys = lines.lines().map(|line| read_key(line, &mut known)).collect::<Result<Vec<_>>>()?;
    keys.sort_unstable_by_key(|key| key.id);
    Ok(keys)
}

/// Reads a key. `known` are rules that were read before, by their text: many keys have the same,
/// and share them.
fn read_key<'l>(line: &'l str, known: &mut HashMap<&'l str, PackedIpRules>) -> Result<ServedKey> {
    let mut fields = Fields(line);
    let (id, client) = (KeyId(fields.number()?), ClientId(fields.number()?));
    let digest = Digest::from_hex(fields.text()).ok_or_else(|| unreadable("digest of key", id))?;
    let active = fields.text() == "1";
    let expires_at = match fields.text() {
        "" => None,
        text => maybe_time(Some(text.parse().map_err(|_| unreadable("time", text))?))?,
    };
    let auth_type = word("auth type", fields.text())?;
    let collections = match fields.text() {
        "*" => None,
        ids => Some(read_collections(ids)?),
    };
    let policy = fields.policy()?;
    let rules = match known.get(fields.0) {
        Some(rules) => rules.clone(),
        None => {
            let read = PackedIpRules::from(&rules(fields.0)?);
            known.insert(fields.0, read.clone());
            read
        }
    };
    Ok(ServedKey { id, client, digest, active, auth_type, collections, policy, rules, expires_at })
}
