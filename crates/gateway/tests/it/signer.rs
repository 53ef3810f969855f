//! Signs tokens as callers of the gateway do, and as attackers do.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway::Delta;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use model::client::{JwtMethod, SigningKey};
use model::secret::KeyMaterial;
use model::{AuthType, ClientId, CollectionId, JwtRules, KeyId, WorkspaceId};
use serde_json::{Value, json};
use store::serving::{ServedClient, ServedKey};

use crate::world::{Answer, Peer, TOKEN, World, key};

pub(crate) const RSA: &str = include_str!("samples/rsa.pem");
pub(crate) const RSA_PRIVATE: &str = include_str!("samples/rsa.key");
pub(crate) const OTHER_RSA_PRIVATE: &str = include_str!("samples/other-rsa.key");
pub(crate) const SECRET: &str = "marker-of-a-shared-secret-0123456789";

/// Seconds since 1970, so many from now.
pub(crate) fn from_now(seconds: i64) -> i64 {
    crate::world::environment().clock.now().as_second() + seconds
}

/// Rules with the key of the settings.
pub(crate) fn rules(method: JwtMethod, text: &str) -> JwtRules {
    let key = SigningKey { method, material: KeyMaterial::new(text.to_owned()) };
    JwtRules { key: Some(key), ..JwtRules::default() }
}

/// Lets the world's client authenticate by signed tokens.
pub(crate) fn sign_in(world: &World, rules: JwtRules) {
    let key = ServedKey { auth_type: AuthType::Jwt, ..key() };
    let deltas =
        vec![Delta::Client(ClientId(1), Some(client(rules))), Delta::Key(KeyId(1), Some(Box::new(key)))];
    world.gateway.gate().apply(deltas, 2);
}

pub(crate) fn client(rules: JwtRules) -> ServedClient {
    ServedClient {
        policy: None,
        client_policy: None,
        id: ClientId(1),
        workspace: WorkspaceId(1),
        active: true,
        collections: vec![CollectionId(1)],
        jwt: Some(Arc::new(rules)),
    }
}

/// A JSON part of a token.
pub(crate) fn part(json: &Value) -> String {
    text_part(&json.to_string())
}

pub(crate) fn text_part(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// Puts a signature under header and claims.
pub(crate) fn sign(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{header}.{claims}");
    let signature = crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// A token for the only key, signed with the RSA key in the ordinary way.
pub(crate) fn rsa(claims: &Value) -> String {
    rsa_with(&json!({ "alg": "RS256", "typ": "JWT" }), claims)
}

pub(crate) fn rsa_with(header: &Value, claims: &Value) -> String {
    let key = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).unwrap();
    sign(&part(header), &part(claims), &key, Algorithm::RS256)
}

/// A token for the only key, signed with the shared secret.
pub(crate) fn hmac(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    sign(&part(&json!({ "alg": "HS256", "typ": "JWT" })), &part(claims), &key, Algorithm::HS256)
}

/// Claims that name the only key, and more.
pub(crate) fn claims(more: Value) -> Value {
    let mut claims = json!({ "sub": TOKEN });
    if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
        claims.extend(more);
    }
    claims
}

/// Calls what needs no upstream with a bearer token.
pub(crate) async fn call(caller: &mut Peer, token: &str) -> Answer {
    let head = format!("GET /acme/api-v1/mock HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {token}\r\n\r\n");
    caller.write(head).await;
    caller.answer().await
}
