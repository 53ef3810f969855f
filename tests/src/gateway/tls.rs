//! Every listener over TLS, with a certificate that changes.

use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::world::{Database, Server, eventually, portico_in};

/// Writes a certificate for `localhost` and its key.
fn write(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("tls.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

/// What a listener answers to someone who trusts this certificate alone; `None` if it has another.
async fn get(url: &str, path: &str, certificate: &CertificateDer<'static>) -> Option<String> {
    let address = url.strip_prefix("https://").expect("the listener says that it is over TLS");
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    Some(String::from_utf8(answer).unwrap())
}

#[tokio::test]
async fn every_listener_has_a_certificate_that_can_be_changed() {
    let database = Database::sqlite();
    let folder = database.folder().to_owned();
    let first = write(&folder);
    let (certificate, key) = (folder.join("tls.pem"), folder.join("tls.key"));
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    let names: Vec<_> = ["GATEWAY", "CONTROL", "PORTAL", "OPERATIONS"]
        .iter()
        .flat_map(|section| {
            [
                (format!("PORTICO__{section}__TLS_CERTIFICATE"), certificate),
                (format!("PORTICO__{section}__TLS_KEY"), key),
            ]
        })
        .collect();
    let variables: Vec<_> = names.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let server = Server::start_with(&database, &["serve"], &variables).await;
    let listeners = [
        (&server.gateway, "/x", "401"),
        (&server.portal, "/x", "404"),
        (&server.control, "/api/users/me", "401"),
        (&server.ops, "/healthz", "200"),
    ];
    for (url, path, status) in listeners {
        let answer = get(url, path, &first).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{url} {answer}");
    }
    // The old pair stays while the new one is half there.
    std::fs::write(key, "nothing").unwrap();
    server.hang_up();
    assert!(get(&server.ops, "/healthz", &first).await.is_some());
    let second = write(&folder);
    server.hang_up();
    for (url, path, _) in listeners {
        eventually("the new certificate is in use", async || get(url, path, &second).await).await;
        assert!(get(url, path, &first).await.is_none());
    }
    server.terminate();
    assert!(server.ended().await.success());
    // With a pair that does not fit it does not start.
    std::fs::write(key, "nothing").unwrap();
    let file = folder.join("portico.toml");
    let text = format!("[control]\ntls_certificate = '{certificate}'\ntls_key = '{key}'\n");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    for command in ["serve", "doctor"] {
        let output = portico_in(&database, &[command, "--config", file, "--gateway", "127.0.0.1:0"]).await;
        assert!(!output.status.success());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(said.contains("the setting `control.tls_key`"), "{command}: {said}");
    }
}
