//! `portico import`

use actions::{Actions, Actor, CollectionDraft, FolderDraft};
use anyhow::{Context as _, Result, anyhow, bail};
use model::id::ProjectId;
use openapi::Document;

use crate::cli::Import;
use crate::config::Config;
use crate::console;
use crate::house::House;

/// The largest document that is read.
const DOCUMENT_BYTES_MAX: u64 = 32 << 20;

pub(super) async fn run(config: &Config, arguments: Import) -> Result<()> {
    let content = read(&arguments.spec)?;
    let name = match arguments.name {
        Some(name) => name,
        None => title(&content).with_context(|| arguments.spec.display().to_string())?,
    };
    let house = House::open(config).await?;
    let actor = house.operator(&arguments.workspace, "portico import").await?;
    let project = match &arguments.project {
        Some(name) => Some(project(&house, &actor, name).await?),
        None => None,
    };
    let draft = CollectionDraft {
        name,
        version: arguments.collection_version,
        project,
        connection: None,
        upstream: arguments.upstream,
        specification: Some(content),
        activate: arguments.activate,
    };
    let created = house.actions.create_collection(&actor, draft).await?;
    let (collection, results) = (created.collection, created.import.unwrap_or_default());
    let state = if arguments.activate { "active" } else { "inactive; enable them to let them be called" };
    console::say(format_args!(
        "{} {} is published with {} of {} operations, {state}",
        collection.name,
        collection.version,
        results.served(),
        results.total,
    ));
    console::say(format_args!(
        "collection {} at /{}/{}",
        collection.id, actor.workspace.handle, collection.handle
    ));
    for failed in &results.failed {
        console::note(format_args!("not served: {failed}"));
    }
    Ok(())
}

fn read(file: &std::path::Path) -> Result<String> {
    let name = || format!("{} cannot be read", file.display());
    let size = std::fs::metadata(file).with_context(name)?.len();
    if size > DOCUMENT_BYTES_MAX {
        bail!("{} has {size} bytes; a document may have {DOCUMENT_BYTES_MAX}", file.display());
    }
    std::fs::read_to_string(file).with_context(name)
}

fn title(content: &str) -> Result<String> {
    let document = Document::parse_json(content).map_err(|fault| anyhow!("{fault}"))?;
    Ok(document.title().to_owned())
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
