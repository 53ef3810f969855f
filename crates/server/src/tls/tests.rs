use std::path::Path;

use super::*;

/// Writes a certificate and its key.
fn write(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let (certificate, key) = (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key")));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

fn pair(certificate: &Path, key: &Path) -> Result<Option<Arc<Pair>>, String> {
    let files = Files { section: "gateway", certificate: Some(certificate), key: Some(key) };
    files.pair().map_err(|error| format!("{error:#}"))
}

fn leaf(pair: &Pair) -> Vec<u8> {
    pair.current.read().unwrap().cert[0].to_vec()
}

#[test]
fn what_is_wrong_is_named_with_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = write(folder.path(), "one");
    let (other, _) = write(folder.path(), "other");
    assert!(pair(&certificate, &key).unwrap().is_some());
    let fault = |certificate: &Path, key: &Path| pair(certificate, key).unwrap_err();
    let missing = folder.path().join("missing");
    assert!(fault(&missing, &key).starts_with("the setting `gateway.tls_certificate`"));
    assert!(fault(&certificate, &missing).starts_with("the setting `gateway.tls_key`"));
    assert!(fault(&certificate, &missing).contains("cannot be read"));
    assert!(fault(&other, &key).contains("does not belong to the certificate"));
    assert!(fault(&key, &key).contains("has no readable certificate"));
    assert!(fault(&certificate, &certificate).contains("has no readable private key"));
    fs::write(&key, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
        .unwrap();
    assert!(fault(&certificate, &key).contains("encrypted"));
    let half = Files { section: "portal", certificate: Some(&certificate), key: None };
    assert!(half.pair().unwrap_err().to_string().contains("`portal.tls_key`"));
    let none = Files { section: "portal", certificate: None, key: None };
    assert!(none.pair().unwrap().is_none());
}

#[test]
fn a_pair_follows_its_files_as_long_as_they_are_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = write(folder.path(), "one");
    let (new_certificate, new_key) = write(folder.path(), "two");
    let pair = pair(&certificate, &key).unwrap().unwrap();
    let first = leaf(&pair);
    // Half of the new pair is no pair.
    fs::copy(&new_certificate, &certificate).unwrap();
    pair.look(true);
    assert_eq!(leaf(&pair), first);
    assert!(pair.seen.lock().unwrap().fault.is_some());
    fs::copy(&new_key, &key).unwrap();
    pair.look(true);
    assert_ne!(leaf(&pair), first);
    assert_eq!(pair.seen.lock().unwrap().fault, None);
    // Nothing has changed since.
    let second = Arc::clone(&pair.current.read().unwrap());
    pair.look(false);
    assert!(Arc::ptr_eq(&second, &pair.current.read().unwrap()));
}
