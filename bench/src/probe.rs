//! Looks before measuring whether a target does the work that it is measured for.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::clock;
use crate::http::{Head, status};
use crate::process::Server;
use crate::scenario::Credential;
use crate::target::{Target, Tokens};

/// An address that every key's rules deny.
pub(crate) const DENIED: Ipv4Addr = Ipv4Addr::new(127, 66, 0, 1);
/// What looks like a key's token and is none.
const UNKNOWN: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How long a target may take to answer its first call.
const FIRST_ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Calls the target until the upstream answers through it.
pub(crate) async fn first_answer(
    server: &mut Server,
    address: SocketAddr,
    path: &str,
    token: &str,
) -> anyhow::Result<()> {
    let start = clock::now();
    loop {
        let failure = match get(address, Ipv4Addr::LOCALHOST, path, token).await {
            Ok((200, _)) => return Ok(()),
            Ok((status, body)) => format!("it answers {status} {body}"),
            Err(error) => format!("{error:#}"),
        };
        server.alive()?;
        ensure!(clock::now() - start < FIRST_ANSWER_WITHIN, "no first answer in time: {failure}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Fails unless the target forwards what it should and refuses what it should.
pub(crate) async fn check(target: &Target, token: &str) -> anyhow::Result<()> {
    let path = format!("{}/echo", target.prefix);
    let from = |source, token| get(target.address, source, &path, token);
    let (status, seen) = from(Ipv4Addr::LOCALHOST, token).await?;
    ensure!(status == 200, "it answers {status} {seen}");
    let seen = seen.to_ascii_lowercase();
    if target.about.forwards {
        for header in ["x-forwarded-for: 127.0.0.1", "x-forwarded-proto: http", "x-forwarded-host: "] {
            ensure!(seen.contains(header), "the upstream does not see `{header}`, only:\n{seen}");
        }
    }
    if target.about.refuses {
        ensure!(!seen.contains(token), "the upstream sees the caller's token");
        let (status, _) = from(Ipv4Addr::LOCALHOST, UNKNOWN).await?;
        ensure!(status == 401, "it answers {status} to an unknown key");
        let (status, _) = from(DENIED, token).await?;
        ensure!(status == 403, "it answers {status} to a denied address");
    }
    Ok(())
}

/// Fails unless calls under a policy are counted, and signed tokens are looked at.
pub(crate) async fn check_credentials(target: &Target, tokens: &Tokens) -> anyhow::Result<()> {
    let first = |file: &Option<PathBuf>| -> anyhow::Result<Option<String>> {
        let Some(file) = file else { return Ok(None) };
        Ok(std::fs::read_to_string(file)?.lines().next().map(str::to_owned))
    };
    let path = format!("{}/echo", target.prefix);
    if let Some(token) = first(&tokens.governed)? {
        let answer = ask(target.address, &path, Credential::Governed, &token).await?.to_ascii_lowercase();
        ensure!(answer.starts_with("http/1.1 200"), "a call under a policy is answered\n{answer}");
        for named in ["ratelimit: ", "\"rate\";r=", "\"quota\";r="] {
            ensure!(answer.contains(named), "a call under a policy is not counted:\n{answer}");
        }
    }
    if let Some(token) = first(&tokens.signed)? {
        let answer = ask(target.address, &path, Credential::Signed, &token).await?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "a signed token is answered\n{answer}");
        let (message, _) = token.rsplit_once('.').context("a signed token has a signature")?;
        let answer = ask(target.address, &path, Credential::Signed, &format!("{message}.AAAA")).await?;
        ensure!(answer.starts_with("HTTP/1.1 401"), "a forged token is answered\n{answer}");
    }
    Ok(())
}

/// The whole answer to a call with this credential.
async fn ask(address: SocketAddr, path: &str, credential: Credential, token: &str) -> anyhow::Result<String> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\n{}{token}\r\nConnection: close\r\n\r\n",
        credential.header()
    );
    let mut answer = Vec::new();
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        stream.read_to_end(&mut answer).await
    };
    timeout(Duration::from_secs(10), exchange).await.context("no answer within 10 seconds")??;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// One call from this address; gives the status and the body.
pub(crate) async fn get(
    address: SocketAddr,
    source: Ipv4Addr,
    path: &str,
    token: &str,
) -> anyhow::Result<(u16, String)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((source, 0).into())?;
    let mut answer = Vec::new();
    let exchange = async {
        let mut stream = socket.connect(address).await?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\napi-token: {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        stream.read_to_end(&mut answer).await
    };
    timeout(Duration::from_secs(10), exchange).await.context("no answer within 10 seconds")??;
    let head = Head::read(&answer, 0).context("no whole answer")?;
    Ok((status(&answer), String::from_utf8_lossy(&answer[head.size_bytes..]).into_owned()))
}
