//! How often one may call.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use insta::assert_snapshot;
use model::access::Role;

use crate::world::{Answer, Somebody, World, rate};

fn shown(answer: &Answer) -> String {
    [
        "ratelimit-policy",
        "ratelimit",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "retry-after",
    ]
    .map(|name| answer.header(name))
    .join(" | ")
}

#[tokio::test]
async fn a_token_has_a_burst_and_then_so_many_calls_a_second() {
    let world = World::new().await.with(|settings| settings.rate = rate(10, 3));
    let ada = world.admin("main").await;
    let token = world.token(&ada.actor, "other", Role::Viewer).await;
    let other = Somebody { world: &world, token, actor: ada.actor.clone() };
    assert_snapshot!(shown(&ada.get("/api/users/me").await), @r#""token";q=3;w=1 | "token";r=2;t=1 | 3 | 2 | 1 | "#);
    // A problem is a call like any other.
    assert_eq!(ada.get("/api/v2/api_clients/9").await.status.as_u16(), 404);
    assert_snapshot!(shown(&ada.post("/api/folders", serde_json::json!({})).await), @r#""token";q=3;w=1 | "token";r=0;t=1 | 3 | 0 | 1 | "#);
    let refused = ada.get("/api/users/me").await;
    assert_snapshot!(shown(&refused), @r#""token";q=3;w=1 | "token";r=0;t=1 | 3 | 0 | 1 | 1"#);
    assert_snapshot!(refused, @r#"
    429 {
      "message": "too many requests; try again in 1 second"
    }
    "#);
    // Another token is not concerned, nor is anybody else at the same address.
    other.get("/api/users/me").await.ok();
    world.get("/api/openapi.json").await.ok();
    // Too early again and again, and in time at last.
    for _ in 0..20 {
        assert_eq!(ada.get("/api/users/me").await.status.as_u16(), 429);
    }
    world.set_clock("2025-02-12T03:06:51.848294Z");
    ada.get("/api/users/me").await.ok();
    assert_eq!(ada.get("/api/users/me").await.status.as_u16(), 429);
    world.set_clock("2025-02-12T03:06:53Z");
    assert_eq!(ada.get("/api/users/me").await.header("x-ratelimit-remaining"), "2");
}

#[tokio::test]
async fn a_refused_call_does_nothing() {
    let world = World::new().await.with(|settings| settings.rate = rate(1, 1));
    let ada = world.admin("main").await;
    let name = |name: &str| serde_json::json!({ "name": name });
    ada.post("/api/folders", name("Sales")).await.ok();
    assert_eq!(ada.post("/api/folders", name("Ops")).await.status.as_u16(), 429);
    world.set_clock("2025-02-12T03:07:00Z");
    assert_eq!(ada.get("/api/projects").await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_address_without_a_valid_token_is_limited_and_its_tokens_are_not() {
    let world = World::new().await.with(|settings| settings.anonymous_rate = rate(10, 2));
    let ada = world.admin("main").await;
    let from = async |peer: &str, token: &str| {
        let mut request = Request::get("/api/users/me").header("authorization", format!("Bearer {token}"));
        request.extensions_mut().unwrap().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let wrong = format!("portico_{}", "0".repeat(64));
    assert_eq!(from("192.0.2.1:1", &wrong).await.status.as_u16(), 401);
    assert_eq!(from("192.0.2.1:2", "").await.status.as_u16(), 401);
    let refused = from("192.0.2.1:3", &wrong).await;
    assert_snapshot!(shown(&refused), @r#""address";q=2;w=1 | "address";r=0;t=1 | 2 | 0 | 1 | 1"#);
    assert_eq!(refused.status.as_u16(), 429);
    assert_eq!(from("192.0.2.2:1", &wrong).await.status.as_u16(), 401);
    from("192.0.2.1:4", &ada.token).await.ok();
}
