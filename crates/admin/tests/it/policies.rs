//! Policies.

use axum::http::StatusCode;
use model::id::PolicyId;
use model::people::MemberRole;

use crate::world::World;

const NEW: &str = "/console/policies/new";

#[tokio::test]
async fn a_policy_is_told_in_words_and_goes_when_nobody_has_it() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    assert!(ada.page("/console/policies").await.contains("No policies yet"));
    let fields = [
        ("name", "Partners"),
        ("rate", "100"),
        ("rate_per", "minute"),
        ("quota", "10,000"),
        ("quota_per", "day"),
    ];
    assert_eq!(ada.post(NEW, &fields).await.leads(), "/console/policies");
    let page = ada.page("/console/policies").await;
    assert!(page.contains("100 calls a minute, 10\u{202f}000 a day") && page.contains("Nobody"), "{page}");

    let home = "/console/policies/1";
    let fields = [("name", "Partners"), ("rate", ""), ("quota", "5"), ("quota_per", "30 days")];
    assert_eq!(ada.post(home, &fields).await.leads(), home);
    assert!(ada.page(home).await.contains("5 calls in 30 days, for each key"));
    world.client("Acme", &[], Some(PolicyId(1))).await;
    assert!(ada.page("/console/policies?q=partner").await.contains("1 client"));
    assert!(ada.page(home).await.contains("Acme"));
    let answer = ada.post("/console/policies/1/delete", &[("typed", "Partners")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("given to <code>Acme</code>"), "{}", answer.body);
    ada.post(NEW, &[("name", "Others"), ("rate", "1"), ("rate_per", "hour")]).await.leads();
    let answer = ada.post("/console/policies/2/delete", &[("typed", "Others")]).await;
    assert_eq!(answer.leads(), "/console/policies");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_the_field() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    for (fields, error) in [
        (vec![("name", ""), ("rate", "1")], "name-error"),
        (vec![("name", "A"), ("rate", "many")], "rate-error"),
        (vec![("name", "A"), ("quota", "0")], "quota-error"),
        (vec![("name", "A")], "A rate limit or a quota is required"),
    ] {
        let answer = ada.post(NEW, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(answer.body.contains(error), "{fields:?}: {}", answer.body);
    }
    let eve = world.member("eve@example.com", MemberRole::Viewer).await;
    assert_eq!(eve.get(NEW).await.status, StatusCode::FORBIDDEN);
    assert_eq!(eve.post(NEW, &[("name", "A"), ("rate", "1")]).await.status, StatusCode::FORBIDDEN);
}
