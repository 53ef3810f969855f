use axum::http::StatusCode;

use crate::world::World;

pub(crate) const SHOP: &str = r##"{"openapi":"3.0.3","info":{"title":"Shop","version":"1","description":"Sells **things**."},
    "paths":{"/things/{id}":{"get":{"operationId":"getThing","summary":"Get a thing","tags":["Things"],
        "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"},"example":2}],
        "responses":{"200":{"description":"The thing.","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing"}}}}}}}},
    "components":{"schemas":{"Thing":{"type":"object","required":["id"],"properties":{"id":{"type":"integer","example":2}}}}}}"##;

#[tokio::test]
async fn a_developer_sees_what_the_client_may_call_and_discovers_the_rest() {
    let world = World::new().await;
    let (shop, bank) = (world.api("Shop", SHOP).await, world.api("Bank", SHOP).await);
    let client = world.client("Acme", &[shop]).await;
    let browser = world.developer("ada@example.com", &[client]).await;

    let mine = browser.page("/").await;
    assert!(mine.contains("Shop") && !mine.contains(">Bank<"), "{mine}");
    assert!(mine.contains("Sells things.") && mine.contains("1 operation"));
    assert!(mine.contains("https://api.example.com/main/shop-v1"));
    let discover = browser.page("/discover").await;
    assert!(discover.contains("In My APIs") && discover.contains("Request access"), "{discover}");
    assert!(discover.contains("/apis/bank-v1/request"));

    // What is new stands first, whatever it is called.
    let client = world.client("Zeta", &[bank]).await;
    let discover = world.developer("eve@example.com", &[client]).await.page("/discover").await;
    let at = |text| discover.find(text).unwrap();
    assert!(at("/apis/shop-v1/request") < at("href=\"/apis/bank-v1\""), "{discover}");
}

#[tokio::test]
async fn an_operation_has_a_page_of_its_own_with_samples_and_an_answer() {
    let world = World::new().await;
    let shop = world.api("Shop", SHOP).await;
    let client = world.client("Acme", &[shop]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let page = browser.page("/apis/shop-v1/get-things-id").await;
    for text in [
        "Get a thing",
        "The thing.",
        "Python",
        "C#",
        "YOUR_API_TOKEN",
        "https://api.example.com/main/shop-v1/things/2",
    ] {
        assert!(page.contains(text), "{text} is not on the page");
    }
    // Without a key there is nothing to try with, and the page says where to get one.
    assert!(page.contains("You need an active API key") && page.contains("/keys/new"));
    browser.post("/keys/new", &[("name", "Production")]).await;
    let answer = browser.get("/apis/shop-v1/get-things-id").await;
    assert!(answer.body.contains("Try it out") && answer.body.contains("Execute"));
    assert!(answer.header("content-security-policy").contains("connect-src 'self' https://api.example.com;"));
    assert_eq!(browser.get("/apis/shop-v1/get-nothing").await.status, StatusCode::NOT_FOUND);
    assert!(browser.page("/apis/shop-v1/schemas/Thing").await.contains("integer"));
}

#[tokio::test]
async fn a_search_finds_apis_operations_and_schemas_that_one_can_see() {
    let world = World::new().await;
    world.api("Shop", SHOP).await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let found = browser.page("/search?q=thing").await;
    assert!(
        found.contains("/apis/shop-v1/get-things-id") && found.contains("/apis/shop-v1/schemas/Thing"),
        "{found}"
    );
    assert!(browser.page("/search?q=shop").await.contains("href=\"/apis/shop-v1\""));
    assert!(browser.page("/search?q=zebra").await.contains("Nothing found"));
    assert!(browser.page("/search").await.contains("Nothing found"));
}

#[tokio::test]
async fn a_list_of_three_hundred_stays_small() {
    let world = World::new().await;
    let mut all = Vec::new();
    for number in 0..300 {
        all.push(world.api(&format!("Shop {number}"), SHOP).await);
    }
    let client = world.client("Acme", &all).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let page = browser.page("/").await;
    assert!(page.len() < 120_000, "{} bytes", page.len());
    assert!(page.contains("1–60 of 300") && page.contains("?page=2"));
    let found = browser.page("/?q=shop+29").await;
    assert!(found.contains("Shop 299") && !found.contains("Shop 281"));
}

#[tokio::test]
async fn without_a_client_there_is_a_word_about_it() {
    let world = World::new().await;
    world.api("Shop", SHOP).await;
    let browser = world.developer("ada@example.com", &[]).await;
    assert!(browser.page("/").await.contains("You do not act for an API client yet"));
    assert!(!browser.page("/discover").await.contains("Request access</a>"));
    let keys = browser.get("/keys").await;
    assert_eq!(keys.status, StatusCode::NOT_FOUND);
    assert!(keys.body.contains("You do not act for an API client yet") && keys.body.contains("Sign out"));
}

/// The most bytes of a page before the files of Swagger UI.
const PAGE_BYTES: usize = 150 << 10;

#[tokio::test]
async fn with_three_hundred_apis_pages_stay_small_and_all_are_found() {
    let world = World::new().await;
    let mut apis = Vec::new();
    for number in 0..300 {
        apis.push(world.api(&format!("Catalog of warehouse number {number:03}"), SHOP).await);
    }
    let client = world.client("Acme", &apis).await;
    let other = world.client("Zeta", &[]).await;
    let (mine, all) = (
        world.developer("ada@example.com", &[client]).await,
        world.developer("eve@example.com", &[other]).await,
    );
    for (browser, path) in [(&mine, "/"), (&all, "/discover")] {
        let (mut seen, mut next) = (0, path.to_owned());
        loop {
            let page = browser.page(&next).await;
            assert!(page.len() <= PAGE_BYTES, "{} bytes of {next}", page.len());
            seen += page.matches("class=\"card\"").count();
            let Some((_, rest)) = page.split_once("rel=\"next\" href=\"") else { break };
            next = rest.split('"').next().unwrap().replace("&#38;", "&");
        }
        assert_eq!(seen, 300, "{path}");
        let found = browser.page(&format!("{path}?q=number+299")).await;
        assert_eq!(found.matches("class=\"card\"").count(), 1, "{path}");
        let found = browser.page("/search?q=number+299").await;
        assert!(found.len() <= PAGE_BYTES && found.contains("catalog-of-warehouse-number-299-v1"), "{found}");
    }
}
