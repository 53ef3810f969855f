//! The demo's promise: the line that it prints works.

use tokio::process::Command;

use crate::world::{Database, PATIENCE, Server};

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
    assert_eq!(collections.as_array().unwrap().len(), 2);
}
