//! How calls are forwarded: what is set for a collection or an endpoint in place of what the
//! gateway has for all.

use jiff::Timestamp;
use model::access::Scope;
use model::change::ChangeKind;
use model::endpoint::Forwarding;
use model::id::{CollectionId, EndpointId};

use crate::Tx;
use crate::changes::announce;
use crate::error::Result;
use crate::scope::{in_projects, in_things};
use crate::sql::{Conn, sql};

/// How many bytes the bodies of a collection's calls may have: `None` if there is no such
/// collection in this scope, `Some(None)` if nothing is set.
pub async fn body_limit(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: CollectionId,
) -> Result<Option<Option<i64>>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        max_body_bytes: Option<i64>,
    }
    let scope = scope.into();
    let query = sql("select max_body_bytes from collections where workspace_id = $1 and id = $2")
        .bind(scope.workspace)
        .bind(id)
        .within(scope, in_projects!("project_id"));
    Ok(query.maybe::<Row>(on).await?.map(|row| row.max_body_bytes))
}

/// Sets how many bytes the bodies of a collection's calls may have.
pub async fn set_body_limit(tx: &mut Tx, id: CollectionId, bytes: Option<i64>, now: Timestamp) -> Result<()> {
    sql("update collections set max_body_bytes = $2,
             updated_at = case when updated_at < $3 then $3 else updated_at + 1 end
         where id = $1")
    .bind(id)
    .bind(bytes)
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Collection, id).await
}

/// How the calls of an endpoint are forwarded; `None` if there is no such endpoint in this
/// scope.
pub async fn of_endpoint(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    id: EndpointId,
) -> Result<Option<Forwarding>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        timeout_seconds: Option<i64>,
        to_base_url: bool,
    }
    let scope = scope.into();
    let query = sql("select timeout_seconds, to_base_url from endpoints where workspace_id = $1 and id = $2")
        .bind(scope.workspace)
        .bind(id)
        .within(scope, in_things!("collection_id", "collections"));
    let row = query.maybe::<Row>(on).await?;
    Ok(row.map(|row| Forwarding { timeout_seconds: row.timeout_seconds, to_base_url: row.to_base_url }))
}

/// Sets how the calls of an endpoint of this collection are forwarded.
pub async fn set_of_endpoint(
    tx: &mut Tx,
    collection: CollectionId,
    id: EndpointId,
    forwarding: Forwarding,
    now: Timestamp,
) -> Result<()> {
    sql("update endpoints set timeout_seconds = $2, to_base_url = $3,
             updated_at = case when updated_at < $4 then $4 else updated_at + 1 end
         where id = $1")
    .bind(id)
    .bind(forwarding.timeout_seconds)
    .bind(forwarding.to_base_url)
    .bind(now)
    .run(tx)
    .await?;
    announce(tx, ChangeKind::Collection, collection).await
}
