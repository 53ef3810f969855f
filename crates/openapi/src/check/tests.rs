use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fixture::{any_schema, any_value, document, judge};

fn accepts(schema: &Value, a: &Value, value: &Value) -> bool {
    accepts_in("3.1.0", schema, a, value)
}

fn accepts_in(version: &str, schema: &Value, a: &Value, value: &Value) -> bool {
    let document = document(json!({
        "openapi": version,
        "paths": {},
        "components": { "schemas": { "A": a, "Root": schema } },
    }));
    let mut checker = Checker::new(&document);
    checker.allow(1_000_000);
    checker.accepts(&document.as_value()["components"]["schemas"]["Root"], value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn others_say_the_same(schema in any_schema(), value in any_value()) {
        // Schemas that refer to themselves without end mean nothing.
        let a = json!({ "type": ["integer", "object"], "maxProperties": 1 });
        prop_assert_eq!(accepts(&schema, &a, &value), judge(&schema, &a, &value), "{} {}", schema, value);
    }
}

#[test]
fn versions_before_3_1_have_words_of_their_own() {
    let accepts =
        |schema: Value, value: Value| accepts_in("3.0.3", &schema, &json!({ "type": "string" }), &value);
    assert!(accepts(json!({ "type": "string", "nullable": true }), json!(null)));
    assert!(!accepts(json!({ "type": "string" }), json!(null)));
    assert!(!accepts(json!({ "minimum": 1, "exclusiveMinimum": true }), json!(1)));
    assert!(accepts(json!({ "minimum": 1, "exclusiveMinimum": false }), json!(1)));
    assert!(accepts(json!({ "$ref": "#/components/schemas/A", "maxLength": 1 }), json!("long")));
    assert!(accepts(json!({ "type": "file" }), json!(1)));
    assert!(!accepts_in("3.1.0", &json!({ "type": "string", "nullable": true }), &json!(true), &json!(null)));
}

#[test]
fn what_is_for_requests_only_is_not_required() {
    let schema = json!({ "required": ["a", "b"], "properties": { "a": { "writeOnly": true }, "b": {} } });
    assert!(accepts(&schema, &json!(true), &json!({ "b": 1 })));
    assert!(!accepts(&schema, &json!(true), &json!({ "a": 1 })));
}

#[test]
fn circles_end() {
    let a = json!({ "$ref": "#/components/schemas/A" });
    assert!(!accepts(&a, &a, &json!(1)));
    let tree = json!({ "items": { "$ref": "#/components/schemas/A" }, "type": "array" });
    assert!(accepts(&tree, &tree, &json!([[], [[]]])));
    assert!(!accepts(&tree, &tree, &json!([[], [[1]]])));
}

#[test]
fn nothing_is_valid_when_it_would_take_too_long() {
    let document = document(json!({ "paths": {}, "components": { "schemas": { "A": { "items": true } } } }));
    let schema = &document.as_value()["components"]["schemas"]["A"];
    let mut checker = Checker::new(&document);
    checker.allow(10);
    assert!(!checker.accepts(schema, &json!(vec![1; 10])));
    checker.allow(11);
    assert!(checker.accepts(schema, &json!(vec![1; 10])));
}
