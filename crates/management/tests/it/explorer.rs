//! The page on which the API can be tried.

use crate::world::World;

#[tokio::test]
async fn the_page_comes_without_a_token_and_runs_nothing_of_others() {
    let world = World::new().await;
    let page = world.get("/api/docs").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let mut files = 0;
    for part in page.text.split(['"']).filter(|part| part.starts_with("/api/")) {
        let file = world.get(part).await;
        assert_eq!(file.status.as_u16(), 200, "{part}");
        files += 1;
        if part.starts_with("/api/docs/") {
            assert_eq!(
                file.header("content-security-policy"),
                page.header("content-security-policy"),
                "{part}"
            );
        }
    }
    assert_eq!(files, 4, "two scripts, a style and the description: {}", page.text);
    // No script and no style stand in the page itself, and the policy lets none run.
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe") && !page.text.contains("<style") && !page.text.contains("onload"));
    assert!(page.text.matches("<script").count() == page.text.matches("<script src=").count());
    assert!(world.get("/api/docs/swagger-ui/unknown.js").await.status.as_u16() == 404);
    // A link cannot make the page show another description.
    assert!(world.get("/api/docs/start.js").await.text.contains("queryConfigEnabled: false"));
}
