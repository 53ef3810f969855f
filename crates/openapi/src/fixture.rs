//! Documents for unit tests.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::Document;

/// A document with these fields, in 3.1 unless they say another version, in `openapi` or `swagger`.
pub(crate) fn document(fields: Value) -> Document {
    let mut root = json!({ "openapi": "3.1.0", "info": { "title": "Quotes", "version": "1" } });
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    root.as_object_mut().unwrap().extend(fields);
    if root["swagger"].is_string() {
        root.as_object_mut().unwrap().remove("openapi");
    }
    Document::parse_json(&root.to_string()).unwrap()
}

/// Any schema in 3.1, as strange as may be; `#/components/schemas/A` is among its references.
pub(crate) fn any_schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => keyword(scalar_keyword().boxed()),
        1 => Just(json!({ "$ref": "#/components/schemas/A" })),
        1 => Just(json!(true)),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let keywords = prop_oneof![3 => scalar_keyword(), 4 => keyword_of(inner.boxed())];
        keyword(keywords.boxed())
    })
}

/// Some keywords together.
fn keyword(keywords: BoxedStrategy<(&'static str, Value)>) -> BoxedStrategy<Value> {
    vec(keywords, 0..5)
        .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        .boxed()
}

fn scalar_keyword() -> impl Strategy<Value = (&'static str, Value)> {
    let kind = || select(vec!["null", "boolean", "integer", "number", "string", "array", "object"]);
    let number = || {
        prop_oneof![
            (-20..20_i32).prop_map(Value::from),
            (-40..40_i32).prop_map(|n| json!(f64::from(n) / 4.0))
        ]
    };
    let count = || (0..4_u8).prop_map(Value::from);
    let name = || select(vec!["a", "b", "c"]);
    prop_oneof![
        4 => kind().prop_map(|kind| ("type", json!(kind))),
        1 => (kind(), kind()).prop_filter("two", |(a, b)| a != b).prop_map(|(a, b)| ("type", json!([a, b]))),
        2 => (select(vec!["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]), number()),
        1 => select(vec![json!(0.1), json!(3), json!(0.25), json!(2)]).prop_map(|of| ("multipleOf", of)),
        2 => (select(vec!["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"]), count()),
        1 => select(vec!["^a", "^[a-z]{2,3}$", "[0-9]", "^(?!b)\\w+$"]).prop_map(|text| ("pattern", json!(text))),
        1 => Just(("uniqueItems", json!(true))),
        2 => btree_set(name(), 1..3).prop_map(|names| ("required", json!(names))),
        1 => btree_set(name(), 1..3).prop_map(|names| ("dependentRequired", json!({ "a": names }))),
        1 => any_value().prop_map(|value| ("const", value)),
        1 => vec(any_value(), 1..3).prop_map(|values| ("enum", json!(values))),
        1 => any_value().prop_map(|value| ("default", value)),
    ]
}

fn keyword_of(inner: BoxedStrategy<Value>) -> impl Strategy<Value = (&'static str, Value)> {
    let one = select(vec![
        "items",
        "contains",
        "additionalProperties",
        "propertyNames",
        "not",
        "if",
        "then",
        "else",
        "unevaluatedProperties",
        "unevaluatedItems",
    ]);
    let many = select(vec!["allOf", "anyOf", "oneOf", "prefixItems"]);
    let named = || btree_map(select(vec!["a", "b", "c"]), inner.clone(), 1..3);
    prop_oneof![
        3 => (one, inner.clone()),
        4 => (many, vec(inner.clone(), 1..3).prop_map(Value::from)),
        4 => named().prop_map(|schemas| ("properties", json!(schemas))),
        1 => named().prop_map(|schemas| ("dependentSchemas", json!(schemas))),
        1 => inner.prop_map(|schema| ("patternProperties", json!({ "^[ab]": schema }))),
    ]
}

/// Any value, near to what schemas ask for.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-20..20_i32).prop_map(Value::from),
        (-40..40_i32).prop_map(|number| json!(f64::from(number) / 4.0)),
        "[abc0]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(select(vec!["a", "b", "c", "d"]), inner, 0..4).prop_map(|fields| json!(fields)),
        ]
    })
}

/// What another implementation says, given schemas that may refer to `a` as
/// `#/components/schemas/A`.
pub(crate) fn judge(schema: &Value, a: &Value, value: &Value) -> bool {
    let mut root = json!({ "components": { "schemas": { "A": a } } });
    root["allOf"] = json!([schema]);
    let options = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).offline();
    options.build(&root).unwrap_or_else(|error| panic!("{root}: {error}")).is_valid(value)
}
