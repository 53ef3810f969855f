//! `/api/api_collections`

use insta::assert_snapshot;
use management::ProjectIdForm;
use serde_json::json;

use crate::world::{World, document};

#[tokio::test]
async fn a_collection_is_made_and_listed() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let project = ada.post("/api/folders", json!({ "name": "Sales" })).await.ok()["project_id"].clone();
    let path = format!("/api/api_collections?project_id={project}");
    assert_snapshot!(ada.post(&path, json!({ "name": "Netsuite customers" })).await, @r#"
    200 {
      "id": 1,
      "name": "Netsuite customers",
      "version": "1.0",
      "url": "https://api.example.com/main/netsuite-customers-v1",
      "api_spec_url": "https://control.example.com/doc/service/netsuite-customers-v1/swagger?token=<32 hex digits>",
      "created_at": "2025-02-11T19:06:51.748-08:00",
      "updated_at": "2025-02-11T19:06:51.748-08:00",
      "project_id": "1"
    }
    "#);
    let second = json!({ "name": "Netsuite customers", "version": "2.1" });
    assert_eq!(ada.post("/api/api_collections", second).await.ok()["project_id"], json!(null));
    assert_snapshot!(ada.get("/api/api_collections").await, @r#"
    200 [
      {
        "id": 1,
        "name": "Netsuite customers",
        "version": "1.0",
        "url": "https://api.example.com/main/netsuite-customers-v1",
        "api_spec_url": "https://control.example.com/doc/service/netsuite-customers-v1/swagger?token=<32 hex digits>",
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00",
        "project_id": "1"
      },
      {
        "id": 2,
        "name": "Netsuite customers",
        "version": "2.1",
        "url": "https://api.example.com/main/netsuite-customers-v2-1",
        "api_spec_url": "https://control.example.com/doc/service/netsuite-customers-v2-1/swagger?token=<32 hex digits>",
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00",
        "project_id": null
      }
    ]
    "#);
}

#[tokio::test]
async fn a_document_makes_endpoints_and_says_what_came_of_it() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let body = json!({
        "name": "Quote to cash",
        "openapi_spec": { "content": document().to_string(), "format": "json" },
    });
    assert_snapshot!(ada.post("/api/api_collections", body.clone()).await, @r#"
    200 {
      "id": 1,
      "name": "Quote to cash",
      "version": "1.0",
      "url": "https://api.example.com/main/quote-to-cash-v1",
      "api_spec_url": "https://control.example.com/doc/service/quote-to-cash-v1/swagger?token=<32 hex digits>",
      "created_at": "2025-02-11T19:06:51.748-08:00",
      "updated_at": "2025-02-11T19:06:51.748-08:00",
      "project_id": null,
      "message": "Imported 2 of 3 operations; `failed_actions` says why the others cannot be served",
      "import_results": {
        "success": false,
        "total_endpoints": 3,
        "failed_endpoints": 1,
        "failed_actions": [
          "TRACE /quotes/{id}: the gateway takes no such method: it is `CONNECT`, `TRACE`, or not registered"
        ],
        "warnings": []
      }
    }
    "#);
    assert_snapshot!(ada.post("/api/api_collections", body).await, @r#"
    409 {
      "message": "version `1.0` of `Quote to cash` exists; give this collection another version or name",
      "errors": {
        "version": [
          "`1.0` of `Quote to cash` exists; give this collection another version or name"
        ]
      }
    }
    "#);
    assert_eq!(ada.get("/api/api_endpoints").await.ok().as_array().unwrap().len(), 2);

    let mut small = document();
    small["paths"]["/quotes/{id}"].as_object_mut().unwrap().remove("trace");
    let body = json!({ "name": "Small", "openapi_spec": { "content": small.to_string() } });
    let answer = ada.post("/api/api_collections", body).await.ok();
    assert_eq!(answer["message"], "Import completed successfully");
    assert_eq!(
        answer["import_results"],
        json!({ "success": true, "total_endpoints": 2, "failed_endpoints": 0, "failed_actions": [], "warnings": [] })
    );
}

#[tokio::test]
async fn what_is_wrong_is_named_and_leaves_nothing() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let post = async |body| ada.post("/api/api_collections", body).await;
    assert_snapshot!(post(json!({})).await, @r#"
    400 {
      "message": "name can't be blank",
      "errors": {
        "name": [
          "can't be blank"
        ]
      }
    }
    "#);
    assert_snapshot!(
        post(json!({ "name": 5, "project_id": true, "version": [], "proxy_connection_id": "x", "openapi_spec": "{}" })).await,
        @r#"
        400 {
          "message": "name must be a string; project_id must be an integer; version must be a string; proxy_connection_id must be an integer; openapi_spec must be an object with `content` and `format`",
          "errors": {
            "name": [
              "must be a string"
            ],
            "project_id": [
              "must be an integer"
            ],
            "version": [
              "must be a string"
            ],
            "proxy_connection_id": [
              "must be an integer"
            ],
            "openapi_spec": [
              "must be an object with `content` and `format`"
            ]
          }
        }
        "#
    );
    assert_snapshot!(post(json!({ "name": " ", "version": "a b" })).await.problem(), @"400 name can't be blank; version must be 1 to 10 letters, digits, `.`, `-` or `_`, a letter or digit first");
    assert_snapshot!(post(json!({ "name": "A\u{0}B" })).await.problem(), @"400 name has a NUL character; remove it");
    assert_snapshot!(post(json!({ "name": "A", "project_id": "77" })).await.problem(), @"404 project_id is 77, which is no project here; `GET /api/projects` lists them");
    assert_snapshot!(post(json!({ "name": "A", "proxy_connection_id": 77 })).await.problem(), @"404 proxy_connection_id is 77, which is no connection here");
    assert_snapshot!(post(json!({ "name": "A", "openapi_spec": { "content": "openapi: 3", "format": "yaml" } })).await.problem(), @r#"400 openapi_spec.content cannot be read: `/openapi` is a number and must be text (line 1, column 10); Portico reads OpenAPI 2.0 to 3.2, so write `"openapi": "3.1.0"` or the version that the document is written in"#);
    assert_snapshot!(post(json!({ "name": "A", "openapi_spec": { "content": "{", "format": "json" } })).await.problem(), @"400 openapi_spec.content cannot be read: the document is not JSON: EOF while parsing an object at line 1, column 1; the end seems to be missing");
    assert_snapshot!(post(json!({ "name": "A", "openapi_spec": { "content": {}, "format": "xml" } })).await.problem(), @"400 openapi_spec.format must be `json`, `yaml` or `zip`; openapi_spec.content must be a string");
    assert_snapshot!(post(json!({ "name": "A", "openapi_spec": {} })).await.problem(), @"400 openapi_spec.content can't be blank");
    assert_snapshot!(
        ada.post("/api/api_collections?project_id=1", json!({ "name": "A", "project_id": 2 })).await.problem(),
        @"409 project_id is 1 in the query and 2 in the body; give it once"
    );
    assert_eq!(ada.get("/api/api_collections").await.ok(), json!([]));
}

#[tokio::test]
async fn a_setting_forces_either_form_of_the_project() {
    for (form, expected) in [(ProjectIdForm::String, json!("1")), (ProjectIdForm::Integer, json!(1))] {
        let world = World::new().await.with_project_ids(form);
        let ada = world.admin("main").await;
        ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
        let made = ada.post("/api/api_collections", json!({ "name": "A", "project_id": 1 })).await.ok();
        assert_eq!(made["project_id"], expected);
        let mut request = ada.request("GET", "/api/api_collections", "");
        request.headers_mut().insert("user-agent", "wk-cli/1.0.0".parse().unwrap());
        assert_eq!(world.send(request).await.ok()[0]["project_id"], expected);
    }
}

#[tokio::test]
async fn a_collection_is_renamed_and_deleted_whoever_may_call_it() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    for name in ["Quotes", "Orders"] {
        ada.post("/api/api_collections", json!({ "name": name })).await.ok();
    }
    let endpoint = json!({ "name": "A", "method": "GET", "path": "a" });
    ada.post("/api/api_collections/1/api_endpoints", endpoint).await.ok();
    let client = json!({ "name": "A", "auth_type": "token", "api_collection_ids": [1, 2] });
    ada.post("/api/v2/api_clients", client).await.ok();
    let portal = json!({ "name": "P", "subdomain": "p", "api_collection_ids": [1, 2] });
    ada.post("/api/portico/v1/api_portals", portal).await.ok();

    let changed =
        ada.put_json("/api/api_collections/1", json!({ "name": "Offers", "public_access": false })).await;
    let changed = changed.ok();
    assert_eq!(changed["name"], "Offers");
    assert!(changed["url"].as_str().unwrap().ends_with("/quotes-v1"), "{changed}");
    let put = async |body| ada.put_json("/api/api_collections/1", body).await.problem();
    assert_snapshot!(put(json!({ "name": "Orders" })).await, @"409 name `Orders` has the version `1.0` already; choose another");
    assert_snapshot!(put(json!({ "proxy_connection_id": 9 })).await, @"404 proxy_connection_id is 9, which is no connection here");
    assert_snapshot!(put(json!({ "public_access": true })).await, @"422 public_access asks for calls without a credential, which this version does not let through; leave it out");
    assert_snapshot!(put(json!({ "name": 1, "public_access": "no" })).await, @"400 name must be a string; public_access must be true or false");

    let seq = store::changes::latest(&world.db).await.unwrap();
    assert_snapshot!(ada.delete("/api/api_collections/1").await.text, @r#"{"success":true}"#);
    let announced = store::changes::since(&world.db, seq, 10).await.unwrap();
    assert_eq!((announced[0].kind, announced[0].id), (model::ChangeKind::Collection, 1));
    assert_snapshot!(ada.delete("/api/api_collections/1").await.problem(), @"404 Not found: there is no such API collection");
    assert_eq!(ada.get("/api/api_endpoints").await.ok(), json!([]));
    let client = ada.get("/api/v2/api_clients/1").await.ok();
    assert_eq!(client["data"]["api_collections"], json!([{ "id": 2, "name": "Orders" }]));
    assert_eq!(ada.get("/api/v2/api_portals").await.ok()["data"][0]["api_collection_ids"], json!([2]));
    let lines = store::audit::list(&world.db, ada.actor.workspace.id, model::Page::default()).await.unwrap();
    assert_eq!((&*lines[0].deed, &*lines[0].subject_name), ("collection.deleted", "Offers"));
}
