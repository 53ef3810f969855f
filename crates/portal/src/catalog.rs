//! **My APIs** and **Discover new APIs**: the same cards, each with what can be done.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::response::Response;
use model::access_request::RequestState;
use model::page::Page as ListPage;
use serde::Deserialize;
use site::request::Query;
use site::{Frame, Oops, Page, Pager, text};
use store::access_requests;
use store::catalog::{self, Entry};

use crate::Portals;
use crate::collection::shown_version;
use crate::me::Me;

/// How many cards stand on a page.
const CARDS: i64 = 60;

/// From how many cards on one may filter them.
const FILTERED: i64 = 7;

/// The requests that are looked at to tell the state of each card.
const REQUESTS: ListPage = ListPage { number: 1, size: 100 };

/// What the query of a list says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    q: String,
    page: Option<i64>,
}

impl ListQuery {
    fn text(&self) -> Option<&str> {
        Some(self.q.trim()).filter(|text| !text.is_empty())
    }

    fn page(&self) -> ListPage {
        ListPage::new(self.page.unwrap_or(1), CARDS)
    }

    fn pager(&self, total: i64, path: &str) -> Option<Pager> {
        let query = match self.text() {
            Some(text) => format!(
                "?q={}",
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
            ),
            None => String::new(),
        };
        Pager::new(self.page(), total, &format!("{path}{query}"))
    }
}

/// A collection as it stands in a list.
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) href: String,
    pub(crate) about: String,
    pub(crate) operations: String,
    pub(crate) base_url: String,
    pub(crate) state: Wish,
    /// Where one asks for it.
    pub(crate) request: String,
}

impl Card {
    pub(crate) fn shown_version(&self) -> String {
        shown_version(&self.version)
    }
}

/// What became of the wish for a collection.
pub(crate) enum Wish {
    /// One may call it.
    Mine,
    /// Nobody asked for it yet.
    Open,
    /// Asked for, since then.
    Pending(String),
    /// Refused, with what the decider said.
    Rejected(String),
}

#[derive(Template)]
#[template(path = "portal/my_apis.html")]
struct MyApis {
    frame: Frame,
    cards: Vec<Card>,
    pager: Option<Pager>,
    is_filtered: bool,
    query: String,
    client: Option<String>,
    discoverable: i64,
}

/// `GET /`
pub(crate) async fn my_apis(
    State(portals): State<Portals>,
    me: Me,
    Query(query): Query<ListQuery>,
) -> Result<Response, Oops> {
    let found = catalog::assigned(&portals.db, me.reader(), query.text(), query.page()).await?;
    let discoverable = match found.total {
        0 => catalog::published(&portals.db, me.reader(), None, ListPage::new(1, 1)).await?.total,
        _ => 0,
    };
    let cards = cards(&portals, &me, found.rows, &[]).await?;
    Ok(Page::new(MyApis {
        frame: me.frame("/"),
        cards,
        pager: query.pager(found.total, "/"),
        is_filtered: found.total >= FILTERED || query.text().is_some(),
        client: me.client.as_ref().map(|client| client.name.clone()),
        discoverable,
        query: query.q,
    })
    .into_response())
}

#[derive(Template)]
#[template(path = "portal/discover.html")]
struct Discover {
    frame: Frame,
    cards: Vec<Card>,
    pager: Option<Pager>,
    is_filtered: bool,
    query: String,
    has_client: bool,
}

/// `GET /discover`
pub(crate) async fn discover(
    State(portals): State<Portals>,
    me: Me,
    Query(query): Query<ListQuery>,
) -> Result<Response, Oops> {
    let found = catalog::published(&portals.db, me.reader(), query.text(), query.page()).await?;
    let requests = requests(&portals, &me).await?;
    let cards = cards(&portals, &me, found.rows, &requests).await?;
    Ok(Page::new(Discover {
        frame: me.frame("/discover"),
        cards,
        pager: query.pager(found.total, "/discover"),
        is_filtered: found.total >= FILTERED || query.text().is_some(),
        query: query.q,
        has_client: me.client.is_some(),
    })
    .into_response())
}

/// What the client asked for last.
pub(crate) async fn requests(
    portals: &Portals,
    me: &Me,
) -> Result<Vec<access_requests::ListedRequest>, Oops> {
    let Some(client) = &me.client else { return Ok(Vec::new()) };
    let filter = access_requests::Filter {
        portal: Some(me.here.portal.id),
        client: Some(client.id),
        ..access_requests::Filter::default()
    };
    Ok(access_requests::list(&portals.db, me.here.workspace.id, filter, REQUESTS).await?.rows)
}

/// Where a collection is called.
pub(crate) fn base_url(portals: &Portals, me: &Me, handle: &str) -> String {
    format!("{}/{}/{handle}", portals.settings.gateway_url, me.here.workspace.handle)
}

/// What became of the client's wish for a collection; the newest one counts.
pub(crate) fn state(me: &Me, entry: &Entry, requests: &[access_requests::ListedRequest]) -> Wish {
    if entry.is_assigned {
        return Wish::Mine;
    }
    let newest = requests.iter().find(|listed| listed.request.collection == entry.id);
    match newest.map(|listed| (&listed.request, listed.request.state)) {
        Some((request, RequestState::Pending)) => Wish::Pending(me.when(request.created_at).day()),
        Some((request, RequestState::Rejected)) => Wish::Rejected(request.note.clone().unwrap_or_default()),
        // Approved, and taken away since.
        Some((_, RequestState::Approved)) | None => Wish::Open,
    }
}

pub(crate) async fn cards(
    portals: &Portals,
    me: &Me,
    entries: Vec<Entry>,
    requests: &[access_requests::ListedRequest],
) -> Result<Vec<Card>, Oops> {
    let mut cards = Vec::with_capacity(entries.len());
    for entry in entries {
        cards.push(Card {
            about: portals.shelf.summary(&portals.db, entry.document).await?,
            href: format!("/apis/{}", entry.handle),
            request: format!("/apis/{}/request", entry.handle),
            operations: text::count(entry.operations, "operation", "operations"),
            base_url: base_url(portals, me, &entry.handle),
            state: state(me, &entry, requests),
            name: entry.name,
            version: entry.version,
        });
    }
    Ok(cards)
}
