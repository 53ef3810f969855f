//! Policies: how often a key may call.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{PolicyId, WorkspaceId};

/// The most calls that a limit can allow. A count below 2^30 and the start of its window fit in
/// one atomic word.
pub const REQUESTS_MAX: i64 = 1_000_000_000;

/// How often each key of a client may call. Both limits hold where both are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// For people; unique in the workspace.
    pub name: String,
    /// Against bursts.
    pub rate_limit: Option<Limit<RateWindow>>,
    /// Against use beyond what was agreed.
    pub quota: Option<Limit<QuotaWindow>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// So many calls in a window of this length, which the first call opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit<W> {
    /// Calls, 1 to [`REQUESTS_MAX`].
    pub requests: i64,
    /// The length of the window.
    pub per: W,
}

macro_rules! windows {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal $seconds:literal)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each is as long as its word says")]
        pub enum $name {
            $(#[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All of them, the shortest first.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As it is written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// How long it is.
            pub const fn seconds(self) -> i64 {
                match self { $(Self::$variant => $seconds,)* }
            }
        }
    };
}

windows! {
    /// The window of a rate limit.
    RateWindow {
        Second "second" 1
        Minute "minute" 60
        Hour "hour" 3_600
    }
}

windows! {
    /// The window of a quota.
    QuotaWindow {
        Day "day" 86_400
        Week "week" 604_800
        Days30 "30 days" 2_592_000
        Days60 "60 days" 5_184_000
        Days90 "90 days" 7_776_000
        Year "year" 31_536_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_longer_one_after_the_other() {
        let seconds = RateWindow::ALL.iter().map(|window| window.seconds());
        let seconds: Vec<_> = seconds.chain(QuotaWindow::ALL.iter().map(|window| window.seconds())).collect();
        assert!(seconds.is_sorted(), "{seconds:?}");
        assert_eq!(QuotaWindow::Days90.as_str(), "90 days");
    }
}
