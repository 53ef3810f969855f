//! Changes of what was seen.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{Answer, Somebody, World};

async fn with_tag(somebody: &Somebody<'_>, method: &str, path: &str, tag: &str, body: &Value) -> Answer {
    let mut request = somebody.request(method, path, body.to_string());
    request.headers_mut().remove("if-match");
    if !tag.is_empty() {
        request.headers_mut().insert("if-match", tag.parse().unwrap());
    }
    somebody.world.send(request).await
}

/// One thing of each kind that can be changed, where it is, and how it is changed.
pub(crate) async fn things(ada: &Somebody<'_>) -> Vec<(String, &'static str, Value)> {
    let name = |name: &str| json!({ "name": name });
    let limit = json!({ "name": "Slow", "rate_limit": { "requests": 1, "per": "second" } });
    let key = json!({ "name": "A", "active": true });
    let profile = json!({ "name": "P", "api_client_id": 2, "api_collection_ids": [1], "auth_type": "token" });
    let endpoint = json!({ "name": "E", "method": "GET", "path": "e" });
    let token = json!({ "name": "T", "api_privilege_group_id": 3 });
    let made = [
        ("/api/api_collections", name("C"), "/api/api_collections/1"),
        ("/api/api_collections/1/api_endpoints", endpoint, "/api/api_endpoints/1"),
        ("/api/v2/api_clients", json!({ "name": "A", "auth_type": "token" }), "/api/v2/api_clients/1"),
        ("/api/v2/api_clients/1/api_keys", key, "/api/v2/api_clients/1/api_keys/1"),
        ("/api/api_clients", name("L"), ""),
        ("/api/api_access_profiles", profile, "/api/api_access_profiles/2"),
        ("/api/folders", name("F"), "/api/folders/2"),
        ("/api/portico/v1/api_policies", limit, "/api/portico/v1/api_policies/1"),
        (
            "/api/portico/v1/api_portals",
            json!({ "name": "P", "subdomain": "p" }),
            "/api/portico/v1/api_portals/1",
        ),
        ("/api/developer_api_clients", token, "/api/developer_api_clients/2"),
        (
            "/api/portico/v1/connections",
            json!({ "name": "B", "base_url": "http://backend.example.com" }),
            "/api/portico/v1/connections/1",
        ),
        (
            "/api/portico/v1/api_portals/1/pages",
            json!({ "slug": "terms", "title": "Terms", "content": "Be kind." }),
            "/api/portico/v1/api_portals/1/pages/1",
        ),
        (
            "/api/portico/v1/portal_users",
            json!({ "api_portal_id": 1, "email": "ada@example.com" }),
            "/api/portico/v1/portal_users/1",
        ),
        (
            "/api/portico/v1/members",
            json!({ "email": "eve@example.com", "role": "viewer" }),
            "/api/portico/v1/members/1",
        ),
        (
            "/api/managed_users",
            json!({ "name": "Customer", "notification_email": "c@example.com" }),
            "/api/managed_users/2",
        ),
    ];
    let mut things = Vec::new();
    for (list, body, path) in made {
        let answer = ada.post(list, body).await;
        let tag = answer.header("etag").to_owned();
        answer.ok();
        if !path.is_empty() {
            assert!(tag.starts_with('"') && tag.ends_with('"'), "{list}: {tag}");
            things.push((tag, path, name("Another name")));
        }
    }
    things
}

#[tokio::test]
async fn of_two_writers_that_saw_the_same_only_one_changes_it() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    for (tag, path, body) in things(&ada).await {
        let changed = with_tag(&ada, "PUT", path, &tag, &body).await;
        // The clock stands still, and the tag is another one all the same.
        let next = changed.header("etag").to_owned();
        assert_ne!(next, tag, "{path}");
        changed.ok();
        let late = with_tag(&ada, "PUT", path, &tag, &json!({ "name": "Late" })).await;
        assert_eq!(
            late.problem(),
            "412 somebody changed it since; look at it, and send the `ETag` that it has now",
            "{path}"
        );
        for none in ["\"1\"", "W/\"1\"", "x", ""] {
            let answer = with_tag(&ada, "PUT", path, none, &json!({ "name": "Late" })).await;
            let expected = match (none, path.starts_with("/api/portico/")) {
                ("", true) => StatusCode::PRECONDITION_REQUIRED,
                ("", false) => StatusCode::OK,
                _ => StatusCode::PRECONDITION_FAILED,
            };
            assert_eq!(answer.status, expected, "{path} {none}");
        }
        // Without the header the last one wins; then nobody's tag is good any more.
        let answer = with_tag(&ada, "DELETE", path, &tag, &json!({})).await;
        let has_delete = answer.status != StatusCode::METHOD_NOT_ALLOWED;
        assert!(!has_delete || answer.status == StatusCode::PRECONDITION_FAILED, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_is_shown_has_the_tag_with_which_it_is_changed() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    things(&ada).await;
    for path in [
        "/api/v2/api_clients/1",
        "/api/portico/v1/connections/1",
        "/api/portico/v1/api_portals/1/pages/1",
        "/api/portico/v1/portal_users/1",
        "/api/portico/v1/members/1",
        "/api/managed_users/2",
        "/api/portico/v1/api_policies/1",
        "/api/portico/v1/api_portals/1",
        "/api/developer_api_clients/2",
    ] {
        let tag = ada.get(path).await.header("etag").to_owned();
        with_tag(&ada, "PUT", path, &format!("\"1\", {tag}"), &json!({ "name": "B" })).await.ok();
        assert_ne!(ada.get(path).await.header("etag"), tag, "{path}");
        let tag = ada.get(path).await.header("etag").to_owned();
        with_tag(&ada, "DELETE", path, &tag, &json!({})).await.ok();
    }
}

#[tokio::test]
async fn what_is_kept_beside_a_thing_is_changed_with_the_tag_of_the_thing() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    things(&ada).await;
    let (collection, client) = ("/api/portico/v1/api_collections/1", "/api/portico/v1/api_clients/1");
    let portal = "/api/portico/v1/api_portals/1";
    let workspace = "/api/portico/v1/workspace";
    for (shown, changed, body) in [
        (format!("{collection}/cors"), format!("{collection}/cors"), json!({ "allowed_origins": ["*"] })),
        (format!("{client}/client_policy"), format!("{client}/client_policy"), json!({ "api_policy_id": 1 })),
        (portal.to_owned(), format!("{portal}/settings"), json!({ "password": true })),
        (format!("{portal}/settings"), format!("{portal}/api_collections/1"), json!({})),
        (workspace.to_owned(), workspace.to_owned(), json!({ "name": "Another name" })),
    ] {
        let tag = ada.get(&shown).await.header("etag").to_owned();
        let answer = with_tag(&ada, "PUT", &changed, &tag, &body).await;
        let next = answer.header("etag").to_owned();
        answer.ok();
        assert_ne!(next, tag, "{changed}");
        assert_eq!(ada.get(&shown).await.header("etag"), next, "{changed}");
        let late = with_tag(&ada, "PUT", &changed, &tag, &body).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{changed}");
    }
    for (shown, changed) in [
        (format!("{collection}/cors"), format!("{collection}/cors")),
        (portal.to_owned(), format!("{portal}/api_collections/1")),
        (portal.to_owned(), format!("{portal}/logo")),
        ("/api/v2/api_clients/1".to_owned(), format!("{client}/logo")),
    ] {
        let tag = ada.get(&shown).await.header("etag").to_owned();
        let late = with_tag(&ada, "DELETE", &changed, "\"1\"", &json!({})).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{changed}");
        with_tag(&ada, "DELETE", &changed, &tag, &json!({})).await.ok();
    }
}

#[tokio::test]
async fn a_wish_is_decided_by_whoever_saw_it() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    things(&ada).await;
    let user = json!({ "api_portal_id": 1, "email": "bob@example.com", "api_client_ids": [1] });
    ada.post("/api/portico/v1/portal_users", user).await.ok();
    ada.put_json("/api/portico/v1/api_portals/1/api_collections/1", json!({})).await.ok();
    let whence = actions::Whence { address: None, user_agent: None };
    let user = store::portal_users::find(&world.db, ada.actor.workspace.id, model::id::PortalUserId(2)).await;
    let bob = actions::Actor::portal_user(ada.actor.workspace.clone(), &user.unwrap().unwrap(), whence);
    let draft = actions::AccessRequestDraft {
        client: model::id::ClientId(1),
        collection: model::id::CollectionId(1),
        reason: "To try it.".to_owned(),
    };
    world.actions.request_access(&bob, draft).await.unwrap();
    let path = "/api/portico/v1/access_requests/1";
    let tag = ada.get(path).await.header("etag").to_owned();
    let blind = with_tag(&ada, "PUT", &format!("{path}/approve"), "\"1\"", &json!({})).await;
    assert_eq!(blind.status, StatusCode::PRECONDITION_FAILED);
    with_tag(&ada, "PUT", &format!("{path}/approve"), &tag, &json!({})).await.ok();
}

#[tokio::test]
async fn a_change_under_portico_says_what_it_changes() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    things(&ada).await;
    let answer = with_tag(&ada, "DELETE", "/api/portico/v1/api_policies/1", "", &json!({})).await;
    assert_snapshot!(answer.problem(), @"428 send `If-Match` with the `ETag` of what you saw, so that nobody's change is lost; `*` stands for whatever is there");
    with_tag(&ada, "DELETE", "/api/portico/v1/api_policies/1", "*", &json!({})).await.ok();
    let description = management::openapi();
    for route in management::routes().into_iter().filter(|route| matches!(route.method, "PUT" | "DELETE")) {
        let operation = &description["paths"][&route.path][route.method.to_lowercase()];
        let parameters = operation["parameters"].as_array().unwrap();
        let header = parameters.iter().find(|one| one["name"] == "If-Match");
        let is_portico = route.path.starts_with("/api/portico/");
        assert_eq!(
            header.is_some_and(|one| one["required"] == true),
            is_portico,
            "{} {}",
            route.method,
            route.path
        );
        assert_eq!(
            operation["responses"].get("428").is_some(),
            is_portico,
            "{} {}",
            route.method,
            route.path
        );
    }
}
