use axum::http::StatusCode;

use crate::world::World;

#[tokio::test]
async fn a_host_leads_to_its_portal_and_any_other_to_the_only_one() {
    let world = World::new().await;
    let mut browser = world.nobody();
    for (host, status) in
        [("idea.localhost:8070", StatusCode::SEE_OTHER), ("127.0.0.1:8070", StatusCode::SEE_OTHER)]
    {
        browser.host = host;
        assert_eq!(browser.get("/").await.status, status, "{host}");
    }
    browser.host = "other.localhost:8070";
    let answer = browser.get("/").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("No developer portal here"), "{}", answer.body);

    // With a second one, an address no longer says which.
    world.portal_at("other", &[]).await;
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
    browser.host = "127.0.0.1:8070";
    assert_eq!(browser.get("/").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_to_where_one_signs_in_and_back() {
    let world = World::new().await;
    let answer = world.nobody().get("/keys?page=2").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), "/sign-in?next=%2Fkeys%3Fpage%3D2");
    let page = world.nobody().get("/sign-in?next=%2Fkeys").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("IDEA Lifestyle"));
}

#[tokio::test]
async fn a_session_is_good_in_its_own_portal_only() {
    let world = World::new().await;
    let client = world.client("Acme", &[]).await;
    let mut browser = world.developer("ada@example.com", &[client]).await;
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    world.portal_at("other", &[]).await;
    browser.host = "other.localhost:8070";
    assert_eq!(browser.get("/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_keeps_to_itself() {
    let world = World::new().await;
    let browser = world.developer("ada@example.com", &[]).await;
    for path in ["/", "/no-such-page", "/account", "/-/theme"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    let page = browser.page("/").await;
    let style =
        page.split("href=\"").find(|rest| rest.starts_with("/-/site-")).unwrap().split('"').next().unwrap();
    let asset = world.nobody().get(style).await;
    assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(!page.contains("style=") && !page.contains("onclick") && !page.contains("<script>"));
}
