//! The store, on SQLite and on PostgreSQL alike.

#![expect(clippy::unwrap_used, reason = "a test ends at the first surprise, also in what tests share")]

mod access_requests;
mod access_tokens;
mod api_keys;
mod assignments;
mod audit;
mod catalog;
mod changes;
mod clients;
mod collections;
mod connections;
mod developer_clients;
mod document_drafts;
mod documents;
mod endpoints;
mod errors;
mod idempotency_keys;
mod identity;
mod listings;
mod logos;
mod mails;
mod make;
mod managed;
mod members;
mod opening;
mod policies;
mod portal_users;
mod portals;
mod projects;
mod quotas;
mod recipes;
mod scope;
mod serving;
mod support;
mod transactions;
mod workspaces;
