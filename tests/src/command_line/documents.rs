//! Any OpenAPI document becomes a published API, and another one takes its place.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::gateway::{call, status};
use crate::world::{Database, Server, eventually, portico_in};

/// A document in several files: its schemas and one of its paths lie beside it.
const FILES: [(&str, &str); 3] = [
    (
        "openapi.yaml",
        "openapi: 3.1.0\n\
         info: {title: Sample, version: '1'}\n\
         paths:\n\
         \x20 /items:\n\
         \x20   get:\n\
         \x20     summary: List items\n\
         \x20     responses:\n\
         \x20       '200':\n\
         \x20         description: ok\n\
         \x20         content: {application/json: {schema: {$ref: 'schemas/items.yaml'}}}\n\
         \x20 /items/{id}: {$ref: 'paths/item.json'}\n",
    ),
    ("schemas/items.yaml", "type: array\nitems: {type: string}\nexample: [one, two]\n"),
    (
        "paths/item.json",
        r#"{"delete": {"summary": "Remove an item", "responses": {"204": {"description": "gone"}}}}"#,
    ),
];

/// The same without the second path, with another one.
fn next_document() -> String {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Sample", "version": "2" },
        "paths": {
            "/items": { "get": { "summary": "List all items", "responses": { "200": {
                "description": "ok", "content": { "application/json": { "example": ["three"] } } } } } },
            "/orders": { "post": { "summary": "Order", "responses": { "201": { "description": "made" } } } },
        },
    })
    .to_string()
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

fn write_files(folder: &Path) {
    for (name, content) in FILES {
        write(folder, name, content);
    }
}

/// What a command that worked printed.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

async fn import(database: &Database, path: &Path, more: &[&str]) -> Output {
    let path = path.display().to_string();
    portico_in(database, &[&["import", &path], more].concat()).await
}

#[tokio::test]
async fn a_folder_is_published_replaced_and_put_back_while_it_is_called() {
    for database in Database::each().await {
        let server = Server::start_on(&database).await;
        let api = server.administrator().await;
        let place = tempfile::tempdir().unwrap();
        write_files(place.path());
        let text = printed(&import(&database, place.path(), &["--activate"]).await);
        assert!(text.contains("Sample 1.0 is published with 2 of 2 operations, active"), "{text}");
        let client = api.client("caller", &[1]).await;
        let (_, token) = api.key(client, json!({})).await;
        let (list, item, order) = ("main/sample-v1/items", "main/sample-v1/items/7", "main/sample-v1/orders");
        eventually("the collection is served", async || {
            (status(&server, list, &token).await == StatusCode::OK).then_some(())
        })
        .await;
        let answer: Value = call(&server, list, &token).await.json().await.unwrap();
        assert_eq!(answer, json!(["one", "two"]));

        let (done, calls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let caller = tokio::spawn({
            let (done, calls) = (Arc::clone(&done), Arc::clone(&calls));
            let (url, token) = (format!("{}/{list}", server.gateway), token.clone());
            async move {
                let http = Client::new();
                while !done.load(Ordering::Relaxed) {
                    let answer = http.get(&url).header("api-token", &token).send().await.unwrap();
                    assert_eq!(answer.status(), StatusCode::OK);
                    answer.bytes().await.unwrap();
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            }
        });

        let next = write(place.path(), "next/openapi.json", next_document());
        let into = ["--into", "sample-v1"];
        let dry = printed(&import(&database, &next, &[&into[..], &["--dry-run"]].concat()).await);
        assert!(dry.contains("DELETE /items/{id}") && dry.contains("POST /orders"), "{dry}");
        assert!(dry.contains("would have 1 endpoints more, 1 described otherwise, 1 less"), "{dry}");
        let before = api.endpoints(1).await;
        assert_eq!(before.len(), 2);
        let text = printed(&import(&database, &next, &[&into[..], &["--output", "json"]].concat()).await);
        let told: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(told["endpoints"], json!({ "added": 1, "updated": 1, "removed": 1 }));
        assert!(told["difference"]["counts"]["breaking"].as_u64().unwrap() > 0, "{told}");
        let after = api.endpoints(1).await;
        let id_of = |list: &[Value], path: &str| {
            list.iter().find(|one| one["path"] == path).map(|one| one["id"].as_i64().unwrap())
        };
        assert_eq!(id_of(&after, "items"), id_of(&before, "items"));
        assert_eq!(id_of(&after, "items/{id}"), None);
        eventually("the answers are those of the new document", async || {
            let answer: Value = call(&server, list, &token).await.json().await.unwrap();
            (answer == json!(["three"])).then_some(())
        })
        .await;
        // What is new waits to be enabled.
        let ordered = Client::new().post(format!("{}/{order}", server.gateway)).header("api-token", &token);
        assert_eq!(ordered.send().await.unwrap().status(), StatusCode::NOT_FOUND);

        let documents = "/api/portico/v1/api_collections/1/documents";
        let (status, restored) =
            api.post(&format!("{documents}/1/restore"), json!({ "activate": true })).await;
        assert_eq!(status, StatusCode::OK, "{restored}");
        let answer: Value = call(&server, list, &token).await.json().await.unwrap();
        assert_eq!(answer, json!(["one", "two"]));
        let deleted = Client::new().delete(format!("{}/{item}", server.gateway)).header("api-token", &token);
        assert_eq!(deleted.send().await.unwrap().status(), StatusCode::NO_CONTENT);

        let seen = calls.load(Ordering::Relaxed);
        eventually("the caller goes on", async || (calls.load(Ordering::Relaxed) > seen).then_some(())).await;
        done.store(true, Ordering::Relaxed);
        caller.await.unwrap();
    }
}

#[tokio::test]
async fn an_archive_is_published_as_the_folder_is() {
    let database = Database::sqlite();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in FILES {
        writer.start_file(format!("api/{name}"), SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let archive = write(database.folder(), "sample.zip", bytes);
    let text = printed(&import(&database, &archive, &["--output", "json"]).await);
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&told["served"], &told["warnings"]), (&json!(2), &json!([])));

    let server = Server::start_on(&database).await;
    let api = server.administrator().await;
    let content = api.request(reqwest::Method::GET, "/api/portico/v1/api_collections/1/documents/1/content");
    let answer = content.send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/zip");
    assert!(answer.bytes().await.unwrap().starts_with(b"PK\x03\x04"));
    let path = "/api/portico/v1/api_collections/1/documents/1/content?file=api/schemas/items.yaml";
    let file = api.request(reqwest::Method::GET, path).send().await.unwrap();
    assert_eq!(file.text().await.unwrap(), FILES[1].1);
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_refused_with_its_file_and_line() {
    let database = Database::sqlite();
    let place = tempfile::tempdir().unwrap();
    write_files(place.path());
    write(place.path(), "schemas/items.yaml", "type: array\ntype: array\n");
    let refused = import(&database, place.path(), &[]).await;
    let text = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text.contains("`schemas/items.yaml`") && text.contains("line 2"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    let server = Server::start_on(&database).await;
    assert_eq!(server.administrator().await.get("/api/api_collections").await.1, json!([]));
}

#[tokio::test]
async fn what_lies_outside_of_the_folder_is_not_read() {
    let database = Database::sqlite();
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("api");
    write_files(&folder);
    write(place.path(), "secret.yaml", "type: string\n");
    std::fs::remove_file(folder.join("schemas/items.yaml")).unwrap();
    std::os::unix::fs::symlink("../../secret.yaml", folder.join("schemas/items.yaml")).unwrap();
    let refused = import(&database, &folder, &[]).await;
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && text.contains("lies outside of"), "{text}");
}

#[tokio::test]
async fn a_collection_that_is_not_there_gets_no_document() {
    let database = Database::sqlite();
    let path = write(database.folder(), "next.json", next_document());
    let refused = import(&database, &path, &["--into", "nowhere-v1"]).await;
    let text = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(text, "portico: there is no collection `nowhere-v1`\n");
    // Without one it can only be looked at.
    let text = printed(&import(&database, &path, &["--dry-run"]).await);
    assert!(text.contains("nothing is written") && text.contains("POST /orders  Order"), "{text}");
}

/// Serves the files of [`FILES`] at their paths; gives the address.
async fn web_server() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap() > 0 {}
            let request = String::from_utf8(request).unwrap();
            let wanted = request.split(' ').nth(1).unwrap();
            let found = FILES.iter().find(|(name, _)| wanted == format!("/{name}"));
            let (status, body) = found.map_or(("404 Not Found", ""), |(_, content)| ("200 OK", *content));
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn what_a_document_refers_to_by_address_is_fetched_only_where_that_is_allowed() {
    let database = Database::sqlite();
    let address = web_server().await;
    let url = format!("{address}/openapi.yaml");
    let by_address = FILES[0].1.replace("'schemas/", &format!("'{address}/schemas/")).replace(
        "/items/{id}: {$ref: 'paths/item.json'}",
        "/items/{id}: {get: {responses: {'200': {description: ok}}}}",
    );
    let file = write(database.folder(), "by-address.yaml", by_address);

    // Not at all unless asked for: what refers to it leads nowhere.
    let not_asked = import(&database, &file, &["--name", "One"]).await;
    printed(&not_asked);
    let text = String::from_utf8_lossy(&not_asked.stderr);
    assert!(text.contains("is not fetched") && text.contains("documents.remote_references"), "{text}");

    // Not from an address that is not public.
    let refused = import(&database, &file, &["--name", "Two", "--remote-references"]).await;
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && text.contains("which is not a public address"), "{text}");

    // Unless the operator has listed it.
    let settings = write(database.folder(), "portico.toml", "[outbound]\nallow = ['127.0.0.1']\n");
    let settings = settings.display().to_string();
    let flags = ["--remote-references", "--config", &settings];
    let text = printed(&import(&database, &file, &[&["--name", "Three"], &flags[..]].concat()).await);
    assert!(text.contains("2 of 2 operations"), "{text}");

    // The document itself may come from anywhere that its importer names.
    let text =
        printed(&portico_in(&database, &[&["import", &url, "--name", "Four"], &flags[..]].concat()).await);
    assert!(text.contains("2 of 2 operations"), "{text}");
    let missing = portico_in(&database, &["import", &format!("{address}/none.yaml")]).await;
    assert!(String::from_utf8_lossy(&missing.stderr).contains("answers with status 404"));
}
