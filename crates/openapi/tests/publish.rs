//! What holds for every published document.

use std::collections::BTreeSet;

use openapi::{Document, Format, Publication, What, compare, to_yaml};
use serde_json::Value;

const DOCUMENTS: [&str; 17] = [
    include_str!("documents/oai/v2.0/json/api-with-examples.json"),
    include_str!("documents/oai/v2.0/json/petstore-expanded.json"),
    include_str!("documents/oai/v2.0/json/petstore-minimal.json"),
    include_str!("documents/oai/v2.0/json/petstore-with-external-docs.json"),
    include_str!("documents/oai/v2.0/json/uber.json"),
    include_str!("documents/oai/v3.0/api-with-examples.yaml"),
    include_str!("documents/oai/v3.0/callback-example.yaml"),
    include_str!("documents/oai/v3.0/link-example.yaml"),
    include_str!("documents/oai/v3.0/petstore-expanded.yaml"),
    include_str!("documents/oai/v3.0/petstore.yaml"),
    include_str!("documents/oai/v3.0/uspto.yaml"),
    include_str!("documents/oai/v3.1/non-oauth-scopes.json"),
    include_str!("documents/oai/v3.1/tictactoe.json"),
    include_str!("documents/oai/v3.1/webhook-example.json"),
    include_str!("documents/oai/v3.2/3.2-tags-example.yaml"),
    include_str!("documents/twilio/twilio_api_v2010.json"),
    include_str!("documents/twilio/twilio_conversations_v1.yaml"),
];

fn documents() -> impl Iterator<Item = Document> {
    DOCUMENTS.into_iter().map(|text| Document::parse(text, Format::guess(text)).expect("it is a document"))
}

fn listed(document: &Document) -> BTreeSet<(String, String)> {
    document.operations().map(|one| (one.method, one.path.to_owned())).collect()
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

/// The keys of a published document that are those of the given one, in their order.
fn common_keys<'v>(published: &'v Value, given: &Value) -> Vec<&'v String> {
    let fields = published.as_object().into_iter().flatten();
    fields.map(|(key, _)| key).filter(|key| given.get(key).is_some()).collect()
}

#[test]
fn only_servers_security_and_hidden_operations_differ() {
    for document in documents() {
        let half: BTreeSet<_> = listed(&document).into_iter().step_by(2).collect();
        let keep = |method: &str, path: &str| half.contains(&(method.to_owned(), path.to_owned()));
        let publication = Publication { gateway_url: "https://api.test/main/q", keep: &keep };
        let published = document.published(&publication);
        let again = Document::parse_json(&published.to_string()).unwrap();
        assert_eq!((listed(&again), again.version()), (half, document.version()));

        let difference = compare(&document, &again);
        for change in &difference.changes {
            let is_meant = matches!(change.what, What::Operation | What::Security | What::Servers);
            assert!(is_meant, "{}: {change}", document.title());
        }
        let mut found = Vec::new();
        references(&published, &mut found);
        for reference in found.iter().filter_map(|reference| reference.strip_prefix('#')) {
            let pointer = reference.replace("%7B", "{").replace("%7D", "}");
            assert!(published.pointer(&pointer).is_some(), "{}: {reference}", document.title());
        }
        let kept: Vec<_> = document
            .as_value()
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| published.get(key).is_some())
            .collect();
        assert_eq!(common_keys(&published, document.as_value()), kept);
    }
}

#[test]
fn every_document_is_the_same_in_yaml() {
    for document in documents() {
        let again = Document::parse(&to_yaml(document.as_value()), Format::Yaml).unwrap();
        assert_eq!(again.to_json_string(), document.to_json_string());
    }
}

#[test]
fn what_is_written_in_2_0_says_the_same() {
    let mut written = Vec::new();
    for document in documents().filter(|document| document.version() == openapi::Version::V3_0) {
        let publication = Publication { gateway_url: "https://api.test/main/q", keep: &|_, _| true };
        let Ok(value) = document.published_as_v2(&publication) else { continue };
        let again = Document::parse_json(&value.to_string()).unwrap();
        let published = Document::parse_json(&document.published(&publication).to_string()).unwrap();
        let difference = compare(&published, &again);
        assert!(difference.is_empty(), "{}: {difference}", document.title());
        written.push(document.title().to_owned());
    }
    written.sort();
    assert_eq!(written, ["Swagger Petstore", "Swagger Petstore"]);
}
