//! How the callers of a client or an access profile prove who they are.

use model::client::{AuthType, JwtMethod, JwtRules, Provider, SigningKey};
use model::elliptic::EllipticKey;
use model::rsa::RsaPublicKey;
use model::secret::KeyMaterial;
use serde_json::{Value, json};

use crate::{Faults, text};

/// The most claims or issuers in a list: each is looked for in every call.
const LIST_MAX: usize = 50;

/// The most characters of a shared secret or a public key.
const KEY_CHARACTERS: usize = 16_384;

/// What was given about signed tokens, as it was typed. On a change, what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct JwtDraft {
    /// What kind of key they are signed with.
    pub method: Option<JwtMethod>,
    /// The shared secret, or the public key.
    pub secret: Option<KeyMaterial>,
    /// Where the provider describes itself.
    pub issuer: Option<String>,
    /// Where the provider's keys are.
    pub jwks_uri: Option<String>,
    /// The claim that names the key.
    pub access_profile_claim: Option<String>,
    /// Whether a claim that was given before is forgotten, so that one of the well-known ones names the key.
    pub usual_claim: bool,
    /// Claims that must be there.
    pub required_claims: Option<Vec<String>>,
    /// What the `iss` claim may be.
    pub allowed_issuers: Option<Vec<String>>,
    /// Of which one must be in the `aud` claim.
    pub allowed_audiences: Option<Vec<String>>,
}

impl JwtDraft {
    /// The rules that are in force with this draft. None for those who present no signed tokens: what
    /// they give must be sound, is not required and is not kept.
    pub(crate) fn rules(
        self,
        auth_type: AuthType,
        before: Option<&JwtRules>,
        faults: &mut Faults,
    ) -> Option<JwtRules> {
        let before = before.cloned().unwrap_or_default();
        let key = match auth_type {
            AuthType::Jwt => signing_key(self.method, self.secret, before.key, faults),
            _ => {
                check_length(self.secret.as_ref().map_or("", KeyMaterial::expose), faults);
                None
            }
        };
        let issuer = self.issuer.map(|url| text::https_url("oidc_issuer", &url, faults));
        let jwks_uri = self.jwks_uri.map(|url| text::https_url("oidc_jwks_uri", &url, faults));
        if issuer.is_some() && jwks_uri.is_some() {
            faults.add("oidc_jwks_uri", "cannot go together with oidc_issuer; give one of them");
        }
        let provider = issuer.map(Provider::Issuer).or(jwks_uri.map(Provider::Jwks)).or(before.provider);
        if auth_type == AuthType::Oidc && provider.is_none() {
            faults.add("oidc_issuer", "or oidc_jwks_uri is required when auth_type is `oidc`");
        }
        let claim = self.access_profile_claim.map(|claim| text::name("access_profile_claim", &claim, faults));
        let required = self.required_claims.map(|claims| list("required_claims", &claims, faults));
        let issuers = self.allowed_issuers.map(|issuers| list("allowed_issuers", &issuers, faults));
        let audiences = self.allowed_audiences.map(|items| list("allowed_audiences", &items, faults));
        auth_type.is_signed().then(|| JwtRules {
            key,
            provider,
            access_profile_claim: claim.or(before.access_profile_claim.filter(|_| !self.usual_claim)),
            required_claims: required.unwrap_or(before.required_claims),
            allowed_issuers: issuers.unwrap_or(before.allowed_issuers),
            allowed_audiences: audiences.unwrap_or(before.allowed_audiences),
        })
    }
}

/// The key of a `jwt` client. A secret is kept as long as the method is the one that it is for.
fn signing_key(
    method: Option<JwtMethod>,
    secret: Option<KeyMaterial>,
    before: Option<SigningKey>,
    faults: &mut Faults,
) -> Option<SigningKey> {
    let Some(method) = method.or(before.as_ref().map(|key| key.method)) else {
        faults.add("jwt_method", "is required when auth_type is `jwt`; it is `hmac`, `rsa`, `ec` or `eddsa`");
        return None;
    };
    let kept = before.filter(|key| key.method == method).map(|key| key.material);
    let is_new = secret.is_some();
    let Some(material) = secret.or(kept) else {
        let wanted = match method {
            JwtMethod::Hmac => "the shared secret",
            JwtMethod::Rsa => "the RSA public key",
            JwtMethod::Ec => "the public key on P-256 or P-384",
            JwtMethod::Eddsa => "the Ed25519 public key",
        };
        faults.add("jwt_secret", format!("is required when auth_type is `jwt`; it is {wanted}"));
        return None;
    };
    check_length(material.expose(), faults);
    if is_new && let Err(message) = check(method, material.expose()) {
        faults.add("jwt_secret", message);
    }
    Some(SigningKey { method, material })
}

fn check_length(secret: &str, faults: &mut Faults) {
    if secret.chars().count() > KEY_CHARACTERS {
        faults.add("jwt_secret", format!("is too long; use at most {KEY_CHARACTERS} characters"));
    }
}

fn check(method: JwtMethod, secret: &str) -> Result<(), String> {
    match method {
        JwtMethod::Rsa => RsaPublicKey::parse(secret).map(drop).map_err(|fault| fault.to_string()),
        JwtMethod::Ec | JwtMethod::Eddsa => {
            let key = EllipticKey::parse(secret).map_err(|fault| fault.to_string())?;
            match (&key, method) {
                (EllipticKey::Ed25519(_), JwtMethod::Ec) => {
                    Err("is an Ed25519 key; with it goes the jwt_method `eddsa`".to_owned())
                }
                (EllipticKey::P256(_) | EllipticKey::P384(_), JwtMethod::Eddsa) => {
                    Err("is a key on a curve of NIST; with it goes the jwt_method `ec`".to_owned())
                }
                _ => Ok(()),
            }
        }
        JwtMethod::Hmac if secret.trim().is_empty() => Err("can't be blank".to_owned()),
        // Whoever knows a public key could sign with it.
        JwtMethod::Hmac if looks_public(secret.trim_start()) => Err(
            "is a key in PEM or of OpenSSH, and public; with it goes the jwt_method `rsa`, `ec` or `eddsa`"
                .to_owned(),
        ),
        JwtMethod::Hmac => Ok(()),
    }
}

fn looks_public(secret: &str) -> bool {
    ["-----BEGIN ", "ssh-", "ecdsa-"].iter().any(|begin| secret.starts_with(begin))
}

/// Names of claims or of issuers. A blank one is more often an unset variable than a wish.
fn list(field: &'static str, items: &[String], faults: &mut Faults) -> Vec<String> {
    if items.len() > LIST_MAX {
        faults.add(field, format!("has more than {LIST_MAX} items, which is the most there can be"));
    }
    items.iter().map(|item| text::item(field, item, faults)).collect()
}

/// What the audit trail shows of the rules: never a key.
pub(crate) fn shown(rules: Option<&JwtRules>) -> Value {
    let Some(rules) = rules else { return Value::Null };
    let (issuer, jwks_uri) = match &rules.provider {
        Some(Provider::Issuer(url)) => (Some(url), None),
        Some(Provider::Jwks(url)) => (None, Some(url)),
        None => (None, None),
    };
    json!({
        "jwt_method": rules.key.as_ref().map(|key| key.method),
        "oidc_issuer": issuer,
        "oidc_jwks_uri": jwks_uri,
        "access_profile_claim": rules.access_profile_claim,
        "required_claims": rules.required_claims,
        "allowed_issuers": rules.allowed_issuers,
        "allowed_audiences": rules.allowed_audiences,
    })
}
