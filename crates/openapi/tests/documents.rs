//! Real documents, and documents that nobody would write.

use std::collections::BTreeSet;

use openapi::{Document, Publication};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

const DOCUMENTS: [(&str, &str, usize); 4] = [
    ("non-oauth-scopes", include_str!("documents/oai/v3.1/non-oauth-scopes.json"), 1),
    ("tictactoe", include_str!("documents/oai/v3.1/tictactoe.json"), 3),
    ("webhook-example", include_str!("documents/oai/v3.1/webhook-example.json"), 0),
    ("twilio_api_v2010", include_str!("documents/twilio/twilio_api_v2010.json"), 197),
];

fn listed(document: &Document) -> BTreeSet<(String, String)> {
    document.operations().map(|operation| (operation.method, operation.path.to_owned())).collect()
}

#[test]
fn real_documents_are_read_whole() {
    for (name, text, operations) in DOCUMENTS {
        let document = Document::parse_json(text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(document.operations().count(), operations, "{name}");
        assert_eq!(listed(&document).len(), operations, "{name}");
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(document.to_json_string(), plain.to_string(), "{name}");
    }
}

#[test]
fn every_operation_of_a_real_document_has_answers() {
    for (name, text, _) in DOCUMENTS {
        let document = Document::parse_json(text).unwrap();
        for (method, path) in listed(&document) {
            let answers = document.mock(&method, &path).unwrap();
            let declared = document.as_value()["paths"][&path][method.to_lowercase()].get("responses");
            assert_eq!(answers.is_empty(), declared.is_none(), "{name} {method} {path}");
            for answer in
                answers.iter().filter(|answer| answer.content_type.as_deref() == Some("application/json"))
            {
                serde_json::from_slice::<Value>(&answer.body).unwrap();
            }
        }
    }
}

#[test]
fn a_twilio_call_answers_as_its_examples_say() {
    let document = Document::parse_json(DOCUMENTS[3].1).unwrap();
    let answers = document.mock("POST", "/2010-04-01/Accounts/{AccountSid}/Calls.json").unwrap();
    assert_eq!((answers[0].status, answers[0].name.as_deref()), (201, Some("create")));
    let body: Value = serde_json::from_slice(&answers[0].body).unwrap();
    assert_eq!(body["price_unit"], "USD");
}

#[test]
fn a_real_document_is_published_with_half_of_its_operations() {
    for (name, text, _) in DOCUMENTS {
        let document = Document::parse_json(text).unwrap();
        let half: BTreeSet<_> = listed(&document).into_iter().step_by(2).collect();
        let keep = |method: &str, path: &str| half.contains(&(method.to_owned(), path.to_owned()));
        let published = document.published(&Publication { gateway_url: "https://api.test", keep: &keep });
        let again = Document::parse_json(&published.to_string()).unwrap();
        assert_eq!(listed(&again), half, "{name}");
        let paths = published["paths"].to_string();
        assert!(!paths.contains("\"servers\"") && !paths.contains("\"security\""), "{name}");
    }
}

/// JSON that looks like a document in every place and is one in none.
fn jumble() -> impl Strategy<Value = Value> {
    let keys = select(vec![
        "$ref",
        "get",
        "post",
        "responses",
        "content",
        "application/json",
        "text/*",
        "schema",
        "schemas",
        "properties",
        "allOf",
        "oneOf",
        "items",
        "required",
        "example",
        "examples",
        "default",
        "value",
        "200",
        "2XX",
        "/a",
        "/b",
        "x-c",
        "components",
        "pathItems",
        "securitySchemes",
        "security",
        "servers",
        "A",
        "B",
    ]);
    let texts = select(vec![
        "#",
        "#/",
        "#/paths/~1a",
        "#/paths/~1b",
        "#/components/pathItems/A",
        "#/components/pathItems/B",
        "#/components/schemas/A",
        "#/components/schemas/B",
        "#/paths/~1a/get/responses/200",
        "#/paths/~1a/get",
        "#/paths/~1b/get/responses/200/content/application~1json/schema",
        "other.json",
        "#/%41%",
        "get",
        "",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts.prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 200, 8, move |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            6 => vec((keys.clone(), inner), 0..8).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    })
}

/// A jumble in the places where documents have something.
fn jumbled_document() -> impl Strategy<Value = Value> {
    let name = || select(vec!["A", "B"]);
    let item = || vec((select(vec!["get", "post", "$ref", "servers"]), jumble()), 0..4);
    let items = move |name: BoxedStrategy<&'static str>| vec((name, item()), 0..4);
    let paths = items(select(vec!["/a", "/b", "x-c"]).boxed());
    let components = (items(name().boxed()), vec((name(), jumble()), 0..3), jumble());
    (select(vec!["3.0.3", "3.1.0"]), paths, components, jumble()).prop_map(
        |(version, paths, (path_items, schemas, schemes), more)| {
            json!({
                "openapi": version,
                "info": { "title": "T", "version": "1" },
                "paths": object(paths.into_iter().map(|(path, item)| (path, object(item)))),
                "components": {
                    "pathItems": object(path_items.into_iter().map(|(name, item)| (name, object(item)))),
                    "schemas": object(schemas),
                    "securitySchemes": schemes,
                },
                "webhooks": more,
            })
        },
    )
}

fn object(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

/// A document out of what is nearly one: what it is refused for is taken out of it.
fn mended(mut root: Value) -> Document {
    loop {
        match Document::parse_json(&root.to_string()) {
            Ok(document) => return document,
            Err(fault) => {
                let pointer = fault.pointer().expect("it is JSON");
                let (parent, token) = pointer.rsplit_once('/').expect("the rest is there");
                let token = token.replace("~1", "/").replace("~0", "~");
                match root.pointer_mut(parent).expect("the fault is in it") {
                    Value::Object(fields) => _ = fields.shift_remove(&token).expect("the fault is in it"),
                    Value::Array(items) => _ = items.remove(token.parse().expect("it is an index")),
                    _ => unreachable!("it has something in it"),
                }
            }
        }
    }
}

/// Does everything with a document that can be done.
fn exercise(document: &Document) {
    let operations = listed(document);
    for (method, path) in &operations {
        document.mock(method, path).expect("it was listed");
    }
    for kept in [operations.clone(), operations.into_iter().step_by(2).collect()] {
        let keep = |method: &str, path: &str| kept.contains(&(method.to_owned(), path.to_owned()));
        let published = document.published(&Publication { gateway_url: "https://api.test", keep: &keep });
        let again = Document::parse_json(&published.to_string()).expect("it was derived from a document");
        assert_eq!(listed(&again), kept);
    }
}

const METHODS: [&str; 8] = ["get", "head", "post", "put", "patch", "delete", "options", "trace"];

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = Document::parse_json(&text);
    }

    #[test]
    fn no_json_panics(value in jumble()) {
        if let Ok(document) = Document::parse_json(&value.to_string()) {
            exercise(&document);
        }
    }

    #[test]
    fn no_jumbled_document_panics(value in jumbled_document()) {
        exercise(&mended(value));
    }

    #[test]
    fn every_operation_is_found(
        paths in btree_map("/[a-z{}~ /%é]{0,12}", btree_set(select(&METHODS), 0..8), 0..12)
    ) {
        let mut expected = BTreeSet::new();
        let mut items = Map::new();
        for (path, methods) in paths {
            let fields = methods.iter().map(|method| (*method, json!({ "responses": {} })));
            items.insert(path.clone(), object(fields));
            expected.extend(methods.iter().map(|method| (method.to_uppercase(), path.clone())));
        }
        let text = json!({ "openapi": "3.0.0", "info": { "title": "T", "version": "1" }, "paths": items });
        let document = Document::parse_json(&text.to_string()).unwrap();
        prop_assert_eq!(listed(&document), expected);
        exercise(&document);
    }

    #[test]
    fn a_doubled_key_is_always_noticed(value in jumble(), other in jumble()) {
        let text = format!("[{value},{{\"k\":{other},\"l\":1,\"k\":{value}}}]");
        let fault = Document::parse_json(&text).unwrap_err().to_string();
        prop_assert!(fault.contains("`/1/k`"), "{}", fault);
    }
}
