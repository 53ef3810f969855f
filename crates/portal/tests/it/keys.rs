use axum::http::StatusCode;
use model::client::AuthType;

use crate::catalog::SHOP;
use crate::world::{Answer, Browser, World};

/// The token on a page that shows one.
fn token(answer: &Answer) -> String {
    let (_, rest) = answer.body.split_once("id=\"token\" tabindex=\"0\">").expect("the page shows a token");
    rest.split('<').next().unwrap().to_owned()
}

async fn create(browser: &Browser<'_>, name: &str) -> String {
    let made = browser.post("/keys/new", &[("name", name)]).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let keys = browser.page("/keys").await;
    let (before, _) = keys.split_once(&format!(">{name}</a></th>")).unwrap();
    before.rsplit_once("href=\"/keys/").unwrap().1.trim_end_matches('"').to_owned()
}

#[tokio::test]
async fn a_key_is_made_and_its_token_shown_once() {
    let world = World::new().await;
    let shop = world.api("Shop", SHOP).await;
    let client = world.client("Acme", &[shop]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let fields =
        [("name", "Production"), ("allow", "106.226.100.3/20,\n2001:db8::/32"), ("deny", "106.226.101.200")];
    let made = browser.post("/keys/new", &fields).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    assert_eq!(made.header("cache-control"), "no-store");
    let token = token(&made);
    assert_eq!(token.len(), 64);
    assert!(
        made.body.contains("It is not shown again.")
            && made.body.contains("https://api.example.com/main/shop-v1/things/2")
    );
    assert!(!made.body.contains("will be refused"), "nobody is locked out");

    let keys = browser.page("/keys").await;
    assert!(
        keys.contains("Production") && keys.contains("106.226.100.3/20, 1 more; not 106.226.101.200"),
        "{keys}"
    );
    assert!(!keys.contains(&token) && keys.contains(&format!("…{}", &token[60..])));
}

#[tokio::test]
async fn whoever_makes_a_key_on_the_way_to_a_call_gets_there() {
    let world = World::new().await;
    let (bank, shop) = (world.api("Bank", SHOP).await, world.api("Shop", SHOP).await);
    let client = world.client("Acme", &[bank, shop]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let operation = browser.page("/apis/shop-v1/get-things-id").await;
    assert!(operation.contains("/keys/new?api=shop-v1&amp;operation=get-things-id"), "{operation}");
    assert!(browser.page("/apis/shop-v1").await.contains("href=\"/keys/new?api=shop-v1\">Create API key"));
    let form = browser.page("/keys/new?api=shop-v1&operation=get-things-id").await;
    assert!(form.contains("name=\"operation\" value=\"get-things-id\""), "{form}");

    let on_the_way = [("name", "A"), ("api", "shop-v1"), ("operation", "get-things-id")];
    // What is wrong first loses nothing of it.
    let wrong = [("name", " "), ("api", "shop-v1"), ("operation", "get-things-id")];
    assert!(browser.post("/keys/new", &wrong).await.body.contains("value=\"get-things-id\""));
    let made = browser.post("/keys/new", &on_the_way).await;
    let leads = "href=\"/apis/shop-v1/get-things-id?key=1#try\">Try it out";
    assert!(made.body.contains(leads), "{}", made.body);
    let open = browser.page("/apis/shop-v1/get-things-id?key=1").await;
    assert!(open.contains("<details class=\"try\" open>") && open.contains("value=\"1\" selected"), "{open}");
    for path in ["?key=99", "?key=x", ""] {
        let page = browser.page(&format!("/apis/shop-v1/get-things-id{path}")).await;
        assert!(page.contains("<details class=\"try\">"), "{path}");
    }
    let overview = browser.page("/apis/shop-v1").await;
    assert!(overview.contains("href=\"/apis/shop-v1/get-things-id#try\">Try it out"), "{overview}");
    // From nowhere in particular, it leads to the first API; so does what is not theirs, or not there.
    for api in ["", "nowhere-v1", "//evil.example"] {
        let made = browser.post("/keys/new", &[("name", "B"), ("api", api), ("operation", "//evil")]).await;
        assert!(made.body.contains("href=\"/apis/bank-v1/get-things-id?key="), "{}", made.body);
        assert!(!made.body.contains("evil"), "{}", made.body);
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_what_was_typed_stays() {
    let world = World::new().await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let fields = [("name", "Staging"), ("allow", "10.0.0.1,,10.0.0.2"), ("deny", "<b>")];
    let answer = browser.post("/keys/new", &fields).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("Allowed IPs has a blank entry"), "{}", answer.body);
    assert!(answer.body.contains("Blocked IPs has <code>&#60;b&#62;</code>"), "{}", answer.body);
    assert!(answer.body.contains("value=\"Staging\"") && answer.body.contains("10.0.0.1,,10.0.0.2"));
    let answer = browser.post("/keys/new", &[("name", " ")]).await;
    assert!(
        answer.body.contains("API key name can't be blank")
            || answer.body.contains("API key name can&#39;t be blank")
    );
    assert!(browser.page("/keys").await.contains("No keys yet"));
}

#[tokio::test]
async fn the_own_address_is_added_and_whoever_locks_themselves_out_is_told() {
    let world = World::new().await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let answer =
        browser.post("/keys/new", &[("name", "A"), ("allow", "10.0.0.0/8"), ("add_address", "1")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("10.0.0.0/8, 106.226.101.9"), "{}", answer.body);
    let made = browser.post("/keys/new", &[("name", "A"), ("allow", "10.0.0.0/8")]).await;
    assert!(made.body.contains("is not on the allowed list"), "{}", made.body);
}

#[tokio::test]
async fn a_key_is_refreshed_deactivated_activated_and_deleted() {
    let world = World::new().await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let id = create(&browser, "Production").await;
    let at = |deed: &str| format!("/keys/{id}{deed}");

    assert!(browser.page(&at("/refresh")).await.contains("Refresh Production?"));
    let refreshed = browser.post(&at("/refresh"), &[("grace", "0")]).await;
    assert_eq!((refreshed.status, token(&refreshed).len()), (StatusCode::OK, 64));

    assert_eq!(browser.post(&at("/deactivate"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(browser.page(&at("")).await.contains("Inactive"));
    assert_eq!(browser.post(&at("/activate"), &[]).await.status, StatusCode::SEE_OTHER);
    assert!(browser.page(&at("")).await.contains(">Active<"));

    let answer = browser.post(&at(""), &[("name", "Live"), ("allow", "10.0.0.1"), ("deny", "")]).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, at("").as_str()));
    assert!(browser.page(&at("")).await.contains("<h1>Live</h1>"));

    let wrong = browser.post(&at("/delete"), &[("typed", "Production")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.post(&at("/delete"), &[("typed", "Live")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get(&at("")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_reaches_the_keys_of_others() {
    let world = World::new().await;
    let (mine, theirs) = (world.client("Acme", &[]).await, world.client("Evil", &[]).await);
    let ada = world.developer("ada@example.com", &[mine]).await;
    let eve = world.developer("eve@example.com", &[theirs]).await;
    let id = create(&ada, "Production").await;
    for path in ["", "/refresh", "/delete", "/deactivate"] {
        assert_eq!(eve.get(&format!("/keys/{id}{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (path, fields) in [
        ("", &[("name", "x")][..]),
        ("/refresh", &[]),
        ("/deactivate", &[]),
        ("/activate", &[]),
        ("/delete", &[("typed", "Production")]),
    ] {
        assert_eq!(
            eve.post(&format!("/keys/{id}{path}"), fields).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert!(ada.page("/keys").await.contains(">Active<"));
    let switched = eve.post("/account/client", &[("client", &mine.to_string())]).await;
    assert_eq!(switched.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_twenty_first_key_is_refused_with_what_to_do() {
    let world = World::new().await;
    let client = world.client("Acme", &[]).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    for number in 0..20 {
        create(&browser, &format!("Key {number}.")).await;
    }
    let keys = browser.page("/keys").await;
    assert!(keys.contains("There is no room for another key") && !keys.contains("href=\"/keys/new\""));
    let answer = browser.post("/keys/new", &[("name", "One more")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("delete one first"), "{}", answer.body);
}

#[tokio::test]
async fn somebody_with_several_clients_chooses_one() {
    let world = World::new().await;
    let (one, two) = (world.client("Acme", &[]).await, world.client("Globex", &[]).await);
    let browser = world.developer("ada@example.com", &[one, two]).await;
    assert!(browser.page("/keys").await.contains("The keys of Acme"));
    assert_eq!(
        browser.post("/account/client", &[("client", &two.to_string())]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(browser.page("/keys").await.contains("The keys of Globex"));
}

#[tokio::test]
async fn a_client_with_oauth_sees_its_id_and_secret_once() {
    let world = World::new().await;
    let client = world.client_with("Acme", AuthType::Oauth2).await;
    let browser = world.developer("ada@example.com", &[client]).await;
    let issued = browser.post("/keys/new", &[("name", "Production")]).await;
    let shown = |id: &str| {
        let (_, rest) = issued.body.split_once(&format!("id=\"{id}\" tabindex=\"0\">")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    assert_eq!((shown("client-id").len(), shown("token").len()), (32, 64));
    let page = browser.page("/keys/1").await;
    assert!(page.contains(&shown("client-id")) && !page.contains(&shown("token")), "{page}");
}
