use std::future::poll_fn;

use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use tokio::io::{AsyncWriteExt as _, duplex};

use super::*;

fn heard(answer: &[u8]) -> Option<(StatusCode, Vec<u8>, u64)> {
    match understand(Bytes::copy_from_slice(answer), &Method::GET) {
        Heard::Plain(response, rest) => Some((response.status(), rest.first.to_vec(), rest.left)),
        Heard::Other(read) => {
            assert_eq!(read, answer, "the engine has to get all of it");
            None
        }
    }
}

#[test]
fn an_answer_with_a_length_is_plain() {
    let plain = [
        (&b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"[..], 200, &b"ok"[..], 0),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\nConnection: Keep-Alive\r\n\r\nno", 404, b"no", 1),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b"", 0),
        (b"HTTP/1.1 500 \r\nContent-Length: 1\r\n\r\nabc", 500, b"a", 0),
    ];
    for (answer, status, first, left) in plain {
        let (is, body, rest) = heard(answer).expect("plain");
        assert_eq!((is.as_u16(), &body[..], rest), (status, first, left));
    }
}

#[test]
fn what_is_out_of_the_ordinary_is_left_to_the_engine() {
    let other: [&[u8]; 19] = [
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2, 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: \r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive, x-a\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nupgrade: h2c\r\n\r\nok",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\na: b\r\n c\r\n\r\nok",
        b"SSH-2.0-OpenSSH\r\n",
    ];
    for answer in other {
        assert_eq!(heard(answer), None, "{}", answer.escape_ascii());
    }
}

/// What our way and the engine's make of the same bytes: status, headers and body, or nothing where
/// the answer is broken.
type Read = Option<(StatusCode, HeaderMap, Vec<u8>)>;

async fn by_the_engine(answer: &[u8], method: &Method) -> Read {
    let (near, mut far) = duplex(1 << 16);
    let (mut sender, connection) =
        hyper::client::conn::http1::Builder::new().handshake(TokioIo::new(near)).await.unwrap();
    let served = tokio::spawn(connection);
    let request = http::Request::builder().method(method).uri("/").body(Empty::<Bytes>::new()).unwrap();
    let asked = sender.send_request(request);
    let answers = async {
        // The engine takes what comes before its request for an error.
        assert!(far.read_buf(&mut BytesMut::with_capacity(1 << 10)).await.unwrap() > 0);
        far.write_all(answer).await.unwrap();
        far.shutdown().await.unwrap();
        far
    };
    let (asked, _far) = tokio::join!(asked, answers);
    let read = match asked {
        Ok(response) => {
            let (parts, body) = response.into_parts();
            body.collect().await.ok().map(|body| (parts.status, parts.headers, body.to_bytes().to_vec()))
        }
        Err(_) => None,
    };
    drop(sender);
    let _ = served.await;
    read
}

async fn by_the_shortcut(answer: &[u8], method: &Method) -> Option<Read> {
    let (mut near, mut far) = duplex(1 << 16);
    far.write_all(answer).await.unwrap();
    far.shutdown().await.unwrap();
    let Ok(Heard::Plain(response, mut rest)) = ask(&mut near, b"GET / HTTP/1.1\r\n\r\n", method).await else {
        return None;
    };
    let mut body = Vec::new();
    while let Some(data) = poll_fn(|cx| rest.poll_data(&mut near, cx)).await {
        match data {
            Ok(data) => body.extend_from_slice(&data),
            Err(_) => return Some(None),
        }
    }
    Some(Some((response.status(), response.headers().clone(), body)))
}

#[tokio::test]
async fn what_comes_behind_a_body_is_not_taken_for_part_of_it() {
    for (behind, is_clean) in [("", true), ("H", false), ("HTTP/1.1 200 OK\r\n\r\n", false)] {
        let (mut near, mut far) = duplex(1 << 16);
        far.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab").await.unwrap();
        let heard = ask(&mut near, b"GET / HTTP/1.1\r\n\r\n", &Method::GET).await;
        let Ok(Heard::Plain(_, mut rest)) = heard else { panic!("{heard:?}") };
        far.write_all(format!("cd{behind}").as_bytes()).await.unwrap();
        let mut body = Vec::new();
        while let Some(data) = poll_fn(|cx| rest.poll_data(&mut near, cx)).await {
            body.extend_from_slice(&data.unwrap());
        }
        assert_eq!((body.as_slice(), rest.is_clean()), (&b"abcd"[..], is_clean), "{behind:?}");
    }
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (0_usize..40).prop_map(|length| format!("Content-Length: {length}")),
        1 => Just("Content-Length: 007".to_owned()),
        1 => Just("content-length:4 ".to_owned()),
        1 => "[a-c]{1,2}: [ -~]{0,6}",
        1 => "X-[a-z]{1,3}:[\\t -~\u{e9}]{0,6}",
        1 => Just("Transfer-Encoding: chunked".to_owned()),
        1 => Just("Connection: keep-alive".to_owned()),
        1 => Just("Connection: close".to_owned()),
        1 => "[ -~]{0,8}",
    ]
}

proptest! {
    /// Whatever the shortcut takes for an answer, the engine reads in the same way.
    #[test]
    fn the_shortcut_reads_what_the_engine_reads(
        status in prop_oneof![3 => 200_u16..205, 1 => 100_u16..600],
        version in prop_oneof![5 => Just("1.1"), 1 => Just("1.0"), 1 => Just("2.0")],
        lines in prop::collection::vec(line(), 0..5),
        body in "[ -~]{0,40}",
        is_head: bool,
    ) {
        let mut answer = format!("HTTP/{version} {status} Some\r\n");
        lines.iter().for_each(|line| { answer.push_str(line); answer.push_str("\r\n"); });
        answer.push_str("\r\n");
        answer.push_str(&body);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let method = if is_head { Method::HEAD } else { Method::GET };
            if let Some(ours) = by_the_shortcut(answer.as_bytes(), &method).await {
                prop_assert_eq!(ours, by_the_engine(answer.as_bytes(), &method).await);
            }
            Ok(())
        })?;
    }
}
