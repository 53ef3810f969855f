use serde_json::json;

use super::*;

fn fault(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn yaml_is_read_as_the_json_that_it_stands_for() {
    let text = "\u{feff}# A comment\n---\nopenapi: 3.1.0\nflow: {a: [1, 'x', \"\\u00e9\"], b: }\nfolded: >-\n  one\n  two\nliteral: |\n  one\n  two\nlist:\n- yes\n- ~\n- true\n- 2020-01-01\n- 12345678901234567890\n- '1'\n...\n";
    assert_eq!(
        read(text).unwrap(),
        json!({
            "openapi": "3.1.0",
            "flow": { "a": [1, "x", "é"], "b": null },
            "folded": "one two",
            "literal": "one\ntwo\n",
            "list": ["yes", null, true, "2020-01-01", 12_345_678_901_234_567_890_u64, "1"],
        })
    );
}

#[test]
fn keys_are_the_text_that_is_written() {
    let value = read("200: a\n1.0: b\ntrue: c\n~: d\n2XX: e\n0x1F: f\n? g\n: h\n").unwrap();
    let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["200", "1.0", "true", "~", "2XX", "0x1F", "g"]);
    assert!(fault("[a]: b").contains("a key is a list or a mapping at line 1, column 1"));
    assert!(fault("a: 1\n: b").contains("a key is missing at line 2, column 1"));
}

#[test]
fn a_key_that_occurs_twice_is_named_with_its_place() {
    assert_eq!(
        fault("paths:\n  /a:\n    get:\n      responses:\n        200: {}\n        '200': {}\n"),
        "the key `200` occurs twice in one object, at `/paths/~1a/get/responses/200` (line 6, column 9); keep one of the two"
    );
    assert!(fault("a: [{b: 1, b: 2}]").contains("at `/a/0/b` (line 1, column 12)"));
    assert!(fault("x: &x {}\ny:\n  <<: *x\n  <<: *x\n").contains("at `/y/<<` (line 4, column 3)"));
}

#[test]
fn nesting_has_a_limit() {
    let flow = |levels: usize| read(&("[".repeat(levels) + &"]".repeat(levels)));
    let block = |levels: usize| read(&"- ".repeat(levels));
    let mixed = |levels: usize| {
        read(&("- ".repeat(levels / 2) + &"[".repeat(levels - levels / 2) + &"]".repeat(levels - levels / 2)))
    };
    assert!(flow(NESTING).is_ok() && block(NESTING).is_ok() && mixed(NESTING).is_ok());
    for levels in [NESTING + 1, 300, 100_000] {
        for read in [flow(levels), mixed(levels)] {
            assert!(matches!(read, Err(Fault::TooDeep { .. })), "{levels}");
        }
    }
    for levels in [NESTING + 1, 300, 3_000] {
        assert!(matches!(block(levels), Err(Fault::TooDeep { .. })), "{levels}");
    }
}

#[test]
fn aliases_are_copies() {
    let text = "a: &a {x: &x [1], y: &y text}\nb: *a\nc: [*x, *y]\n*y : d\n";
    assert_eq!(
        read(text).unwrap(),
        json!({
            "a": { "x": [1], "y": "text" }, "b": { "x": [1], "y": "text" }, "c": [[1], "text"], "text": "d",
        })
    );
    assert_eq!(read("- &a 1\n- &a 2\n- *a").unwrap(), json!([1, 2, 2]));
    assert!(fault("a: *b").contains("anchor"), "{}", fault("a: *b"));
    assert_eq!(
        fault("a: &a\n  b: [*a]\n"),
        "`/a/b/0` is an alias within what it stands for (line 2, column 7); refer to it with a `$ref`"
    );
}

#[test]
fn aliases_that_expand_to_too_much_are_refused() {
    let bomb = |fill: &str, levels: usize| {
        let mut text = format!("a0: &a0 {fill}\n");
        for level in 1..levels {
            let before = level - 1;
            text.push_str(&format!("a{level}: &a{level} [{}]\n", format!("*a{before}, ").repeat(10)));
        }
        text
    };
    assert!(read(&bomb("lol", 4)).is_ok());
    let fault = fault(&bomb("lol", 10));
    assert!(
        fault.starts_with("the document has aliases that expand to far more than itself, at line 7"),
        "{fault}"
    );
    assert!(fault.ends_with("refer to shared parts with a `$ref`"));
    // A deep one.
    let mut text = "a0: &a0 []\n".to_owned();
    for level in 1..200 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(matches!(read(&text), Err(Fault::TooDeep { place: Place { line: 120, .. } })));
}

#[test]
fn merge_keys_bring_fields_in() {
    let text = "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\nx:\n  <<: *base\n  b: own\ny: {<<: [*base, *more], z: 0}\nz: {'<<': 1}\nw: {<<: {v: 1}}\n";
    let value = read(text).unwrap();
    assert_eq!(value["x"], json!({ "b": "own", "a": 1 }));
    assert_eq!(value["y"], json!({ "z": 0, "a": 1, "b": 2, "c": 4 }));
    assert_eq!(value["z"], json!({ "<<": 1 }));
    assert_eq!(value["w"], json!({ "v": 1 }));
    assert!(fault("x:\n  <<: [1]\n").starts_with("`/x/<<` brings in what is no mapping (line 2, column 7)"));
}

#[test]
fn tags_of_yaml_are_known_and_others_refused() {
    let text = "a: !!str 1\nb: !!int '2'\nc: !!float 1.5\nd: !!map {x: !!seq []}\ne: ! 3\nf: !!binary aGk=\ng: !!timestamp 2020-01-01";
    assert_eq!(
        read(text).unwrap(),
        json!({ "a": "1", "b": 2, "c": 1.5, "d": { "x": [] }, "e": "3", "f": "aGk=", "g": "2020-01-01" })
    );
    assert_eq!(
        fault("paths: !include paths.yaml"),
        "`/paths` has the tag `!include`, of which only its program knows the meaning (line 1, column 17); write the value out"
    );
    assert!(fault("a: !!set {x}").contains("the tag `!!set`"));
    assert!(fault("a: !!map []").contains("the tag `!!map`"));
}

#[test]
fn numbers_that_json_lacks_are_refused() {
    assert_eq!(
        fault("a:\n  - .inf"),
        "`/a/0` is `.inf`, for which JSON has no number (line 2, column 5); write it in quotes, or another number"
    );
    assert_eq!(read("'.nan'").unwrap(), json!(".nan"));
}

#[test]
fn what_is_not_yaml_says_where() {
    assert_eq!(
        fault("a:\n\tb: 1\n"),
        "the document is not YAML: tabs disallowed within this context (block indentation) at line 2, column 2; indent with spaces"
    );
    assert!(
        fault("a: b: c\n").contains("mapping values are not allowed in this context at line 1, column 5")
    );
    assert!(fault("a: 'b\n").contains("at line 2, column 1"), "{}", fault("a: 'b\n"));
    assert!(fault("a: [1\n").contains("at line"), "{}", fault("a: [1\n"));
    assert_eq!(
        fault(""),
        "the document is not YAML: it is empty at line 1, column 1; send the document itself"
    );
    assert!(fault("# nothing\n").contains("it is empty"));
    assert_eq!(
        fault("a: 1\n---\nb: 2\n"),
        "the document is not YAML: a second document begins at line 2, column 1; send one document only"
    );
    assert!(fault("a: \u{1}").contains("at line 1"));
}
