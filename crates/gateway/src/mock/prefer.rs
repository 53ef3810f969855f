//! `Prefer` (RFC 7240), as far as mocks understand it: `status=404`, which others write as
//! `code=404`, and `example=name`.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue};

use super::accept::split;

/// What a caller would like to be answered.
pub(super) struct Preferences {
    status: Option<Preference>,
    example: Option<Preference>,
}

struct Preference {
    name: &'static str,
    /// What is wanted, without quotes.
    value: Vec<u8>,
    /// The same as it was written.
    word: Vec<u8>,
}

impl Preferences {
    /// If a preference is there more than once, the first counts (section 2).
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let (mut status, mut code, mut example) = (None, None, None);
        let values = headers.get_all("prefer").into_iter();
        for preference in values.flat_map(|value| split(value.as_bytes(), b',')) {
            let Some((name, word)) = parts(preference) else { continue };
            let (slot, name) = match name.to_ascii_lowercase().as_slice() {
                b"status" => (&mut status, "status"),
                b"code" => (&mut code, "code"),
                b"example" => (&mut example, "example"),
                _ => continue,
            };
            slot.get_or_insert_with(|| Preference {
                name,
                value: unquoted(word).into_owned(),
                word: word.to_vec(),
            });
        }
        Self { status: status.or(code), example }
    }

    /// The status that is preferred; one that no answer can have if it is none.
    pub(super) fn status(&self) -> Option<u16> {
        let status = self.status.as_ref()?;
        Some(std::str::from_utf8(&status.value).ok().and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Whether an example is preferred.
    pub(super) fn name_one(&self) -> bool {
        self.example.is_some()
    }

    /// Whether an example of this name will do.
    pub(super) fn names(&self, name: Option<&str>) -> bool {
        let Some(example) = &self.example else { return true };
        name.is_some_and(|name| name.as_bytes() == example.value)
    }

    /// The value of `Preference-Applied` (section 3) when all of it was done.
    pub(super) fn applied(&self) -> Option<HeaderValue> {
        let all = self.status.iter().chain(&self.example);
        let texts: Vec<_> = all.map(|one| [one.name.as_bytes(), &one.word].join(&b'=')).collect();
        if texts.is_empty() { None } else { HeaderValue::from_bytes(&texts.join(&b", "[..])).ok() }
    }
}

/// Name and value of a preference; its parameters, of which none is known, are left out. A
/// preference without a value prefers nothing.
fn parts(preference: &[u8]) -> Option<(&[u8], &[u8])> {
    let plain = split(preference, b';').next()?;
    let place = plain.iter().position(|byte| *byte == b'=')?;
    let word = plain[place + 1..].trim_ascii();
    (!matches!(word, b"" | b"\"\"")).then(|| (plain[..place].trim_ascii(), word))
}

/// The text of a quoted string (RFC 9110, section 5.6.4), or of a token.
fn unquoted(word: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = word.strip_prefix(b"\"").and_then(|word| word.strip_suffix(b"\"")) else {
        return Cow::Borrowed(word);
    };
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        text.extend(if *byte == b'\\' { bytes.next() } else { Some(byte) });
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> (Option<u16>, Option<String>, Option<String>) {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("prefer", HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let preferences = Preferences::of(&headers);
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let example = preferences.example.as_ref().map(|example| text(&example.value));
        (preferences.status(), example, preferences.applied().map(|applied| text(applied.as_bytes())))
    }

    #[test]
    fn status_and_example_are_understood() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of(&[]), (None, None, None));
        assert_eq!(of(&["respond-async, wait=10", "dynamic=true"]), (None, None, None));
        assert_eq!(of(&["status=404"]), (Some(404), None, some("status=404")));
        assert_eq!(of(&["wait=1; x=\",\", CODE = 404"]), (Some(404), None, some("code=404")));
        assert_eq!(of(&["code=500, status=404"]), (Some(404), None, some("status=404")));
        assert_eq!(of(&["status=404, status=500"]), (Some(404), None, some("status=404")));
        assert_eq!(of(&["example=cat; why=not"]), (None, some("cat"), some("example=cat")));
        assert_eq!(
            of(&[r#"status="201""#, r#"example="a, \"b\"; c""#]),
            (Some(201), some(r#"a, "b"; c"#), some(r#"status="201", example="a, \"b\"; c""#))
        );
        assert_eq!(of(&["example=\"größe\""]), (None, some("größe"), some("example=\"größe\"")));
        assert_eq!(of(&["status=, example=\"\""]), (None, None, None));
        assert_eq!(of(&["status=soon"]).0, Some(0));
    }
}
