//! The rules of signed tokens in their two columns: JSON that may be seen, and the key, sealed.

use model::client::{JwtMethod, JwtRules, Provider, SigningKey};
use model::secret::KeyMaterial;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, unreadable};
use crate::seal::Seal;

/// What stands in the column without a seal.
#[derive(Serialize, Deserialize)]
struct Visible {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<JwtMethod>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_profile_claim: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    required_claims: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed_issuers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allowed_audiences: Vec<String>,
}

/// Both columns, and under which name the key is sealed.
pub(crate) struct Columns {
    pub(crate) rules: Option<String>,
    pub(crate) key: Option<String>,
}

impl Columns {
    /// The columns for these rules.
    pub(crate) fn write(seal: &Seal, column: &str, rules: Option<&JwtRules>) -> Self {
        let Some(rules) = rules else { return Self { rules: None, key: None } };
        let provider = |wanted: fn(&Provider) -> Option<&String>| rules.provider.as_ref().and_then(wanted);
        let visible = Visible {
            method: rules.key.as_ref().map(|key| key.method),
            issuer: provider(|provider| match provider {
                Provider::Issuer(url) => Some(url),
                Provider::Jwks(_) => None,
            })
            .cloned(),
            jwks_uri: provider(|provider| match provider {
                Provider::Jwks(url) => Some(url),
                Provider::Issuer(_) => None,
            })
            .cloned(),
            access_profile_claim: rules.access_profile_claim.clone(),
            required_claims: rules.required_claims.clone(),
            allowed_issuers: rules.allowed_issuers.clone(),
            allowed_audiences: rules.allowed_audiences.clone(),
        };
        Self {
            rules: Some(serde_json::to_string(&visible).expect("texts and lists have a JSON form")),
            key: rules.key.as_ref().map(|key| seal.close(column, key.material.expose())),
        }
    }

    /// The rules in these columns.
    pub(crate) fn read(self, seal: &Seal, column: &str) -> Result<Option<JwtRules>> {
        let Some(json) = self.rules else { return Ok(None) };
        let visible: Visible =
            serde_json::from_str(&json).map_err(|error| unreadable("rules of signed tokens", error))?;
        let key = match (visible.method, self.key) {
            (Some(method), Some(sealed)) => {
                Some(SigningKey { method, material: KeyMaterial::new(seal.open(column, &sealed)?) })
            }
            (None, None) => None,
            _ => {
                return Err(Error::Unreadable("a signing key without its method, or the reverse".to_owned()));
            }
        };
        let provider = visible.issuer.map(Provider::Issuer).or(visible.jwks_uri.map(Provider::Jwks));
        Ok(Some(JwtRules {
            key,
            provider,
            access_profile_claim: visible.access_profile_claim,
            required_claims: visible.required_claims,
            allowed_issuers: visible.allowed_issuers,
            allowed_audiences: visible.allowed_audiences,
        }))
    }
}
