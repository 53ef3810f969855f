//! Every payload, as it should be and as it should not: never a panic, never a mistake of ours. The fuzzer
//! (`make fuzz`) goes on from here.

#[path = "../../../../fuzz/payloads.rs"]
mod exercise;

use std::path::Path;

use serde_json::{Value, json};

use crate::openapi::example;

/// What no field of a request is.
fn misfits() -> Vec<Value> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(9_223_372_036_854_775_807_i64),
        json!("18446744073709551616"),
        json!(""),
        json!("\u{0}"),
        json!("a\u{202e}\u{ffff}\r\nx: y"),
        json!("é".repeat(20_000)),
        json!([]),
        json!([null, {}, "x", -1]),
        json!({ "type": "basic", "id": {} }),
        deep,
    ]
}

#[test]
fn every_payload_is_answered() {
    let mut api = exercise::Api::new();
    let description = management::openapi();
    let operations: Vec<_> = api.operations().map(str::to_owned).collect();
    for operation in operations {
        let mut send = |body: &[u8]| api.payload(&[operation.as_bytes(), b"\n", body].concat());
        for body in [
            &b""[..],
            b"null",
            b"[]",
            b"\"x\"",
            b"{",
            b"{\"name\":1,\"name\":2}",
            b"\xff\xfe",
            b"{\"name\":\"\\ud800\"}",
            b"{\"id\":1e999}",
        ] {
            send(body);
        }
        send("[".repeat(100_000).as_bytes());
        let found =
            description["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap());
        let found = found.map(|(_, found)| found).find(|found| found["operationId"] == *operation).unwrap();
        let schema = found["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
        let Some(schema) = schema else { continue };
        let sound = example(&description, schema);
        for field in sound.as_object().unwrap().keys() {
            for misfit in misfits() {
                let mut body = sound.clone();
                body[field] = misfit;
                send(body.to_string().as_bytes());
            }
        }
        send(sound.to_string().as_bytes());
    }
}

#[test]
fn every_seed_is_answered() {
    let mut api = exercise::Api::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/payloads");
    let mut count = 0;
    for seed in std::fs::read_dir(folder).unwrap() {
        api.payload(&std::fs::read(seed.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 6, "{count}");
}
