//! Paths in one canonical form, and the templates that they match.
//!
//! Whoever checks a path and whoever forwards it must see the same bytes; so there is one
//! canonicaliser, and authentication, routing and forwarding take a [`CanonicalPath`] and
//! nothing else.

use std::borrow::Cow;
use std::fmt;

/// The path of a request in canonical form (RFC 3986, section 6.2.2): it begins with `/`,
/// unreserved characters stand for themselves, other escapes are upper-case, what may not stand
/// in a path is escaped, no segment is empty (a trailing slash aside) and none is `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalPath<'a>(Cow<'a, str>);

/// Why a path has no canonical form. What is ambiguous is refused, not repaired: a backend may
/// read it in another way than we do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// It does not begin with `/`.
    #[error("the path does not begin with a slash")]
    NotAbsolute,
    /// `%` without two hex digits after it.
    #[error("the path has a `%` that is not followed by two hex digits")]
    BadEscape,
    /// `%2F`, `%5C`, or a plain backslash: a separator to some, an ordinary character to others.
    #[error("the path has an escaped slash or a backslash")]
    HiddenSlash,
    /// NUL or another control character, escaped or not.
    #[error("the path has a control character")]
    Control,
    /// `..`, escaped or not, also followed by `;…`, escaped or not.
    #[error("the path has a `..` segment")]
    Climbs,
    /// `#` does not belong in a request target.
    #[error("the path has a fragment")]
    Fragment,
}

impl<'a> CanonicalPath<'a> {
    /// The canonical form of `raw`, the path of a request without its query. Borrows when `raw`
    /// is canonical already, which nearly every request's is.
    pub fn parse(raw: &'a str) -> Result<Self, PathFault> {
        if !raw.starts_with('/') {
            return Err(PathFault::NotAbsolute);
        }
        if is_plain(raw.as_bytes()) {
            return Ok(Self(Cow::Borrowed(raw)));
        }
        canonicalise(raw.as_bytes()).map(|path| Self(Cow::Owned(path)))
    }

    /// The canonical text, beginning with `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CanonicalPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands for itself in a segment: `pchar` of RFC 3986 less the escapes. Of `gen-delims`
/// and the rest nothing.
const fn is_segment_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' // unreserved
            | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' // sub-delims
            | b':' | b'@'
        )
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// [`is_segment_byte`] for each byte: every call of the gateway asks it for every byte of its path.
static SEGMENT_BYTES: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "it is below 256")]
        let is_one = is_segment_byte(byte as u8);
        table[byte] = is_one;
        byte += 1;
    }
    table
};

/// Whether `path` is canonical as it stands: one pass, no allocation. A segment that begins with
/// a dot goes the long way, whatever it is.
fn is_plain(path: &[u8]) -> bool {
    let mut after_slash = false;
    for &byte in path {
        if byte == b'/' {
            if after_slash {
                return false;
            }
            after_slash = true;
        } else {
            if !SEGMENT_BYTES[usize::from(byte)] || (after_slash && byte == b'.') {
                return false;
            }
            after_slash = false;
        }
    }
    true
}

fn canonicalise(raw: &[u8]) -> Result<String, PathFault> {
    let mut path = String::with_capacity(raw.len() + 16);
    let mut segments = raw.split(|&byte| byte == b'/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        let mut clean = String::with_capacity(segment.len());
        canonical_segment(segment, &mut clean)?;
        // `..;x` is `..` to servers that cut path parameters off before they resolve dots; and `..%3Bx` to those
        // that decode before they do.
        let name = clean.split(';').next().unwrap_or_default();
        match name.split("%3B").next().unwrap_or_default() {
            ".." => return Err(PathFault::Climbs),
            "." if clean.len() > 1 => return Err(PathFault::Climbs),
            _ => {}
        }
        let is_nothing = clean.is_empty() || clean == ".";
        if !is_nothing {
            path.push('/');
            path.push_str(&clean);
        } else if is_last {
            path.push('/');
        }
    }
    Ok(path)
}

/// Appends the canonical form of one segment.
fn canonical_segment(raw: &[u8], out: &mut String) -> Result<(), PathFault> {
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        let (value, escaped) = if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
            let (Some(high), Some(low)) = (digit(bytes.next()), digit(bytes.next())) else {
                return Err(PathFault::BadEscape);
            };
            let value = u8::try_from(high * 16 + low).map_err(|_| PathFault::BadEscape)?;
            (value, true)
        } else {
            (byte, false)
        };
        match value {
            0..=0x1f | 0x7f => return Err(PathFault::Control),
            b'/' | b'\\' => return Err(PathFault::HiddenSlash),
            b'#' if !escaped => return Err(PathFault::Fragment),
            // An escaped delimiter is data and a bare one is syntax (RFC 3986, section 2.2):
            // each stays what it is.
            _ if is_unreserved(value) || (!escaped && is_segment_byte(value)) => {
                out.push(char::from(value));
            }
            _ => push_escape(value, out),
        }
    }
    Ok(())
}

fn push_escape(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(DIGITS[usize::from(byte >> 4)]));
    out.push(char::from(DIGITS[usize::from(byte & 15)]));
}

/// The path of an endpoint under its collection, with `{parameters}`, such as
/// `quotes/{id}/lines`. Its fixed parts are canonical, so that they compare with a
/// [`CanonicalPath`] byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PathTemplate {
    text: String,
    segments: Vec<Segment>,
}

/// One segment of a template: fixed text and parameters in turn, such as `{name}.{format}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Segment(pub Vec<Piece>);

/// A part of a segment. Of parameters with nothing between them nobody can say where one ends;
/// they match as one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Canonical text that must be there.
    Fixed(String),
    /// One or more characters, whatever they are; the name is for documents only.
    Parameter(String),
}

/// Why a text is not a [`PathTemplate`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// A brace without its partner, or braces in braces.
    #[error("has a brace without its partner")]
    Braces,
    /// `{}`.
    #[error("has a parameter without a name")]
    Unnamed,
    /// `?` outside of a parameter: a query chooses no endpoint.
    #[error("has a query, which is no part of a path")]
    Query,
    /// The fixed part could never be called.
    #[error("could never be called: {0}")]
    Path(#[from] PathFault),
}

impl PathTemplate {
    /// Reads `quotes/{id}` or `/quotes/{id}`. The empty path is the collection's own.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let text = text.trim();
        let relative = text.strip_prefix('/').unwrap_or(text);
        let mut segments: Vec<Segment> = split(relative).map(segment).collect::<Result<_, _>>()?;
        // The canonical path drops empty segments and dots, so a template that kept them would
        // never match. An empty last one is a trailing slash and stays.
        let trailing = segments.last().is_some_and(Segment::is_dropped);
        segments.retain(|segment| !segment.is_dropped());
        if trailing {
            segments.push(Segment(Vec::new()));
        }
        let text = segments.iter().map(ToString::to_string).collect::<Vec<_>>().join("/");
        let template = Self { text, segments };
        CanonicalPath::parse(&format!("/{}", template.shape().replace("{}", "x")))?;
        Ok(template)
    }

    /// Without a leading slash, parameters in braces, as the API's `path` shows it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The segments in order; one empty segment for the collection's own path.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The same for two templates that match the same paths: `quotes/{id}` and `quotes/{name}`
    /// cannot both be in a collection under one method.
    pub fn shape(&self) -> String {
        let shape = |segment: &Segment| -> String {
            let pieces = segment.0.chunk_by(|one, next| one.is_parameter() && next.is_parameter());
            let shape_of = |pieces: &[Piece]| match pieces {
                [Piece::Fixed(text)] => text.clone(),
                _ => "{}".to_owned(),
            };
            pieces.map(shape_of).collect()
        };
        self.segments.iter().map(shape).collect::<Vec<_>>().join("/")
    }
}

impl Segment {
    /// Whether a canonical path has no such segment.
    fn is_dropped(&self) -> bool {
        match &self.0[..] {
            [] => true,
            [Piece::Fixed(text)] => text == ".",
            _ => false,
        }
    }
}

impl Piece {
    /// Whether it matches more than one text.
    pub const fn is_parameter(&self) -> bool {
        matches!(self, Self::Parameter(_))
    }
}

/// The segments of a template. The name of a parameter may have a slash in it.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut is_name = false;
    text.split(move |character| {
        match character {
            '{' => is_name = true,
            '}' => is_name = false,
            _ => {}
        }
        character == '/' && !is_name
    })
}

fn segment(text: &str) -> Result<Segment, TemplateFault> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('{') {
            let (name, tail) = after.split_once('}').ok_or(TemplateFault::Braces)?;
            if name.contains('{') {
                return Err(TemplateFault::Braces);
            }
            if name.is_empty() {
                return Err(TemplateFault::Unnamed);
            }
            pieces.push(Piece::Parameter(name.to_owned()));
            rest = tail;
        } else {
            let end = rest.find('{').unwrap_or(rest.len());
            let (fixed, tail) = rest.split_at(end);
            if fixed.contains('}') {
                return Err(TemplateFault::Braces);
            }
            if fixed.contains('?') {
                return Err(TemplateFault::Query);
            }
            let mut clean = String::new();
            canonical_segment(fixed.as_bytes(), &mut clean)?;
            pieces.push(Piece::Fixed(clean));
            rest = tail;
        }
    }
    Ok(Segment(pieces))
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Fixed(text) => f.write_str(text),
            Piece::Parameter(name) => write!(f, "{{{name}}}"),
        })
    }
}

impl fmt::Display for PathTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
