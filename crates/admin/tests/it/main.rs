//! The console without sockets: what members see, may do, and may not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod collections;
mod connections;
mod import;
mod overview;
mod policies;
mod tokens;
mod world;
