//! Several nodes on one PostgreSQL.

use reqwest::StatusCode;

use super::status;
use crate::world::{Caller, Database, Server, eventually};

#[tokio::test]
async fn a_change_on_one_node_is_in_force_on_another() {
    let database = Database::postgres().await;
    let control = Server::start_with(&database, &["serve", "--role", "control"], &[]).await;
    let gateway = Server::start_with(&database, &["serve", "--role", "gateway"], &[]).await;
    assert_eq!((control.gateway.as_str(), gateway.control.as_str()), ("", ""));

    let api = control.administrator().await;
    let Caller { client, key, token, .. } = api.mock_caller().await;
    let becomes = async |expected| {
        eventually("the other node knows", async || {
            (status(&gateway, "main/mock-v1/echo", &token).await == expected).then_some(())
        })
        .await;
    };
    becomes(StatusCode::OK).await;
    api.switch(&format!("/api/v2/api_clients/{client}/api_keys/{key}/disable")).await;
    becomes(StatusCode::UNAUTHORIZED).await;
}
