//! Connections.

use axum::http::StatusCode;
use model::people::MemberRole;

use crate::world::World;

const NEW: &str = "/console/connections/new";

const DOCUMENT: &str = r#"{"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"},
    "paths": {"/a": {"get": {"responses": {"200": {"description": "ok"}}}}}}"#;

#[tokio::test]
async fn a_connection_is_made_changed_used_and_deleted() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    assert!(ada.page("/console/connections").await.contains("No connections yet"));
    let fields = [("name", "Backend"), ("base_url", "https://backend.example.com/v1")];
    let home = ada.post(NEW, &fields).await.leads().to_owned();
    let page = ada.page(&home).await;
    assert!(page.contains("https://backend.example.com/v1") && page.contains("No collection forwards to it"));
    assert_eq!(
        ada.post(&home, &[("name", "Backend"), ("base_url", "https://b.example.com")]).await.leads(),
        home
    );
    assert!(ada.page("/console/connections?q=b.example").await.contains("Backend"));

    let draft = ada
        .upload("/console/collections/new", &[("document", None, DOCUMENT.as_bytes())])
        .await
        .leads()
        .to_owned();
    let id = home.rsplit('/').next().unwrap();
    ada.post(&draft, &[("name", "Shop"), ("version", "1.0"), ("connection", id)]).await.leads();
    assert!(ada.page("/console/connections").await.contains("1 collection, 1 endpoint"));
    let answer = ada.post(&format!("{home}/delete"), &[("typed", "Backend")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("this connection: <code>Shop 1.0</code>"), "{}", answer.body);
    world.actions.delete_collection(&world.actor, model::id::CollectionId(1)).await.unwrap();
    let page = ada.page(&format!("{home}/delete")).await;
    assert!(page.contains("Delete Backend?"));
}

#[tokio::test]
async fn what_is_wrong_stands_beside_the_field() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    for (fields, id) in [
        (vec![("name", ""), ("base_url", "https://a.example.com")], "name-error"),
        (vec![("name", "A"), ("base_url", "a.example.com")], "base_url-error"),
        (
            vec![("name", "A"), ("base_url", "https://a.example.com"), ("authorities", "not a certificate")],
            "authorities-error",
        ),
    ] {
        let answer = ada.post(NEW, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(answer.body.contains(id), "{fields:?}: {}", answer.body);
    }
    assert!(ada.page("/console/connections").await.contains("No connections yet"), "nothing was written");
    let fields = [("name", "A"), ("base_url", "https://a.example.com")];
    ada.post(NEW, &fields).await.leads();
    let answer = ada.post(NEW, &fields).await;
    assert!(answer.body.contains("is taken by another connection"), "{}", answer.body);
}

#[tokio::test]
async fn a_viewer_sees_and_changes_nothing() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let home =
        ada.post(NEW, &[("name", "A"), ("base_url", "https://a.example.com")]).await.leads().to_owned();
    let eve = world.member("eve@example.com", MemberRole::Viewer).await;
    assert!(eve.page(&home).await.contains("<fieldset class=\"field\" disabled>"));
    assert_eq!(eve.get(NEW).await.status, StatusCode::FORBIDDEN);
    for path in [NEW, &home, &format!("{home}/delete")] {
        let answer =
            eve.post(path, &[("name", "B"), ("base_url", "https://b.example.com"), ("typed", "A")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_connection_is_tried_and_the_page_says_how_far_it_got() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let up = ada.post(NEW, &[("name", "Up"), ("base_url", "http://up.example.com")]).await.leads().to_owned();
    let answer = ada.post(&up, &[("deed", "test")]).await;
    assert!(
        answer.body.contains("The backend answers, with status 204") && answer.body.contains("192.0.2.7")
    );
    let down =
        ada.post(NEW, &[("name", "Down"), ("base_url", "http://down.example.com")]).await.leads().to_owned();
    let answer = ada.post(&down, &[("deed", "test")]).await;
    assert!(answer.body.contains("The connection was refused"), "{}", answer.body);
    assert_eq!(world.deeds().await[0], "connection.tested");
    let eve = world.member("eve@example.com", MemberRole::Viewer).await;
    assert_eq!(eve.post(&up, &[("deed", "test")]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_credential_is_kept_and_not_shown() {
    let world = World::new().await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let plain = [("name", "A"), ("base_url", "https://a.example.com")];
    let with = |more: &[(&'static str, &'static str)]| [&plain[..], more].concat();
    let answer = ada.post(NEW, &with(&[("credential", "header"), ("credential_name", "host")])).await;
    assert!(answer.body.contains("credential_name-error"), "{}", answer.body);
    let answer = ada.post(NEW, &with(&[("credential", "bearer")])).await;
    assert!(answer.body.contains("credential_secret-error"), "{}", answer.body);
    let fields =
        with(&[("credential", "header"), ("credential_name", "X-Key"), ("credential_secret", "aibiethohb2")]);
    let home = ada.post(NEW, &fields).await.leads().to_owned();
    let page = ada.page(&home).await;
    assert!(
        page.contains("<option value=\"header\" selected>") && page.contains("value=\"x-key\""),
        "{page}"
    );
    assert!(!page.contains("aibiethohb2"));
    // Saved again without a secret it stays.
    ada.post(&home, &with(&[("credential", "header"), ("credential_name", "x-other")])).await.leads();
    let id = model::id::ConnectionId(1);
    let kept = store::connections::find(&world.db, world.actor.workspace.id, id).await.unwrap().unwrap();
    let Some(model::backend::BackendCredential::Header { name, value }) = kept.credential else { panic!() };
    assert_eq!((name.as_str(), value.expose()), ("x-other", "aibiethohb2"));
    ada.post(&home, &with(&[("credential", "")])).await.leads();
    assert!(ada.page(&home).await.contains("<option value=\"\" selected>Nothing"));
}
