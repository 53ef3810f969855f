//! Messages about what was just done, shown on the next page.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::text::{Ticked, ticked};

/// The cookie that carries them there.
pub(crate) const COOKIE: &str = "portico_flash";

/// The most characters of a message: a cookie has little room.
const CHARACTERS: usize = 300;

/// What a message means. Never told by its colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It was done.
    Good,
    /// Something to know.
    Info,
    /// It was done, with something to mind.
    Warn,
    /// It was not done.
    Bad,
}

impl Tone {
    /// The class of the style sheet.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }

    /// The picture beside it.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Good => "check",
            Self::Info => "info",
            Self::Warn | Self::Bad => "alert",
        }
    }
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// What it means.
    pub tone: Tone,
    /// What was done, in a sentence.
    pub text: String,
}

impl Flash {
    /// It was done.
    pub fn good(text: impl Into<String>) -> Self {
        Self { tone: Tone::Good, text: text.into() }
    }

    /// It was done, with something to mind.
    pub fn warn(text: impl Into<String>) -> Self {
        Self { tone: Tone::Warn, text: text.into() }
    }

    /// It was not done.
    pub fn bad(text: impl Into<String>) -> Self {
        Self { tone: Tone::Bad, text: text.into() }
    }

    /// The text as it is shown.
    pub fn shown(&self) -> Ticked {
        ticked(&self.text)
    }

    pub(crate) fn to_cookie(&self) -> String {
        let text: String = self.text.chars().take(CHARACTERS).collect();
        format!("{}.{}", self.tone.as_str(), utf8_percent_encode(&text, NON_ALPHANUMERIC))
    }

    pub(crate) fn from_cookie(value: &str) -> Option<Self> {
        let (tone, text) = value.split_once('.')?;
        let tone = [Tone::Good, Tone::Info, Tone::Warn, Tone::Bad]
            .into_iter()
            .find(|known| known.as_str() == tone)?;
        let text = percent_decode_str(text).decode_utf8().ok()?;
        Some(Self { tone, text: text.chars().take(CHARACTERS).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_through_a_cookie() {
        let flash = Flash::warn("Key “a; b=c” — gone\u{202f}.");
        assert_eq!(Flash::from_cookie(&flash.to_cookie()), Some(flash));
        assert_eq!(Flash::from_cookie("good"), None);
        assert_eq!(Flash::from_cookie("x.y"), None);
    }
}
