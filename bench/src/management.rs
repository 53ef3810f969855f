//! As much of the management API as it takes to make clients and their keys, and to change them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::console;

/// The most keys that a client can have.
pub(crate) const KEYS_PER_CLIENT: usize = 20;
/// How many clients are made at the same time.
const AT_ONCE: usize = 16;
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What every key allows and denies.
pub(crate) fn rules() -> Value {
    json!({
        "ip_allow_list": ["127.0.0.0/8"],
        "ip_deny_list": ["203.0.113.0/24", format!("{}/16", crate::probe::DENIED)],
    })
}

/// Limits that are counted for each call and reached by none.
pub(crate) fn policy() -> Value {
    json!({
        "name": "Governed",
        "rate_limit": { "requests": 1_000_000_000, "per": "hour" },
        "quota": { "requests": 1_000_000_000, "per": "day" },
    })
}

/// How many keys have a policy. The first call of each waits until its quota is reserved, which the
/// warm-up takes care of.
const GOVERNED: usize = 1_000;

/// Who signs tokens.
pub(crate) const ISSUER: &str = "https://issuer.example.com";

/// The management API of one server, with a token for it.
#[derive(Debug, Clone)]
pub(crate) struct Management {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// A published collection.
#[derive(Debug)]
pub(crate) struct Collection {
    /// Its id.
    pub(crate) id: i64,
    /// The path that its endpoints' paths begin with at the gateway.
    pub(crate) prefix: String,
}

/// A key and its token.
#[derive(Debug)]
pub(crate) struct Key {
    client: i64,
    id: i64,
    /// What calls with it carry.
    pub(crate) token: String,
}

impl Key {
    fn path(&self) -> String {
        format!("/api/v2/api_clients/{}/api_keys/{}", self.client, self.id)
    }
}

/// An endpoint of a collection.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// Its id.
    pub(crate) id: i64,
    /// The method that it answers.
    pub(crate) method: String,
    /// Its path under the collection, without a leading slash.
    pub(crate) path: String,
}

impl Management {
    /// Nothing is sent yet.
    pub(crate) fn new(url: String, token: String) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build()?;
        Ok(Self { http, url, token })
    }

    /// The only collection there is.
    pub(crate) async fn collection(&self) -> anyhow::Result<Collection> {
        let list = self.send(Method::GET, "/api/api_collections", None).await?;
        let collection = list.get(0).context("no collection was published")?;
        let id = collection["id"].as_i64().context("the collection has no id")?;
        let url = collection["url"].as_str().context("the collection has no URL")?;
        let prefix = reqwest::Url::parse(url).with_context(|| format!("`{url}`"))?.path().to_owned();
        Ok(Collection { id, prefix: prefix.trim_end_matches('/').to_owned() })
    }

    /// Reads what is there, to the last byte.
    pub(crate) async fn read(&self, path: &str) -> anyhow::Result<()> {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.send().await?.error_for_status()?.bytes().await?;
        Ok(())
    }

    /// How many keys there are.
    pub(crate) async fn count_keys(&self) -> anyhow::Result<u64> {
        let page = self.send(Method::GET, "/api/v2/api_keys?per_page=1", None).await?;
        page["count"].as_u64().context("the list of keys has no count")
    }

    /// Makes as many keys that may call the collection, and gives their tokens.
    pub(crate) async fn make_keys(&self, collection: i64, count: usize) -> anyhow::Result<Vec<String>> {
        let work =
            Arc::new(Work { collection, count, begun: AtomicUsize::new(0), made: AtomicUsize::new(0) });
        let mut workers = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (api, work) = (self.clone(), Arc::clone(&work));
            workers.spawn(async move { work.run(&api).await });
        }
        let mut tokens = Vec::with_capacity(count);
        while let Some(made) = workers.join_next().await {
            tokens.append(&mut made??);
        }
        Ok(tokens)
    }

    /// Makes keys under a policy, and gives their tokens.
    pub(crate) async fn governed(&self, collection: i64) -> anyhow::Result<Vec<String>> {
        let made = self.send(Method::POST, "/api/portico/v1/api_policies", Some(policy())).await?;
        let policy = made["data"]["id"].as_i64().context("a new policy has no id")?;
        let mut tokens = Vec::with_capacity(GOVERNED);
        for number in 0..GOVERNED / KEYS_PER_CLIENT {
            let client = json!({
                "name": format!("Governed {}", number + 1), "auth_type": "token", "api_collection_ids": [collection],
                "api_policy_id": policy,
            });
            let made = self.send(Method::POST, "/api/v2/api_clients", Some(client)).await?;
            let client = made["data"]["id"].as_i64().context("a new client has no id")?;
            for key in 0..KEYS_PER_CLIENT {
                tokens.push(self.make_key(client, &format!("Key {}", key + 1)).await?.token);
            }
        }
        Ok(tokens)
    }

    /// Makes a client that signs with this key, and gives the names of its keys.
    pub(crate) async fn signing(&self, collection: i64, public: &str) -> anyhow::Result<Vec<String>> {
        let client = json!({
            "name": "Signing", "auth_type": "jwt", "jwt_method": "rsa", "jwt_secret": public,
            "required_claims": ["exp"], "allowed_issuers": [ISSUER], "api_collection_ids": [collection],
        });
        let made = self.send(Method::POST, "/api/v2/api_clients", Some(client)).await?;
        let client = made["data"]["id"].as_i64().context("a new client has no id")?;
        let mut names = Vec::with_capacity(KEYS_PER_CLIENT);
        for key in 0..KEYS_PER_CLIENT {
            names.push(self.make_key(client, &format!("Key {}", key + 1)).await?.token);
        }
        Ok(names)
    }

    /// Imports a document as a collection of its own; the body must be ready, since making it costs too.
    pub(crate) async fn import(&self, body: Vec<u8>) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}/api/api_collections", self.url));
        let request = request.bearer_auth(&self.token).header("content-type", "application/json");
        let response = request.body(body).send().await?;
        let (status, text) = (response.status(), response.text().await?);
        anyhow::ensure!(status.is_success(), "an import is answered with {status}: {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// Makes a client that may call the collection, and gives its id.
    pub(crate) async fn make_client(&self, collection: i64, name: &str) -> anyhow::Result<i64> {
        let client = json!({
            "name": name,
            "auth_type": "token",
            "api_collection_ids": [collection],
        });
        let made = self.send(Method::POST, "/api/v2/api_clients", Some(client)).await?;
        made["data"]["id"].as_i64().context("a new client has no id")
    }

    /// Changes something about a client that no call depends on.
    pub(crate) async fn describe_client(&self, client: i64, description: &str) -> anyhow::Result<()> {
        let path = format!("/api/v2/api_clients/{client}");
        self.send(Method::PUT, &path, Some(json!({"description": description}))).await.map(drop)
    }

    /// Makes an active key for a client.
    pub(crate) async fn make_key(&self, client: i64, name: &str) -> anyhow::Result<Key> {
        let mut key = rules();
        key["name"] = name.into();
        key["active"] = true.into();
        let path = format!("/api/v2/api_clients/{client}/api_keys");
        let made = self.send(Method::POST, &path, Some(key)).await?;
        let id = made["data"]["id"].as_i64().context("a new key has no id")?;
        Ok(Key { client, id, token: token_in(&made)? })
    }

    /// From now on, calls with it are refused.
    pub(crate) async fn disable(&self, key: &Key) -> anyhow::Result<()> {
        self.send(Method::PUT, &format!("{}/disable", key.path()), None).await.map(drop)
    }

    /// From now on, calls with it are served again.
    pub(crate) async fn enable(&self, key: &Key) -> anyhow::Result<()> {
        self.send(Method::PUT, &format!("{}/enable", key.path()), None).await.map(drop)
    }

    /// Gives it another token.
    pub(crate) async fn refresh(&self, key: &mut Key) -> anyhow::Result<()> {
        let refreshed = self.send(Method::PUT, &format!("{}/refresh_secret", key.path()), None).await?;
        key.token = token_in(&refreshed)?;
        Ok(())
    }

    /// Denies this address to it.
    pub(crate) async fn deny(&self, key: &Key, address: Ipv4Addr) -> anyhow::Result<()> {
        let lists = json!({"ip_allow_list": ["127.0.0.0/8"], "ip_deny_list": [address]});
        self.send(Method::PUT, &key.path(), Some(lists)).await.map(drop)
    }

    /// Deletes it.
    pub(crate) async fn delete(&self, key: &Key) -> anyhow::Result<()> {
        self.send(Method::DELETE, &key.path(), None).await.map(drop)
    }

    /// The endpoints of a collection.
    pub(crate) async fn endpoints(&self, collection: i64) -> anyhow::Result<Vec<Endpoint>> {
        let path = format!("/api/api_endpoints?api_collection_id={collection}");
        let list = self.send(Method::GET, &path, None).await?;
        let read = |endpoint: &Value| {
            Some(Endpoint {
                id: endpoint["id"].as_i64()?,
                method: endpoint["method"].as_str()?.to_owned(),
                path: endpoint["path"].as_str()?.to_owned(),
            })
        };
        let list = list.as_array().context("the endpoints are no list")?;
        list.iter().map(|endpoint| read(endpoint).context("an endpoint lacks something")).collect()
    }

    /// From now on, calls to it are refused.
    pub(crate) async fn disable_endpoint(&self, id: i64) -> anyhow::Result<()> {
        self.send(Method::PUT, &format!("/api/api_endpoints/{id}/disable"), None).await.map(drop)
    }

    /// From now on, calls to it are served again.
    pub(crate) async fn enable_endpoint(&self, id: i64) -> anyhow::Result<()> {
        self.send(Method::PUT, &format!("/api/api_endpoints/{id}/enable"), None).await.map(drop)
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let url = format!("{}{path}", self.url);
        loop {
            let mut request = self.http.request(method.clone(), &url).bearer_auth(&self.token);
            if let Some(body) = &body {
                request = request.json(body);
            }
            let answer = request.send().await?;
            let status = answer.status();
            if status == StatusCode::TOO_MANY_REQUESTS {
                let wait = answer.headers().get("retry-after");
                let seconds = wait.and_then(|wait| wait.to_str().ok()?.parse().ok()).unwrap_or(1);
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                continue;
            }
            if !status.is_success() {
                bail!("{method} {path} was answered with {status}: {}", answer.text().await?);
            }
            return Ok(answer.json().await?);
        }
    }
}

fn token_in(answer: &Value) -> anyhow::Result<String> {
    Ok(answer["data"]["auth_token"].as_str().context("a new key has no token")?.to_owned())
}

/// Keys to be made, shared by those who make them.
struct Work {
    collection: i64,
    count: usize,
    begun: AtomicUsize,
    made: AtomicUsize,
}

impl Work {
    /// Makes one client with its keys after the other until there are enough.
    async fn run(&self, api: &Management) -> anyhow::Result<Vec<String>> {
        let mut tokens = Vec::new();
        loop {
            let first = self.begun.fetch_add(KEYS_PER_CLIENT, Ordering::Relaxed);
            if first >= self.count {
                return Ok(tokens);
            }
            let name = format!("Client {}", first / KEYS_PER_CLIENT + 1);
            let client = api.make_client(self.collection, &name).await?;
            for number in first..self.count.min(first + KEYS_PER_CLIENT) {
                tokens.push(api.make_key(client, &format!("Key {}", number + 1)).await?.token);
                self.one_more();
            }
        }
    }

    fn one_more(&self) {
        let made = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        if made.is_multiple_of(self.count.div_ceil(20)) {
            console::note(format_args!("{made} of {} keys made", self.count));
        }
    }
}
