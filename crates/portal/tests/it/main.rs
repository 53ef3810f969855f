//! Portals without sockets: what developers see, may do, and may not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod account;
mod catalog;
mod documents;
mod hostile;
mod hosts;
mod keys;
mod world;
