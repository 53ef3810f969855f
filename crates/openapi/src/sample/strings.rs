//! Texts of a length, of a format, or of a pattern.

use super::facts::Facts;
use super::{Sampler, formats};
use crate::pattern::{Extent, text_of};

/// How often what may repeat in a pattern does so more than it must: what looks likely comes first.
const REPEATS: [usize; 6] = [3, 2, 1, 0, 5, 8];

/// The longest text that is made, in characters.
const LONGEST: usize = 1 << 16;

impl<'d> Sampler<'d> {
    /// A text, valid as far as lengths and patterns say.
    pub(super) fn string(&mut self, facts: &Facts<'d>, variant: usize) -> Option<String> {
        let (least, most) = (facts.least("minLength"), facts.most("maxLength"));
        if least > most || least > LONGEST {
            return None;
        }
        let format = facts.texts("format").next().or_else(|| facts.texts("contentEncoding").next());
        let formatted = format.and_then(|format| formats::text(format, variant));
        if let Some(text) = formatted.filter(|text| self.is_fit(facts, text)) {
            return Some(text);
        }
        let padded = format.and_then(|format| formats::padded(format, variant, least));
        if let Some(text) = padded.filter(|text| self.is_fit(facts, text)) {
            return Some(text);
        }
        let patterns: Vec<_> = facts.texts("pattern").collect();
        if patterns.is_empty() {
            return Some(plain(least, most, variant));
        }
        patterns.into_iter().find_map(|pattern| self.patterned(facts, pattern, least, variant))
    }

    fn patterned(
        &mut self,
        facts: &Facts<'d>,
        pattern: &str,
        least: usize,
        variant: usize,
    ) -> Option<String> {
        let shortest = text_of(pattern, Extent::Each(0), variant)?.chars().count();
        let extents = REPEATS.map(Extent::Each).into_iter();
        let long = least.checked_sub(shortest).map(|missing| [Extent::First(missing), Extent::Each(missing)]);
        extents.chain(long.into_iter().flatten()).find_map(|extent| {
            let text = text_of(pattern, extent, variant)?;
            // A pattern need not cover the whole text.
            let longer = format!("{text}{}", "a".repeat(least.saturating_sub(text.chars().count())));
            [text, longer].into_iter().find(|text| self.is_fit(facts, text))
        })
    }

    /// Whether a text has the length and matches the patterns that are wanted.
    fn is_fit(&mut self, facts: &Facts<'d>, text: &str) -> bool {
        let length = text.chars().count();
        length >= facts.least("minLength")
            && length <= facts.most("maxLength")
            && facts
                .texts("pattern")
                .all(|pattern| self.checker.patterns.matches(pattern, text) == Some(true))
    }
}

/// `string`, or as much or more of it as is wanted.
fn plain(least: usize, most: usize, variant: usize) -> String {
    const WORD: &str = "string";
    let number = if variant == 0 { String::new() } else { (variant + 1).to_string() };
    let length = (WORD.len() + number.len()).clamp(least, most);
    if length <= number.len() {
        // Too short for a word: letters that differ.
        let letter = char::from(b'a' + u8::try_from(variant % 26).unwrap_or_default());
        return letter.to_string().repeat(length);
    }
    let mut text: String = WORD.chars().cycle().take(length - number.len()).collect();
    text.push_str(&number);
    text
}
