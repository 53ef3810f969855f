//! Collections that are there: what lists and pages of them show, and what is done there.

use axum::http::StatusCode;
use model::people::MemberRole;

use crate::world::World;

/// A document with so many endpoints that only read.
fn document(title: &str, endpoints: usize) -> String {
    let paths: Vec<_> = (1..=endpoints)
        .map(|number| {
            format!(
                "\"/things/{number}\": {{\"get\": {{\"summary\": \"Thing {number}\",
                 \"responses\": {{\"200\": {{\"description\": \"ok\"}}}}}}}}"
            )
        })
        .collect();
    format!(
        "{{\"openapi\": \"3.1.0\", \"info\": {{\"title\": \"{title}\", \"version\": \"1\"}}, \"paths\": {{{}}}}}",
        paths.join(",")
    )
}

#[tokio::test]
async fn three_hundred_collections_are_listed_in_pages_and_found_by_name() {
    let world = World::new().await;
    let small = document("Small", 2);
    for number in 1..=300 {
        world.api(&format!("Collection {number:03}"), &small).await;
    }
    let ada = world.member("ada@example.com", MemberRole::Viewer).await;
    let page = ada.page("/console/collections").await;
    assert!(page.len() <= 150 << 10, "{} bytes", page.len());
    assert!(
        page.contains("1–50 of 300") && page.contains("Collection 050") && !page.contains("Collection 051")
    );
    assert!(ada.page("/console/collections?page=6").await.contains("Collection 300"));
    let found = ada.page("/console/collections?q=COLLECTION-123").await;
    assert!(
        found.contains("Collection 123") && !found.contains("Collection 124"),
        "by its path, in any case"
    );
    assert!(ada.page("/console/collections?q=%25").await.contains("Nothing found"));
    assert!(ada.page("/console/collections?state=inactive").await.contains("Nothing found"));
    assert!(ada.page("/console/collections?state=unpublished&q=300").await.contains("Collection 300"));
    assert!(!page.contains("Import an API"), "a viewer has no button for what they may not do");
}

#[tokio::test]
async fn endpoints_are_switched_one_by_one_by_ticks_and_all_at_once() {
    let world = World::new().await;
    let id = world.api("Things", &document("Things", 250)).await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let home = format!("/console/collections/{id}");
    let page = ada.page(&home).await;
    assert!(page.contains("250 active") && page.contains("1–100 of 250"));
    assert!(page.len() <= 150 << 10, "{} bytes", page.len());

    assert_eq!(ada.post(&home, &[("deactivate", "1")]).await.leads(), home);
    assert!(ada.page(&home).await.contains("249 of 250 active"));
    let ticked = [("endpoint", "1"), ("endpoint", "2"), ("endpoint", "3"), ("deed", "deactivate")];
    ada.post(&home, &ticked).await;
    let page = ada.page(&format!("{home}?state=inactive")).await;
    assert!(
        page.contains("247 of 250 active") && page.contains("/things/3<") && !page.contains("/things/4<")
    );
    ada.post(&home, &[("deed", "deactivate_all")]).await;
    assert!(ada.page(&home).await.contains("250 inactive"));
    ada.post(&home, &[("deed", "activate_all")]).await;
    assert!(ada.page(&format!("{home}?q=/things/250")).await.contains("Thing 250"));
    assert_eq!(world.deeds().await[..2], ["endpoints.enabled", "endpoints.disabled"]);

    // Those whose recipe is stopped stay as they are.
    let endpoint = format!("{home}/endpoints/7");
    ada.post(&endpoint, &[("deed", "stop")]).await;
    assert!(ada.page(&home).await.contains("1 active endpoint answers 404"));
    ada.post(&home, &[("deed", "deactivate_all")]).await;
    let answer = ada.post(&home, &[("deed", "activate_all")]).await;
    assert!(answer.header("set-cookie").contains("stopped"), "{:?}", answer.headers);
    assert!(ada.page(&home).await.contains("249 of 250 active"));
}

#[tokio::test]
async fn an_endpoint_has_a_page_with_its_settings() {
    let world = World::new().await;
    let id = world.api("Things", &document("Things", 1)).await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let home = format!("/console/collections/{id}/endpoints/1");
    let page = ada.page(&home).await;
    assert!(page.contains("https://api.example.com/main/things-v1/things/1"), "{page}");
    let fields = [("deed", "save"), ("name", "First"), ("description", "It is"), ("timeout", "300")];
    let answer = ada.post(&home, &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("timeout-error") && answer.body.contains("1 to 240 seconds"),
        "{}",
        answer.body
    );
    let fields = [
        ("deed", "save"),
        ("name", "First"),
        ("description", "It is"),
        ("timeout", "120"),
        ("to_base_url", "on"),
    ];
    assert_eq!(ada.post(&home, &fields).await.leads(), home);
    let page = ada.page(&home).await;
    assert!(page.contains("value=\"120\"") && page.contains("name=\"to_base_url\" value=\"on\" checked"));
    assert_eq!(ada.get("/console/collections/1/endpoints/999").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_portal_shows_it_to_everyone_to_some_or_to_nobody() {
    let world = World::new().await;
    let id = world.api("Things", &document("Things", 1)).await;
    let portal = world.portal("IDEA", "idea").await.to_string();
    world.client("Acme", &[id], None).await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let home = format!("/console/collections/{id}/access");
    let page = ada.page(&home).await;
    assert!(page.contains("Acme") && page.contains("<option value=\"\" selected>Nobody"), "{page}");
    let fields = [("portal", &*portal), ("visibility", "assigned"), ("auto_approve", "on")];
    assert_eq!(ada.post(&home, &fields).await.leads(), home);
    let page = ada.page(&home).await;
    assert!(page.contains("<option value=\"assigned\" selected>"));
    assert!(page.contains("name=\"auto_approve\" value=\"on\" checked"));
    assert!(ada.page("/console/collections").await.contains("IDEA"));
    ada.post(&home, &[("portal", &portal), ("visibility", "")]).await;
    ada.post(&home, &[("portal", &portal), ("visibility", "")]).await.leads();
    assert!(ada.page("/console/collections?state=unpublished").await.contains("Things"));
    let viewer = world.member("eve@example.com", MemberRole::Viewer).await;
    assert!(!viewer.page(&home).await.contains("<select class=\"input\" name=\"visibility\""));
    assert_eq!(viewer.post(&home, &fields).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_document_is_compared_put_in_force_and_taken_back() {
    let world = World::new().await;
    let id = world.api("Things", &document("Things", 2)).await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let home = format!("/console/collections/{id}/documents");
    let fewer = document("Fewer things", 1);
    let draft = ada.upload(&home, &[("document", None, fewer.as_bytes())]).await.leads().to_owned();
    let page = ada.page(&draft).await;
    assert!(page.contains("This can break callers") && page.contains("1 endpoint removed"), "{page}");
    assert!(page.contains("/things/2"));
    assert!(
        ada.page(&format!("/console/collections/{id}")).await.contains("2 active"),
        "nothing changed yet"
    );

    // Somebody else was quicker.
    let answer = ada.post(&draft, &[("expected", "999"), ("deed", "put")]).await;
    assert_eq!(answer.leads(), draft);
    assert_eq!(ada.post(&draft, &[("expected", "1"), ("deed", "put")]).await.leads(), home);
    let page = ada.page(&home).await;
    assert!(page.contains("Fewer things") && page.contains("Compare and restore"), "{page}");
    assert!(ada.page(&format!("/console/collections/{id}")).await.contains("1 active"));

    let former = format!("{home}/1");
    assert!(ada.page(&former).await.contains("1 endpoint added"));
    assert_eq!(ada.post(&former, &[("expected", "2"), ("activate", "on")]).await.leads(), home);
    assert!(ada.page(&format!("/console/collections/{id}")).await.contains("2 active"));
    let answer = ada.get(&format!("{home}/2/content")).await;
    assert_eq!(answer.body, fewer);
    assert!(answer.header("content-disposition").starts_with("attachment"));
}

#[tokio::test]
async fn settings_are_saved_or_say_what_is_wrong() {
    let world = World::new().await;
    let id = world.api("Things", &document("Things", 1)).await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let home = format!("/console/collections/{id}/settings");
    for (fields, error) in [
        (vec![("deed", "save"), ("name", "")], "name-error"),
        (vec![("deed", "save"), ("name", "Things"), ("connection", "99")], "role=\"alert\""),
        (vec![("deed", "limit"), ("limit", "much")], "limit-error"),
        (vec![("deed", "limit"), ("limit", "6 GB")], "limit-error"),
        (vec![("deed", "cors"), ("origins", "app")], "origins-error"),
        (vec![("deed", "cors"), ("origins", "*"), ("age", "a day")], "age-error"),
    ] {
        let answer = ada.post(&home, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(answer.body.contains(error), "{fields:?}: {}", answer.body);
    }
    ada.post(&home, &[("deed", "save"), ("name", "Renamed")]).await.leads();
    ada.post(&home, &[("deed", "limit"), ("limit", "100 mb")]).await.leads();
    let cors =
        [("deed", "cors"), ("origins", "https://a.example.com\nhttps://b.example.com"), ("methods", "get")];
    ada.post(&home, &cors).await.leads();
    let page = ada.page(&home).await;
    for text in ["Renamed", "value=\"100 MB\"", "https://b.example.com", "GET", "value=\"600\""] {
        assert!(page.contains(text), "{text}: {page}");
    }
    ada.post(&home, &[("deed", "cors"), ("origins", "")]).await.leads();
    assert!(!ada.page(&home).await.contains("https://b.example.com"));
}

#[tokio::test]
async fn it_is_deleted_when_its_name_is_typed() {
    let world = World::new().await;
    let id = world.api("Things", &document("Things", 3)).await;
    world.client("Acme", &[id], None).await;
    let ada = world.member("ada@example.com", MemberRole::Publisher).await;
    let home = format!("/console/collections/{id}/delete");
    let page = ada.page(&home).await;
    assert!(page.contains("3 endpoints stop working") && page.contains("1 client may call it"), "{page}");
    let answer = ada.post(&home, &[("typed", "things")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("typed-error"));
    assert_eq!(ada.post(&home, &[("typed", "Things")]).await.leads(), "/console/collections");
    assert_eq!(ada.get(&format!("/console/collections/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_viewer_sees_and_changes_nothing() {
    let world = World::new().await;
    let id = world.api("Things", &document("Things", 1)).await;
    let eve = world.member("eve@example.com", MemberRole::Viewer).await;
    let home = format!("/console/collections/{id}");
    for (path, fields) in [
        (home.clone(), vec![("deed", "deactivate_all")]),
        (format!("{home}/endpoints/1"), vec![("deed", "save"), ("name", "x")]),
        (format!("{home}/settings"), vec![("deed", "save"), ("name", "x")]),
        (format!("{home}/delete"), vec![("typed", "Things")]),
    ] {
        let answer = eve.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    for path in ["", "/access", "/documents", "/settings", "/endpoints/1"] {
        eve.page(&format!("{home}{path}")).await;
    }
}

/// Markup in every field that a document or a member can fill in.
#[tokio::test]
async fn nothing_that_is_typed_becomes_markup() {
    const EVIL: &str = "<script>alert(1)</script>\\\"><img src=x onerror=alert(2)>'";
    let world = World::new().await;
    let plain = EVIL.replace("\\\"", "\"");
    let document = format!(
        "{{\"openapi\": \"3.1.0\", \"info\": {{\"title\": \"{EVIL}\", \"version\": \"{EVIL}\"}},
          \"servers\": [{{\"url\": \"https://a.example/{EVIL}\"}}], \"paths\": {{
          \"/a/<b>{{id}}\": {{\"get\": {{\"summary\": \"{EVIL}\", \"description\": \"{EVIL}\",
             \"responses\": {{\"200\": {{\"$ref\": \"#/components/{EVIL}\"}}}}}}}},
          \"/q?{EVIL}\": {{\"get\": {{\"responses\": {{\"200\": {{\"description\": \"ok\"}}}}}}}}}}}}"
    );
    let portal = world.portal(&plain, "idea").await.to_string();
    let ada = world.member("ada@example.com", MemberRole::Owner).await;
    let mut pages = Vec::new();
    let new = "/console/collections/new";
    let draft = ada.upload(new, &[("document", None, document.as_bytes())]).await.leads().to_owned();
    pages.push(ada.page(&draft).await);
    let bad = ada.post(&draft, &[("name", &plain), ("version", &plain), ("upstream", &plain)]).await;
    pages.push(bad.body);
    // In the text of a fault.
    let fault = format!("{{\"openapi\": \"{EVIL}\", \"info\": {{}}}}");
    pages.push(ada.upload(new, &[("document", None, fault.as_bytes())]).await.body);
    pages.push(ada.upload(new, &[("url", None, plain.as_bytes())]).await.body);
    let fields = [
        ("name", &*plain),
        ("version", "1"),
        ("portal", &portal),
        ("upstream", "http://backend.example.com"),
    ];
    let home = ada.post(&draft, &fields).await.leads().to_owned();
    for path in ["", "/access", "/documents", "/settings", "/delete", "/endpoints/1"] {
        pages.push(ada.page(&format!("{home}{path}")).await);
    }
    pages.push(ada.post(&format!("{home}/settings"), &[("deed", "cors"), ("origins", &plain)]).await.body);
    pages.push(ada.post(&format!("{home}/settings"), &[("deed", "limit"), ("limit", &plain)]).await.body);
    pages.push(ada.post(&format!("{home}/delete"), &[("typed", &plain.to_uppercase())]).await.body);
    pages.push(ada.page("/console/collections").await);
    pages.push(ada.page(&format!("{home}?q=%22%3E%3Cimg%20src=x%3E")).await);
    let other = document.replace("/a/<b>", "/b/<b>");
    let draft = ada.upload(&format!("{home}/documents"), &[("document", None, other.as_bytes())]).await;
    pages.push(ada.page(draft.leads()).await);
    for (path, fields) in [
        ("/console/connections/new", vec![("name", &*plain), ("base_url", "http://a.example")]),
        ("/console/policies/new", vec![("name", &plain), ("rate", "10"), ("rate_per", "minute")]),
    ] {
        let answer = ada.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let list = path.trim_end_matches("/new");
        pages.push(ada.page(list).await);
        pages.push(ada.page(&format!("{list}/1")).await);
        pages.push(ada.page(&format!("{list}/1/delete")).await);
        pages.push(ada.post(path, &fields).await.body);
    }
    pages.push(ada.page("/console").await);
    for page in pages {
        assert!(!page.contains("<script>alert") && !page.contains("<img"), "{page}");
    }
}
