//! `/api/openapi.json`

use std::path::Path;

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
        assert_eq!(
            responses.contains_key("404"),
            route.path.contains('{')
                || route.path.contains("folder_assets")
                || route.operation == "create_api_access_profile",
            "{name}"
        );
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
