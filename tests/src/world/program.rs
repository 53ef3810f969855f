//! The program as a process.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{Api, PATIENCE};

const PROGRAM: &str = env!("CARGO_BIN_EXE_portico-under-test");

/// Where the data of a test lies; gone when the last user is.
#[derive(Clone)]
pub(crate) struct Database {
    folder: Arc<TempDir>,
    url: Option<String>,
}

impl Database {
    /// SQLite in a folder of its own.
    pub(crate) fn sqlite() -> Self {
        Self { folder: Arc::new(TempDir::with_prefix("portico-test").unwrap()), url: None }
    }

    /// A database of its own on the PostgreSQL that the test run started.
    pub(crate) async fn postgres() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("PORTICO_TEST_POSTGRES")
            .expect("PORTICO_TEST_POSTGRES is not set: run the tests with `make test`");
        let name = format!("portico_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let made = Command::new("psql")
            .args([server.as_str(), "--quiet", "--command", &format!("create database {name}")])
            .output()
            .await
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let (base, _) = server.rsplit_once('/').unwrap();
        Self { url: Some(format!("{base}/{name}")), ..Self::sqlite() }
    }

    /// One of each kind.
    pub(crate) async fn each() -> [Self; 2] {
        [Self::sqlite(), Self::postgres().await]
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder().join("portico.db")
    }

    /// Its address if it is on a PostgreSQL.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The password in that address.
    pub(crate) fn password(&self) -> Option<String> {
        reqwest::Url::parse(self.url()?).unwrap().password().map(str::to_owned)
    }

    /// The flags that lead a command here.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--data-dir".to_owned(), self.folder().display().to_string()];
        if let Some(url) = &self.url {
            flags.extend(["--database".to_owned(), url.clone()]);
        }
        flags
    }
}

/// Runs a command on this data to its end.
pub(crate) async fn portico_in(database: &Database, arguments: &[&str]) -> Output {
    let mut all: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    all.extend(database.flags());
    portico(&all.iter().map(String::as_str).collect::<Vec<_>>()).await
}

/// Runs a command to its end.
pub(crate) async fn portico(arguments: &[&str]) -> Output {
    let running = command(arguments).stdin(Stdio::null()).output();
    timeout(PATIENCE, running).await.expect("the command does not end").unwrap()
}

/// The program with these arguments, in a folder without a configuration file and without the
/// variables of whoever runs the tests.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PORTICO")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(std::env::temp_dir()).kill_on_drop(true);
    command
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// The data that it serves.
    pub(crate) database: Database,
    /// Where calls arrive, without a trailing slash; and so on.
    pub(crate) gateway: String,
    pub(crate) portal: String,
    pub(crate) control: String,
    pub(crate) ops: String,
    /// What it printed after `ready`, line by line.
    pub(crate) lines: tokio::sync::mpsc::UnboundedReceiver<String>,
}

impl Server {
    /// A server on an empty SQLite database.
    pub(crate) async fn start() -> Self {
        Self::start_on(&Database::sqlite()).await
    }

    /// A server on this data.
    pub(crate) async fn start_on(database: &Database) -> Self {
        Self::start_with(database, &["serve"], &[]).await
    }

    /// A server started with this command and these variables; all ports are free ones.
    pub(crate) async fn start_with(
        database: &Database,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        Self::start_telling(database, arguments, variables, Stdio::inherit()).await
    }

    /// The same, with these addresses for gateway, portal, control and operations.
    pub(crate) async fn start_at(
        database: &Database,
        arguments: &[&str],
        variables: &[(&str, &str)],
        addresses: [&str; 4],
    ) -> Self {
        Self::launch(database, arguments, variables, addresses, Stdio::inherit()).await
    }

    /// Like [`Self::start_with`], with its log lines to `log`.
    pub(crate) async fn start_telling(
        database: &Database,
        arguments: &[&str],
        variables: &[(&str, &str)],
        log: Stdio,
    ) -> Self {
        Self::launch(database, arguments, variables, ["127.0.0.1:0"; 4], log).await
    }

    async fn launch(
        database: &Database,
        arguments: &[&str],
        variables: &[(&str, &str)],
        [gateway, portal, control, ops]: [&str; 4],
        log: Stdio,
    ) -> Self {
        let mut child = command(arguments)
            .args(database.flags())
            .args(["--gateway", gateway, "--portal", portal, "--control", control, "--ops", ops])
            // Tests call as fast as they can.
            .envs(["PER_SECOND", "BURST"].map(|name| (format!("PORTICO__CONTROL__RATE__{name}"), "1000000")))
            .envs(
                ["PER_SECOND", "BURST"]
                    .map(|name| (format!("PORTICO__CONTROL__ANONYMOUS_RATE__{name}"), "1000000")),
            )
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut urls = std::collections::HashMap::new();
        let starting = async {
            while let Some(line) = printed.next_line().await.unwrap() {
                if line == "ready" {
                    return;
                }
                let listener =
                    line.strip_prefix("listening ").expect("only listeners are named before `ready`");
                let (name, url) = listener.split_once('=').unwrap();
                urls.insert(name.to_owned(), url.to_owned());
            }
            panic!("the server ended before it was ready");
        };
        timeout(PATIENCE, starting).await.expect("the server does not get ready");
        let (sender, lines) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok(Some(line)) = printed.next_line().await {
                let _ = sender.send(line);
            }
        });
        let mut url = |name: &str| urls.remove(name).unwrap_or_default();
        Self {
            child,
            database: database.clone(),
            gateway: url("gateway"),
            portal: url("portal"),
            control: url("control"),
            ops: url("ops"),
            lines,
        }
    }

    /// The management API as an administrator with a new token sees it.
    pub(crate) async fn administrator(&self) -> Api {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test {}", NEXT.fetch_add(1, Ordering::Relaxed));
        let made = portico_in(&self.database, &["token", "create", "--name", &name]).await;
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Api::new(&self.control, String::from_utf8(made.stdout).unwrap().trim())
    }

    fn pid(&self) -> i32 {
        self.child.id().and_then(|pid| i32::try_from(pid).ok()).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid()), signal).unwrap();
    }

    /// The memory that it has, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim_end_matches("kB").trim().parse().unwrap()
    }

    /// Asks it to end, as an init system does.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// Asks it to read its certificates again.
    pub(crate) fn hang_up(&self) {
        self.signal(Signal::SIGHUP);
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("the server does not end").unwrap()
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(self) {
        self.signal(Signal::SIGKILL);
        self.ended().await;
    }
}
