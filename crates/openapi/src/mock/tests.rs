use serde_json::{Map, json};

use super::*;
use crate::fixture::document;

/// The answers of `GET /` with these responses, as text.
fn answers(responses: &Value) -> Vec<String> {
    answers_of(json!({ "paths": { "/": { "get": { "responses": responses } } } }))
}

fn answers_of(fields: Value) -> Vec<String> {
    let mut texts = Vec::new();
    for response in document(fields).mock("GET", "/").unwrap() {
        if response.contents.is_empty() {
            texts.push(response.status.to_string());
        }
        for content in response.contents {
            let body = String::from_utf8(content.body).unwrap();
            let parts = [Some(response.status.to_string()), content.name, content.content_type, Some(body)];
            texts.push(parts.into_iter().flatten().collect::<Vec<_>>().join(" "));
        }
    }
    texts
}

/// What a response with this content answers.
fn contents(content: &Value) -> Vec<String> {
    answers(&json!({ "200": { "content": content } }))
}

/// The body of this media type that a schema answers with; `A` is among the other schemas.
fn body(media_type: &str, schema: &Value, a: &Value) -> String {
    let answers = answers_of(json!({
        "paths": { "/": { "get": { "responses": { "200": { "content": { media_type: { "schema": schema } } } } } } },
        "components": { "schemas": { "A": a } },
    }));
    answers[0].strip_prefix(&format!("200 {media_type} ")).unwrap().to_owned()
}

#[test]
fn only_what_the_document_describes_has_answers() {
    let document = document(json!({ "paths": { "/a": { "get": {} } } }));
    assert_eq!(document.mock("get", "/a"), Some(vec![]));
    assert_eq!(document.mock("POST", "/a"), None);
    assert_eq!(document.mock("GET", "/b"), None);
    assert_eq!(document.mock("PARAMETERS", "/a"), None);
}

#[test]
fn successes_come_first_and_default_is_what_is_left() {
    let none = || json!({});
    assert_eq!(
        answers(&json!({
            "default": none(), "500": none(), "4XX": none(), "2xx": none(), "202": none(), "404": none(),
            "302": none(), "100": none(), "1XX": none(), "x-y": none(), "600": none(), "20": none(),
            "200": none(),
        })),
        ["200", "200", "202", "302", "400", "404", "500", "500"]
    );
    assert_eq!(answers(&json!({ "default": none() })), ["200"]);
    assert_eq!(answers(&json!({ "404": none(), "default": none() })), ["200", "404"]);
    let responses = document(json!({ "paths": { "/": { "get": { "responses": {
        "404": none(), "default": none(), "5XX": none(), "200": none(),
    } } } } }))
    .mock("GET", "/")
    .unwrap();
    let stand_for: Vec<_> = responses.iter().map(|response| (response.status, response.stands_for)).collect();
    let (itself, class, others) = (StandsFor::Itself, StandsFor::Class, StandsFor::Others);
    assert_eq!(stand_for, [(200, itself), (404, itself), (500, class), (500, others)]);
}

#[test]
fn named_examples_come_before_others() {
    let media = json!({
        "examples": {
            "one": { "value": { "b": 1, "a": [1.5, null] } },
            "two": { "$ref": "#/components/examples/Two" },
            "far": { "externalValue": "https://example.test/far.json" },
            "lost": { "$ref": "#/components/examples/Lost" },
        },
        "example": "not this",
    });
    assert_eq!(
        answers_of(json!({
            "paths": { "/": { "get": { "responses": {
                "200": { "$ref": "#/components/responses/Fine" },
                "404": { "$ref": "#/components/responses/Lost" },
            } } } },
            "components": {
                "responses": { "Fine": { "content": {
                    "application/json": media,
                    "text/plain": { "example": "plain" },
                } } },
                "examples": { "Two": { "value": "2" } },
            },
        })),
        [
            r#"200 one application/json {"b":1,"a":[1.5,null]}"#,
            r#"200 two application/json "2""#,
            "200 text/plain plain",
            "404",
        ]
    );
}

#[test]
fn what_is_answered_unasked_is_valid() {
    let schema =
        json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } });
    let named = |examples: Value| {
        contents(&json!({ "application/json": { "schema": schema, "examples": examples } }))
    };
    let (wrong, right) = (json!({ "value": { "id": "one" } }), json!({ "value": { "id": 7 } }));
    assert_eq!(
        named(json!({ "wrong": wrong, "right": right })),
        [r#"200 right application/json {"id":7}"#, r#"200 wrong application/json {"id":"one"}"#]
    );
    assert_eq!(
        named(json!({ "wrong": wrong })),
        [r#"200 application/json {"id":1}"#, r#"200 wrong application/json {"id":"one"}"#]
    );
    let example =
        |example: Value| contents(&json!({ "application/json": { "schema": schema, "example": example } }));
    assert_eq!(example(json!({ "id": 7 })), [r#"200 application/json {"id":7}"#]);
    assert_eq!(
        example(json!({})),
        [r#"200 application/json {"id":1}"#, "200 application/json {}"],
        "what the publisher wrote is still there"
    );
    assert_eq!(
        example(json!("{ \"id\": 7 }")),
        ["200 application/json { \"id\": 7 }"],
        "a text of JSON is what is meant"
    );
    let impossible = json!({ "application/json": { "schema": false, "example": 1 } });
    assert_eq!(contents(&impossible), ["200 application/json 1"]);
    assert_eq!(contents(&json!({ "application/json": { "schema": false } })), ["200"]);
    let both = json!({ "oneOf": [{ "type": "integer" }, { "type": "number", "multipleOf": 1 }] });
    assert_eq!(contents(&json!({ "application/json": { "schema": both } })), ["200 application/json 1"]);
}

#[test]
fn a_body_is_written_as_its_media_type_wants() {
    let example = |value: Value| json!({ "example": value });
    assert_eq!(
        contents(&json!({
            "Application/Problem+JSON; charset=utf-8": example(json!("text")),
            "text/csv": example(json!("a,b")),
            "application/xml": example(json!({ "a": 1 })),
            "*/*": example(json!([1])),
            "text/*": example(json!("any")),
            "image/*": example(json!("…")),
            "text/evil\r\nx: y": example(json!("no header")),
            "application/pdf": {},
            "text/plain": { "schema": { "type": "integer" } },
            "application/octet-stream": { "schema": { "type": "string", "format": "binary" } },
            "application/x-www-form-urlencoded": example(json!({ "a b": ["1&", 2], "c": { "d": null } })),
            "multipart/form-data": example(json!({ "a": 1 })),
            "application/yaml": example(json!({ "a": 1 })),
            "text/html": { "schema": { "type": "string", "default": "<p>" } },
        })),
        [
            r#"200 Application/Problem+JSON; charset=utf-8 "text""#,
            "200 text/csv a,b",
            "200 application/xml <?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root><a>1</a></root>",
            "200 application/json [1]",
            "200 text/plain any",
            "200 …",
            "200 no header",
            "200 application/pdf ",
            "200 text/plain 1",
            "200 application/octet-stream ",
            "200 application/x-www-form-urlencoded a+b=1%26&a+b=2&c=%7B%22d%22%3Anull%7D",
            r#"200 application/yaml {"a":1}"#,
            "200 text/html <p>",
        ]
    );
    assert_eq!(answers(&json!({ "204": { "content": { "text/plain": example(json!("x")) } } })), ["204"]);
    assert_eq!(contents(&json!({ "application/json": {} })), ["200"]);
}

#[test]
fn streams_have_one_item_after_the_other() {
    let item = json!({ "type": "object", "properties": { "event": { "const": "tick" }, "data": { "type": "string" } } });
    let stream = |media_type: &str, fields: Value| {
        answers_of(json!({
            "openapi": "3.2.0",
            "paths": { "/": { "get": { "responses": { "200": { "content": {
                media_type: { "$ref": "#/components/mediaTypes/Stream" },
            } } } } } },
            "components": { "mediaTypes": { "Stream": fields } },
        }))
    };
    assert_eq!(
        stream("application/jsonl", json!({ "itemSchema": item })),
        ["200 application/jsonl {\"event\":\"tick\",\"data\":\"string\"}\n"]
    );
    assert_eq!(
        stream("text/event-stream", json!({ "itemSchema": item })),
        ["200 text/event-stream event: tick\ndata: string\n\n"]
    );
    assert_eq!(
        stream(
            "application/json-seq",
            json!({ "schema": { "type": "array", "minItems": 2, "items": { "type": "integer" } } })
        ),
        ["200 application/json-seq \u{1e}1\n\u{1e}1\n"]
    );
    let examples = json!({
        "values": { "dataValue": [{ "data": "a\nb" }, { "other": 1 }] },
        "wrong": { "dataValue": [{ "data": 1 }] },
        "text": { "serializedValue": ": comment\n\n" },
    });
    assert_eq!(
        stream("text/event-stream", json!({ "itemSchema": item, "examples": examples })),
        [
            "200 values text/event-stream data: a\ndata: b\n\ndata: {\"other\":1}\n\n",
            "200 text text/event-stream : comment\n\n",
            "200 wrong text/event-stream data: 1\n\n",
        ]
    );
}

#[test]
fn in_2_0_types_and_examples_stand_elsewhere() {
    let answers = answers_of(json!({
        "swagger": "2.0",
        "produces": ["application/json", "application/xml"],
        "paths": { "/": { "get": { "responses": {
            "200": { "$ref": "#/responses/Pet" },
            "400": { "schema": { "$ref": "#/definitions/Pet" }, "examples": { "text/plain": "no", "application/json": { "id": 0 } } },
            "404": { "description": "nothing" },
        } } } },
        "responses": { "Pet": { "schema": { "$ref": "#/definitions/Pet" } } },
        "definitions": { "Pet": { "type": "object", "properties": { "id": { "type": "integer" } }, "xml": { "name": "pet" } } },
    }));
    let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pet><id>1</id></pet>";
    assert_eq!(
        answers,
        [
            r#"200 application/json {"id":1}"#.to_owned(),
            format!("200 application/xml {xml}"),
            r#"400 application/json {"id":0}"#.to_owned(),
            format!("400 application/xml {xml}"),
            "400 text/plain no".to_owned(),
            "404".to_owned(),
        ]
    );
    let file = answers_of(json!({
        "swagger": "2.0",
        "paths": { "/": { "get": { "produces": ["image/png"], "responses": { "200": { "schema": { "type": "file" } } } } } },
    }));
    assert_eq!(file, ["200 image/png "]);
}

#[test]
fn xml_is_written_as_the_schema_hints() {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let xml = |schema: Value| {
        body("application/xml", &schema, &json!({ "type": "string", "xml": { "name": "item" } }))
    };
    let book = json!({
        "type": "object",
        "xml": { "name": "book", "prefix": "b", "namespace": "urn:books" },
        "properties": {
            "id": { "type": "integer", "xml": { "attribute": true } },
            "title": { "const": "<&\">" },
            "plain": { "type": "array", "items": { "type": "integer" } },
            "named": { "type": "array", "items": { "$ref": "#/components/schemas/A" } },
            "wrapped": { "type": "array", "xml": { "wrapped": true, "name": "list" }, "items": { "$ref": "#/components/schemas/A" } },
            "1 no name": { "type": "boolean" },
            "nothing": { "type": "null" },
        },
    });
    assert_eq!(
        xml(book),
        format!(
            "{head}<b:book xmlns:b=\"urn:books\" id=\"1\"><title>&lt;&amp;&quot;&gt;</title><plain>1</plain>\
             <item>string</item><list><item>string</item></list><_1_no_name>true</_1_no_name>\
             <nothing></nothing></b:book>"
        )
    );
    assert_eq!(
        xml(json!({ "type": "array", "items": { "$ref": "#/components/schemas/A" } })),
        format!("{head}<root><item>string</item></root>")
    );
    assert_eq!(xml(json!({ "type": "string", "const": "<already/>" })), "<already/>");
    let nodes = json!({ "type": "object", "xml": { "name": "p" }, "properties": {
        "lang": { "const": "de", "xml": { "nodeType": "attribute", "name": "xml:lang" } },
        "text": { "const": "a", "xml": { "nodeType": "text" } },
        "raw": { "const": "<]]>", "xml": { "nodeType": "cdata" } },
    } });
    assert_eq!(xml(nodes), format!("{head}<p xml:lang=\"de\">a<![CDATA[<]]]]><![CDATA[>]]></p>"));
}

#[test]
fn headers_have_examples_or_values() {
    let headers = |version: &str, headers: Value| {
        let mut fields =
            json!({ "paths": { "/": { "get": { "responses": { "200": { "headers": headers } } } } } });
        if version == "2.0" {
            fields["swagger"] = json!("2.0");
        }
        let responses = document(fields).mock("GET", "/").unwrap();
        responses[0].headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>()
    };
    assert_eq!(
        headers(
            "3.1",
            json!({
                "X-Made": { "schema": { "type": "integer" } },
                "X-Given": { "example": "a", "schema": { "type": "string" } },
                "X-Wrong": { "example": "a", "schema": { "type": "integer" } },
                "X-Named": { "examples": { "one": { "value": [1, "b"] } } },
                "X-Object": { "explode": true, "example": { "a": 1, "b": 2 } },
                "X-Pairs": { "example": { "a": 1 } },
                "X-Json": { "content": { "application/json": { "example": { "a": 1 } } } },
                "X-Split": { "example": "a\r\nb: c" },
                "X-Lost": { "$ref": "#/nowhere" },
            })
        ),
        [
            "X-Made: 1",
            "X-Given: a",
            "X-Wrong: 1",
            "X-Named: 1,b",
            "X-Object: a=1,b=2",
            "X-Pairs: a,1",
            "X-Json: {\"a\":1}"
        ]
    );
    assert_eq!(
        headers("2.0", json!({ "X-Expires": { "type": "string", "format": "date" } })),
        ["X-Expires: 2024-01-15"]
    );
}

#[test]
fn too_many_examples_are_left_out_the_first_of_each_type_last() {
    let examples: Map<String, Value> =
        (0..100).map(|n| (n.to_string(), json!({ "$ref": "#/components/examples/Big" }))).collect();
    let document = document(json!({
        "paths": { "/": { "get": { "responses": {
            "200": { "content": { "text/plain": { "examples": examples } } },
            "404": { "content": { "text/plain": { "example": "no" } } },
            "500": { "content": { "application/json": { "example": "x".repeat(9 << 20), "schema": { "type": "string" } } } },
            "501": { "content": { "text/csv": { "example": "x".repeat(9 << 20) } } },
        } } } },
        "components": { "examples": { "Big": { "value": "x".repeat(1 << 20) } } },
    }));
    let responses = document.mock("GET", "/").unwrap();
    let shown: Vec<_> = responses.iter().map(|response| (response.status, response.contents.len())).collect();
    assert_eq!(shown, [(200, 7), (404, 1), (500, 1)], "what cannot be answered rightly is not answered");
    assert_eq!(responses[2].contents[0].body, br#""string""#, "less is made where an example is too large");
}
