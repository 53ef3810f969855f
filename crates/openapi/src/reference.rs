//! References within a document: `#/components/schemas/Quote`.

use std::borrow::Cow;

use serde_json::Value;

use crate::Document;

/// The longest chain of references that is followed; also what ends a circle.
pub(crate) const CHAIN: usize = 32;

impl Document {
    /// What a local reference points at.
    pub(crate) fn at(&self, reference: &str) -> Option<&Value> {
        self.root.pointer(&local_pointer(reference)?)
    }

    /// The value itself, or what it refers to over any number of references, within [`CHAIN`].
    /// `None` if that is not to be found in this document.
    pub(crate) fn resolve<'d>(&'d self, value: &'d Value) -> Option<&'d Value> {
        let mut value = value;
        for _ in 0..CHAIN {
            match reference(value) {
                None => return Some(value),
                Some(reference) => value = self.at(reference)?,
            }
        }
        None
    }
}

/// The text of a Reference Object.
pub(crate) fn reference(value: &Value) -> Option<&str> {
    value.get("$ref")?.as_str()
}

/// Shows every reference in a value.
pub(crate) fn each_reference(value: &Value, show: &mut dyn FnMut(&str)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each_reference(item, show)),
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                show(reference);
            }
            fields.values().for_each(|value| each_reference(value, show));
        }
        _ => {}
    }
}

/// The JSON pointer of a local reference, which is a URI fragment (RFC 6901, section 6).
pub(crate) fn local_pointer(reference: &str) -> Option<Cow<'_, str>> {
    decoded(reference.strip_prefix('#')?)
}

/// A part of a URI without its escapes; what looks like one and is none stays. `None` if that is
/// not UTF-8.
pub(crate) fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (b'%', [high, low, tail @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high << 4 | low);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Appends a token to a JSON pointer (RFC 6901, section 4).
pub(crate) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(character),
        }
    }
}

/// The tokens of a JSON pointer.
pub(crate) fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_reference_is_a_percent_encoded_pointer() {
        assert_eq!(local_pointer("#/paths/~1a~1%7Bid%7D").unwrap(), "/paths/~1a~1{id}");
        assert_eq!(local_pointer("#/a%2"), Some("/a%2".into()));
        assert_eq!(local_pointer("#/%ff"), None);
        assert_eq!(local_pointer("other.json#/a"), None);
    }

    #[test]
    fn tokens_are_escaped_and_come_back() {
        let mut pointer = "/paths".to_owned();
        push_token(&mut pointer, "/a~b");
        assert_eq!(pointer, "/paths/~1a~0b");
        assert_eq!(tokens(&pointer).collect::<Vec<_>>(), ["paths", "/a~b"]);
    }
}
