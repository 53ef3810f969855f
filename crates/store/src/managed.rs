//! Workspaces that another one manages.

use model::id::WorkspaceId;
use model::page::{Page, Paged};
use model::workspace::ManagedWorkspace;

use crate::Tx;
use crate::error::Result;
use crate::rows::number;
use crate::sql::{Conn, Query, sql};
use crate::workspaces;

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    workspace: workspaces::Row,
    external_id: Option<String>,
}

impl Row {
    fn managed(self) -> Result<ManagedWorkspace> {
        Ok(ManagedWorkspace { workspace: self.workspace.workspace()?, external_id: self.external_id })
    }
}

fn select(operator: WorkspaceId) -> Query {
    sql("select id, handle, name, contact_email, time_zone, root_folder_id, created_at, updated_at, external_id
         from workspaces where operator_id = $1")
    .bind(operator)
}

/// The workspaces that this one manages, oldest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    operator: WorkspaceId,
    page: Page,
) -> Result<Paged<ManagedWorkspace>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from workspaces where operator_id = $1").bind(operator);
    let total = number(counting, on.again()).await?;
    let rows: Vec<Row> = select(operator).then("order by id").page(page).all(on).await?;
    let rows = rows.into_iter().map(Row::managed).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// The workspace with this id that this one manages.
pub async fn find(
    on: impl Into<Conn<'_>>,
    operator: WorkspaceId,
    id: WorkspaceId,
) -> Result<Option<ManagedWorkspace>> {
    select(operator).and(Some(id), "id = ?").maybe::<Row>(on).await?.map(Row::managed).transpose()
}

/// The workspace that this one manages and calls so.
pub async fn by_external_id(
    on: impl Into<Conn<'_>>,
    operator: WorkspaceId,
    external_id: &str,
) -> Result<Option<ManagedWorkspace>> {
    let query = select(operator).and(Some(external_id), "external_id = ?");
    query.maybe::<Row>(on).await?.map(Row::managed).transpose()
}

/// Lets a workspace manage another one, or call it differently. [`Taken`](crate::Error::Taken) if it
/// calls one so already.
pub async fn put(
    tx: &mut Tx,
    operator: WorkspaceId,
    id: WorkspaceId,
    external_id: Option<&str>,
) -> Result<()> {
    sql("update workspaces set operator_id = $2, external_id = $3 where id = $1")
        .bind(id)
        .bind(operator)
        .bind(external_id)
        .run(tx)
        .await?;
    Ok(())
}
