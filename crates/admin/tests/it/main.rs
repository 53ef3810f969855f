//! The console without sockets: what its pages show, take, and refuse.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clients;
mod hostile;
mod portals;
mod world;
