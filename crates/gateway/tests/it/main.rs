//! The gateway over real sockets: raw bytes from a caller on one side, a scripted upstream that
//! shows the bytes it got on the other.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise, also in what tests share")]

mod address;
mod bodies;
mod connections;
mod cors;
mod draining;
mod failures;
mod follow;
mod forwarding;
mod http2;
mod interim;
mod issuers;
mod lasting;
mod limits;
mod mishaps;
mod mock;
mod oauth;
mod paths;
mod probe;
mod protocol;
mod records;
mod refusals;
mod signed;
mod signer;
mod timeouts;
mod tls;
mod trailers;
mod upgrade;
mod world;
