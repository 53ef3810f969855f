//! All ways in which an upstream fails, by the two ways in which calls go there, with and without TLS: what
//! the caller gets, what the log says, and that the next call works.

use std::time::Duration;

use futures_util::future::join_all;
use gateway::{CallLog, Config};
use serde_json::Value;
use socket2::SockRef;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

use crate::tls::{Authority, towards_tls};
use crate::world::{Answer, Peer, World, within};

const GET: (&str, &str, &str) = ("GET /acme/api-v1/things/7", "", "");
const POST: (&str, &str, &str) = ("POST /acme/api-v1/things", "content-length: 2\r\n", "hi");
const HINT: &str = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";

/// What an upstream does once it has read a request.
enum Deed {
    /// Says this and closes.
    Say(String),
    /// Says this and nothing more.
    Stall(String),
    /// Says this and resets the connection.
    Reset(String),
    /// Says this over and over.
    Repeat(&'static str),
}

struct Mishap {
    deed: Deed,
    status: u16,
    /// What comes of the body; not asked for where the gateway answers by itself.
    body: &'static str,
    /// What the log says.
    detail: Option<&'static str>,
}

fn mishaps() -> Vec<Mishap> {
    use Deed::{Repeat, Reset, Say, Stall};
    const UNREADABLE: Option<&str> = Some("the upstream's answer is not readable");
    const CLOSED: Option<&str> = Some("the upstream closed the connection without an answer");
    const SILENT: Option<&str> = Some("the upstream did not answer in time");
    const BROKEN: Option<&str> = Some("the upstream's answer broke off");
    const STOOD: Option<&str> = Some("the answer stood still for too long");
    let bad = |deed, status, detail| Mishap { deed, status, body: "", detail };
    let ok = |deed, body, detail| Mishap { deed, status: 200, body, detail };
    let say = |text: &str| Say(text.to_owned());
    let ten = || "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_owned();
    let chunked = || "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n".to_owned();
    let many: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    vec![
        bad(Say(String::new()), 502, CLOSED),
        bad(Reset(String::new()), 502, CLOSED),
        bad(Stall(String::new()), 504, SILENT),
        bad(say("220 mail.test ESMTP\r\n\r\n"), 502, UNREADABLE),
        bad(say("\0\x01\x02\x03\r\n\r\n"), 502, UNREADABLE),
        bad(say("HTTP/1.1 200 OK\r\nx"), 502, UNREADABLE),
        bad(say("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"), 502, UNREADABLE),
        bad(say("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"), 502, UNREADABLE),
        bad(say("HTTP/1.1 101 Switching Protocols\r\nupgrade: other\r\n\r\n"), 502, UNREADABLE),
        bad(Say(format!("HTTP/1.1 200 OK\r\n{many}\r\n")), 502, UNREADABLE),
        bad(Say(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(600_000))), 502, UNREADABLE),
        bad(Stall("HTTP/1.1 200 OK\r\nx".to_owned()), 504, SILENT),
        bad(Repeat(HINT), 504, SILENT),
        bad(Say(HINT.repeat(300)), 502, UNREADABLE),
        ok(Say(format!("{}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", HINT.repeat(300))), "ok", None),
        ok(say("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\nevil"), "ok", None),
        ok(Say(ten()), "abc", BROKEN),
        ok(Reset(ten()), "abc", BROKEN),
        ok(Stall(ten()), "abc", STOOD),
        ok(Say(chunked()), "3\r\nabc\r\n", BROKEN),
        ok(Stall(chunked()), "3\r\nabc\r\n", STOOD),
        ok(Say(format!("{}zz\r\n", chunked())), "3\r\nabc\r\n", BROKEN),
    ]
}

/// A world whose upstream is met with or without TLS.
struct Place {
    world: World,
    tls: Option<TlsAcceptor>,
    folder: TempDir,
}

impl Place {
    async fn new(is_tls: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("calls.jsonl");
        let change = |config: &mut Config| {
            config.call_log = CallLog::Refusals;
            config.call_log_file = Some(file);
            (config.first_byte_timeout_ms, config.stall_timeout_ms) = (300, 300);
        };
        if !is_tls {
            return Self { world: World::with(change).await, tls: None, folder };
        }
        let authority = Authority::new();
        let world = towards_tls(Some(&authority.pem), change).await;
        let tls = Some(authority.server("localhost", true, &["http/1.1"]).into());
        Self { world, tls, folder }
    }

    /// The upstream's end of the next connection; `resets` when it is dropped.
    async fn accept(&self, resets: bool) -> Peer {
        let stream = self.world.upstream.accept_stream().await;
        if resets {
            SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
        }
        match &self.tls {
            None => Peer::new(stream),
            Some(tls) => Peer::over(within(tls.accept(stream)).await.unwrap()),
        }
    }

    /// The next call works.
    async fn works(&self, caller: &mut Peer) {
        caller.call(GET.0, "", "").await;
        let mut upstream = self.accept(false).await;
        upstream.head().await;
        upstream.ok("fine").await;
        assert_eq!(caller.answer().await.body, "fine");
    }

    async fn suffer(&self, (line, headers, body): (&str, &str, &str), mishap: &Mishap) {
        let mut caller = self.world.caller().await;
        caller.call(line, headers, body).await;
        let mut upstream = self.accept(matches!(mishap.deed, Deed::Reset(_))).await;
        upstream.head().await;
        upstream.exactly(body.len()).await;
        let act = async {
            match &mishap.deed {
                Deed::Say(text) | Deed::Reset(text) => {
                    upstream.try_write(text.as_bytes()).await;
                    // What is said has to arrive before the reset.
                    (!text.is_empty() && matches!(mishap.deed, Deed::Reset(_))).then_some(upstream)
                }
                Deed::Stall(text) => {
                    upstream.try_write(text.as_bytes()).await;
                    Some(upstream)
                }
                Deed::Repeat(text) => {
                    while upstream.try_write(text.as_bytes()).await {
                        tokio::task::yield_now().await;
                    }
                    None
                }
            }
        };
        let head = async {
            loop {
                let head = caller.head().await;
                // What the upstream says before is passed on, however it goes on.
                if !head.starts_with("HTTP/1.1 103") {
                    return head;
                }
            }
        };
        let (upstream, head) = tokio::join!(act, head);
        let answer = Answer::parse(&head);
        assert_eq!(answer.status, mishap.status, "{:?}", mishap.detail);
        assert!(answer.has_id());
        if answer.status != 200 {
            let length = answer.header("content-length").unwrap().parse().unwrap();
            assert!(caller.exactly(length).await.starts_with(b"{\"error\":"));
            drop(upstream);
            return self.works(&mut caller).await;
        }
        assert_eq!(caller.exactly(mishap.body.len()).await, mishap.body.as_bytes());
        if matches!(mishap.deed, Deed::Reset(_)) {
            drop(upstream);
        } else if mishap.detail.is_none() {
            return self.works(&mut caller).await;
        }
        // The caller sees that it is not the end.
        assert_eq!(caller.rest().await, b"", "{:?}", mishap.detail);
        self.works(&mut self.world.caller().await).await;
    }
}

#[tokio::test]
async fn each_mishap_has_its_answer_and_its_line_and_the_next_call_works() {
    let ways = [(false, GET), (false, POST), (true, GET), (true, POST)];
    join_all(ways.map(async |(is_tls, call)| {
        let place = Place::new(is_tls).await;
        for mishap in mishaps() {
            place.suffer(call, &mishap).await;
        }
        let Place { world, folder, .. } = place;
        within(world.gateway.drain(Duration::from_secs(5))).await;
        let text = std::fs::read_to_string(folder.path().join("calls.jsonl")).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let details: Vec<_> = lines.map(|line| line["detail"].as_str().unwrap().to_owned()).collect();
        let expected: Vec<_> = mishaps().iter().filter_map(|mishap| mishap.detail).collect();
        assert_eq!(details, expected);
    }))
    .await;
}
