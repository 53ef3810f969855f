//! Paths and templates from any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| model::exercise::path(bytes));
