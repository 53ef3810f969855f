//! Who may call what.

use std::net::SocketAddr;

use actions::TokenDraft;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use insta::assert_snapshot;
use model::access::Role;
use model::net::{IpRange, IpRules};

use crate::world::{Somebody, World};

#[tokio::test]
async fn no_token_and_a_wrong_one_are_answered_alike() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let authorized = async |value: &str| {
        let request = Request::get("/api/users/me").header("authorization", value);
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let none = world.get("/api/users/me").await;
    assert_snapshot!(none, @r#"
    401 {
      "message": "Unauthorized"
    }
    "#);
    assert_eq!(none.header("www-authenticate"), "Bearer");
    let token = &ada.token;
    for value in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        token.clone(),
        format!("Basic {token}"),
        format!("Bearer {}", token.to_uppercase()),
        format!("Bearer {token}0"),
        format!("Bearer portico_{}", "0".repeat(64)),
        format!("Bearer {}", &token["portico_".len()..]),
    ] {
        let answer = authorized(&value).await;
        assert_eq!((answer.status, &answer.text), (none.status, &none.text), "{value}");
    }
    authorized(&format!("bearer  {token}")).await.ok();
    let twice = Request::get("/api/users/me")
        .header("authorization", format!("Bearer {token}"))
        .header("authorization", format!("Bearer {token}"));
    assert_eq!(world.send(twice.body(Body::empty()).unwrap()).await.text, none.text);
}

#[tokio::test]
async fn a_token_ends_when_it_expires() {
    let world = World::new().await;
    let actor = world.workspace("main").await;
    let draft = TokenDraft {
        name: "short".to_owned(),
        role: Role::Viewer,
        projects: None,
        rules: IpRules::default(),
        expires_at: Some("2025-02-12T04:00:00Z".parse().unwrap()),
    };
    let token = world.token_of(&actor, draft).await;
    let ada = Somebody { world: &world, token, actor };
    ada.get("/api/users/me").await.ok();
    world.set_clock("2025-02-12T04:00:00Z");
    assert_snapshot!(ada.get("/api/users/me").await.problem(), @"401 Unauthorized");
}

#[tokio::test]
async fn a_token_is_bound_to_its_addresses() {
    let world = World::new().await;
    let actor = world.workspace("main").await;
    let ranges = |text: &str| vec![IpRange::parse(text).unwrap()];
    let rules = IpRules { allow: ranges("192.0.2.0/24"), deny: ranges("192.0.2.9") };
    let draft =
        TokenDraft { name: "bound".to_owned(), role: Role::Admin, projects: None, rules, expires_at: None };
    let token = world.token_of(&actor, draft).await;
    let ada = Somebody { world: &world, token, actor };
    let from = async |peer: &str| {
        let mut request = ada.request("GET", "/api/users/me", "");
        request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
        world.send(request).await
    };
    from("192.0.2.1:1").await.ok();
    from("[::ffff:192.0.2.1]:1").await.ok();
    assert_snapshot!(from("192.0.2.9:1").await.problem(), @"401 Unauthorized");
    assert_snapshot!(from("203.0.113.1:1").await.problem(), @"401 Unauthorized");
    assert_snapshot!(from("[2001:db8::1]:1").await.problem(), @"401 Unauthorized");
}
