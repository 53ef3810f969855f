//! The description of this API in OpenAPI 3.1, made from the handlers.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, Deprecated, Info, OpenApi, OpenApiBuilder, Ref, RefOr, Schema, Server,
};
use utoipa_axum::router::OpenApiRouter;

use crate::answer::JSON;
use crate::caller::Access;
use crate::{Management, deprecation, problem, table};

/// The name of the security scheme.
const TOKEN: &str = "token";

const ABOUT: &str = "\
Makes and manages API collections, endpoints, clients and keys.

Every success is a `200`. Ids are integers; a request may also write them as strings of digits. \
Times are RFC 3339 in the time zone of the workspace. Lists are paged with `page` and `per_page`, \
and a page past the end is empty. Unknown fields and query parameters are ignored; a field that is \
null is taken as absent, and on an update whatever is absent stays as it is.";

const TAGS: [(&str, &str); 16] = [
    ("Collections", "Versioned groups of endpoints, and their OpenAPI documents."),
    ("Documents", "The OpenAPI documents of collections: another one, those before it, what is different."),
    ("Endpoints", "Methods and paths of a collection."),
    ("Clients", "Consumers of published APIs."),
    ("Keys", "Credentials of clients. A token is shown when it is made, and never again."),
    ("Policies", "How often keys may call."),
    ("Portals", "Sites on which developers find published collections."),
    ("Portal users", "Developers who sign in to portals and act there for clients."),
    ("Access requests", "Which collections developers ask for, and what becomes of it."),
    ("Connections", "Where the endpoints of proxy collections forward to."),
    ("Members", "Those who administer the workspace."),
    (
        "Managed workspaces",
        "Workspaces of an operator's customers. What acts in the token's workspace acts in a managed one under \
         `/api/managed_users/{managed_user_id}/…`, `/api/v2/managed_users/{managed_user_id}/…` and \
         `/api/portico/v1/managed_users/{managed_user_id}/…`, with the same bodies and answers.",
    ),
    ("Projects", "Projects and folders."),
    ("Recipes", "What stands behind endpoints and can be started and stopped."),
    ("Tokens", "Tokens of this API. A token is shown when it is made, and never again."),
    ("Workspace", "The workspace of the token, and who did what in it."),
];

/// The description of this API.
pub fn openapi() -> OpenApi {
    let mut router = OpenApiRouter::<Management>::with_openapi(base());
    for (access, mut routes) in table() {
        routes.1.paths.values_mut().flat_map(operations).for_each(|operation| complete(operation, access));
        router = router.routes(routes);
    }
    let mut description = router.into_openapi();
    refer(&mut description);
    description
}

/// Lets wrappers and lists refer to what is in them by its name, for those who make code from
/// the description; the derived schemas repeat it in full.
fn refer(description: &mut OpenApi) {
    let schemas = description.components.iter_mut().flat_map(|components| &mut components.schemas);
    for (name, schema) in schemas {
        let (Some((_, inner)), RefOr::T(Schema::Object(wrapper))) = (name.split_once('_'), schema) else {
            continue;
        };
        match wrapper.properties.get_mut("data") {
            Some(RefOr::T(Schema::Array(list))) => list.items = Ref::from_schema_name(inner).into(),
            Some(data) => *data = Ref::from_schema_name(inner).into(),
            None => {}
        }
    }
}

/// The description as it is served.
pub(crate) fn json() -> Bytes {
    serde_json::to_vec(&openapi()).unwrap_or_default().into()
}

fn base() -> OpenApi {
    let mut components = ComponentsBuilder::new().security_scheme(
        TOKEN,
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .description(Some("A management token; `portico token create --name NAME` makes one."))
                .build(),
        ),
    );
    let (name, schema) = problem::schema();
    components = components.schema(name, schema);
    for (name, response) in problem::components() {
        components = components.response(name, response);
    }
    let mut info = Info::new("Portico management API", env!("CARGO_PKG_VERSION"));
    info.description = Some(ABOUT.to_owned());
    let tags = TAGS.map(|(name, about)| TagBuilder::new().name(name).description(Some(about)).build());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new("/")]))
        .components(Some(components.build()))
        .tags(Some(tags))
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.delete].into_iter().flatten()
}

/// Adds what every operation of its kind has: the token it needs and the problems it can meet.
fn complete(operation: &mut Operation, access: Access) {
    if let Some(successor) = deprecation::successor(operation.operation_id.as_deref().unwrap_or_default()) {
        operation.deprecated = Some(Deprecated::True);
        let about = operation.description.take().unwrap_or_default();
        operation.description =
            Some(format!("{about}\n\nDeprecated: `{successor}` takes its place.").trim().to_owned());
    }
    let responses = &mut operation.responses.responses;
    responses.extend(problem::of_every_call());
    if access != Access::Anyone {
        operation.security = Some(vec![SecurityRequirement::new(TOKEN, [] as [&str; 0])]);
        responses.extend(problem::of_every_token());
    }
    let has_body = operation.request_body.is_some();
    let has_query = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(Parameter { parameter_in, .. }) => *parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => true,
    });
    if has_body || has_query {
        responses.extend(problem::of_every_input(has_body));
    }
}

/// This description.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "Workspace",
    responses((status = OK, description = "An OpenAPI 3.1 document", body = serde_json::Value)),
)]
pub(crate) async fn get_openapi(State(management): State<Management>) -> Response {
    ([(CONTENT_TYPE, JSON)], management.description).into_response()
}
