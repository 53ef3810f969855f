//! What another document would change for callers, and the decision to put it in force: a new one, or one
//! that the collection had before.

use actions::{Error, Put, Reimport, Reimported, Source};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::{CollectionId, DocumentDraftId, DocumentId};
use openapi::Group;
use site::request::Path;
use site::text::{Ticked, count, length, ticked};
use site::{Fields, Flash, Frame, Oops, Page, Posted, Tone};

use super::PATH;
use super::head::find;
use crate::Console;
use crate::me::{Me, Side};

/// The most changes of a group that are shown.
const SHOWN: usize = 60;

/// The most operations that a change names.
const NAMED: usize = 3;

#[derive(Template)]
#[template(path = "admin/collections/replace.html")]
struct Replacing {
    frame: Frame,
    side: Side,
    collection: CollectionId,
    name: String,
    title: &'static str,
    /// What becomes of the endpoints.
    endpoints: String,
    is_breaking: bool,
    is_complete: bool,
    groups: Vec<Shown>,
    unserved: Vec<actions::UnservedOperation>,
    warnings: Vec<Ticked>,
    /// The document that is in force, as the form brings it back.
    expected: i64,
    button: &'static str,
    may_put: bool,
    /// Whether it is one that can be thrown away.
    is_draft: bool,
    adds: bool,
}

struct Shown {
    heading: &'static str,
    tone: &'static str,
    total: i64,
    changes: Vec<Change>,
    more: i64,
}

struct Change {
    operations: Vec<(String, String)>,
    more: i64,
    text: Ticked,
}

fn shown(difference: &openapi::Difference) -> Vec<Shown> {
    let group = |group: Group| {
        let total = difference.counts.of(group);
        let changes = difference.of(group).take(SHOWN).map(|change| Change {
            operations: change
                .operations
                .iter()
                .take(NAMED)
                .map(|operation| (operation.method.clone(), operation.path.clone()))
                .collect(),
            more: length(change.operations.len().saturating_sub(NAMED) + change.more_operations),
            text: ticked(site::sentence(&change.text)),
        });
        let changes: Vec<_> = changes.collect();
        Shown {
            heading: group.as_str(),
            tone: match group {
                Group::Breaking => "bad",
                Group::Added => "good",
                Group::Removed | Group::Changed => "info",
                Group::Documentation => "",
            },
            total: length(total),
            more: length(total.saturating_sub(changes.len())),
            changes,
        }
    };
    Group::ALL.into_iter().map(group).filter(|group| group.total > 0).collect()
}

/// What becomes of the endpoints, in a sentence.
fn endpoints(done: &Reimported) -> String {
    let parts = [(done.added, "added"), (done.updated, "changed"), (done.removed, "removed")];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts
        .map(|(number, what)| format!("{} {what}", count(length(*number), "endpoint", "endpoints")))
        .collect();
    if parts.is_empty() {
        "The endpoints stay as they are.".to_owned()
    } else {
        format!("{}.", parts.join(", "))
    }
}

struct Wording {
    title: &'static str,
    button: &'static str,
    is_draft: bool,
}

async fn page(
    console: &Console,
    me: &Me,
    id: CollectionId,
    put: Put,
    wording: Wording,
) -> Result<Response, Oops> {
    let collection = find(console, me, id).await?;
    let reimport = Reimport { put, activate: false, expected: None, dry_run: true };
    let done = console.actions.reimport(&me.actor(), id, reimport).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let Wording { title, button, is_draft } = wording;
    let page = Replacing {
        frame,
        side,
        collection: id,
        name: format!("{} {}", collection.name, collection.version),
        title,
        endpoints: endpoints(&done),
        is_breaking: done.difference.is_breaking(),
        is_complete: done.difference.is_complete,
        groups: shown(&done.difference),
        unserved: done.import.unserved,
        warnings: done.import.warnings.iter().take(SHOWN).map(ticked).collect(),
        expected: done.document.map_or(0, |document| document.id.0),
        button,
        may_put: me.may(Privilege::CreateCollection),
        is_draft,
        adds: done.added > 0,
    };
    Ok(Page::new(page).into_response())
}

async fn drafted(console: &Console, me: &Me, id: CollectionId, draft: DocumentDraftId) -> Result<Put, Oops> {
    let draft = console.actions.document_draft(&me.actor(), Some(id), draft).await?;
    Ok(Put::New(Source::Draft(Box::new(draft))))
}

/// `GET /console/collections/{id}/documents/new/{draft}`
pub(super) async fn show_new(
    State(console): State<Console>,
    me: Me,
    Path((id, draft)): Path<(CollectionId, DocumentDraftId)>,
) -> Result<Response, Oops> {
    let put = drafted(&console, &me, id, draft).await?;
    let wording = Wording { title: "Replace the document", button: "Put in force", is_draft: true };
    page(&console, &me, id, put, wording).await
}

/// `GET /console/collections/{id}/documents/{document}`
pub(super) async fn show_kept(
    State(console): State<Console>,
    me: Me,
    Path((id, document)): Path<(CollectionId, DocumentId)>,
) -> Result<Response, Oops> {
    me.must(Privilege::CreateCollection)?;
    let wording =
        Wording { title: "Restore an earlier document", button: "Restore document", is_draft: false };
    page(&console, &me, id, Put::Kept(document), wording).await
}

/// `POST /console/collections/{id}/documents/new/{draft}`
pub(super) async fn put_new(
    State(console): State<Console>,
    me: Me,
    Path((id, draft)): Path<(CollectionId, DocumentDraftId)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let back = format!("{PATH}/{id}/documents");
    if fields.text("deed") == "forget" {
        console.actions.forget_draft(&me.actor(), draft).await?;
        return Ok(Flash::good("The document was thrown away; nothing changed.").then(&back, me.visit.secure));
    }
    let source = drafted(&console, &me, id, draft).await?;
    let here = format!("{back}/new/{draft}");
    let flash = put(&console, &me, id, source, &fields).await?;
    if flash.tone == Tone::Warn {
        return Ok(flash.then(&here, me.visit.secure));
    }
    console.actions.forget_draft(&me.actor(), draft).await?;
    Ok(flash.then(&back, me.visit.secure))
}

/// `POST /console/collections/{id}/documents/{document}`
pub(super) async fn put_kept(
    State(console): State<Console>,
    me: Me,
    Path((id, document)): Path<(CollectionId, DocumentId)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let flash = put(&console, &me, id, Put::Kept(document), &fields).await?;
    let back = format!("{PATH}/{id}/documents");
    let here = format!("{back}/{document}");
    Ok(flash.then(if flash.tone == Tone::Warn { &here } else { &back }, me.visit.secure))
}

/// Puts a document in force, if the one that was looked at beside it still is.
async fn put(console: &Console, me: &Me, id: CollectionId, put: Put, fields: &Fields) -> Result<Flash, Oops> {
    let expected = fields.text("expected").parse().ok().filter(|id| *id > 0).map(DocumentId);
    let reimport = Reimport { put, activate: fields.has("activate"), expected, dry_run: false };
    match console.actions.reimport(&me.actor(), id, reimport).await {
        Ok(done) => Ok(Flash::good(format!("The document is in force. {}", endpoints(&done)))),
        Err(Error::Moved(_) | Error::Conflict { .. }) => Ok(Flash::warn(
            "Somebody replaced the document in between. This is what would change now; nothing has yet.",
        )),
        Err(error) => Err(error.into()),
    }
}
