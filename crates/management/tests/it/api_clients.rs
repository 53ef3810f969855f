//! `/api/v2/api_clients`

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::{Somebody, World};

const CLIENTS: &str = "/api/v2/api_clients";

async fn collection(ada: &Somebody<'_>, name: &str) -> Value {
    ada.post("/api/api_collections", json!({ "name": name })).await.ok()["id"].clone()
}

#[tokio::test]
async fn a_client_is_made_shown_changed_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    let catalog = collection(&ada, "Product Catalog").await;
    let body = json!({
        "name": "Automation Inc.",
        "description": "API client for Product Catalog",
        "api_collection_ids": [catalog],
        "auth_type": "token",
        "mtls_enabled": false,
        "validation_formula": null,
        "cert_bundle_ids": [],
    });
    assert_snapshot!(ada.post(CLIENTS, body).await, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "Automation Inc.",
        "description": "API client for Product Catalog",
        "active_api_keys_count": 0,
        "total_api_keys_count": 0,
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00",
        "logo": null,
        "logo_2x": null,
        "is_legacy": false,
        "email": null,
        "auth_type": "token",
        "project_id": null,
        "api_portal_id": null,
        "api_token": null,
        "mtls_enabled": false,
        "validation_formula": null,
        "cert_bundle_ids": [],
        "api_policies": [],
        "api_collections": [
          {
            "id": 1,
            "name": "Product Catalog"
          }
        ]
      }
    }
    "#);
    ada.post("/api/v2/api_clients/1/api_keys", json!({ "name": "First", "active": true })).await.ok();
    ada.post("/api/v2/api_clients/1/api_keys", json!({ "name": "Second", "active": false })).await.ok();
    assert_snapshot!(ada.get("/api/v2/api_clients/1").await, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "Automation Inc.",
        "description": "API client for Product Catalog",
        "active_api_keys_count": 1,
        "total_api_keys_count": 2,
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00",
        "logo": null,
        "logo_2x": null,
        "is_legacy": false,
        "email": null,
        "auth_type": "token",
        "project_id": null,
        "api_portal_id": null,
        "api_token": null,
        "mtls_enabled": false,
        "validation_formula": null,
        "cert_bundle_ids": [],
        "api_policies": [],
        "api_collections": [
          {
            "id": 1,
            "name": "Product Catalog"
          }
        ],
        "api_keys": [
          {
            "id": 1,
            "name": "First",
            "auth_type": "token",
            "ip_allow_list": [],
            "ip_deny_list": [],
            "active": true,
            "active_since": "2025-02-11T19:06:51-08:00",
            "auth_token": "82a0",
            "api_client_id": 1
          },
          {
            "id": 2,
            "name": "Second",
            "auth_type": "token",
            "ip_allow_list": [],
            "ip_deny_list": [],
            "active": false,
            "active_since": "2025-02-11T19:06:51-08:00",
            "auth_token": "6b1e",
            "api_client_id": 1
          }
        ]
      }
    }
    "#);

    world.set_clock("2025-07-12T03:06:51.748Z");
    let changes = json!({ "name": "Mustard Inc.", "description": "API client for Automation workflows" });
    let changed = ada.put_json("/api/v2/api_clients/1", changes).await.ok();
    assert_eq!(changed["data"]["name"], "Mustard Inc.");
    assert_eq!(changed["data"]["updated_at"], "2025-07-11T20:06:51.748-07:00");
    assert_eq!(changed["data"]["api_collections"], json!([{ "id": 1, "name": "Product Catalog" }]));
    assert_eq!(changed["data"]["api_keys"].as_array().unwrap().len(), 2);
    let changes = json!({ "api_collection_ids": [], "project_id": "1", "email": "ada@example.com" });
    let changed = ada.put_json("/api/v2/api_clients/1", changes).await.ok();
    assert_eq!(changed["data"]["name"], "Mustard Inc.");
    assert_eq!(changed["data"]["api_collections"], json!([]));
    assert_eq!(changed["data"]["project_id"], 1);
    assert_eq!(changed["data"]["email"], "ada@example.com");

    assert_snapshot!(ada.delete("/api/v2/api_clients/1").await.text, @r#"{"success":true}"#);
    assert_snapshot!(ada.get("/api/v2/api_clients/1").await, @r#"
    404 {
      "message": "Not found: there is no such API client"
    }
    "#);
    assert_snapshot!(ada.delete("/api/v2/api_clients/1").await.problem(), @"404 Not found: there is no such API client");
    assert_snapshot!(ada.put_json("/api/v2/api_clients/1", json!({})).await.problem(), @"404 Not found: there is no such API client");
}

#[tokio::test]
async fn clients_are_listed_with_their_number() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    for (name, project) in [("A", json!(null)), ("B", json!(1)), ("C", json!(null))] {
        let body =
            json!({ "name": name, "auth_type": "token", "project_id": project, "api_collection_ids": [] });
        ada.post(CLIENTS, body).await.ok();
    }
    let names = async |query: &str| {
        let list = ada.get(&format!("{CLIENTS}{query}")).await.ok();
        let names: Vec<_> = list["data"].as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
        json!([names, list["count"], list["page"], list["per_page"]]).to_string()
    };
    assert_eq!(names("").await, r#"[["A","B","C"],3,1,100]"#);
    assert_eq!(names("?project_id=1").await, r#"[["B"],1,1,100]"#);
    assert_eq!(names("?page=2&per_page=2").await, r#"[["C"],3,2,2]"#);
    assert_eq!(names("?page=9&per_page=1000").await, r#"[[],3,9,100]"#);
}

#[tokio::test]
async fn what_is_wrong_with_a_client_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let post = async |body| ada.post(CLIENTS, body).await.problem();
    let with = |field: &str, value: Value| {
        let mut body = json!({ "name": "A", "auth_type": "token", "api_collection_ids": [] });
        body[field] = value;
        body
    };
    assert_snapshot!(post(json!({})).await, @"400 name can't be blank; auth_type can't be blank");
    assert_snapshot!(post(with("name", json!(["A"]))).await, @"400 name must be a string");
    assert_snapshot!(post(with("auth_type", json!("basic"))).await, @"400 auth_type must be one of `token`, `jwt`, `oauth2`, `oidc`");
    assert_snapshot!(post(with("api_collection_ids", json!(1))).await, @"400 api_collection_ids must be a list");
    assert_snapshot!(post(with("api_collection_ids", json!([1, "x"]))).await, @"400 api_collection_ids has an item 2, which must be an integer");
    assert_snapshot!(post(with("api_collection_ids", json!(vec![1; 1001]))).await, @"400 api_collection_ids has more than 1000 items, which is the most there can be");
    assert_snapshot!(post(with("api_collection_ids", json!(["5"]))).await, @"404 api_collection_ids has 5, which is no collection here; `GET /api/api_collections` lists them");
    assert_snapshot!(post(with("project_id", json!(5))).await, @"404 project_id is 5, which is no project here; `GET /api/projects` lists them");
    assert_snapshot!(post(with("api_policy_id", json!(5))).await, @"404 api_policy_id is 5, which is no policy here; `GET /api/portico/v1/api_policies` lists them");
    assert_snapshot!(post(with("api_portal_id", json!("37"))).await, @"400 email is required when api_portal_id is given");
    let mut unknown = with("api_portal_id", json!("37"));
    unknown["email"] = json!("ada@example.com");
    assert_snapshot!(post(unknown).await, @"404 api_portal_id is 37, which is no portal here; `GET /api/v2/api_portals` lists them");
    assert_snapshot!(post(with("email", json!("ada@example.com"))).await, @"400 api_portal_id is required when email is given");
    assert_snapshot!(post(with("mtls_enabled", json!(true))).await, @"422 mtls_enabled asks for client certificates, which this version does not check; leave it out");
    assert_snapshot!(post(with("mtls_enabled", json!("false"))).await, @"400 mtls_enabled must be true or false");
    assert_snapshot!(post(with("validation_formula", json!("OU=Sales"))).await, @"422 validation_formula asks for client certificates, which this version does not check; leave it out");
    assert_snapshot!(post(with("cert_bundle_ids", json!([3]))).await, @"422 cert_bundle_ids asks for client certificates, which this version does not check; leave it out");
    assert_eq!(ada.get(CLIENTS).await.ok()["count"], 0);

    ada.post(CLIENTS, with("description", json!("Kept"))).await.ok();
    let put = async |body| ada.put_json("/api/v2/api_clients/1", body).await.problem();
    assert_snapshot!(put(json!({ "name": "" })).await, @"400 name can't be blank");
    assert_snapshot!(put(json!({ "name": "B", "api_collection_ids": [5] })).await, @"404 api_collection_ids has 5, which is no collection here; `GET /api/api_collections` lists them");
    assert_snapshot!(put(json!({ "name": "B", "api_policy_id": 5 })).await, @"404 api_policy_id is 5, which is no policy here; `GET /api/portico/v1/api_policies` lists them");
    assert_snapshot!(put(json!({ "auth_type": "jwt" })).await, @"422 auth_type cannot change once a client is made; make another client");
    assert_snapshot!(put(json!({ "name": "B", "email": "ada" })).await, @"400 email is not an e-mail address; write it as `name@example.com`");
    assert_snapshot!(put(json!({ "name": "B", "cert_bundle_ids": ["3"] })).await, @"422 cert_bundle_ids asks for client certificates, which this version does not check; leave it out");
    let client = ada.get("/api/v2/api_clients/1").await.ok();
    assert_eq!((&client["data"]["name"], &client["data"]["description"]), (&json!("A"), &json!("Kept")));
}

#[tokio::test]
async fn clients_that_sign_keep_what_is_not_changed() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    // As the Python command line sends it: key and provider, of which the key decides.
    let body = json!({
        "name": "Signer",
        "api_collection_ids": [],
        "auth_type": "jwt",
        "jwt_method": "hmac",
        "jwt_secret": "a shared secret",
        "oidc_issuer": "https://id.example.com/.well-known/openid-configuration",
        "access_profile_claim": "client_id",
        "required_claims": ["exp"],
        "allowed_issuers": ["https://id.example.com"],
        "mtls_enabled": false,
    });
    let made = ada.post(CLIENTS, body).await;
    assert!(!made.text.contains("shared secret"));
    assert_eq!(made.ok()["data"]["auth_type"], "jwt");
    let rules = async || {
        let found = store::clients::find(&world.db, ada.actor.workspace.id, model::ClientId(1)).await;
        found.unwrap().unwrap().client.jwt.unwrap()
    };
    let before = rules().await;
    assert_eq!(before.key.as_ref().unwrap().material.expose(), "a shared secret");
    let put = async |body: Value| ada.put_json("/api/v2/api_clients/1", body).await;
    put(json!({ "auth_type": "jwt", "name": "Signer 2" })).await.ok();
    assert_eq!(rules().await, before);
    put(json!({ "oidc_jwks_uri": "https://id.example.com/keys", "required_claims": [] })).await.ok();
    let after = rules().await;
    assert_eq!(after.key, before.key);
    assert_eq!(after.provider, Some(model::client::Provider::Jwks("https://id.example.com/keys".to_owned())));
    assert_eq!((after.required_claims.len(), after.allowed_issuers.len()), (0, 1));
    assert_snapshot!(put(json!({ "jwt_method": "rsa" })).await.problem(), @"400 jwt_secret is required when auth_type is `jwt`; it is the RSA public key");
    let rsa = json!({ "jwt_method": "rsa", "jwt_secret": crate::samples::PUBLIC_KEY });
    put(rsa).await.ok();

    // Its keys have a token, which the claim of a signed token names.
    let key = ada.post("/api/v2/api_clients/1/api_keys", json!({ "name": "K", "active": true })).await.ok();
    assert_eq!(key["data"]["auth_type"], "jwt");
    assert!(key["data"].get("oauth_client_id").is_none());
}

#[tokio::test]
async fn a_key_of_an_oauth_client_has_an_id_and_a_secret() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post(CLIENTS, json!({ "name": "A", "auth_type": "oauth2" })).await.ok();
    let keys = "/api/v2/api_clients/1/api_keys";
    let key = ada.post(keys, json!({ "name": "K", "active": true })).await.ok()["data"].clone();
    assert_eq!(key["oauth_client_id"].as_str().unwrap().len(), 32);
    assert_eq!(key["auth_token"].as_str().unwrap().len(), 64);
    assert_eq!(key["oauth_client_secret"], key["auth_token"]);
    let listed = ada.get(keys).await.ok()["data"][0].clone();
    assert_eq!(listed["oauth_client_id"], key["oauth_client_id"]);
    assert_eq!(listed["oauth_client_secret"], key["auth_token"].as_str().unwrap()[60..]);
    let fresh = ada.put(&format!("{keys}/1/refresh_secret")).await.ok()["data"].clone();
    assert_eq!(fresh["oauth_client_id"], key["oauth_client_id"]);
    assert_ne!(fresh["oauth_client_secret"], key["oauth_client_secret"]);
}
