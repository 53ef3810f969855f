use axum::http::StatusCode;

use crate::catalog::SHOP;
use crate::world::World;

#[tokio::test]
async fn the_document_is_downloaded_as_json_and_as_yaml() {
    let world = World::new().await;
    let shop = world.api("Shop", SHOP).await;
    let client = world.client("Acme", &[shop]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let json = browser.get("/apis/shop-v1/openapi.json").await;
    assert_eq!(json.header("content-disposition"), "attachment; filename=\"shop-v1.json\"");
    assert!(json.body.contains("https://api.example.com/main/shop-v1"), "{}", json.body);
    let yaml = browser.get("/apis/shop-v1/openapi.yaml").await;
    assert_eq!(yaml.header("content-type"), "application/yaml");
    assert!(yaml.body.starts_with("openapi:"), "{}", yaml.body);
}

#[tokio::test]
async fn programs_read_the_same_in_markdown() {
    let world = World::new().await;
    let shop = world.api("Shop", SHOP).await;
    let client = world.client("Acme", &[shop]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    assert!(browser.page("/llms.txt").await.contains("[Shop v1](/apis/shop-v1/docs.md)"));
    let docs = browser.page("/apis/shop-v1/docs.md").await;
    assert!(docs.contains("## Get a thing") && docs.contains("`GET /things/{id}`"), "{docs}");
    assert!(docs.contains("curl 'https://api.example.com/main/shop-v1/things/2'"), "{docs}");
}

#[tokio::test]
async fn what_the_portal_does_not_show_is_not_there() {
    let world = World::new().await;
    let shop = world.api("Shop", SHOP).await;
    let mut tx = world.db.begin().await.unwrap();
    store::publications::withdraw(&mut tx, world.portal, shop).await.unwrap();
    tx.commit().await.unwrap();
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    for path in [
        "/apis/shop-v1",
        "/apis/shop-v1/openapi.json",
        "/apis/shop-v1/docs.md",
        "/apis/shop-v1/get-things-id",
    ] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!browser.page("/search?q=thing").await.contains("shop-v1"));
}
