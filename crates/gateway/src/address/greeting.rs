//! The PROXY protocol (haproxy.org, versions 1 and 2): what a proxy in front says about a connection
//! before its first byte.

use std::io;
use std::net::{IpAddr, SocketAddr};

use ppp::{v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Both versions have at least as many bytes.
const FIRST: usize = 12;
const V2_SIGNATURE: &[u8; FIRST] = b"\r\n\r\n\0\r\nQUIT\n";
const V2_HEAD: usize = 16;
/// The longest of version 1, which is what the protocol says.
const V1_MAX: usize = 107;
/// The longest of version 2, of which addresses take 36 bytes and some proxies' additions a few hundred.
const V2_MAX: usize = 4096;

/// Why there is no greeting to go by.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The connection ended, or failed.
    Gone,
    /// What came is none.
    Malformed,
}

impl From<io::Error> for Fault {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads a greeting, and not a byte more. Gives the address that it names; `None` if the proxy speaks for
/// itself, as it does to see whether we are here, or for something that is not on a network.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, Fault> {
    let mut bytes = Vec::with_capacity(V1_MAX);
    fill(stream, &mut bytes, FIRST).await?;
    if bytes == V2_SIGNATURE {
        fill(stream, &mut bytes, V2_HEAD).await?;
        let length = V2_HEAD + usize::from(u16::from_be_bytes([bytes[14], bytes[15]]));
        if length > V2_MAX {
            return Err(Fault::Malformed);
        }
        fill(stream, &mut bytes, length).await?;
    } else if bytes.starts_with(b"PROXY ") {
        // One by one, as what follows the line is the caller's.
        while !bytes.ends_with(b"\r\n") {
            if bytes.len() == V1_MAX {
                return Err(Fault::Malformed);
            }
            let next = bytes.len() + 1;
            fill(stream, &mut bytes, next).await?;
        }
    }
    source(&bytes).ok_or(Fault::Malformed)
}

async fn fill(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>, length: usize) -> io::Result<()> {
    let before = bytes.len();
    bytes.resize(length, 0);
    stream.read_exact(&mut bytes[before..]).await.map(drop)
}

/// What a whole greeting says.
fn source(bytes: &[u8]) -> Option<Option<SocketAddr>> {
    if bytes.starts_with(V2_SIGNATURE) {
        let header = v2::Header::try_from(bytes).ok()?;
        let address = match header.addresses {
            _ if header.command == v2::Command::Local => None,
            v2::Addresses::IPv4(ip) => Some((IpAddr::V4(ip.source_address), ip.source_port)),
            v2::Addresses::IPv6(ip) => Some((IpAddr::V6(ip.source_address), ip.source_port)),
            v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
        };
        return Some(address.map(SocketAddr::from));
    }
    let header = v1::Header::try_from(bytes).ok()?;
    let address = match header.addresses {
        v1::Addresses::Tcp4(ip) => Some((IpAddr::V4(ip.source_address), ip.source_port)),
        v1::Addresses::Tcp6(ip) => Some((IpAddr::V6(ip.source_address), ip.source_port)),
        v1::Addresses::Unknown => None,
    };
    Some(address.map(SocketAddr::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a greeting says, and what is left to be read after it.
    async fn read_from(bytes: &[u8]) -> (Result<Option<SocketAddr>, bool>, Vec<u8>) {
        let mut stream = bytes;
        let said = read(&mut stream).await.map_err(|fault| matches!(fault, Fault::Malformed));
        (said, stream.to_vec())
    }

    fn v2(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
        [V2_SIGNATURE.as_slice(), &[0x20 | command, family], &length, addresses].concat()
    }

    #[tokio::test]
    async fn both_versions_name_the_caller_and_leave_the_rest() {
        let v4 = [203, 0, 113, 7, 10, 0, 0, 1, 0x1f, 0x90, 0, 80];
        let v6 = [[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]; 2].concat();
        let v6 = [v6.as_slice(), &[0x1f, 0x90, 0, 80]].concat();
        let with_more = [v4.as_slice(), &[0x04, 0, 2, 1, 1]].concat();
        for (bytes, expected) in [
            (b"PROXY TCP4 203.0.113.7 10.0.0.1 8080 80\r\n".to_vec(), Some("203.0.113.7:8080")),
            (b"PROXY TCP6 2001:db8::7 ::1 8080 80\r\n".to_vec(), Some("[2001:db8::7]:8080")),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (b"PROXY UNKNOWN a b c\r\n".to_vec(), None),
            (v2(1, 0x11, &v4), Some("203.0.113.7:8080")),
            (v2(1, 0x11, &with_more), Some("203.0.113.7:8080")),
            (v2(1, 0x21, &v6), Some("[2001:db8::7]:8080")),
            (v2(0, 0x11, &v4), None),
            (v2(0, 0, &[]), None),
            (v2(1, 0x31, &[0; 216]), None),
        ] {
            let expected = expected.map(|text| text.parse().unwrap());
            let (said, rest) = read_from(&[bytes.as_slice(), b"GET / HTTP/1.1\r\n"].concat()).await;
            assert_eq!(
                (said, &*rest),
                (Ok(expected), &b"GET / HTTP/1.1\r\n"[..]),
                "{}",
                bytes.escape_ascii()
            );
        }
    }

    #[tokio::test]
    async fn what_is_no_greeting_is_none() {
        let too_long = format!("PROXY UNKNOWN {}\r\n", "a".repeat(107));
        let mut much = v2(1, 0x11, &[0; 12]);
        much[14..16].copy_from_slice(&u16::MAX.to_be_bytes());
        for bytes in [
            b"GET / HTTP/1.1\r\nhost: a\r\n\r\n".to_vec(),
            b"PROXY TCP4 0177.0.0.1 10.0.0.1 8080 80\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.7 10.0.0.1 08080 80\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::7 ::1 8080 80\r\n".to_vec(),
            b"PROXY TCP6 fe80::1%eth0 ::1 8080 80\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.7\r\n".to_vec(),
            b"PROXY TCP4 203.0.113.7 10.0.0.1 8080 80 80\r\n".to_vec(),
            b"PROXY \xff\xfe\xfd\xfc\xfb\xfa\xf9\r\n".to_vec(),
            too_long.into_bytes(),
            v2(1, 0x11, &[0; 4]),
            v2(7, 0x11, &[0; 12]),
            v2(1, 0x77, &[0; 12]),
            much,
        ] {
            assert_eq!(read_from(&bytes).await.0, Err(true), "{}", bytes.escape_ascii());
        }
        for bytes in [&b"PROXY TCP4 203.0.113.7"[..], b"", b"\r\n\r\n\0\r\nQUIT\n"] {
            assert_eq!(read_from(bytes).await.0, Err(false), "{}", bytes.escape_ascii());
        }
    }
}
