//! `portico import`

mod folder;
mod new;
mod progress;
mod report;
mod source;
mod update;

use actions::{Actions, Actor, FolderDraft};
use anyhow::{Context as _, Result};
use model::id::ProjectId;

use crate::cli::Import;
use crate::config::Config;
use crate::house::House;
use progress::Bar;

pub(super) async fn run(config: &Config, arguments: Import) -> Result<()> {
    let source = source::open(config, &arguments).await?;
    let house = House::open(config).await?;
    let actor = house.operator(&arguments.workspace, "portico import").await?;
    let remote_references = arguments.remote_references || config.documents.remote_references;
    let bar = Bar::new(arguments.quiet);
    let actions = house
        .actions
        .clone()
        .with_outbound(house.outbound.clone(), remote_references)
        .with_progress(bar.progress());
    // Read before anything is looked up, so that it is the document that is complained about first.
    let prepared = actions.read_document(source).await;
    let prepared = Box::new(prepared.with_context(|| format!("{} cannot be imported", arguments.spec))?);
    match &arguments.into {
        Some(handle) => update::run(&house, &actions, &actor, handle, &arguments, prepared, bar).await,
        None if arguments.dry_run => new::preview(&actions, &actor, &arguments, prepared, bar).await,
        None => new::run(&house, &actions, &actor, &arguments, prepared, bar).await,
    }
}

/// The project of this name, made if it is not there.
async fn project(house: &House, actor: &Actor, name: &str) -> Result<ProjectId> {
    if let Some(project) = store::projects::by_name(&house.db, actor.workspace.id, name.trim()).await? {
        return Ok(project.id);
    }
    new_project(&house.actions, actor, name).await
}

/// Makes a project.
pub(crate) async fn new_project(actions: &Actions, actor: &Actor, name: &str) -> Result<ProjectId> {
    let draft = FolderDraft { name: name.to_owned(), description: None, parent: None };
    let created = actions.create_folder(actor, draft).await?;
    created.project.map(|project| project.id).context("a folder without a parent is a project")
}
