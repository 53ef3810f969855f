//! `/api/export_manifests`: what of a folder can be exported, which is nothing.

use actions::Faults;
use axum::extract::State;
use model::id::FolderId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Management;
use crate::answer::Answer;
use crate::caller::Caller;
use crate::given::Given;
use crate::problem::{Missing, Problem};
use crate::request::Query;

/// Which folder is meant.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AssetFilter {
    /// The folder; by default the one that the projects lie in.
    #[param(value_type = Option<i64>, example = 1563029)]
    folder_id: Given<FolderId>,
}

/// What can be exported from a folder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FolderAssets {
    /// The list, wrapped once more.
    result: AssetList,
}

/// A list of assets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetList {
    /// Always empty: Portico has no packages to export. See `docs/compatibility.md`.
    #[schema(value_type = Vec<Object>)]
    assets: [(); 0],
}

/// Lists what can be exported from a folder, which is nothing. Command lines ask after each of
/// their steps, and an empty list lets them go on.
#[utoipa::path(
    get,
    path = "/api/export_manifests/folder_assets",
    tag = "Projects",
    params(AssetFilter),
    responses((status = OK, description = "An empty list", body = FolderAssets), Missing),
)]
pub(crate) async fn list_folder_assets(
    caller: Caller,
    State(management): State<Management>,
    Query(filter): Query<AssetFilter>,
) -> Result<Answer<FolderAssets>, Problem> {
    let mut faults = Faults::default();
    let folder = filter.folder_id.optional("folder_id", &mut faults);
    faults.check()?;
    let folder = folder.unwrap_or(caller.actor().workspace.root_folder);
    let found = store::projects::find_folder(&management.db, caller.scope(), folder).await?;
    found.ok_or_else(|| Problem::missing("folder"))?;
    Ok(Answer(FolderAssets { result: AssetList { assets: [] } }))
}
