//! The demo's promise: the line that it prints works.

use reqwest::StatusCode;
use tokio::process::Command;

use crate::world::{Browser, Database, PATIENCE, Seen, Server};

/// The demo's `curl` line.
async fn curl_line(demo: &mut Server) -> String {
    let reading = async {
        loop {
            let line = demo.lines.recv().await.expect("the demo prints a `curl` line");
            if line.starts_with("curl ") {
                return line;
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the demo prints a `curl` line")
}

/// The status that a shell gets with this line.
async fn run(line: &str) -> String {
    let line = format!("{line} --silent --output /dev/null --write-out '%{{http_code}}'");
    let output = Command::new("sh").args(["-c", &line]).output().await.unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_demos_line_answers_200_and_with_one_digit_changed_401() {
    let database = Database::sqlite();
    let mut demo = Server::start_with(&database, &["demo"], &[]).await;
    let line = curl_line(&mut demo).await;
    assert_eq!(run(&line).await, "200", "{line}");
    let (before, rest) = line.split_once("api-token: ").unwrap();
    let digit = if rest.starts_with('0') { '1' } else { '0' };
    let changed = format!("{before}api-token: {digit}{}", &rest[1..]);
    assert_eq!(run(&changed).await, "401", "{changed}");
    let mock = line.replace("product-catalog-v1/products", "shipping-rates-v1/rates");
    assert_eq!(run(&mock).await, "200", "{mock}");
    demo.terminate();
    assert!(demo.ended().await.success());

    // The data is found again; the key has a new token, the backend another port.
    let mut again = Server::start_with(&database, &["demo"], &[]).await;
    let fresh = curl_line(&mut again).await;
    assert_eq!(run(&fresh).await, "200", "{fresh}");
    let (_, collections) = again.administrator().await.get("/api/api_collections").await;
    assert_eq!(collections.as_array().unwrap().len(), 4);
}

/// The links that the demo prints.
async fn links(demo: &mut Server) -> Vec<String> {
    let reading = async {
        let mut links = Vec::new();
        while links.len() < 2 {
            let line = demo.lines.recv().await.expect("the demo prints two links");
            links.extend(
                line.split_whitespace().find(|word| word.contains("/sign-in/link/")).map(str::to_owned),
            );
        }
        links
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the demo prints two links")
}

/// Signs in with a link and gives the page behind it.
async fn come_in(link: &str) -> (Browser, Seen) {
    let mut browser = Browser::new();
    let asked = browser.get(link).await;
    assert_eq!(asked.status, StatusCode::OK, "{link}: {}", asked.text);
    let led = browser.post(link, &[]).await.location.expect("a link leads somewhere");
    let site: String = link.split_inclusive('/').take(3).collect();
    let seen = browser.get(&format!("{site}{}", led.trim_start_matches('/'))).await;
    assert_eq!(seen.status, StatusCode::OK, "{led}: {}", seen.text);
    (browser, seen)
}

#[tokio::test]
async fn the_demos_links_lead_into_the_portal_and_the_console() {
    let database = Database::sqlite();
    let mut demo = Server::start_with(&database, &["demo"], &[]).await;
    let first = links(&mut demo).await;
    let [developer, owner] = first.as_slice() else { panic!("{first:?}") };
    let (_, port) = demo.portal.rsplit_once(':').unwrap();
    let portal = format!("http://shop.localhost:{port}");
    assert!(developer.starts_with(&portal), "{developer}");
    assert_eq!(Browser::new().get(&format!("{portal}/sign-in")).await.status, StatusCode::OK);

    let (mut browser, mine) = come_in(developer).await;
    assert!(mine.text.contains("Product catalog") && mine.text.contains("Shipping rates"), "{}", mine.text);
    assert!(!mine.text.contains("Store locator"), "{}", mine.text);
    let discover = browser.get(&format!("{portal}/discover")).await;
    for word in ["Store locator", "Pending", "Gift cards", "Request access"] {
        assert!(discover.text.contains(word), "{word}: {}", discover.text);
    }
    let page = browser.get(&format!("{portal}/pages/getting-started")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let (_, overview) = come_in(owner).await;
    assert!(overview.text.contains("1 request for access"), "{}", overview.text);
    demo.terminate();
    assert!(demo.ended().await.success());

    // All of it is found again, and nothing is asked for twice.
    let mut again = Server::start_with(&database, &["demo"], &[]).await;
    for link in links(&mut again).await {
        assert!(!first.contains(&link), "the links of the first start were used");
        come_in(&link).await;
    }
    let api = again.administrator().await;
    for path in ["v2/api_portals", "portico/v1/portal_users", "portico/v1/access_requests"] {
        let (status, listed) = api.get(&format!("/api/{path}")).await;
        assert_eq!(status, StatusCode::OK, "{listed}");
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    }
}
