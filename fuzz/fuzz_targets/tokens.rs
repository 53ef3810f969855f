//! Tokens that somebody signed, with any header and claims.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gateway::exercise::tokens(bytes));
