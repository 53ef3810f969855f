use model::KeyId;
use proptest::prelude::*;

use super::*;

fn event(path: &str) -> Event<'_> {
    Event {
        at: "2026-01-02T03:04:05.678901Z".parse().unwrap(),
        request_id: b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        known: Known { key: Some(KeyId(7)), ..Known::default() },
        method: Some("GET"),
        path: Some(shown(path)),
        peer: b"203.0.113.7",
        status: Some(403),
        outcome: Outcome::Refused(Refusal::AddressDenied),
        duration_us: 42,
        bytes: 7,
    }
}

fn line(event: &Event<'_>) -> String {
    let mut line = Vec::new();
    Pen::default().write(event, &mut line);
    String::from_utf8(line).unwrap()
}

#[test]
fn a_line_is_json_whatever_the_caller_chose() {
    assert_eq!(
        line(&event("/a\"\n\u{1b}[31m")),
        r#"{"time":"2026-01-02T03:04:05.678901Z","request_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","workspace_id":null,"collection_id":null,"endpoint_id":null,"client_id":null,"key_id":7,"method":"GET","path":"/a\"\n\u001b[31m","peer":"203.0.113.7","status":403,"code":4031,"detail":"the address is on the deny list","duration_us":42,"bytes":7}
"#
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
    let signed = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl-_";
    assert_eq!(&*shown(&format!("/a/{signed}/b")), "/a/[token]/b");
    assert_eq!(&*shown(&format!("/eyJx/{signed};{token}")), "/eyJx/[token];[token]");
    assert_eq!(&*shown("/heyJude/eyJ"), "/heyJude/eyJ");
}

#[test]
fn a_full_queue_counts_and_does_not_wait() {
    let queue = Queue::new(1);
    queue.push(&event("/a"));
    queue.push(&event("/b"));
    assert_eq!((queue.depth(), queue.capacity(), queue.drops()), (1, 1, 1));
}

#[test]
fn what_waits_is_written_before_the_writer_ends() {
    let file = std::env::temp_dir().join(format!("portico-call-log-{}", std::process::id()));
    let queue = Arc::new(Queue::new(8));
    queue.push(&event("/a"));
    let writer = Writer::start(vec![Arc::clone(&queue)], Some(&file)).unwrap();
    queue.push(&event("/b"));
    drop(writer);
    let written = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(written.lines().count(), 2);
}

#[test]
fn the_time_is_that_of_the_call() {
    let mut pen = Pen::default();
    for at in [
        "2026-01-02T03:04:05.678901Z",
        "2026-01-02T03:04:05.000009Z",
        "2026-01-02T03:04:06.900000Z",
        "1969-12-31T23:59:58.500000Z",
        "1970-01-01T00:00:00.000000Z",
    ] {
        let mut line = Vec::new();
        pen.write(&Event { at: at.parse().unwrap(), ..event("/") }, &mut line);
        let time = &line[br#"{"time":""#.len()..][..at.len()];
        assert_eq!(std::str::from_utf8(time).unwrap(), at);
    }
}

#[test]
fn long_lines_do_not_fill_the_memory() {
    let queue = Queue::new(4);
    let path = "/\u{1}".repeat(1000);
    (0..4).for_each(|_| queue.push(&event(&path)));
    assert_eq!((queue.depth(), queue.drops()), (2, 2));
}

proptest! {
    #[test]
    fn a_line_is_what_a_serializer_writes(path in any::<String>(), key in any::<Option<i64>>(), us in any::<u64>()) {
        let known = Known { key: key.map(KeyId), ..Known::default() };
        let written = line(&Event { known, duration_us: us, ..event(&path) });
        let read = Line::read(written.trim_end().as_bytes()).unwrap();
        prop_assert_eq!(serde_json::to_string(&read).unwrap() + "\n", written.clone());
        prop_assert!(written.contains(&serde_json::to_string(&shown(&path)).unwrap()));
    }
}
