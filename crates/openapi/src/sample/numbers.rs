//! Numbers within bounds.

use serde_json::{Number, Value};

use super::facts::Facts;
use crate::decimal::{DECIMALS, Decimal};
use crate::schema::{Bound, maxima, minima};

/// A number, as near to 1 as it may be; without bounds 1, or 1.5 where it need not be an integer.
pub(super) fn number(facts: &Facts<'_>, is_integer: bool, variant: usize) -> Option<Number> {
    let multiples: Vec<Decimal> =
        facts.all("multipleOf").filter_map(Value::as_number).map(|number| Decimal::of(number).0).collect();
    let bounds = |bounds: Vec<Bound<'_>>| -> Vec<(Decimal, bool)> {
        bounds.into_iter().map(|bound| (Decimal::of(bound.number).0, bound.exclusive)).collect()
    };
    let low = bounds(facts.parts.iter().flat_map(|part| minima(part)).collect());
    let high = bounds(facts.parts.iter().flat_map(|part| maxima(part)).collect());
    let written = multiples.iter().chain(low.iter().chain(&high).map(|(bound, _)| bound));
    let decimals = written.map(|decimal| decimal.decimals).max().unwrap_or(0);

    // From coarse to fine, where nothing says how fine.
    let steps: Vec<Decimal> = if is_integer {
        vec![Decimal { units: 1, decimals: 0 }]
    } else if multiples.is_empty() {
        vec![Decimal { units: 5, decimals: 1 }, Decimal { units: 1, decimals: (decimals + 1).min(DECIMALS) }]
    } else {
        vec![Decimal { units: 1, decimals }]
    };
    steps.into_iter().find_map(|step| {
        let decimals = decimals.max(step.decimals);
        let units = |decimal: Decimal| decimal.units_at(decimals);
        let step = multiples.iter().try_fold(units(step)?, |step, of| common(step, units(*of)?))?;
        let lowest =
            low.iter().filter_map(|(bound, exclusive)| above(units(*bound)?, step, *exclusive)).max();
        let highest =
            high.iter().filter_map(|(bound, exclusive)| below(units(*bound)?, step, *exclusive)).min();
        let liked = units(Decimal { units: if is_integer { 10 } else { 15 }, decimals: 1 })
            .or_else(|| units(Decimal { units: 1, decimals: 0 }))?;
        let place = pick(liked.div_euclid(step), lowest, highest, variant)?;
        Decimal { units: place.checked_mul(step)?, decimals }.number()
    })
}

/// The place of the number between the bounds, counted in steps: near what is liked, upwards from
/// there for other variants, or downwards where the upper bound is met.
fn pick(liked: i128, lowest: Option<i128>, highest: Option<i128>, variant: usize) -> Option<i128> {
    if lowest.zip(highest).is_some_and(|(lowest, highest)| lowest > highest) {
        return None;
    }
    let near = lowest.map_or(liked, |lowest| liked.max(lowest));
    let near = highest.map_or(near, |highest| near.min(highest));
    let variant = i128::try_from(variant).ok()?;
    let upwards = near.checked_add(variant)?;
    let Some(highest) = highest.filter(|highest| upwards > *highest) else { return Some(upwards) };
    let downwards = near - (upwards - highest);
    Some(lowest.map_or(downwards, |lowest| downwards.max(lowest)))
}

/// The first place at or above a bound.
fn above(bound: i128, step: i128, exclusive: bool) -> Option<i128> {
    let place = bound.div_euclid(step);
    let is_on = bound.rem_euclid(step) == 0;
    if is_on && !exclusive { Some(place) } else { place.checked_add(1) }
}

/// The last place at or below a bound.
fn below(bound: i128, step: i128, exclusive: bool) -> Option<i128> {
    let is_on = bound.rem_euclid(step) == 0;
    Some(bound.div_euclid(step) - i128::from(is_on && exclusive))
}

/// The least common multiple.
fn common(one: i128, other: i128) -> Option<i128> {
    let (mut divisor, mut rest) = (one, other.abs());
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (other != 0).then(|| one / divisor)?.checked_mul(other.abs())
}
