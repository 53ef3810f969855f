//! Payloads of the management API from any bytes.

#![no_main]

#[path = "../payloads.rs"]
mod payloads;

use std::cell::RefCell;

thread_local! {
    static API: RefCell<payloads::Api> = RefCell::new(payloads::Api::new());
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| API.with_borrow_mut(|api| api.payload(bytes)));
