//! `/console/collections/{id}/endpoints/{endpoint}`: one endpoint.

use actions::{EndpointPatch, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use model::access::Privilege;
use model::collection::Collection;
use model::endpoint::{Endpoint, Forwarding, Recipe, RecipeKind, TIMEOUT_SECONDS_MAX};
use model::id::{CollectionId, EndpointId};
use site::form::Kind;
use site::request::Path;
use site::{Field, Fields, Flash, Frame, Oops, Page, Posted};

use super::PATH;
use super::head::{curl, find};
use crate::Console;
use crate::me::{Me, Side};

#[derive(Template)]
#[template(path = "admin/collections/endpoint.html")]
struct One {
    frame: Frame,
    side: Side,
    collection: CollectionId,
    collection_name: String,
    id: EndpointId,
    title: String,
    method: &'static str,
    path: String,
    url: String,
    curl: String,
    is_active: bool,
    is_running: bool,
    is_mock: bool,
    backend: String,
    may_change: bool,
    may_toggle: bool,
    may_run: bool,
    name: Field,
    description: Field,
    timeout: Field,
    to_base_url: bool,
}

struct Found {
    collection: Collection,
    endpoint: Endpoint,
    recipe: Recipe,
    forwarding: Forwarding,
}

async fn load(console: &Console, me: &Me, id: CollectionId, endpoint: EndpointId) -> Result<Found, Oops> {
    let collection = find(console, me, id).await?;
    let missing = || Oops::missing("API endpoint");
    let endpoint = store::endpoints::find(&console.db, me.workspace(), endpoint).await?;
    let endpoint = endpoint.filter(|endpoint| endpoint.collection == id).ok_or_else(missing)?;
    let recipe = store::recipes::find(&console.db, me.workspace(), endpoint.recipe).await?;
    let forwarding = store::forwarding::of_endpoint(&console.db, me.workspace(), endpoint.id).await?;
    Ok(Found {
        collection,
        endpoint,
        recipe: recipe.ok_or_else(missing)?,
        forwarding: forwarding.unwrap_or_default(),
    })
}

pub(super) async fn show(
    State(console): State<Console>,
    me: Me,
    Path((id, endpoint)): Path<(CollectionId, EndpointId)>,
) -> Result<Response, Oops> {
    let found = load(&console, &me, id, endpoint).await?;
    Ok(page(&console, &me, found, None).await?.into_response())
}

async fn page(
    console: &Console,
    me: &Me,
    found: Found,
    failed: Option<(&Fields, &Error)>,
) -> Result<Page<One>, Oops> {
    let Found { collection, endpoint, recipe, forwarding } = found;
    let (frame, side) = me.around(console, PATH).await?;
    let backend = match recipe.connection {
        Some(connection) => store::connections::find(&console.db, me.workspace(), connection).await?,
        None => None,
    };
    let base = format!("{}/{}/{}", console.gateway_url(), me.operator.workspace.handle, collection.handle);
    let mut name = Field::new("name", "Name").max(255).value(&*endpoint.name);
    let mut description = Field::new("description", "Description")
        .optional()
        .kind(Kind::Area(3))
        .max(10_000)
        .value(endpoint.description.clone().unwrap_or_default());
    let mut timeout = Field::new("timeout", "Time for the backend, in seconds")
        .optional()
        .kind(Kind::Number)
        .help(format!("1 to {TIMEOUT_SECONDS_MAX}, until its answer begins, and until it is complete if it has a length. Empty: as long as the gateway waits for all."))
        .value(forwarding.timeout_seconds.map(|seconds| seconds.to_string()).unwrap_or_default());
    let mut to_base_url = forwarding.to_base_url;
    if let Some((fields, error)) = failed {
        (name, description, timeout) = (name.given(fields), description.given(fields), timeout.given(fields));
        to_base_url = fields.has("to_base_url");
        if let Error::Invalid(faults) = error {
            name = name.faulted(faults, "name");
            description = description.faulted(faults, "description");
            timeout = timeout.faulted(faults, "timeout_seconds");
        }
    }
    Ok(Page::new(One {
        frame,
        side,
        collection: collection.id,
        collection_name: format!("{} {}", collection.name, collection.version),
        id: endpoint.id,
        title: endpoint.name.clone(),
        method: endpoint.method.as_str(),
        path: format!("/{}", endpoint.path),
        curl: curl(&base, endpoint.method.as_str(), endpoint.path.as_str()),
        url: format!("{base}/{}", endpoint.path),
        is_active: endpoint.active,
        is_running: recipe.running,
        is_mock: recipe.kind == RecipeKind::Mock,
        backend: backend
            .map(|connection| format!("{} ({})", connection.name, connection.base_url))
            .unwrap_or_default(),
        may_change: me.may(Privilege::ManageCollections),
        may_toggle: me.may(Privilege::ToggleEndpoints),
        may_run: me.may(Privilege::RunRecipes),
        name,
        description,
        timeout,
        to_base_url,
    }))
}

pub(super) async fn change(
    State(console): State<Console>,
    me: Me,
    Path((id, endpoint)): Path<(CollectionId, EndpointId)>,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let found = load(&console, &me, id, endpoint).await?;
    let (actions, actor) = (&console.actions, me.actor());
    let text = match fields.text("deed") {
        "activate" => {
            actions.enable_endpoint(&actor, endpoint).await?;
            "The endpoint can be called now."
        }
        "deactivate" => {
            actions.disable_endpoint(&actor, endpoint).await?;
            "The endpoint cannot be called any more."
        }
        "start" => {
            actions.start_recipe(&actor, found.endpoint.recipe).await?;
            "What stands behind the endpoint is started."
        }
        "stop" => {
            actions.stop_recipe(&actor, found.endpoint.recipe).await?;
            "What stands behind the endpoint is stopped."
        }
        "save" => match save(&console, &me, endpoint, &fields).await {
            Ok(()) => "The endpoint is saved.",
            Err(error @ Error::Invalid(_)) => {
                let page = page(&console, &me, found, Some((&fields, &error))).await?;
                return Ok(page.unprocessable().into_response());
            }
            Err(error) => return Err(error.into()),
        },
        _ => return Err(Oops::bad_request("Press one of the buttons.")),
    };
    Ok(Flash::good(text).then(&format!("{PATH}/{id}/endpoints/{endpoint}"), me.visit.secure))
}

async fn save(console: &Console, me: &Me, id: EndpointId, fields: &Fields) -> actions::Result<()> {
    let timeout = match fields.text("timeout").trim() {
        "" => None,
        text => Some(text.parse::<i64>().map_err(|_| {
            let message = format!("must be a number, 1 to {TIMEOUT_SECONDS_MAX}, or empty");
            Error::Invalid(actions::Faults::of("timeout_seconds", message))
        })?),
    };
    let to_base_url = fields.has("to_base_url");
    let forward =
        |forwarding: &mut Forwarding| *forwarding = Forwarding { timeout_seconds: timeout, to_base_url };
    console.actions.set_forwarding(&me.actor(), id, forward).await?;
    let patch = EndpointPatch {
        name: Some(fields.text("name").to_owned()),
        description: Some(fields.text("description").to_owned()),
        recipe: None,
    };
    console.actions.update_endpoint(&me.actor(), id, patch).await?;
    Ok(())
}
