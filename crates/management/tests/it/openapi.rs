//! `/api/openapi.json`

use std::path::Path;

use serde_json::Value;

use crate::world::World;

#[tokio::test]
async fn the_description_is_served_to_everyone() {
    let world = World::new().await;
    let served = world.get("/api/openapi.json").await.ok();
    assert_eq!(served, serde_json::to_value(management::openapi()).unwrap());
    assert_eq!(served["openapi"], "3.1.0");
    openapi::Document::parse_json(&served.to_string()).unwrap();
}

/// `UPDATE_SNAPSHOTS=1 cargo test -p management` writes it anew.
#[test]
fn the_description_is_the_one_in_the_documentation() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let present = serde_json::to_string_pretty(&management::openapi()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &present).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = present.lines().zip(written.lines()).position(|(present, written)| present != written);
    assert!(
        present == written,
        "`docs/openapi.json` is not up to date, first in line {:?}; run the tests with UPDATE_SNAPSHOTS=1",
        differs.map(|line| line + 1)
    );
}

#[test]
fn every_operation_is_described_in_words() {
    let description = serde_json::to_value(management::openapi()).unwrap();
    for route in management::routes() {
        let operation = &description["paths"][&route.path][route.method.to_lowercase()];
        assert_eq!(operation["operationId"], *route.operation);
        let name = format!("{} {}", route.method, route.path);
        assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
        }
        let responses = operation["responses"].as_object().unwrap();
        let refers = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            .as_str()
            .and_then(|name| Some(&description["components"]["schemas"][name.rsplit('/').next()?]))
            .is_some_and(|schema| {
                let text = schema.to_string();
                [
                    "project_id\":",
                    "parent_id\":",
                    "collection_ids\":",
                    "schemas/DeveloperApiClientLimits\"",
                    "policy_id\":",
                    "portal_id\":",
                    "key_id\":",
                ]
                .iter()
                .any(|id| text.contains(id))
            });
        assert_eq!(
            responses.contains_key("404"),
            route.path.contains('{') || route.path.contains("folder_assets") || refers,
            "{name}"
        );
        assert!(responses.contains_key("429") && !responses.contains_key("default"), "{name}");
        assert_eq!(responses.contains_key("401"), route.access != management::Access::Anyone, "{name}");
        assert_eq!(responses.contains_key("413"), operation.get("requestBody").is_some(), "{name}");
    }
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        let parts = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
        for (field, schema) in parts.filter_map(|part| part["properties"].as_object()).flatten() {
            let is_described = schema["description"].is_string()
                || schema["oneOf"][0]["description"].is_string()
                || schema.get("$ref").is_some();
            assert!(is_described, "{name}.{field}: {schema}");
        }
    }
}

/// What a schema of a request leaves open, so that sound requests could be refused.
fn loose(schema: &Value) -> Option<&'static str> {
    let has = |keyword: &str| schema.get(keyword).is_some();
    let is = |kind: &str| match &schema["type"] {
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    if schema.get("$ref").is_some() || has("oneOf") || has("enum") || is("boolean") {
        return None;
    }
    if is("array") {
        return if has("maxItems") {
            loose(&schema["items"]).filter(|_| schema["maxItems"] != 0)
        } else {
            Some("maxItems")
        };
    }
    if is("integer") {
        return (!has("minimum") || !has("maximum")).then_some("minimum and maximum");
    }
    if is("object") {
        let is_bounded = has("maxProperties") && loose(&schema["additionalProperties"]).is_none();
        return (!is_bounded).then_some("maxProperties and what is in it");
    }
    if is("string") {
        return (!has("pattern") && !has("maxLength") && !has("format"))
            .then_some("a pattern, format or maxLength");
    }
    Some("a type")
}

#[test]
fn every_field_and_parameter_of_a_request_says_what_it_may_be_and_has_an_example() {
    let description = management::openapi();
    let schemas = &description["components"]["schemas"];
    let mut of_requests = Vec::new();
    for route in management::routes() {
        let operation = &description["paths"][&route.path][route.method.to_lowercase()];
        let name = format!("{} {}", route.method, route.path);
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert_eq!(loose(&parameter["schema"]), None, "{name}: {parameter}");
            let has_example =
                parameter.get("example").is_some() || parameter["schema"].get("example").is_some();
            assert!(has_example, "{name}: {parameter}");
        }
        if let Some(name) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()
        {
            of_requests.push(name.rsplit('/').next().unwrap().to_owned());
        }
    }
    let mut next = 0;
    while let Some(name) = of_requests.get(next).cloned() {
        next += 1;
        let schema = &schemas[&name];
        for other in schemas.as_object().unwrap().keys() {
            let is_new = !of_requests.contains(other);
            if is_new && schema.to_string().contains(&format!("schemas/{other}\"")) {
                of_requests.push(other.clone());
            }
        }
        let parts = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
        // What is said between fields repeats the fields without their rules.
        let parts = parts.filter(|part| part.get("anyOf").is_none());
        for (field, schema) in parts.filter_map(|part| part["properties"].as_object()).flatten() {
            assert_eq!(loose(schema), None, "{name}.{field}: {schema}");
            let has_example =
                ["example", "$ref", "oneOf"].iter().any(|keyword| schema.get(keyword).is_some());
            assert!(has_example, "{name}.{field}: {schema}");
        }
    }
}

/// The rules that the description tells are those that are kept.
#[tokio::test]
async fn examples_in_the_description_are_sound() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let description = management::openapi();
    for route in management::routes() {
        let operation = &description["paths"][&route.path][route.method.to_lowercase()];
        let Some(schema) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()
        else {
            continue;
        };
        let body = example(&description, schema);
        let mut path = route.path.clone();
        while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
            path.replace_range(start..=end, "1");
        }
        let answer = ada.send(route.method, &path, body.to_string()).await;
        assert_ne!(answer.status.as_u16(), 400, "{} {path} with {body}: {}", route.method, answer.text);
    }
}

/// The fields of a schema, each with its example.
pub(crate) fn example(description: &Value, reference: &str) -> Value {
    let schema = &description["components"]["schemas"][reference.rsplit('/').next().unwrap()];
    if let Some(word) = schema["enum"].get(0) {
        return word.clone();
    }
    let parts = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
    let mut fields = serde_json::Map::new();
    for part in parts {
        if let Some(Value::Object(more)) = part["$ref"].as_str().map(|name| example(description, name)) {
            fields.extend(more);
        }
        for (field, schema) in part["properties"].as_object().into_iter().flatten() {
            let inner = schema["$ref"].as_str().or(schema["oneOf"][0]["$ref"].as_str());
            // Of the two addresses of an identity provider only one can be given, and a key or its token.
            if field != "oidc_jwks_uri" && field != "token" {
                let value = inner.map_or(schema["example"].clone(), |name| example(description, name));
                fields.insert(field.clone(), value);
            }
        }
    }
    Value::Object(fields)
}
