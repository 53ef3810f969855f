//! Making a client: first how it proves who it is, as all else hangs on that and it cannot change later.

use actions::{ClientDraft, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::client::AuthType;
use model::id::CollectionId;
use serde::Deserialize;
use site::form::{Kind, Pick};
use site::request::Query;
use site::{Choice, Field, Fields, Flash, Frame, Oops, Page, Posted};

use super::method::{Method, read, word};
use super::{PATH, policies};
use crate::Console;
use crate::choices::{self, collections};
use crate::failed::beside;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/client_new.html")]
struct Form {
    frame: Frame,
    side: Side,
    /// The ways to choose from, and the one that was chosen.
    ways: Choice,
    auth: &'static str,
    method: Option<Method>,
    name: Field,
    description: Field,
    collections: Choice,
    has_more: bool,
    policy: Choice,
    project: Choice,
    portal: Choice,
    /// The only portal that there is, which need not be chosen.
    only_portal: Option<Pick>,
    email: Field,
    problem: Option<String>,
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Way {
    #[serde(default)]
    pub(super) auth: String,
}

pub(super) fn name() -> Field {
    Field::new("name", "Name").max(255).help("For people: the program, team or customer that calls.")
}

pub(super) fn description() -> Field {
    Field::new("description", "Description").kind(Kind::Area(2)).optional().max(10_000)
}

/// The ways to prove who one is.
pub(super) fn ways(help: &str) -> Choice {
    Choice::new("auth", "How does it prove who it is?")
        .help(help)
        .pick_about(
            "token",
            "Auth token",
            "A secret per key, sent in a header. The simplest, and right for most.",
        )
        .pick_about(
            "oauth2",
            "OAuth 2.0",
            "A client ID and a secret per key, exchanged for access tokens that end after a while.",
        )
        .pick_about(
            "jwt",
            "JSON Web Token",
            "The client signs tokens with a key of its own: HMAC, RSA, EC or EdDSA.",
        )
        .pick_about("oidc", "OpenID Connect", "The client brings tokens of an identity provider.")
}

/// `GET /console/clients/new`
pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Query(way): Query<Way>,
) -> Result<Response, Oops> {
    Ok(form(&console, &me, read(&way.auth), &Fields::default(), None).await?.into_response())
}

async fn form(
    console: &Console,
    me: &Me,
    auth_type: Option<AuthType>,
    fields: &Fields,
    fault: Option<&Error>,
) -> Result<Page<Form>, Oops> {
    me.must(Privilege::ManageClients)?;
    let (collections, has_more) = match auth_type {
        Some(_) => collections(console, me, "APIs that it may call").await?,
        None => (Choice::default(), false),
    };
    let words = ("policy", "Policy", "How often each of its keys may call.", "No limit");
    let (frame, side) = me.around(console, PATH).await?;
    let is_blank = fields.text("name").is_empty() && fault.is_none();
    let filled = |field: Field| if is_blank { field } else { field.given(fields) };
    let portal = portals(console, me).await?;
    let only_portal = match portal.picks.as_slice() {
        [_, only] => Some(only.clone()),
        _ => None,
    };
    let to = only_portal.as_ref().map_or("the portal", |portal| &portal.label);
    let email = Field::new("email", "Developer's email")
        .kind(Kind::Email)
        .optional()
        .max(254)
        .help(format!("They are invited to {to} and manage the client's keys there."));
    let mut page = Form {
        frame,
        side,
        ways: ways("This cannot change later; another way needs another client.")
            .chosen([auth_type.map_or("token", word)]),
        auth: auth_type.map_or("", word),
        method: auth_type.map(Method::new),
        name: filled(name()),
        description: filled(description()),
        collections: collections.given(fields),
        has_more,
        policy: policies(console, me, words, None).await?.given(fields),
        project: projects(console, me).await?.given(fields),
        portal: portal.given(fields),
        only_portal,
        email: filled(email),
        problem: None,
    };
    if !is_blank {
        page.method = page.method.map(|method| method.given(fields));
    }
    match fault {
        Some(Error::Invalid(faults) | Error::Unknown(faults)) => {
            page.name = page.name.faulted(faults, "name");
            page.description = page.description.faulted(faults, "description");
            page.collections = page.collections.faulted(faults, "api_collection_ids");
            page.policy = page.policy.faulted(faults, "api_policy_id");
            page.portal = page.portal.faulted(faults, "api_portal_id");
            page.email = page.email.faulted(faults, "email");
            page.method = page.method.map(|method| method.faulted(faults));
        }
        Some(fault) => page.problem = Some(site::sentence(&fault.to_string())),
        None => {}
    }
    Ok(Page::new(page))
}

async fn projects(console: &Console, me: &Me) -> Result<Choice, Oops> {
    let mut choice = Choice::new("project", "Project").pick("", "None");
    for (id, name) in choices::projects(console, me).await?.into_iter().skip(1) {
        choice = choice.pick(&id, name);
    }
    Ok(choice)
}

async fn portals(console: &Console, me: &Me) -> Result<Choice, Oops> {
    let mut choice = Choice::new("portal", "Developer portal")
        .help("Where a developer manages this client. It needs the developer's email.")
        .pick("", "None");
    for (id, name) in choices::portals(console, me).await? {
        choice = choice.pick(&id, name);
    }
    Ok(choice)
}

/// `POST /console/clients/new`
pub(super) async fn create(
    State(console): State<Console>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let auth_type = read(fields.text("auth"));
    let auth_type = auth_type.ok_or_else(|| Oops::bad_request("Choose how the client proves who it is."))?;
    let text = |name: &str| Some(fields.text(name).trim().to_owned()).filter(|text| !text.is_empty());
    let email = text("email");
    let chosen = fields.text("portal").parse().ok();
    let portal = chosen.or_else(|| email.as_ref().and_then(|_| fields.text("only_portal").parse().ok()));
    let draft = ClientDraft {
        name: fields.text("name").to_owned(),
        description: fields.text("description").to_owned(),
        project: fields.text("project").parse().ok(),
        auth_type,
        jwt: Method::new(auth_type).draft(&fields),
        policy: fields.text("policy").parse().ok(),
        portal,
        email,
        collections: fields.all("api").filter_map(|id| id.parse::<CollectionId>().ok()).collect(),
    };
    match console.actions.create_client(&me.actor(), draft).await {
        Ok(made) => {
            let told = match (&made.client.portal, &made.client.email) {
                (Some(_), Some(email)) => format!(" An invitation is on its way to {email}."),
                _ => String::new(),
            };
            let flash = Flash::good(format!("{} is made.{told}", made.client.name));
            Ok(flash.then(&format!("{PATH}/{}", made.client.id), me.visit.secure))
        }
        Err(error) => {
            let fault = beside(error)?;
            let page = form(&console, &me, Some(auth_type), &fields, Some(&fault)).await?;
            Ok(page.unprocessable().into_response())
        }
    }
}
