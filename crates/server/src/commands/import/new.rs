//! A document that becomes a new collection.

use actions::{Actions, Actor, CollectionDraft, Prepared, Source};
use anyhow::Result;
use serde::Serialize;

use super::progress::Bar;
use super::report::{self, ShownUnserved};
use crate::cli::{Import, Output};
use crate::console;
use crate::house::House;

#[derive(Serialize)]
struct Imported<'a> {
    collection_id: i64,
    name: &'a str,
    version: &'a str,
    path: &'a str,
    active: bool,
    operations: usize,
    served: usize,
    unserved: Vec<ShownUnserved<'a>>,
    warnings: &'a [String],
}

pub(super) async fn run(
    house: &House,
    actions: &Actions,
    actor: &Actor,
    arguments: &Import,
    prepared: Box<Prepared>,
    bar: Bar,
) -> Result<()> {
    let project = match &arguments.project {
        Some(name) => Some(super::project(house, actor, name).await?),
        None => None,
    };
    let draft = CollectionDraft {
        name: arguments.name.clone().unwrap_or_else(|| prepared.title().to_owned()),
        version: arguments.collection_version.clone(),
        project,
        connection: None,
        upstream: arguments.upstream.clone(),
        specification: Some(Source::Prepared(prepared)),
        activate: arguments.activate,
    };
    let created = actions.create_collection(actor, draft).await?;
    bar.finish();
    let (collection, results) = (created.collection, created.import.unwrap_or_default());
    let path = format!("/{}/{}", actor.workspace.handle, collection.handle);
    if arguments.output == Output::Json {
        return report::say_json(&Imported {
            collection_id: collection.id.0,
            name: &collection.name,
            version: collection.version.as_str(),
            path: &path,
            active: arguments.activate,
            operations: results.total,
            served: results.served(),
            unserved: report::unserved(&results.unserved),
            warnings: &results.warnings,
        });
    }
    let state = if arguments.activate { "active" } else { "inactive; enable them to let them be called" };
    console::say(format_args!(
        "{} {} is published with {} of {} operations, {state}",
        collection.name,
        collection.version,
        results.served(),
        results.total,
    ));
    console::say(format_args!("collection {} at {path}", collection.id));
    report::note(&results);
    Ok(())
}

#[derive(Serialize)]
struct Previewed<'a> {
    title: &'a str,
    api_version: &'a str,
    openapi_version: &'a str,
    operations: Vec<Operation<'a>>,
    unserved: Vec<ShownUnserved<'a>>,
    warnings: &'a [String],
    servers: &'a [String],
}

#[derive(Serialize)]
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    name: &'a str,
}

/// Says what would come of a document.
pub(super) async fn preview(
    actions: &Actions,
    actor: &Actor,
    arguments: &Import,
    prepared: Box<Prepared>,
    bar: Bar,
) -> Result<()> {
    let preview = actions.preview_document(actor, Source::Prepared(prepared)).await?;
    bar.finish();
    let operations = preview.operations.iter();
    if arguments.output == Output::Json {
        let operation =
            |one: &'_ actions::PreviewedOperation| (one.method, one.path.clone(), one.name.clone());
        let operations: Vec<_> = operations.map(operation).collect();
        return report::say_json(&Previewed {
            title: &preview.title,
            api_version: &preview.api_version,
            openapi_version: &preview.openapi_version,
            operations: operations
                .iter()
                .map(|(method, path, name)| Operation { method, path, name })
                .collect(),
            unserved: report::unserved(&preview.unserved),
            warnings: &preview.warnings,
            servers: &preview.servers,
        });
    }
    console::say(format_args!(
        "{} {} (OpenAPI {}), nothing is written",
        preview.title, preview.api_version, preview.openapi_version
    ));
    for operation in operations {
        console::say(format_args!("{} {}  {}", operation.method, operation.path, operation.name));
    }
    for server in &preview.servers {
        console::say(format_args!("suggested: --upstream {server}"));
    }
    report::note_all(&preview.unserved, &preview.warnings);
    Ok(())
}
