use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Document, Format};

/// What our own reader makes of the YAML of a value, if it stands in a document.
fn again(value: &Value) -> Value {
    let root = json!({ "openapi": "3.1.0", "info": { "title": "T", "version": "1" }, "x-value": value });
    let text = to_yaml(&root);
    match Document::parse(&text, Format::Yaml) {
        Ok(document) => document.as_value()["x-value"].clone(),
        Err(fault) => panic!("{fault}\n{text}"),
    }
}

#[test]
fn a_document_reads_well() {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Quotes: a sample", "version": "1.0", "description": "# Quotes\n\nAll of them.\n" },
        "tags": [],
        "servers": [{ "url": "https://api.test/{v}", "x-more": [["a"], [], {}] }],
        "paths": {
            "/quotes/{id}": {
                "get": {
                    "parameters": [{ "name": "on", "required": true }, { "$ref": "#/components/parameters/P" }],
                    "responses": { "200": { "description": "It's here" }, "default": { "description": "" } },
                },
            },
        },
        "x-values": [null, true, -1, 1.5, 1e300, "1e3", "null", "No", "~", "2020-01-01", "- a", "a #b", "a#b", "a: b", "a:b"],
        "x-lines": ["one\ntwo", "ends\n", "ends twice\n\n", " begins\nso", "tab\there", "a\r\nb", "blank\n \nline"],
    });
    assert_eq!(
        to_yaml(&document),
        "\
openapi: '3.1.0'
info:
  title: 'Quotes: a sample'
  version: '1.0'
  description: |
    # Quotes

    All of them.
tags: []
servers:
  - url: https://api.test/{v}
    x-more:
      - - a
      - []
      - {}
paths:
  /quotes/{id}:
    get:
      parameters:
        - name: 'on'
          required: true
        - $ref: '#/components/parameters/P'
      responses:
        '200':
          description: It's here
        default:
          description: ''
x-values:
  - null
  - true
  - -1
  - 1.5
  - 1.0e+300
  - '1e3'
  - 'null'
  - 'No'
  - '~'
  - '2020-01-01'
  - '- a'
  - 'a #b'
  - a#b
  - 'a: b'
  - a:b
x-lines:
  - |-
    one
    two
  - |
    ends
  - \"ends twice\\n\\n\"
  - \" begins\\nso\"
  - \"tab\\there\"
  - \"a\\r\\nb\"
  - \"blank\\n \\nline\"
"
    );
    assert_eq!(
        Document::parse(&to_yaml(&document), Format::Yaml).map(|one| one.to_json_string()),
        Ok(document.to_string())
    );
}

#[test]
fn odd_texts_come_back() {
    for text in [
        "",
        " ",
        "\n",
        "\n\n",
        "a\n",
        "a\n\n",
        "\na",
        "a\n b\n",
        "a \nb ",
        "a\n#b",
        "a\n---\nb",
        "...",
        "---",
        "%a",
        "@a",
        "`a`",
        "!a",
        "&a",
        "*a",
        "?",
        "? a",
        ":",
        "a:",
        ": a",
        "-",
        "'",
        "''",
        "\"",
        "\\",
        "{a",
        "[a",
        "a, b",
        "|",
        ">",
        "<<",
        "=",
        "0x1f",
        "0o7",
        "1_000",
        "12:30:45",
        ".5",
        "+1",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}a",
        "a\u{feff}",
        "\u{fffe}",
        "😀",
        "é",
        "a\tb",
        "a\t#b",
        "a:\tb",
        "key \n",
        "\t",
        "a\n\tb",
        "a\n\t\nb",
    ] {
        let value = json!([text, { text: text }, [[text]], { "a": { "b": text } }]);
        assert_eq!(again(&value), value, "{text:?}");
    }
}

#[test]
fn long_keys_and_deep_values_come_back() {
    let mut value = json!({ "k".repeat(3_000): { "é\n".repeat(800): ["a"] } });
    for level in 0..50 {
        value = if level % 2 == 0 { json!([1, value, 2]) } else { json!({ "a": value, "b": "c\nd" }) };
    }
    assert_eq!(again(&value), value);
}

#[test]
fn indentation_is_bounded() {
    let mut value = json!(vec![0; 600_000]);
    for _ in 0..100 {
        value = json!([value]);
    }
    let text = to_yaml(&value);
    assert!(text.len() < 3_000_000, "{}", text.len());
    // There is a limit to how much is indented in all, and none to what is written.
    assert_eq!(text.matches('0').count(), 600_000);
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ \t\n#:'\"a|>{}\\[\\],&*!%@`~?-]{0,12}",
        "[-+.0-9eExo_:]{1,8}",
        "(?i)(y|n|yes|no|on|off|true|false|null)",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec((text.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn everything_comes_back(value in any_json()) {
        prop_assert_eq!(again(&value).to_string(), value.to_string());
    }
}
