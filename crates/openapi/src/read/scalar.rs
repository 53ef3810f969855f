//! What a plain scalar means: the core schema of YAML 1.2 (section 10.3.2 of its specification).
//! `yes`, `on`, `1_000` and dates are text there, unlike in YAML 1.1.

use serde_json::{Number, Value};

/// A number that JSON does not have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoNumber;

/// What a plain scalar without a tag stands for.
pub(super) fn plain(text: &str) -> Result<Value, NoNumber> {
    // Most scalars are words, and the first byte tells.
    match text.as_bytes().first() {
        None | Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F') => Ok(word(text)),
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => match number(text)? {
            Some(number) => Ok(Value::Number(number)),
            None => Ok(text.into()),
        },
        Some(_) => Ok(text.into()),
    }
}

fn word(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => text.into(),
    }
}

/// `None` if it is no number at all.
fn number(text: &str) -> Result<Option<Number>, NoNumber> {
    if let Some(digits) = text.strip_prefix("0o") {
        return Ok(radix(digits, 8));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return Ok(radix(digits, 16));
    }
    let (sign, unsigned) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (if text.starts_with('-') { "-" } else { "" }, rest),
        None => ("", text),
    };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(NoNumber);
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_number = are_digits(whole)
        && fraction.is_none_or(are_digits)
        && !(whole.is_empty() && fraction.is_none_or(str::is_empty))
        && exponent.is_none_or(|exponent| {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !digits.is_empty() && are_digits(digits)
        });
    if !is_number {
        return Ok(None);
    }
    // The same number as JSON writes it, so that both are read the same.
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let mut json = format!("{sign}{whole}");
    if let Some(fraction) = fraction {
        json.push('.');
        json.push_str(if fraction.is_empty() { "0" } else { fraction });
    }
    if let Some(exponent) = exponent {
        json.push('e');
        json.push_str(exponent);
    }
    serde_json::from_str(&json).map(Some).map_err(|_| NoNumber)
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn radix(digits: &str, radix: u32) -> Option<Number> {
    // `from_str_radix` takes a sign, which has no place here.
    let is_number = digits.chars().all(|digit| digit.is_digit(radix));
    is_number.then(|| u64::from_str_radix(digits, radix).ok()).flatten().map(Number::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_what_yaml_1_2_says() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Ok(Value::Null), "{text}");
        }
        assert_eq!(plain("True"), Ok(json!(true)));
        assert_eq!(plain("FALSE"), Ok(json!(false)));
        for text in
            ["yes", "no", "on", "off", "nULL", "tRUE", "y", "2020-01-01", "12:30:45", "1_000", "1.2.3"]
        {
            assert_eq!(plain(text), Ok(json!(text)), "{text}");
        }
    }

    #[test]
    fn numbers_are_those_of_json() {
        for (text, number) in [
            ("0", json!(0)),
            ("007", json!(7)),
            ("-12", json!(-12)),
            ("+12", json!(12)),
            ("0o17", json!(15)),
            ("0xfF", json!(255)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1.50", json!(1.5)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-.5e-3", json!(-0.0005)),
            ("1e3", json!(1000.0)),
        ] {
            assert_eq!(plain(text), Ok(number), "{text}");
        }
        for text in [".", "-", "+", "1e", "e1", ".e1", "0o8", "0xg", "0o+7", "1.5.", "--1", "-0x1"] {
            assert_eq!(plain(text), Ok(json!(text)), "{text}");
        }
    }

    #[test]
    fn what_json_has_no_number_for_is_refused() {
        for text in [".inf", "-.Inf", "+.INF", ".nan", ".NaN", "1e999"] {
            assert_eq!(plain(text), Err(NoNumber), "{text}");
        }
        assert_eq!(plain("-.nan"), Ok(json!("-.nan")));
    }
}
