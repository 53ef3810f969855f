//! A full disk: writes are refused with the reason, calls go on, and writes work again once there
//! is room.

use std::path::Path;
use std::process::Stdio;

use reqwest::StatusCode;
use serde_json::json;

use crate::gateway::status;
use crate::world::{Caller, Database, Server};

/// A small file system in memory, mounted where only a test looks.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(folder: &'a Path, size: &str) -> Self {
        let options = format!("size={size},mode=700");
        run("mount", &["-t", "tmpfs", "-o", &options, "portico-test"], folder);
        Self(folder)
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0).status();
    }
}

fn run(program: &str, arguments: &[&str], folder: &Path) {
    let output = std::process::Command::new(program)
        .args(arguments)
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} needs root, as in CI: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_serves_calls() {
    let database = Database::sqlite();
    let disk = SmallDisk::mount(database.folder(), "8m");
    let server = Server::start_on(&database).await;
    let api = server.administrator().await;
    let Caller { token, .. } = api.mock_caller().await;
    let before = api.get("/api/v2/api_clients").await.1["count"].clone();

    // Fill it to the last page, beside the database.
    let filler = database.folder().join("filler");
    let mut bytes = 1 << 20;
    let mut file = std::fs::File::create(&filler).unwrap();
    while bytes >= 512 {
        if std::io::Write::write_all(&mut file, &vec![1; bytes]).is_err() {
            bytes /= 2;
        }
    }
    let body = json!({ "name": "x", "auth_type": "token", "api_collection_ids": [] });
    let refused = crate::world::eventually("the disk is full", async || {
        // A few writes may still fit into pages that the database has already.
        let (status, answer) = api.post("/api/v2/api_clients", body.clone()).await;
        (status != StatusCode::OK).then_some((status, answer))
    })
    .await;
    assert_eq!(refused.0, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.1);
    assert!(refused.1["message"].as_str().unwrap().contains("disk is full"), "{}", refused.1);
    assert_eq!(status(&server, "main/mock-v1/echo", &token).await, StatusCode::OK);
    assert_eq!(api.get("/api/v2/api_clients").await.0, StatusCode::OK);

    drop(file);
    std::fs::remove_file(&filler).unwrap();
    let (status, answer) = api.post("/api/v2/api_clients", body).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert!(api.get("/api/v2/api_clients").await.1["count"].as_i64() > before.as_i64());
    server.kill().await;
    drop(disk);
}
