//! Refreshing, deactivating, activating and deleting a key. What stops something asks first.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::id::KeyId;
use site::request::Path;
use site::{Field, Flash, Frame, KeyDeed, Oops, Page, Posted};

use super::create::{Wanted, issued_page};
use super::find;
use crate::Portals;
use crate::me::Me;
use site::addresses::warning;

#[derive(Template)]
#[template(path = "portal/key_ask.html")]
struct Ask {
    frame: Frame,
    title: String,
    about: &'static str,
    action: String,
    back: String,
    button: &'static str,
    is_bad: bool,
    typed: Option<Field>,
    /// How long the former token may go on, in seconds.
    grace: &'static [(&'static str, &'static str)],
}

async fn ask(
    portals: &Portals,
    me: &Me,
    id: KeyId,
    deed: KeyDeed,
    error: Option<String>,
) -> Result<Response, Response> {
    let key = find(portals, me, id).await.map_err(|oops| me.with_bar(oops))?;
    let verb = match deed {
        KeyDeed::Refresh => "refresh",
        KeyDeed::Deactivate => "deactivate",
        KeyDeed::Delete => "delete",
    };
    let typed = (deed == KeyDeed::Delete).then(|| {
        let field =
            Field::new("typed", "Type the name of the key to confirm").help(format!("`{}`", key.name));
        Field { error: error.clone(), ..field }
    });
    let page = Page::new(Ask {
        frame: me.frame("/keys"),
        title: deed.question(&key.name),
        about: deed.about(),
        action: format!("/keys/{id}/{verb}"),
        back: format!("/keys/{id}"),
        button: deed.button(),
        is_bad: deed != KeyDeed::Refresh,
        typed,
        grace: deed.grace(),
    });
    let page = page.unprocessable_if(error.is_some());
    Ok(page.into_response())
}

/// `GET /keys/{id}/refresh`
pub(crate) async fn ask_refresh(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
) -> Result<Response, Response> {
    ask(&portals, &me, id, KeyDeed::Refresh, None).await
}

/// `POST /keys/{id}/refresh`
pub(crate) async fn refresh(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let bar = |oops: Oops| me.with_bar(oops);
    let client = me.client().map_err(bar)?.id;
    // What is no number is as if nothing was chosen; the action says which numbers may be.
    let grace = fields.text("grace").parse().unwrap_or_default();
    let issued = portals.actions.refresh_key(&me.actor(), client, id, grace).await;
    let issued = issued.map_err(|error| bar(error.into()))?;
    let warning = warning(&issued.key.rules, me.visit.address);
    issued_page(&portals, &me, &issued, &Wanted::default(), warning, "Your new token").await.map_err(bar)
}

/// `GET /keys/{id}/deactivate`
pub(crate) async fn ask_deactivate(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
) -> Result<Response, Response> {
    ask(&portals, &me, id, KeyDeed::Deactivate, None).await
}

/// `POST /keys/{id}/deactivate`
pub(crate) async fn deactivate(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    let client = me.client()?.id;
    portals.actions.disable_key(&me.actor(), client, id).await?;
    Ok(Flash::good("The key is inactive. Calls with it are refused.")
        .then(&format!("/keys/{id}"), me.visit.secure))
}

/// `POST /keys/{id}/activate`
pub(crate) async fn activate(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
    Posted(_): Posted,
) -> Result<Response, Oops> {
    let client = me.client()?.id;
    portals.actions.enable_key(&me.actor(), client, id).await?;
    Ok(Flash::good("The key is active.").then(&format!("/keys/{id}"), me.visit.secure))
}

/// `GET /keys/{id}/delete`
pub(crate) async fn ask_delete(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
) -> Result<Response, Response> {
    ask(&portals, &me, id, KeyDeed::Delete, None).await
}

/// `POST /keys/{id}/delete`
pub(crate) async fn delete(
    State(portals): State<Portals>,
    me: Me,
    Path(id): Path<KeyId>,
    Posted(fields): Posted,
) -> Result<Response, Response> {
    let bar = |oops: Oops| me.with_bar(oops);
    let key = find(&portals, &me, id).await.map_err(bar)?;
    if fields.text("typed").trim() != key.name {
        let error = format!("This is not the name of the key. Type `{}`.", key.name);
        return ask(&portals, &me, id, KeyDeed::Delete, Some(error)).await;
    }
    portals.actions.delete_key(&me.actor(), key.client, id).await.map_err(|error| bar(error.into()))?;
    Ok(Flash::good(format!("The key {} was deleted.", key.name)).then("/keys", me.visit.secure))
}
