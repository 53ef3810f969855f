//! Regular expressions in schemas: what they match, and texts that they match.

use std::collections::HashMap;
use std::rc::Rc;

use fancy_regex::{Regex, RegexBuilder};
use jsonschema_regex::to_rust_regex;
use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

/// The longest pattern that is looked at.
const LENGTH: usize = 4096;

/// What one pattern may take when it is compiled.
const SIZE_BYTES: usize = 1 << 20;

/// How often matching may go back and try again.
const BACKTRACKS: usize = 100_000;

/// How many patterns are kept compiled.
const KEPT: usize = 1000;

/// The longest text that is made of a pattern, in bytes.
const TEXT_BYTES: usize = 1 << 16;

/// The patterns that were met, compiled once.
#[derive(Default)]
pub(crate) struct Patterns<'d> {
    compiled: HashMap<&'d str, Option<Rc<Regex>>>,
}

impl<'d> Patterns<'d> {
    /// Whether the pattern matches somewhere in the text; `None` if it is none that we understand.
    pub(crate) fn matches(&mut self, pattern: &'d str, text: &str) -> Option<bool> {
        if !self.compiled.contains_key(pattern) {
            if self.compiled.len() >= KEPT {
                self.compiled.clear();
            }
            self.compiled.insert(pattern, compile(pattern).map(Rc::new));
        }
        self.compiled.get(pattern)?.as_ref()?.is_match(text).ok()
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    let pattern = translated(pattern)?;
    RegexBuilder::new(&pattern)
        .backtrack_limit(BACKTRACKS)
        .delegate_size_limit(SIZE_BYTES)
        .delegate_dfa_size_limit(SIZE_BYTES)
        .build()
        .ok()
}

/// Patterns are those of ECMA-262.
fn translated(pattern: &str) -> Option<String> {
    if pattern.len() > LENGTH {
        return None;
    }
    to_rust_regex(pattern).ok().map(std::borrow::Cow::into_owned)
}

/// How long a text made of a pattern is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Extent {
    /// Whatever may repeat does so that many times more than it must.
    Each(usize),
    /// Whatever repeats first does so that many times more than it must.
    First(usize),
}

/// A text that matches the pattern as far as can be told without looking around. Other variants are
/// other texts where the pattern allows it.
pub(crate) fn text_of(pattern: &str, extent: Extent, variant: usize) -> Option<String> {
    let plain = without_look_around(pattern);
    let hir = regex_syntax::parse(&translated(&plain)?).ok()?;
    let mut writer = Writer { text: String::new(), extent, variant, letters: variant, digits: variant };
    writer.write(&hir)?;
    Some(writer.text)
}

struct Writer {
    text: String,
    extent: Extent,
    variant: usize,
    /// How many letters were written.
    letters: usize,
    /// How many digits were written.
    digits: usize,
}

impl Writer {
    fn write(&mut self, hir: &Hir) -> Option<()> {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.text.push_str(std::str::from_utf8(&literal.0).ok()?),
            HirKind::Class(class) => {
                let character = self.pick(class)?;
                self.text.push(character);
            }
            HirKind::Repetition(repetition) => {
                let most = repetition.max.map_or(usize::MAX, |most| most as usize);
                let least = repetition.min as usize;
                let more = match &mut self.extent {
                    Extent::Each(more) => (*more).min(most - least),
                    Extent::First(left) => {
                        let more = (*left).min(most - least);
                        *left -= more;
                        more
                    }
                };
                for _ in 0..least + more {
                    self.write(&repetition.sub)?;
                }
            }
            HirKind::Capture(capture) => self.write(&capture.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.write(part))?,
            HirKind::Alternation(parts) => self.write(&parts[self.variant % parts.len()])?,
        }
        (self.text.len() <= TEXT_BYTES).then_some(())
    }

    /// A letter if the class has one, one after the other; else a digit; else what it has.
    fn pick(&mut self, class: &Class) -> Option<char> {
        let Class::Unicode(class) = class else { return None };
        let has =
            |character: &char| class.iter().any(|range| (range.start()..=range.end()).contains(character));
        for alphabet in ['a'..='z', 'A'..='Z'] {
            let letters: Vec<char> = alphabet.filter(has).collect();
            if !letters.is_empty() {
                self.letters += 1;
                return Some(letters[(self.letters - 1) % letters.len()]);
            }
        }
        let digits: Vec<char> = ('1'..='9').chain(['0']).filter(has).collect();
        if !digits.is_empty() {
            self.digits += 1;
            return Some(digits[(self.digits - 1) % digits.len()]);
        }
        ('!'..='~').find(has).or_else(|| class.iter().next().map(ClassUnicodeRange::start))
    }
}

/// The pattern without its groups that look ahead or behind.
fn without_look_around(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let looks = ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|group| rest.starts_with(group));
        let length = match first {
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            '[' => class_length(rest),
            '(' if looks => {
                rest = &rest[group_length(rest)..];
                continue;
            }
            other => other.len_utf8(),
        };
        plain.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    plain
}

/// The length of the group that the text begins with, both parentheses included.
fn group_length(text: &str) -> usize {
    let (mut length, mut depth) = (0, 0_usize);
    while let Some(first) = text[length..].chars().next() {
        length += match first {
            '\\' => 1 + text[length + 1..].chars().next().map_or(0, char::len_utf8),
            '[' => class_length(&text[length..]),
            other => other.len_utf8(),
        };
        match first {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    length
}

/// The length of the class that the text begins with, both brackets included.
fn class_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (place, character) in text.char_indices().skip(1) {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            ']' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pattern: &str) -> String {
        text_of(pattern, Extent::Each(3), 0).unwrap()
    }

    #[test]
    fn a_text_made_of_a_pattern_matches_it() {
        for (pattern, expected) in [
            (r"^\d{3}-\d{2}-\d{4}$", "123-45-6789"),
            ("^[A-Z]{2}[0-9a-f]+$", "ABcdef"),
            ("^(cat|dog)s?$", "cats"),
            (r"^(?!x)[a-z]{4}$", "abcd"),
            (r"^(?=.*[0-9(])[a-z)]{2}[0-9]$", "ab1"),
            (r"^#\/[!-/]$", "#/!"),
            ("", ""),
        ] {
            let text = text(pattern);
            assert_eq!(text, expected, "{pattern}");
            assert_eq!(Patterns::default().matches(pattern, &text), Some(true), "{pattern}");
        }
        assert_eq!(text_of("^[a-z]*$", Extent::First(5), 1).as_deref(), Some("bcdef"));
        assert_eq!(text_of("^(cat|dog)$", Extent::Each(0), 1).as_deref(), Some("dog"));
    }

    #[test]
    fn what_is_no_pattern_matches_nothing_and_makes_nothing() {
        for pattern in ["(", "[z-a]", r"(a)\1(", &"a".repeat(LENGTH + 1)] {
            assert_eq!(Patterns::default().matches(pattern, "a"), None, "{pattern}");
            assert_eq!(text_of(pattern, Extent::Each(0), 0), None, "{pattern}");
        }
        assert_eq!(text_of("(a{1000}){1000}", Extent::Each(0), 0), None);
    }

    #[test]
    fn patterns_that_go_too_far_are_not_matched() {
        let mut patterns = Patterns::default();
        let text = "a".repeat(200);
        // Going back and trying again would take longer than anybody lives.
        for pattern in ["^(?=(a+)+b)((a+)+)\\1c", "^((a|aa)+)\\1{3}b", "^(?=((a+)+)$)\\1\\1(?!a)"] {
            assert_ne!(patterns.matches(pattern, &text), Some(true), "{pattern}");
        }
        // Without looking around there is no going back.
        assert_eq!(patterns.matches("^(a+)+b$", &text), Some(false));
        for pattern in ["((a{1000}){1000}){1000}", "(\\p{L}{999}){999}"] {
            assert_eq!(patterns.matches(pattern, &text), None, "{pattern}");
        }
        assert_eq!(patterns.matches("a".repeat(LENGTH + 1).leak(), &text), None);
        assert_eq!(text_of("((a{1000}){1000}){1000}", Extent::Each(0), 0), None);
        assert_eq!(text_of("(){4294967295}", Extent::Each(9), 0).as_deref(), Some(""));
    }

    #[test]
    fn groups_that_look_around_are_left_out() {
        assert_eq!(without_look_around(r"^(?!a(b)\)[)])c(?<=d)(e)\(?=$"), r"^c(e)\(?=$");
        assert_eq!(without_look_around("(?=("), "");
    }
}
