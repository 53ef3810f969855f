//! What belongs to a document as a whole: its name, its servers, its webhooks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Comparison;
use super::difference::{Kind, What, Which};
use super::ledger::{News, Source};
use super::side::{Side, Spot};
use crate::fault::excerpt;

impl Comparison<'_> {
    pub(super) fn document(&mut self) {
        if let (Some(old), Some(new)) = (self.old.root("info"), self.new.root("info")) {
            self.info(&old, &new);
        }
        let (old, new) = (self.old.servers(), self.new.servers());
        if old != new {
            let list = |urls: &BTreeSet<String>| {
                let urls: Vec<_> = urls.iter().take(3).map(|url| format!("`{}`", excerpt(url))).collect();
                urls.join(", ")
            };
            let pointer = if self.new.is_v2() { "/host" } else { "/servers" };
            let news = of_document(Kind::Changed, What::Servers, pointer);
            self.ledger.note(news, || {
                format!("the document names {} as its servers instead of {}", list(&new), list(&old))
            });
        }
    }

    fn info(&mut self, old: &Spot<'_>, new: &Spot<'_>) {
        for (field, value) in new.fields().chain(old.fields()) {
            if field.starts_with("x-") || old.value.get(field) == new.value.get(field) {
                continue;
            }
            let is_new = new.value.get(field).is_some();
            let news = News {
                document: if is_new { Which::New } else { Which::Old },
                ..of_document(Kind::Documentation, What::Description, &value.pointer)
            };
            let text = |spot: &Spot<'_>| spot.text(field).map(excerpt);
            self.ledger.note(news, || match (field, text(old), text(new)) {
                ("version", Some(old), Some(new)) => {
                    format!("the version of the API is `{new}` instead of `{old}`")
                }
                ("title", Some(old), Some(new)) => format!("the API is called “{new}” instead of “{old}”"),
                _ => format!("the document has another `{field}` of the API"),
            });
        }
    }
}

fn of_document(kind: Kind, what: What, pointer: &str) -> News {
    News {
        kind,
        what,
        breaking: false,
        direction: None,
        document: Which::New,
        pointer: pointer.to_owned(),
        source: Source::Document,
    }
}

impl Side<'_> {
    /// The URLs of the API, as far as the document says.
    fn servers(&self) -> BTreeSet<String> {
        let root = &self.document.root;
        let text = |field: &str| root.get(field).and_then(Value::as_str).unwrap_or_default();
        let tidy = |url: String| match url.trim_end_matches('/') {
            "" => "/".to_owned(),
            url => url.to_owned(),
        };
        if self.is_v2() {
            let host = text("host");
            let schemes: Vec<_> = root
                .get("schemes")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let origins: Vec<_> = match (host, &*schemes) {
                ("", _) => vec![String::new()],
                (host, []) => vec![format!("//{host}")],
                (host, schemes) => schemes.iter().map(|scheme| format!("{scheme}://{host}")).collect(),
            };
            return origins.into_iter().map(|origin| tidy(origin + text("basePath"))).collect();
        }
        let servers = root.get("servers").and_then(Value::as_array).into_iter().flatten();
        let urls: BTreeSet<_> = servers
            .filter_map(|server| server.get("url")?.as_str())
            .map(|url| tidy(url.to_owned()))
            .collect();
        if urls.is_empty() { [tidy(String::new())].into() } else { urls }
    }
}
