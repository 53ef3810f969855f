//! What there is to choose from in forms.

use model::id::PortalId;
use model::page::Page;
use site::{Fields, Oops};
use store::listings;

use crate::Console;
use crate::me::Me;

/// The value and the label of an option.
pub(crate) type Choice = (String, String);

/// The most pages of a list that are offered: 500 choices are more than anybody scrolls through, and
/// still a small page.
const PAGES: i64 = 5;

/// The connections by name, after `none`.
pub(crate) async fn connections(console: &Console, me: &Me, none: &str) -> Result<Vec<Choice>, Oops> {
    let mut choices = vec![(String::new(), none.to_owned())];
    for number in 1..=PAGES {
        let page = Page::new(number, model::page::PER_PAGE_MAX);
        let found = listings::connections::list(&console.db, me.workspace(), None, page).await?;
        let is_last = found.total <= page.offset() + page.size;
        choices.extend(found.rows.into_iter().map(|row| (row.id.to_string(), row.name)));
        if is_last {
            break;
        }
    }
    Ok(choices)
}

/// The projects, after none of them; empty if there are none.
pub(crate) async fn projects(console: &Console, me: &Me) -> Result<Vec<Choice>, Oops> {
    let mut choices = Vec::new();
    for number in 1..=PAGES {
        let page = Page::new(number, model::page::PER_PAGE_MAX);
        let found = store::projects::list(&console.db, me.workspace(), page).await?;
        let is_last = i64::try_from(found.len()).is_ok_and(|count| count < page.size);
        choices.extend(found.into_iter().map(|project| (project.id.to_string(), project.name)));
        if is_last {
            break;
        }
    }
    if !choices.is_empty() {
        choices.insert(0, (String::new(), "None".to_owned()));
    }
    Ok(choices)
}

/// The portals, oldest first.
pub(crate) async fn portals(console: &Console, me: &Me) -> Result<Vec<(PortalId, String)>, Oops> {
    let found = store::portals::list(&console.db, me.workspace(), Page::default()).await?;
    Ok(found.rows.into_iter().map(|portal| (portal.id, portal.name)).collect())
}

/// The id that was chosen in a field, if one was. What is no id is one that nothing has.
pub(crate) fn chosen(fields: &Fields, name: &str) -> Option<i64> {
    let text = fields.text(name);
    if text.is_empty() { None } else { Some(text.parse().unwrap_or(0)) }
}
