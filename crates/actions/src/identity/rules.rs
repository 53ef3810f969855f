//! What the operator decides about signing in.

use jiff::SignedDuration;
use model::secret::KeyMaterial;

/// What the operator decides about signing in.
#[derive(Debug, Clone)]
pub struct IdentityRules {
    /// After how much time without use a session ends.
    pub idle: SignedDuration,
    /// After how much time a session ends however much it is used.
    pub absolute: SignedDuration,
    /// The identity provider of the console, if it has one.
    pub console_sso: Option<ConsoleSso>,
}

impl Default for IdentityRules {
    fn default() -> Self {
        Self {
            idle: SignedDuration::from_hours(24),
            absolute: SignedDuration::from_hours(14 * 24),
            console_sso: None,
        }
    }
}

/// The identity provider of the console.
#[derive(Debug, Clone)]
pub struct ConsoleSso {
    /// What people call it.
    pub name: String,
    /// The issuer, as OpenID Connect Discovery 1.0 finds it.
    pub issuer: String,
    /// As what the console is registered there.
    pub client_id: String,
    /// What the console proves itself with.
    pub client_secret: KeyMaterial,
}
