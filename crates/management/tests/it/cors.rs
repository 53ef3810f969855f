//! `/api/portico/v1/api_collections/{id}/cors`

use insta::assert_snapshot;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn pages_of_other_sites_are_allowed_and_forbidden_again() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let made = ada.post("/api/api_collections", json!({ "name": "Quotes" })).await.ok();
    let one = format!("/api/portico/v1/api_collections/{}/cors", made["id"]);
    assert_eq!(ada.get(&one).await.ok()["data"]["allowed_origins"], json!([]));
    let body = json!({
        "allowed_origins": ["HTTPS://App.example.com:443", "http://localhost:3000"],
        "allowed_methods": ["get", "POST"],
        "allowed_headers": ["API-Token"],
        "exposed_headers": ["X-Total-Count"],
        "max_age": "60",
    });
    let set = ada.put_json(&one, body).await.ok();
    let expected = json!({
        "allowed_origins": ["https://app.example.com", "http://localhost:3000"],
        "allowed_methods": ["GET", "POST"],
        "allowed_headers": ["api-token"],
        "exposed_headers": ["x-total-count"],
        "max_age": 60,
    });
    assert_eq!(set["data"], expected);
    assert_eq!(ada.get(&one).await.ok()["data"], expected);
    let set = ada.put_json(&one, json!({ "allowed_origins": ["*"] })).await.ok();
    assert_eq!((&set["data"]["allowed_methods"], &set["data"]["max_age"]), (&json!([]), &json!(600)));
    ada.delete(&one).await.ok();
    assert_eq!(ada.get(&one).await.ok()["data"]["allowed_origins"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_the_rules_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let made = ada.post("/api/api_collections", json!({ "name": "Quotes" })).await.ok();
    let one = format!("/api/portico/v1/api_collections/{}/cors", made["id"]);
    let wrong = json!({
        "allowed_origins": ["app.example.com"], "allowed_methods": ["TRACE"], "allowed_headers": ["a b"], "max_age": -1
    });
    let problem = ada.put_json(&one, wrong).await.problem();
    assert!(
        problem.starts_with("400 allowed_origins has `app.example.com`, which is no origin;"),
        "{problem}"
    );
    for named in
        ["allowed_methods has `TRACE`", "allowed_headers has `a b`", "max_age must be 0 to 86400 seconds"]
    {
        assert!(problem.contains(named), "{problem}");
    }
    let problem = ada.put_json(&one, json!({})).await.problem();
    assert_eq!(problem, "400 allowed_origins can't be blank; without any, delete the rules");
    let gone = "/api/portico/v1/api_collections/99/cors";
    assert_snapshot!(ada.get(gone).await.problem(), @"404 Not found: there is no such API collection");
    let body = json!({ "allowed_origins": ["*"] });
    assert_snapshot!(ada.put_json(gone, body).await.problem(), @"404 Not found: there is no such API collection");
}
