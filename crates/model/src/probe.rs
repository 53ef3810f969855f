//! What came of trying a connection.

use std::net::IpAddr;

use serde::Serialize;

/// How far a request got that was sent through a connection as calls are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Probed {
    /// What was asked for, with `GET`.
    pub url: String,
    /// The addresses behind the host's name, in the order in which they are tried.
    pub addresses: Vec<IpAddr>,
    /// The one that took the connection.
    pub connected: Option<IpAddr>,
    /// Whether the certificate was found to be good; absent without TLS, and if it was not got to.
    pub is_verified: Option<bool>,
    /// The status of the answer, whatever it is: a backend that answers is reached.
    pub status: Option<u16>,
    /// From looking up the name to the head of the answer, or to the fault.
    pub duration_ms: u64,
    /// What went wrong and what to look at, in a sentence; absent if there was an answer.
    pub fault: Option<String>,
}
