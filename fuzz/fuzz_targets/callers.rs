//! What proxies and callers say of a call's origin, from any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gateway::exercise::callers(bytes));
