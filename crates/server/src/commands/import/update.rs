//! A document for a collection that is there.

use actions::{Actions, Actor, Prepared, Put, Reimport, Source};
use anyhow::{Result, anyhow};
use openapi::Difference;
use serde::Serialize;

use super::progress::Bar;
use super::report::{self, ShownUnserved};
use crate::cli::{Import, Output};
use crate::console;
use crate::house::House;

#[derive(Serialize)]
struct Updated<'a> {
    collection_id: i64,
    handle: &'a str,
    dry_run: bool,
    document_id: Option<i64>,
    operations: usize,
    served: usize,
    unserved: Vec<ShownUnserved<'a>>,
    warnings: &'a [String],
    endpoints: Endpoints,
    difference: &'a Difference,
}

#[derive(Serialize)]
struct Endpoints {
    added: usize,
    updated: usize,
    removed: usize,
}

pub(super) async fn run(
    house: &House,
    actions: &Actions,
    actor: &Actor,
    handle: &str,
    arguments: &Import,
    prepared: Box<Prepared>,
    bar: Bar,
) -> Result<()> {
    let collection = store::collections::by_handle(&house.db, actor.workspace.id, handle).await?;
    let collection = collection.ok_or_else(|| anyhow!("there is no collection `{handle}`"))?;
    let dry_run = arguments.dry_run;
    let put = Put::New(Source::Prepared(prepared));
    let reimport = Reimport { put, activate: arguments.activate, expected: None, dry_run };
    let done = actions.reimport(actor, collection.id, reimport).await?;
    bar.finish();
    let (added, updated, removed) = (done.added, done.updated, done.removed);
    if arguments.output == Output::Json {
        return report::say_json(&Updated {
            collection_id: done.collection.id.0,
            handle,
            dry_run,
            document_id: done.document.map(|document| document.id.0),
            operations: done.import.total,
            served: done.import.served(),
            unserved: report::unserved(&done.import.unserved),
            warnings: &done.import.warnings,
            endpoints: Endpoints { added, updated, removed },
            difference: &done.difference,
        });
    }
    let text = done.difference.to_string();
    console::say(text.trim_end());
    console::say("");
    let verb = if dry_run { "would have" } else { "has" };
    console::say(format_args!(
        "{} {} {verb} {added} endpoints more, {updated} described otherwise, {removed} less",
        done.collection.name, done.collection.version
    ));
    if added > 0 && !arguments.activate {
        console::say("those that are new are inactive; enable them to let them be called");
    }
    report::note(&done.import);
    Ok(())
}
