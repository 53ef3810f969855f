//! `kill -9` at any moment: what was answered is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::StatusCode;
use serde_json::json;
use tokio::sync::Mutex;

use crate::world::{Api, Database, Server, eventually};

/// How often the server is killed.
const ROUNDS: usize = 6;

#[tokio::test]
async fn every_answered_write_survives_kill_9() {
    let database = Database::sqlite();
    let mut server = Server::start_on(&database).await;
    let token = server.administrator().await.token().to_owned();
    let answered = Arc::new(Mutex::new(BTreeMap::<i64, String>::new()));
    for round in 0..ROUNDS {
        let writes = Arc::new(AtomicUsize::new(0));
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let api = Api::new(&server.control, &token);
                let (answered, writes) = (Arc::clone(&answered), Arc::clone(&writes));
                tokio::spawn(write_until_it_dies(api, format!("{round}-{writer}"), answered, writes))
            })
            .collect();
        // Each round dies at another point of its work.
        let enough = 7 + 11 * round;
        eventually("enough is written", async || (writes.load(Ordering::Relaxed) >= enough).then_some(()))
            .await;
        server.kill().await;
        for writer in writers {
            writer.await.unwrap();
        }
        server = Server::start_on(&database).await;
        let api = Api::new(&server.control, &token);
        for (id, name) in answered.lock().await.iter() {
            let (status, client) = api.get(&format!("/api/v2/api_clients/{id}")).await;
            assert_eq!(status, StatusCode::OK, "client {id} was answered and is gone");
            assert_eq!(client["data"]["name"], *name);
        }
    }
    assert!(answered.lock().await.len() > ROUNDS * 7);
}

async fn write_until_it_dies(
    api: Api,
    prefix: String,
    answered: Arc<Mutex<BTreeMap<i64, String>>>,
    writes: Arc<AtomicUsize>,
) {
    for number in 0.. {
        let name = format!("{prefix}-{number}");
        let body = json!({ "name": name, "auth_type": "token", "api_collection_ids": [] });
        let request = api.request(reqwest::Method::POST, "/api/v2/api_clients").json(&body);
        let Ok(answer) = request.send().await else { return };
        if answer.status() != StatusCode::OK {
            panic!("{}", answer.status());
        }
        let Ok(created) = answer.json::<serde_json::Value>().await else { return };
        answered.lock().await.insert(created["data"]["id"].as_i64().unwrap(), name);
        writes.fetch_add(1, Ordering::Relaxed);
    }
}
