//! What a caller presents: a key's token in the header `api-token`, or in HTTP Basic with the user
//! `api-token` (RFC 7617) as password; or a bearer token (RFC 6750).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Digest, SecretKind};

use crate::decide::Headers;
use crate::refusal::Refusal;

/// The header that carries a token; also the user name under which HTTP Basic carries one.
pub(crate) const API_TOKEN: &str = "api-token";

const BEARER: &[u8] = b"bearer";

/// Longer than any user name and token that we gave out; what is longer is none.
const BASIC_BYTES: usize = 128;

/// A credential that has the form of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'h> {
    /// A key's token. It is known by its digest; the token goes no further.
    Token {
        digest: Digest,
        /// Whether `Authorization` carried it, so that it must not be forwarded. If not, that header
        /// is not there.
        in_authorization: bool,
    },
    /// A bearer token, always in `Authorization`.
    Bearer(&'h [u8]),
}

impl Credential<'_> {
    /// Whether `Authorization` carried it.
    pub(crate) fn is_in_authorization(&self) -> bool {
        match self {
            Self::Token { in_authorization, .. } => *in_authorization,
            Self::Bearer(_) => true,
        }
    }
}

/// A token as presented, or the place of something that cannot be one of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    bytes: [u8; BASIC_BYTES],
    /// 0 for something that cannot be one of ours.
    len: usize,
}

impl Token {
    fn new(bytes: &[u8]) -> Self {
        let mut token = Self { bytes: [0; BASIC_BYTES], len: bytes.len() };
        match token.bytes.get_mut(..bytes.len()) {
            Some(place) => place.copy_from_slice(bytes),
            None => token.len = 0,
        }
        token
    }

    /// The token; nothing for what cannot be one.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// The one credential of a call. The same one in several places is fine; two different ones are
/// not, whatever they are worth each, since the caller and we could think of different ones.
pub(crate) fn read<H: Headers>(headers: &H) -> Result<Credential<'_>, Refusal> {
    let mut found: Option<Token> = None;
    let mut add = |token: Token| match &found {
        None => {
            found = Some(token);
            Ok(())
        }
        Some(first) if *first == token && token.len > 0 => Ok(()),
        Some(_) => Err(Refusal::SeveralCredentials),
    };
    for value in headers.all(API_TOKEN) {
        add(Token::new(value))?;
    }
    let mut in_authorization = false;
    let mut presented = None;
    for value in headers.all("authorization") {
        if presented.is_some() {
            return Err(Refusal::SeveralCredentials);
        }
        in_authorization = true;
        match basic(value) {
            Some(token) => add(token)?,
            None => match bearer(value) {
                // What stands beside it is another credential, whatever it is worth.
                Some(token) => presented = Some(token),
                None => add(Token::new(&[]))?,
            },
        }
    }
    match (found, presented) {
        (None, None) => Err(Refusal::NoCredential),
        (Some(_), Some(_)) => Err(Refusal::SeveralCredentials),
        (None, Some(token)) => Ok(Credential::Bearer(token)),
        (Some(token), None) => {
            let digest = Digest::presented(SecretKind::Key, token.bytes());
            digest
                .map(|digest| Credential::Token { digest, in_authorization })
                .ok_or(Refusal::UnknownCredential)
        }
    }
}

/// The token of a call that has one, once more: nobody has to carry it who finds a key by its digest.
#[cold]
pub(crate) fn unknown<H: Headers>(headers: &H) -> Token {
    let first = headers.all(API_TOKEN).next().map(Token::new);
    let second = || headers.all("authorization").next().and_then(basic);
    first.or_else(second).unwrap_or(Token::new(&[]))
}

/// The token in the value of `Authorization`, if it is a bearer token (RFC 6750, section 2.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(BEARER.len())?;
    (scheme.eq_ignore_ascii_case(BEARER) && rest.first() == Some(&b' ')).then(|| rest.trim_ascii())
}

/// The token in the value of `Authorization`, if it is HTTP Basic with our user name.
fn basic(value: &[u8]) -> Option<Token> {
    let space = value.iter().position(|&byte| byte == b' ')?;
    let (scheme, encoded) = value.split_at(space);
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let mut decoded = [0; BASIC_BYTES];
    let len = STANDARD.decode_slice(encoded.trim_ascii(), &mut decoded).ok()?;
    let decoded = &decoded[..len];
    let colon = decoded.iter().position(|&byte| byte == b':')?;
    let (user, password) = (&decoded[..colon], &decoded[colon + 1..]);
    user.eq_ignore_ascii_case(API_TOKEN.as_bytes()).then(|| Token::new(password))
}

#[cfg(test)]
mod tests;
