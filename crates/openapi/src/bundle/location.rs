//! Where the parts of a document are.

use std::fmt;

use url::Url;

use crate::fault::{Fault, excerpt};
use crate::reference::decoded;

/// A file in the folder of the document, or an address elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// A path below the folder, with `/` between its segments, none of which is `.` or `..`.
    File(String),
    /// An `http` or `https` URL without a fragment.
    Address(String),
}

/// What is wrong with a reference, and what helps.
type Wrong = (String, &'static str);

impl Location {
    /// A file by its path below the folder.
    pub fn file(path: &str) -> Result<Self, Fault> {
        let wrong = |(problem, remedy)| Fault::structure("", problem, remedy).in_file(path);
        below(path, &[]).map(Self::File).map_err(wrong)
    }

    /// A document elsewhere.
    pub fn address(url: &str) -> Option<Self> {
        let mut url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        url.set_fragment(None);
        Some(Self::Address(url.into()))
    }

    /// The path or the URL.
    pub fn as_str(&self) -> &str {
        match self {
            Self::File(text) | Self::Address(text) => text,
        }
    }

    /// What a reference in this file refers to: a location, and a JSON pointer there. `None` if
    /// it is none of the things that are followed, such as the name of an anchor.
    pub(super) fn join(&self, reference: &str) -> Result<Option<(Self, String)>, Wrong> {
        let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let Some(pointer) =
            decoded(fragment).filter(|pointer| pointer.is_empty() || pointer.starts_with('/'))
        else {
            return Ok(None);
        };
        let location = if path.is_empty() {
            Some(self.clone())
        } else if path.contains('\\') {
            return Err((format!("refers to `{}`, which has a backslash", excerpt(reference)), "write `/`"));
        } else if has_scheme(path) {
            Self::address(path)
        } else {
            match self {
                Self::Address(own) => {
                    let joined = Url::parse(own).ok().and_then(|own| own.join(path).ok());
                    joined.and_then(|url| Self::address(url.as_str()))
                }
                Self::File(own) => {
                    let folder: Vec<_> = own.split('/').collect();
                    let folder = folder.split_last().map(|(_, folder)| folder).unwrap_or_default();
                    Some(Self::File(below(path, folder)?))
                }
            }
        };
        Ok(location.map(|location| (location, pointer.into_owned())))
    }

    /// The name without its folder and its extension, and the name of the folder.
    pub(super) fn stem_and_folder(&self) -> (&str, &str) {
        let mut segments = self.as_str().rsplit('/');
        let name = segments.next().unwrap_or_default();
        let folder = segments.next().unwrap_or_default();
        (name.rsplit_once('.').map_or(name, |(stem, _)| stem), folder)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// RFC 3986, section 3.1.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// A path relative to a folder, as one below the outermost folder. What would leave that, in
/// whatever writing, is refused.
fn below(path: &str, folder: &[&str]) -> Result<String, Wrong> {
    let wrong = |what: &str, remedy| Err((format!("refers to `{}`, {what}", excerpt(path)), remedy));
    let Some(plain) = decoded(path) else {
        return wrong("whose escapes are not UTF-8", "write the name of the file as it is");
    };
    if plain.starts_with('/') {
        return wrong("an absolute path", "write it relative to the file that refers to it");
    }
    if plain.contains('\\') || plain.chars().any(char::is_control) {
        return wrong("which has a backslash or a control character", "write `/` between folders");
    }
    if plain.matches('/').count() != path.matches('/').count() {
        return wrong("which has an escaped slash", "write `/` between folders");
    }
    let mut segments = folder.to_vec();
    for segment in plain.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                if segments.pop().is_none() {
                    return wrong("which is outside of the folder", "send the folder above, too");
                }
            }
            segment => segments.push(segment),
        }
    }
    if segments.is_empty() {
        return wrong("which is a folder", "refer to a file");
    }
    Ok(segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(own: &str, reference: &str) -> Option<(String, String)> {
        let own = Location::address(own).unwrap_or_else(|| Location::File(own.to_owned()));
        own.join(reference).unwrap().map(|(location, pointer)| (location.to_string(), pointer))
    }

    fn is(location: &str, pointer: &str) -> Option<(String, String)> {
        Some((location.to_owned(), pointer.to_owned()))
    }

    #[test]
    fn references_are_relative_to_their_file() {
        assert_eq!(joined("a/b/c.yaml", "d.yaml#/x~1y"), is("a/b/d.yaml", "/x~1y"));
        assert_eq!(joined("a/b/c.yaml", "../../e/./d.yaml"), is("e/d.yaml", ""));
        assert_eq!(joined("a/b/c.yaml", "#/x%20y"), is("a/b/c.yaml", "/x y"));
        assert_eq!(joined("c.yaml", "d%20e.yaml#"), is("d e.yaml", ""));
        assert_eq!(joined("c.yaml", "https://a.test/x.yaml#/y"), is("https://a.test/x.yaml", "/y"));
        assert_eq!(joined("https://a.test/b/c.yaml", "../d.yaml#/x"), is("https://a.test/d.yaml", "/x"));
        for left_alone in ["#anchor", "d.yaml#anchor", "urn:x", "file:///etc/passwd", "#/%ff"] {
            assert_eq!(joined("c.yaml", left_alone), None, "{left_alone}");
        }
    }

    #[test]
    fn no_reference_leaves_the_folder() {
        let wrong = |reference: &str| Location::File("a/c.yaml".to_owned()).join(reference).unwrap_err().0;
        for reference in ["../../d.yaml", "../%2e%2e/d.yaml", "%2e%2e/x/../../d.yaml"] {
            assert!(wrong(reference).ends_with("which is outside of the folder"), "{reference}");
        }
        assert!(wrong("/etc/passwd").ends_with("an absolute path"));
        assert!(wrong("%2Fetc/passwd").ends_with("an absolute path"));
        assert!(wrong("C:\\d.yaml").ends_with("has a backslash"));
        assert!(wrong("..%5c..%5cd.yaml").contains("backslash"));
        assert!(wrong("b%2fd.yaml").ends_with("an escaped slash"));
        assert!(wrong("d%00.yaml").contains("control character"));
        assert!(wrong("..").ends_with("which is a folder"));
        let fault = Location::file("../x.yaml").unwrap_err().to_string();
        assert!(fault.starts_with("`../x.yaml`: the document refers to"), "{fault}");
    }
}
