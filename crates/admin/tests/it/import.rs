//! From a document to a collection, with a look at it in between.

use std::io::Write as _;

use axum::http::StatusCode;
use model::people::MemberRole;

use crate::world::{Browser, World};

const NEW: &str = "/console/collections/new";

const SHOP: &str = "openapi: 3.1.0
info: { title: Shop, version: 1.4.2 }
servers: [{ url: https://backend.example.com/v1 }]
paths:
  /items:
    get: { summary: List items, responses: { '200': { description: Items } } }
  /items/{id}:
    get: { summary: Read an item, responses: { '200': { description: An item } } }
  /run?now:
    post: { responses: { '200': { description: Done } } }
";

/// Pastes a document, and gives where it can be looked at.
async fn paste(browser: &Browser<'_>, document: &str) -> String {
    let parts = [("file", Some(""), &b""[..]), ("document", None, document.as_bytes()), ("url", None, b"")];
    browser.upload(NEW, &parts).await.leads().to_owned()
}

#[tokio::test]
async fn a_document_is_looked_at_and_then_published() {
    let world = World::new().await;
    let portal = world.portal("IDEA", "idea").await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    assert!(ada.page("/console/collections").await.contains("No APIs yet"));
    let draft = paste(&ada, SHOP).await;

    let page = ada.page(&draft).await;
    for text in
        ["Shop", "1.4.2", "2 endpoints", "/items/{id}", "List items", "https://backend.example.com/v1"]
    {
        assert!(page.contains(text), "{text}");
    }
    assert!(page.contains("1 operation cannot be served") && page.contains("the path has a query"));
    assert!(page.contains("https://api.example.com/main/shop-v1"));
    assert!(ada.page("/console/collections").await.contains("No APIs yet"), "nothing is written yet");

    let portal = portal.to_string();
    let fields = [("name", "Shop"), ("version", "1.0"), ("activate", "on"), ("portal", &portal)];
    let answer = ada.post(&draft, &fields).await;
    let collection = answer.leads().to_owned();
    let page = ada.page(&collection).await;
    assert!(page.contains("2 active") && page.contains("/items/{id}"), "{page}");
    assert!(page.contains("https://api.example.com/main/shop-v1/items&#39;"), "a call to try");
    let access = ada.page(&format!("{collection}/access")).await;
    assert!(access.contains("<option value=\"everyone\" selected>"), "{access}");
    assert_eq!(ada.get(&draft).await.status, StatusCode::NOT_FOUND, "what was put to use is gone");
}

#[tokio::test]
async fn what_is_wrong_with_a_document_is_said_with_its_place() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let broken = "openapi: 3.1.0\ninfo:\n  title: Shop\n   version: 1\n";
    let answer = ada.upload(NEW, &[("document", None, broken.as_bytes())]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("line 4, column"), "{}", answer.body);
    assert!(answer.body.contains("title: Shop"), "what was pasted is still there");

    let duplicate = br#"{"openapi": "3.1.0", "info": {"title": "a", "title": "b"}}"#;
    let answer = ada.upload(NEW, &[("file", Some("a.json"), duplicate)]).await;
    assert!(answer.body.contains("/info/title") && answer.body.contains("line 1"), "{}", answer.body);

    let answer = ada.upload(NEW, &[("url", None, b"http://127.0.0.1/openapi.yaml")]).await;
    assert!(answer.body.contains("not a public address"), "{}", answer.body);
    let answer = ada.upload(NEW, &[("document", None, b" "), ("url", None, b"")]).await;
    assert!(answer.body.contains("choose a file, paste a document"), "{}", answer.body);
    let both = [("document", None, SHOP.as_bytes()), ("url", None, &b"https://example.com/a.yaml"[..])];
    assert!(ada.upload(NEW, &both).await.body.contains("leave only one"));
}

#[tokio::test]
async fn an_archive_is_read_as_the_files_in_it() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let entry =
        "openapi: 3.1.0\ninfo: { title: Parts, version: '1' }\npaths:\n  /a: { $ref: paths/a.yaml }\n";
    let part = "get: { summary: From a file of its own, responses: { '200': { description: ok } } }\n";
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [("openapi.yaml", entry), ("paths/a.yaml", part)] {
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    let archive = writer.finish().unwrap().into_inner();
    let answer = ada.upload(NEW, &[("file", Some("parts.zip"), &archive)]).await;
    let draft = answer.leads().to_owned();
    assert!(ada.page(&draft).await.contains("From a file of its own"));
    let fields = [("name", "Parts"), ("version", "1"), ("upstream", "http://backend.example.com")];
    let collection = ada.post(&draft, &fields).await.leads().to_owned();
    let page = ada.page(&format!("{collection}/documents")).await;
    assert!(page.contains("2 files") && page.contains("In force"), "{page}");
    let answer = ada.get(&format!("{collection}/documents/1/content")).await;
    assert_eq!(answer.header("content-type"), "application/zip");
}

#[tokio::test]
async fn faults_of_a_new_collection_stand_beside_its_fields() {
    let world = World::new().await;
    world.api("Shop", SHOP).await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let draft = paste(&ada, SHOP).await;
    let answer = ada.post(&draft, &[("name", ""), ("version", "1/0"), ("upstream", "ftp://a")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for id in ["name-error", "version-error"] {
        assert!(answer.body.contains(id), "{id}: {}", answer.body);
    }
    let answer = ada.post(&draft, &[("name", "Shop"), ("version", "1.0")]).await;
    assert!(answer.body.contains("version-error") && answer.body.contains("give this collection another"));
    let answer = ada.post(&draft, &[("name", "Other"), ("version", "1.0"), ("upstream", "ftp://a")]).await;
    assert!(answer.body.contains("upstream-error"), "{}", answer.body);
    let answer = ada.post(&draft, &[("deed", "forget")]).await;
    assert_eq!(answer.leads(), "/console/collections");
    assert_eq!(ada.get(&draft).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_is_nobody_elses_business() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let bob = world.member("bob@example.com", MemberRole::Owner).await;
    let viewer = world.member("eve@example.com", MemberRole::Viewer).await;
    let draft = paste(&ada, SHOP).await;
    assert_eq!(bob.get(&draft).await.status, StatusCode::NOT_FOUND);
    assert_eq!(bob.post(&draft, &[("name", "Mine"), ("version", "1")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(viewer.get(NEW).await.status, StatusCode::FORBIDDEN);
    let parts = [("document", None, SHOP.as_bytes())];
    assert_eq!(viewer.upload(NEW, &parts).await.status, StatusCode::FORBIDDEN);
    // A form with a file from elsewhere counts no more than one without.
    let parts =
        [("csrf", None, &b"00000000000000000000000000000000"[..]), ("document", None, SHOP.as_bytes())];
    let answer = ada.upload_raw(NEW, &parts).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    let answer = ada.upload_raw(NEW, &[("document", None, SHOP.as_bytes())]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
}

#[tokio::test]
async fn a_person_has_a_few_drafts_and_no_more() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let first = paste(&ada, SHOP).await;
    for _ in 0..4 {
        paste(&ada, SHOP).await;
    }
    assert_eq!(ada.get(&first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.actions.sweep_drafts().await.unwrap(), 0, "the others are of today");
}
