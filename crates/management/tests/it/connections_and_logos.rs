//! Connections, the workspace, and logos.

use axum::http::StatusCode;
use image::codecs::png::PngEncoder;
use image::{ImageBuffer, Rgb};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::world::World;

const CONNECTIONS: &str = "/api/portico/v1/connections";

#[tokio::test]
async fn a_connection_is_made_changed_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let made =
        ada.post(CONNECTIONS, json!({ "name": "Backend", "base_url": "http://10.0.0.7:8080/v1" })).await;
    assert_snapshot!(made, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "Backend",
        "base_url": "http://10.0.0.7:8080/v1",
        "project_id": null,
        "ca_certificates": null,
        "credential": null,
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00"
      }
    }
    "#);
    assert_eq!(ada.get(&format!("{CONNECTIONS}/1")).await.ok(), made.json());
    assert_eq!(ada.get(CONNECTIONS).await.ok()["data"][0], made.json()["data"]);
    let post = async |body: Value| ada.post(CONNECTIONS, body).await.problem();
    assert_snapshot!(post(json!({ "name": "Backend", "base_url": "http://a" })).await, @"409 name `Backend` is taken by another connection; choose another name");
    assert_snapshot!(post(json!({})).await, @"400 name can't be blank; base_url can't be blank");
    assert!(post(json!({ "name": "A", "base_url": "ftp://a" })).await.starts_with("400 base_url "));
    assert_snapshot!(post(json!({ "name": "A", "base_url": "http://a", "project_id": 9 })).await, @"404 project_id is 9, which is no project here; `GET /api/projects` lists them");

    ada.post("/api/folders", json!({ "name": "Sales" })).await.ok();
    let before = store::changes::latest(&world.db).await.unwrap();
    let changed = json!({ "name": "Products", "base_url": "http://backend.example.com", "project_id": 1 });
    let changed = ada.put_json(&format!("{CONNECTIONS}/1"), changed).await.ok();
    assert_eq!((&changed["data"]["name"], &changed["data"]["project_id"]), (&json!("Products"), &json!(1)));
    let changes = store::changes::since(&world.db, before, 10).await.unwrap();
    assert_eq!((changes[0].kind, changes[0].id), (model::ChangeKind::Connection, 1));
    let kept = ada.put_json(&format!("{CONNECTIONS}/1"), json!({ "project_id": null })).await.ok();
    assert_eq!((&kept["data"]["name"], &kept["data"]["project_id"]), (&json!("Products"), &json!(null)));

    ada.post("/api/api_collections", json!({ "name": "Products", "proxy_connection_id": 1 })).await.ok();
    assert_snapshot!(ada.delete(&format!("{CONNECTIONS}/1")).await.problem(), @"422 API collections forward through this connection: `Products 1.0`; give them another one, or delete them first");
    ada.delete("/api/api_collections/1").await.ok();
    ada.delete(&format!("{CONNECTIONS}/1")).await.ok();
    assert_snapshot!(ada.get(&format!("{CONNECTIONS}/1")).await.problem(), @"404 Not found: there is no such connection");
}

#[tokio::test]
async fn a_connections_credential_is_kept_and_never_shown() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let path = format!("{CONNECTIONS}/1");
    let basic = json!({ "type": "basic", "user": "portico", "password": "open sesame" });
    let made = json!({ "name": "Backend", "base_url": "http://10.0.0.7", "credential": basic });
    let made = ada.post(CONNECTIONS, made).await;
    let shown = json!({ "type": "basic", "user": "portico", "name": null });
    assert_eq!(made.json()["data"]["credential"], shown);
    assert!(!made.text.contains("sesame"));
    assert_eq!(ada.get(&path).await.ok()["data"]["credential"], shown);
    // What is absent stays, and a change is announced.
    let before = store::changes::latest(&world.db).await.unwrap();
    let kept = ada.put_json(&path, json!({ "name": "Other" })).await.ok();
    assert_eq!(kept["data"]["credential"], shown);
    let header = json!({ "credential": { "type": "header", "name": "X-API-Key", "value": "open sesame" } });
    let changed = ada.put_json(&path, header).await.ok();
    assert_eq!(changed["data"]["credential"], json!({ "type": "header", "user": null, "name": "x-api-key" }));
    assert_eq!(store::changes::since(&world.db, before, 10).await.unwrap().len(), 2);
    let bearer = json!({ "credential": { "type": "bearer", "token": "opensesame" } });
    let changed = ada.put_json(&path, bearer).await.ok();
    assert_eq!(changed["data"]["credential"], json!({ "type": "bearer", "user": null, "name": null }));
    let gone = ada.put_json(&path, json!({ "credential": null })).await.ok();
    assert_eq!(gone["data"]["credential"], json!(null));
    // The trail tells what kind it was, and not what it was.
    let trail = ada.get("/api/activity_logs").await.text;
    assert!(trail.contains(r#""type":"basic","user":"portico""#) && !trail.contains("sesame"), "{trail}");

    let put =
        async |credential: Value| ada.put_json(&path, json!({ "credential": credential })).await.problem();
    assert_snapshot!(put(json!("x")).await, @"400 credential must be an object with `type` and what goes with it");
    assert_snapshot!(put(json!({})).await, @"400 credential.type can't be blank");
    assert_snapshot!(put(json!({ "type": "digest" })).await, @"400 credential.type must be one of `bearer`, `basic`, `header`");
    assert_snapshot!(put(json!({ "type": "bearer" })).await, @"400 credential.token can't be blank");
    assert_snapshot!(put(json!({ "type": "basic", "user": "a:b" })).await, @"400 credential.user has a colon, which ends the user name in HTTP Basic; such a user cannot sign in");
    assert_snapshot!(put(json!({ "type": "header", "name": "Host", "value": "a" })).await, @"400 credential.name is a header that the gateway or HTTP itself writes; choose another one");
    assert_snapshot!(put(json!({ "type": "header", "name": "x-a", "value": "a\r\nb: c" })).await, @"400 credential.value has a character that cannot stand in a header; use visible ASCII characters, and blanks inside only");
}

#[tokio::test]
async fn a_connection_is_tried_where_a_server_runs() {
    let mut world = World::new().await;
    let probed = model::Probed {
        url: "http://10.0.0.7".to_owned(),
        addresses: vec!["10.0.0.7".parse().unwrap()],
        connected: None,
        is_verified: None,
        status: None,
        duration_ms: 12,
        fault: Some("10.0.0.7:80 takes no connections; look whether the backend runs there".to_owned()),
    };
    let ada = world.admin("main").await;
    ada.post(CONNECTIONS, json!({ "name": "Backend", "base_url": "http://10.0.0.7" })).await.ok();
    let (actor, token) = (ada.actor.clone(), ada.token.clone());
    let test = format!("{CONNECTIONS}/1/test");
    let refused = ada.post(&test, json!({})).await.problem();
    assert_snapshot!(refused, @"422 connections are tried by a server that runs, not here");
    world = world.with_prober(probed);
    let ada = crate::world::Somebody { world: &world, token, actor };
    assert_snapshot!(ada.post(&test, json!({})).await, @r#"
    200 {
      "data": {
        "url": "http://10.0.0.7",
        "addresses": [
          "10.0.0.7"
        ],
        "connected": null,
        "tls_verified": null,
        "status": null,
        "duration_ms": 12,
        "fault": "10.0.0.7:80 takes no connections; look whether the backend runs there"
      }
    }
    "#);
    let trail = ada.get("/api/activity_logs").await.ok();
    assert_eq!(trail["data"][0]["event_type"], "connection.tested");
    assert_snapshot!(ada.post(&format!("{CONNECTIONS}/9/test"), json!({})).await.problem(), @"404 Not found: there is no such connection");
}

#[tokio::test]
async fn the_workspace_shows_and_changes_its_zone() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let path = "/api/portico/v1/workspace";
    assert_snapshot!(ada.get(path).await, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "The main workspace",
        "handle": "main",
        "contact_email": "main@example.com",
        "time_zone": "America/Los_Angeles",
        "root_folder_id": 1,
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00"
      }
    }
    "#);
    let changed = json!({ "name": "Main", "time_zone": "Asia/Kolkata", "contact_email": "ada@example.com" });
    let changed = ada.put_json(path, changed).await.ok();
    assert_eq!(changed["data"]["created_at"], "2025-02-12T08:36:51.748+05:30");
    let me = ada.get("/api/users/me").await.ok();
    assert_eq!((&me["name"], &me["email"]), (&json!("Main"), &json!("ada@example.com")));
    assert_snapshot!(ada.put_json(path, json!({ "name": "", "time_zone": "Moon/Tycho", "contact_email": "x" })).await.problem(), @"400 name can't be blank; contact_email is not an e-mail address; write it as `name@example.com`; time_zone is not an IANA time zone, such as `Europe/Berlin`");
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = ImageBuffer::from_pixel(width, height, Rgb([55_u8, 16, 147]));
    image.write_with_encoder(PngEncoder::new(&mut bytes)).unwrap();
    bytes
}

#[tokio::test]
async fn a_logo_is_shown_to_everyone_until_it_is_taken_away() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/v2/api_clients", json!({ "name": "Shop", "auth_type": "token" })).await.ok();
    ada.post("/api/portico/v1/api_portals", json!({ "name": "IDEA", "subdomain": "idea" })).await.ok();
    for (put, get) in [
        ("/api/portico/v1/api_clients/1/logo", "/api/v2/api_clients/1"),
        ("/api/portico/v1/api_portals/1/logo", "/api/portico/v1/api_portals/1"),
    ] {
        assert_eq!(ada.get(get).await.ok()["data"]["logo"], json!(null));
        let shown = ada.send("PUT", put, png(400, 400)).await.ok();
        let found = ada.get(get).await.ok();
        for (field, side) in [("logo", 160), ("logo_2x", 320)] {
            assert_eq!(found["data"][field], shown["data"][field], "{get}");
            let url = found["data"][field].as_str().unwrap();
            let path = url.strip_prefix("https://control.example.com").unwrap();
            let answer = world.image(path).await;
            assert_eq!(answer.0, StatusCode::OK, "{path}");
            assert_eq!(answer.1["content-type"], "image/png");
            assert_eq!(answer.1["cache-control"], "public, max-age=31536000, immutable");
            assert_eq!(answer.1["x-content-type-options"], "nosniff");
            let image = image::load_from_memory(&answer.2).unwrap();
            assert_eq!((image.width(), image.height()), (side, side));
        }
        for body in [b"<svg/>".to_vec(), Vec::new(), png(8, 8)[..40].to_vec()] {
            let answer = ada.send("PUT", put, body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
            assert!(answer.json()["errors"]["logo"].is_array());
        }
        assert_eq!(ada.get(get).await.ok()["data"]["logo"], shown["data"]["logo"]);
        let large = ada.send("PUT", put, vec![0; (10 << 20) + 1]).await;
        assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
    let listed = ada.get("/api/v2/api_portals").await.ok();
    let url = listed["data"][0]["logo"].as_str().unwrap().to_owned();
    let path = url.strip_prefix("https://control.example.com").unwrap();
    ada.delete("/api/portico/v1/api_clients/1/logo").await.ok();
    // The portal has the same one still.
    assert_eq!(world.image(path).await.0, StatusCode::OK);
    ada.delete("/api/portico/v1/api_portals/1").await.ok();
    assert_eq!(world.image(path).await.0, StatusCode::NOT_FOUND);
    for path in ["/api/logos/x", "/api/logos/../users/me", &format!("/api/logos/{}", "0".repeat(64))] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
