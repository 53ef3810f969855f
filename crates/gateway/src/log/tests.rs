use model::KeyId;

use super::*;

fn event(path: &str) -> Event {
    Event {
        at: "2026-01-02T03:04:05.678901Z".parse().unwrap(),
        request_id: [b'a'; 32],
        known: Known { key: Some(KeyId(7)), ..Known::default() },
        method: Some("GET".into()),
        path: Some(shown(path)),
        peer: "203.0.113.7".parse().unwrap(),
        status: Some(403),
        outcome: Outcome::Refused(Refusal::AddressDenied),
        duration_us: 42,
        bytes: 7,
    }
}

#[test]
fn a_line_is_json_whatever_the_caller_chose() {
    let line = serde_json::to_string(&Line::new(&event("/a\"\n\u{1b}[31m"))).unwrap();
    assert_eq!(
        line,
        r#"{"time":"2026-01-02T03:04:05.678901Z","request_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","workspace_id":null,"collection_id":null,"endpoint_id":null,"client_id":null,"key_id":7,"method":"GET","path":"/a\"\n\u001b[31m","peer":"203.0.113.7","status":403,"code":4031,"detail":"the address is on the deny list","duration_us":42,"bytes":7}"#
    );
}

#[test]
fn a_token_in_a_path_is_not_shown() {
    let token = "0123456789abcdef".repeat(4);
    assert_eq!(&*shown(&format!("/a/{token}/b")), "/a/[token]/b");
    assert_eq!(&*shown(&format!("/a/{token}{token}")), "/a/[token]");
    assert_eq!(&*shown(&format!("/{token}-{token}")), "/[token]-[token]");
    assert_eq!(&*shown(&format!("/a/{}", &token[1..])), format!("/a/{}", &token[1..]));
    assert_eq!(shown(&"é".repeat(1000)).len(), 1024);
}

#[test]
fn a_full_queue_counts_and_does_not_wait() {
    let queue = Queue::new(1);
    queue.push(event("/a"));
    queue.push(event("/b"));
    assert_eq!((queue.depth(), queue.capacity(), queue.drops()), (1, 1, 1));
}

#[test]
fn what_waits_is_written_before_the_writer_ends() {
    let file = std::env::temp_dir().join(format!("portico-call-log-{}", std::process::id()));
    let queue = Arc::new(Queue::new(8));
    queue.push(event("/a"));
    let writer = Writer::start(vec![Arc::clone(&queue)], Some(&file)).unwrap();
    queue.push(event("/b"));
    drop(writer);
    let written = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(written.lines().count(), 2);
}
