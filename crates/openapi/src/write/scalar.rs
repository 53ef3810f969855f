//! Single values of YAML: which need quotes, and which.

use std::fmt::Write as _;

use serde_json::Number;

/// Words that YAML 1.1 takes for booleans or null, in lower case. 1.2 knows fewer of them.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Writes text on one line, with as few quotes as it can.
pub(super) fn write_line(text: &mut String, value: &str) {
    if is_plain(value) {
        text.push_str(value);
    } else if value.chars().all(is_printable) {
        text.push('\'');
        text.push_str(&value.replace('\'', "''"));
        text.push('\'');
    } else {
        write_quoted(text, value);
    }
}

/// Whether nobody takes the text for anything but itself. Numbers, dates and times begin with
/// what is not in the list of beginnings, and so does everything that has a meaning in YAML.
fn is_plain(value: &str) -> bool {
    let begins =
        |character: char| character.is_alphabetic() || matches!(character, '_' | '/' | '$' | '(' | '^');
    value.starts_with(begins)
        && !value.ends_with([' ', ':'])
        && !value.contains(": ")
        && !value.contains(" #")
        && value.chars().all(is_printable)
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(value))
}

/// Whether a character can stand in a line as it is (YAML 1.2, section 5.1), for YAML 1.1 too.
fn is_printable(character: char) -> bool {
    match character {
        ' '..='~' => true,
        '\u{a0}'..='\u{d7ff}' => !matches!(character, '\u{2028}' | '\u{2029}'),
        '\u{e000}'..='\u{fffd}' => character != '\u{feff}',
        _ => character >= '\u{1_0000}',
    }
}

/// Whether text of several lines comes back as it was out of a block: the first line shows how
/// far the block is indented, so it must not begin with a blank, and a line of blanks might be
/// taken for an empty one.
pub(super) fn fits_block(value: &str) -> bool {
    let body = value.strip_suffix('\n').unwrap_or(value);
    !body.is_empty()
        && !body.starts_with([' ', '\t', '\n'])
        && !body.ends_with('\n')
        && body.chars().all(|character| matches!(character, '\n' | '\t') || is_printable(character))
        && body.split('\n').all(|line| line.is_empty() || !line.trim_matches([' ', '\t']).is_empty())
}

/// Writes text in double quotes, with escapes that JSON has too.
pub(super) fn write_quoted(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            character if is_printable(character) => text.push(character),
            // All of these are in the basic plane. Writing into a text cannot fail.
            character => _ = write!(text, "\\u{:04x}", u32::from(character)),
        }
    }
    text.push('"');
}

/// Writes a number. YAML 1.1 takes one with an exponent for text, unless it has a point and the
/// exponent a sign.
pub(super) fn write_number(text: &mut String, number: &Number) {
    let json = number.to_string();
    let Some((mantissa, exponent)) = json.split_once(['e', 'E']) else { return text.push_str(&json) };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
    // Writing into a text cannot fail.
    _ = write!(text, "{mantissa}{point}e{sign}{exponent}");
}
