//! What an upstream says before its answer (1xx), on its way to the caller.

use std::pin::pin;
use std::task::Poll;

use http::header::{CONTENT_LENGTH, TRAILER};
use http::{HeaderMap, Request, StatusCode};
use hyper::ext::on_informational;
use tokio::sync::mpsc;

use crate::engine::line::Line;
use crate::headers;
use crate::upload::CallerBody;

/// How many wait for the task of the call to take them. Whoever says more at once is not heard out.
const WAITING: usize = 16;

/// How much of it may go to a caller before one answer; nobody says more in earnest.
pub(crate) const INTERIM_BYTES: usize = 16 << 10;

/// Where a connection's protocol engine leaves the heads that come before an answer.
pub(super) struct Interim {
    sender: mpsc::Sender<Vec<u8>>,
    receiver: mpsc::Receiver<Vec<u8>>,
}

impl Interim {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver }
    }

    /// Has what comes before the answer to this request left here.
    pub(super) fn attend(&mut self, request: &mut Request<CallerBody>) {
        let sender = self.sender.clone();
        on_informational(request, move |answer| {
            if let Some(head) = head(answer.status(), answer.headers()) {
                // One too many is passed over.
                let _ = sender.try_send(head);
            }
        });
    }

    /// Waits for the answer, and lets the caller have what comes before it.
    pub(super) async fn until<F: Future>(&mut self, line: &Line, answer: F) -> F::Output {
        let mut answer = pin!(answer);
        std::future::poll_fn(|cx| {
            while let Poll::Ready(Some(head)) = self.receiver.poll_recv(cx) {
                line.say_before(&head);
            }
            answer.as_mut().poll(cx)
        })
        .await
    }
}

/// As a caller who speaks HTTP/1.1 gets it. Nothing for 100: it answers an expectation, and the gateway
/// answers those itself.
fn head(status: StatusCode, headers: &HeaderMap) -> Option<Vec<u8>> {
    if status == StatusCode::CONTINUE {
        return None;
    }
    let mut headers = headers.clone();
    headers::strip_hop_by_hop(&mut headers);
    // It has no body (RFC 9110, section 15.2), whatever it says.
    for name in [CONTENT_LENGTH, TRAILER] {
        headers.remove(name);
    }
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    for (name, value) in &headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head.extend_from_slice(b"\r\n");
    (head.len() <= INTERIM_BYTES).then_some(head)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn it_is_written_without_what_concerns_one_connection() {
        let fields = [
            ("link", "</a>; rel=preload"),
            ("link", "</b>"),
            ("connection", "x-own"),
            ("x-own", "1"),
            ("transfer-encoding", "chunked"),
            ("content-length", "5"),
        ];
        let written = head(StatusCode::EARLY_HINTS, &headers(&fields)).unwrap();
        let expected = "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\nlink: </b>\r\n\r\n";
        assert_eq!(String::from_utf8(written).unwrap(), expected);
        let unknown = StatusCode::from_u16(155).unwrap();
        assert_eq!(head(unknown, &HeaderMap::new()).unwrap(), b"HTTP/1.1 155 \r\n\r\n");
    }

    #[test]
    fn an_agreement_to_go_on_and_too_much_are_left_out() {
        assert_eq!(head(StatusCode::CONTINUE, &HeaderMap::new()), None);
        let long = HeaderValue::try_from("x".repeat(INTERIM_BYTES)).unwrap();
        let headers = HeaderMap::from_iter([(http::header::LINK, long)]);
        assert_eq!(head(StatusCode::EARLY_HINTS, &headers), None);
    }
}
