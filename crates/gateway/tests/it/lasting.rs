//! Calls that last: tunnels and answers without an end. They end when they would be refused by now, and
//! when they take too long if they have an end.

use std::time::Duration;

use futures_util::future::join_all;
use gateway::{CallLog, Config, Delta};
use jiff::Timestamp;
use model::{ClientId, CollectionId, Digest, KeyId, SecretKind};
use serde_json::Value;
use store::serving::{ServedCollection, ServedKey};
use tempfile::TempDir;

use crate::world::{Answer, Peer, World, everything, key, within};

const GET: &str = "GET /acme/api-v1/things/7";
const SWITCH: &str = "connection: upgrade\r\nupgrade: websocket\r\n";
const AGREED: &str = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
const ENDLESS: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                       transfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n";

/// A world that looks often and logs every call.
async fn logged(change: impl FnOnce(&mut Config)) -> (World, TempDir) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("calls.jsonl");
    let world = World::with(|config| {
        config.call_log = CallLog::All;
        config.call_log_file = Some(file);
        // The shortest of the waits says how often they are looked at.
        config.body_timeout_ms = 100;
        change(config);
    })
    .await;
    (world, folder)
}

/// What the log says of the only call.
async fn detail(world: World, folder: &TempDir) -> Value {
    within(world.gateway.drain(Duration::from_secs(5))).await;
    let text = std::fs::read_to_string(folder.path().join("calls.jsonl")).unwrap();
    let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let line = lines.next().unwrap();
    assert_eq!(lines.next(), None);
    line["detail"].clone()
}

/// A call that has begun, and its upstream.
async fn begun(world: &World, is_tunnel: bool) -> (Peer, Peer) {
    let mut caller = world.caller().await;
    caller.call(GET, if is_tunnel { SWITCH } else { "" }, "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write(if is_tunnel { AGREED } else { ENDLESS }).await;
    let answer = Answer::parse(&caller.head().await);
    assert_eq!(answer.status, if is_tunnel { 101 } else { 200 });
    if !is_tunnel {
        caller.until(b"1\n\n\r\n").await;
    }
    (caller, upstream)
}

/// Changes after which the only call would be refused, and what the log says then.
fn ends(url: &str) -> Vec<(&'static str, Delta)> {
    let key_delta = |change: fn(&mut ServedKey)| {
        let mut key = key();
        change(&mut key);
        Delta::Key(KeyId(1), Some(Box::new(key)))
    };
    let collection_delta = |change: fn(&mut ServedCollection)| {
        let mut collection = everything(url).collections.remove(0);
        change(&mut collection);
        Delta::Collection(CollectionId(1), Some(Box::new(collection)))
    };
    let mut client = everything(url).clients.remove(0);
    client.active = false;
    let mut stranger = everything(url).clients.remove(0);
    stranger.collections.clear();
    vec![
        ("the key is disabled", key_delta(|key| key.active = false)),
        ("the credential is unknown or malformed", Delta::Key(KeyId(1), None)),
        ("the key has expired", key_delta(|key| key.expires_at = Some(Timestamp::UNIX_EPOCH))),
        (
            "the credential is unknown or malformed",
            key_delta(|key| {
                key.generation += 1;
                key.digest = Digest::presented(SecretKind::Key, "1".repeat(64).as_bytes()).unwrap();
            }),
        ),
        ("the client is disabled", Delta::Client(ClientId(1), Some(client))),
        ("the collection is not assigned to the client", Delta::Client(ClientId(1), Some(stranger))),
        ("the endpoint is inactive", collection_delta(|collection| collection.endpoints[0].active = false)),
        ("the recipe is stopped", collection_delta(|collection| collection.endpoints[0].running = false)),
        ("no endpoint has this path", Delta::Collection(CollectionId(1), None)),
    ]
}

#[tokio::test]
async fn a_call_that_lasts_ends_when_it_would_be_refused() {
    let cases = [true, false].into_iter().flat_map(|is_tunnel| (0..9).map(move |case| (is_tunnel, case)));
    join_all(cases.map(async |(is_tunnel, case)| {
        let (world, folder) = logged(|_| {}).await;
        let (mut caller, mut upstream) = begun(&world, is_tunnel).await;
        let (why, delta) = ends(&world.upstream.url()).remove(case);
        world.gateway.gate().apply(vec![delta], 2);
        assert_eq!(caller.rest().await, b"", "{why}");
        assert_eq!(upstream.rest().await, b"", "{why}");
        assert_eq!(detail(world, &folder).await, why);
    }))
    .await;
}

#[tokio::test]
async fn a_call_that_lasts_outlives_what_does_not_concern_it() {
    for is_tunnel in [true, false] {
        let (world, _folder) = logged(|_| {}).await;
        let (mut caller, mut upstream) = begun(&world, is_tunnel).await;
        // Refreshed, with a while for the token before.
        let mut refreshed = key();
        refreshed.generation += 1;
        refreshed.former = Some((refreshed.digest, "9999-01-01T00:00:00Z".parse().unwrap()));
        refreshed.digest = Digest::presented(SecretKind::Key, "1".repeat(64).as_bytes()).unwrap();
        let mut other = key();
        (other.id, other.digest) =
            (KeyId(2), Digest::presented(SecretKind::Key, "2".repeat(64).as_bytes()).unwrap());
        let mut ending = world.caller().await;
        world.gateway.gate().apply(vec![Delta::Key(KeyId(2), Some(Box::new(other)))], 2);
        let call = format!("{GET} HTTP/1.1\r\nhost: a\r\napi-token: {}\r\n{SWITCH}\r\n", "2".repeat(64));
        ending.write(call).await;
        let mut ended = world.upstream.accept().await;
        ended.head().await;
        ended.write(AGREED).await;
        ending.head().await;
        let deltas = vec![Delta::Key(KeyId(1), Some(Box::new(refreshed))), Delta::Key(KeyId(2), None)];
        world.gateway.gate().apply(deltas, 3);
        // When the one has been looked at, the other one has most likely been, too.
        assert_eq!(ending.rest().await, b"");
        let more = if is_tunnel { "more" } else { "4\r\nmore\r\n" };
        upstream.write(more).await;
        assert_eq!(caller.exactly(more.len()).await, more.as_bytes());
    }
}

/// Sends a byte now and then as long as it is taken, and `most` of them.
async fn dribble(peer: &mut Peer, byte: &str, most: usize) -> usize {
    for count in 0..most {
        if !peer.try_write(byte.as_bytes()).await {
            return count;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    most
}

#[tokio::test]
async fn a_caller_who_dribbles_is_too_slow() {
    let (world, folder) = logged(|config| config.total_timeout_ms = 200).await;
    let mut caller = world.caller().await;
    caller.call("POST /acme/api-v1/things", "content-length: 100000\r\n", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    let sends = async { dribble(&mut caller, "x", 100_000).await };
    tokio::select! {
        _ = sends => {}
        _ = upstream.rest() => {}
    }
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.closes()), (408, true));
    assert_eq!(world.refusals(4080), 1);
    drop(caller);
    assert_eq!(detail(world, &folder).await, "the body did not come in time");
}

#[tokio::test]
async fn an_upstream_that_dribbles_is_too_slow_if_its_answer_has_an_end() {
    let (world, folder) = logged(|config| config.total_timeout_ms = 200).await;
    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
    let (sent, _) = tokio::join!(dribble(&mut upstream, "x", 100_000), caller.rest());
    assert!(sent < 100_000);
    assert_eq!(detail(world, &folder).await, "the answer took too long");
}

#[tokio::test]
async fn an_endpoints_own_time_is_that_of_the_whole_call() {
    let (world, folder) = logged(|_| {}).await;
    let mut everything = everything(&world.upstream.url());
    everything.collections[0].endpoints[0].forwarding.timeout_seconds = Some(1);
    world.gateway.gate().replace(everything, 2);
    let mut caller = world.caller().await;
    caller.call(GET, "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    upstream.write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
    tokio::join!(dribble(&mut upstream, "x", 100_000), caller.rest());
    assert_eq!(detail(world, &folder).await, "the answer took too long");
}

#[tokio::test]
async fn an_answer_without_an_end_may_dribble() {
    let (world, folder) = logged(|config| config.total_timeout_ms = 100).await;
    let (mut caller, mut upstream) = begun(&world, false).await;
    assert_eq!(dribble(&mut upstream, "1\r\nx\r\n", 100).await, 100);
    upstream.write("0\r\n\r\n").await;
    assert_eq!(caller.until(b"\r\n0\r\n\r\n").await.len(), 100 * 6 + 5);
    drop(caller);
    assert_eq!(detail(world, &folder).await, Value::Null);
}
