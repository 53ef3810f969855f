mod calls;
mod changes;
mod nodes;
mod stopping;
mod tls;

use reqwest::{Client, Response, StatusCode};

use crate::world::Server;

/// A call through the gateway with a key.
pub(crate) async fn call(server: &Server, path: &str, token: &str) -> Response {
    Client::new().get(format!("{}/{path}", server.gateway)).header("api-token", token).send().await.unwrap()
}

/// Its status.
pub(crate) async fn status(server: &Server, path: &str, token: &str) -> StatusCode {
    call(server, path, token).await.status()
}
