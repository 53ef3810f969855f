use super::*;

const P256_FORMS: [&str; 3] = [
    include_str!("samples/p256.pem"),
    include_str!("samples/p256.pub"),
    include_str!("samples/p256-certificate.pem"),
];

#[test]
fn every_form_of_a_key_is_the_same_key() {
    let keys = P256_FORMS.map(|text| EllipticKey::parse(text).unwrap());
    assert!(matches!(&keys[0], EllipticKey::P256(point) if point.len() == 65));
    assert!(keys.iter().all(|key| *key == keys[0]));
    let p384 = [include_str!("samples/p384.pem"), include_str!("samples/p384.pub")];
    let p384 = p384.map(|text| EllipticKey::parse(text).unwrap());
    assert!(matches!(&p384[0], EllipticKey::P384(point) if point.len() == 97));
    assert_eq!(p384[0], p384[1]);
    let ed = [include_str!("samples/ed25519.pem"), include_str!("samples/ed25519.pub")];
    let ed = ed.map(|text| EllipticKey::parse(&format!("\n {text}")).unwrap());
    assert!(matches!(&ed[0], EllipticKey::Ed25519(key) if key.len() == 32));
    assert_eq!(ed[0], ed[1]);
}

#[test]
fn what_is_no_key_is_told_from_a_wrong_one() {
    let fault = |text: &str| EllipticKey::parse(text).unwrap_err();
    for text in ["", "secret", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-ed25519 !"] {
        assert_eq!(fault(text), EllipticKeyFault::Form, "{text:?}");
    }
    assert_eq!(fault(include_str!("samples/p521.pem")), EllipticKeyFault::OtherAlgorithm);
    assert_eq!(fault(include_str!("../rsa/samples/public.pem")), EllipticKeyFault::OtherAlgorithm);
    assert_eq!(fault(include_str!("samples/p256-compressed.pem")), EllipticKeyFault::Point);
    // A line that says one thing and holds another.
    let line = include_str!("samples/p256.pub").replacen("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", 1);
    assert_eq!(fault(&line), EllipticKeyFault::Form);
    let private = "-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n";
    assert_eq!(fault(private), EllipticKeyFault::Private);
}
