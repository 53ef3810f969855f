//! What there is to choose from in forms.

use model::id::PortalId;
use model::page::{PER_PAGE_MAX, Page};
use site::{Choice, Fields, Oops};
use store::listings;

use crate::Console;
use crate::me::Me;

/// The value and the label of an option.
pub(crate) type Offer = (String, String);

/// The most pages of a list that are offered: 500 choices are more than anybody scrolls through, and
/// still a small page.
const PAGES: i64 = 5;

/// The pages of a list of which something is offered.
pub(crate) fn pages() -> impl Iterator<Item = Page> {
    (1..=PAGES).map(|number| Page::new(number, PER_PAGE_MAX))
}

/// Whether no page comes after one on which this was found.
fn is_last<T>(page: Page, found: &[T]) -> bool {
    i64::try_from(found.len()).is_ok_and(|count| count < page.size)
}

/// The connections by name, after `none`.
pub(crate) async fn connections(console: &Console, me: &Me, none: &str) -> Result<Vec<Offer>, Oops> {
    let mut offers = vec![(String::new(), none.to_owned())];
    for page in pages() {
        let found = listings::connections::list(&console.db, me.workspace(), None, page).await?.rows;
        let is_last = is_last(page, &found);
        offers.extend(found.into_iter().map(|row| (row.id.to_string(), row.name)));
        if is_last {
            break;
        }
    }
    Ok(offers)
}

/// The projects, after none of them; empty if there are none.
pub(crate) async fn projects(console: &Console, me: &Me) -> Result<Vec<Offer>, Oops> {
    let mut offers = Vec::new();
    for page in pages() {
        let found = store::projects::list(&console.db, me.workspace(), page).await?;
        let is_last = is_last(page, &found);
        offers.extend(found.into_iter().map(|project| (project.id.to_string(), project.name)));
        if is_last {
            break;
        }
    }
    if !offers.is_empty() {
        offers.insert(0, (String::new(), "None".to_owned()));
    }
    Ok(offers)
}

/// The portals, oldest first.
pub(crate) async fn portals(console: &Console, me: &Me) -> Result<Vec<(PortalId, String)>, Oops> {
    let mut offers = Vec::new();
    for page in pages() {
        let found = store::portals::list(&console.db, me.workspace(), page).await?.rows;
        let is_last = is_last(page, &found);
        offers.extend(found.into_iter().map(|portal| (portal.id, portal.name)));
        if is_last {
            break;
        }
    }
    Ok(offers)
}

/// The most collections among which one ticks some in a form; others are given on pages of their own.
const COLLECTIONS: i64 = 300;

/// The collections of the workspace, to be ticked, and whether there are more than are offered. They are
/// sent as `api`.
pub(crate) async fn collections(console: &Console, me: &Me, label: &str) -> Result<(Choice, bool), Oops> {
    let mut choice = Choice::new("api", label).optional();
    for number in 1..=COLLECTIONS / PER_PAGE_MAX + 1 {
        let page = Page::new(number, PER_PAGE_MAX);
        let found = store::collections::list(&console.db, me.workspace(), page).await?;
        if found.is_empty() {
            break;
        }
        if page.offset() >= COLLECTIONS {
            return Ok((choice, true));
        }
        for collection in found {
            choice = choice.pick_about(&collection.id, collection.name, collection.version.to_string());
        }
    }
    Ok((choice, false))
}

/// The id that was chosen in a field, if one was. What is no id is one that nothing has.
pub(crate) fn chosen(fields: &Fields, name: &str) -> Option<i64> {
    let text = fields.text(name);
    if text.is_empty() { None } else { Some(text.parse().unwrap_or(0)) }
}
