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
