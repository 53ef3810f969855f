//! The management API, through its whole router.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access_profiles;
mod api_clients;
mod api_collections;
mod api_endpoints;
mod api_keys;
mod bad_input;
mod clients_that_exist;
mod connections_and_logos;
mod cors;
mod developer_api_clients;
mod doc;
mod documents;
mod explorer;
mod forwarding;
mod guards;
mod idempotency;
mod isolation;
mod mails;
mod managed_users;
mod matching;
mod openapi;
mod payloads;
mod people;
mod policies_and_portals;
mod protocol;
mod rates;
mod recipes;
mod restricted;
mod samples;
mod tokens;
mod workspace;
mod world;
