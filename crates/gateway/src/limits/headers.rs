//! How callers are told how far their limits are.

use bytes::{BufMut as _, Bytes, BytesMut};
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
    /// own. `X-RateLimit-Reset` is a time in seconds since 1970, as its users expect.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let Some(tightest) = self.tightest() else { return };
        let mut text = Pen(BytesMut::with_capacity(CAPACITY));
        let policy = text.list(self.iter(), |text, standing| {
            text.put(";q=").number(standing.limit).put(";w=").number(standing.window_s);
        });
        let state = text.list(self.iter(), |text, standing| {
            text.put(";r=").number(standing.remaining).put(";t=").number(standing.reset_s);
        });
        let limit = text.single(tightest.limit);
        let remaining = text.single(tightest.remaining);
        let reset = text.single(self.at_s.saturating_add(tightest.reset_s));
        let values = [
            (RATELIMIT_POLICY, policy),
            (RATELIMIT, state),
            (X_RATELIMIT_LIMIT, limit),
            (X_RATELIMIT_REMAINING, remaining),
            (X_RATELIMIT_RESET, reset),
        ];
        for (name, value) in values {
            insert(headers, name, value);
        }
        if let Some(seconds) = self.retry_after_s {
            insert(headers, RETRY_AFTER, text.single(seconds));
        }
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Bytes) {
    if let Ok(value) = HeaderValue::from_maybe_shared(value) {
        headers.insert(name, value);
    }
}

/// Writes values one after the other into the same memory.
struct Pen(BytesMut);

impl Pen {
    fn put(&mut self, text: &str) -> &mut Self {
        self.0.put_slice(text.as_bytes());
        self
    }

    fn number(&mut self, number: u32) -> &mut Self {
        self.put(itoa::Buffer::new().format(number))
    }

    /// A structured list (RFC 9651) of the limits by name, each with its parameters.
    fn list<'s>(
        &mut self,
        standings: impl Iterator<Item = &'s Standing>,
        parameters: impl Fn(&mut Self, &Standing),
    ) -> Bytes {
        for (place, standing) in standings.enumerate() {
            self.put(if place == 0 { "\"" } else { ", \"" }).put(standing.which.name()).put("\"");
            parameters(self, standing);
        }
        self.0.split().freeze()
    }

    fn single(&mut self, number: u32) -> Bytes {
        self.number(number).0.split().freeze()
    }
}

#[cfg(test)]
mod tests;
