//! Portico, set up the way its users do it: by the command line and the management API.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::management::{self, Collection, Management};
use crate::process::{Server, on_core};
use crate::random::Random;
use crate::report::CallLog;
use crate::target::{About, Target, Tokens};
use crate::{clock, console, probe};

/// The whole job.
const ABOUT: About = About {
    name: "portico",
    does: "all keys as SHA-256, allow and deny list per key, routing by endpoint, X-Forwarded-*, request ids, metrics, call log",
    missing: "",
    refuses: true,
    forwards: true,
};

/// How it is configured for the benchmark; everything else is as shipped. It writes a line for every
/// call, as nginx does beside it.
const CONFIGURATION: &str = r#"[gateway]
cores = 1
call_log = "all"
call_log_file = "/dev/null"

[control.rate]
per_second = 1000000
burst = 1000000
"#;

/// How long a command beside the server may take.
const COMMAND_WITHIN: Duration = Duration::from_secs(60);

/// A data directory with all keys, and what is needed to use it.
#[derive(Debug)]
pub(crate) struct Prepared {
    folder: PathBuf,
    note: Note,
}

/// What is kept beside a prepared data directory.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// Where the collection's upstream must listen.
    upstream: SocketAddr,
    /// What the collection's paths begin with.
    prefix: String,
}

impl Prepared {
    /// The data directory for this many keys: an earlier run's, or a new one.
    pub(crate) async fn find_or_make(program: &Path, out: &Path, keys: usize) -> anyhow::Result<Self> {
        let folder = out.join(format!("data-{:016x}-{keys}", schema()?));
        if let Ok(note) = fs::read(folder.join("note.json")) {
            return Ok(Self { note: serde_json::from_slice(&note)?, folder });
        }
        console::note(format_args!("preparing {keys} keys; following runs use them again"));
        let partial = out.join(format!("data-partial-{}", std::process::id()));
        let removed = Removed(&partial);
        let note = make(program, &partial, keys).await.context("cannot prepare the data directory")?;
        write_private(&partial.join("note.json"), &serde_json::to_vec(&note)?)?;
        // It has a line for every key that was made.
        fs::remove_file(partial.join("portico.log"))?;
        fs::rename(&partial, &folder)?;
        drop(removed);
        Ok(Self { folder, note })
    }

    /// Where the upstream must listen.
    pub(crate) fn upstream(&self) -> SocketAddr {
        self.note.upstream
    }

    /// What the paths begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.note.prefix
    }

    /// The files with what calls carry.
    pub(crate) fn tokens(&self) -> Tokens {
        let file = |name| self.folder.join(name);
        Tokens { keys: file("tokens"), governed: Some(file("governed")), signed: Some(file("signed")) }
    }

    /// Starts it on a copy of the data directory, so that every run begins with the same.
    pub(crate) async fn start(
        &self,
        program: &Path,
        core: usize,
        folder: &Path,
        token: &str,
    ) -> anyhow::Result<Running> {
        let data = folder.join("portico-data");
        copy(&self.folder.join("data"), &data)?;
        let began = clock::now();
        let mut server = serve(on_core(core, program), &data, folder, &[])?;
        let printed = server.ready().await.context("portico serve")?;
        let address = address_of("gateway", &printed)?;
        let path = format!("{}/kib", self.prefix());
        probe::first_answer(&mut server, address, &path, token).await.context("portico")?;
        let start_ms = Some((clock::now() - began).as_secs_f64() * 1000.0);
        let (prefix, tokens) = (self.prefix().to_owned(), Some(self.tokens()));
        let ops = address_of("ops", &printed)?;
        let (server, metrics) = (Some(server), Some(ops));
        let target = Target { about: ABOUT, address, prefix, tokens, server, metrics, start_ms };
        let control = address_of("control", &printed)?;
        Ok(Running { target, control, ops, program: program.to_owned(), data, folder: folder.to_owned() })
    }
}

/// A running server whose management API alone is asked.
#[derive(Debug)]
pub(crate) struct Administered {
    pub(crate) server: Server,
    pub(crate) api: Management,
}

impl Prepared {
    /// Starts it on a copy of the data directory, for its management API.
    pub(crate) async fn administer(
        &self,
        program: &Path,
        core: usize,
        folder: &Path,
    ) -> anyhow::Result<Administered> {
        let data = folder.join("portico-data");
        copy(&self.folder.join("data"), &data)?;
        administer(program, core, folder, &data, &[]).await
    }
}

/// Starts it on a PostgreSQL database, with this many keys in it.
pub(crate) async fn administer_postgres(
    program: &Path,
    core: usize,
    folder: &Path,
    url: &str,
    keys: usize,
) -> anyhow::Result<Administered> {
    let data = folder.join("portico-data");
    fs::DirBuilder::new().mode(0o700).create(&data)?;
    let started = administer(program, core, folder, &data, &["--database", url]).await?;
    let there = started.api.count_keys().await?;
    ensure!(there == 0 || there == keys as u64, "the database has {there} keys; give an empty one");
    if there == 0 {
        console::note(format_args!("making {keys} keys on PostgreSQL"));
        let body = json!({"name": "bench", "openapi_spec": {"content": openapi().to_string()}});
        started.api.import(body.to_string().into_bytes()).await?;
        let collection = started.api.collection().await?;
        started.api.make_keys(collection.id, keys).await?;
    }
    Ok(started)
}

async fn administer(
    program: &Path,
    core: usize,
    folder: &Path,
    data: &Path,
    database: &[&str],
) -> anyhow::Result<Administered> {
    let mut server = serve(on_core(core, program), data, folder, database)?;
    let printed = server.ready().await.context("portico serve")?;
    let control = address_of("control", &printed)?;
    let name = format!("reads {}", std::process::id());
    let mut command = with_settings(Command::new(program), data, folder)?;
    let token = output(command.args(["token", "create", "--name", &name]).args(database))?;
    let api = Management::new(format!("http://{control}"), token)?;
    Ok(Administered { server, api })
}

/// A running server on a copy of a prepared data directory.
#[derive(Debug)]
pub(crate) struct Running {
    /// As it is measured.
    pub(crate) target: Target,
    /// Where the management API listens.
    control: SocketAddr,
    /// Where it tells how it is.
    pub(crate) ops: SocketAddr,
    program: PathBuf,
    data: PathBuf,
    folder: PathBuf,
}

impl Running {
    /// Its management API, with a new token.
    pub(crate) async fn api(&self) -> anyhow::Result<Management> {
        let token = self.beside(&["token", "create", "--name", "changes"]).await?;
        Management::new(format!("http://{}", self.control), token)
    }

    /// Runs `portico` as another process on the same data directory; gives what it prints.
    pub(crate) async fn beside(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = with_settings(Command::new(&self.program), &self.data, &self.folder)?;
        command.args(arguments).stdin(Stdio::null());
        let output = tokio::process::Command::from(command).kill_on_drop(true).output();
        let output = tokio::time::timeout(COMMAND_WITHIN, output).await;
        printed(output.with_context(|| format!("{arguments:?} takes too long"))??)
    }
}

/// As `portico --version` gives it.
pub(crate) fn version(program: &Path) -> anyhow::Result<String> {
    output(Command::new(program).arg("--version"))
}

/// How much of its call log it has written, by its own metrics.
pub(crate) async fn call_log(metrics: SocketAddr) -> anyhow::Result<CallLog> {
    let (status, body) = probe::get(metrics, Ipv4Addr::LOCALHOST, "/metrics", "").await?;
    ensure!(status == 200, "the metrics of portico are answered with {status}");
    Ok(CallLog {
        calls: sum(&body, "portico_gateway_calls_total"),
        dropped: sum(&body, "portico_gateway_log_drops_total"),
    })
}

/// How many connections of callers are open at its gateway, by its own metrics.
pub(crate) async fn connections(metrics: SocketAddr) -> anyhow::Result<u64> {
    let (status, body) = probe::get(metrics, Ipv4Addr::LOCALHOST, "/metrics", "").await?;
    ensure!(status == 200, "the metrics of portico are answered with {status}");
    Ok(sum(&body, "portico_gateway_connections{"))
}

/// The sum of a counter over all its labels.
fn sum(metrics: &str, name: &str) -> u64 {
    let lines = metrics.lines().filter(|line| line.starts_with(name));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// A running server with a collection.
pub(crate) struct Published {
    /// The program.
    pub(crate) server: Server,
    /// Where calls go.
    pub(crate) gateway: SocketAddr,
    /// Its management API.
    pub(crate) api: Management,
    /// What was published.
    pub(crate) collection: Collection,
}

/// Publishes a document's operations, with this upstream behind them, and serves them.
pub(crate) async fn publish(
    program: &Path,
    folder: &Path,
    document: &Value,
    upstream: SocketAddr,
) -> anyhow::Result<Published> {
    let (data, file) = (folder.join("data"), folder.join("openapi.json"));
    fs::write(&file, serde_json::to_vec_pretty(document)?)?;
    let portico = || with_settings(Command::new(program), &data, folder);
    let token = output(portico()?.args(["token", "create", "--name", "bench"]))?;
    let url = format!("http://{upstream}");
    let flags = ["--name", "bench", "--upstream", &url, "--activate"];
    output(portico()?.arg("import").arg(&file).args(flags))?;
    let mut server = serve(Command::new(program), &data, folder, &[])?;
    let printed = server.ready().await.context("portico serve")?;
    let api = Management::new(format!("http://{}", address_of("control", &printed)?), token)?;
    let collection = api.collection().await?;
    Ok(Published { server, gateway: address_of("gateway", &printed)?, api, collection })
}

/// Makes a data directory with a published collection, clients and keys.
async fn make(program: &Path, folder: &Path, keys: usize) -> anyhow::Result<Note> {
    fs::DirBuilder::new().mode(0o700).recursive(true).create(folder)?;
    let upstream = lasting_address()?;
    let Published { server, api, collection, .. } = publish(program, folder, &openapi(), upstream).await?;
    let tokens = api.make_keys(collection.id, keys).await?;
    ensure!(tokens.len() == keys, "{} keys were made, not {keys}", tokens.len());
    let (governed, signed) = (api.governed(collection.id).await?, signed(&api, collection.id).await?);
    for (name, tokens) in [("tokens", tokens), ("governed", governed), ("signed", signed)] {
        write_private(&folder.join(name), (tokens.join("\n") + "\n").as_bytes())?;
    }
    drop(server);
    Ok(Note { upstream, prefix: collection.prefix })
}

/// How many signed tokens there are; fewer than a thread of the gateway remembers, so that it remembers all.
const SIGNED: usize = 1_000;

/// Tokens that a client has signed with RS256, good for longer than a prepared data directory is kept.
async fn signed(api: &Management, collection: i64) -> anyhow::Result<Vec<String>> {
    let pair = KeyPair::generate_for(&PKCS_RSA_SHA256)?;
    let key = EncodingKey::from_rsa_pem(pair.serialize_pem().as_bytes())?;
    let names = api.signing(collection, &pair.public_key_pem()).await?;
    let now = clock::timestamp().as_second();
    let claims = |number: usize| {
        let name = &names[number % names.len()];
        json!({"iss": management::ISSUER, "sub": name, "jti": number, "iat": now, "exp": now + 10 * 365 * 86_400})
    };
    let header = Header::new(Algorithm::RS256);
    (0..SIGNED).map(|number| Ok(jsonwebtoken::encode(&header, &claims(number), &key)?)).collect()
}

/// The command with the benchmark's settings and none of the caller's.
fn with_settings(mut command: Command, data: &Path, folder: &Path) -> anyhow::Result<Command> {
    let settings = folder.join("portico.toml");
    fs::write(&settings, CONFIGURATION)?;
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PORTICO_")) {
        command.env_remove(name);
    }
    command.env("PORTICO_CONFIG", settings).env("PORTICO_DATA_DIR", data);
    Ok(command)
}

fn serve(command: Command, data: &Path, folder: &Path, more: &[&str]) -> anyhow::Result<Server> {
    let mut command = with_settings(command, data, folder)?;
    command.arg("serve").args(more);
    for listener in ["--gateway", "--control", "--portal", "--ops"] {
        command.args([listener, "127.0.0.1:0"]);
    }
    Server::start(command, "portico", folder)
}

/// The address in a line such as `listening gateway=http://127.0.0.1:41234`.
fn address_of(listener: &str, printed: &str) -> anyhow::Result<SocketAddr> {
    let start = format!("listening {listener}=http://");
    let address = printed.lines().find_map(|line| line.strip_prefix(&start));
    let address = address.with_context(|| format!("it printed no address of its {listener} listener"))?;
    address.trim_end_matches('/').parse().with_context(|| format!("`{address}`"))
}

/// What a command prints; fails with what it complains about.
fn output(command: &mut Command) -> anyhow::Result<String> {
    printed(command.output().context("cannot run portico")?)
}

fn printed(output: Output) -> anyhow::Result<String> {
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "portico ended with {}: {complaint}", output.status);
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The collection: what the scenarios call, and an echo for the look before.
fn openapi() -> Value {
    let operation = |id: &str| json!({"operationId": id, "responses": {"200": {"description": "OK"}}});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "bench", "version": "1.0"},
        "paths": {
            "/kib": {"get": operation("kib"), "post": operation("post")},
            "/hundred": {"get": operation("hundred")},
            "/echo": {"get": operation("echo")},
        },
    })
}

/// Names what a prepared data directory depends on: the store's migrations, the document, the rules.
fn schema() -> anyhow::Result<u64> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/store/migrations");
    let mut files: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("cannot read {folder}"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort_unstable();
    let mut hasher = DefaultHasher::new();
    for file in files.iter().filter(|path| path.is_file()) {
        hasher.write(&fs::read(file)?);
    }
    hasher.write(openapi().to_string().as_bytes());
    hasher.write(management::rules().to_string().as_bytes());
    hasher.write(management::policy().to_string().as_bytes());
    Ok(hasher.finish())
}

/// An address that is written into a data directory and has to be free in later runs as well: below
/// the ports that the system gives out by itself.
fn lasting_address() -> anyhow::Result<SocketAddr> {
    let mut random = Random::new(u64::from(std::process::id()));
    (0..100)
        .map(|_| SocketAddr::from((Ipv4Addr::LOCALHOST, 20_000 + (random.next() % 12_000) as u16)))
        .find(|address| TcpListener::bind(address).is_ok())
        .context("no free port between 20000 and 32000")
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(file.write_all(content)?)
}

/// A folder that is gone when this is dropped, whether or not its preparation worked out.
struct Removed<'a>(&'a Path);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_summed_over_their_labels() {
        let metrics = "# TYPE a_total counter\na_total{core=\"0\"} 3\na_total{core=\"1\"} 4\nb_total 9\n";
        assert_eq!(sum(metrics, "a_total"), 7);
    }

    #[test]
    fn addresses_are_read_from_what_the_server_prints() {
        let printed =
            "listening gateway=http://127.0.0.1:41234\nlistening control=http://127.0.0.1:5\nready\n";
        let address = address_of("control", printed).expect("it is there");
        assert_eq!(address, SocketAddr::from((Ipv4Addr::LOCALHOST, 5)));
        assert!(address_of("portal", printed).is_err());
    }
}
