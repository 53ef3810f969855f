//! How often a key may call: the step of the decision that counts.
//!
//! A call under a policy costs one compare-exchange for each of its limits. What is counted stands
//! with the key, or with the client for the client as a whole, so memory is bounded by those that
//! have a policy. Rates are counted in memory alone; quotas are admitted out of blocks that
//! [`desk::run`] reserves in the store.

pub mod desk;
mod headers;
mod quota;
mod window;

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use store::quotas::Holder;
use store::serving::ServedPolicy;

pub(crate) use desk::Desk;
pub(crate) use quota::{Quota, QuotaRule, Taken};
pub(crate) use window::{Rate, RateRule};

use crate::keys::{ClientState, Key};
use crate::refusal::Refusal;

/// The cell that all clients and keys with a policy point to. A changed policy is in force for all of
/// them with one store.
#[derive(Debug, Default)]
pub(crate) struct PolicyCell {
    state: ArcSwap<PolicyState>,
}

/// What a policy says at present.
#[derive(Debug, Default)]
pub(crate) struct PolicyState {
    /// False until the policy itself is known. Its keys are not without limits meanwhile.
    is_known: bool,
    pub(crate) rate: Option<RateRule>,
    pub(crate) quota: Option<QuotaRule>,
}

impl PolicyCell {
    pub(crate) fn state(&self) -> Guard<Arc<PolicyState>> {
        self.state.load()
    }

    /// Puts a policy in force. `stamp` tells its quota from the one before.
    pub(crate) fn put(&self, row: &ServedPolicy, stamp: u16) {
        let before = self.state.load();
        let quota = row.quota.map(|limit| QuotaRule::new(limit, stamp));
        // Renaming a policy does not cost anyone a block.
        let quota = match (quota, before.quota) {
            (Some(new), Some(old)) if new.is_like(old) => Some(old),
            (new, _) => new,
        };
        let rate = row.rate_limit.map(RateRule::new);
        self.state.store(Arc::new(PolicyState { is_known: true, rate, quota }));
    }
}

/// What is counted of a key, or of a client as a whole. It outlives changes of the key, and of the
/// policy: a changed limit counts what was called under the former one in the same window.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    pub(crate) rate: Rate,
    pub(crate) quota: Quota,
}

/// When a call is counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    /// Milliseconds by a clock that never goes back; of rates.
    pub(crate) uptime_ms: u64,
    /// Seconds since 1970; of quotas, whose windows outlive the process.
    pub(crate) unix_s: u32,
}

/// Whether a call is counted, or only asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    Count,
    Ask,
}

/// Which of the limits of a call a figure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    KeyRate,
    KeyQuota,
    ClientRate,
    ClientQuota,
}

/// How far a limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) which: Which,
    /// Calls in a window.
    pub(crate) limit: u32,
    /// Of which so many are left.
    pub(crate) remaining: u32,
    /// The length of the window, in seconds.
    pub(crate) window_s: u32,
    /// Seconds until the window is over.
    pub(crate) reset_s: u32,
}

/// How far the limits of a call are: nothing if it is under no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Standings {
    /// At most a rate and a quota of the key, and of the client.
    all: [Option<Standing>; 4],
    /// Whether a block of a quota is being reserved, so that the call may go on in a moment.
    pub(crate) is_pending: bool,
    /// Seconds after which a refused call may be tried again.
    pub(crate) retry_after_s: Option<u32>,
    /// When this was, in seconds since 1970.
    at_s: u32,
}

impl Standings {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Standing> {
        self.all.iter().flatten()
    }

    fn note(&mut self, standing: Standing) {
        self.all[standing.which as usize] = Some(standing);
    }
}

/// Whose meter counts, by which policy.
struct Account<'k> {
    policy: Guard<Arc<PolicyState>>,
    meter: &'k Arc<Meter>,
    holder: Holder,
    whose: [Which; 2],
}

impl<'k> Account<'k> {
    fn of_key(key: &'k Key, client: &ClientState) -> Option<Self> {
        let policy = key.policy.as_ref().or(client.policy.as_ref())?.state();
        // Made before the policy was given to the key.
        let meter = key.meter.as_ref()?;
        Some(Self { policy, meter, holder: Holder::Key(key.id), whose: [Which::KeyRate, Which::KeyQuota] })
    }

    fn of_client(key: &'k Key, client: &ClientState) -> Option<Self> {
        let policy = client.whole.as_ref()?.state();
        let meter = key.client.meter()?;
        let holder = Holder::Client(key.client.id);
        Some(Self { policy, meter, holder, whose: [Which::ClientRate, Which::ClientQuota] })
    }
}

/// 429, unless the call is within the limits of its key and its client; counts it if it is. A call
/// that is refused counts against nothing.
///
/// Says how far the limits are in `standings`. `moment` is asked only for calls under a policy.
pub(crate) fn take(
    key: &Key,
    client: &ClientState,
    desk: &Desk,
    counting: Counting,
    moment: impl FnOnce() -> Moment,
    standings: &mut Standings,
) -> Result<(), Refusal> {
    if key.policy.is_none() && client.policy.is_none() && client.whole.is_none() {
        return Ok(());
    }
    let accounts = [Account::of_key(key, client), Account::of_client(key, client)];
    take_from(&accounts, desk, counting, moment(), standings)
}

fn take_from(
    accounts: &[Option<Account<'_>>; 2],
    desk: &Desk,
    counting: Counting,
    now: Moment,
    standings: &mut Standings,
) -> Result<(), Refusal> {
    standings.at_s = now.unix_s;
    let accounts = || accounts.iter().flatten();
    if accounts().any(|account| !account.policy.is_known) {
        return Err(Refusal::Busy("the policy is not loaded yet"));
    }
    // Looked at first, so that a call which one limit refuses is not in the others for a moment, in
    // which it could keep another call out.
    look(accounts(), desk, counting, now, standings)?;
    if counting == Counting::Ask {
        return Ok(());
    }
    let outcome = count(accounts(), desk, now, standings);
    if let Err((refusal, taken)) = outcome {
        // Another call was faster since the look.
        for (account, is_quota) in
            accounts().flat_map(|account| [(account, false), (account, true)]).take(taken)
        {
            account.give_back(is_quota, now);
        }
        return Err(refusal);
    }
    Ok(())
}

/// Whether every limit has room for a call.
fn look<'k>(
    accounts: impl Iterator<Item = &'k Account<'k>> + Clone,
    desk: &Desk,
    counting: Counting,
    now: Moment,
    standings: &mut Standings,
) -> Result<(), Refusal> {
    let mut refusal = None;
    for account in accounts {
        if let Some(rule) = account.policy.rate {
            let (standing, is_open) = account.meter.rate.look(now.uptime_ms, rule);
            standings.note(standing.of(account.whose[0], rule.limit, rule.window_s()));
            if !is_open {
                standings.wait_for(standing.reset_s());
                refusal.get_or_insert(Refusal::RateExceeded);
            }
        }
        if let Some(rule) = account.policy.quota {
            let taken = account.meter.quota.look(now.unix_s, rule);
            let may_ask = counting == Counting::Count && refusal.is_none();
            if let Err(quota) = account.judge(taken, rule, desk, may_ask, now, standings) {
                refusal.get_or_insert(quota);
            }
        }
    }
    refusal.map_or(Ok(()), Err)
}

/// Counts a call in every limit; else says in how many it was counted before one refused.
fn count<'k>(
    accounts: impl Iterator<Item = &'k Account<'k>>,
    desk: &Desk,
    now: Moment,
    standings: &mut Standings,
) -> Result<(), (Refusal, usize)> {
    let mut taken = 0;
    for account in accounts {
        if let Some(rule) = account.policy.rate {
            let (standing, is_in) = account.meter.rate.take(now.uptime_ms, rule);
            standings.note(standing.of(account.whose[0], rule.limit, rule.window_s()));
            if !is_in {
                standings.wait_for(standing.reset_s());
                return Err((Refusal::RateExceeded, taken));
            }
        }
        taken += 1;
        if let Some(rule) = account.policy.quota {
            let outcome = account.meter.quota.take(now.unix_s, rule);
            account.judge(outcome, rule, desk, true, now, standings).map_err(|refusal| (refusal, taken))?;
        }
        taken += 1;
    }
    Ok(())
}

impl Account<'_> {
    /// What the state of a quota means for the call; asks for a block where one is wanted.
    fn judge(
        &self,
        taken: Taken,
        rule: QuotaRule,
        desk: &Desk,
        may_ask: bool,
        now: Moment,
        standings: &mut Standings,
    ) -> Result<(), Refusal> {
        if may_ask && taken.wants_block {
            desk.ask(self.holder, self.meter, rule);
        }
        let (window_s, limit) = (rule.seconds, rule.limit);
        standings.note(Standing {
            which: self.whose[1],
            limit,
            remaining: taken.remaining,
            window_s,
            reset_s: taken.ends_s.map_or(window_s, |end| end.saturating_sub(now.unix_s)),
        });
        match taken.outcome {
            quota::Outcome::Admitted => Ok(()),
            quota::Outcome::UsedUp => {
                standings.wait_for(taken.ends_s.map_or(1, |end| end.saturating_sub(now.unix_s)));
                Err(Refusal::QuotaExceeded)
            }
            quota::Outcome::NotReserved => {
                standings.is_pending = true;
                Err(Refusal::Busy("the next part of the quota is not reserved yet"))
            }
        }
    }

    fn give_back(&self, is_quota: bool, now: Moment) {
        match (is_quota, self.policy.rate, self.policy.quota) {
            (false, Some(rule), _) => self.meter.rate.give_back(now.uptime_ms, rule),
            (true, _, Some(rule)) => self.meter.quota.give_back(now.unix_s, rule),
            _ => {}
        }
    }
}

impl Standings {
    /// A call that waits has to wait for all that refused it.
    fn wait_for(&mut self, seconds: u32) {
        let seconds = seconds.max(1);
        self.retry_after_s = Some(self.retry_after_s.map_or(seconds, |before| before.max(seconds)));
    }
}

#[cfg(test)]
mod tests;
