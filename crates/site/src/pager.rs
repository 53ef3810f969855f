//! Which part of a list is shown, and the ways to the others.

use model::page::Page;

use crate::text;

/// Under a list that has more than one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pager {
    /// `1–100 of 312`.
    pub shown: String,
    /// Where the page before is.
    pub previous: Option<String>,
    /// Where the page after is.
    pub next: Option<String>,
}

impl Pager {
    /// `None` if all is shown. `address` is the path with whatever else the query says, such as
    /// `/keys?state=active`.
    pub fn new(page: Page, total: i64, address: &str) -> Option<Self> {
        if total <= page.size && page.number == 1 {
            return None;
        }
        let joint = if address.contains('?') { '&' } else { '?' };
        let at = |number: i64| format!("{address}{joint}page={number}");
        let first = page.offset().saturating_add(1);
        let last = page.offset().saturating_add(page.size).min(total);
        let shown = match first <= last {
            true => format!("{}–{} of {}", text::number(first), text::number(last), text::number(total)),
            false => format!("Nothing here; {} in all", text::number(total)),
        };
        Some(Self {
            shown,
            previous: (page.number > 1).then(|| at(page.number - 1)),
            next: (last < total).then(|| at(page.number.saturating_add(1))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_way_to_each_neighbour() {
        assert_eq!(Pager::new(Page::new(1, 20), 20, "/keys"), None);
        let pager = Pager::new(Page::new(2, 20), 41, "/keys?q=a").unwrap();
        assert_eq!(pager.shown, "21–40 of 41");
        assert_eq!(pager.previous.as_deref(), Some("/keys?q=a&page=1"));
        assert_eq!(pager.next.as_deref(), Some("/keys?q=a&page=3"));
        let pager = Pager::new(Page::new(9, 20), 41, "/keys").unwrap();
        assert_eq!((pager.shown.as_str(), pager.next), ("Nothing here; 41 in all", None));
    }
}
