//! What the commands print, and their exit codes.

use crate::world::{Database, Server, portico, portico_in, sample_document};

fn out(output: &std::process::Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test]
async fn wrong_usage_ends_with_two_and_help_with_zero() {
    for arguments in [&["serve", "--nonsense"][..], &["nonsense"], &["serve", "--gateway", "here"], &[]] {
        assert_eq!(portico(arguments).await.status.code(), Some(2), "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["serve", "--help"], &["--version"]] {
        let output = portico(arguments).await;
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_token_is_printed_and_nothing_else() {
    for database in Database::each().await {
        let made = portico_in(&database, &["token", "create", "--name", "ci"]).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let token = out(&made);
        let digits = token.strip_prefix("portico_").unwrap().strip_suffix('\n').unwrap();
        assert!(digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let again = portico_in(&database, &["token", "create", "--name", "ci"]).await;
        assert_eq!(again.status.code(), Some(1));
        assert_eq!(
            String::from_utf8(again.stderr).unwrap(),
            "portico: name `ci` is taken by another token; choose another name\n"
        );
        let nowhere = portico_in(&database, &["token", "create", "--name", "x", "--workspace", "nope"]).await;
        assert_eq!(nowhere.status.code(), Some(1));
    }
}

#[tokio::test]
async fn a_broken_document_is_refused_whole() {
    let database = Database::sqlite();
    let file = database.folder().join("broken.json");
    std::fs::write(&file, sample_document().replacen("\"paths\"", "\"pahts\"", 1)).unwrap();
    let refused = portico_in(&database, &["import", &file.display().to_string()]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("paths"));
    let server = Server::start_on(&database).await;
    let (_, collections) = server.administrator().await.get("/api/api_collections").await;
    assert_eq!(collections, serde_json::json!([]));
}

#[tokio::test]
async fn a_backup_of_a_running_server_is_a_database_that_serves() {
    let server = Server::start().await;
    let api = server.administrator().await;
    api.mock_collection("Kept").await;
    let copy = Database::sqlite();
    let file = copy.file().display().to_string();
    let backup = portico_in(&server.database, &["backup", &file]).await;
    assert!(backup.status.success(), "{}", String::from_utf8_lossy(&backup.stderr));
    let again = portico_in(&server.database, &["backup", &file]).await;
    assert_eq!(again.status.code(), Some(1), "an existing file is never overwritten");

    let key = "master.key";
    std::fs::copy(server.database.folder().join(key), copy.folder().join(key)).unwrap();
    let restored = Server::start_on(&copy).await;
    let same = crate::world::Api::new(&restored.control, api.token());
    let (_, collections) = same.get("/api/api_collections").await;
    assert_eq!(collections[0]["name"], "Kept");
}

#[tokio::test]
async fn migrate_and_doctor_say_what_they_found() {
    for database in Database::each().await {
        let first = out(&portico_in(&database, &["migrate"]).await);
        assert!(first.contains("migrations applied"), "{first}");
        let second = out(&portico_in(&database, &["migrate"]).await);
        assert!(second.ends_with("the schema is up to date\n"), "{second}");
        let any = "127.0.0.1:0";
        let listeners = ["--gateway", any, "--portal", any, "--control", any, "--ops", any];
        let healthy = portico_in(&database, &[&["doctor"], &listeners[..]].concat()).await;
        assert!(healthy.status.success(), "{}", out(&healthy));
        let holder = std::net::TcpListener::bind(any).unwrap();
        let taken = holder.local_addr().unwrap().to_string();
        let ill = ["doctor", "--gateway", &taken, "--portal", any, "--control", any, "--ops", any];
        let ill = portico_in(&database, &ill).await;
        assert_eq!(ill.status.code(), Some(1));
        assert!(out(&ill).contains("FAIL  gateway"), "{}", out(&ill));
    }
}

#[tokio::test]
async fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let script = portico(&["completions", shell]).await;
        assert!(script.status.success() && out(&script).contains("portico"), "{shell}");
    }
}
