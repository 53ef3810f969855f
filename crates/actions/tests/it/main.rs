//! How people come in, by way of the actions alone.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise, also in what tests share")]

mod links;
mod mail;
mod members;
mod passwords;
mod sessions;
mod world;
