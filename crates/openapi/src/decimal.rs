//! Numbers as they are written, so that `0.3` is a multiple of `0.1`.

use serde_json::Number;

/// Beyond this nothing is told apart; no bound that people mean is.
const LARGEST: i128 = 10_i128.pow(24);

/// The most decimals that are kept.
pub(crate) const DECIMALS: u32 = 12;

/// A number in units of a power of ten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) units: i128,
    /// How many of its digits are decimals.
    pub(crate) decimals: u32,
}

impl Decimal {
    /// As near as it can be told; whether that is exactly the number.
    pub(crate) fn of(number: &Number) -> (Self, bool) {
        let text = number.to_string();
        let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent: i64 = exponent.parse().unwrap_or_default();
        let fraction = fraction.trim_end_matches('0');
        let decimals = i64::try_from(fraction.len()).unwrap_or_default().saturating_sub(exponent);
        let sign = if whole.starts_with('-') { -1 } else { 1 };
        let Ok(units) = format!("{whole}{fraction}").parse::<i128>() else {
            return (Self { units: sign * LARGEST, decimals: 0 }, false);
        };
        match u32::try_from(decimals) {
            Ok(decimals @ 0..=DECIMALS) => (Self { units, decimals }, true),
            Ok(_) => (Self { units: 0, decimals: 0 }, units == 0),
            Err(_) => {
                let zeros = u32::try_from(-decimals).unwrap_or(u32::MAX);
                let units = 10_i128.checked_pow(zeros).and_then(|power| units.checked_mul(power));
                match units.filter(|units| units.abs() <= LARGEST) {
                    Some(units) => (Self { units, decimals: 0 }, true),
                    None => (Self { units: sign * LARGEST, decimals: 0 }, false),
                }
            }
        }
    }

    /// Its units when it has this many decimals, which are not fewer than its own.
    pub(crate) fn units_at(self, decimals: u32) -> Option<i128> {
        let power = 10_i128.checked_pow(decimals.checked_sub(self.decimals)?)?;
        self.units.checked_mul(power)
    }

    /// As JSON has it: without decimals if they are zeros.
    pub(crate) fn number(self) -> Option<Number> {
        let power = 10_i128.checked_pow(self.decimals)?;
        if self.units % power == 0 {
            return Number::from_i128(self.units / power);
        }
        let (whole, rest) = (self.units / power, (self.units % power).abs());
        let sign = if self.units < 0 && whole == 0 { "-" } else { "" };
        let text = format!("{sign}{whole}.{rest:0width$}", width = self.decimals as usize);
        Number::from_f64(text.parse().ok()?)
    }
}

/// Whether one number is a whole multiple of the other.
pub(crate) fn is_multiple(number: &Number, of: &Number) -> bool {
    let ((number_decimal, exact), (of_decimal, of_exact)) = (Decimal::of(number), Decimal::of(of));
    let decimals = number_decimal.decimals.max(of_decimal.decimals);
    let units = number_decimal.units_at(decimals).zip(of_decimal.units_at(decimals));
    match units.filter(|_| exact && of_exact) {
        Some((units, of)) => of != 0 && units % of == 0,
        None => {
            let quotient = number.as_f64().zip(of.as_f64()).map(|(number, of)| number / of);
            quotient.is_some_and(|quotient| quotient.fract() == 0.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn number(value: &serde_json::Value) -> Number {
        value.as_number().unwrap().clone()
    }

    #[test]
    fn multiples_are_told_as_written() {
        let is = |one, other| is_multiple(&number(&one), &number(&other));
        assert!(is(json!(0.3), json!(0.1)));
        assert!(is(json!(19.99), json!(0.01)));
        assert!(is(json!(1e20), json!(10)));
        assert!(!is(json!(0.35), json!(0.1)));
        assert!(!is(json!(7), json!(2)));
        assert!(!is(json!(7), json!(0)));
    }

    #[test]
    fn a_decimal_comes_back_as_it_was() {
        for value in [json!(0), json!(-0.05), json!(12.5), json!(-3), json!(9_007_199_254_740_993_i64)] {
            let number = number(&value);
            assert_eq!(Decimal::of(&number).0.number(), Some(number));
        }
        assert_eq!(Decimal::of(&number(&json!(1.7e308))), (Decimal { units: LARGEST, decimals: 0 }, false));
        assert_eq!(Decimal::of(&number(&json!(1e-20))), (Decimal { units: 0, decimals: 0 }, false));
    }
}
