//! Every document in the folder is read, whatever its version and format.

use openapi::{Document, Format, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// File, version, operations.
const DOCUMENTS: [(&str, Version, usize); 19] = [
    ("oai/v2.0/json/api-with-examples.json", Version::V2_0, 2),
    ("oai/v2.0/json/petstore-expanded.json", Version::V2_0, 4),
    ("oai/v2.0/json/petstore-minimal.json", Version::V2_0, 1),
    ("oai/v2.0/json/petstore-simple.json", Version::V2_0, 4),
    ("oai/v2.0/json/petstore-with-external-docs.json", Version::V2_0, 4),
    ("oai/v2.0/json/petstore.json", Version::V2_0, 3),
    ("oai/v2.0/json/uber.json", Version::V2_0, 5),
    ("oai/v3.0/api-with-examples.yaml", Version::V3_0, 2),
    ("oai/v3.0/callback-example.yaml", Version::V3_0, 1),
    ("oai/v3.0/link-example.yaml", Version::V3_0, 6),
    ("oai/v3.0/petstore-expanded.yaml", Version::V3_0, 4),
    ("oai/v3.0/petstore.yaml", Version::V3_0, 3),
    ("oai/v3.0/uspto.yaml", Version::V3_0, 3),
    ("oai/v3.1/non-oauth-scopes.json", Version::V3_1, 1),
    ("oai/v3.1/tictactoe.json", Version::V3_1, 3),
    ("oai/v3.1/webhook-example.json", Version::V3_1, 0),
    ("oai/v3.2/3.2-tags-example.yaml", Version::V3_2, 4),
    ("twilio/twilio_api_v2010.json", Version::V3_0, 197),
    ("twilio/twilio_conversations_v1.yaml", Version::V3_0, 103),
];

fn text(file: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/documents");
    std::fs::read_to_string(format!("{folder}/{file}")).expect("the file is in the folder")
}

#[test]
fn every_document_is_read_with_all_its_operations() {
    for (file, version, operations) in DOCUMENTS {
        let text = text(file);
        let format = Format::of_file(file).unwrap();
        assert_eq!(Format::guess(&text), format, "{file}");
        let document = Document::parse(&text, format).unwrap_or_else(|fault| panic!("{file}: {fault}"));
        assert_eq!(document.version(), version, "{file}");
        assert_eq!(document.operations().count(), operations, "{file}");
    }
}

#[test]
fn json_stays_what_it_was() {
    for (file, ..) in DOCUMENTS.iter().filter(|(file, ..)| Format::of_file(file) == Some(Format::Json)) {
        let text = text(file);
        let plain: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(Document::parse_json(&text).unwrap().to_json_string(), plain.to_string(), "{file}");
    }
}

/// Any JSON, with texts that YAML would read as something else if they were not quoted.
fn json() -> impl Strategy<Value = Value> {
    let texts = prop_oneof![
        select(vec![
            "", "~", "yes", "1", "1.10", "<<", "- a", "a: b", "# a", "null", "\t", "é\n ", "'\"", "*a", "&a"
        ])
        .prop_map(str::to_owned),
        // YAML wants control characters escaped.
        "[^\\p{C}]{0,20}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((texts.clone(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// The value as people write YAML: blocks by indentation, with scalars as JSON writes them.
fn block(value: &Value, indent: usize, out: &mut String) {
    let line = format!("\n{}", " ".repeat(indent));
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                out.push_str(&line);
                out.push_str(&format!("{}: ", Value::from(key.as_str())));
                block(value, indent + 2, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&line);
                out.push_str("- ");
                block(item, indent + 2, out);
            }
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// A document around a value.
fn around(value: &Value) -> Value {
    json!({ "openapi": "3.1.0", "info": { "title": "T", "version": "1" }, "x-value": value })
}

/// Pieces of YAML, in an order that makes no sense.
fn scribble() -> impl Strategy<Value = String> {
    let pieces = vec![
        "openapi: 3.1.0\n",
        "info: ",
        "{title: T, version: 1}",
        "\n",
        "  ",
        "\t",
        "- ",
        "? ",
        ": ",
        "&a ",
        "*a",
        "<<: ",
        "!!str ",
        "!x ",
        "|\n",
        ">-\n",
        "'",
        "\"",
        "[",
        "]",
        "{",
        "}",
        ",",
        "# c\n",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "a",
        "é",
        "200",
        ".inf",
        "\\u0000",
        "\r\n",
        "\u{feff}",
        "\u{0}",
    ];
    vec(select(pieces), 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn yaml_that_says_the_same_as_json_is_read_the_same(value in json()) {
        let root = around(&value);
        let text = root.to_string();
        let expected = Document::parse_json(&text).unwrap();
        prop_assert_eq!(&Document::parse(&text, Format::Yaml).unwrap(), &expected);
        let mut yaml = String::new();
        block(&root, 0, &mut yaml);
        prop_assert_eq!(&Document::parse(&yaml, Format::Yaml).unwrap(), &expected, "{}", yaml);
    }

    #[test]
    fn no_yaml_panics(text in scribble(), other in ".{0,200}") {
        for text in [text, other] {
            if let Err(fault) = Document::parse(&text, Format::Yaml) {
                prop_assert!(fault.to_string().len() < 2_000);
            }
        }
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(text) = openapi::utf8(&bytes) {
            let _ = Document::parse(text, Format::guess(text));
        }
    }
}
