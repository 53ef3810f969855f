//! What a token claims, and whether that is enough.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use model::client::JwtRules;
use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::refusal::{Refusal, TokenFault};

/// Where a key is named if the client does not say otherwise, in this order; after these the header
/// `kid`.
const NAMING: [&str; 3] = ["https://www.workato.com/sub", "workato_sub", "sub"];

/// The claims of a token, each of them once (RFC 7519, section 4: "MUST be unique").
#[derive(Debug)]
pub(crate) struct Claims(Map<String, Value>);

/// What a token says that names a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Purport<'c> {
    /// The claim that says it; none for the documented ones and the header.
    pub(crate) claim: Option<&'c str>,
    /// What it says.
    pub(crate) value: &'c str,
}

/// For how long a token can be taken without another look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// The moment at which it is over, the leeway included; the last there is if it has none.
    pub(crate) end: Timestamp,
}

impl Claims {
    /// What names a key in the documented way: the first of the documented claims that is not empty,
    /// else the header. A claim that is there and no text names nothing.
    pub(crate) fn documented<'c>(&'c self, kid: Option<&'c str>) -> Option<Purport<'c>> {
        let is_empty = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
        let claim = NAMING.into_iter().filter_map(|name| self.0.get(name)).find(|value| !is_empty(value));
        let value = match claim {
            Some(value) => Some(value.as_str().unwrap_or_default()),
            None => kid.filter(|kid| !kid.is_empty()),
        };
        value.map(|value| Purport { claim: None, value })
    }

    /// What may name a key in a way that a client has chosen for itself.
    pub(crate) fn chosen(&self) -> impl Iterator<Item = Purport<'_>> {
        let texts = self.0.iter().filter_map(|(claim, value)| Some((claim, value.as_str()?)));
        texts.map(|(claim, value)| Purport { claim: Some(claim), value })
    }

    /// Whether the claims satisfy the rules at this moment. `issuer` is who the provider says that
    /// it is, if it says so.
    pub(crate) fn check(
        &self,
        rules: &JwtRules,
        issuer: Option<&str>,
        now: Timestamp,
        leeway: SignedDuration,
    ) -> Result<Times, Refusal> {
        self.check_purpose()?;
        let is_there = |claim: &String| self.0.get(claim).is_some_and(|value| !value.is_null());
        if !rules.required_claims.iter().all(is_there) {
            return Err(TokenFault::MissingClaim.into());
        }
        self.check_issuer(rules, issuer)?;
        self.check_audience(rules)?;
        self.check_times(now, leeway)
    }

    /// Refresh tokens, and tokens that say who somebody is, are no permission to call (RFC 8725,
    /// section 3.12). Providers mark them in one of these claims.
    fn check_purpose(&self) -> Result<(), TokenFault> {
        const OTHERS: [&str; 7] =
            ["refresh", "refresh_token", "offline", "id", "id_token", "logout", "logout_token"];
        let says = |claim: &str| self.0.get(claim).and_then(Value::as_str).unwrap_or_default();
        let is_other = |claim| OTHERS.iter().any(|other| says(claim).eq_ignore_ascii_case(other));
        if ["typ", "token_use", "token_type"].into_iter().any(is_other) {
            return Err(TokenFault::Purpose);
        }
        Ok(())
    }

    /// Compared byte for byte, as section 4.1.1 has it.
    fn check_issuer(&self, rules: &JwtRules, provider: Option<&str>) -> Result<(), TokenFault> {
        let issuer = self.0.get("iss").and_then(Value::as_str);
        let is_provider = provider.is_none_or(|provider| issuer == Some(provider));
        let allowed = &rules.allowed_issuers;
        let is_allowed = allowed.is_empty() || issuer.is_some_and(|own| allowed.iter().any(|one| one == own));
        (is_provider && is_allowed).then_some(()).ok_or(TokenFault::Issuer)
    }

    /// A text or a list of texts: section 4.1.3.
    fn check_audience(&self, rules: &JwtRules) -> Result<(), TokenFault> {
        let wanted = |value: &Value| rules.allowed_audiences.iter().any(|one| value == one.as_str());
        let is_ours = match self.0.get("aud") {
            _ if rules.allowed_audiences.is_empty() => true,
            Some(Value::Array(audiences)) => audiences.iter().any(wanted),
            Some(audience) => wanted(audience),
            None => false,
        };
        is_ours.then_some(()).ok_or(TokenFault::Audience)
    }

    /// The times that are there have to be numbers, also if nobody asked for them.
    fn check_times(&self, now: Timestamp, leeway: SignedDuration) -> Result<Times, Refusal> {
        let now = now.as_duration().as_secs_f64();
        let leeway = leeway.as_secs_f64();
        let end = self.time("exp")?.map(|end| end + leeway);
        if end.is_some_and(|end| end <= now) {
            return Err(Refusal::Expired("the signed token has expired"));
        }
        if self.time("nbf")?.is_some_and(|begin| begin > now + leeway) {
            return Err(TokenFault::NotYet.into());
        }
        if self.time("iat")?.is_some_and(|issued| issued > now + leeway) {
            return Err(TokenFault::IssuedLater.into());
        }
        let end = end.and_then(|end| SignedDuration::try_from_secs_f64(end).ok());
        let end = end.and_then(|end| Timestamp::from_duration(end).ok());
        Ok(Times { end: end.unwrap_or(Timestamp::MAX) })
    }

    /// Seconds since 1970 (section 2, `NumericDate`).
    fn time(&self, claim: &str) -> Result<Option<f64>, TokenFault> {
        let Some(value) = self.0.get(claim) else { return Ok(None) };
        let time = value.as_f64().filter(|time| time.is_finite()).ok_or(TokenFault::TimeForm)?;
        Ok(Some(time))
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Claims, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = entries.next_entry::<String, Value>()? {
                    if claims.insert(name, value).is_some() {
                        return Err(de::Error::custom("a claim stands there twice"));
                    }
                }
                Ok(Claims(claims))
            }
        }

        deserializer.deserialize_map(Each)
    }
}
