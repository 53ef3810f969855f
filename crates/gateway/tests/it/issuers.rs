//! Identity providers as they behave: they change keys, lie, and go away.

use std::sync::{Arc, Mutex};

use gateway::{Delta, issuers};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use model::client::Provider;
use model::{AuthType, ClientId, JwtRules, KeyId};
use outbound::{Exception, Outbound};
use serde_json::{Value, json};
use store::serving::ServedKey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::signer::{OTHER_RSA_PRIVATE, RSA, RSA_PRIVATE, call, claims, client, from_now, part, sign};
use crate::world::{World, environment, key};

/// A provider that serves documents by their path, over HTTP.
struct Id {
    url: String,
    documents: Arc<Mutex<Vec<(String, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Id {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let documents: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (there, seen) = (Arc::clone(&documents), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
                    if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
                        break;
                    }
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let found = there.lock().unwrap().iter().find(|(own, _)| *own == path).cloned();
                seen.lock().unwrap().push(path);
                let (status, body) = found.map_or(("503 Away", String::new()), |(_, body)| ("200 OK", body));
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, documents, asked }
    }

    fn put(&self, documents: &[(&str, String)]) {
        *self.documents.lock().unwrap() =
            documents.iter().map(|(path, body)| ((*path).to_owned(), body.clone())).collect();
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

/// A key set with these public keys, each with a name.
fn set(keys: &[(&str, &str)]) -> String {
    let keys: Vec<_> = keys
        .iter()
        .map(|(kid, private)| {
            let key = EncodingKey::from_rsa_pem(private.as_bytes()).unwrap();
            let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
            jwk.common.key_id = Some((*kid).to_owned());
            jwk
        })
        .collect();
    json!({ "keys": keys }).to_string()
}

fn signed(kid: &str, private: &str, more: Value) -> String {
    let key = EncodingKey::from_rsa_pem(private.as_bytes()).unwrap();
    let header = part(&json!({ "alg": "RS256", "typ": "JWT", "kid": kid }));
    sign(&header, &part(&claims(more)), &key, Algorithm::RS256)
}

/// A world whose client has its tokens from a provider.
struct Provided {
    world: World,
    _running: watch::Sender<bool>,
}

async fn provided(provider: Provider, allow: Vec<Exception>) -> Provided {
    let world = World::new().await;
    let stop = watch::Sender::new(false);
    let gate = world.gateway.gate();
    tokio::spawn(issuers::fetching::run(gate, Outbound::new(allow), environment(), stop.subscribe()));
    trust(&world, provider);
    Provided { world, _running: stop }
}

fn trust(world: &World, provider: Provider) {
    let rules = JwtRules { provider: Some(provider), ..JwtRules::default() };
    let key = ServedKey { auth_type: AuthType::Oidc, ..key() };
    let deltas =
        vec![Delta::Client(ClientId(1), Some(client(rules))), Delta::Key(KeyId(1), Some(Box::new(key)))];
    world.gateway.gate().apply(deltas, 2);
}

fn local() -> Vec<Exception> {
    vec![Exception::parse("127.0.0.0/8").unwrap()]
}

#[tokio::test]
async fn a_provider_changes_its_keys_and_nobody_is_refused() {
    let id = Id::start().await;
    id.put(&[("/keys", set(&[("one", RSA_PRIVATE)]))]);
    let Provided { world, _running } = provided(Provider::Jwks(format!("{}/keys", id.url)), local()).await;
    let mut caller = world.caller().await;
    let old = signed("one", RSA_PRIVATE, json!({ "exp": from_now(600) }));
    assert_eq!(call(&mut caller, &old).await.status, 200);
    assert_eq!(call(&mut caller, &signed("one", OTHER_RSA_PRIVATE, json!({}))).await.status, 401);
    let before = id.asked();
    id.put(&[("/keys", set(&[("two", OTHER_RSA_PRIVATE)]))]);
    // Many at once with the new key, which nobody has seen yet.
    let mut callers = Vec::new();
    for number in 0..20 {
        let mut caller = world.caller().await;
        let token = signed("two", OTHER_RSA_PRIVATE, json!({ "jti": number }));
        callers.push(tokio::spawn(async move { call(&mut caller, &token).await.status }));
    }
    for caller in callers {
        assert_eq!(caller.await.unwrap(), 200);
    }
    assert!(id.asked() - before <= 3, "{} fetches", id.asked() - before);
    // The former key is no longer the provider's, also for a token that was taken before.
    assert_eq!(call(&mut caller, &old).await.status, 401);
    assert_eq!(world.metric("identity_providers{keys=\"fresh\"}"), 1);
}

#[tokio::test]
async fn while_the_provider_is_away_its_last_keys_stay_and_it_is_not_asked_endlessly() {
    let id = Id::start().await;
    id.put(&[("/keys", set(&[("one", RSA_PRIVATE)]))]);
    let Provided { world, _running } = provided(Provider::Jwks(format!("{}/keys", id.url)), local()).await;
    let mut caller = world.caller().await;
    assert_eq!(call(&mut caller, &signed("one", RSA_PRIVATE, json!({}))).await.status, 200);
    id.put(&[]);
    let before = id.asked();
    for number in 0..30 {
        let token = signed(&format!("unknown {number}"), OTHER_RSA_PRIVATE, json!({}));
        assert_eq!(call(&mut caller, &token).await.status, 401);
    }
    assert!(id.asked() - before <= 6, "{} fetches", id.asked() - before);
    assert_eq!(world.metric("identity_providers{keys=\"stale\"}"), 1);
    assert_eq!(call(&mut caller, &signed("one", RSA_PRIVATE, json!({ "jti": "new" }))).await.status, 200);
    assert!(world.metric("key_fetches_total{outcome=\"failed\"}") > 0);
}

#[tokio::test]
async fn a_provider_found_by_its_issuer_is_the_only_one_believed() {
    let id = Id::start().await;
    let description =
        |issuer: &str| json!({ "issuer": issuer, "jwks_uri": format!("{}/keys", id.url) }).to_string();
    let keys = || ("/keys", set(&[("one", RSA_PRIVATE)]));
    let path = "/.well-known/openid-configuration";
    id.put(&[(path, description(&id.url)), keys()]);
    for setting in [id.url.clone(), format!("{}/", id.url), format!("{}{path}", id.url)] {
        let Provided { world, _running } = provided(Provider::Issuer(setting), local()).await;
        let mut caller = world.caller().await;
        for (more, status) in [
            (json!({ "iss": id.url }), 200),
            (json!({ "iss": format!("{}/", id.url) }), 401),
            (json!({ "iss": "https://other.test" }), 401),
            (json!({ "iss": [id.url] }), 401),
            (json!({}), 401),
        ] {
            let token = signed("one", RSA_PRIVATE, more.clone());
            assert_eq!(call(&mut caller, &token).await.status, status, "{more}");
        }
    }
    // It says that it is another one.
    id.put(&[(path, description("https://other.test")), keys()]);
    let Provided { world, _running } = provided(Provider::Issuer(id.url.clone()), local()).await;
    let token = signed("one", RSA_PRIVATE, json!({ "iss": "https://other.test" }));
    assert_eq!(call(&mut world.caller().await, &token).await.status, 401);
}

#[tokio::test]
async fn a_set_holds_keys_only_and_not_too_many_bytes() {
    let id = Id::start().await;
    let url = format!("{}/keys", id.url);
    // A public key of the set is no shared secret.
    id.put(&[("/keys", set(&[("one", RSA_PRIVATE)]))]);
    let Provided { world, _running } = provided(Provider::Jwks(url.clone()), local()).await;
    let mut caller = world.caller().await;
    let secret = EncodingKey::from_secret(RSA.as_bytes());
    for kid in [json!("one"), Value::Null] {
        let header = part(&json!({ "alg": "HS256", "kid": kid }));
        let forged = sign(&header, &part(&claims(json!({}))), &secret, Algorithm::HS256);
        assert_eq!(call(&mut caller, &forged).await.status, 401);
    }
    assert_eq!(call(&mut caller, &signed("one", RSA_PRIVATE, json!({}))).await.status, 200);
    let large =
        set(&[("one", RSA_PRIVATE)]).replacen('{', &format!("{{\"x\":\"{}\",", "y".repeat(64 << 10)), 1);
    id.put(&[("/keys", large)]);
    let Provided { world, _running } = provided(Provider::Jwks(url), local()).await;
    assert_eq!(call(&mut world.caller().await, &signed("one", RSA_PRIVATE, json!({}))).await.status, 401);
    assert_eq!(world.metric("identity_providers{keys=\"missing\"}"), 1);
}

#[tokio::test]
async fn a_provider_at_a_private_address_is_not_asked() {
    let id = Id::start().await;
    id.put(&[("/keys", set(&[("one", RSA_PRIVATE)]))]);
    let url = format!("{}/keys", id.url).replace("127.0.0.1", "localhost");
    for url in [url, format!("{}/keys", id.url), "http://169.254.169.254/keys".to_owned()] {
        let Provided { world, _running } = provided(Provider::Jwks(url), Vec::new()).await;
        let token = signed("one", RSA_PRIVATE, json!({}));
        assert_eq!(call(&mut world.caller().await, &token).await.status, 401);
        assert_eq!(id.asked(), 0);
    }
}
