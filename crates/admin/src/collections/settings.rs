//! `/console/collections/{id}/settings`

use actions::{CollectionPatch, CorsDraft, Error, Faults};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::collection::Collection;
use model::cors::Cors;
use model::id::{CollectionId, ConnectionId};
use site::form::Kind;
use site::request::Path;
use site::{Field, Fields, Flash, Frame, Oops, Page, Posted};

use super::PATH;
use super::head::{Head, Tab, find, head};
use super::size;
use crate::Console;
use crate::choices::{self, Offer};
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/collections/settings.html")]
struct Settings {
    frame: Frame,
    side: Side,
    head: Head,
    may_change: bool,
    name: Field,
    connections: Vec<Offer>,
    connection: String,
    limit: Field,
    origins: Field,
    methods: Field,
    headers: Field,
    exposed: Field,
    age: Field,
    problem: Option<String>,
}

pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    Ok(page(&console, &me, collection, None).await?.into_response())
}

fn list(name: &'static str, label: &str, values: impl Iterator<Item = String>) -> Field {
    Field::new(name, label).optional().mono().kind(Kind::Area(2)).value(values.collect::<Vec<_>>().join("\n"))
}

async fn page(
    console: &Console,
    me: &Me,
    collection: Collection,
    failed: Option<(&Fields, &Error)>,
) -> Result<Page<Settings>, Oops> {
    let id = collection.id;
    let limit = store::forwarding::body_limit(&console.db, me.workspace(), id).await?.flatten();
    let cors = store::collections::cors(&console.db, me.workspace(), id).await?.flatten();
    let is_allowed = cors.is_some();
    let cors = cors.unwrap_or_default();
    let (frame, side) = me.around(console, PATH).await?;
    let mut settings = Settings {
        frame,
        side,
        head: head(console, me, &collection, Tab::Settings).await?,
        may_change: me.may(Privilege::ManageCollections),
        name: Field::new("name", "Name").max(255).value(&*collection.name),
        connections: match collection.connection {
            Some(_) => choices::connections(console, me, "").await?.into_iter().skip(1).collect(),
            None => choices::connections(console, me, "None: endpoints answer by themselves").await?,
        },
        connection: collection.connection.map(|id| id.to_string()).unwrap_or_default(),
        limit: Field::new("limit", "Largest body of a call")
            .optional()
            .help("Such as `100 MB`, at most `5 GB`. Empty: what the gateway takes for all.")
            .value(limit.map(size::written).unwrap_or_default()),
        origins: list("origins", "Sites", cors.origins.iter().map(|origin| origin.as_str().to_owned()))
            .help("Whose pages may call it from a browser, one a line: `https://app.example.com`, or `*` for all. Empty: none but your portals."),
        methods: list("methods", "Methods", cors.methods.iter().cloned()).help("One a line. Empty: all."),
        headers: list("headers", "Headers that pages may send", cors.headers.iter().cloned())
            .help("One a line. Empty: all."),
        exposed: list("exposed", "Headers of answers that pages may read", cors.exposed_headers.iter().cloned())
            .help("One a line, beside the gateway's own."),
        age: Field::new("age", "How long browsers may remember this, in seconds")
            .optional()
            .kind(Kind::Number)
            .value(if is_allowed { cors.max_age.to_string() } else { String::new() })
            .help(format!("0 to 86400. Empty: {}.", Cors::default().max_age)),
        problem: None,
    };
    if let Some((fields, error)) = failed {
        settings.refill(fields, error);
    }
    Ok(Page::new(settings))
}

impl Settings {
    /// What was sent, with what is wrong.
    fn refill(&mut self, fields: &Fields, error: &Error) {
        let take = |field: &mut Field| *field = std::mem::take(field).given(fields);
        match fields.text("deed") {
            "cors" => {
                for field in [
                    &mut self.origins,
                    &mut self.methods,
                    &mut self.headers,
                    &mut self.exposed,
                    &mut self.age,
                ] {
                    take(field);
                }
            }
            "limit" => take(&mut self.limit),
            _ => {
                take(&mut self.name);
                fields.text("connection").clone_into(&mut self.connection);
            }
        }
        match error {
            Error::Invalid(faults) | Error::Unknown(faults) => {
                for (field, called) in [
                    (&mut self.name, "name"),
                    (&mut self.limit, "max_body_bytes"),
                    (&mut self.origins, "allowed_origins"),
                    (&mut self.methods, "allowed_methods"),
                    (&mut self.headers, "allowed_headers"),
                    (&mut self.exposed, "exposed_headers"),
                    (&mut self.age, "max_age"),
                ] {
                    *field = std::mem::take(field).faulted(faults, called);
                }
                // A list to choose from has no place for a fault: what was chosen is gone.
                if faults.iter().any(|(called, _)| called == "proxy_connection_id") {
                    self.problem = Some("There is no such backend any more. Choose another one.".to_owned());
                }
            }
            Error::Conflict { message, .. } => {
                self.name = std::mem::take(&mut self.name).error(site::sentence(message));
            }
            error => self.problem = Some(site::sentence(&error.to_string())),
        }
    }
}

pub(super) async fn change(
    State(console): State<Console>,
    me: Me,
    Path(id): Path<CollectionId>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let collection = find(&console, &me, id).await?;
    match save(&console, &me, id, &fields).await {
        Ok(text) => Ok(Flash::good(text).then(&format!("{PATH}/{id}/settings"), me.visit.secure)),
        Err(error @ (Error::Invalid(_) | Error::Unknown(_) | Error::Conflict { .. } | Error::Refused(_))) => {
            let page = page(&console, &me, collection, Some((&fields, &error))).await?;
            Ok(page.unprocessable().into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn save(
    console: &Console,
    me: &Me,
    id: CollectionId,
    fields: &Fields,
) -> actions::Result<&'static str> {
    let (actions, actor) = (&console.actions, me.actor());
    match fields.text("deed") {
        "cors" => {
            actions.set_cors(&actor, id, cors(fields)?).await?;
            Ok("The sites that may call it are saved.")
        }
        "limit" => {
            let bytes = match fields.text("limit").trim() {
                "" => None,
                text => Some(size::read(text).ok_or_else(|| {
                    Faults::of("max_body_bytes", "must be a size such as `100 MB`, or empty")
                })?),
            };
            actions.limit_bodies(&actor, id, bytes).await?;
            Ok("The limit is saved.")
        }
        _ => {
            let patch = CollectionPatch {
                name: Some(fields.text("name").to_owned()),
                connection: choices::chosen(fields, "connection").map(ConnectionId),
            };
            actions.update_collection(&actor, id, patch).await?;
            Ok("The collection is saved.")
        }
    }
}

/// What was typed, none if no site is named.
fn cors(fields: &Fields) -> actions::Result<Option<CorsDraft>> {
    let each = |name: &str| -> Vec<String> {
        let entries = fields.text(name).split(|c: char| c == ',' || c.is_whitespace());
        entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
    };
    let origins = each("origins");
    if origins.is_empty() {
        return Ok(None);
    }
    let max_age = match fields.text("age").trim() {
        "" => None,
        text => {
            let age = text.parse().map_err(|_| Faults::of("max_age", "must be a number, or empty"))?;
            Some(age)
        }
    };
    Ok(Some(CorsDraft {
        origins,
        methods: each("methods"),
        headers: each("headers"),
        exposed_headers: each("exposed"),
        max_age,
    }))
}
