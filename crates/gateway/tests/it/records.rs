use std::time::Duration;

use gateway::CallLog;
use serde_json::Value;

use crate::world::{TOKEN, World, within};

/// Makes four calls and gives the lines that they left.
async fn lines(call_log: CallLog) -> (Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls.jsonl");
    let path = file.clone();
    let world = World::with(|config| {
        config.call_log = call_log;
        config.call_log_file = Some(path);
    })
    .await;
    let mut caller = world.caller().await;
    caller.call(&format!("GET /acme/api-v1/mock?api_token={TOKEN}&a=secret"), "", "").await;
    assert_eq!(caller.answer().await.status, 200);
    caller.call("GET /acme/api-v1/\"nothing\"", &format!("authorization: Bearer {TOKEN}\r\n"), "").await;
    assert_eq!(caller.answer().await.status, 401);
    caller.call(&format!("GET /acme/api-v1/{TOKEN}"), "", "").await;
    assert_eq!(caller.answer().await.status, 404);
    caller.write("broken\r\n\r\n").await;
    assert_eq!(caller.answer().await.status, 400);
    drop(caller);
    within(world.gateway.drain(Duration::from_secs(5))).await;
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    (text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), text)
}

#[tokio::test]
async fn every_call_leaves_a_line_without_a_secret() {
    let (lines, text) = lines(CallLog::All).await;
    assert!(!text.contains(TOKEN) && !text.contains("secret"));
    let figures = |line: &Value| (line["status"].as_u64(), line["code"].as_u64());
    let expected =
        [(Some(200), None), (Some(401), Some(4017)), (Some(404), Some(4041)), (Some(400), Some(4000))];
    assert_eq!(lines.iter().map(figures).collect::<Vec<_>>(), expected);
    let first = &lines[0];
    assert_eq!(first["path"], "/acme/api-v1/mock");
    assert_eq!(first["method"], "GET");
    assert_eq!(first["peer"], "127.0.0.1");
    assert_eq!(first["bytes"], 8);
    for id in ["workspace_id", "collection_id", "client_id", "key_id"] {
        assert_eq!(first[id], 1, "{id}");
    }
    assert_eq!(first["endpoint_id"], 4);
    assert_eq!(first["request_id"].as_str().unwrap().len(), 32);
    assert_eq!(lines[2]["path"], "/acme/api-v1/[token]");
}

#[tokio::test]
async fn successes_can_be_left_out_and_so_can_everything() {
    let (refusals, _) = lines(CallLog::Refusals).await;
    assert_eq!(refusals.len(), 3);
    let (none, _) = lines(CallLog::Off).await;
    assert_eq!(none.len(), 0);
}

#[tokio::test]
async fn calls_are_counted_when_they_are_over() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    assert_eq!(world.metric("calls_in_flight{core=\"0\"}"), 1);
    assert_eq!(world.metric("connections{core=\"0\"}"), 1);
    upstream.ok("done").await;
    caller.answer().await;
    // The next call begins after the first is over.
    caller.call("GET /acme/api-v1/mock", "", "").await;
    caller.answer().await;
    assert!(world.metric("calls_total{status=\"2xx\"}") >= 1);
    assert!(world.metric("call_duration_seconds_count") >= 1);
    assert_eq!(world.metric("keys"), 1);
    assert_eq!(world.metric("endpoints"), 5);
    assert_eq!(world.metric("snapshot_seq"), 1);
}
