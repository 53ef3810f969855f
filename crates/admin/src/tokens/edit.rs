//! `/console/tokens/{id}`: one token.

use actions::{Error, TokenPatch};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::{DeveloperClient, Privilege, Role};
use model::id::DeveloperClientId;
use site::request::Path;
use site::{Fields, Flash, Frame, Oops, Page, Posted, When};

use super::PATH;
use super::fields::{Form, addresses, end, projects};
use crate::Console;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/token_edit.html")]
struct Edit {
    frame: Frame,
    side: Side,
    id: DeveloperClientId,
    title: String,
    last_four: String,
    issued: When,
    form: Form,
}

async fn find(console: &Console, me: &Me, id: DeveloperClientId) -> Result<DeveloperClient, Oops> {
    me.must(Privilege::ManageTokens)?;
    let found = store::developer_clients::find(&console.db, me.workspace(), id).await?;
    found.ok_or_else(|| Oops::missing("token"))
}

pub(crate) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<DeveloperClientId>,
) -> Result<Response, Oops> {
    let client = find(&console, &me, id).await?;
    let form = Form::of(&me, &client);
    Ok(page(&console, &me, &client, form).await?.into_response())
}

async fn page(console: &Console, me: &Me, client: &DeveloperClient, form: Form) -> Result<Page<Edit>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    Ok(Page::new(Edit {
        frame,
        side,
        id: client.id,
        title: client.name.clone(),
        last_four: client.last_four.clone(),
        issued: me.when(client.issued_at),
        form,
    }))
}

/// `POST /console/tokens/{id}`
pub(crate) async fn change(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<DeveloperClientId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    match fields.text("deed") {
        "regenerate" => {
            let issued = console.actions.regenerate_token(&me.actor(), id).await?;
            super::show(&console, &me, issued.client.name, issued.token.expose()).await
        }
        "delete" => {
            console.actions.delete_token(&me.actor(), id).await?;
            Ok(Flash::good("The token is deleted; calls with it are refused.").then(PATH, me.visit.secure))
        }
        "save" => save(&console, &me, id, &fields).await,
        _ => Err(Oops::bad_request("Press one of the buttons.")),
    }
}

async fn save(console: &Console, me: &Me, id: DeveloperClientId, fields: &Fields) -> Result<Response, Oops> {
    let client = find(console, me, id).await?;
    let role = fields.text("role").parse::<Role>();
    let role = role.map_err(|fault| Oops::bad_request(format!("The role {fault}.")))?;
    let saved = async {
        let patch = TokenPatch {
            name: Some(fields.text("name").to_owned()),
            role: Some(role),
            projects: Some(projects(console, me, fields.text("projects")).await?),
            allow: Some(addresses(fields.text("allow"))?),
            expires_at: end(me, fields.text("ends"))?,
        };
        console.actions.update_token(&me.actor(), id, patch).await
    };
    match saved.await {
        Ok(_) => Ok(Flash::good("The token is saved.").then(&format!("{PATH}/{id}"), me.visit.secure)),
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. } | Error::Refused(_))) => {
            let mut form = Form::of(me, &client);
            form.refill(fields, &error);
            Ok(page(console, me, &client, form).await?.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}
