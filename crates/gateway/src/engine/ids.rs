//! Ids of calls.

use std::cell::{Cell, RefCell};

use bytes::Bytes;
use http::HeaderValue;
use model::Environment;

/// How many ids are made at once. They share an allocation, so that neither an id nor a copy of one
/// allocates.
const SHEET: usize = 64;

/// Gives each call of a thread an id of 32 hex digits: half of it is the thread's, drawn when it
/// starts, and half a counter. The counter goes in steps of a drawn width, so that ids do not
/// tell callers how many calls there are.
#[derive(Debug)]
pub(crate) struct RequestIds {
    thread: [u8; 16],
    step: u64,
    last: Cell<u64>,
    /// Ids that were made and not given yet.
    sheet: RefCell<Bytes>,
}

impl RequestIds {
    pub(crate) fn new(environment: &Environment) -> Self {
        let drawn = || u64::from_le_bytes(environment.bytes());
        // Odd, so that it comes around only after every number.
        let (thread, step) = (digits(drawn()), drawn() | 1);
        Self { thread, step, last: Cell::new(drawn()), sheet: RefCell::default() }
    }

    pub(crate) fn next(&self) -> HeaderValue {
        let mut sheet = self.sheet.borrow_mut();
        if sheet.is_empty() {
            *sheet = (0..SHEET).flat_map(|_| self.next_bytes()).collect();
        }
        HeaderValue::from_maybe_shared(sheet.split_to(32)).expect("hex digits are a header value")
    }

    pub(crate) fn next_bytes(&self) -> [u8; 32] {
        let next = self.last.get().wrapping_add(self.step);
        self.last.set(next);
        let mut id = [0; 32];
        let (thread, number) = id.split_at_mut(16);
        thread.copy_from_slice(&self.thread);
        number.copy_from_slice(&digits(next));
        id
    }
}

fn digits(number: u64) -> [u8; 16] {
    std::array::from_fn(|place| {
        let shift = 4 * (15 - place);
        b"0123456789abcdef"[usize::try_from(number >> shift & 15).unwrap_or_default()]
    })
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
        let mut drawn: HashSet<_> = (0..1000).map(|_| ids.next_bytes()).collect();
        drawn.extend((0..1000).map(|_| <[u8; 32]>::try_from(ids.next().as_bytes()).unwrap()));
        assert_eq!(drawn.len(), 2000);
        assert!(drawn.iter().flatten().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
        assert!(drawn.iter().all(|id| id.starts_with(b"a5a5a5a5a5a5a5a5")));
    }
}
