//! Credentials from any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gateway::exercise::credentials(bytes));
