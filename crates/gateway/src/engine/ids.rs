//! Ids of calls.

use std::cell::Cell;

use http::HeaderValue;
use model::Environment;

/// Gives each call of a thread an id of 32 hex digits: half of it is the thread's, drawn when it
/// starts, and half a counter. The counter goes in steps of a drawn width, so that ids do not
/// tell callers how many calls there are.
#[derive(Debug)]
pub(crate) struct RequestIds {
    thread: u64,
    step: u64,
    last: Cell<u64>,
}

impl RequestIds {
    pub(crate) fn new(environment: &Environment) -> Self {
        let drawn = || u64::from_le_bytes(environment.bytes());
        // Odd, so that it comes around only after every number.
        Self { thread: drawn(), step: drawn() | 1, last: Cell::new(drawn()) }
    }

    pub(crate) fn next(&self) -> HeaderValue {
        HeaderValue::from_bytes(&self.next_bytes()).expect("hex digits are a header value")
    }

    pub(crate) fn next_bytes(&self) -> [u8; 32] {
        let next = self.last.get().wrapping_add(self.step);
        self.last.set(next);
        let number = u128::from(self.thread) << 64 | u128::from(next);
        std::array::from_fn(|place| {
            let shift = 4 * (31 - place);
            b"0123456789abcdef"[usize::try_from(number >> shift & 15).unwrap_or_default()]
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::time::Instant;

    use jiff::Timestamp;
    use model::{Clock, Random};

    use super::*;

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn instant(&self) -> Instant {
            unreachable!("ids need no time")
        }
    }

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xa5);
        }
    }

    #[test]
    fn an_id_is_32_hex_digits_and_comes_once() {
        let ids = RequestIds::new(&Environment { clock: Arc::new(Fixed), random: Arc::new(Fixed) });
        let drawn: HashSet<_> = (0..1000).map(|_| ids.next_bytes()).collect();
        assert_eq!(drawn.len(), 1000);
        assert!(drawn.iter().flatten().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert!(drawn.iter().all(|id| id.starts_with(b"a5a5a5a5a5a5a5a5")));
    }
}
