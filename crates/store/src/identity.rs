//! How people prove who they are: links, sessions, passwords, identities at providers.

pub mod federated;
pub mod links;
pub mod passwords;
pub mod sessions;

use jiff::Timestamp;
use model::id::{PersonId, PortalUserId};
use model::identity::Subject;

use crate::Tx;
use crate::error::{Result, unreadable};
use crate::sql::sql;

/// The two columns that say who a row belongs to.
fn columns(subject: Subject) -> (&'static str, i64) {
    match subject {
        Subject::Person(id) => ("person", id.0),
        Subject::PortalUser(id) => ("portal_user", id.0),
    }
}

fn subject(kind: &str, id: i64) -> Result<Subject> {
    match kind {
        "person" => Ok(Subject::Person(PersonId(id))),
        "portal_user" => Ok(Subject::PortalUser(PortalUserId(id))),
        other => Err(unreadable("kind of subject", other)),
    }
}

/// Forgets everything with which somebody could sign in or is signed in; for those who go.
pub async fn forget(tx: &mut Tx, subject: Subject) -> Result<()> {
    let (kind, id) = columns(subject);
    for text in [
        "delete from sign_in_links where subject_kind = $1 and subject_id = $2",
        "delete from sessions where subject_kind = $1 and subject_id = $2",
        "delete from passwords where subject_kind = $1 and subject_id = $2",
        "delete from federated_identities where subject_kind = $1 and subject_id = $2",
    ] {
        sql(text).bind(kind).bind(id).run(&mut *tx).await?;
    }
    Ok(())
}

/// Forgets links, sessions and sign-ins under way that expired before `now`; links are kept until
/// `links_kept`. Gives how many there were.
pub async fn sweep(tx: &mut Tx, now: Timestamp, links_kept: Timestamp, last_seen: Timestamp) -> Result<u64> {
    let links = sql("delete from sign_in_links where expires_at < $1").bind(links_kept).run(&mut *tx).await?;
    let sessions = sql("delete from sessions where expires_at < $1 or last_seen_at < $2");
    let sessions = sessions.bind(now).bind(last_seen).run(&mut *tx).await?;
    let under_way = sql("delete from single_sign_ons where expires_at < $1").bind(now).run(tx).await?;
    Ok(links + sessions + under_way)
}
