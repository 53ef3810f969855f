use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use super::*;

const LIMITS: Limits = Limits { bytes: 1_000, time: Duration::from_secs(10), redirects: 2 };
const HOME: Ipv4Addr = Ipv4Addr::LOCALHOST;
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What a server was sent, call by call.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A server that answers every call with this text.
async fn server(address: Ipv4Addr, answer: impl Into<String>) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, answer) = (Heard::default(), answer.into());
    let note = heard.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            converse(stream, &note, &answer).await;
        }
    });
    (address, heard)
}

async fn converse(mut stream: impl AsyncRead + AsyncWrite + Unpin, heard: &Heard, answer: &str) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    heard.0.lock().unwrap().push(String::from_utf8(request).unwrap());
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/yaml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
}

fn allowing(entries: &[&str]) -> Outbound {
    Outbound::new(entries.iter().map(|text| Exception::parse(text).unwrap()).collect())
}

async fn fetch(outbound: &Outbound, url: &str) -> Result<Fetched, Fault> {
    outbound.fetch(&Url::parse(url).unwrap(), LIMITS).await
}

async fn refusal(outbound: &Outbound, url: &str) -> String {
    fetch(outbound, url).await.unwrap_err().to_string()
}

#[tokio::test]
async fn what_an_operator_has_listed_is_fetched_and_nothing_says_who_asks() {
    let (address, heard) = server(HOME, ok("openapi: 3.1.0")).await;
    let outbound = allowing(&["127.0.0.1"]);
    let fetched = fetch(&outbound, &format!("http://{address}/a%20b/spec.yaml?v=1#/paths")).await.unwrap();
    assert_eq!(fetched.body, "openapi: 3.1.0");
    assert_eq!(fetched.content_type.as_deref(), Some("application/yaml"));
    assert_eq!(fetched.url.as_str(), format!("http://{address}/a%20b/spec.yaml?v=1"));
    let [request] = &heard.all()[..] else { panic!("{:?}", heard.all()) };
    assert!(request.starts_with("GET /a%20b/spec.yaml?v=1 HTTP/1.1\r\n"), "{request}");
    let mut names: Vec<_> = request.lines().skip(1).filter_map(|line| line.split_once(": ")).collect();
    names.retain(|(name, _)| !["host", "user-agent", "accept", "accept-encoding"].contains(name));
    assert_eq!(names, []);
}

#[tokio::test]
async fn addresses_that_are_not_public_are_not_even_connected_to() {
    let (address, heard) = server(HOME, ok("secret")).await;
    let port = address.port();
    let outbound = allowing(&["127.0.0.2", "10.0.0.0/8"]);
    for host in ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let refusal = refusal(&outbound, &format!("http://{host}:{port}/")).await;
        assert!(refusal.contains("which is not a public address"), "{host}: {refusal}");
    }
    assert_eq!(heard.all(), Vec::<String>::new());
}

#[tokio::test]
async fn a_listed_name_may_lead_anywhere_and_only_it() {
    let (address, _) = server(HOME, ok("fine")).await;
    let outbound = allowing(&["localhost"]);
    let port = address.port();
    assert_eq!(fetch(&outbound, &format!("http://localhost:{port}/")).await.unwrap().body, "fine");
    let refusal = refusal(&outbound, &format!("http://127.0.0.1:{port}/")).await;
    assert!(refusal.contains("not a public address"), "{refusal}");
}

#[tokio::test]
async fn a_redirect_is_looked_at_like_the_first_address() {
    let (inner, heard) = server(ELSEWHERE, ok("secret")).await;
    let (outer, _) = server(HOME, redirect(&format!("http://{inner}/secret"))).await;
    let url = format!("http://{outer}/");
    let refused = refusal(&allowing(&["127.0.0.1"]), &url).await;
    assert!(refused.contains("127.0.0.2, which is not a public address"), "{refused}");
    assert_eq!(heard.all(), Vec::<String>::new());
    let fetched = fetch(&allowing(&["127.0.0.0/8"]), &url).await.unwrap();
    assert_eq!((fetched.body.as_ref(), fetched.url.path()), (&b"secret"[..], "/secret"));
}

#[tokio::test]
async fn redirects_are_counted_and_must_lead_somewhere() {
    let outbound = allowing(&["127.0.0.1"]);
    let (address, heard) = server(HOME, redirect("/again")).await;
    let refused = refusal(&outbound, &format!("http://{address}/")).await;
    assert_eq!((&*refused, heard.all().len()), ("there were more than 2 redirects", 3));
    let (address, _) = server(HOME, redirect("file:///etc/passwd")).await;
    assert!(refusal(&outbound, &format!("http://{address}/")).await.contains("`file` is no address"));
    let (address, _) = server(HOME, "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").await;
    assert!(refusal(&outbound, &format!("http://{address}/")).await.ends_with("redirects to nowhere"));
}

#[tokio::test]
async fn only_http_without_credentials_is_fetched() {
    let outbound = allowing(&["0.0.0.0/0"]);
    assert!(refusal(&outbound, "ftp://127.0.0.1/").await.starts_with("`ftp`"));
    assert!(refusal(&outbound, "http://ada:secret@127.0.0.1/").await.contains("never sent"));
}

#[tokio::test]
async fn answers_are_bounded_and_must_be_successes() {
    let outbound = allowing(&["127.0.0.1"]);
    let (address, _) = server(HOME, ok(&"x".repeat(1_001))).await;
    let url = format!("http://{address}/");
    assert_eq!(refusal(&outbound, &url).await, format!("`{url}` has more than 1000 bytes"));
    // One that does not say how long it is.
    let endless = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(5_000));
    let (address, _) = server(HOME, endless).await;
    assert!(refusal(&outbound, &format!("http://{address}/")).await.ends_with("more than 1000 bytes"));
    let (address, _) = server(HOME, "HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nsecret").await;
    let url = format!("http://{address}/x");
    assert_eq!(refusal(&outbound, &url).await, format!("`{url}` answers with status 404"));
    let zipped = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx";
    let (address, _) = server(HOME, zipped).await;
    assert!(refusal(&outbound, &format!("http://{address}/")).await.contains("compressed form"));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind((HOME, 0)).await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let limits = Limits { time: Duration::from_millis(50), ..LIMITS };
    let refused = allowing(&["127.0.0.1"]).fetch(&url, limits).await.unwrap_err();
    assert!(matches!(refused, Fault::Late { .. }), "{refused}");
}

#[tokio::test]
async fn over_https_the_certificate_is_checked() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((HOME, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                converse(stream, &Heard::default(), &redirect("http://127.0.0.1/")).await;
            }
        }
    });

    let url = format!("https://localhost:{port}/");
    let stranger = refusal(&allowing(&["localhost"]), &url).await;
    assert!(stranger.contains("certificate"), "{stranger}");

    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let allow = vec![Exception::parse("127.0.0.1").unwrap()];
    let outbound = Outbound(Arc::new(Inner { allow, tls: Tls::of(roots) }));
    let refused = refusal(&outbound, &url).await;
    assert_eq!(refused, format!("`{url}` leads from https to http, which is not followed"));
    let other = refusal(&outbound, &format!("https://127.0.0.1:{port}/")).await;
    assert!(other.contains("certificate"), "{other}");
}
