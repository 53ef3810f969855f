//! API clients and their keys.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::id::{ClientId, CollectionId, KeyId, PolicyId, PortalId, ProjectId, WorkspaceId};
use crate::logo::Logo;
use crate::net::IpRules;
use crate::secret::KeyMaterial;

/// The longest time for which the former token of a refreshed key can go on working, in seconds: a
/// week.
pub const GRACE_SECONDS: i64 = 7 * 24 * 3600;

/// The most keys that a client can have.
pub const KEYS_PER_CLIENT: i64 = 20;

/// A consumer of published APIs: who it is, how it authenticates, what it may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The project it lies in, if any.
    pub project: Option<ProjectId>,
    /// For people.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whom to write to about it.
    pub email: Option<String>,
    /// How it authenticates; cannot change once it is made.
    pub auth_type: AuthType,
    /// What its signed tokens must be like; of `jwt` and `oidc` clients.
    pub jwt: Option<JwtRules>,
    /// How often each of its keys may call, unless a key has a policy of its own.
    pub policy: Option<PolicyId>,
    /// The developer portal in which it is managed.
    pub portal: Option<PortalId>,
    /// Made through the first version of the API: its keys are access profiles, which authenticate
    /// and call collections each in its own way.
    pub is_legacy: bool,
    /// Its logo, if it has one.
    pub logo: Option<Logo>,
    /// Whether its keys may call anything.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How a client authenticates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthType {
    /// An auth token per key.
    Token,
    /// Signed by the client: RFC 7519.
    Jwt,
    /// Client credentials: RFC 6749, section 4.4.
    Oauth2,
    /// Signed by an identity provider: OpenID Connect Core 1.0.
    Oidc,
}

impl AuthType {
    /// Whether its callers present a token that somebody signed.
    pub const fn is_signed(self) -> bool {
        matches!(self, Self::Jwt | Self::Oidc)
    }
}

/// What the signed tokens of a client must be like.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JwtRules {
    /// The key that they are signed with; of `jwt` clients.
    pub key: Option<SigningKey>,
    /// Who signs them: needed by `oidc` clients. Where there is a key as well, the key decides.
    pub provider: Option<Provider>,
    /// The claim that names the key; by default one of several well-known ones.
    pub access_profile_claim: Option<String>,
    /// Claims that must be there.
    pub required_claims: Vec<String>,
    /// If not empty, only these may be the `iss` claim.
    pub allowed_issuers: Vec<String>,
    /// If not empty, one of these must be in the `aud` claim.
    pub allowed_audiences: Vec<String>,
}

/// A key that is known beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// What kind of key it is.
    pub method: JwtMethod,
    /// The shared secret, or the public key as it was given; see
    /// [`RsaPublicKey`](crate::rsa::RsaPublicKey) and [`EllipticKey`](crate::elliptic::EllipticKey).
    pub material: KeyMaterial,
}

/// How a signature is made: RFC 7518, section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JwtMethod {
    /// With a shared secret: HS256, HS384, HS512.
    Hmac,
    /// With an RSA key: RS256, RS384, RS512, PS256, PS384, PS512.
    Rsa,
    /// With a key on a curve of NIST: ES256, ES384.
    Ec,
    /// With an Ed25519 key: `EdDSA` (RFC 8037).
    Eddsa,
}

impl JwtMethod {
    /// As it is written in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hmac => "hmac",
            Self::Rsa => "rsa",
            Self::Ec => "ec",
            Self::Eddsa => "eddsa",
        }
    }

    /// Whether the key is a public one, which anybody may see.
    pub const fn has_public_key(self) -> bool {
        !matches!(self, Self::Hmac)
    }
}

/// Where the keys of an identity provider are found. Both are `https` URLs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Provider {
    /// By its discovery document.
    Issuer(String),
    /// In its key set.
    Jwks(String),
}

/// A credential of a client with its own address rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id; stays when the token is refreshed.
    pub id: KeyId,
    /// The client it belongs to.
    pub client: ClientId,
    /// For people.
    pub name: String,
    /// How callers authenticate with it: as its client does, or of an access profile in its own
    /// way.
    pub auth_type: AuthType,
    /// The public half of an OAuth 2.0 credential, whose secret half is the token.
    pub oauth_client_id: Option<String>,
    /// What an access profile has of its own; none for keys that follow their client in all.
    pub profile: Option<Profile>,
    /// How often it may call, if otherwise than its client.
    pub policy: Option<PolicyId>,
    /// Who may call with it, by address.
    pub rules: IpRules,
    /// Whether it can be used.
    pub active: bool,
    /// When it was last made usable or refreshed; never null on the wire.
    pub active_since: Timestamp,
    /// When it stops working, if ever.
    pub expires_at: Option<Timestamp>,
    /// Access tokens that were made with it in another generation are over.
    pub generation: i64,
    /// The last four characters of its token, for display.
    pub last_four: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What an access profile, the key of a legacy client, has of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// What its signed tokens must be like; of `jwt` and `oidc` profiles.
    pub jwt: Option<JwtRules>,
    /// What it may call, in order.
    pub collections: Vec<CollectionId>,
}

/// A new public half of an OAuth 2.0 credential: 32 lowercase hex digits.
pub fn oauth_client_id(environment: &Environment) -> String {
    hex::encode(environment.bytes::<16>())
}

/// A client's or key's collection, as lists name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionName {
    /// Its id.
    pub id: CollectionId,
    /// Its name.
    pub name: String,
}
