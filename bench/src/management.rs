//! As much of the management API as it takes to make clients and their keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::console;

/// The most keys that a client can have.
const KEYS_PER_CLIENT: usize = 20;
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

    async fn make_client(&self, collection: i64, number: usize) -> anyhow::Result<i64> {
        let client = json!({
            "name": format!("Client {number}"),
            "auth_type": "token",
            "api_collection_ids": [collection],
        });
        let made = self.send(Method::POST, "/api/v2/api_clients", Some(client)).await?;
        made["data"]["id"].as_i64().context("a new client has no id")
    }

    async fn make_key(&self, client: i64, number: usize) -> anyhow::Result<String> {
        let mut key = rules();
        key["name"] = format!("Key {number}").into();
        key["active"] = true.into();
        let path = format!("/api/v2/api_clients/{client}/api_keys");
        let made = self.send(Method::POST, &path, Some(key)).await?;
        Ok(made["data"]["auth_token"].as_str().context("a new key has no token")?.to_owned())
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
            let client = api.make_client(self.collection, first / KEYS_PER_CLIENT + 1).await?;
            for number in first..self.count.min(first + KEYS_PER_CLIENT) {
                tokens.push(api.make_key(client, number + 1).await?);
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
