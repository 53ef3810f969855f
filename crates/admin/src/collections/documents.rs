//! `/console/collections/{id}/documents`: the documents that it has and had, and another one.

use actions::Archive;
use askama::Template;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::collection::Collection;
use model::document::DocumentFile;
use model::id::{CollectionId, DocumentId};
use site::request::{Path, Query};
use site::{Frame, Oops, Page, Pager, Uploaded, When, see};

use super::PATH;
use super::head::{Head, Tab, find, head, saved_as};
use super::source::{Fields, beside, read};
use crate::Console;
use crate::list::Wanted;
use crate::me::{Me, Side};

/// Documents on a page; a collection keeps no more than these.
const SIZE: i64 = 20;

#[derive(Template)]
#[template(path = "admin/collections/documents.html")]
struct Documents {
    frame: Frame,
    side: Side,
    head: Head,
    rows: Vec<Row>,
    source: Fields,
    may_replace: bool,
    pager: Option<Pager>,
}

struct Row {
    id: DocumentId,
    title: String,
    api_version: String,
    form: String,
    operations: String,
    size: String,
    given: When,
    is_in_force: bool,
}

pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    Ok(page(&console, &me, &collection, &wanted, Fields::new()).await?.into_response())
}

async fn page(
    console: &Console,
    me: &Me,
    collection: &Collection,
    wanted: &Wanted,
    source: Fields,
) -> Result<Page<Documents>, Oops> {
    let page = wanted.page(SIZE);
    let found = store::documents::list(&console.db, collection.id, page).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let rows = found.rows.into_iter().map(|document| Row {
        id: document.id,
        title: document.title,
        api_version: document.api_version,
        form: match document.files {
            1 => format!("OpenAPI {}", document.openapi_version),
            files => format!("OpenAPI {}, {files} files", document.openapi_version),
        },
        operations: site::text::number(document.operations),
        size: super::size::shown(document.size_bytes),
        given: me.when(document.created_at),
        is_in_force: document.in_force,
    });
    Ok(Page::new(Documents {
        frame,
        side,
        head: head(console, me, collection, Tab::Documents).await?,
        rows: rows.collect(),
        source,
        may_replace: me.may(Privilege::CreateCollection),
        pager: wanted.pager(&format!("{PATH}/{}/documents", collection.id), page, found.total),
    }))
}

/// `POST /console/collections/{id}/documents`: another document, to be compared first.
pub(super) async fn give(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    mut form: Uploaded,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    me.must(Privilege::CreateCollection)?;
    let again = async |fields| -> Result<Response, Oops> {
        let page = page(&console, &me, &collection, &Wanted::default(), fields).await?;
        Ok(page.unprocessable().into_response())
    };
    let (source, given) = match read(&console, &me, &mut form).await {
        Ok(read) => read,
        Err(failed) => {
            let (fields, error) = *failed;
            beside(error)?;
            return again(fields).await;
        }
    };
    match console.actions.draft_document(&me.actor(), Some(id), source).await {
        Ok(draft) => Ok(see(&format!("{PATH}/{id}/documents/new/{draft}"))),
        Err(error) => {
            let fields = given.faulted(&form, &error);
            beside(error)?;
            again(fields).await
        }
    }
}

/// `GET /console/collections/{id}/documents/{document}/content`: as it was given; an archive if it has
/// several files.
pub(super) async fn download(
    State(console): State<Console>,
    me: Me,
    Path((id, document)): Path<(CollectionId, DocumentId)>,
) -> Result<Response, Oops> {
    let (_, mut files) = console.actions.given_files(&me.actor(), id, document).await?;
    let (media_type, name, content) = if files.len() > 1 {
        let packed = tokio::task::spawn_blocking(move || Archive::pack(&files)).await;
        let packed = packed.map_err(|error| Oops::internal(error.to_string()))?;
        ("application/zip", format!("document-{document}.zip"), packed.map_err(Oops::internal)?)
    } else {
        let DocumentFile { name, content } = files.pop().ok_or_else(|| Oops::missing("document"))?;
        let is_json = openapi::Format::guess(&content) == openapi::Format::Json;
        let media_type = if is_json { "application/json" } else { "application/yaml" };
        (media_type, name.rsplit('/').next().unwrap_or_default().to_owned(), content.into_bytes())
    };
    let headers =
        [(CONTENT_TYPE, HeaderValue::from_static(media_type)), (CONTENT_DISPOSITION, saved_as(&name))];
    Ok((headers, content).into_response())
}
