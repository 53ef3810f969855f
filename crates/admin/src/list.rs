//! Lists: which part of one is wanted, as its address says it, and the ways to the other parts.

use model::page::Page;
use serde::Deserialize;
use site::{Link, Pager};
use url::form_urlencoded::Serializer;

/// The most characters that are searched for.
const QUERY_CHARACTERS: usize = 200;

/// What the query of a list's address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Wanted {
    /// What is searched for.
    #[serde(default)]
    q: String,
    /// The state of what is wanted, in the words of the list.
    #[serde(default)]
    pub(crate) state: String,
    /// The number of the page, from 1.
    page: Option<i64>,
    /// The last row of the page before, in lists that have no numbers.
    pub(crate) after: Option<i64>,
}

/// The field that searches a list.
pub(crate) struct Finder {
    /// Where it leads.
    pub(crate) action: String,
    /// What is searched, and by what.
    pub(crate) label: &'static str,
    /// What is searched for.
    pub(crate) value: String,
    /// The state that stays wanted.
    pub(crate) state: String,
}

impl Wanted {
    /// The page that is wanted, of so many rows.
    pub(crate) fn page(&self, size: i64) -> Page {
        Page::new(self.page.unwrap_or(1), size)
    }

    /// What is searched for, if anything is.
    pub(crate) fn text(&self) -> Option<&str> {
        let text = self.q.trim();
        let end = text.char_indices().nth(QUERY_CHARACTERS).map_or(text.len(), |(index, _)| index);
        text.get(..end).filter(|text| !text.is_empty())
    }

    /// The address of the list at `path` that searches for the same in this state.
    pub(crate) fn address(&self, path: &str, state: &str) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(text) = self.text() {
            query.append_pair("q", text);
        }
        if !state.is_empty() {
            query.append_pair("state", state);
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The ways to the other pages of the list at `path`; `None` if all of it is shown.
    pub(crate) fn pager(&self, path: &str, page: Page, total: i64) -> Option<Pager> {
        Pager::new(page, total, &self.address(path, &self.state))
    }

    /// One tab for each state that there is: its label, and how addresses call it.
    pub(crate) fn tabs(&self, path: &str, states: &[(&str, &str)]) -> Vec<Link> {
        let tab = |(label, state): &(&str, &str)| {
            Link::new(*label, self.address(path, state)).marked(*state == self.state)
        };
        states.iter().map(tab).collect()
    }

    /// The field that searches the list at `action`.
    pub(crate) fn finder(&self, action: &str, label: &'static str) -> Finder {
        let value = self.text().unwrap_or_default().to_owned();
        Finder { action: action.to_owned(), label, value, state: self.state.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(q: &str, state: &str) -> Wanted {
        Wanted { q: q.to_owned(), state: state.to_owned(), page: Some(2), after: None }
    }

    #[test]
    fn the_other_pages_search_for_the_same() {
        let wanted = wanted(" quotes & orders ", "active");
        assert_eq!(wanted.text(), Some("quotes & orders"));
        let pager = wanted.pager("/list", wanted.page(20), 60).unwrap();
        assert_eq!(pager.next.as_deref(), Some("/list?q=quotes+%26+orders&state=active&page=3"));
        let tabs = wanted.tabs("/list", &[("All", ""), ("Active", "active")]);
        assert_eq!((tabs[0].href.as_str(), tabs[0].is_current), ("/list?q=quotes+%26+orders", false));
        assert!(tabs[1].is_current);
    }

    #[test]
    fn nothing_wanted_leaves_the_address_as_it_is() {
        assert_eq!(wanted("  ", "").address("/list", ""), "/list");
        assert_eq!(wanted(&"ä".repeat(300), "").text().map(|text| text.chars().count()), Some(200));
    }
}
