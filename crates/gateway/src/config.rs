//! What an operator can set about the gateway.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use model::IpRange;
use serde::Deserialize;

pub use crate::address::ForwardedHeader;
use crate::address::Trust;
use crate::protocol::Sizes;

/// The settings of the gateway. Durations are in milliseconds, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where calls arrive. Port 0 picks a free one.
    pub address: SocketAddr,
    /// Whether another process may listen there at the same time, as the one before does while this one
    /// takes over.
    #[serde(skip)]
    pub take_over: bool,
    /// How callers reach the gateway, for the URLs that others show; by default the address.
    pub public_url: Option<String>,
    /// The file with the certificate with which callers are met over TLS, the ones between it and its
    /// authority after it, in PEM; without one they come over TCP as it is.
    pub tls_certificate: Option<PathBuf>,
    /// The file with the certificate's private key, in PEM.
    pub tls_key: Option<PathBuf>,
    /// How long a TLS handshake may take.
    pub tls_handshake_timeout_ms: u64,
    /// Whether callers may speak HTTP/2.
    pub http2: bool,
    /// How many calls of one connection may be under way at once in HTTP/2.
    pub max_streams_per_connection: u32,
    /// How many threads serve calls, each with connections of its own; by default as many as the
    /// machine runs at once.
    pub cores: Option<usize>,
    /// How many connections the kernel holds for a thread until it accepts them.
    pub backlog: u16,
    /// How many connections of callers a thread keeps; what comes on top is answered 503.
    pub max_connections_per_core: usize,
    /// How many connections from one address a thread keeps; what comes on top is answered 503.
    pub max_connections_per_address: usize,

    /// The proxies that are believed when they say whom they speak for: addresses and CIDR ranges.
    pub trusted_proxies: Vec<IpRange>,
    /// The header in which they say it.
    pub forwarded_header: ForwardedHeader,
    /// Whether trusted proxies begin every connection with the PROXY protocol, version 1 or 2.
    pub proxy_protocol: bool,

    /// How long a caller may take for request line and headers. A connection that has served a
    /// call before may take up to twice as long.
    pub header_timeout_ms: u64,
    /// How long a connection may be kept open without a call.
    pub idle_timeout_ms: u64,
    /// How long a caller may pause inside a request body.
    pub body_timeout_ms: u64,
    /// How long the answer may pause, because the upstream sends nothing or the caller takes
    /// nothing.
    pub stall_timeout_ms: u64,
    /// How large request line and headers may be together. At least 8192.
    pub max_head_bytes: usize,
    /// How large one header may be, its name included.
    pub max_header_bytes: usize,
    /// How large a request body may be. Collections can have a limit of their own.
    pub max_body_bytes: u64,

    /// The protocols to which a call may switch its connection (`Upgrade`). The gateway does not look
    /// into what is said after that.
    pub upgrades: Vec<String>,
    /// How long nothing may move in either direction after a connection has switched protocols.
    pub tunnel_idle_timeout_ms: u64,
    /// How many connections of a thread may have switched protocols; what comes on top is answered
    /// 503.
    pub max_tunnels_per_core: usize,

    /// How long connecting to an upstream may take, name resolution and TLS handshake included.
    pub connect_timeout_ms: u64,
    /// How long an upstream may take from the end of the request to the head of its answer. Endpoints
    /// can have a limit of their own.
    pub first_byte_timeout_ms: u64,
    /// How long a call may take, from its head to the end of its answer, unless the answer is one that
    /// may have no end. Endpoints can have a limit of their own.
    pub total_timeout_ms: u64,
    /// How long a connection to an upstream is kept without a call. It has to be shorter than the
    /// upstream's own limit, or calls meet connections that are about to close; Node.js servers,
    /// for one, close after 5 seconds.
    pub upstream_idle_timeout_ms: u64,
    /// How many idle connections a thread keeps for one upstream.
    pub upstream_idle_per_core: usize,
    /// For how long the addresses behind an upstream's name are used before they are looked up
    /// again.
    pub resolve_refresh_ms: u64,

    /// By how much the clocks of those who sign tokens may differ from ours.
    pub token_leeway_ms: u64,

    /// Which calls are written to the call log.
    pub call_log: CallLog,
    /// The file to which the call log is appended; without one it goes where other log lines go.
    pub call_log_file: Option<PathBuf>,
    /// How many calls of a thread can wait to be written, and how many KiB of them; what comes on
    /// top is dropped and counted.
    pub call_log_queue: usize,

    /// How long connections go on once the server is told to stop, so that callers meet no closed one:
    /// answers say that they close. At most half of the time for calls in flight.
    pub drain_grace_ms: u64,
    /// How long calls in flight may take to finish once the server is told to stop.
    pub drain_timeout_ms: u64,
}

/// Which calls are written to the call log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallLog {
    /// None.
    Off,
    /// Those that were refused, or failed on their way.
    #[default]
    Refusals,
    /// All of them.
    All,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([0, 0, 0, 0], 8080)),
            take_over: false,
            public_url: None,
            tls_certificate: None,
            tls_key: None,
            tls_handshake_timeout_ms: 10_000,
            http2: true,
            max_streams_per_connection: 100,
            cores: None,
            backlog: 1024,
            max_connections_per_core: 16_384,
            max_connections_per_address: 8_192,
            trusted_proxies: Vec::new(),
            forwarded_header: ForwardedHeader::default(),
            proxy_protocol: false,
            header_timeout_ms: 10_000,
            idle_timeout_ms: 60_000,
            body_timeout_ms: 30_000,
            stall_timeout_ms: 300_000,
            max_head_bytes: 64 << 10,
            max_header_bytes: 16 << 10,
            max_body_bytes: 5 << 20,
            upgrades: vec!["websocket".to_owned()],
            tunnel_idle_timeout_ms: 300_000,
            max_tunnels_per_core: 4_096,
            connect_timeout_ms: 5_000,
            first_byte_timeout_ms: 30_000,
            total_timeout_ms: 240_000,
            upstream_idle_timeout_ms: 4_000,
            upstream_idle_per_core: 128,
            resolve_refresh_ms: 30_000,
            token_leeway_ms: 30_000,
            call_log: CallLog::default(),
            call_log_file: None,
            call_log_queue: 16_384,
            drain_grace_ms: 1_000,
            drain_timeout_ms: 30_000,
        }
    }
}

impl Config {
    /// How many threads serve calls.
    pub(crate) fn cores(&self) -> usize {
        let available = || std::thread::available_parallelism().map_or(1, usize::from);
        self.cores.unwrap_or_else(available).max(1)
    }

    /// The smallest head limit that the parser can work with.
    pub(crate) fn head_bytes(&self) -> usize {
        self.max_head_bytes.max(8192)
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::new(&self.trusted_proxies, self.forwarded_header)
    }

    /// By how much clocks may differ.
    pub(crate) fn leeway(&self) -> SignedDuration {
        SignedDuration::from_millis(i64::try_from(self.token_leeway_ms).unwrap_or(i64::MAX))
    }

    pub(crate) fn sizes(&self) -> Sizes {
        Sizes { header: self.max_header_bytes, head: self.head_bytes() }
    }

    pub(crate) fn limits(&self) -> Limits {
        let limit = |ms| Duration::from_millis(ms);
        Limits {
            header: limit(self.header_timeout_ms),
            idle: limit(self.idle_timeout_ms),
            body: limit(self.body_timeout_ms),
            stall: limit(self.stall_timeout_ms),
            first_byte: limit(self.first_byte_timeout_ms),
            total: limit(self.total_timeout_ms),
        }
    }
}

/// The waits that a caller's connection watches over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) header: Duration,
    pub(crate) idle: Duration,
    pub(crate) body: Duration,
    pub(crate) stall: Duration,
    pub(crate) first_byte: Duration,
    pub(crate) total: Duration,
}

impl Limits {
    /// How often a busy connection looks at its waits: often enough for the shortest, and never
    /// more than every 5 ms.
    pub(crate) fn tick(&self) -> Duration {
        let shortest = [self.header, self.idle, self.body, self.stall, self.first_byte, self.total]
            .into_iter()
            .fold(Duration::MAX, Duration::min);
        (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }
}
