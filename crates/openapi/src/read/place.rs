//! Where something stands in a text: read a second time for that, since it is asked only where
//! something is wrong.

use std::fmt;

use granit_parser::{Event, Span};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::yaml::{self, Events};
use crate::Format;
use crate::fault::Place;
use crate::reference::tokens;

/// Where the value at a JSON pointer begins, or the nearest value around it.
pub(crate) fn find(text: &str, format: Format, pointer: &str) -> Option<Place> {
    match format {
        Format::Json => {
            let (value, _) = seek(text, pointer)?;
            let before = text.get(..value.as_ptr() as usize - text.as_ptr() as usize)?;
            let last_line = before.rsplit('\n').next().unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            Some(Place { line, column: last_line.trim_start_matches('\u{feff}').chars().count() + 1 })
        }
        Format::Yaml => seek_event(text, pointer).map(|(_, span, _)| yaml::place(&span.start)),
    }
}

/// A number as it is written at a JSON pointer: `1.10` is `1.1` once it is a number.
pub(crate) fn source(text: &str, format: Format, pointer: &str) -> Option<String> {
    match format {
        Format::Json => seek(text, pointer).filter(|(_, is_it)| *is_it).map(|(value, _)| value.to_owned()),
        Format::Yaml => match seek_event(text, pointer)? {
            (Event::Scalar(scalar, ..), _, true) => Some(scalar.into_owned()),
            _ => None,
        },
    }
}

/// The text of the value, and whether it is that value or one around it.
fn seek<'t>(text: &'t str, pointer: &str) -> Option<(&'t str, bool)> {
    let mut value = text.trim_start_matches('\u{feff}').trim();
    for token in tokens(pointer) {
        let mut parser = serde_json::Deserializer::from_str(value);
        match Seek(&token).deserialize(&mut parser) {
            Ok(Some(found)) => value = found.get(),
            _ => return Some((value, false)),
        }
    }
    Some((value, true))
}

/// Finds the value of one key or index, the last one if there are several.
struct Seek<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = Option<&'de RawValue>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = access.next_key::<String>()? {
            if key == self.0 {
                found = Some(access.next_value()?);
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let wanted = self.0.parse().ok();
        let mut found = None;
        let mut index = 0_usize;
        while let Some(item) = access.next_element::<&'de RawValue>()? {
            if wanted == Some(index) {
                found = Some(item);
            }
            index += 1;
        }
        Ok(found)
    }
}

/// The event with which the value begins, and whether it is that value or one around it. What
/// an alias or `<<` brings in stands where that is.
fn seek_event<'t>(text: &'t str, pointer: &str) -> Option<(Event<'t>, Span, bool)> {
    let mut events = Events::new(text);
    let mut next = move || events.next().ok();
    let mut nearest = loop {
        let (event, span) = next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(..) => {}
            _ => break (event, span),
        }
    };
    for token in tokens(pointer) {
        let found = match nearest.0 {
            Event::MappingStart(..) => loop {
                match next()? {
                    (Event::MappingEnd, _) => break None,
                    (Event::Scalar(key, ..), _) if key == token => break Some(next()?),
                    (key, _) => {
                        skip(&key, &mut next)?;
                        let (value, _) = next()?;
                        skip(&value, &mut next)?;
                    }
                }
            },
            Event::SequenceStart(..) => {
                let mut index = 0;
                loop {
                    match next()? {
                        (Event::SequenceEnd, _) => break None,
                        item if token.parse() == Ok(index) => break Some(item),
                        (item, _) => skip(&item, &mut next)?,
                    }
                    index += 1;
                }
            }
            _ => None,
        };
        match found {
            Some(found) => nearest = found,
            None => return Some((nearest.0, nearest.1, false)),
        }
    }
    Some((nearest.0, nearest.1, true))
}

/// Skips the rest of a node of which this is the first event.
fn skip<'t>(first: &Event<'t>, next: &mut impl FnMut() -> Option<(Event<'t>, Span)>) -> Option<()> {
    let is_start = |event: &Event<'_>| matches!(event, Event::MappingStart(..) | Event::SequenceStart(..));
    let mut open = usize::from(is_start(first));
    while open > 0 {
        let (event, _) = next()?;
        match event {
            Event::MappingEnd | Event::SequenceEnd => open -= 1,
            event if is_start(&event) => open += 1,
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "base: &base\n  x: {y: [1, 2.50]}\npaths:\n  /a:\n    <<: *base\n    get:\n      - z\n      - 200: é\n        b: c\n";
    const JSON: &str = "{\"é\": [1,\n  {\"a/b\": 2.50, \"c\": {}}]}";

    fn place(text: &str, format: Format, pointer: &str) -> (usize, usize) {
        let place = find(text, format, pointer).unwrap();
        (place.line, place.column)
    }

    #[test]
    fn a_value_is_found_in_yaml() {
        let place = |pointer| place(YAML, Format::Yaml, pointer);
        assert_eq!(place(""), (1, 1));
        assert_eq!(place("/base/x/y/1"), (2, 14));
        assert_eq!(place("/paths/~1a/get/1/b"), (9, 12));
        assert_eq!(place("/paths/~1a/get/1/200"), (8, 14));
        assert_eq!(place("/paths/~1a/x/y"), place("/paths/~1a"));
        assert_eq!(place("/paths/~1a/get/7"), place("/paths/~1a/get"));
        assert_eq!(source(YAML, Format::Yaml, "/base/x/y/1").as_deref(), Some("2.50"));
        assert_eq!(source(YAML, Format::Yaml, "/base/x/z"), None);
    }

    #[test]
    fn a_value_is_found_in_json() {
        let place = |pointer| place(JSON, Format::Json, pointer);
        assert_eq!(place(""), (1, 1));
        assert_eq!(place("/é/0"), (1, 8));
        assert_eq!(place("/é/1/a~1b"), (2, 11));
        assert_eq!(place("/é/1/nothing"), (2, 3));
        assert_eq!(source(JSON, Format::Json, "/é/1/a~1b").as_deref(), Some("2.50"));
        assert_eq!(source(JSON, Format::Json, "/é/1/d"), None);
    }
}
