//! `Accept` (RFC 9110, section 12.5.1).

use http::HeaderValue;

/// The media ranges that a caller accepts.
pub(super) struct Accept<'h> {
    ranges: Vec<Range<'h>>,
}

struct Range<'h> {
    essence: &'h [u8],
    parameters: Vec<Parameter<'h>>,
    /// In thousandths.
    weight: u16,
}

/// Name and value, without quotes.
type Parameter<'h> = (&'h [u8], &'h [u8]);

impl<'h> Accept<'h> {
    pub(super) fn of(values: impl IntoIterator<Item = &'h HeaderValue>) -> Self {
        let ranges =
            values.into_iter().flat_map(|value| split(value.as_bytes(), b',')).filter_map(Range::parse);
        Self { ranges: ranges.collect() }
    }

    /// The place of the type that is liked best, the first of those that are liked the same; `None`
    /// if none is accepted. Who names no type accepts all.
    pub(super) fn best<'t>(&self, types: impl Iterator<Item = Option<&'t [u8]>>) -> Option<usize> {
        let mut best: Option<(u16, usize)> = None;
        for (place, content_type) in types.enumerate() {
            let weight = content_type.map_or(1000, |content_type| self.weight(content_type));
            if weight > best.map_or(0, |(best, _)| best) {
                best = Some((weight, place));
            }
        }
        best.map(|(_, place)| place)
    }

    /// The weight of the most specific range that covers a type.
    fn weight(&self, content_type: &[u8]) -> u16 {
        if self.ranges.is_empty() {
            return 1000;
        }
        let (essence, parameters) = parts(content_type);
        let specific = self
            .ranges
            .iter()
            .filter_map(|range| Some((range.specificity(essence, &parameters)?, range.weight)));
        specific.max().map_or(0, |(_, weight)| weight)
    }
}

impl<'h> Range<'h> {
    fn parse(text: &'h [u8]) -> Option<Self> {
        let (essence, mut parameters) = parts(text);
        if !essence.contains(&b'/') {
            return None;
        }
        let mut weight = 1000;
        if let Some(place) = parameters.iter().position(|(name, _)| name.eq_ignore_ascii_case(b"q")) {
            weight = thousandths(parameters[place].1);
            parameters.truncate(place);
        }
        Some(Self { essence, parameters, weight })
    }

    /// How closely it describes a type; `None` if not at all. A parameter that the type lacks does
    /// not keep it out: callers ask for `charset=utf-8` where documents do not say it.
    fn specificity(&self, essence: &[u8], parameters: &[Parameter<'_>]) -> Option<usize> {
        let kind = |essence: &'_ [u8]| essence.iter().position(|byte| *byte == b'/');
        let named = match self.essence {
            b"*/*" => return Some(0),
            range if range.ends_with(b"/*") => {
                let length = kind(range)? + 1;
                let is_kind =
                    essence.len() >= length && essence[..length].eq_ignore_ascii_case(&range[..length]);
                return is_kind.then_some(1);
            }
            range => range.eq_ignore_ascii_case(essence).then_some(2)?,
        };
        let mut same = 0;
        for (name, value) in &self.parameters {
            let own = parameters.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
            match own {
                Some((_, own)) if own.eq_ignore_ascii_case(value) => same += 1,
                Some(_) => return None,
                None => {}
            }
        }
        Some(named + same)
    }
}

/// A media type or range, and its parameters.
fn parts(text: &[u8]) -> (&[u8], Vec<Parameter<'_>>) {
    let mut pieces = split(text, b';');
    let essence = pieces.next().unwrap_or_default();
    let parameters = pieces.filter_map(|piece| {
        let place = piece.iter().position(|byte| *byte == b'=')?;
        let value = piece[place + 1..].trim_ascii();
        let unquoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
        Some((piece[..place].trim_ascii(), unquoted.unwrap_or(value)))
    });
    (essence, parameters.collect())
}

/// The pieces between separators, except where those stand in quotes; without blanks around them.
pub(super) fn split(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            byte => return *byte == separator && !is_quoted,
        }
        false
    })
    .map(<[u8]>::trim_ascii)
}

/// A weight; one that is malformed is taken for none.
fn thousandths(text: &[u8]) -> u16 {
    let weight = std::str::from_utf8(text).ok().and_then(|text| match text.split_once('.') {
        None => Some(text.parse::<u16>().ok()? * 1000),
        Some((whole, decimals)) if decimals.len() <= 3 => {
            let decimals = if decimals.is_empty() { 0 } else { format!("{decimals:0<3}").parse().ok()? };
            Some(whole.parse::<u16>().ok()?.checked_mul(1000)?.saturating_add(decimals))
        }
        Some(_) => None,
    });
    weight.filter(|weight| *weight <= 1000).unwrap_or(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(accept: &[&'static str], types: &[&str]) -> Option<usize> {
        let values: Vec<_> = accept.iter().map(|text| HeaderValue::from_static(text)).collect();
        Accept::of(&values).best(types.iter().map(|text| Some(text.as_bytes())))
    }

    #[test]
    fn the_type_with_the_highest_weight_is_chosen() {
        const TYPES: [&str; 3] = ["application/json", "text/plain; charset=utf-8", "application/xml"];
        for (accept, place) in [
            (&[][..], Some(0)),
            (&[""], Some(0)),
            (&["*/*"], Some(0)),
            (&["text/plain"], Some(1)),
            (&["TEXT/*;q=0.5, image/png"], Some(1)),
            (&["application/json;q=0.5, application/xml;q=0.9, */*;q=0.1"], Some(2)),
            (&["application/json;q=0.500", "application/xml;q=0.501"], Some(2)),
            (&["*/*, application/json;q=0"], Some(1)),
            (&["application/*, application/json; Q=0.2"], Some(2)),
            (&["application/json;q=0"], None),
            (&["image/png"], None),
            (&["application/json; charset=utf-8"], Some(0)),
            (&["text/plain; charset=\"UTF-8\""], Some(1)),
            (&["text/plain; charset=latin1"], None),
            (&["text/plain; x=\",\"; q=0.3, application/xml;q=0.2"], Some(1)),
            (&["application/json;q=high"], Some(0)),
            (&["text/plain;q=70000, */*;q=0.1"], Some(1)),
        ] {
            assert_eq!(best(accept, &TYPES), place, "{accept:?}");
        }
    }

    #[test]
    fn a_body_of_no_type_is_always_accepted() {
        let values = [HeaderValue::from_static("image/png")];
        assert_eq!(Accept::of(&values).best([None].into_iter()), Some(0));
    }
}
