//! Making a key, or an access profile of a legacy client.

use actions::{IssuedKey, KeyDraft, ProfileDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::client::AuthType;
use model::id::ClientId;
use site::request::{Path, Query};
use site::{Choice, Frame, Oops, Page, Posted};
use store::clients::ListedClient;

use super::called;
use super::draft::Draft;
use crate::Console;
use crate::clients::create::{Way, ways};
use crate::clients::method::{read, word};
use crate::clients::{PATH, find};
use crate::failed::beside;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/key_new.html")]
struct New {
    frame: Frame,
    side: Side,
    client: ClientId,
    client_name: String,
    is_legacy: bool,
    what: &'static str,
    /// The ways to authenticate, from which an access profile has one.
    ways: Choice,
    auth: &'static str,
    /// The fields, once it is known which there are.
    draft: Option<Draft>,
    problem: Option<String>,
}

async fn page(
    console: &Console,
    me: &Me,
    listed: &ListedClient,
    auth: Option<AuthType>,
    (draft, problem): (Option<Draft>, Option<String>),
) -> Result<Page<New>, Oops> {
    me.must(Privilege::ManageKeys)?;
    let (frame, side) = me.around(console, PATH).await?;
    let ways = ways("Each access profile has a way of its own.");
    Ok(Page::new(New {
        frame,
        side,
        client: listed.client.id,
        client_name: listed.client.name.clone(),
        is_legacy: listed.client.is_legacy,
        what: called(listed),
        ways: ways.chosen([auth.map_or("token", word)]),
        auth: auth.map_or("", word),
        draft,
        problem,
    }))
}

/// `GET /console/clients/{id}/keys/new`
pub(crate) async fn blank(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    Query(way): Query<Way>,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let auth = read(&way.auth).filter(|_| listed.client.is_legacy);
    let draft = match auth.is_some() || !listed.client.is_legacy {
        true => Some(Draft::new(&console, &me, auth).await?),
        false => None,
    };
    Ok(page(&console, &me, &listed, auth, (draft, None)).await?.into_response())
}

/// `POST /console/clients/{id}/keys/new`
pub(crate) async fn create(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    me.must(Privilege::ManageKeys)?;
    let listed = find(&console, &me, id).await?;
    let auth = match listed.client.is_legacy {
        true => {
            let auth = read(fields.text("auth"));
            Some(auth.ok_or_else(|| Oops::bad_request("Choose how calls with it prove who makes them."))?)
        }
        false => None,
    };
    let mut draft = Draft::new(&console, &me, auth).await?.given(&fields);
    let Some(typed) = draft.read(&me.zone()) else {
        return Ok(page(&console, &me, &listed, auth, (Some(draft), None))
            .await?
            .unprocessable()
            .into_response());
    };
    let (name, active, policy) = (draft.name.value.clone(), draft.is_active, typed.policy);
    let issued = match &draft.own {
        Some(own) => {
            let wanted = ProfileDraft {
                name,
                collections: typed.apis,
                active,
                auth_type: own.method.auth_type,
                jwt: own.method.draft(&fields),
                policy,
                allow: typed.rules.allow,
            };
            console.actions.create_profile(&me.actor(), id, wanted).await
        }
        None => {
            let wanted = KeyDraft { name, active, rules: typed.rules, expires_at: typed.ends, policy };
            console.actions.create_key(&me.actor(), id, wanted).await
        }
    };
    match issued {
        Ok(issued) => shown_once(&console, &me, &listed, &issued).await,
        Err(error) => {
            let (draft, problem) = draft.refused(&beside(error)?);
            let page = page(&console, &me, &listed, auth, (Some(draft), problem)).await?;
            Ok(page.unprocessable().into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "admin/key_issued.html")]
struct Issued {
    frame: Frame,
    side: Side,
    client: ClientId,
    client_name: String,
    name: String,
    client_id: Option<String>,
    token: String,
    is_signed: bool,
}

/// The page with the token: shown this once, kept by no cache.
pub(super) async fn shown_once(
    console: &Console,
    me: &Me,
    listed: &ListedClient,
    issued: &IssuedKey,
) -> Result<Response, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    let page = Issued {
        frame,
        side,
        client: listed.client.id,
        client_name: listed.client.name.clone(),
        name: issued.key.name.clone(),
        client_id: issued.key.oauth_client_id.clone(),
        token: issued.token.expose().to_owned(),
        is_signed: issued.key.auth_type.is_signed(),
    };
    Ok(Page::new(page).secret().into_response())
}
