//! How a client proves who it is: the fields of each way, and what is wrong with them.

use actions::{Faults, JwtDraft};
use model::client::{AuthType, JwtMethod, JwtRules, Provider};
use model::secret::KeyMaterial;
use site::form::Kind;
use site::{Choice, Field, Fields};

/// What new clients are asked for unless somebody takes it out: tokens that end.
const REQUIRED_CLAIMS: &str = "exp";

/// The fields of one way.
pub(super) struct Method {
    pub(super) auth_type: AuthType,
    pub(super) kind: Choice,
    pub(super) key: Field,
    pub(super) issuer: Field,
    pub(super) jwks: Field,
    pub(super) claim: Field,
    pub(super) required: Field,
    pub(super) issuers: Field,
    pub(super) audiences: Field,
}

impl Method {
    /// Of a new client.
    pub(super) fn new(auth_type: AuthType) -> Self {
        let lines = |name, label, help: &str| {
            Field::new(name, label).kind(Kind::Area(2)).optional().mono().help(help)
        };
        Self {
            auth_type,
            kind: Choice::new("jwt_method", "Signed with")
                .pick("rsa", "An RSA key (RS256 to PS512)")
                .pick("ec", "A key on P-256 or P-384 (ES256, ES384)")
                .pick("eddsa", "An Ed25519 key (EdDSA)")
                .pick("hmac", "A shared secret (HS256 to HS512)")
                .chosen(["rsa"]),
            key: Field::new("jwt_secret", "Public key or shared secret")
                .kind(Kind::Area(5))
                .mono()
                .max(16_384)
                .help("Public keys in PEM, as a certificate, or as OpenSSH writes them. With a shared secret, the secret itself; it is kept sealed and not shown again."),
            issuer: Field::new("oidc_issuer", "Issuer")
                .kind(Kind::Url)
                .optional()
                .mono()
                .help("Where the identity provider describes itself, such as `https://id.example.com`."),
            jwks: Field::new("oidc_jwks_uri", "Address of its keys")
                .kind(Kind::Url)
                .optional()
                .mono()
                .help("Instead of the issuer, where there is no description: the `jwks_uri`."),
            claim: Field::new("access_profile_claim", "Claim that names the key")
                .optional()
                .mono()
                .max(255)
                .help("Empty: `sub`, or one of the claims that take its place."),
            required: lines(
                "required_claims",
                "Required claims",
                "One a line. A token without one of them is refused; `exp` keeps tokens from being good for ever.",
            )
            .value(REQUIRED_CLAIMS),
            issuers: lines("allowed_issuers", "Allowed issuers", "One a line: what the `iss` claim may be. Empty: anything."),
            audiences: lines(
                "allowed_audiences",
                "Allowed audiences",
                "One a line, of which one must be in the `aud` claim. Recommended: tokens that were made for others are then refused. Empty: anything.",
            ),
        }
    }

    /// Of a client that is there. A key is not shown again; left empty, it stays.
    pub(super) fn of(auth_type: AuthType, rules: Option<&JwtRules>) -> Self {
        let blank = Self::new(auth_type);
        let Some(rules) = rules else { return blank };
        let (issuer, jwks) = match &rules.provider {
            Some(Provider::Issuer(url)) => (url.as_str(), ""),
            Some(Provider::Jwks(url)) => ("", url.as_str()),
            None => ("", ""),
        };
        let public = rules.key.as_ref().filter(|key| key.method.has_public_key());
        let shown = public.map(|key| key.material.expose().to_owned()).unwrap_or_default();
        let key = match public {
            Some(_) => blank.key,
            None => blank
                .key
                .optional()
                .help("The shared secret is not shown again. Leave this empty to keep it."),
        };
        Self {
            kind: match &rules.key {
                Some(key) => blank.kind.chosen([key.method.as_str()]),
                None => blank.kind,
            },
            key: key.value(shown),
            issuer: blank.issuer.value(issuer),
            jwks: blank.jwks.value(jwks),
            claim: blank.claim.value(rules.access_profile_claim.clone().unwrap_or_default()),
            required: blank.required.value(rules.required_claims.join("\n")),
            issuers: blank.issuers.value(rules.allowed_issuers.join("\n")),
            audiences: blank.audiences.value(rules.allowed_audiences.join("\n")),
            auth_type,
        }
    }

    /// With what was sent.
    pub(super) fn given(self, fields: &Fields) -> Self {
        Self {
            kind: self.kind.given(fields),
            key: self.key.given(fields),
            issuer: self.issuer.given(fields),
            jwks: self.jwks.given(fields),
            claim: self.claim.given(fields),
            required: self.required.given(fields),
            issuers: self.issuers.given(fields),
            audiences: self.audiences.given(fields),
            auth_type: self.auth_type,
        }
    }

    /// With what an action found wrong.
    pub(super) fn faulted(self, faults: &Faults) -> Self {
        Self {
            kind: self.kind.faulted(faults, "jwt_method"),
            key: self.key.faulted(faults, "jwt_secret"),
            issuer: self.issuer.faulted(faults, "oidc_issuer"),
            jwks: self.jwks.faulted(faults, "oidc_jwks_uri"),
            claim: self.claim.faulted(faults, "access_profile_claim"),
            required: self.required.faulted(faults, "required_claims"),
            issuers: self.issuers.faulted(faults, "allowed_issuers"),
            audiences: self.audiences.faulted(faults, "allowed_audiences"),
            auth_type: self.auth_type,
        }
    }

    /// What the action is told; of fields that do not belong to this way, nothing.
    pub(super) fn draft(&self, fields: &Fields) -> JwtDraft {
        if !self.auth_type.is_signed() {
            return JwtDraft::default();
        }
        let text = |name: &str| Some(fields.text(name).trim().to_owned()).filter(|text| !text.is_empty());
        let lines = |name: &str| {
            let lines = fields.text(name).lines().map(str::trim).filter(|line| !line.is_empty());
            Some(lines.map(str::to_owned).collect())
        };
        let is_jwt = self.auth_type == AuthType::Jwt;
        let method = match fields.text("jwt_method") {
            "hmac" => Some(JwtMethod::Hmac),
            "rsa" => Some(JwtMethod::Rsa),
            "ec" => Some(JwtMethod::Ec),
            "eddsa" => Some(JwtMethod::Eddsa),
            _ => None,
        };
        // A shared secret may well begin or end with a blank.
        let secret = Some(fields.text("jwt_secret")).filter(|secret| !secret.trim().is_empty());
        JwtDraft {
            method: method.filter(|_| is_jwt),
            secret: secret.filter(|_| is_jwt).map(|secret| KeyMaterial::new(normal(secret))),
            issuer: text("oidc_issuer").filter(|_| !is_jwt),
            jwks_uri: text("oidc_jwks_uri").filter(|_| !is_jwt),
            access_profile_claim: text("access_profile_claim"),
            usual_claim: text("access_profile_claim").is_none(),
            required_claims: lines("required_claims"),
            allowed_issuers: lines("allowed_issuers"),
            allowed_audiences: lines("allowed_audiences"),
        }
    }
}

/// A text as it was typed: forms send line breaks as two characters.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// How it stands in addresses and forms.
pub(super) const fn word(auth_type: AuthType) -> &'static str {
    match auth_type {
        AuthType::Token => "token",
        AuthType::Oauth2 => "oauth2",
        AuthType::Jwt => "jwt",
        AuthType::Oidc => "oidc",
    }
}

/// The way that this word stands for.
pub(super) fn read(text: &str) -> Option<AuthType> {
    [AuthType::Token, AuthType::Oauth2, AuthType::Jwt, AuthType::Oidc]
        .into_iter()
        .find(|auth_type| word(*auth_type) == text)
}
