//! A gateway with a caller and an upstream, both of which speak raw bytes.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use gateway::{Config, Everything, Gateway};
use jiff::Timestamp;
use model::{
    AuthType, BaseUrl, ClientId, Clock, CollectionId, Digest, DocumentId, EndpointId, Environment,
    Forwarding, KeyId, Method, PackedIpRules, PathTemplate, Random, RecipeId, RecipeKind, SecretKind,
    WorkspaceId,
};
use prometheus_client::registry::Registry;
use store::serving::{ServedClient, ServedCollection, ServedEndpoint, ServedKey};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::rustls::ServerConfig;

/// The token of the only key.
pub(crate) const TOKEN: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// What access tokens are signed with.
pub(crate) const SIGNING_SECRET: [u8; 32] = [7; 32];

/// Nothing takes as long, so whoever waits for it fails.
const FOREVER: Duration = Duration::from_secs(20);

struct System;

impl Clock for System {
    #[expect(clippy::disallowed_methods, reason = "the clock of these tests")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(clippy::disallowed_methods, reason = "the clock of these tests")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

struct Numbers(AtomicU64);

impl Random for Numbers {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        bytes.iter_mut().zip(number.to_le_bytes().into_iter().cycle()).for_each(|(byte, own)| *byte = own);
    }
}

pub(crate) fn environment() -> Environment {
    Environment { clock: Arc::new(System), random: Arc::new(Numbers(AtomicU64::new(7))) }
}

/// A gateway that serves the collection `/acme/api-v1` with a key, and the upstream behind it.
pub(crate) struct World {
    pub(crate) gateway: Gateway,
    pub(crate) upstream: Upstream,
    registry: Registry,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings than the default ones.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let upstream = Upstream::new().await;
        Self::towards(upstream.url(), upstream, change).await
    }

    /// With a backend of another address than the upstream's.
    pub(crate) async fn towards(url: String, upstream: Upstream, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config();
        change(&mut config);
        Self::serving(everything(&url), upstream, config, None)
    }

    /// A world that serves this, over TLS or not.
    pub(crate) fn serving(
        everything: Everything,
        upstream: Upstream,
        config: Config,
        tls: Option<&Arc<ServerConfig>>,
    ) -> Self {
        let gateway = gateway::start(config, Vec::new(), tls, environment()).unwrap();
        let collection = &everything.collections[0];
        let document = gateway.gate().missing_document(collection).unwrap();
        gateway.gate().prepare_mocks(collection, document, crate::mock::DOCUMENT);
        gateway.gate().replace(everything, 1);
        let mut registry = Registry::default();
        gateway.register(&mut registry);
        Self { gateway, upstream, registry }
    }

    pub(crate) async fn caller(&self) -> Peer {
        Peer::new(TcpStream::connect(self.gateway.address()).await.unwrap())
    }

    /// The value of a metric, named with its labels and without the common prefix.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("portico_gateway_{name} ")));
        line.unwrap_or_else(|| panic!("no metric {name} in\n{text}")).parse().unwrap()
    }

    /// How often the gateway answered with this code.
    pub(crate) fn refusals(&self, code: u16) -> u64 {
        self.metric(&format!("refusals_total{{code=\"{code}\"}}"))
    }
}

/// One thread on a free port.
pub(crate) fn config() -> Config {
    Config { address: SocketAddr::from(([127, 0, 0, 1], 0)), cores: Some(1), ..Config::default() }
}

/// What the world serves.
pub(crate) fn everything(url: &str) -> Everything {
    let collection = ServedCollection {
        id: CollectionId(1),
        workspace: WorkspaceId(1),
        workspace_handle: "acme".to_owned(),
        handle: "api-v1".to_owned(),
        cors: None,
        portals: Vec::new(),
        max_body_bytes: None,
        document: Some(DocumentId(1)),
        endpoints: endpoints(url),
    };
    let client = ServedClient {
        id: ClientId(1),
        workspace: WorkspaceId(1),
        active: true,
        policy: None,
        client_policy: None,
        collections: vec![CollectionId(1)],
        jwt: None,
    };
    Everything {
        collections: vec![collection],
        policies: Vec::new(),
        clients: vec![client],
        keys: vec![key()],
        signing_secret: Some(SIGNING_SECRET),
        revocations: Vec::new(),
    }
}

pub(crate) fn key() -> ServedKey {
    ServedKey {
        id: KeyId(1),
        client: ClientId(1),
        digest: Digest::presented(SecretKind::Key, TOKEN.as_bytes()).unwrap(),
        auth_type: AuthType::Token,
        collections: None,
        policy: None,
        active: true,
        rules: PackedIpRules::default(),
        expires_at: None,
        jwt: None,
        oauth_client_id: None,
        generation: 0,
        former: None,
    }
}

fn endpoints(url: &str) -> Vec<ServedEndpoint> {
    let endpoint = |(id, (method, path, kind)): (i64, (Method, &str, RecipeKind))| ServedEndpoint {
        id: EndpointId(id),
        method,
        path: PathTemplate::parse(path).unwrap(),
        active: true,
        recipe: RecipeId(id),
        kind,
        running: true,
        base_url: (kind == RecipeKind::Proxy).then(|| BaseUrl::parse(url).unwrap()),
        authorities: None,
        credential: None,
        forwarding: Forwarding::default(),
    };
    let rows = [
        (Method::Get, "/things/{id}", RecipeKind::Proxy),
        (Method::Put, "/things/{id}", RecipeKind::Proxy),
        (Method::Post, "/things", RecipeKind::Proxy),
        (Method::Get, "/mock", RecipeKind::Mock),
        (Method::Post, "/mock", RecipeKind::Mock),
    ];
    (1..).zip(rows).map(endpoint).collect()
}

/// Takes the connections that the gateway opens.
pub(crate) struct Upstream {
    listener: TcpListener,
}

impl Upstream {
    pub(crate) async fn new() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/base", self.authority())
    }

    pub(crate) fn authority(&self) -> String {
        self.listener.local_addr().unwrap().to_string()
    }

    pub(crate) async fn accept(&self) -> Peer {
        Peer::new(self.accept_stream().await)
    }

    pub(crate) async fn accept_stream(&self) -> TcpStream {
        within(self.listener.accept()).await.unwrap().0
    }

    /// Whether no connection waits to be accepted. Only to be asked once the call has its answer.
    pub(crate) async fn was_left_alone(&self) -> bool {
        // The runtime looks for news of sockets between two turns of a task.
        tokio::task::yield_now().await;
        let mut accept = pin!(self.listener.accept());
        poll_fn(|cx| Poll::Ready(accept.as_mut().poll(cx).is_pending())).await
    }
}

#[tokio::test]
async fn a_connection_that_waits_is_noticed() {
    let upstream = Upstream::new().await;
    assert!(upstream.was_left_alone().await);
    let _waiting = std::net::TcpStream::connect(upstream.authority()).unwrap();
    assert!(!upstream.was_left_alone().await);
}

/// The other end of a connection with the gateway.
pub(crate) struct Peer {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

/// Something to read from and write to.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Peer {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self::over(stream)
    }

    /// A peer over TLS.
    pub(crate) fn over(stream: impl Stream + 'static) -> Self {
        Self { stream: Box::new(stream), buffer: Vec::new() }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.stream.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Writes as much as the other side takes; gives whether that is all.
    pub(crate) async fn try_write(&mut self, bytes: &[u8]) -> bool {
        within(self.stream.write_all(bytes)).await.is_ok()
    }

    /// Says that nothing more comes.
    pub(crate) async fn close(&mut self) {
        within(self.stream.shutdown()).await.unwrap();
    }

    /// A call with the key, with these headers (each with its line end) and this body.
    pub(crate) async fn call(&mut self, line: &str, headers: &str, body: &str) {
        self.write(call(line, headers, body)).await;
    }

    /// Reads a head, with its blank line, as text.
    pub(crate) async fn head(&mut self) -> String {
        String::from_utf8(self.until(b"\r\n\r\n").await).unwrap()
    }

    /// Reads up to and with `end`.
    pub(crate) async fn until(&mut self, end: &[u8]) -> Vec<u8> {
        loop {
            if let Some(place) = self.buffer.windows(end.len()).position(|window| window == end) {
                let rest = self.buffer.split_off(place + end.len());
                return std::mem::replace(&mut self.buffer, rest);
            }
            let more = self.more().await;
            assert!(more > 0, "closed after {:?}", String::from_utf8_lossy(&self.buffer));
        }
    }

    pub(crate) async fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.buffer.len() < count {
            assert!(self.more().await > 0, "closed after {:?}", String::from_utf8_lossy(&self.buffer));
        }
        let rest = self.buffer.split_off(count);
        std::mem::replace(&mut self.buffer, rest)
    }

    /// Reads what comes until the other side closes; a reset closes, too.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while let Ok(1..) = within(self.stream.read_buf(&mut self.buffer)).await {}
        std::mem::take(&mut self.buffer)
    }

    async fn more(&mut self) -> usize {
        within(self.stream.read_buf(&mut self.buffer)).await.unwrap_or(0)
    }

    /// Reads a whole answer with a length.
    pub(crate) async fn answer(&mut self) -> Answer {
        let head = self.head().await;
        let mut answer = Answer::parse(&head);
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        answer.body = String::from_utf8(self.exactly(length).await).unwrap();
        answer
    }

    /// Answers 200 with a body.
    pub(crate) async fn ok(&mut self, body: &str) {
        self.write(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())).await;
    }
}

/// The bytes of a call with the key.
pub(crate) fn call(line: &str, headers: &str, body: &str) -> String {
    format!("{line} HTTP/1.1\r\nhost: api.test\r\napi-token: {TOKEN}\r\n{headers}\r\n{body}")
}

/// An answer of the gateway.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn parse(head: &str) -> Self {
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
        let header = |line: &str| {
            line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        };
        Self { status, headers: lines.filter_map(header).collect(), body: String::new() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether it says that the connection closes.
    pub(crate) fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }

    pub(crate) fn has_id(&self) -> bool {
        let mut ids = self.headers.iter().filter(|(name, _)| name == "x-request-id");
        ids.next().is_some_and(|(_, id)| id.len() == 32) && ids.next().is_none()
    }
}

/// Fails if `future` does not come to its end.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    timeout(FOREVER, future).await.expect("something to happen")
}
