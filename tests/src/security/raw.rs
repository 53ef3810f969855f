//! Bytes to a socket and back, as no client library would send them.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::world::PATIENCE;

/// Sends these bytes to the listener of a URL, and reads what it says until it closes the connection.
pub(crate) async fn said(url: &str, sent: &[u8]) -> String {
    let address = url.split("://").nth(1).unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset has said what it had to say.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the connection stays open");
    String::from_utf8_lossy(&answer).into_owned()
}

/// The answer to a request without a body; the connection is closed after it.
pub(crate) async fn asked(url: &str, method: &str, target: &str) -> String {
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        url.split("://").nth(1).unwrap()
    );
    said(url, head.as_bytes()).await
}
