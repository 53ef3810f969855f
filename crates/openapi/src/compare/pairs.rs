//! Which of two lists belong together, where a name can stand for a range of others.

use std::collections::HashMap;

/// What belongs together, and what has no partner.
pub(super) struct Pairs<'a, T> {
    pub(super) both: Vec<(&'a T, &'a T)>,
    pub(super) gone: Vec<&'a T>,
    pub(super) come: Vec<&'a T>,
    /// Of what is gone, the ranges of which something is left.
    pub(super) shrunk: Vec<&'a T>,
}

/// Pairs what has the same name, or a name in the range of the other one's.
pub(super) fn pairs<'a, T>(
    old: &'a [T],
    new: &'a [T],
    name: impl Fn(&T) -> &str,
    ranges: impl Fn(&str) -> Vec<String>,
) -> Pairs<'a, T> {
    let index = |list: &'a [T]| -> HashMap<String, usize> {
        list.iter().enumerate().rev().map(|(index, one)| (name(one).to_owned(), index)).collect()
    };
    let (in_old, in_new) = (index(old), index(new));
    let find = |index: &HashMap<String, usize>, name: &str| {
        let exact = index.get(name).copied();
        exact.or_else(|| ranges(name).iter().find_map(|range| index.get(range).copied()))
    };
    let mut pairs = Pairs { both: Vec::new(), gone: Vec::new(), come: Vec::new(), shrunk: Vec::new() };
    let mut is_met = (vec![false; old.len()], vec![false; new.len()]);
    let mut unmet = Vec::new();
    for (place, one) in old.iter().enumerate() {
        match find(&in_new, name(one)).and_then(|other| Some((other, new.get(other)?))) {
            Some((other, partner)) => {
                is_met.0[place] = true;
                is_met.1[other] = true;
                pairs.both.push((one, partner));
            }
            None => unmet.push((place, one)),
        }
    }
    for (place, one) in new.iter().enumerate().filter(|(place, _)| !is_met.1[*place]) {
        match find(&in_old, name(one)).and_then(|other| Some((other, old.get(other)?))) {
            Some((other, partner)) => {
                is_met.0[other] = true;
                pairs.both.push((partner, one));
            }
            None => pairs.come.push(&new[place]),
        }
    }
    for (place, one) in unmet {
        if is_met.0[place] { pairs.shrunk.push(one) } else { pairs.gone.push(one) }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_paired_with_what_is_in_it() {
        let ranges = |name: &str| vec![format!("{}XX", &name[..1])];
        let pairs =
            pairs(&["200", "3XX", "400", "5XX"], &["2XX", "201", "301", "404", "500"], |one| one, ranges);
        assert_eq!(pairs.both, [(&"200", &"2XX"), (&"3XX", &"301"), (&"5XX", &"500")]);
        assert_eq!((pairs.gone, pairs.shrunk), (vec![&"400"], vec![&"3XX", &"5XX"]));
        assert_eq!(pairs.come, [&"201", &"404"]);
    }
}
