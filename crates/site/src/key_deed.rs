//! What stops a token from working, and is asked before it is done.

/// How long a former token may go on, in seconds; none is longer than what the action allows.
const GRACE: &[(&str, &str)] =
    &[("0", "At once"), ("3600", "After an hour"), ("86400", "After a day"), ("604800", "After a week")];

/// What can be done to an API key that stops something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDeed {
    /// It gets another token.
    Refresh,
    /// It is refused until it is activated again.
    Deactivate,
    /// It is gone.
    Delete,
}

impl KeyDeed {
    /// Whether to do it to the key of this name.
    pub fn question(self, name: &str) -> String {
        let verb = match self {
            Self::Refresh => "Refresh",
            Self::Deactivate => "Deactivate",
            Self::Delete => "Delete",
        };
        format!("{verb} {name}?")
    }

    /// What stops working.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Refresh => {
                "The key gets a new token. Whatever calls with the present one is refused as soon as that stops working."
            }
            Self::Deactivate => {
                "Calls with this key are refused from the next one on. You can activate it again at any time, with the same token."
            }
            Self::Delete => {
                "Calls with this key are refused from the next one on, for ever. This cannot be undone."
            }
        }
    }

    /// What the button says.
    pub const fn button(self) -> &'static str {
        match self {
            Self::Refresh => "Refresh token",
            Self::Deactivate => "Deactivate key",
            Self::Delete => "Delete key",
        }
    }

    /// How long the present token may go on, to choose from: values and labels.
    pub const fn grace(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Refresh => GRACE,
            Self::Deactivate | Self::Delete => &[],
        }
    }
}
