//! One connection that is called on again and again, one call after the other.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::http::{Body, Head, status};

/// How long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A keep-alive connection; opened again if the peer has closed it.
#[derive(Debug)]
pub(crate) struct Line {
    address: SocketAddr,
    open: Option<TcpStream>,
}

impl Line {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self { address, open: Some(connect(address).await?) })
    }

    /// A request for this path with this token, or without one if it is empty.
    pub(crate) fn request(&self, path: &str, token: &str) -> String {
        let token = if token.is_empty() { String::new() } else { format!("api-token: {token}\r\n") };
        format!("GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: bench\r\n{token}\r\n", self.address)
    }

    /// Sends the request and reads the answer to its end; gives its status and body.
    pub(crate) async fn call(&mut self, request: &str) -> anyhow::Result<(u16, Vec<u8>)> {
        timeout(ANSWER_WITHIN, self.exchange(request)).await.context("an answer takes too long")?
    }

    async fn exchange(&mut self, request: &str) -> anyhow::Result<(u16, Vec<u8>)> {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        stream.write_all(request.as_bytes()).await.context("cannot send")?;
        let mut answer = Vec::with_capacity(4096);
        let head = loop {
            if let Some(head) = Head::read(&answer, 0) {
                break head;
            }
            more(&mut stream, &mut answer).await?;
        };
        let Body::Sized(size) = head.body else { bail!("an answer came in chunks") };
        while answer.len() < head.size_bytes + size {
            more(&mut stream, &mut answer).await?;
        }
        if !head.closes {
            self.open = Some(stream);
        }
        Ok((status(&answer), answer.split_off(head.size_bytes)))
    }
}

async fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(address).await.context("cannot connect")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn more(stream: &mut TcpStream, answer: &mut Vec<u8>) -> anyhow::Result<()> {
    if stream.read_buf(answer).await? == 0 {
        bail!("an answer ended early");
    }
    Ok(())
}
