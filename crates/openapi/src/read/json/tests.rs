use super::*;
use crate::{Document, Version};

fn fault(text: &str) -> String {
    Document::parse_json(text).unwrap_err().to_string()
}

/// A document whose `openapi`, `info` and so on are these fields.
fn fault_of(fields: &str) -> String {
    fault(&format!("{{{fields}}}"))
}

const INFO: &str = r#""info": {"title": "Quotes", "version": "1.0.0"}"#;

#[test]
fn a_document_is_what_it_was() {
    let text = r#"{"openapi":"3.1.0","z":[1,-2,1.5,1e-7,0.1000000000000000055,null,true,"é\n"],"info":{"version":"2","title":"T"},"paths":{}}"#;
    let document = Document::parse_json(text).unwrap();
    assert_eq!(document.version(), Version::V3_1);
    assert_eq!((document.title(), document.api_version()), ("T", "2"));
    assert_eq!(document.to_json_string(), text.replace("0.1000000000000000055", "0.1"));
    assert_eq!(Document::parse_json(&format!("\u{feff}{text}")).unwrap(), document);
}

#[test]
fn what_is_not_json_says_where() {
    assert_eq!(
        fault("{\n  \"é\": 1,\n  \"ééé\" 2\n}"),
        "the document is not JSON: expected `:` at line 3, column 9; correct it there"
    );
    assert_eq!(
        fault("openapi: 3.1.0\ninfo:\n"),
        "the document is not JSON: expected value at line 1, column 1; if it is YAML, send it as YAML"
    );
    assert_eq!(
        fault("{\"openapi\": \"3.1.0\",\n"),
        "the document is not JSON: EOF while parsing a value at line 2, column 1; the end seems to be missing"
    );
    assert_eq!(
        fault(" "),
        "the document is not JSON: it is empty at line 1, column 1; send the document itself"
    );
    assert!(fault("{} {}").contains("trailing characters at line 1, column 4"));
}

#[test]
fn a_key_that_occurs_twice_is_named_with_its_place() {
    let text = "{\"paths\": {\"/a\": {\"get\": {\"tags\": [{}, {\"x~\": 1,\n \"x~\": 2}]}}}}";
    assert_eq!(
        fault(text),
        "the key `x~` occurs twice in one object, at `/paths/~1a/get/tags/1/x~0` (line 2, column 5); keep one of the two"
    );
    assert!(matches!(
        Document::parse_json(text),
        Err(Fault::Duplicate { pointer, .. }) if pointer == "/paths/~1a/get/tags/1/x~0"
    ));
}

#[test]
fn nesting_has_a_limit() {
    let nested = |levels: usize| {
        // The document itself is the first level.
        let inner = "[".repeat(levels - 1) + &"]".repeat(levels - 1);
        Document::parse_json(&format!(r#"{{"openapi":"3.0.0",{INFO},"paths":{{}},"x-deep":{inner}}}"#))
    };
    assert!(nested(NESTING).is_ok());
    for levels in [NESTING + 1, 127, 128, 100_000] {
        let fault = nested(levels).unwrap_err();
        assert!(matches!(fault, Fault::TooDeep { place: Place { line: 1, .. } }), "{fault}");
    }
    assert!(nested(NESTING + 1).unwrap_err().to_string().contains("deeper than 120 levels"));
}

#[test]
fn other_versions_are_refused_by_name() {
    let convert = "Portico reads OpenAPI 2.0 to 3.2, so convert the document first";
    assert_eq!(
        fault_of(r#""swagger": "1.2""#),
        format!("`/swagger` is `1.2` (line 1, column 13); {convert}")
    );
    assert_eq!(
        fault_of(r#""openapi": "3.3.0""#),
        format!("`/openapi` is `3.3.0` (line 1, column 13); {convert}")
    );
    for version in ["", "3", "3.10.0", "4.0.0", "three"] {
        let text = format!(r#""openapi": "{version}", {INFO}, "paths": {{}}"#);
        let fault = fault_of(&text);
        assert_eq!(fault, format!("`/openapi` is `{version}` (line 1, column 13); {convert}"));
    }
    let fault = fault_of(r#""openapi": 3"#);
    assert!(fault.starts_with("`/openapi` is a number and must be text (line 1, column 13); "), "{fault}");
    assert!(
        fault_of("")
            .starts_with("`/openapi` is missing (line 1, column 1); Portico reads OpenAPI 2.0 to 3.2")
    );
}

#[test]
fn numbers_in_place_of_text_are_what_was_written() {
    for (fields, version) in [
        (r#""openapi": 3.1, "info": {"title": 7, "version": 1.10}, "paths": {}"#, Version::V3_1),
        (r#""swagger": 2.0, "info": {"title": "7", "version": "1.10"}, "paths": {}"#, Version::V2_0),
    ] {
        let document = Document::parse_json(&format!("{{{fields}}}")).unwrap();
        assert_eq!((document.version(), document.title(), document.api_version()), (version, "7", "1.10"));
        assert_eq!(Document::parse_json(&document.to_json_string()), Ok(document));
    }
    let yaml = "openapi: 3.0\ninfo: {title: 1_0, version: 2.10}\npaths: {}";
    let document = Document::parse(yaml, Format::Yaml).unwrap();
    assert_eq!(
        document.to_json_string(),
        r#"{"openapi":"3.0.0","info":{"title":"1_0","version":"2.10"},"paths":{}}"#
    );
}

#[test]
fn what_every_document_needs_is_named() {
    assert!(
        fault("[]")
            .starts_with("the document is an array (line 1, column 1); an OpenAPI document is an object")
    );
    assert!(fault_of(r#""openapi": "3.0.3""#).starts_with("`/info` is missing (line 1, column 1); "));
    assert!(
        fault_of("\"openapi\": \"3.0.3\",\n \"info\": 1")
            .starts_with("`/info` is a number and must be an object (line 2, column 10)")
    );
    assert_eq!(
        fault_of(r#""openapi": "3.0.3", "info": {"title": "T", "version": true}"#),
        "`/info/version` is a boolean and must be text (line 1, column 56); write the version of the API there, in quotes, as in `\"1.0.0\"`"
    );
    assert!(
        fault_of(r#""openapi": "3.0.3", "info": {"version": "1"}"#)
            .starts_with("`/info/title` is missing (line 1, column 30); ")
    );
    assert!(fault_of(&format!(r#""openapi": "3.0.3", {INFO}"#)).starts_with("`/paths` is missing (line 1, "));
    for version in ["3.0.3", "3.1.0"] {
        let fault = fault_of(&format!(r#""openapi": "{version}", {INFO}, "paths": []"#));
        assert!(fault.starts_with("`/paths` is an array and must be an object"), "{fault}");
    }
    assert!(Document::parse_json(&format!(r#"{{"openapi": "3.1.0", {INFO}}}"#)).is_ok());
}

#[test]
fn long_texts_are_shortened() {
    let key = "k".repeat(10_000);
    assert!(fault(&format!("{{\"{key}\":1,\"{key}\":2}}")).len() < 1_000);
    assert!(fault_of(&format!(r#""openapi": "{key}""#)).len() < 1_000);
}
