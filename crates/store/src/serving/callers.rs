//! Clients and keys, of which there may be a hundred thousand.
//!
//! A page of them comes as one text with a line for each, not as a row for each: the driver hands
//! every row from one thread to another, which takes longer than to find and to read it, and makes
//! up most of the time in which a server with many keys starts. `concat` writes a line at once, and nothing
//! for what is null, where `||` writes it anew for every field.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::client::{AuthType, JwtRules};
use model::id::{ClientId, CollectionId, KeyId, PolicyId, WorkspaceId};
use model::net::PackedIpRules;
use model::secret::Digest;

use crate::error::{Result, unreadable};
use crate::jwt_rules::Columns;
use crate::rows::{maybe_time, rules, word};
use crate::sql::{Query, sql};
use crate::{Db, api_keys, clients};

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
    /// What its signed tokens must be like.
    pub jwt: Option<Arc<JwtRules>>,
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
    /// What its signed tokens must be like, in place of what its client says; of access profiles.
    pub jwt: Option<Arc<JwtRules>>,
    /// The public half of an OAuth 2.0 credential.
    pub oauth_client_id: Option<String>,
    /// Access tokens of other generations are over.
    pub generation: i64,
    /// The token before the last refresh, and until when it works beside the present one.
    pub former: Option<(Digest, Timestamp)>,
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

/// The rules of signed tokens, by the id of the row that has them.
type Rules = HashMap<i64, Arc<JwtRules>>;

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

/// The rules of signed tokens among these rows. Most rows have none, so that the pages do not carry
/// them.
async fn jwt_rules(query: Query, sealed: &str, span: Option<(i64, i64)>, db: &Db) -> Result<Rules> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: i64,
        jwt_rules: Option<String>,
        jwt_key: Option<String>,
    }
    let Some((first, last)) = span else { return Ok(Rules::new()) };
    let rows: Vec<Row> = query.bind(first).bind(last).all(db).await?;
    let read = |row: Row| {
        let columns = Columns { rules: row.jwt_rules, key: row.jwt_key };
        Ok(columns.read(&db.0.seal, sealed)?.map(|rules| (row.id, Arc::new(rules))))
    };
    rows.into_iter().filter_map(|row| read(row).transpose()).collect()
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
             concat(id, ' ', workspace_id, case when active then ' 1 ' else ' 0 ' end, policy_id, ' ',
                    client_policy_id, ' ',
                    (select string_agg(cast(collection_id as text), ',')
                     from client_collections where client_id = page.id)),
             '\n') as lines
         from (select id, workspace_id, active, policy_id, client_policy_id from clients where")
    .then(which)
    .then(") as page")
}

async fn clients_of(db: &Db, query: Query) -> Result<Vec<ServedClient>> {
    let lines = Lines::read(query, db).await?;
    let mut clients = lines.lines().map(read_client).collect::<Result<Vec<_>>>()?;
    clients.sort_unstable_by_key(|client| client.id);
    let span = clients.first().zip(clients.last()).map(|(first, last)| (first.id.0, last.id.0));
    let query = sql("select id, jwt_rules, jwt_key from clients
                     where jwt_rules is not null and id >= $1 and id <= $2");
    let mut rules = jwt_rules(query, clients::SEALED, span, db).await?;
    clients.iter_mut().for_each(|client| client.jwt = rules.remove(&client.id.0));
    Ok(clients)
}

fn read_client(line: &str) -> Result<ServedClient> {
    let mut fields = Fields(line);
    let (id, workspace) = (ClientId(fields.number()?), WorkspaceId(fields.number()?));
    let active = fields.text() == "1";
    let (policy, client_policy) = (fields.policy()?, fields.policy()?);
    let collections = read_collections(fields.0)?;
    Ok(ServedClient { id, workspace, active, policy, client_policy, collections, jwt: None })
}

/// Ids with commas between them, in no order.
fn read_collections(ids: &str) -> Result<Vec<CollectionId>> {
    let ids = ids.split(',').filter(|id| !id.is_empty());
    let collection = |id: &str| id.parse().map(CollectionId).map_err(|_| unreadable("number", id));
    let mut collections = ids.map(collection).collect::<Result<Vec<_>>>()?;
    collections.sort_unstable();
    Ok(collections)
}

fn read_former(text: &str) -> Option<(Digest, Timestamp)> {
    let (digest, until) = text.split_once(':')?;
    Some((Digest::from_hex(digest)?, Timestamp::from_microsecond(until.parse().ok()?).ok()?))
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
             concat(id, ' ', client_id, ' ', digest, case when active then ' 1 ' else ' 0 ' end, expires_at, ' ',
                    auth_type, ' ', oauth_client_id, ' ', generation, ' ',
                    former_digest || ':' || cast(former_until as text), ' ',
                    case when is_profile then (select string_agg(cast(collection_id as text), ',')
                                               from key_collections where key_id = page.id)
                         else '*' end,
                    ' ', policy_id, ' ', ip_rules),
             '\n') as lines
         from (select k.id, k.client_id, k.digest, k.active, k.expires_at, k.ip_rules, k.policy_id, k.oauth_client_id,
                      k.generation, k.former_digest, k.former_until,
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
    let mut with_rules = keys.iter_mut().filter(|key| key.collections.is_some() && key.auth_type.is_signed());
    let Some(first) = with_rules.next().map(|key| key.id.0) else { return Ok(keys) };
    let last = with_rules.next_back().map_or(first, |key| key.id.0);
    let query = sql("select id, jwt_rules, jwt_key from api_keys
                     where jwt_rules is not null and id >= $1 and id <= $2");
    let mut rules = jwt_rules(query, api_keys::SEALED, Some((first, last)), db).await?;
    keys.iter_mut().for_each(|key| key.jwt = rules.remove(&key.id.0));
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
    let oauth_client_id = Some(fields.text()).filter(|id| !id.is_empty()).map(str::to_owned);
    let generation = fields.number()?;
    let former = match fields.text() {
        "" => None,
        text => Some(read_former(text).ok_or_else(|| unreadable("former token", id))?),
    };
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
    Ok(ServedKey {
        id,
        client,
        digest,
        active,
        auth_type,
        collections,
        policy,
        rules,
        expires_at,
        jwt: None,
        oauth_client_id,
        generation,
        former,
    })
}
