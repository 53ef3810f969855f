//! What holds for every comparison.

use openapi::{Counts, Document, What, compare};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

const DOCUMENTS: [&str; 6] = [
    include_str!("documents/oai/v2.0/json/petstore-expanded.json"),
    include_str!("documents/oai/v2.0/json/uber.json"),
    include_str!("documents/oai/v3.1/non-oauth-scopes.json"),
    include_str!("documents/oai/v3.1/tictactoe.json"),
    include_str!("documents/oai/v3.1/webhook-example.json"),
    include_str!("documents/twilio/twilio_api_v2010.json"),
];

fn documents() -> impl Iterator<Item = Value> {
    DOCUMENTS.into_iter().map(|text| serde_json::from_str(text).expect("it is JSON"))
}

fn read(value: &Value) -> Document {
    Document::parse_json(&value.to_string()).expect("it is a document")
}

/// The path items of a document, and their methods.
fn operations(document: &Value) -> Vec<(String, String)> {
    let listed = read(document);
    listed.operations().map(|one| (one.path.to_owned(), one.method.to_lowercase())).collect()
}

#[test]
fn a_document_does_not_differ_from_itself() {
    for document in documents() {
        // The extension keeps the comparison from seeing at once that they are equal.
        let mut marked = document.clone();
        marked["x-mark"] = true.into();
        let difference = compare(&read(&document), &read(&marked));
        assert!(difference.is_empty() && difference.is_complete, "{difference}");
        assert!(compare(&read(&document), &read(&document)).is_empty());
    }
}

#[test]
fn every_new_description_is_documentation() {
    let mut changes = 0;
    for document in documents() {
        let text = document.to_string().replace(r#""description":""#, r#""description":"New: "#);
        let difference = compare(&read(&document), &Document::parse_json(&text).unwrap());
        changes += difference.counts.documentation;
        let others = Counts { documentation: 0, ..difference.counts };
        assert_eq!(others, Counts::default(), "{difference}");
    }
    assert!(changes > 1_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn removing_an_operation_is_breaking(which in any::<Index>(), one in any::<Index>()) {
        let document: Value = serde_json::from_str(DOCUMENTS[which.index(DOCUMENTS.len())]).unwrap();
        let operations = operations(&document);
        prop_assume!(!operations.is_empty());
        let (path, method) = one.get(&operations);
        let mut without = document.clone();
        without["paths"][path].as_object_mut().unwrap().shift_remove(method);
        let difference = compare(&read(&document), &read(&without));
        prop_assert_eq!(difference.counts.breaking, 1);
        let change = &difference.changes[0];
        prop_assert_eq!(change.what, What::Operation);
        prop_assert_eq!(&change.operations[0].path, path);
        prop_assert!(document.pointer(&change.pointer).is_some());
        // The other way round it is new, and breaks nobody.
        let back = compare(&read(&without), &read(&document));
        prop_assert_eq!((back.counts.breaking, back.counts.added), (0, 1));
    }

    #[test]
    fn adding_an_optional_parameter_is_not(which in any::<Index>(), one in any::<Index>(), name in "[a-z]{1,8}") {
        let document: Value = serde_json::from_str(DOCUMENTS[which.index(DOCUMENTS.len())]).unwrap();
        let operations = operations(&document);
        prop_assume!(!operations.is_empty());
        let (path, method) = one.get(&operations);
        let mut with = document.clone();
        let operation = &mut with["paths"][path][method];
        if !operation["parameters"].is_array() {
            operation["parameters"] = json!([]);
        }
        let parameter = json!({ "name": format!("new-{name}"), "in": "query", "schema": { "type": "string" } });
        operation["parameters"].as_array_mut().unwrap().push(parameter);
        let difference = compare(&read(&document), &read(&with));
        prop_assert_eq!((difference.counts.breaking, difference.counts.added), (0, 1));
        prop_assert!(with.pointer(&difference.changes[0].pointer).is_some());
    }
}
