//! What a request for a token says: in a form, in JSON, and in HTTP Basic.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use url::form_urlencoded;

use crate::refusal::{Refusal, RequestFault};

/// The parameters of a request. Others are ignored (RFC 6749, section 3.2).
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    pub(crate) grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    pub(crate) token: Option<String>,
}

impl Form {
    /// Reads a body of one of the two types.
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, RequestFault> {
        let mut types = headers.get_all(CONTENT_TYPE).into_iter();
        let (Some(value), None) = (types.next(), types.next()) else { return Err(RequestFault::ContentType) };
        let value = value.to_str().map_err(|_| RequestFault::ContentType)?;
        let essence = value.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::from_pairs(body)
        } else if essence.eq_ignore_ascii_case("application/json") {
            // A list would be read as an object whose names are left out.
            match body.trim_ascii_start().first() {
                Some(b'{') => serde_json::from_slice(body).map_err(|_| RequestFault::Body),
                _ => Err(RequestFault::Body),
            }
        } else {
            Err(RequestFault::ContentType)
        }
    }

    /// Each parameter once (RFC 6749, section 3.1).
    fn from_pairs(body: &[u8]) -> Result<Self, RequestFault> {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let place = match &*name {
                "grant_type" => &mut form.grant_type,
                "client_id" => &mut form.client_id,
                "client_secret" => &mut form.client_secret,
                "token" => &mut form.token,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(RequestFault::Body);
            }
        }
        Ok(form)
    }
}

/// The id and secret that a client presents.
pub(crate) struct Presented<'f> {
    pub(crate) client_id: Cow<'f, str>,
    pub(crate) secret: Cow<'f, str>,
}

impl<'f> Presented<'f> {
    /// From `Authorization`, or from the body, but not from both (RFC 6749, section 2.3). A body may
    /// repeat the id.
    pub(crate) fn of(headers: &HeaderMap, form: &'f Form) -> Result<Self, Refusal> {
        let mut values = headers.get_all(AUTHORIZATION).into_iter();
        let Some(value) = values.next() else {
            let (Some(client_id), Some(secret)) = (&form.client_id, &form.client_secret) else {
                return Err(Refusal::InvalidClient("the client id or its secret is missing"));
            };
            return Ok(Self { client_id: client_id.into(), secret: secret.into() });
        };
        if values.next().is_some() || form.client_secret.is_some() {
            return Err(RequestFault::TwoClients.into());
        }
        let malformed = Refusal::InvalidClient("`Authorization` is not HTTP Basic");
        let (client_id, secret) = basic(value.as_bytes()).ok_or(malformed)?;
        if form.client_id.as_ref().is_some_and(|repeated| *repeated != client_id) {
            return Err(RequestFault::TwoClients.into());
        }
        Ok(Self { client_id: client_id.into(), secret: secret.into() })
    }
}

/// User and password of HTTP Basic (RFC 7617), each of them form-encoded before (RFC 6749, section
/// 2.3.1).
fn basic(value: &[u8]) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim_ascii()).ok()?;
    let decoded = std::str::from_utf8(&decoded).ok()?;
    let (user, password) = decoded.split_once(':')?;
    // Ours are hex digits, which stand for themselves in that encoding.
    Some((user.to_owned(), password.to_owned()))
}
