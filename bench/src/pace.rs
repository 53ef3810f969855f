//! A fixed rate: when each call is due. A thread of its own sleeps until then, since the runtime's
//! timers count milliseconds and the thread's some ten microseconds.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::clock;

/// The due times of one caller's calls, each given when it has come. A caller that is late finds the
/// next one waiting, and its call counts from when it was due.
pub(crate) type Pace = UnboundedReceiver<Instant>;

/// The paces of callers that take turns and make `rate` calls a second together, until the first of
/// them is gone.
pub(crate) fn share(rate: u32, start: Instant, callers: usize) -> Vec<Pace> {
    let interval = Duration::from_secs(1) / rate;
    let (senders, paces): (Vec<_>, Vec<_>) = (0..callers).map(|_| unbounded_channel()).unzip();
    std::thread::spawn(move || {
        let dues = (0..).map(|n| start + interval.saturating_mul(n));
        for (due, sender) in dues.zip(senders.iter().cycle()) {
            std::thread::sleep(due.saturating_duration_since(clock::now()));
            if sender.send(due).is_err() {
                break;
            }
        }
    });
    paces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn callers_take_turns_at_the_rate_that_they_share() {
        let start = clock::now();
        let mut paces = share(1_000, start, 4);
        let mut dues = Vec::new();
        for _ in 0..3 {
            let due = paces[1].recv().await.expect("the pace goes on");
            assert!(clock::now() >= due);
            dues.push((due - start).as_millis());
        }
        assert_eq!(dues, [1, 5, 9]);
    }
}
