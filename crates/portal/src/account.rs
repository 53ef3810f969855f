//! The account: who one is, for whom one acts, and where one is signed in.

use actions::Place;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::id::{ClientId, SessionId};
use model::page::Page as ListPage;
use site::request::Path;
use site::{Flash, Frame, Oops, Page, Posted, When};

use crate::Portals;
use crate::here::shown_address;
use crate::me::Me;

/// The most clients among which one chooses.
const CLIENTS: usize = 100;

#[derive(Template)]
#[template(path = "portal/account.html")]
struct Account {
    frame: Frame,
    name: String,
    email: String,
    clients: Vec<(ClientId, String, bool)>,
    sessions: Vec<Row>,
}

struct Row {
    id: SessionId,
    browser: String,
    address: String,
    begun: When,
    seen: When,
    is_this: bool,
}

/// `GET /account`
pub(crate) async fn show(State(portals): State<Portals>, me: Me) -> Result<Response, Oops> {
    let mut clients = Vec::new();
    for id in me.developer.user.clients.iter().take(CLIENTS) {
        if let Some(listed) = store::clients::find(&portals.db, me.here.workspace.id, *id).await? {
            let is_chosen = me.client.as_ref().is_some_and(|client| client.id == *id);
            clients.push((*id, listed.client.name, is_chosen));
        }
    }
    let sessions = portals.actions.sessions(&me.developer.session, ListPage::default()).await?;
    let sessions = sessions.rows.into_iter().map(|session| Row {
        id: session.id,
        browser: browser(session.user_agent.as_deref().unwrap_or_default()),
        address: shown_address(session.address),
        begun: me.when(session.created_at),
        seen: me.when(session.last_seen_at),
        is_this: session.id == me.developer.session.id,
    });
    let user = &me.developer.user;
    let page = Account {
        frame: me.frame("/account"),
        name: user.name.clone(),
        email: user.email.clone(),
        clients,
        sessions: sessions.collect(),
    };
    Ok(Page::new(page).into_response())
}

/// What people call the browser that says this of itself.
fn browser(said: &str) -> String {
    let name = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]
    .into_iter()
    .find(|(mark, _)| said.contains(mark))
    .map_or("A program", |(_, name)| name);
    let system = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    match system.into_iter().find(|(mark, _)| said.contains(mark)) {
        Some((_, system)) => format!("{name} on {system}"),
        None => name.to_owned(),
    }
}

/// `POST /account/client`
pub(crate) async fn choose_client(
    State(portals): State<Portals>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let client = fields.text("client").parse::<ClientId>().map_err(|_| Oops::missing("API client"))?;
    portals.actions.choose_client(&me.developer, client).await?;
    Ok(Flash::good("You now act for another API client.").then("/", me.visit.secure))
}

/// `POST /account/sessions/{id}/end`
pub(crate) async fn end_session(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<SessionId>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    let place = Place::Portal(&me.here.portal);
    portals.actions.end_session(place, &me.developer.session, id, &me.whence()).await?;
    Ok(Flash::good("That browser is signed out.").then("/account", me.visit.secure))
}

/// `POST /account/sessions/end`: all of them, this one included.
pub(crate) async fn end_all_sessions(
    State(portals): State<Portals>,
    me: Me,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    let place = Place::Portal(&me.here.portal);
    portals.actions.end_all_sessions(place, &me.developer.session, &me.whence()).await?;
    Ok(Flash::good("You are signed out everywhere.").then("/sign-in", me.visit.secure))
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_called_as_people_call_them() {
        let said = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36";
        assert_eq!(browser(said), "Chrome on Linux");
        assert_eq!(browser("curl/8.0"), "A program");
    }
}
