//! The same documentation as plain Markdown, for programs that read and write code.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use model::page::Page as ListPage;
use serde_json::Value;
use site::request::Path;
use site::{Oops, markdown};
use store::catalog;

use crate::Portals;
use crate::catalog::base_url;
use crate::collection::{auth, find, shown_version};
use crate::me::Me;
use crate::reference::operation::Operation;
use crate::reference::samples::samples;
use crate::reference::schema::Node;
use crate::reference::text;

/// The most operations that are written out. Who needs more takes the OpenAPI document.
const OPERATIONS: usize = 200;

/// The most APIs that are listed.
const LISTED: ListPage = ListPage { number: 1, size: model::page::PER_PAGE_MAX };

fn document(text: String) -> Response {
    ([(CONTENT_TYPE, "text/markdown; charset=utf-8")], text).into_response()
}

/// `GET /llms.txt`: what there is, and where.
pub(crate) async fn index(State(portals): State<Portals>, me: Me) -> Result<Response, Oops> {
    let mut out = format!(
        "# {}\n\n> APIs that you can call, with documentation in Markdown.\n\n## APIs\n\n",
        line(&me.here.portal.name)
    );
    for entry in catalog::assigned(&portals.db, me.reader(), None, LISTED).await?.rows {
        let about = portals.shelf.summary(&portals.db, entry.document).await?;
        let _ = writeln!(
            out,
            "- [{} {}](/apis/{}/docs.md): {} Base URL {}",
            line(&entry.name),
            shown_version(&entry.version),
            entry.handle,
            line(&about),
            base_url(&portals, &me, &entry.handle)
        );
    }
    Ok(document(out))
}

/// `GET /apis/{handle}/docs.md`: one API.
pub(crate) async fn collection(
    State(portals): State<Portals>,
    me: Me,
    Path(handle): Path<String>,
) -> Result<Response, Oops> {
    let shelf = find(&portals, &me, &handle).await?;
    let auth = auth(&me);
    let root = shelf.published.document.as_value();
    let info = root.get("info").unwrap_or(&Value::Null);
    let mut out = format!(
        "# {} {}\n\n{}\n\n- Base URL: {}\n- Authentication: {}\n- OpenAPI: /apis/{handle}/openapi.json\n",
        line(&shelf.entry.name),
        shelf.version(),
        text(info, "description"),
        shelf.base_url,
        auth.about,
    );
    for entry in shelf.published.contents.entries().take(OPERATIONS) {
        let Some(operation) = Operation::of(&shelf.published.document, entry) else { continue };
        write_operation(&mut out, &operation, &shelf.base_url, (auth.header, auth.value));
    }
    Ok(document(out))
}

fn write_operation(out: &mut String, operation: &Operation, base_url: &str, auth: (&str, &str)) {
    let entry = &operation.entry;
    let deprecated = if entry.is_deprecated { " (deprecated)" } else { "" };
    let _ = write!(out, "\n## {}{deprecated}\n\n`{} {}`\n", line(&entry.title), entry.method, entry.path);
    for place in &operation.places {
        let _ = write!(out, "\n{}:\n\n", place.title);
        for parameter in &place.parameters {
            let must = if parameter.is_required { ", required" } else { "" };
            let rules = parameter.rules.join(", ");
            let _ = writeln!(out, "- `{}` ({}{must}) {rules}", parameter.name, parameter.kind);
        }
    }
    for content in operation.body.iter().flat_map(|body| &body.contents) {
        let _ = write!(out, "\nBody ({}):\n\n", content.media_type);
        content.tree.iter().for_each(|tree| write_tree(out, tree, 0));
    }
    for answer in &operation.answers {
        let _ = write!(out, "\nAnswer {}:\n\n", answer.status);
        for content in &answer.contents {
            content.tree.iter().for_each(|tree| write_tree(out, tree, 0));
        }
    }
    if let Some(sample) = samples(&operation.call(base_url, auth)).into_iter().next() {
        // More back-ticks than any text in it has.
        let longest = sample.code.split(|character| character != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest.max(2) + 1);
        let _ = write!(out, "\n{fence}sh\n{}\n{fence}\n", sample.code);
    }
}

fn write_tree(out: &mut String, node: &Node, depth: usize) {
    let must = if node.is_required { ", required" } else { "" };
    let name = if node.name.is_empty() { String::new() } else { format!("`{}` ", node.name) };
    let _ = writeln!(out, "{}- {name}({}{must}) {}", "  ".repeat(depth), node.kind, node.rules.join(", "));
    node.children.iter().chain(&node.variants).for_each(|child| write_tree(out, child, depth + 1));
}

/// A text that stays in its line.
fn line(text: &str) -> String {
    markdown::line(text, 300)
}
