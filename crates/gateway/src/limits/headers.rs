//! How callers are told how far their limits are.

use std::ops::Range;

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Standing, Standings, Which};

/// draft-ietf-httpapi-ratelimit-headers-10, section 3: the limits.
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The same, section 4: what is left of them.
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Enough for the values of four limits: one piece of memory for all of them.
const CAPACITY: usize = 384;

impl Which {
    /// As the headers name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::KeyRate => "rate",
            Self::KeyQuota => "quota",
            Self::ClientRate => "client-rate",
            Self::ClientQuota => "client-quota",
        }
    }
}

impl Standings {
    /// The limit that is reached first: the one with the fewest calls left, and of those the one that
    /// lasts longest.
    pub(crate) fn tightest(&self) -> Option<&Standing> {
        self.iter().min_by_key(|standing| (standing.remaining, std::cmp::Reverse(standing.reset_s)))
    }

    /// Puts them into the headers of an answer, in place of what an upstream says about limits of its
    /// own: two structured lists (RFC 9651) of the limits by name, and what other gateways say of the
    /// tightest one. `X-RateLimit-Reset` is a time in seconds since 1970, as its users expect.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let Some(tightest) = self.tightest() else { return };
        let mut pen = Pen(Vec::with_capacity(CAPACITY));
        // These numbers stand in the lists, too, and are written once.
        let (mut limit, mut remaining) = (0..0, 0..0);
        for (place, standing) in self.iter().enumerate() {
            let number = pen.name(place, standing.which).put(";q=").number(standing.limit);
            pen.put(";w=").number(standing.window_s);
            if standing.which == tightest.which {
                limit = number;
            }
        }
        let policy = 0..pen.0.len();
        for (place, standing) in self.iter().enumerate() {
            let number = pen.name(place, standing.which).put(";r=").number(standing.remaining);
            pen.put(";t=").number(standing.reset_s);
            if standing.which == tightest.which {
                remaining = number;
            }
        }
        let state = policy.end..pen.0.len();
        let reset = pen.number(self.at_s.saturating_add(tightest.reset_s));
        let retry = self.retry_after_s.map(|seconds| pen.number(seconds));

        let text = Bytes::from(pen.0);
        let mut insert = |name: HeaderName, place: Range<usize>| {
            if let Ok(value) = HeaderValue::from_maybe_shared(text.slice(place)) {
                headers.insert(name, value);
            }
        };
        insert(RATELIMIT_POLICY, policy);
        insert(RATELIMIT, state);
        insert(X_RATELIMIT_LIMIT, limit);
        insert(X_RATELIMIT_REMAINING, remaining);
        insert(X_RATELIMIT_RESET, reset);
        if let Some(retry) = retry {
            insert(RETRY_AFTER, retry);
        }
    }
}

/// Writes values one after the other into the same memory.
struct Pen(Vec<u8>);

impl Pen {
    fn put(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// The name of the limit at this place of a list.
    fn name(&mut self, place: usize, which: Which) -> &mut Self {
        self.put(if place == 0 { "\"" } else { ", \"" }).put(which.name()).put("\"")
    }

    /// Gives where the number stands.
    fn number(&mut self, number: u32) -> Range<usize> {
        let start = self.0.len();
        self.put(itoa::Buffer::new().format(number));
        start..self.0.len()
    }
}

#[cfg(test)]
mod tests;
