//! What cannot work ends with one clear sentence.

use std::os::unix::fs::PermissionsExt as _;

use crate::world::{Database, Server, portico, portico_in};

/// The one sentence of a command that failed.
async fn sentence(database: &Database, arguments: &[&str]) -> String {
    let output = portico_in(database, arguments).await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("portico: "), "{text}");
    text
}

const ANY: &str = "127.0.0.1:0";

#[tokio::test]
async fn a_port_in_use_is_named_with_its_setting() {
    let holder = std::net::TcpListener::bind(ANY).unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    let cases = [
        ("gateway.address", ["--gateway", &taken, "--control", ANY, "--portal", ANY, "--ops", ANY]),
        ("control.address", ["--gateway", ANY, "--control", &taken, "--portal", ANY, "--ops", ANY]),
        ("portal.address", ["--gateway", ANY, "--control", ANY, "--portal", &taken, "--ops", ANY]),
        ("operations.address", ["--gateway", ANY, "--control", ANY, "--portal", ANY, "--ops", &taken]),
    ];
    for (setting, listeners) in cases {
        let text = sentence(&Database::sqlite(), &[&["serve"], &listeners[..]].concat()).await;
        assert!(text.contains(&taken) && text.contains(setting), "{text}");
    }
}

#[tokio::test]
async fn an_unknown_key_of_the_configuration_is_named() {
    let database = Database::sqlite();
    let file = database.folder().join("portico.toml");
    std::fs::write(&file, "[gateway]\ncoers = 2\n").unwrap();
    let text = sentence(&database, &["serve", "--config", &file.display().to_string()]).await;
    assert!(text.contains("`gateway.coers`") && text.contains("portico.toml"), "{text}");
    std::fs::write(&file, "[gateway\n").unwrap();
    let text = sentence(&database, &["serve", "--config", &file.display().to_string()]).await;
    assert!(text.contains("portico.toml"), "{text}");
    let missing = portico(&["serve", "--config", "/nowhere/portico.toml"]).await;
    assert_eq!(missing.status.code(), Some(1));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_not_touched() {
    let database = Database::sqlite();
    let garbage = "this is not a database, whatever its name says; ".repeat(100);
    std::fs::write(database.file(), &garbage).unwrap();
    let text = sentence(&database, &["serve"]).await;
    assert!(text.contains("damaged or is no database"), "{text}");
    assert_eq!(std::fs::read_to_string(database.file()).unwrap(), garbage);
}

#[tokio::test]
async fn a_database_that_another_process_holds_is_said_to_be_locked() {
    let database = Database::sqlite();
    assert!(portico_in(&database, &["migrate"]).await.status.success());
    // Python's module holds the lock: a second SQLite, as another program would be.
    let hold = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
        db.execute('begin exclusive')\n\
        print('held', flush=True)\n\
        sys.stdin.read()";
    let mut holder = tokio::process::Command::new("python3")
        .args(["-c", hold, &database.file().display().to_string()])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut held = [0; 4];
    tokio::io::AsyncReadExt::read_exact(holder.stdout.as_mut().unwrap(), &mut held).await.unwrap();
    let text = sentence(&database, &["token", "create", "--name", "x"]).await;
    assert!(text.contains("locked by another process"), "{text}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_without_its_password() {
    let database = Database::sqlite();
    let folder = database.folder().display().to_string();
    let url = "postgres://portico:verysecret@127.0.0.1:1/portico";
    let output = portico(&["serve", "--data-dir", &folder, "--database", url]).await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("127.0.0.1:1/portico") && !text.contains("verysecret"), "{text}");
}

#[tokio::test]
async fn another_master_key_is_noticed_before_anything_is_served() {
    let database = Database::sqlite();
    assert!(portico_in(&database, &["migrate"]).await.status.success());
    let key = database.folder().join("master.key");
    std::fs::write(&key, format!("{}\n", "0".repeat(64))).unwrap();
    let text = sentence(&database, &["serve"]).await;
    assert!(text.contains("master key is not the one"), "{text}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let text = sentence(&database, &["serve"]).await;
    assert!(text.contains("chmod 600"), "{text}");
}

#[tokio::test]
async fn the_master_key_is_readable_by_its_owner_alone() {
    let server = Server::start().await;
    let mode = |name: &str| {
        std::fs::metadata(server.database.folder().join(name)).unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode("master.key"), 0o600);
}
