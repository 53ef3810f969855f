//! One connection, new or there already.

use actions::{ConnectionDraft, ConnectionPatch, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::authorities::Authorities;
use model::endpoint::Connection;
use model::id::{CollectionId, ConnectionId, ProjectId};
use model::page::Page as ListPage;
use site::form::Kind;
use site::request::Path;
use site::{Field, Fields, Flash, Frame, Oops, Page, Posted};

use super::PATH;
use super::credential;
use super::tried::Tried;
use crate::Console;
use crate::choices::{self, Offer};
use crate::failed::beside;
use crate::me::{Me, Side};

/// The most collections that are named.
const NAMED: i64 = 20;

#[derive(Template)]
#[template(path = "admin/connections/form.html")]
struct Form {
    frame: Frame,
    side: Side,
    /// None for a new one.
    id: Option<ConnectionId>,
    title: String,
    name: Field,
    base_url: Field,
    authorities: Field,
    projects: Vec<Offer>,
    project: String,
    may_manage: bool,
    /// What forwards to it: id, name and version.
    collections: Vec<(CollectionId, String, String)>,
    more: i64,
    problem: Option<String>,
    credential: credential::Form,
    /// What came of trying it, if it was tried just now.
    probe: Option<Tried>,
}

pub(super) async fn new(State(console): State<Console>, me: Me) -> Result<Response, Oops> {
    me.must(Privilege::ManageConnections)?;
    Ok(page(&console, &me, None, None).await?.into_response())
}

pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ConnectionId>,
) -> Result<Response, Oops> {
    let connection = find(&console, &me, id).await?;
    Ok(page(&console, &me, Some(connection), None).await?.into_response())
}

/// The connection, if it is in the workspace and may be seen.
pub(super) async fn find(console: &Console, me: &Me, id: ConnectionId) -> Result<Connection, Oops> {
    me.must(Privilege::ListConnections)?;
    let found = store::connections::find(&console.db, me.workspace(), id).await?;
    found.ok_or_else(|| Oops::missing("connection"))
}

async fn page(
    console: &Console,
    me: &Me,
    connection: Option<Connection>,
    failed: Option<(&Fields, &Error)>,
) -> Result<Page<Form>, Oops> {
    let (frame, side) = me.around(console, PATH).await?;
    let id = connection.as_ref().map(|connection| connection.id);
    let collections = match id {
        Some(id) => {
            let page = ListPage::new(1, NAMED);
            store::listings::connections::collections(&console.db, me.workspace(), id, page).await?
        }
        None => model::page::Paged { rows: Vec::new(), total: 0 },
    };
    let pem = connection.as_ref().and_then(|own| own.authorities.as_ref()).map(Authorities::as_pem);
    let project = connection.as_ref().and_then(|own| own.project);
    let mut form = Form {
        frame,
        side,
        id,
        title: connection.as_ref().map_or("Create connection".to_owned(), |own| own.name.clone()),
        name: Field::new("name", "Name").max(255).value(connection.as_ref().map_or("", |own| own.name.as_str())),
        base_url: Field::new("base_url", "Base URL")
            .kind(Kind::Url)
            .mono()
            .max(2_048)
            .help("Calls go there, under its path: with `https://backend.example.com/v1`, `/quotes` is forwarded to `/v1/quotes`.")
            .value(connection.as_ref().map_or("", |own| own.base_url.as_str())),
        authorities: Field::new("authorities", "Trusted authorities")
            .optional()
            .mono()
            .kind(Kind::Area(4))
            .help("Certificates in PEM, if the backend's certificate comes from an authority of your own. Those that the system trusts are always trusted.")
            .value(pem.unwrap_or_default()),
        projects: choices::projects(console, me).await?,
        project: project.map(|id| id.to_string()).unwrap_or_default(),
        may_manage: me.may(Privilege::ManageConnections),
        more: collections.total - site::text::length(collections.rows.len()),
        collections: collections.rows,
        problem: None,
        credential: credential::Form::of(connection.as_ref().and_then(|own| own.credential.as_ref())),
        probe: None,
    };
    if let Some((fields, error)) = failed {
        form.refill(fields, error);
    }
    Ok(Page::new(form))
}

impl Form {
    /// What was sent, with what is wrong.
    fn refill(&mut self, fields: &Fields, error: &Error) {
        self.name.refill(fields, error, "name");
        self.base_url.refill(fields, error, "base_url");
        self.authorities.refill(fields, error, "ca_certificates");
        fields.text("project").clone_into(&mut self.project);
        self.credential.refill(fields, error);
        match error {
            Error::Invalid(_) => {}
            Error::Conflict { message, .. } => self.name.error = Some(site::sentence(message)),
            error => self.problem = Some(site::sentence(&error.to_string())),
        }
    }
}

/// The certificates that were pasted, if any were.
fn authorities(fields: &Fields) -> Option<String> {
    Some(fields.text("authorities").trim().to_owned()).filter(|text| !text.is_empty())
}

/// `POST /console/connections/new`
pub(super) async fn create(
    State(console): State<Console>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    me.must(Privilege::ManageConnections)?;
    let made = async {
        let authorities = authorities(&fields);
        // Before anything is written.
        if let Some(pem) = &authorities
            && let Err(fault) = Authorities::parse(pem)
        {
            return Err(actions::Faults::of("ca_certificates", fault.to_string()).into());
        }
        let draft = ConnectionDraft {
            name: fields.text("name").to_owned(),
            base_url: fields.text("base_url").to_owned(),
            project: choices::chosen(&fields, "project").map(ProjectId),
            credential: credential::given(&fields, None),
        };
        let connection = console.actions.create_connection(&me.actor(), draft).await?;
        match authorities {
            Some(pem) => {
                let patch = ConnectionPatch { authorities: Some(Some(pem)), ..ConnectionPatch::default() };
                console.actions.update_connection(&me.actor(), connection.id, patch).await
            }
            None => Ok(connection),
        }
    };
    match made.await {
        Ok(connection) => {
            let flash = Flash::good(format!(
                "{} is here. Choose it as the backend of a collection.",
                connection.name
            ));
            Ok(flash.then(&format!("{PATH}/{}", connection.id), me.visit.secure))
        }
        Err(error) => {
            let error = beside(error)?;
            Ok(page(&console, &me, None, Some((&fields, &error))).await?.unprocessable().into_response())
        }
    }
}

/// `POST /console/connections/{id}`
pub(super) async fn save(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<ConnectionId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let connection = find(&console, &me, id).await?;
    if fields.text("deed") == "test" {
        return test(&console, &me, connection).await;
    }
    let patch = ConnectionPatch {
        name: Some(fields.text("name").to_owned()),
        base_url: Some(fields.text("base_url").to_owned()),
        // Without projects there is nothing to choose in the form.
        project: fields.has("project").then(|| choices::chosen(&fields, "project").map(ProjectId)),
        authorities: Some(authorities(&fields)),
        credential: Some(credential::given(&fields, connection.credential.as_ref())),
    };
    match console.actions.update_connection(&me.actor(), id, patch).await {
        Ok(_) => {
            let flash = Flash::good("The connection is saved. The next call goes where it leads now.");
            Ok(flash.then(&format!("{PATH}/{id}"), me.visit.secure))
        }
        Err(error) => {
            let error = beside(error)?;
            let page = page(&console, &me, Some(connection), Some((&fields, &error))).await?;
            Ok(page.unprocessable().into_response())
        }
    }
}

/// Sends one request through the connection, and shows how far it got.
async fn test(console: &Console, me: &Me, connection: Connection) -> Result<Response, Oops> {
    let probed = console.actions.test_connection(&me.actor(), connection.id).await?;
    let page = page(console, me, Some(connection), None).await?;
    let tried = Tried::of(probed);
    Ok(page.map(|form| Form { probe: Some(tried), ..form }).into_response())
}
