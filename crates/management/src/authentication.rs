//! The fields of a request about signed tokens: the same for API clients and access profiles.

use actions::{Faults, JwtDraft};
use model::client::JwtMethod;
use model::secret::KeyMaterial;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::given::{Given, Read};

/// How signed tokens are checked. Of meaning to clients with the `auth_type` `jwt` or `oidc`.
#[derive(Deserialize, ToSchema)]
pub(crate) struct JwtFields {
    /// How tokens are signed: `hmac`, `rsa`, `ec` (P-256, P-384) or `eddsa` (Ed25519). Required when `auth_type` is `jwt`.
    #[schema(value_type = Option<String>, example = "rsa")]
    jwt_method: Given<JwtMethod>,
    /// The shared secret (`hmac`), or the public key as PEM, as a certificate in PEM or as OpenSSH
    /// writes it. Required when `auth_type` is `jwt`. A shared secret is never shown again.
    #[schema(
        value_type = Option<String>,
        example = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq…\n-----END PUBLIC KEY-----"
    )]
    jwt_secret: Given<String>,
    /// The `https` URL of the identity provider's discovery document. When `auth_type` is `oidc`, either
    /// this or `oidc_jwks_uri` is required; never both.
    #[schema(
        value_type = Option<String>,
        example = "https://id.example.com/.well-known/openid-configuration"
    )]
    oidc_issuer: Given<String>,
    /// The `https` URL of the identity provider's key set (JWKS).
    #[schema(value_type = Option<String>, example = "https://id.example.com/keys")]
    oidc_jwks_uri: Given<String>,
    /// The claim that names the key; by default one of several well-known ones.
    #[schema(value_type = Option<String>, example = "client_id")]
    access_profile_claim: Given<String>,
    /// Claims that must be there.
    #[schema(value_type = Option<Vec<String>>, example = json!(["exp"]))]
    required_claims: Given<Vec<String>>,
    /// If not empty, only these may be the `iss` claim.
    #[schema(value_type = Option<Vec<String>>, example = json!(["https://id.example.com"]))]
    allowed_issuers: Given<Vec<String>>,
    /// If not empty, one of these must be in the `aud` claim.
    #[schema(value_type = Option<Vec<String>>, example = json!(["https://api.example.com"]))]
    allowed_audiences: Given<Vec<String>>,
}

impl JwtFields {
    /// What was given.
    pub(crate) fn draft(self, faults: &mut Faults) -> JwtDraft {
        JwtDraft {
            usual_claim: false,
            method: self.jwt_method.optional("jwt_method", faults),
            secret: self.jwt_secret.optional("jwt_secret", faults).map(KeyMaterial::new),
            issuer: self.oidc_issuer.optional("oidc_issuer", faults),
            jwks_uri: self.oidc_jwks_uri.optional("oidc_jwks_uri", faults),
            access_profile_claim: self.access_profile_claim.optional("access_profile_claim", faults),
            required_claims: self.required_claims.optional("required_claims", faults),
            allowed_issuers: self.allowed_issuers.optional("allowed_issuers", faults),
            allowed_audiences: self.allowed_audiences.optional("allowed_audiences", faults),
        }
    }
}

impl Read for JwtMethod {
    fn read(value: Value) -> Result<Self, String> {
        match value.as_str() {
            Some("hmac") => Ok(Self::Hmac),
            Some("rsa") => Ok(Self::Rsa),
            Some("ec") => Ok(Self::Ec),
            Some("eddsa") => Ok(Self::Eddsa),
            _ => Err("must be `hmac`, `rsa`, `ec` or `eddsa`".to_owned()),
        }
    }
}
