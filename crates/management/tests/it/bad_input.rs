//! Bodies that nobody should send, to every route that takes one: a clear answer, and nothing done.

use std::collections::BTreeMap;

use axum::body::Body;
use serde_json::{Value, json};

use crate::guards::path;
use crate::matching::things;
use crate::openapi::example;
use crate::world::{Answer, World};

/// Bodies that are no object of fields, whatever the route: a name, the content type, the bytes.
fn broken() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let json = "application/json";
    let deep = |open: &str, close: &str| {
        format!("{{\"name\":{}1{}}}", open.repeat(5_000), close.repeat(5_000)).into_bytes()
    };
    vec![
        ("a list", json, b"[]".to_vec()),
        ("a text", json, b"\"name\"".to_vec()),
        ("a number", json, b"1".to_vec()),
        ("null", json, b"null".to_vec()),
        ("half an object", json, b"{\"name\": \"A\"".to_vec()),
        ("something after it", json, b"{\"name\": \"A\"} {}".to_vec()),
        ("a key twice", json, b"{\"name\": \"A\", \"name\": \"B\"}".to_vec()),
        ("a key twice, deep inside", json, b"{\"x\": [{\"y\": 1, \"y\": 2}]}".to_vec()),
        ("no UTF-8", json, b"{\"name\": \"\xff\xfe\"}".to_vec()),
        ("half a surrogate", json, b"{\"name\": \"\\ud800\"}".to_vec()),
        ("a plain NUL", json, b"{\"name\": \"\x00\"}".to_vec()),
        ("a number beyond all", json, b"{\"name\": 1e999}".to_vec()),
        ("deep lists", json, deep("[", "]")),
        ("deep objects", json, deep("{\"a\":", "}")),
        ("a form", "application/x-www-form-urlencoded", b"name=A".to_vec()),
        ("XML", "application/xml", b"<name>A</name>".to_vec()),
        ("plain text", "text/plain", b"{\"name\": \"A\"}".to_vec()),
        ("parts", "multipart/form-data; boundary=x", b"--x--".to_vec()),
        ("too much", json, format!("{{\"name\": \"{}\"}}", "x".repeat(33 << 20)).into_bytes()),
    ]
}

/// Values that no field takes.
fn hostile() -> Vec<Value> {
    vec![
        json!({ "a": { "b": [] } }),
        json!([[["x"]]]),
        json!(1.5),
        json!(-1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!("a\u{0}b"),
        json!("\u{0}"),
        json!(["\u{0}"]),
        json!("x".repeat(100_000)),
        json!(vec!["x"; 5_000]),
        json!(vec![Value::Null; 3]),
        json!("' or 1=1 --"),
        json!("../../etc/passwd"),
        json!("\u{202e}\u{feff}"),
    ]
}

/// Refused with a message, or, where `may_pass`, done.
fn check(answer: &Answer, may_pass: bool, what: &str) -> bool {
    let status = answer.status.as_u16();
    if status == 200 && may_pass {
        return true;
    }
    assert!((400..500).contains(&status), "{what}: {}", answer.text);
    assert!(
        answer.json()["message"].as_str().is_some_and(|text| !text.is_empty()),
        "{what}: {}",
        answer.text
    );
    assert!(answer.text.len() < 100_000, "{what}: the answer repeats what it got");
    false
}

#[tokio::test]
async fn a_body_that_nobody_should_send_is_refused_and_does_nothing() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    things(&ada).await;
    let lines = async || ada.get("/api/activity_logs").await.ok()["total"].as_i64().unwrap();
    let description = management::openapi();
    let mut tried = BTreeMap::<&str, usize>::new();
    for route in management::routes() {
        let operation = &description["paths"][&route.path][route.method.to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(schema) = schema.as_str() else { continue };
        let name = format!("{} {}", route.method, route.path);
        let path = path(&route);
        let before = lines().await;
        for (what, content_type, body) in broken() {
            let mut request = ada.request(route.method, &path, Body::from(body));
            request.headers_mut().insert("content-type", content_type.parse().unwrap());
            check(&world.send(request).await, false, &format!("{name} with {what}"));
            *tried.entry("broken").or_default() += 1;
        }
        assert_eq!(lines().await, before, "{name} did something");

        let Value::Object(sound) = example(&description, schema) else { panic!("{name} takes no object") };
        for field in sound.keys() {
            for value in hostile() {
                let before = lines().await;
                let mut body = sound.clone();
                let what = format!("{name} with {field} = {:.60}", value.to_string());
                body.insert(field.clone(), value);
                let answer = ada.send(route.method, &path, Value::Object(body).to_string()).await;
                // A text may be all that a field wants, and a dry run writes nothing.
                if !check(&answer, true, &what) {
                    assert_eq!(lines().await, before, "{what} did something");
                }
                *tried.entry("hostile").or_default() += 1;
            }
        }
    }
    assert!(tried["broken"] > 300 && tried["hostile"] > 1_000, "{tried:?}");
}

/// Values of parameters that are more than values where statements are put together from texts.
const INJECTED: [&str; 12] = [
    "' or 1=1 --",
    "1 or 1=1",
    "1; drop table api_keys; --",
    "') union select 1,2,3 --",
    "name desc; delete from clients",
    "\"; select pg_sleep(9); --",
    "%",
    "_",
    "\\",
    "\u{0}",
    "../../etc/passwd",
    "99999999999999999999999999",
];

#[tokio::test]
async fn what_stands_in_a_query_is_a_value_and_nothing_more() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    things(&ada).await;
    let description = management::openapi();
    let mut tried = 0;
    let lines = ada.get("/api/activity_logs").await.ok()["total"].clone();
    for route in management::routes().into_iter().filter(|route| route.method == "GET") {
        let operation = &description["paths"][&route.path]["get"];
        let all = ada.get(&path(&route)).await.text.len();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            for value in INJECTED {
                let escaped: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
                let target = match parameter["in"].as_str() {
                    Some("query") => format!("{}?{name}={escaped}", path(&route)),
                    Some("path") => {
                        route.path.replace(&format!("{{{name}}}"), &escaped).replace(['{', '}'], "")
                    }
                    _ => continue,
                };
                let answer = ada.get(&target).await;
                assert!(answer.status.as_u16() < 500, "{target}: {}", answer.text);
                // A filter leaves out, and never shows what was not there without it.
                if answer.status.is_success() && parameter["in"] == "query" {
                    assert!(answer.text.len() <= all + 256, "{target}: {}", answer.text);
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "{tried}");
    assert_eq!(ada.get("/api/activity_logs").await.ok()["total"], lines);
    for thing in ["/api/v2/api_clients", "/api/v2/api_clients/1/api_keys"] {
        assert_ne!(ada.get(thing).await.ok()["count"], 0, "{thing}");
    }
}
