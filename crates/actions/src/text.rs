//! The rules of names and other short texts that people type.

use url::Url;

use crate::Faults;

/// The most characters of a name.
const NAME_CHARACTERS: usize = 255;

/// The most characters of a description.
const DESCRIPTION_CHARACTERS: usize = 10_000;

/// The most characters of a URL.
const URL_CHARACTERS: usize = 2_048;

/// A name without surrounding blanks; a fault if it is blank, too long or has control characters. It
/// is looked at with its blanks, so that the rule can be said in a schema.
pub(crate) fn name(field: &'static str, text: &str, faults: &mut Faults) -> String {
    if text.chars().count() > NAME_CHARACTERS {
        faults.add(field, format!("is too long; use at most {NAME_CHARACTERS} characters"));
    } else if text.chars().any(char::is_control) {
        faults.add(field, "has a control character, such as a line break; remove it");
    } else if text.trim().is_empty() {
        faults.add(field, "can't be blank");
    }
    text.trim().to_owned()
}

/// A name that may be left empty, without surrounding blanks.
pub(crate) fn optional_name(field: &'static str, text: &str, faults: &mut Faults) -> String {
    if text.trim().is_empty() { String::new() } else { name(field, text, faults) }
}

/// What somebody writes to somebody, without surrounding blanks; a fault if it is too long or holds what
/// no database can store.
pub(crate) fn words(field: &'static str, text: &str, most: usize, faults: &mut Faults) -> String {
    let text = text.trim();
    if text.chars().count() > most {
        faults.add(field, format!("is too long; use at most {most} characters"));
    } else if text.contains('\0') {
        faults.add(field, "has a NUL character; remove it");
    }
    text.to_owned()
}

/// A description as it stands; a fault if it is too long or holds what no database can store.
pub(crate) fn description(field: &'static str, text: &str, faults: &mut Faults) -> String {
    if text.chars().count() > DESCRIPTION_CHARACTERS {
        faults.add(field, format!("is too long; use at most {DESCRIPTION_CHARACTERS} characters"));
    } else if text.contains('\0') {
        faults.add(field, "has a NUL character; remove it");
    }
    text.to_owned()
}

/// An e-mail address without surrounding blanks. Only its form is checked; whether it exists is
/// for a mail to find out.
pub(crate) fn email(field: &'static str, text: &str, faults: &mut Faults) -> String {
    let text = text.trim();
    let is_plausible = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && text.chars().count() <= 254
            && !text.chars().any(|character| character.is_whitespace() || character.is_control())
    });
    if !is_plausible {
        faults.add(field, "is not an e-mail address; write it as `name@example.com`");
    }
    text.to_owned()
}

/// A name from free text: one line, at most 255 characters.
pub(crate) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(NAME_CHARACTERS).collect()
}

/// One text of a list, without surrounding blanks.
pub(crate) fn item(field: &'static str, text: &str, faults: &mut Faults) -> String {
    if text.chars().count() > URL_CHARACTERS || text.chars().any(char::is_control) {
        faults.add(field, "has an item that is too long or has a control character");
    } else if text.trim().is_empty() {
        faults.add(field, "has a blank item; remove it");
    }
    text.trim().to_owned()
}

/// The URL of something that is fetched and trusted: over TLS, and nothing but an address.
pub(crate) fn https_url(field: &'static str, text: &str, faults: &mut Faults) -> String {
    let text = text.trim();
    let is_sound = text.len() <= URL_CHARACTERS
        && Url::parse(text).is_ok_and(|url| {
            url.scheme() == "https"
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.fragment().is_none()
        });
    if !is_sound {
        faults.add(field, "must be an `https` URL without user and fragment");
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(check: impl FnOnce(&mut Faults)) -> String {
        let mut faults = Faults::default();
        check(&mut faults);
        faults.to_string()
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("name", " Sales ", &mut Faults::default()), "Sales");
        assert_eq!(faults(|f| drop(name("name", "  ", f))), "name can't be blank");
        assert!(faults(|f| drop(name("name", &"x".repeat(256), f))).contains("at most 255"));
        assert!(faults(|f| drop(name("name", "a\nb", f))).contains("control character"));
        assert_eq!(faults(|f| drop(name("name", &"é".repeat(255), f))), "");
    }

    #[test]
    fn addresses_have_one_at_sign_and_no_blanks() {
        assert_eq!(faults(|f| drop(email("email", "ada@example.com", f))), "");
        for text in ["", "ada", "@x", "ada@", "a@b@c", "a b@c"] {
            assert!(!faults(|f| drop(email("email", text, f))).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn urls_lead_over_tls_to_a_host() {
        for text in ["https://id.example.com", " https://id.example.com:8443/keys?tenant=1 "] {
            assert_eq!(https_url("oidc_issuer", text, &mut Faults::default()), text.trim());
            assert_eq!(faults(|f| drop(https_url("oidc_issuer", text, f))), "");
        }
        let long = format!("https://a/{}", "x".repeat(2048));
        for text in [
            "",
            "x",
            "http://a",
            "https://",
            "https://a@b",
            "https://:p@b",
            "https://a#b",
            "file:///a",
            &long,
        ] {
            assert!(!faults(|f| drop(https_url("oidc_issuer", text, f))).is_empty(), "{text:?}");
        }
    }
}
