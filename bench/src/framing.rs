//! What proxies make of requests that readers could understand differently: the same bytes to each of
//! them, with an upstream behind each that keeps what it receives.

mod cases;
mod peers;
mod recorder;
mod table;

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::{console, process};

use cases::{Case, Place};
use peers::Peer;
use recorder::Received;

/// How long the first byte of an answer may take; a proxy that waits for more of a request says nothing.
const FIRST_BYTE: Duration = Duration::from_millis(1_500);
/// After how much silence an answer is taken to be whole.
const SILENCE: Duration = Duration::from_millis(250);
/// How long proxies may take to notice that the upstream has closed its connections.
const SETTLE: Duration = Duration::from_millis(30);
/// As much of an answer as is looked at.
const ANSWER_BYTES: usize = 1 << 20;

/// Sends oddly framed requests to Portico and its peers, and tells what each answered and what its upstream received.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The `portico` to look at.
    #[arg(long, default_value = "target/dist/portico")]
    portico: PathBuf,
    /// The `nginx` to look at.
    #[arg(long, default_value = "/usr/sbin/nginx")]
    nginx: PathBuf,
    /// The `haproxy` to look at.
    #[arg(long, default_value = "/usr/sbin/haproxy")]
    haproxy: PathBuf,
    /// The `envoy` to look at; left out where there is none.
    #[arg(long, default_value = "target/bench-tools/envoy")]
    envoy: PathBuf,
    /// Only requests whose name has this text; then what the upstreams received is shown, too.
    #[arg(long)]
    only: Option<String>,
    /// Where the report goes.
    #[arg(long, default_value = "target/bench")]
    out: PathBuf,
    /// Writes the table into this file, between its marks.
    #[arg(long)]
    write: Option<PathBuf>,
}

/// What a proxy made of one request.
#[derive(Debug)]
struct Outcome {
    /// The statuses that it answered with, one after the other.
    statuses: Vec<u16>,
    /// Whether it closed the connection.
    closed: bool,
    /// What its upstream got.
    received: Received,
}

/// Looks until done or interrupted; either way, nothing that it has started goes on.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    process::unless_interrupted(look(arguments)).await
}

async fn look(arguments: Arguments) -> anyhow::Result<ExitCode> {
    fs::create_dir_all(&arguments.out)?;
    let out = fs::canonicalize(&arguments.out)?;
    let folder = tempfile::Builder::new().prefix("framing-").tempdir_in(&out)?;
    let work = async {
        let mut peers = vec![Peer::portico(&arguments.portico, folder.path()).await.context("portico")?];
        peers.push(Peer::nginx(&arguments.nginx, folder.path()).await.context("nginx")?);
        peers.push(Peer::haproxy(&arguments.haproxy, folder.path()).await.context("haproxy")?);
        match arguments.envoy.exists() {
            true => peers.push(Peer::envoy(&arguments.envoy, folder.path()).await.context("envoy")?),
            false => console::note(format_args!(
                "there is no envoy at {}; it is left out",
                arguments.envoy.display()
            )),
        }
        let place = Place { prefix: peers[0].prefix.clone(), token: peers[0].token.clone() };
        let wanted =
            |case: &Case| arguments.only.as_ref().is_none_or(|only| case.name.contains(only.as_str()));
        let mut rows = Vec::new();
        for case in cases::all(&place).into_iter().filter(wanted) {
            let mut outcomes = Vec::new();
            for peer in &mut peers {
                outcomes.push(
                    exchange(peer, &case).await.with_context(|| format!("{}, {}", peer.name, case.name))?,
                );
            }
            if arguments.only.is_some() {
                console::print(table::details(&case, &peers, &outcomes));
            }
            rows.push((case, outcomes));
        }
        anyhow::Ok((table::table(&peers, &rows), table::findings(&rows)))
    };
    let (table, findings) = tokio::task::LocalSet::new().run_until(work).await?;
    console::print(&table);
    if let Some(file) = &arguments.write {
        table::write(file, &table)?;
    }
    for finding in &findings {
        console::note(finding);
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One request, over a connection of its own.
async fn exchange(peer: &mut Peer, case: &Case) -> anyhow::Result<Outcome> {
    peer.server.alive()?;
    peer.recorder.begin();
    sleep(SETTLE).await;
    let (answer, closed) = said(peer.address, &case.bytes).await?;
    Ok(Outcome { statuses: statuses(&answer), closed, received: peer.recorder.received() })
}

/// What a proxy says to these bytes, and whether it closed the connection after it.
async fn said(address: SocketAddr, bytes: &[u8]) -> anyhow::Result<(Vec<u8>, bool)> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    // A proxy that has seen enough may close while there is more to be sent.
    let _ = timeout(FIRST_BYTE, stream.write_all(bytes)).await;
    let mut answer = Vec::new();
    let mut patience = FIRST_BYTE;
    while answer.len() < ANSWER_BYTES {
        match timeout(patience, stream.read_buf(&mut answer)).await {
            Ok(Ok(0) | Err(_)) => return Ok((answer, true)),
            Ok(Ok(_)) => patience = SILENCE,
            Err(_) => return Ok((answer, false)),
        }
    }
    Ok((answer, false))
}

/// The statuses in what a proxy said.
fn statuses(answer: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(answer);
    let after = |version: &str| -> Vec<(usize, u16)> {
        let places = text.match_indices(version);
        places.filter_map(|(at, _)| Some((at, text.get(at + 9..at + 12)?.parse().ok()?))).collect()
    };
    let mut found = [after("HTTP/1.1 "), after("HTTP/1.0 ")].concat();
    found.sort_unstable();
    found.into_iter().map(|(_, status)| status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_counts() {
        let answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 400 Bad\r\n\r\n";
        assert_eq!(statuses(answer), [100, 200, 400]);
        assert_eq!(statuses(b"nothing"), [0; 0]);
    }
}
