//! What a caller presents: the header `api-token`, or HTTP Basic with the user `api-token`
//! (RFC 7617) and the token as password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Digest, SecretKind};

use crate::decide::Headers;
use crate::refusal::Refusal;

/// The header that carries a token; also the user name under which HTTP Basic carries one.
pub(crate) const API_TOKEN: &str = "api-token";

/// Longer than any user name and token that we gave out; what is longer is none.
const BASIC_BYTES: usize = 128;

/// A credential that has the form of one. It is known by its digest; the token goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Credential {
    pub(crate) digest: Digest,
    /// Whether `Authorization` carried it, so that it must not be forwarded. If not, that header
    /// is not there.
    pub(crate) in_authorization: bool,
}

/// A token as presented, or the place of something that cannot be one of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Token {
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
}

/// The one credential of a call. The same one in several places is fine; two different ones are
/// not, whatever they are worth each, since the caller and we could think of different ones.
pub(crate) fn read(headers: &impl Headers) -> Result<Credential, Refusal> {
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
    for value in headers.all("authorization") {
        in_authorization = true;
        add(basic(value).unwrap_or(Token::new(&[])))?;
    }
    let token = found.ok_or(Refusal::NoCredential)?;
    let digest =
        Digest::presented(SecretKind::Key, &token.bytes[..token.len]).ok_or(Refusal::UnknownCredential)?;
    Ok(Credential { digest, in_authorization })
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
