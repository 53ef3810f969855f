//! The audit log: who did what, newest first.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::id::AuditId;
use site::request::Query;
use site::{Frame, Oops, Page, When};
use store::audit::Filter;

use crate::Console;
use crate::list::{Finder, Wanted};
use crate::me::{Me, Side};

/// Where it is.
const PATH: &str = "/console/audit";

/// Lines on a page.
const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct Audit {
    frame: Frame,
    side: Side,
    finder: Finder,
    rows: Vec<Row>,
    total: i64,
    older: Option<String>,
}

struct Row {
    at: When,
    actor: String,
    address: String,
    deed: String,
    subject: String,
    details: String,
}

/// `GET /console/audit`
pub(crate) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    me.must(Privilege::ReadAudit)?;
    let filter = Filter { deed: wanted.text(), ..Filter::default() };
    let after = wanted.after.map(AuditId);
    let found = store::audit::search(&console.db, me.workspace(), filter, after, SIZE + 1).await?;
    let (frame, side) = me.around(&console, PATH).await?;
    let mut lines = found.rows;
    let has_more = i64::try_from(lines.len()).is_ok_and(|count| count > SIZE);
    if has_more {
        lines.pop();
    }
    let last = lines.last().map(|line| line.id);
    let page = Audit {
        frame,
        side,
        finder: wanted.finder(PATH, "Search by what was done, such as key.created"),
        older: last.filter(|_| has_more).map(|id| {
            let address = wanted.address(PATH, "");
            let joint = if address.contains('?') { '&' } else { '?' };
            format!("{address}{joint}after={id}")
        }),
        total: found.total,
        rows: lines
            .into_iter()
            .map(|line| Row {
                at: me.when(line.at),
                actor: line.actor_name,
                address: line.address.unwrap_or_default(),
                deed: line.deed,
                subject: line.subject_name,
                details: line.details,
            })
            .collect(),
    };
    Ok(Page::new(page).into_response())
}
