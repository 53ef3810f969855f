//! Numbers, counts and code in sentences.

use std::fmt;

use askama::filters::{Escaper as _, Html, HtmlSafe};

/// The space between groups of three digits: thin, and no line breaks there.
const THIN: char = '\u{202f}';

/// A number with thin separators: `12 345`.
pub fn number(value: impl Into<i64>) -> String {
    let value: i64 = value.into();
    let digits = value.unsigned_abs().to_string();
    let mut text = String::new();
    if value < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// `1 operation`, `12 operations`.
pub fn count(value: impl Into<i64>, singular: &str, plural: &str) -> String {
    let value = value.into();
    format!("{} {}", number(value), if value == 1 { singular } else { plural })
}

/// A length as a number that can be shown.
pub fn length(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A sentence in which what stands between back-ticks is shown as code.
pub fn ticked(text: impl AsRef<str>) -> Ticked {
    Ticked(text.as_ref().to_owned())
}

/// See [`ticked`].
#[derive(Debug, Clone)]
pub struct Ticked(String);

impl fmt::Display for Ticked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.0.split('`').peekable();
        let mut is_code = false;
        while let Some(part) = parts.next() {
            // A last back-tick without another one is only a back-tick.
            let is_pair = is_code && parts.peek().is_some();
            if is_code && !is_pair {
                f.write_str("`")?;
            }
            if is_pair {
                f.write_str("<code>")?;
            }
            Html.write_escaped_str(&mut *f, part)?;
            if is_pair {
                f.write_str("</code>")?;
            }
            is_code = !is_code;
        }
        Ok(())
    }
}

// Every part is escaped.
impl HtmlSafe for Ticked {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(-1_234_567), "−1\u{202f}234\u{202f}567");
        assert_eq!(count(1, "key", "keys"), "1 key");
        assert_eq!(count(0, "key", "keys"), "0 keys");
    }

    #[test]
    fn code_is_marked_and_escaped() {
        assert_eq!(
            ticked("has `<b>`, not `c`").to_string(),
            "has <code>&#60;b&#62;</code>, not <code>c</code>"
        );
        assert_eq!(ticked("it`s").to_string(), "it`s");
        assert_eq!(ticked("a `b` c` d").to_string(), "a <code>b</code> c` d");
    }
}
