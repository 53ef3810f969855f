//! Tokens of the management API.

use axum::http::StatusCode;
use model::people::MemberRole;

use crate::world::World;

const PATH: &str = "/console/tokens";

#[tokio::test]
async fn a_token_has_a_role_addresses_and_an_end_which_can_change() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Admin).await;
    let fields = [("name", "ci"), ("role", "publisher"), ("allow", "10.0.0.0/8"), ("ends", "2026-05-31")];
    let answer = ada.post(PATH, &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.body.contains("portico_"), "the token is shown this once");
    assert_eq!(answer.header("cache-control"), "no-store");
    let page = ada.page(PATH).await;
    // The day is over in Berlin when it is still ten in the evening in Greenwich.
    assert!(page.contains("2026-05-31T22:00:00Z") && page.contains("10.0.0.0/8"), "{page}");

    let home = format!("{PATH}/1");
    assert!(ada.page(&home).await.contains("value=\"2026-05-31\""));
    let fields =
        [("deed", "save"), ("name", "ci"), ("role", "viewer"), ("allow", ""), ("ends", "2026-06-01")];
    assert_eq!(ada.post(&home, &fields).await.leads(), home);
    let page = ada.page(&home).await;
    assert!(page.contains("<option value=\"viewer\" selected>") && page.contains("value=\"2026-06-01\""));
    let answer = ada.post(&home, &[("deed", "regenerate")]).await;
    assert!(answer.body.contains("portico_"));
    assert_eq!(ada.post(&home, &[("deed", "delete")]).await.leads(), PATH);
    assert_eq!(ada.get(&home).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_wrong_stands_beside_the_field() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Admin).await;
    for (fields, error) in [
        (vec![("name", ""), ("role", "viewer")], "name-error"),
        (vec![("name", "a"), ("role", "viewer"), ("allow", "here")], "allow-error"),
        (vec![("name", "a"), ("role", "viewer"), ("ends", "soon")], "ends-error"),
        (vec![("name", "a"), ("role", "viewer"), ("ends", "2026-05-02")], "is in the past"),
    ] {
        let answer = ada.post(PATH, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(answer.body.contains(error), "{fields:?}: {}", answer.body);
    }
    assert_eq!(ada.post(PATH, &[("name", "a"), ("role", "god")]).await.status, StatusCode::BAD_REQUEST);
    let bob = world.member("bob@example.com", MemberRole::Publisher).await;
    assert_eq!(bob.get(PATH).await.status, StatusCode::FORBIDDEN);
    assert_eq!(bob.post(PATH, &[("name", "a"), ("role", "admin")]).await.status, StatusCode::FORBIDDEN);
}
