//! Search over what the developer can see: APIs by name, and the operations and schemas in them.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::page::{PER_PAGE_MAX, Page as ListPage};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use site::request::Query;
use site::{Frame, Oops, Page};
use store::catalog;

use crate::Portals;
use crate::catalog::{Card, Wish, base_url, cards, requests};
use crate::collection::shown_version;
use crate::me::Me;
use crate::reference::contents::Entry;
use crate::reference::published::Wanted;

/// The most pages of APIs whose documents are looked into, results, and words that are looked for.
const SEARCHED: i64 = 5;
const RESULTS: usize = 60;
const WORDS: usize = 8;

/// The most characters of a query.
const CHARACTERS: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SearchQuery {
    q: String,
}

#[derive(Template)]
#[template(path = "portal/search.html")]
struct Results {
    frame: Frame,
    query: String,
    cards: Vec<Card>,
    operations: Vec<Found>,
    schemas: Vec<FoundSchema>,
    has_more: bool,
}

struct Found {
    entry: Entry,
    api: String,
    href: String,
}

struct FoundSchema {
    name: String,
    api: String,
    href: String,
}

/// `GET /search`
pub(crate) async fn search(
    State(portals): State<Portals>,
    me: Me,
    Query(query): Query<SearchQuery>,
) -> Result<Response, Oops> {
    let text: String = query.q.trim().chars().take(CHARACTERS).collect();
    let words: Vec<String> = text.to_lowercase().split_whitespace().take(WORDS).map(str::to_owned).collect();
    let mut frame = me.frame("");
    if let Some(search) = &mut frame.search {
        search.value.clone_from(&text);
    }
    let mut results = Results {
        frame,
        query: text,
        cards: Vec::new(),
        operations: Vec::new(),
        schemas: Vec::new(),
        has_more: false,
    };
    if words.is_empty() {
        return Ok(Page::new(results).into_response());
    }
    let has_all = |within: &str| {
        let within = within.to_lowercase();
        words.iter().all(|word| within.contains(word))
    };
    let (mut entries, mut known) = (Vec::new(), HashSet::new());
    for number in 1..=SEARCHED {
        let page = ListPage::new(number, PER_PAGE_MAX);
        let assigned = catalog::assigned(&portals.db, me.reader(), None, page).await?.rows;
        let published = catalog::published(&portals.db, me.reader(), None, page).await?.rows;
        if assigned.is_empty() && published.is_empty() {
            break;
        }
        entries.extend(assigned.into_iter().chain(published).filter(|entry| known.insert(entry.id)));
    }
    let mut named = Vec::new();
    for entry in entries {
        let url = base_url(&portals, &me, &entry.handle);
        let wanted = Wanted {
            collection: entry.id,
            name: &entry.name,
            version: &entry.version,
            document: entry.document,
            base_url: &url,
        };
        // A document that cannot be read hides nothing of the others.
        if let Ok(published) = portals.shelf.published(&portals.db, wanted).await {
            let api = format!("{} {}", entry.name, shown_version(&entry.version));
            for operation in published.contents.entries().filter(|entry| has_all(&entry.words)) {
                let href = format!("/apis/{}/{}", entry.handle, operation.slug);
                results.operations.push(Found { entry: operation.clone(), api: api.clone(), href });
            }
            for schema in published.contents.schemas.iter().filter(|name| has_all(name)) {
                let href = format!(
                    "/apis/{}/schemas/{}",
                    entry.handle,
                    utf8_percent_encode(schema, NON_ALPHANUMERIC)
                );
                results.schemas.push(FoundSchema { name: schema.clone(), api: api.clone(), href });
            }
        }
        if has_all(&format!("{} {}", entry.name, entry.handle)) {
            named.push(entry);
        }
    }
    results.has_more =
        results.operations.len() > RESULTS || results.schemas.len() > RESULTS || named.len() > RESULTS;
    results.operations.truncate(RESULTS);
    results.schemas.truncate(RESULTS);
    named.truncate(RESULTS);
    results.cards = cards(&portals, &me, named, &requests(&portals, &me).await?).await?;
    Ok(Page::new(results).into_response())
}
