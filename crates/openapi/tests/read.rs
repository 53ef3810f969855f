//! Every document in the folder is read, whatever its version and format.

use openapi::{Bundle, Bundler, Document, Fault, Format, Location, Version};
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

/// Bundles what is found by its path.
fn bundle<'f>(entry: &str, text: impl Fn(&str) -> Option<&'f str>) -> Result<Bundle, Fault> {
    let of = |path: &str| text(path).unwrap_or_default().to_owned();
    let mut bundler = Bundler::new(Location::file(entry)?, of(entry))?;
    while let Some(location) = bundler.needs()? {
        match text(location.as_str()) {
            Some(text) => bundler.give(&location, text.to_owned())?,
            None => bundler.withhold(&location),
        }
    }
    bundler.finish()
}

#[test]
fn a_document_in_several_files_is_put_together() {
    let folder = "oai/v2.0/json/petstore-separate";
    let files = [
        "spec/swagger.json",
        "spec/Pet.json",
        "spec/NewPet.json",
        "spec/parameters.json",
        "common/Error.json",
    ]
    .map(|path| (path, text(&format!("{folder}/{path}"))));
    let texts = || files.iter().map(|(path, text)| (*path, text.as_str()));
    let entry = openapi::entry(texts()).unwrap();
    assert_eq!(entry, "spec/swagger.json");
    let bundle = bundle(entry, |path| texts().find(|(name, _)| *name == path).map(|(_, text)| text)).unwrap();
    assert_eq!(bundle.document.operations().count(), 4);
    assert_eq!(bundle.document.warnings(), []);
    assert_eq!(bundle.files.len(), files.len());
    let root = bundle.document.as_value();
    let definitions: Vec<_> = root["definitions"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(definitions, ["Pet", "Error", "NewPet"]);
    let parameters: Vec<_> = root["parameters"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(parameters, ["tagsParam", "limitsParam"]);
    assert!(!root.to_string().contains(".json"));
}

/// A reference, or a piece with references in it, to any of four files.
fn piece() -> impl Strategy<Value = Value> {
    let references = vec![
        "a.yaml",
        "a.yaml#/A",
        "b.json",
        "b.json#/B/b",
        "c/d.yaml#/A",
        "../c/d.yaml",
        "../o.yaml#/components/schemas/S",
        "o.yaml#/components/schemas/S",
        "#/A",
        "#",
        "#/components/schemas/S",
        "https://a.test/x",
    ];
    let reference = select(references).prop_map(|reference| json!({ "$ref": reference }));
    reference.prop_recursive(4, 24, 4, |inner| {
        let keys = select(vec![
            "A", "B", "b", "get", "responses", "200", "content", "a/b", "schema", "properties", "items", "allOf",
            "parameters", "discriminator", "mapping", "links", "example", "x-a",
        ]);
        prop_oneof![
            3 => vec((keys, inner.clone()), 1..4)
                .prop_map(|fields| Value::Object(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
            1 => vec(inner, 0..3).prop_map(Value::from),
        ]
    })
}

proptest! {
    #[test]
    fn bundling_ends_and_is_stable(pieces in vec(piece(), 6)) {
        let [path, schema, a, b, d, response] = &pieces[..] else { unreachable!("there are six") };
        let entry = json!({
            "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
            "paths": { "/a": path, "/b": { "get": { "responses": { "200": response } } } },
            "components": { "schemas": { "S": schema } },
        });
        let files = [
            ("o.yaml", entry.to_string()), ("a.yaml", a.to_string()), ("b.json", b.to_string()),
            ("c/d.yaml", d.to_string()),
        ];
        let text = |path: &str| files.iter().find(|(name, _)| *name == path).map(|(_, text)| text.as_str());
        match bundle("o.yaml", text) {
            Err(fault) => {
                prop_assert_eq!(bundle("o.yaml", text).unwrap_err(), fault);
            }
            Ok(one) => {
                let document = one.document.to_json_string();
                prop_assert_eq!(&bundle("o.yaml", text).unwrap().document.to_json_string(), &document);
                // What is in one piece stays so.
                let again = Document::parse_json(&document).unwrap();
                prop_assert_eq!(again.to_json_string(), document);
            }
        }
    }
}
