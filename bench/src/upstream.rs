//! The upstream: the same few answers to everyone, from one thread, made beforehand.

use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::console;
use crate::http::{Body, HEAD_MAX_BYTES, Head};
use crate::process::{Server, on_core};

/// Serves the answers that the proxies fetch.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Prints where it listens, then serves until it is ended.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("the upstream cannot listen on {}", arguments.listen))?;
    console::print(format_args!("listening upstream=http://{}", listener.local_addr()?));
    console::print("ready");
    let answers = Rc::new(Answers::make());
    tokio::task::LocalSet::new().run_until(accept(listener, answers)).await
}

/// Starts one of its own on this core and waits until it serves.
pub(crate) async fn start(core: usize, address: SocketAddr, folder: &Path) -> anyhow::Result<Server> {
    let mut command = on_core(core, std::env::current_exe()?);
    command.args(["upstream", "--listen", &address.to_string()]);
    let mut server = Server::start(command, "upstream", folder)?;
    server.ready().await.with_context(|| {
        format!(
            "the upstream on {address} (if something else listens there, remove the prepared data-* folders)"
        )
    })?;
    Ok(server)
}

async fn accept(listener: TcpListener, answers: Rc<Answers>) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let answers = Rc::clone(&answers);
        // A proxy that goes away ends its connection; nobody waits for an explanation.
        tokio::task::spawn_local(async move { drop(Connection::new(stream).serve(&answers).await) });
    }
}

/// Whole messages, head and body.
struct Answers {
    kib: Vec<u8>,
    hundred: Vec<u8>,
    missing: Vec<u8>,
}

impl Answers {
    fn make() -> Self {
        Self {
            kib: answer("200 OK", "application/json", &json(1024)),
            hundred: answer("200 OK", "application/json", &json(100 * 1024)),
            missing: answer("404 Not Found", "text/plain", b"not here\n"),
        }
    }

    /// The answer to a request that begins with `head`.
    fn to<'a>(&'a self, head: &'a [u8]) -> std::borrow::Cow<'a, [u8]> {
        let path = head.split(|&b| b == b' ').nth(1).unwrap_or_default();
        match path {
            b"/kib" => (&self.kib).into(),
            b"/hundred" => (&self.hundred).into(),
            b"/echo" => answer("200 OK", "text/plain", head).into(),
            _ => (&self.missing).into(),
        }
    }
}

/// A JSON document of exactly this length.
fn json(size_bytes: usize) -> Vec<u8> {
    let (start, end) = (r#"{"data":""#, r#""}"#);
    format!("{start}{}{end}", "x".repeat(size_bytes - start.len() - end.len())).into_bytes()
}

fn answer(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let mut message =
        format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n", body.len())
            .into_bytes();
    message.extend_from_slice(body);
    message
}

struct Connection {
    stream: TcpStream,
    /// What was read and not yet used.
    read: Vec<u8>,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        Self { stream, read: Vec::with_capacity(HEAD_MAX_BYTES) }
    }

    async fn serve(mut self, answers: &Answers) -> std::io::Result<()> {
        while let Some(head) = self.head().await? {
            let end = self.body(head).await?;
            self.stream.write_all(&answers.to(&self.read[..head.size_bytes])).await?;
            self.read.drain(..end);
            if head.closes {
                break;
            }
        }
        Ok(())
    }

    /// The next head; `None` when the peer is done.
    async fn head(&mut self) -> std::io::Result<Option<Head>> {
        let mut searched = 0;
        loop {
            if let Some(head) = Head::read(&self.read, searched) {
                return Ok(Some(head));
            }
            searched = self.read.len();
            if searched > HEAD_MAX_BYTES || self.stream.read_buf(&mut self.read).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads the body that follows `head`, and gives the place where the message ends.
    async fn body(&mut self, head: Head) -> std::io::Result<usize> {
        loop {
            match head.body {
                Body::Sized(size) if self.read.len() >= head.size_bytes + size => {
                    return Ok(head.size_bytes + size);
                }
                // The bodies of the benchmark hold no digit, so this can only be the last chunk.
                Body::Chunked if self.read.ends_with(b"0\r\n\r\n") => return Ok(self.read.len()),
                Body::Sized(_) | Body::Chunked => {}
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_the_length_that_the_scenarios_expect() {
        let answers = Answers::make();
        for scenario in crate::scenario::SCENARIOS {
            let request = format!("{} {} HTTP/1.1\r\n\r\n", scenario.method, scenario.path);
            let answer = answers.to(request.as_bytes()).into_owned();
            let head = Head::read(&answer, 0).expect("it has a head");
            assert_eq!(head.body, Body::Sized(scenario.answer_bytes), "{}", scenario.name);
            assert_eq!(answer.len(), head.size_bytes + scenario.answer_bytes, "{}", scenario.name);
        }
    }
}
