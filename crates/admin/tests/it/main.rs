//! The console without sockets: what members see, may do, and may not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod clients;
mod collections;
mod connections;
mod hostile;
mod import;
mod overview;
mod policies;
mod portals;
mod tokens;
mod world;
