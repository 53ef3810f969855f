//! What stands above every page of a collection.

use axum::http::HeaderValue;
use model::access::Privilege;
use model::collection::Collection;
use model::id::CollectionId;
use site::{Link, Oops};
use store::listings::endpoints::{Counts, count};

use super::PATH;
use super::list::state_of;
use crate::Console;
use crate::me::Me;

/// The pages of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Endpoints,
    Access,
    Documents,
    Settings,
}

/// What stands above them.
pub(super) struct Head {
    pub(super) id: CollectionId,
    pub(super) name: String,
    pub(super) version: String,
    /// Where it is called.
    pub(super) url: String,
    pub(super) tone: &'static str,
    pub(super) state: String,
    pub(super) tabs: Vec<Link>,
    pub(super) counts: Counts,
}

impl Head {
    /// How many endpoints fail at every call, and the verb.
    pub(super) fn stopped(&self) -> String {
        site::text::count(self.counts.stopped, "active endpoint answers", "active endpoints answer")
    }
}

/// The collection, if it is in the workspace and its pages may be seen.
pub(super) async fn find(console: &Console, me: &Me, id: CollectionId) -> Result<Collection, Oops> {
    me.must(Privilege::ListCollections)?;
    let found = store::collections::find(&console.db, me.workspace(), id).await?;
    found.ok_or_else(|| Oops::missing("API collection"))
}

/// What stands above this page of it.
pub(super) async fn head(
    console: &Console,
    me: &Me,
    collection: &Collection,
    tab: Tab,
) -> Result<Head, Oops> {
    let id = collection.id;
    let counts = count(&console.db, me.workspace(), Some(id)).await?;
    let (tone, state) = state_of(counts.active, counts.total);
    let link =
        |label: &str, rest: &str, of: Tab| Link::new(label, format!("{PATH}/{id}{rest}")).marked(tab == of);
    Ok(Head {
        id,
        name: collection.name.clone(),
        version: collection.version.to_string(),
        url: format!("{}/{}/{}", console.gateway_url(), me.operator.workspace.handle, collection.handle),
        tone,
        state,
        tabs: vec![
            link("Endpoints", "", Tab::Endpoints),
            link("Access", "/access", Tab::Access),
            link("Documents", "/documents", Tab::Documents),
            link("Settings", "/settings", Tab::Settings),
        ],
        counts,
    })
}

/// A call that can be tried, with the path's parameters to be filled in.
pub(super) fn curl(url: &str, method: &str, path: &str) -> String {
    let method = if method == "GET" { String::new() } else { format!("-X {method} ") };
    let target = format!("{url}/{path}").replace('\'', "%27");
    format!("curl {method}-H 'api-token: YOUR_TOKEN' '{target}'")
}

/// How a browser saves a file under this name.
pub(super) fn saved_as(name: &str) -> HeaderValue {
    let name: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')).collect();
    HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
        .unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::curl;

    #[test]
    fn a_call_is_one_line_of_a_shell() {
        assert_eq!(
            curl("https://api.example.com/main/shop-v1", "GET", "items/{id}"),
            "curl -H 'api-token: YOUR_TOKEN' 'https://api.example.com/main/shop-v1/items/{id}'"
        );
        assert!(curl("http://a", "POST", "it's").contains("-X POST"));
        assert!(!curl("http://a", "POST", "it's").contains("it's"));
    }
}
