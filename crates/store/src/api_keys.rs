//! API keys.

use jiff::Timestamp;
use model::access::Scope;
use model::change::ChangeKind;
use model::client::{ApiKey, AuthType, Profile};
use model::id::{ClientId, CollectionId, KeyId, PolicyId, WorkspaceId};
use model::net::IpRules;
use model::page::{Page, Paged};
use model::secret::Secret;

use crate::changes::announce;
use crate::error::Result;
use crate::jwt_rules::Columns;
use crate::packed::packed;
use crate::rows::{Id, maybe_time, next_id, number, rules, rules_json, time, total, word, written};
use crate::scope::{in_projects, in_things};
use crate::seal::Seal;
use crate::sql::{Conn, Query, sql};
use crate::{Tx, places};

pub(crate) const SEALED: &str = "api_keys.jwt_key";

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
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// How often it may call, if otherwise than its client.
    pub policy: Option<PolicyId>,
    /// Its token, of which the digest and the last four characters are kept.
    pub token: &'a Secret,
    /// The public half of an OAuth 2.0 credential.
    pub oauth_client_id: Option<&'a str>,
    /// What an access profile has of its own, and how callers authenticate with it.
    pub profile: Option<(AuthType, &'a Profile)>,
}

packed! {
    struct Row {
        id: i64,
        client_id: i64,
        name: String,
        own_auth_type: Option<String>,
        client_auth_type: String,
        jwt_rules: Option<String>,
        jwt_key: Option<String>,
        policy_id: Option<i64>,
        oauth_client_id: Option<String>,
        last_four: String,
        ip_rules: String,
        #[serde(deserialize_with = "crate::packed::flag")]
        active: bool,
        expires_at: Option<i64>,
        generation: i64,
        active_since: i64,
        created_at: i64,
        updated_at: i64,
    }
}

impl Row {
    /// The key, without the collections of its profile.
    fn key(self, seal: &Seal) -> Result<ApiKey> {
        let auth_type = self.own_auth_type.as_ref().unwrap_or(&self.client_auth_type);
        let profile = match self.own_auth_type {
            None => None,
            Some(_) => Some(Profile {
                jwt: Columns { rules: self.jwt_rules, key: self.jwt_key }.read(seal, SEALED)?,
                collections: Vec::new(),
            }),
        };
        Ok(ApiKey {
            auth_type: word("auth type", auth_type)?,
            oauth_client_id: self.oauth_client_id,
            profile,
            policy: self.policy_id.map(PolicyId),
            id: KeyId(self.id),
            client: ClientId(self.client_id),
            name: self.name,
            rules: rules(&self.ip_rules)?,
            active: self.active,
            expires_at: maybe_time(self.expires_at)?,
            generation: self.generation,
            active_since: time(self.active_since)?,
            last_four: self.last_four,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

/// What a key is read from, without where it comes from.
macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "select k.id, k.client_id, k.name, k.auth_type as own_auth_type, c.auth_type as client_auth_type,
                    k.jwt_rules, k.jwt_key, k.policy_id, k.oauth_client_id, k.last_four, k.ip_rules, k.active,
                    k.expires_at, k.generation, k.active_since, k.created_at, k.updated_at ",
            $rest
        )
    };
}

fn select(scope: Scope) -> Query {
    sql(columns!("from api_keys k join clients c on c.id = k.client_id where k.workspace_id = $1"))
        .bind(scope.workspace)
        .within(scope, in_projects!("c.project_id"))
}

async fn all(query: Query, scope: Scope, mut on: Conn<'_>) -> Result<Vec<ApiKey>> {
    let rows = query.packed::<Row>(on.again()).await?;
    let seal = &on.db().clone().0.seal;
    let mut keys = rows.into_iter().map(|row| row.key(seal)).collect::<Result<Vec<_>>>()?;
    keys.sort_unstable_by_key(|key| key.id);
    fill(&mut keys, scope, on).await?;
    Ok(keys)
}

/// Fills in the collections of access profiles that are in order of their ids, those of the scope, with
/// one statement.
async fn fill(keys: &mut [ApiKey], scope: Scope, on: Conn<'_>) -> Result<()> {
    #[derive(sqlx::FromRow)]
    struct Assigned {
        key_id: i64,
        collection_id: i64,
    }
    let mut profiles = keys.iter().filter(|key| key.profile.is_some()).map(|key| key.id);
    let Some(first) = profiles.next() else { return Ok(()) };
    let last = profiles.next_back().unwrap_or(first);
    let assigned: Vec<Assigned> = sql("select key_id, collection_id from key_collections
         where key_id >= $1 and key_id <= $2")
    .bind(first)
    .bind(last)
    .within(scope, in_things!("collection_id", "collections"))
    .then("order by key_id, collection_id")
    .all(on)
    .await?;
    for row in assigned {
        if let Ok(place) = keys.binary_search_by_key(&row.key_id, |key| key.id.0)
            && let Some(profile) = &mut keys[place].profile
        {
            profile.collections.push(CollectionId(row.collection_id));
        }
    }
    Ok(())
}

/// Keys of a scope, or of one of its clients, oldest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    client: Option<ClientId>,
    page: Page,
) -> Result<Paged<ApiKey>> {
    let (mut on, scope) = (on.into(), scope.into());
    if let (Conn::Pool(db), None, None) = (&on, client, scope.token) {
        let places = places::of_keys(db, scope.workspace).await?;
        let (after, skipped) = places.before(page.offset());
        let query = page_of(scope, None, Some(after)).limit(page.size, skipped).then(PAGE_WITH_CLIENTS);
        return Ok(Paged { rows: all(query, scope, on).await?, total: places.total });
    }
    let query = page_of(scope, client, None).page(page).then(PAGE_WITH_CLIENTS);
    let rows = all(query, scope, on.again()).await?;
    let counting = sql("select count(*) as value from api_keys where workspace_id = $1")
        .bind(scope.workspace)
        .within(scope, in_things!("client_id", "clients"))
        .and(client, "client_id = ?");
    let total = total(page, rows.len(), counting, on).await?;
    Ok(Paged { rows, total })
}

/// Begins a statement that looks for the ids of a page first, in an index alone: what is before the page is
/// skipped without a look at its rows. Limits and [`PAGE_WITH_CLIENTS`] are to follow.
fn page_of(scope: Scope, client: Option<ClientId>, after: Option<i64>) -> Query {
    sql(columns!("from (select id from api_keys where workspace_id = $1"))
        .bind(scope.workspace)
        .within(scope, in_things!("client_id", "clients"))
        .and(client, "client_id = ?")
        .and(after, "id > ?")
        .then("order by id")
}

const PAGE_WITH_CLIENTS: &str =
    ") as page join api_keys k on k.id = page.id join clients c on c.id = k.client_id";

/// The key with this id of this client in this scope.
pub async fn find(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    client: ClientId,
    id: KeyId,
) -> Result<Option<ApiKey>> {
    let scope = scope.into();
    let query = select(scope).and(Some(client), "k.client_id = ?").and(Some(id), "k.id = ?");
    Ok(all(query, scope, on.into()).await?.pop())
}

/// The key with this id in this scope, whosever it is.
pub async fn find_any(on: impl Into<Conn<'_>>, scope: impl Into<Scope>, id: KeyId) -> Result<Option<ApiKey>> {
    let scope = scope.into();
    Ok(all(select(scope).and(Some(id), "k.id = ?"), scope, on.into()).await?.pop())
}

/// Whether a key belongs to this workspace.
pub async fn is_in(on: impl Into<Conn<'_>>, workspace: WorkspaceId, id: KeyId) -> Result<bool> {
    let query = sql("select id from api_keys where workspace_id = $1 and id = $2").bind(workspace).bind(id);
    Ok(query.maybe::<Id>(on).await?.is_some())
}

/// How many keys a client has.
pub async fn count(on: impl Into<Conn<'_>>, client: ClientId) -> Result<i64> {
    number(sql("select count(*) as value from api_keys where client_id = $1").bind(client), on).await
}

/// Adds a key.
pub async fn insert(tx: &mut Tx, new: NewKey<'_>, now: Timestamp) -> Result<KeyId> {
    let id = KeyId(next_id(tx, "key").await?);
    let profile = new.profile.map(|(_, profile)| profile);
    let columns = Columns::write(&tx.db.0.seal, SEALED, profile.and_then(|profile| profile.jwt.as_ref()));
    sql("insert into api_keys (id, workspace_id, client_id, name, digest, last_four, ip_rules, active,
                               active_since, created_at, updated_at, auth_type, jwt_rules, jwt_key, policy_id,
                               oauth_client_id, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9, $10, $11, $12, $13, $14, $15)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.client)
    .bind(new.name)
    .bind(new.token.digest().to_hex())
    .bind(new.token.last_four())
    .bind(rules_json(new.rules))
    .bind(new.active)
    .bind(now)
    .bind(new.profile.map(|(auth_type, _)| written(auth_type)))
    .bind(columns.rules)
    .bind(columns.key)
    .bind(new.policy)
    .bind(new.oauth_client_id)
    .bind(new.expires_at)
    .run(tx)
    .await?;
    assign(tx, id, profile).await?;
    announce(tx, ChangeKind::Key, id).await?;
    Ok(id)
}

async fn assign(tx: &mut Tx, key: KeyId, profile: Option<&Profile>) -> Result<()> {
    for collection in profile.iter().flat_map(|profile| &profile.collections) {
        sql("insert into key_collections (key_id, collection_id) values ($1, $2)
             on conflict (key_id, collection_id) do nothing")
        .bind(key)
        .bind(*collection)
        .run(tx)
        .await?;
    }
    Ok(())
}

/// Writes the name, the address rules, the policy, the end and the profile of a key; of what the profile may call,
/// the collections of the scope.
pub async fn update(tx: &mut Tx, scope: impl Into<Scope>, key: &ApiKey, now: Timestamp) -> Result<()> {
    let profile = key.profile.as_ref();
    let columns = Columns::write(&tx.db.0.seal, SEALED, profile.and_then(|profile| profile.jwt.as_ref()));
    sql("update api_keys set name = $2, ip_rules = $3, auth_type = $4, jwt_rules = $5, jwt_key = $6,
                             policy_id = $7, oauth_client_id = $8, updated_at = case when updated_at < $9 then $9 else updated_at + 1 end, expires_at = $10
         where id = $1")
    .bind(key.id)
    .bind(key.name.as_str())
    .bind(rules_json(&key.rules))
    .bind(profile.map(|_| written(key.auth_type)))
    .bind(columns.rules)
    .bind(columns.key)
    .bind(key.policy)
    .bind(key.oauth_client_id.as_deref())
    .bind(now)
    .bind(key.expires_at)
    .run(tx)
    .await?;
    sql("delete from key_collections where key_id = $1")
        .bind(key.id)
        .within(scope.into(), in_things!("collection_id", "collections"))
        .run(tx)
        .await?;
    assign(tx, key.id, profile).await?;
    announce(tx, ChangeKind::Key, key.id).await
}

/// Enables a key, which is active since then.
pub async fn enable(tx: &mut Tx, key: KeyId, now: Timestamp) -> Result<()> {
    sql("update api_keys set active = $2, active_since = $3, updated_at = case when updated_at < $3 then $3 else updated_at + 1 end where id = $1")
        .bind(key)
        .bind(true)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Key, key).await
}

/// Disables a key. Access tokens that were made with it are over for ever.
pub async fn disable(tx: &mut Tx, key: KeyId, now: Timestamp) -> Result<()> {
    sql("update api_keys set active = $2, generation = generation + 1, former_digest = null,
                             former_until = null,
                             updated_at = case when updated_at < $3 then $3 else updated_at + 1 end
         where id = $1")
    .bind(key)
    .bind(false)
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Key, key).await
}

/// Gives a key another token, and another OAuth 2.0 client id if there is one; the former ones are
/// forgotten, and access tokens that were made with them are over.
pub async fn refresh(
    tx: &mut Tx,
    key: KeyId,
    token: &Secret,
    oauth_client_id: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sql("update api_keys set digest = $2, last_four = $3, oauth_client_id = coalesce($4, oauth_client_id),
                             generation = generation + 1, former_digest = null, former_until = null,
                             active_since = $5,
                             updated_at = case when updated_at < $5 then $5 else updated_at + 1 end
         where id = $1")
    .bind(key)
    .bind(token.digest().to_hex())
    .bind(token.last_four())
    .bind(oauth_client_id)
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Key, key).await
}

/// Gives a key another token. The former one, and access tokens that were made with it, go on working
/// until `until`.
pub async fn refresh_with_grace(
    tx: &mut Tx,
    key: KeyId,
    token: &Secret,
    until: Timestamp,
    now: Timestamp,
) -> Result<()> {
    sql("update api_keys set former_digest = digest, former_until = $4, digest = $2, last_four = $3,
                             generation = generation + 1, active_since = $5,
                             updated_at = case when updated_at < $5 then $5 else updated_at + 1 end
         where id = $1")
    .bind(key)
    .bind(token.digest().to_hex())
    .bind(token.last_four())
    .bind(until)
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
