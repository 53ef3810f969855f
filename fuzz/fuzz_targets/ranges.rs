//! Lists of addresses, and who may call under them, from any bytes.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| model::exercise::ranges(bytes));
