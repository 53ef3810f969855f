//! What the fields of requests and answers may hold, in the words of JSON Schema. The types of the
//! handlers say what a field is; the rules that `actions` keeps are said here, once for every schema
//! that has a field of the name. A test holds that no field of a request is without one.

use actions::PAGE_CHARACTERS;
use model::access_request::REASON_CHARACTERS;
use model::backend::{CREDENTIAL_CHARACTERS, CREDENTIAL_NAME_CHARACTERS};
use model::collection::BODY_BYTES_MAX;
use model::cors::{CORS_AGE_MAX, CORS_ITEMS_MAX};
use model::endpoint::{Method, TIMEOUT_SECONDS_MAX, TIMEOUT_SECONDS_MIN};
use model::policy::{QuotaWindow, REQUESTS_MAX, RateWindow};
use serde_json::{Map, Value, json};

use crate::given::{INTEGER_MAX, ITEMS};
use crate::openapi_spec::ENTRY_CHARACTERS;
use crate::portico::explain::HEADERS as CALL_HEADERS;

/// A name: not blank, and no control characters.
const NAME: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";

/// The certificate of an authority that nobody has.
const AUTHORITY: &str = include_str!("authority.pem");

/// PostgreSQL has no text with a NUL.
const NO_NUL: &str = r"^[^\u0000]*$";

/// One at sign and no blanks.
const EMAIL: &str = r"^[^@\s\u0000-\u001f\u007f-\u009f]+@[^@\s\u0000-\u001f\u007f-\u009f]+$";

/// `https`, a host, perhaps a port, a path and a query.
const HTTPS_URL: &str =
    r#"^https://([A-Za-z0-9]+(-[A-Za-z0-9]+)*\.)*[A-Za-z]+(:[1-9][0-9]{0,3})?(/[!-"$-~]*)?$"#;

/// `http` or `https`, a host, perhaps a port and a path.
const BASE_URL: &str =
    r"^https?://([A-Za-z0-9]+(-[A-Za-z0-9]+)*\.)*[A-Za-z]+(:[1-9][0-9]{0,3})?(/[A-Za-z0-9_-]+)*/?$";

/// A scheme, a host and perhaps a port, or all of them.
const ORIGIN: &str = r"^(\*|https?://([A-Za-z0-9]+(-[A-Za-z0-9]+)*\.)*[A-Za-z]+(:[1-9][0-9]{0,3})?)$";

/// The name of a header; `*` alone is none.
const HEADER: &str = r"^[A-Za-z0-9][A-Za-z0-9_-]*$";

/// The last part of an address.
const SLUG: &str = "^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$";

/// One line, which may be empty.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// The path of an endpoint: segments of text and of parameters in braces.
const TEMPLATE: &str = r"^/*(([^\u0000-\u001f\u007f\\#?%{}/.]|\{[^{}\u0000]+\})([^\u0000-\u001f\u007f\\#?%{}/]|\{[^{}\u0000]+\})*(/+([^\u0000-\u001f\u007f\\#?%{}/.]|\{[^{}\u0000]+\})([^\u0000-\u001f\u007f\\#?%{}/]|\{[^{}\u0000]+\})*)*/*)?$";

/// An address or a range, of IPv4 or of IPv6.
const RANGE: &str = r"((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}(/(3[0-2]|[12]?[0-9]))?|(([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,3})?::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,2})?)(/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))?)";

/// An address, of IPv4 or of IPv6.
const ADDRESS: &str = r"^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(\.(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,3})?::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,2})?)$";

/// Digits that are an id.
const DIGITS: &str = "^[0-9]{1,15}$";

/// The keywords for a field of a schema. An array's `items` are those of its items.
pub(super) fn of_field(schema: &str, field: &str) -> Option<Value> {
    let texts = |least: usize, most: usize, pattern: &str| json!({ "minLength": least, "maxLength": most, "pattern": pattern });
    let name = || texts(1, 255, NAME);
    let ranges =
        || json!({ "maxItems": ITEMS, "items": { "pattern": format!("^{RANGE}$"), "maxLength": 64 } });
    Some(match (schema, field) {
        ("DeveloperApiClientRole", "name") => json!({ "enum": ["admin", "publisher", "viewer"] }),
        (
            "NewDeveloperApiClient" | "DeveloperApiClientChanges" | "DeveloperApiClientLimits",
            "ip_allow_list",
        ) => {
            json!({ "pattern": format!("^({RANGE}(,{RANGE})*)?$"), "maxLength": 65_000 })
        }
        ("DeveloperApiClient", "ip_allow_list") => return None,
        ("Mail", "kind") => words([
            "invitation",
            "sign_in",
            "password_reset",
            "password_changed",
            "access_requested",
            "access_decided",
        ]),
        ("Mail", "state") => words(["waiting", "sent", "shown", "failed", "expired"]),
        ("RateLimit" | "Quota", "requests") => json!({ "minimum": 1, "maximum": REQUESTS_MAX }),
        ("RateLimit", "per") => words(RateWindow::ALL.iter().map(|window| window.as_str())),
        ("Quota", "per") => words(QuotaWindow::ALL.iter().map(|window| window.as_str())),
        ("OpenApiSpec", "content") => json!({ "minLength": 1, "pattern": NO_NUL }),
        ("OpenApiSpec", "format") => words(["json", "yaml", "zip"]),
        ("ApiDocument", "format") => words(["json", "yaml"]),
        ("OpenApiSpec", "entry") => texts(0, ENTRY_CHARACTERS, NO_NUL),
        ("Recipe", "parameters") => json!({ "additionalProperties": false }),
        ("Recipe", "parameters_schema") | ("AssetList", "assets") => {
            json!({ "maxItems": 0, "items": { "additionalProperties": false } })
        }
        ("Recipe", "tags") | ("CurrentUser", "interested_applications") => json!({ "maxItems": 0 }),
        ("ActivityDetails", "before" | "after") => json!({ "additionalProperties": true }),
        ("ActivityUser", "kind") => return None,
        ("DifferenceChange", "kind") => words(["added", "removed", "changed", "documentation"]),
        ("DifferenceChange", "direction") => words(["request", "response"]),
        ("DifferenceChange", "document") => words(["new", "old"]),
        ("NewMember" | "NewPortalUser" | "PortalUserChanges" | "Invitation", "name") => texts(0, 255, LINE),
        ("Invitation", "email") => texts(3, 254, EMAIL),
        (_, "contact_email" | "notification_email") if is_request(schema) => texts(3, 254, EMAIL),
        (_, "time_zone") if is_request(schema) => json!({ "format": "time-zone", "maxLength": 255 }),
        (_, "external_id") if is_request(schema) => name(),
        ("NewConnection" | "ConnectionChanges", "base_url") => texts(8, 2_048, BASE_URL),
        ("NewConnection" | "ConnectionChanges", "ca_certificates") => {
            json!({ "minLength": 1, "maxLength": 65_536, "pattern": NO_NUL, "example": AUTHORITY })
        }
        ("GivenBackendCredential", "type") => words(["bearer", "basic", "header"]),
        ("GivenBackendCredential", "token") => texts(1, CREDENTIAL_CHARACTERS, "^[!-~]+$"),
        ("GivenBackendCredential", "user") => {
            texts(1, CREDENTIAL_NAME_CHARACTERS, r"^[^:\u0000-\u001f\u007f-\u009f]+$")
        }
        ("GivenBackendCredential", "password") => texts(0, CREDENTIAL_CHARACTERS, LINE),
        ("GivenBackendCredential", "name") => {
            texts(1, CREDENTIAL_NAME_CHARACTERS, "^[A-Za-z0-9][A-Za-z0-9-]*$")
        }
        ("GivenBackendCredential", "value") => texts(1, CREDENTIAL_CHARACTERS, "^[!-~]([ -~]*[!-~])?$"),
        ("CollectionForwardingChanges", "max_body_bytes") => {
            json!({ "minimum": 1, "maximum": BODY_BYTES_MAX })
        }
        ("EndpointForwardingChanges", "timeout_seconds") => {
            json!({ "minimum": TIMEOUT_SECONDS_MIN, "maximum": TIMEOUT_SECONDS_MAX })
        }
        ("NewApiPortalPage" | "ApiPortalPageChanges", "slug") => texts(1, 63, SLUG),
        ("NewApiPortalPage" | "ApiPortalPageChanges", "title") => name(),
        ("NewApiPortalPage" | "ApiPortalPageChanges", "content") => texts(0, PAGE_CHARACTERS, NO_NUL),
        ("GivenOidc", "issuer") => texts(1, 2_048, HTTPS_URL),
        ("GivenOidc", "client_id") => name(),
        ("GivenOidc", "client_secret") => texts(1, 4_096, "^[!-~]+$"),
        ("GivenJit", "auth_type") => words(["token", "oauth2"]),
        ("Decision", "note") => texts(0, REASON_CHARACTERS, NO_NUL),
        ("NewCorsRules", "allowed_origins") => {
            json!({ "minItems": 1, "maxItems": CORS_ITEMS_MAX, "items": texts(1, 255, ORIGIN) })
        }
        ("NewCorsRules", "allowed_methods") => json!({
            "maxItems": CORS_ITEMS_MAX, "items": words(Method::ALL.iter().map(|method| method.as_str()))
        }),
        ("NewCorsRules", "allowed_headers" | "exposed_headers") => {
            json!({ "maxItems": CORS_ITEMS_MAX, "items": texts(1, 100, HEADER) })
        }
        ("NewCorsRules", "max_age") => json!({ "minimum": 0, "maximum": CORS_AGE_MAX }),
        ("ExplainQuestion", "token") => texts(64, 64, "^[0-9a-f]{64}$"),
        ("ExplainQuestion", "from") => texts(2, 45, ADDRESS),
        ("ExplainQuestion", "method") => words(Method::ALL.iter().map(|method| method.as_str())),
        ("ExplainQuestion", "path") => texts(1, 8_192, "^/[a-z0-9-]+(/[!-~]*)?$"),
        ("ExplainQuestion", "headers") => json!({
            "maxProperties": CALL_HEADERS,
            "additionalProperties": { "type": "string", "maxLength": 8_192, "pattern": LINE },
            "example": { "origin": "https://app.example.com" },
        }),
        (_, "name") if is_request(schema) => name(),
        (_, "description") if is_request(schema) => texts(0, 10_000, NO_NUL),
        (_, "email") if is_request(schema) => texts(3, 254, EMAIL),
        ("NewApiEndpoint", "path") => texts(0, 2_048, TEMPLATE),
        ("NewApiCollection", "version") => texts(1, 10, "^[A-Za-z0-9][A-Za-z0-9._-]*$"),
        ("NewApiEndpoint" | "ApiEndpoint", "method") => {
            words(Method::ALL.iter().map(|method| method.as_str()))
        }
        (_, "subdomain") => texts(1, 63, "^[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?$"),
        (_, "brand_color") => texts(7, 7, "^#[0-9A-Fa-f]{6}$"),
        ("ApiPortalChanges", "support") => texts(0, 2_048, &format!("^$|{EMAIL}|{HTTPS_URL}")),
        (_, "auth_type") => words(["token", "jwt", "oauth2", "oidc"]),
        (_, "jwt_method") => words(["hmac", "rsa", "ec", "eddsa"]),
        ("ApiKeyRefresh", "grace_seconds") => json!({ "minimum": 0, "maximum": 604_800 }),
        ("JwtFields", "jwt_secret") => texts(0, 16_384, NO_NUL),
        (_, "oidc_issuer" | "oidc_jwks_uri") => texts(1, 2_048, HTTPS_URL),
        (_, "access_profile_claim") => name(),
        ("NewAccessProfile" | "AccessProfileChanges", "api_collection_ids") => json!({ "minItems": 1 }),
        (_, "required_claims" | "allowed_issuers" | "allowed_audiences") => {
            json!({ "maxItems": 50, "items": texts(1, 2_048, NAME) })
        }
        (_, "ip_allow_list" | "ip_deny_list") => ranges(),
        (_, "mtls_enabled" | "public_access") => json!({ "enum": [false] }),
        (_, "validation_formula") if is_request(schema) => json!({ "maxLength": 0 }),
        (_, "cert_bundle_ids") => json!({ "maxItems": 0 }),
        (_, "api_privilege_group_id") => json!({ "minimum": 1, "maximum": 3, "pattern": "^[1-3]$" }),
        _ => return None,
    })
}

/// The keywords for a parameter; what `handle` and other texts of a path may be is for a look-up to say.
pub(super) fn of_parameter(name: &str) -> Option<Value> {
    Some(match name {
        "page" | "per_page" | "page[size]" => json!({ "minimum": 1, "maximum": INTEGER_MAX }),
        "running" | "with_nested_folders" | "download" | "active" => words_only(["true", "false", "1", "0"]),
        "format" => words(["json", "yaml"]),
        "version" => words(["2.0", "3.0", "3.1", "3.2"]),
        "event_type" | "file" | "token" | "handle" | "email" => json!({ "pattern": NO_NUL }),
        "managed_user_id" => json!({ "pattern": r"^(E[^\u0000]+|[0-9]{1,15})$" }),
        "Idempotency-Key" => json!({
            "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$", "example": "8e03978e-40d5-43e8-bc93-6894a57f9324"
        }),
        "If-Match" => json!({ "type": "string", "pattern": r#"^(\*|"[0-9]{1,15}")$"#, "example": "\"17\"" }),
        _ => return None,
    })
}

/// Rules between the fields of a request, if it has any: one of the alternatives of each.
pub(super) fn between(schema: &str) -> Option<Value> {
    let absent = |field: &str| json!({ "properties": { field: { "type": "null" } } });
    let one_provider = json!({ "anyOf": [absent("oidc_issuer"), absent("oidc_jwks_uri")] });
    let a_limit = |field: &str| json!({ "required": [field], "properties": { field: { "type": "object" } } });
    Some(match schema {
        "NewApiClient" => json!([
            one_provider,
            { "anyOf": [
                { "properties": { "email": { "type": "null" }, "api_portal_id": { "type": "null" } } },
                { "required": ["email", "api_portal_id"], "properties": {
                    "email": { "type": "string" }, "api_portal_id": { "type": ["integer", "string"] } } },
            ] },
            signed(),
        ]),
        "NewAccessProfile" => json!([one_provider, signed()]),
        "GivenBackendCredential" => json!([{ "anyOf": [
            kind_with("bearer", &["token"]),
            kind_with("basic", &["user"]),
            kind_with("header", &["name", "value"]),
        ] }]),
        "DeveloperApiClientLimits" => json!([{ "anyOf": [
            { "properties": { "all_folders": { "enum": [true, null] }, "folder_ids": { "maxItems": 0 } } },
            { "required": ["folder_ids"], "properties": {
                "all_folders": { "enum": [false, null] }, "folder_ids": { "type": "array", "minItems": 1 } } },
        ] }]),
        "ExplainQuestion" => json!([{ "anyOf": [absent("api_key_id"), absent("token")] }]),
        "ApiClientChanges" | "AccessProfileChanges" => json!([one_provider]),
        "NewApiPolicy" => json!([{ "anyOf": [a_limit("rate_limit"), a_limit("quota")] }]),
        "ApiPolicyChanges" => json!([{ "anyOf": [
            { "properties": { "rate_limit": { "type": "object" } } },
            { "properties": { "quota": { "type": "object" } } },
        ] }]),
        "OpenApiSpec" => json!([{ "anyOf": [
            { "properties": {
                "content": { "type": "string", "format": "openapi-document" },
                "format": { "enum": ["json", "yaml", null] } } },
            { "required": ["format"], "properties": {
                "content": { "type": "string", "format": "openapi-archive", "pattern": "^UEsD[A-Za-z0-9+/]*={0,2}$" },
                "entry": { "type": ["string", "null"], "format": "openapi-archive-entry" },
                "format": { "enum": ["zip"] } } },
        ] }]),
        _ => return None,
    })
}

/// What goes with a kind of credential.
fn kind_with(kind: &str, fields: &[&str]) -> Value {
    let texts: Map<String, Value> =
        fields.iter().map(|field| ((*field).to_owned(), json!({ "type": "string" }))).collect();
    let mut properties = json!({ "type": { "enum": [kind] } });
    if let Some(properties) = properties.as_object_mut() {
        properties.extend(texts);
    }
    let required: Vec<_> = ["type"].iter().chain(fields).collect();
    json!({ "required": required, "properties": properties })
}

/// What goes with each way to authenticate.
fn signed() -> Value {
    let provider = |field: &str| {
        json!({ "required": ["auth_type", field], "properties": {
            "auth_type": { "enum": ["oidc"] }, field: { "type": "string" } } })
    };
    let key = |method: &str, secret: Value| {
        json!({ "required": ["auth_type", "jwt_method", "jwt_secret"], "properties": {
            "auth_type": { "enum": ["jwt"] }, "jwt_method": { "enum": [method] }, "jwt_secret": secret } })
    };
    json!({ "anyOf": [
        { "properties": { "auth_type": { "enum": ["token", "oauth2"] } } },
        key("hmac", json!({ "type": "string", "pattern": r"^[^-s\s\u0000-\u001f\u007f-\u009f]" })),
        key("rsa", json!({ "type": "string", "format": "rsa-public-key" })),
        key("ec", json!({ "type": "string", "format": "p256-public-key" })),
        key("eddsa", json!({ "type": "string", "format": "ed25519-public-key" })),
        provider("oidc_issuer"),
        provider("oidc_jwks_uri"),
    ] })
}

/// What every integer of a request may be: an id, also as digits, unless it says otherwise.
pub(super) fn whole_numbers(schema: &mut Map<String, Value>) {
    schema.entry("minimum").or_insert(0.into());
    schema.entry("maximum").or_insert(INTEGER_MAX.into());
    let Some(types) = schema.get_mut("type") else { return };
    let mut all = match types.take() {
        Value::Array(all) => all,
        one => vec![one],
    };
    all.insert(1, "string".into());
    *types = Value::Array(all);
    schema.entry("pattern").or_insert(DIGITS.into());
}

/// Merges keywords into a schema. An enumeration of what may be null has null in it.
pub(super) fn merge(schema: &mut Map<String, Value>, keywords: &Value) {
    for (keyword, value) in keywords.as_object().into_iter().flatten() {
        match (keyword.as_str(), schema.get_mut(keyword)) {
            ("items", Some(Value::Object(items))) => merge(items, value),
            _ => _ = schema.insert(keyword.clone(), value.clone()),
        }
    }
    let may_be_null =
        schema.get("type").and_then(Value::as_array).is_some_and(|all| all.contains(&"null".into()));
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && may_be_null
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Value {
    json!({ "enum": words.into_iter().collect::<Vec<_>>() })
}

/// A boolean in a query, which has no types.
fn words_only<'w>(all: impl IntoIterator<Item = &'w str>) -> Value {
    let mut keywords = words(all);
    keywords["type"] = "string".into();
    keywords["example"] = "true".into();
    keywords
}

/// Whether a schema is one of what is sent to us, by its name.
fn is_request(schema: &str) -> bool {
    schema.starts_with("New") || schema.ends_with("Changes") || schema.ends_with("Fields")
}
