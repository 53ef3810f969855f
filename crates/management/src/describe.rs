//! The description of this API in OpenAPI 3.1, made from the handlers.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, Deprecated, Info, Object, OpenApi, OpenApiBuilder, Ref, RefOr, Required, Schema,
    Server, Type,
};
use utoipa_axum::router::OpenApiRouter;

mod rules;

use crate::answer::JSON;
use crate::caller::Access;
use crate::given::{INTEGER_MAX, ITEMS};
use crate::{Management, deprecation, managed_users, matching, once, problem, table};

/// The name of the security scheme.
const TOKEN: &str = "token";

const ABOUT: &str = "\
Makes and manages API collections, endpoints, clients and keys.

Every success is a `200`. Ids are integers; a request may also write them as strings of digits. \
Times are RFC 3339 in the time zone of the workspace. Lists are paged with `page` and `per_page`, \
and a page past the end is empty. Unknown fields and query parameters are ignored; a field that is \
null is taken as absent, and on an update whatever is absent stays as it is.

Each token may call so often; `RateLimit` and `RateLimit-Policy` in every answer say how often still, and \
`Retry-After` in a `429` when again.";

const TAGS: [(&str, &str); 17] = [
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
    ("Mail", "What was written to whom, and how far it got."),
    (
        "Managed workspaces",
        "Workspaces of an operator's customers. What acts in the token's workspace acts in a managed one under \
         `/api/managed_users/{managed_user_id}/…`, `/api/v2/managed_users/{managed_user_id}/…` and \
         `/api/portico/v1/managed_users/{managed_user_id}/…`, with the same bodies and answers. The paths stand in \
         `x-managed-workspace-paths` beside the operations of each path. There `managed_user_id` is the id of a \
         workspace that the token's workspace manages, or its external id after an `E`; one that it does not manage \
         is a `404`.",
    ),
    ("Projects", "Projects and folders."),
    ("Recipes", "What stands behind endpoints and can be started and stopped."),
    ("Tokens", "Tokens of this API. A token is shown when it is made, and never again."),
    ("Workspace", "The workspace of the token, and who did what in it."),
];

/// The description of this API: an OpenAPI document.
pub fn openapi() -> Value {
    let mut router = OpenApiRouter::<Management>::with_openapi(base());
    for (access, mut routes) in table() {
        for item in routes.1.paths.values_mut() {
            let is_post = item.post.is_some();
            operations(item).for_each(|operation| complete(operation, access, is_post));
        }
        router = router.routes(routes);
    }
    let mut description = router.into_openapi();
    refer(&mut description);
    let mut description = serde_json::to_value(description).unwrap_or_default();
    state_rules(&mut description);
    name_managed(&mut description);
    description
}

/// The name of the list of paths under which an operation exists for managed workspaces too.
const MANAGED: &str = "x-managed-workspace-paths";

/// Says under which paths each one exists once more for managed workspaces. They are one layer over the same
/// handlers, so their bodies, parameters and answers are described once.
fn name_managed(description: &mut Value) {
    for (path, item) in description["paths"].as_object_mut().into_iter().flatten() {
        let paths = managed_users::embedded(path);
        if let (false, Some(item)) = (paths.is_empty(), item.as_object_mut()) {
            item.insert(MANAGED.to_owned(), paths.into());
        }
    }
}

/// Adds what the types of the handlers cannot say; see [`rules`].
fn state_rules(description: &mut Value) {
    let schemas = description["components"]["schemas"].take();
    let Value::Object(mut schemas) = schemas else { return };
    let mut of_requests = Vec::new();
    let operations = description["paths"].as_object_mut().into_iter().flatten();
    for operation in operations.filter_map(|(_, item)| item.as_object_mut()).flatten().map(|(_, one)| one) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            state_parameter(parameter);
        }
        let Some(body) = operation.get_mut("requestBody") else { continue };
        let schema = &body["content"]["application/json"]["schema"]["$ref"];
        let name = name_of(schema).to_owned();
        let is_required = has_required(&name, &schemas);
        body["required"] = is_required.into();
        collect(&name, &schemas, &mut of_requests);
    }
    for (name, schema) in &mut schemas {
        let of_request = of_requests.contains(name);
        let parts = match schema.get_mut("allOf") {
            Some(Value::Array(parts)) => parts.iter_mut().collect(),
            _ => vec![schema],
        };
        for (field, schema) in
            parts.into_iter().filter_map(|part| part.get_mut("properties")?.as_object_mut()).flatten()
        {
            if let Value::Object(schema) = schema {
                state_field(name, field, schema, of_request);
            }
        }
    }
    for (name, schema) in &mut schemas {
        let Some(Value::Array(more)) = rules::between(name) else { continue };
        match schema.get_mut("allOf") {
            Some(Value::Array(parts)) => parts.extend(more),
            _ => schema["allOf"] = Value::Array(more),
        }
    }
    description["components"]["schemas"] = Value::Object(schemas);
}

fn state_parameter(parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let Some(schema) = parameter["schema"].as_object_mut() else { return };
    if schema.get("type") == Some(&"integer".into()) {
        schema.entry("minimum").or_insert(0.into());
        schema.insert("maximum".to_owned(), INTEGER_MAX.into());
    }
    if let Some(mut keywords) = rules::of_parameter(&name) {
        // An example stands beside the schema of a parameter.
        if let Some(example) = keywords.as_object_mut().and_then(|keywords| keywords.remove("example")) {
            parameter["example"] = example;
        }
        if let Some(schema) = parameter["schema"].as_object_mut() {
            rules::merge(schema, &keywords);
        }
    }
}

fn state_field(owner: &str, field: &str, schema: &mut Map<String, Value>, of_request: bool) {
    if let Some(keywords) = rules::of_field(owner, field) {
        rules::merge(schema, &keywords);
    }
    if !of_request {
        return;
    }
    let is_integer = |schema: &Map<String, Value>| match schema.get("type") {
        Some(Value::Array(all)) => all.contains(&"integer".into()),
        one => one == Some(&"integer".into()),
    };
    // Numbers of something are never written as strings.
    if is_integer(schema) && !matches!(field, "requests" | "grace_seconds") {
        rules::whole_numbers(schema);
    }
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        if is_integer(items) {
            rules::whole_numbers(items);
        }
        schema.entry("maxItems").or_insert(ITEMS.into());
    }
}

fn name_of(reference: &Value) -> &str {
    reference.as_str().unwrap_or_default().rsplit('/').next().unwrap_or_default()
}

/// Whether there is a field that a request of this schema must have.
fn has_required(name: &str, schemas: &Map<String, Value>) -> bool {
    let schema = &schemas.get(name).unwrap_or(&Value::Null);
    let parts = schema["allOf"].as_array().into_iter().flatten();
    parts.chain([*schema]).any(|part| part.get("required").is_some())
}

/// The schema of this name and all that it refers to.
fn collect(name: &str, schemas: &Map<String, Value>, found: &mut Vec<String>) {
    if found.iter().any(|known| known == name) {
        return;
    }
    let Some(schema) = schemas.get(name) else { return };
    found.push(name.to_owned());
    let text = schema.to_string();
    for other in schemas.keys() {
        if text.contains(&format!("#/components/schemas/{other}\"")) {
            collect(other, schemas, found);
        }
    }
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
fn complete(operation: &mut Operation, access: Access, is_post: bool) {
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
    if is_post && access != Access::Anyone {
        responses.extend(problem::of_every_key());
        let about = "Names the call, so that it is done once however often it is sent: for 24 hours the same call \
                     with the same key gets the same answer, but for tokens, of which only the last four \
                     characters are shown again.";
        let parameter = ParameterBuilder::new()
            .name(once::NAME)
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(about))
            .schema(Some(Object::with_type(Type::String)));
        operation.parameters.get_or_insert_default().push(RefOr::T(parameter.build()));
    }
    let minds_tags = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(one) => one.name == "If-Match",
        RefOr::Ref(_) => false,
    });
    if minds_tags {
        operation.responses.responses.extend(problem::of_every_match(matching::is_required(operation)));
    }
    let responses = &mut operation.responses.responses;
    let has_body = operation.request_body.is_some();
    let has_query = operation.parameters.iter().flatten().any(|parameter| match parameter {
        RefOr::T(Parameter { parameter_in, .. }) => *parameter_in == ParameterIn::Query,
        RefOr::Ref(_) => true,
    });
    if has_body || has_query {
        responses.extend(problem::of_every_input(has_body));
    }
}

/// An OpenAPI document, of whatever version.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenApiDocument {
    /// The version of OpenAPI, from 3.0 on.
    #[schema(example = "3.1.0")]
    openapi: Option<String>,
    /// The version of OpenAPI, if it is 2.0.
    #[schema(example = "2.0")]
    swagger: Option<String>,
    /// What it describes.
    info: OpenApiInfo,
}

/// What an OpenAPI document describes.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenApiInfo {
    /// The name of the API.
    #[schema(example = "Quotes")]
    title: String,
    /// The version of the API.
    #[schema(example = "1.4.2")]
    version: String,
}

/// This description.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "Workspace",
    responses((status = OK, description = "An OpenAPI 3.1 document", body = OpenApiDocument)),
)]
pub(crate) async fn get_openapi(State(management): State<Management>) -> Response {
    ([(CONTENT_TYPE, JSON)], management.description).into_response()
}
