//! Pages of other sites: what browsers are told.

use gateway::{Delta, Gate};
use model::CollectionId;
use model::cors::{Cors, Origin};
use store::serving::ServedCollection;

use crate::world::{Answer, Peer, World, everything};

const PAGE: &str = "origin: https://app.test\r\n";

/// Lets pages of this site call the collection with `GET`, and those of a portal.
fn allow(world: &World, gate: &Gate, site: &str) {
    let url = world.upstream.url();
    let cors = Cors {
        origins: vec![Origin::parse(site).unwrap()],
        methods: vec!["GET".to_owned()],
        ..Cors::default()
    };
    let row = everything(&url).collections.remove(0);
    let row = ServedCollection { cors: Some(cors), portals: vec!["idea".to_owned()], ..row };
    gate.apply(vec![Delta::Collection(CollectionId(1), Some(Box::new(row)))], 2);
}

async fn world() -> World {
    let world = World::new().await;
    let gate = world.gateway.gate();
    gate.portals_at("http://{subdomain}.localhost:8070");
    allow(&world, &gate, "https://app.test");
    world
}

/// A browser's question about a call of `target`.
async fn ask(caller: &mut Peer, target: &str, site: &str) -> Answer {
    let asks = format!("origin: {site}\r\naccess-control-request-method: GET\r\n");
    caller.write(format!("OPTIONS {target} HTTP/1.1\r\nhost: a\r\n{asks}\r\n")).await;
    caller.answer().await
}

/// What an answer says to browsers.
fn told(answer: &Answer) -> String {
    let names =
        ["allow-origin", "allow-methods", "allow-headers", "max-age", "expose-headers", "allow-credentials"];
    let value = |name| Some(format!("{name}: {}\n", answer.header(&format!("access-control-{name}"))?));
    names.into_iter().filter_map(value).collect()
}

#[tokio::test]
async fn a_question_is_answered_alike_for_every_path_of_a_workspace() {
    let world = world().await;
    let mut caller = world.caller().await;
    for target in ["/acme/api-v1/things/7", "/acme/api-v1/nothing", "/acme/nothing-v1/x", "/acme/x", "/acme"]
    {
        let answer = ask(&mut caller, target, "https://app.test").await;
        assert_eq!((answer.status, answer.header("vary")), (204, Some("origin")), "{target}");
        let expected = "allow-origin: https://app.test\nallow-methods: GET\nallow-headers: *, authorization\n\
                        max-age: 600\n";
        assert_eq!(told(&answer), expected, "{target}");
        let other = ask(&mut caller, target, "https://evil.test").await;
        assert_eq!((other.status, told(&other)), (204, String::new()));
    }
    let elsewhere = ask(&mut caller, "/other/api-v1/things/7", "https://app.test").await;
    assert_eq!((elsewhere.status, told(&elsewhere)), (204, String::new()));
    let portal = ask(&mut caller, "/acme/api-v1/things/7", "http://idea.localhost:8070").await;
    assert!(told(&portal).starts_with("allow-origin: http://idea.localhost:8070\nallow-methods: *\n"));
    assert!(world.upstream.was_left_alone().await);
}

#[tokio::test]
async fn a_page_may_read_answers_and_refusals() {
    let world = world().await;
    let mut caller = world.caller().await;
    let readable = |answer: &Answer| {
        answer.header("access-control-allow-origin") == Some("https://app.test")
            && answer.header("vary").is_some_and(|vary| vary.contains("origin"))
            && answer.header("access-control-allow-credentials").is_none()
            && answer.header("access-control-expose-headers").is_some_and(|all| all.contains("x-request-id"))
    };
    for (line, status) in [
        ("GET /acme/api-v1/nothing", 404),
        ("DELETE /acme/api-v1/things/7", 405),
        ("GET /acme/api-v1/a%2fb", 400),
    ] {
        let mut caller = world.caller().await;
        caller.call(line, PAGE, "").await;
        let answer = caller.answer().await;
        assert_eq!(answer.status, status);
        assert!(readable(&answer) || status == 400, "{line}: {answer:?}");
    }
    caller.write(format!("GET /acme/api-v1/things/7 HTTP/1.1\r\nhost: a\r\n{PAGE}\r\n")).await;
    let stranger = caller.answer().await;
    assert!(stranger.status == 401 && readable(&stranger), "{stranger:?}");
    caller.write(format!("GET /acme/nothing-v1/x HTTP/1.1\r\nhost: a\r\n{PAGE}\r\n")).await;
    assert_eq!(told(&caller.answer().await), told(&stranger), "a stranger learns nothing about paths");

    caller.call("GET /acme/api-v1/things/7", PAGE, "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    let own = "access-control-allow-origin: *\r\naccess-control-allow-credentials: true\r\n";
    upstream.write(format!("HTTP/1.1 200 OK\r\n{own}content-length: 0\r\n\r\n")).await;
    let answer = caller.answer().await;
    assert!(answer.status == 200 && readable(&answer), "{answer:?}");
    let mut other = world.caller().await;
    other.call("GET /acme/api-v1/things/7", "origin: https://evil.test\r\n", "").await;
    upstream.head().await;
    upstream.write(format!("HTTP/1.1 200 OK\r\n{own}content-length: 0\r\n\r\n")).await;
    let answer = other.answer().await;
    assert_eq!((answer.status, told(&answer), answer.header("vary")), (200, String::new(), Some("origin")));
}

#[tokio::test]
async fn without_rules_nothing_is_said() {
    let world = world().await;
    let gate = world.gateway.gate();
    let mut caller = world.caller().await;
    let row = everything("http://backend.test").collections.remove(0);
    gate.apply(vec![Delta::Collection(CollectionId(1), Some(Box::new(row)))], 3);
    caller.call("GET /acme/api-v1/nothing", PAGE, "").await;
    let answer = caller.answer().await;
    assert_eq!((told(&answer), answer.header("vary")), (String::new(), None));
    assert_eq!(told(&ask(&mut caller, "/acme/api-v1/x", "https://app.test").await), "");
    allow(&world, &gate, "*");
    assert!(told(&ask(&mut caller, "/acme/api-v1/x", "https://any.test").await).contains("https://any.test"));
    gate.apply(vec![Delta::Collection(CollectionId(1), None)], 4);
    assert_eq!(told(&ask(&mut caller, "/acme/api-v1/x", "https://any.test").await), "");
}
