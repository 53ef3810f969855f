//! The settings of a client, its picture, and deleting it.

use actions::{ClientPatch, Error, LogoOf};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::client::AuthType;
use model::id::ClientId;
use site::form::Kind;
use site::request::Path;
use site::{Choice, Field, Fields, Flash, Frame, Oops, Page, Posted, Uploaded};
use store::clients::ListedClient;

use super::create::{description, name};
use super::method::Method;
use super::{Head, PATH, find, policies};
use crate::Console;
use crate::failed::beside;
use crate::me::{Me, Side};
use crate::pictures;
use crate::question::Question;

#[derive(Template)]
#[template(path = "admin/client_settings.html")]
struct Settings {
    frame: Frame,
    side: Side,
    head: Head,
    name: Field,
    description: Field,
    email: Option<Field>,
    policy: Choice,
    whole: Choice,
    method: Method,
    logo_error: Option<String>,
    problem: Option<String>,
    may_manage: bool,
}

async fn page(
    console: &Console,
    me: &Me,
    listed: &ListedClient,
    fields: Option<&Fields>,
    fault: Option<&Error>,
) -> Result<Page<Settings>, Oops> {
    let client = &listed.client;
    let whole = store::clients::limit_of_the_whole(&console.db, me.workspace(), client.id).await?.flatten();
    let words = ("policy", "Policy of each key", "How often each of its keys may call.", "No limit");
    let policy = policies(console, me, words, client.policy).await?;
    let words =
        ("whole", "Policy of the client as a whole", "How often all its keys together may call.", "No limit");
    let whole = policies(console, me, words, whole).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let email = client.portal.map(|_| {
        Field::new("email", "Developer's email").kind(Kind::Email).max(254).help(
            "Another address hands the client over: that developer is invited, and the former one no longer acts for it.",
        )
        .value(client.email.clone().unwrap_or_default())
    });
    let mut page = Settings {
        frame,
        side,
        head: Head::of(me, listed, "settings"),
        name: name().value(client.name.clone()),
        description: description().value(client.description.clone()),
        email,
        policy,
        whole,
        method: Method::of(client.auth_type, client.jwt.as_ref()),
        logo_error: None,
        problem: None,
        may_manage: me.may(Privilege::ManageClients),
    };
    if let Some(fields) = fields {
        page.name = page.name.given(fields);
        page.description = page.description.given(fields);
        page.email = page.email.map(|email| email.given(fields));
        page.policy = page.policy.given(fields);
        page.whole = page.whole.given(fields);
        page.method = page.method.given(fields);
    }
    match fault {
        Some(Error::Invalid(faults) | Error::Unknown(faults)) => {
            page.name = page.name.faulted(faults, "name");
            page.description = page.description.faulted(faults, "description");
            page.email = page.email.map(|email| email.faulted(faults, "email"));
            page.policy = page.policy.faulted(faults, "api_policy_id");
            page.method = page.method.faulted(faults);
            let logo = faults.iter().find(|(field, _)| *field == "logo");
            page.logo_error = logo.map(|(_, message)| format!("The file {message}."));
        }
        Some(fault) => page.problem = Some(site::sentence(&fault.to_string())),
        None => {}
    }
    Ok(Page::new(page).unprocessable_if(fault.is_some()))
}

/// `GET /console/clients/{id}/settings`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    Ok(page(&console, &me, &listed, None, None).await?.into_response())
}

/// `POST /console/clients/{id}/settings`
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    let client = &listed.client;
    let email = client.portal.map(|_| fields.text("email").to_owned());
    let patch = ClientPatch {
        name: Some(fields.text("name").to_owned()),
        description: Some(fields.text("description").to_owned()),
        // One that never had an address need not get one.
        email: email.filter(|email| !(email.trim().is_empty() && client.email.is_none())),
        jwt: Method::new(client.auth_type).draft(&fields),
        policy: Some(fields.text("policy").parse().ok()),
        ..ClientPatch::default()
    };
    let changed = async {
        let after = console.actions.update_client(&me.actor(), id, patch).await?;
        let before = store::clients::limit_of_the_whole(&console.db, me.workspace(), id).await?.flatten();
        let whole = fields.text("whole").parse().ok();
        if before != whole {
            console.actions.limit_client_as_a_whole(&me.actor(), id, whole).await?;
        }
        Ok::<_, Error>(after)
    };
    match changed.await {
        Ok(after) => {
            let flash = Flash::good(format!("{} is changed.", after.client.name));
            Ok(flash.then(&format!("{PATH}/{id}/settings"), me.visit.secure))
        }
        Err(error) => {
            let fault = beside(error)?;
            Ok(page(&console, &me, &listed, Some(&fields), Some(&fault)).await?.into_response())
        }
    }
}

/// `POST /console/clients/{id}/logo`: gives it the picture that was chosen, or takes its picture away.
pub(super) async fn put_logo(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    form: Uploaded,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    match pictures::put(&console, &me, LogoOf::Client(id), form, "logo").await? {
        Ok(flash) => Ok(flash.then(&format!("{PATH}/{id}/settings"), me.visit.secure)),
        Err(faults) => {
            let fault = Error::Invalid(faults);
            Ok(page(&console, &me, &listed, None, Some(&fault)).await?.into_response())
        }
    }
}

fn question(listed: &ListedClient) -> Question {
    let client = &listed.client;
    let keys = match listed.active_keys {
        0 => "It has no active keys.".to_owned(),
        1 => "Calls with its active key are refused from the next one on.".to_owned(),
        count => format!("Calls with its {count} active keys are refused from the next one on."),
    };
    Question {
        title: format!("Delete {}?", client.name),
        about: format!("{keys} Its keys and what it asked for go with it. This cannot be undone."),
        action: format!("{PATH}/{}/delete", client.id),
        back: format!("{PATH}/{}/settings", client.id),
        button: "Delete client",
        typed: Some(client.name.clone()),
        grace: &[],
    }
}

/// `GET /console/clients/{id}/delete`
pub(super) async fn ask_delete(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
) -> Result<Response, Oops> {
    me.must(Privilege::ManageClients)?;
    let listed = find(&console, &me, id).await?;
    question(&listed).ask(&console, &me, PATH).await
}

/// `POST /console/clients/{id}/delete`
pub(super) async fn delete(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ClientId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let listed = find(&console, &me, id).await?;
    if let Err(again) = question(&listed).confirmed(&console, &me, PATH, &fields).await? {
        return Ok(again);
    }
    console.actions.delete_client(&me.actor(), id).await?;
    Ok(Flash::good(format!("The client {} is deleted.", listed.client.name)).then(PATH, me.visit.secure))
}
