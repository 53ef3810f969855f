//! Developer API clients: the tokens of the management API.

mod edit;
mod fields;

use actions::{Error, TokenDraft};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::{Privilege, Role};
use model::id::DeveloperClientId;
use model::net::IpRules;
use site::request::Query;
use site::{Fields, Frame, Oops, Page, Pager, Posted, When};

use crate::Console;
use crate::list::Wanted;
use crate::me::{Me, Side};

use fields::{Form, addresses, end, projects};

pub(crate) use edit::{change, show as show_one};

/// Where they are listed.
const PATH: &str = "/console/tokens";

/// Tokens on a page.
const SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/tokens.html")]
struct Tokens {
    frame: Frame,
    side: Side,
    rows: Vec<Row>,
    form: Form,
    pager: Option<Pager>,
}

struct Row {
    id: DeveloperClientId,
    name: String,
    role: Role,
    last_four: String,
    /// The names of the projects that it is restricted to, if it is.
    projects: Option<String>,
    addresses: String,
    issued: When,
    ends: Option<When>,
}

#[derive(Template)]
#[template(path = "admin/token.html")]
struct Issued {
    frame: Frame,
    side: Side,
    name: String,
    token: String,
}

/// `GET /console/tokens`
pub(crate) async fn list(
    State(console): State<Console>,
    me: Me,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Oops> {
    Ok(tokens(&console, &me, &wanted, &Fields::default(), None).await?.into_response())
}

async fn tokens(
    console: &Console,
    me: &Me,
    wanted: &Wanted,
    fields: &Fields,
    fault: Option<&Error>,
) -> Result<Page<Tokens>, Oops> {
    me.must(Privilege::ManageTokens)?;
    let page = wanted.page(SIZE);
    let found = store::developer_clients::list(&console.db, me.workspace(), page).await?;
    let (frame, side) = me.around(console, PATH).await?;
    let mut form = Form::empty();
    if let Some(fault) = fault {
        form.refill(fields, fault);
    }
    let rows = found.rows.into_iter().map(|client| Row {
        id: client.id,
        name: client.name,
        role: client.role,
        last_four: client.last_four,
        projects: client
            .projects
            .map(|all| all.into_iter().map(|one| one.name).collect::<Vec<_>>().join(", ")),
        addresses: client.rules.allow.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        issued: me.when(client.issued_at),
        ends: client.expires_at.map(|end| me.when(end)),
    });
    Ok(Page::new(Tokens {
        frame,
        side,
        rows: rows.collect(),
        form,
        pager: wanted.pager(PATH, page, found.total),
    }))
}

/// `POST /console/tokens`
pub(crate) async fn create(
    State(console): State<Console>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let role = fields.text("role").parse::<Role>();
    let role = role.map_err(|fault| Oops::bad_request(format!("The role {fault}.")))?;
    let made = async {
        let rules = IpRules { allow: addresses(fields.text("allow"))?, deny: Vec::new() };
        let expires_at = end(&me, fields.text("ends"))?;
        let projects = projects(&console, &me, fields.text("projects")).await?;
        let draft = TokenDraft { name: fields.text("name").to_owned(), role, projects, rules, expires_at };
        console.actions.create_token(&me.actor(), draft).await
    };
    match made.await {
        Ok(issued) => show(&console, &me, issued.client.name, issued.token.expose()).await,
        Err(error @ (Error::Invalid(_) | Error::Conflict { .. } | Error::Refused(_))) => {
            Ok(tokens(&console, &me, &Wanted::default(), &fields, Some(&error))
                .await?
                .unprocessable()
                .into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// The page that shows a token this once.
async fn show(console: &Console, me: &Me, name: String, token: &str) -> Result<Response, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    Ok(Page::new(Issued { frame, side, name, token: token.to_owned() }).secret().into_response())
}
