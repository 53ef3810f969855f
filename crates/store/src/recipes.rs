//! Recipes: what stands behind endpoints.

use jiff::Timestamp;
use model::access::Scope;
use model::change::ChangeKind;
use model::endpoint::{Recipe, RecipeKind};
use model::id::{ConnectionId, FolderId, ProjectId, RecipeId, WorkspaceId};
use model::page::Page;

use crate::Tx;
use crate::changes::announce;
use crate::error::Result;
use crate::rows::{maybe_time, next_ids, time, word, written};
use crate::scope::in_projects;
use crate::sql::{Conn, Query, ROWS, sql};

/// What a new recipe is made of. It is running from the start.
pub struct NewRecipe<'a> {
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The project it lies in, if any.
    pub project: Option<ProjectId>,
    /// The folder it lies in.
    pub folder: FolderId,
    /// For people.
    pub name: &'a str,
    /// For people.
    pub description: Option<&'a str>,
    /// What it does with a call.
    pub kind: RecipeKind,
    /// Where a proxy recipe forwards to.
    pub connection: Option<ConnectionId>,
}

/// Which recipes are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those in this folder.
    pub folder: Option<FolderId>,
    /// Only those that are started, or stopped.
    pub running: Option<bool>,
    /// Only those with ids below this one.
    pub below: Option<RecipeId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    project_id: Option<i64>,
    folder_id: i64,
    name: String,
    description: Option<String>,
    kind: String,
    connection_id: Option<i64>,
    running: bool,
    version: i64,
    toggled_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn recipe(self) -> Result<Recipe> {
        Ok(Recipe {
            id: RecipeId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            project: self.project_id.map(ProjectId),
            folder: FolderId(self.folder_id),
            name: self.name,
            description: self.description,
            kind: word("kind of recipe", &self.kind)?,
            connection: self.connection_id.map(ConnectionId),
            running: self.running,
            version: self.version,
            toggled_at: maybe_time(self.toggled_at)?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select(scope: Scope) -> Query {
    sql("select id, workspace_id, project_id, folder_id, name, description, kind, connection_id, running,
                version, toggled_at, created_at, updated_at
         from recipes where workspace_id = $1")
    .bind(scope.workspace)
    .within(scope, in_projects!("project_id"))
}

/// Recipes of a scope, newest first.
pub async fn list(
    on: impl Into<Conn<'_>>,
    scope: impl Into<Scope>,
    filter: Filter,
    page: Page,
) -> Result<Vec<Recipe>> {
    select(scope.into())
        .and(filter.folder, "folder_id = ?")
        .and(filter.running, "running = ?")
        .and(filter.below, "id < ?")
        .then("order by id desc")
        .page(page)
        .all::<Row>(on)
        .await?
        .into_iter()
        .map(Row::recipe)
        .collect()
}

/// How many recipes a scope has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Counts {
    /// All of them.
    pub total: i64,
    /// Those that are started.
    pub running: i64,
}

/// How many recipes a scope has.
pub async fn count(on: impl Into<Conn<'_>>, scope: impl Into<Scope>) -> Result<Counts> {
    let scope = scope.into();
    sql("select count(*) as total, count(case when running then 1 end) as running
         from recipes where workspace_id = $1")
    .bind(scope.workspace)
    .within(scope, in_projects!("project_id"))
    .one(on)
    .await
}

/// The recipe with this id in this scope.
pub async fn find(on: impl Into<Conn<'_>>, scope: impl Into<Scope>, id: RecipeId) -> Result<Option<Recipe>> {
    select(scope.into()).and(Some(id), "id = ?").maybe::<Row>(on).await?.map(Row::recipe).transpose()
}

/// Adds a recipe. Nothing stands on it yet, so the gateway need not know.
pub async fn insert(tx: &mut Tx, new: NewRecipe<'_>, now: Timestamp) -> Result<RecipeId> {
    Ok(RecipeId(write(tx, std::slice::from_ref(&new), false, now).await?))
}

/// Adds the recipes of an import, which may remove them again; gives their ids in order.
pub async fn insert_all(tx: &mut Tx, new: &[NewRecipe<'_>], now: Timestamp) -> Result<Vec<RecipeId>> {
    let mut ids = Vec::with_capacity(new.len());
    for chunk in new.chunks(ROWS) {
        let first = write(tx, chunk, true, now).await?;
        ids.extend((first..).take(chunk.len()).map(RecipeId));
    }
    Ok(ids)
}

/// Gives the first id; the others follow it.
async fn write(tx: &mut Tx, new: &[NewRecipe<'_>], imported: bool, now: Timestamp) -> Result<i64> {
    let first = next_ids(tx, "recipe", new.len()).await?;
    let rows = (first..).zip(new).map(|(id, new)| {
        [
            id.into(),
            new.workspace.into(),
            new.project.into(),
            new.folder.into(),
            new.name.into(),
            new.description.into(),
            written(new.kind).into(),
            new.connection.into(),
            true.into(),
            1.into(),
            imported.into(),
            now.into(),
            now.into(),
            now.into(),
        ]
    });
    sql("insert into recipes (id, workspace_id, project_id, folder_id, name, description, kind, connection_id,
                              running, version, imported, toggled_at, created_at, updated_at) values")
    .rows(rows)
    .run(tx)
    .await?;
    Ok(first)
}

/// Gives a recipe that an import has made, and that nobody has renamed since, the words of another
/// document.
pub async fn describe_imported(
    tx: &mut Tx,
    id: RecipeId,
    former_name: &str,
    name: &str,
    description: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    sql("update recipes set name = $3, description = $4, updated_at = $5 where id = $1 and name = $2")
        .bind(id)
        .bind(former_name)
        .bind(name)
        .bind(description)
        .bind(now)
        .and(Some(true), "imported = ?")
        .run(tx)
        .await?;
    Ok(())
}

/// Removes those of these recipes that an import has made and no endpoint stands on any more; gives
/// how many went.
pub async fn remove_unused(tx: &mut Tx, ids: &[RecipeId]) -> Result<u64> {
    let mut removed = 0;
    for chunk in ids.chunks(ROWS) {
        removed += sql("delete from recipes where imported = $1
                        and not exists (select 1 from endpoints where endpoints.recipe_id = recipes.id)
                        and id in")
        .bind(true)
        .list(chunk.iter().copied())
        .run(tx)
        .await?;
    }
    Ok(removed)
}

/// Starts or stops a recipe.
pub async fn set_running(tx: &mut Tx, id: RecipeId, running: bool, now: Timestamp) -> Result<()> {
    sql("update recipes set running = $2, toggled_at = $3, updated_at = $3 where id = $1")
        .bind(id)
        .bind(running)
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Recipe, id).await
}
