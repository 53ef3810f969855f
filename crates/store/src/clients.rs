//! API clients and the collections that they may call.

use std::collections::HashMap;

use jiff::Timestamp;
use model::access::Scope;
use model::change::ChangeKind;
use model::client::{AuthType, Client, CollectionName, JwtRules};
use model::id::{ClientId, CollectionId, PolicyId, PortalId, ProjectId, WorkspaceId};
use model::page::{Page, Paged};

use crate::Tx;
use crate::changes::announce;
use crate::error::Result;
use crate::jwt_rules::Columns;
use crate::logos;
use crate::packed::packed;
use crate::rows::{Id, containing, next_id, time, total, word, written};
use crate::scope::{in_projects, in_things};
use crate::sql::{Conn, Query, sql};

pub(crate) const SEALED: &str = "clients.jwt_key";

/// What a new client is made of. It is active from the start.
pub struct NewClient<'a> {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The project it lies in, if any.
    pub project: Option<ProjectId>,
    /// For people.
    pub name: &'a str,
    /// For people.
    pub description: &'a str,
    /// Whom to write to about it.
    pub email: Option<&'a str>,
    /// How it authenticates.
    pub auth_type: AuthType,
    /// What its signed tokens must be like.
    pub jwt: Option<&'a JwtRules>,
    /// How often its keys may call.
    pub policy: Option<PolicyId>,
    /// The portal in which it is managed.
    pub portal: Option<PortalId>,
    /// Whether its keys are access profiles.
    pub is_legacy: bool,
}

/// A client with what lists show beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedClient {
    /// The client.
    pub client: Client,
    /// How many of its keys are active.
    pub active_keys: i64,
    /// How many keys it has.
    pub total_keys: i64,
    /// The policies of it and of its keys, by id.
    pub policies: Vec<PolicyName>,
    /// The collections that it or one of its access profiles may call, by id.
    pub collections: Vec<CollectionName>,
}

/// A policy, as lists of clients name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyName {
    /// Its id.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
}

packed! {
    struct Row {
        id: i64,
        workspace_id: i64,
        project_id: Option<i64>,
        name: String,
        description: String,
        email: Option<String>,
        auth_type: String,
        jwt_rules: Option<String>,
        jwt_key: Option<String>,
        policy_id: Option<i64>,
        portal_id: Option<i64>,
        #[serde(deserialize_with = "crate::packed::flag")]
        is_legacy: bool,
        logo: Option<String>,
        logo_2x: Option<String>,
        #[serde(deserialize_with = "crate::packed::flag")]
        active: bool,
        created_at: i64,
        updated_at: i64,
    }
}

impl Row {
    fn listed(self, seal: &crate::seal::Seal) -> Result<ListedClient> {
        let columns = Columns { rules: self.jwt_rules, key: self.jwt_key };
        let client = Client {
            id: ClientId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            project: self.project_id.map(ProjectId),
            name: self.name,
            description: self.description,
            email: self.email,
            auth_type: word("auth type", &self.auth_type)?,
            jwt: columns.read(seal, SEALED)?,
            policy: self.policy_id.map(PolicyId),
            portal: self.portal_id.map(PortalId),
            is_legacy: self.is_legacy,
            logo: logos::logo(self.logo.as_deref(), self.logo_2x.as_deref())?,
            active: self.active,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        };
        let (policies, collections) = (Vec::new(), Vec::new());
        Ok(ListedClient { client, active_keys: 0, total_keys: 0, policies, collections })
    }
}

fn select(scope: Scope) -> Query {
    sql("select c.id, c.workspace_id, c.project_id, c.name, c.description, c.email, c.auth_type, c.jwt_rules,
                c.jwt_key, c.policy_id, c.portal_id, c.is_legacy, c.logo, c.logo_2x, c.active, c.created_at,
                c.updated_at
         from clients c where c.workspace_id = $1")
    .bind(scope.workspace)
    .within(scope, in_projects!("c.project_id"))
}

/// Which clients are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Only those of this project.
    pub project: Option<ProjectId>,
    /// Only those that authenticate like this.
    pub auth_type: Option<AuthType>,
    /// Only those with this in their name, description or e-mail address, whatever its case.
    pub text: Option<&'a str>,
}

impl Filter<'_> {
    fn applied(self, query: Query) -> Query {
        query.and(self.project, "c.project_id = ?").and(self.auth_type.map(written), "c.auth_type = ?").and(
            self.text.map(containing),
            "(lower(c.name) like lower(?) escape '!' or lower(c.description) like lower(?) escape '!'
                  or lower(c.email) like lower(?) escape '!')",
        )
    }
}

/// Clients of a scope, or of one of its projects, oldest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    project: Option<ProjectId>,
    page: Page,
) -> Result<Paged<ListedClient>> {
    search(on, scope, Filter { project, ..Filter::default() }, page).await
}

/// Those clients of a scope that a filter leaves, oldest first.
pub async fn search(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    filter: Filter<'_>,
    page: Page,
) -> Result<Paged<ListedClient>> {
    let (mut on, scope) = (on.into(), scope.into());
    let query = filter.applied(select(scope)).then("order by c.id").page(page);
    let clients = all(query, scope, on.again()).await?;
    let counting = sql("select count(*) as value from clients c where c.workspace_id = $1")
        .bind(scope.workspace)
        .within(scope, in_projects!("c.project_id"));
    let total = total(page, clients.len(), filter.applied(counting), on).await?;
    Ok(Paged { rows: clients, total })
}

/// The client with this id in this scope.
pub async fn find(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: ClientId,
) -> Result<Option<ListedClient>> {
    let scope = scope.into();
    Ok(all(select(scope).and(Some(id), "c.id = ?"), scope, on.into()).await?.pop())
}

async fn all(query: Query, scope: Scope, mut on: Conn<'_>) -> Result<Vec<ListedClient>> {
    let rows = query.packed::<Row>(on.again()).await?;
    let seal = &on.db().clone().0.seal;
    let mut clients = rows.into_iter().map(|row| row.listed(seal)).collect::<Result<Vec<_>>>()?;
    clients.sort_unstable_by_key(|listed| listed.client.id);
    fill(&mut clients, scope, on).await?;
    Ok(clients)
}

packed! {
    /// What a client has: so many keys, of which so many are active, or something with an id and a name.
    struct Had {
        client_id: i64,
        what: String,
        id: i64,
        name: String,
        active: i64,
        total: i64,
    }
}

/// Fills in how many keys they have, the policies and the collections, those of the scope, of clients that
/// are in order of their ids, with one statement.
async fn fill(clients: &mut [ListedClient], scope: Scope, on: Conn<'_>) -> Result<()> {
    let (Some(first), Some(last)) = (clients.first(), clients.last()) else { return Ok(()) };
    let mut had: Vec<Had> = sql("select client_id, 'keys' as what, 0 as id, '' as name,
                sum(case when active then 1 else 0 end) as active, count(*) as total
         from api_keys where client_id >= $1 and client_id <= $2 group by client_id
         union all
         select a.client_id, 'policy', p.id, p.name, 0, 0
         from (select id as client_id, policy_id from clients
               where id >= $1 and id <= $2 and policy_id is not null
               union
               select client_id, policy_id from api_keys
               where client_id >= $1 and client_id <= $2 and policy_id is not null) a
         join policies p on p.id = a.policy_id
         union all
         select a.client_id, 'collection', c.id, c.name, 0, 0
         from (select client_id, collection_id from client_collections
               where client_id >= $1 and client_id <= $2
               union
               select k.client_id, p.collection_id from api_keys k join key_collections p on p.key_id = k.id
               where k.client_id >= $1 and k.client_id <= $2 and k.auth_type is not null) a
         join collections c on c.id = a.collection_id where 1 = 1")
    .bind(first.client.id)
    .bind(last.client.id)
    .within(scope, in_projects!("c.project_id"))
    .packed(on)
    .await?;
    had.sort_unstable_by_key(|row| row.id);
    for Had { client_id, what, id, name, active, total } in had {
        let Ok(place) = clients.binary_search_by_key(&client_id, |listed| listed.client.id.0) else {
            continue;
        };
        let client = &mut clients[place];
        match what.as_str() {
            "keys" => (client.active_keys, client.total_keys) = (active, total),
            "policy" => client.policies.push(PolicyName { id: PolicyId(id), name }),
            _ => client.collections.push(CollectionName { id: CollectionId(id), name }),
        }
    }
    Ok(())
}

/// Whether there is a client with this id in this scope.
pub async fn is_in(on: impl Into<Conn<'_>>, scope: impl Into<Scope>, id: ClientId) -> Result<bool> {
    let scope = scope.into();
    let query = sql("select id from clients where workspace_id = $1 and id = $2")
        .bind(scope.workspace)
        .bind(id)
        .within(scope, in_projects!("project_id"));
    Ok(query.maybe::<Id>(on).await?.is_some())
}

/// The collections of a scope that these clients may call by themselves, and those of clients with ids
/// between theirs, with one statement.
pub async fn collections(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    ids: &[ClientId],
) -> Result<HashMap<ClientId, Vec<CollectionId>>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        client_id: i64,
        collection_id: i64,
    }
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else { return Ok(HashMap::new()) };
    let scope = scope.into();
    let rows: Vec<Row> = sql("select a.client_id, a.collection_id
         from client_collections a join clients c on c.id = a.client_id
         where c.workspace_id = $1 and c.id >= $2 and c.id <= $3")
    .bind(scope.workspace)
    .bind(*first)
    .bind(*last)
    .within(scope, in_things!("a.collection_id", "collections"))
    .then("order by a.client_id, a.collection_id")
    .all(on)
    .await?;
    let mut collections = HashMap::<_, Vec<_>>::new();
    for row in rows {
        collections.entry(ClientId(row.client_id)).or_default().push(CollectionId(row.collection_id));
    }
    Ok(collections)
}

/// Adds a client.
pub async fn insert(tx: &mut Tx, new: NewClient<'_>, now: Timestamp) -> Result<ClientId> {
    let id = ClientId(next_id(tx, "client").await?);
    let columns = Columns::write(&tx.db.0.seal, SEALED, new.jwt);
    sql("insert into clients (id, workspace_id, project_id, name, description, email, auth_type, jwt_rules,
                              jwt_key, policy_id, portal_id, is_legacy, active, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)")
    .bind(id)
    .bind(new.workspace)
    .bind(new.project)
    .bind(new.name)
    .bind(new.description)
    .bind(new.email)
    .bind(written(new.auth_type))
    .bind(columns.rules)
    .bind(columns.key)
    .bind(new.policy)
    .bind(new.portal)
    .bind(new.is_legacy)
    .bind(true)
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Client, id).await?;
    Ok(id)
}

/// Writes the name, description, e-mail address, project, policy and rules of signed tokens of a
/// client.
pub async fn update(tx: &mut Tx, client: &Client, now: Timestamp) -> Result<()> {
    let columns = Columns::write(&tx.db.0.seal, SEALED, client.jwt.as_ref());
    sql("update clients set name = $2, description = $3, email = $4, project_id = $5, policy_id = $6,
                            jwt_rules = $7, jwt_key = $8, updated_at = case when updated_at < $9 then $9 else updated_at + 1 end
         where id = $1")
    .bind(client.id)
    .bind(client.name.as_str())
    .bind(client.description.as_str())
    .bind(client.email.as_deref())
    .bind(client.project)
    .bind(client.policy)
    .bind(columns.rules)
    .bind(columns.key)
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Client, client.id).await
}

/// Gives a client a policy for all its keys together, or takes it away.
pub async fn limit_as_a_whole(
    tx: &mut Tx,
    client: ClientId,
    policy: Option<PolicyId>,
    now: Timestamp,
) -> Result<()> {
    sql("update clients set client_policy_id = $2, updated_at = case when updated_at < $3 then $3 else updated_at + 1 end where id = $1")
        .bind(client)
        .bind(policy)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Client, client).await
}

/// The policy for all keys of a client together, if it has one; `None` if there is no such client in
/// the scope.
pub async fn limit_of_the_whole(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: ClientId,
) -> Result<Option<Option<PolicyId>>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        client_policy_id: Option<i64>,
    }
    let scope = scope.into();
    let row: Option<Row> = sql("select client_policy_id from clients where workspace_id = $1 and id = $2")
        .bind(scope.workspace)
        .bind(id)
        .within(scope, in_projects!("project_id"))
        .maybe(on)
        .await?;
    Ok(row.map(|row| row.client_policy_id.map(PolicyId)))
}

/// Lets a client call these collections and no others of the scope.
pub async fn assign(
    tx: &mut Tx,
    scope: impl Into<Scope>,
    client: ClientId,
    collections: &[CollectionId],
) -> Result<()> {
    sql("delete from client_collections where client_id = $1")
        .bind(client)
        .within(scope.into(), in_things!("collection_id", "collections"))
        .run(tx)
        .await?;
    for collection in collections {
        sql("insert into client_collections (client_id, collection_id) values ($1, $2)
             on conflict (client_id, collection_id) do nothing")
        .bind(client)
        .bind(*collection)
        .run(tx)
        .await?;
    }
    announce(tx, ChangeKind::Client, client).await
}

/// Lets a client call this collection as well.
pub async fn allow(tx: &mut Tx, client: ClientId, collection: CollectionId) -> Result<()> {
    sql("insert into client_collections (client_id, collection_id) values ($1, $2)
         on conflict (client_id, collection_id) do nothing")
    .bind(client)
    .bind(collection)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Client, client).await
}

/// Deletes a client with its keys.
pub async fn delete(tx: &mut Tx, client: ClientId) -> Result<()> {
    let keys: Vec<Id> =
        sql("select id from api_keys where client_id = $1").bind(client).all(&mut *tx).await?;
    for key in keys {
        announce(tx, ChangeKind::Key, key.id).await?;
    }
    sql("delete from clients where id = $1").bind(client).run(tx).await?;
    announce(tx, ChangeKind::Client, client).await
}
