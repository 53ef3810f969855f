//! The management API, and calls through the gateway, as a test speaks them.

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::sample_document;

/// The management API with a token.
#[derive(Clone)]
pub(crate) struct Api {
    base: String,
    token: String,
    client: Client,
}

/// Who may call the mock collection under `main/mock-v1`.
pub(crate) struct Caller {
    pub(crate) collection: i64,
    pub(crate) client: i64,
    pub(crate) key: i64,
    pub(crate) token: String,
}

/// An answer's status and its JSON; null where the body is none.
pub(crate) type Answer = (StatusCode, Value);

impl Api {
    pub(crate) fn new(base: &str, token: &str) -> Self {
        Self { base: base.to_owned(), token: token.to_owned(), client: Client::new() }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // There a change says what it changes.
        let must_match = path.starts_with("/api/portico/") && matches!(method, Method::PUT | Method::DELETE);
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if must_match { request.header("if-match", "*") } else { request }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        read(self.request(Method::PUT, path).json(&body)).await
    }

    /// `PUT` without a body, such as enable and disable; it must succeed.
    pub(crate) async fn switch(&self, path: &str) {
        let (status, answer) = read(self.request(Method::PUT, path)).await;
        assert_eq!((status, &answer), (StatusCode::OK, &json!({ "success": true })), "PUT {path}");
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        read(self.request(Method::DELETE, path)).await
    }

    /// A mock collection made from the sample document, its endpoints enabled; gives its id.
    pub(crate) async fn mock_collection(&self, name: &str) -> i64 {
        let body =
            json!({ "name": name, "openapi_spec": { "content": sample_document(), "format": "json" } });
        let (status, collection) = self.post("/api/api_collections", body).await;
        assert_eq!(status, StatusCode::OK, "{collection}");
        let id = collection["id"].as_i64().unwrap();
        for endpoint in self.endpoints(id).await {
            self.switch(&format!("/api/api_endpoints/{}/enable", endpoint["id"])).await;
        }
        id
    }

    pub(crate) async fn endpoints(&self, collection: i64) -> Vec<Value> {
        let (_, endpoints) = self.get(&format!("/api/api_endpoints?api_collection_id={collection}")).await;
        endpoints.as_array().unwrap().clone()
    }

    /// A mock collection, a client that may call it, and the client's key.
    pub(crate) async fn mock_caller(&self) -> Caller {
        let collection = self.mock_collection("Mock").await;
        let client = self.client("caller", &[collection]).await;
        let (key, token) = self.key(client, json!({})).await;
        Caller { collection, client, key, token }
    }

    /// A client that may call these collections; gives its id.
    pub(crate) async fn client(&self, name: &str, collections: &[i64]) -> i64 {
        let body = json!({ "name": name, "auth_type": "token", "api_collection_ids": collections });
        let (status, answer) = self.post("/api/v2/api_clients", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["data"]["id"].as_i64().unwrap()
    }

    /// A key of a client; gives its id and its token.
    pub(crate) async fn key(&self, client: i64, more: Value) -> (i64, String) {
        let mut body = json!({ "name": "key", "active": true });
        body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        let (status, answer) = self.post(&format!("/api/v2/api_clients/{client}/api_keys"), body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let key = &answer["data"];
        (key["id"].as_i64().unwrap(), key["auth_token"].as_str().unwrap().to_owned())
    }
}

/// Sends a request and reads its answer.
async fn read(request: RequestBuilder) -> Answer {
    let answer: Response = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}
