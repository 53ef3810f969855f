//! Tests of the whole program: each starts it as a process and talks to its sockets. The folders
//! mirror the faces. Nothing sleeps to wait for a state: tests ask until it is so, or fail.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod command_line;
mod gateway;
mod management;
mod security;
mod sign_in;
mod storage;
mod world;
