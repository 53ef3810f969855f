//! A quota, as a node sees it: the block of calls that it has reserved in the store and may admit.
//!
//! The end of the window, what is left of the block and the rule that it was reserved under are one
//! word, so a block never counts for another window or for another quota.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use model::policy::{Limit, QuotaWindow, REQUESTS_MAX};

/// The most calls of a block; two of them fit in the 16 bits of a word.
const BLOCK_MAX: u32 = 32_000;
/// The first block is a hundredth of the quota, within these bounds: that much is lost when a node
/// crashes.
const FIRST_BLOCK: (u32, u32) = (10, 1_000);
/// How long a quota is taken for used up before the store is asked whether another node gave calls
/// back, in seconds.
const RECHECK_S: u32 = 10;

/// What a policy says about the quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuotaRule {
    pub(crate) limit: u32,
    pub(crate) seconds: u32,
    /// Different from those of the quotas before it, and of other policies.
    stamp: u16,
}

impl QuotaRule {
    pub(crate) fn new(limit: Limit<QuotaWindow>, stamp: u16) -> Self {
        Self {
            limit: u32::try_from(limit.requests.clamp(0, REQUESTS_MAX)).unwrap_or_default(),
            seconds: u32::try_from(limit.per.seconds()).unwrap_or(u32::MAX),
            stamp,
        }
    }

    /// Whether it says the same.
    pub(crate) fn is_like(self, other: Self) -> bool {
        (self.limit, self.seconds) == (other.limit, other.seconds)
    }
}

/// What a node may admit of a quota, and how it reserves more.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    /// See [`Block`].
    word: AtomicU64,
    /// How many calls nobody had reserved when this node reserved last.
    rest: AtomicU32,
    /// The next block is asked for once so few are left of this one.
    low: AtomicU32,
    /// The size of the last block that was asked for.
    size: AtomicU32,
    /// When this node reserved last, in seconds since 1970.
    reserved_s: AtomicU32,
    /// How long the window of the block is, in seconds.
    seconds: AtomicU32,
    /// Whether a block is asked for already.
    is_asked: AtomicBool,
}

/// A word taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    /// When the window is over, in seconds since 1970, which fit until 2106.
    end_s: u32,
    left: u16,
    stamp: u16,
}

impl Block {
    const fn unpack(word: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = word.to_be_bytes();
        Self {
            end_s: u32::from_be_bytes([a, b, c, d]),
            left: u16::from_be_bytes([e, f]),
            stamp: u16::from_be_bytes([g, h]),
        }
    }

    fn pack(self) -> u64 {
        u64::from(self.end_s) << 32 | u64::from(self.left) << 16 | u64::from(self.stamp)
    }

    fn is_open(self, now_s: u32, rule: QuotaRule) -> bool {
        self.stamp == rule.stamp && now_s < self.end_s
    }
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Admitted,
    /// Nobody may call any more in this window.
    UsedUp,
    /// This node has no block, and may get one.
    NotReserved,
}

/// What became of a call, and how far the quota is as far as this node knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) outcome: Outcome,
    pub(crate) remaining: u32,
    /// When the window is over, if one is known to be open.
    pub(crate) ends_s: Option<u32>,
    pub(crate) wants_block: bool,
}

impl Quota {
    /// Counts a call, if the block has room for it.
    pub(crate) fn take(&self, now_s: u32, rule: QuotaRule) -> Taken {
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let block = Block::unpack(word);
            if !block.is_open(now_s, rule) || block.left == 0 {
                return self.read(block, now_s, rule);
            }
            let next = Block { left: block.left - 1, ..block };
            match self.word.compare_exchange_weak(word, next.pack(), Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Taken { outcome: Outcome::Admitted, ..self.read(next, now_s, rule) },
                Err(other) => word = other,
            }
        }
    }

    /// What would become of a call now.
    pub(crate) fn look(&self, now_s: u32, rule: QuotaRule) -> Taken {
        self.read(Block::unpack(self.word.load(Ordering::Acquire)), now_s, rule)
    }

    fn read(&self, block: Block, now_s: u32, rule: QuotaRule) -> Taken {
        if !block.is_open(now_s, rule) {
            let outcome = Outcome::NotReserved;
            return Taken { outcome, remaining: rule.limit, ends_s: None, wants_block: true };
        }
        let (left, rest) = (u32::from(block.left), self.rest.load(Ordering::Relaxed));
        let outcome = match (left, rest) {
            (0, 0) => Outcome::UsedUp,
            (0, _) => Outcome::NotReserved,
            _ => Outcome::Admitted,
        };
        let wants_block = match rest {
            0 => left == 0 && now_s >= self.reserved_s.load(Ordering::Relaxed).saturating_add(RECHECK_S),
            _ => left <= self.low.load(Ordering::Relaxed),
        };
        Taken { outcome, remaining: left.saturating_add(rest), ends_s: Some(block.end_s), wants_block }
    }

    /// Puts a call back into the block that it was taken from.
    pub(crate) fn give_back(&self, now_s: u32, rule: QuotaRule) {
        let more = |word| {
            let block = Block::unpack(word);
            let left = block.left.checked_add(1)?;
            block.is_open(now_s, rule).then(|| Block { left, ..block }.pack())
        };
        let _ = self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
    }

    // === For the desk, of which there is one

    /// Whether nobody has asked for a block yet; then the caller has to.
    pub(crate) fn may_ask(&self) -> bool {
        !self.is_asked.load(Ordering::Relaxed) && !self.is_asked.swap(true, Ordering::AcqRel)
    }

    /// What was asked for is here, or is not to be had.
    pub(crate) fn answered(&self) {
        self.is_asked.store(false, Ordering::Release);
    }

    /// How many calls to reserve: twice as many each time that a block lasted for less than a second or
    /// two, so that neither many calls need many blocks, nor does a crash take many calls along.
    pub(crate) fn next_size(&self, now_s: u32, rule: QuotaRule) -> u32 {
        let first = (rule.limit / 100).clamp(FIRST_BLOCK.0, FIRST_BLOCK.1);
        let is_busy = now_s <= self.reserved_s.load(Ordering::Relaxed).saturating_add(1);
        let last = self.size.load(Ordering::Relaxed);
        let most = (rule.limit / 8).clamp(first, BLOCK_MAX);
        if is_busy && last > 0 { last.saturating_mul(2).clamp(first, most) } else { first }
    }

    /// Takes away what is left of a block that was reserved under another rule; gives the second in which
    /// its window began, and the calls.
    pub(crate) fn take_stale(&self, rule: QuotaRule) -> Option<(i64, u16)> {
        let block = Block::unpack(self.word.load(Ordering::Acquire));
        if block.stamp == rule.stamp { None } else { self.take_all() }
    }

    /// Takes away what is left of the block.
    pub(crate) fn take_all(&self) -> Option<(i64, u16)> {
        let block = Block::unpack(self.word.swap(0, Ordering::AcqRel));
        let start = i64::from(block.end_s) - i64::from(self.seconds.load(Ordering::Relaxed));
        (block.left > 0).then_some((start, block.left))
    }

    /// Adds a block that was reserved in the window that began in this second.
    pub(crate) fn add(&self, rule: QuotaRule, started_s: i64, calls: u32, rest: u32, now_s: u32) {
        let end_s = u32::try_from(started_s + i64::from(rule.seconds)).unwrap_or(u32::MAX);
        self.rest.store(rest, Ordering::Relaxed);
        self.low.store(calls / 2, Ordering::Relaxed);
        self.size.store(calls, Ordering::Relaxed);
        self.reserved_s.store(now_s, Ordering::Relaxed);
        self.seconds.store(rule.seconds, Ordering::Relaxed);
        let more = |word| {
            let block = Block::unpack(word);
            let is_same = (block.end_s, block.stamp) == (end_s, rule.stamp);
            let before = if is_same { u32::from(block.left) } else { 0 };
            let left = u16::try_from(before + calls).unwrap_or(u16::MAX);
            Some(Block { end_s, left, stamp: rule.stamp }.pack())
        };
        let _ = self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
    }
}

#[cfg(test)]
mod tests;
