//! How far a workspace has come.

use model::id::WorkspaceId;

use crate::error::Result;
use crate::sql::{Conn, sql};

/// How many of what there are in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Standing {
    /// Collections.
    pub collections: i64,
    /// Endpoints that can be called.
    pub endpoints: i64,
    /// Endpoints that can be called and whose recipe is stopped: every call of them fails.
    pub stopped: i64,
    /// Portals.
    pub portals: i64,
    /// Collections that a portal shows.
    pub published: i64,
    /// Developers of all portals, invited or come on their own.
    pub developers: i64,
    /// Clients.
    pub clients: i64,
    /// Clients that may call something.
    pub callers: i64,
    /// Keys that are active.
    pub keys: i64,
}

/// How many of what there are in a workspace.
pub async fn of(on: impl Into<Conn<'_>>, workspace: WorkspaceId) -> Result<Standing> {
    sql("select
        (select count(*) from collections where workspace_id = $1) as collections,
        (select count(*) from endpoints where workspace_id = $1 and active) as endpoints,
        (select count(*) from endpoints e join recipes r on r.id = e.recipe_id
         where e.workspace_id = $1 and e.active and not r.running) as stopped,
        (select count(*) from portals where workspace_id = $1) as portals,
        (select count(distinct c.collection_id) from portal_collections c
         join portals p on p.id = c.portal_id where p.workspace_id = $1) as published,
        (select count(*) from portal_users where workspace_id = $1) as developers,
        (select count(*) from clients where workspace_id = $1) as clients,
        (select count(distinct a.client_id) from client_collections a
         join clients c on c.id = a.client_id where c.workspace_id = $1) as callers,
        (select count(*) from api_keys where workspace_id = $1 and active) as keys")
    .bind(workspace)
    .one(on)
    .await
}
