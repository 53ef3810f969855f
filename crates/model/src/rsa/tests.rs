use super::*;

const FORMS: [&str; 4] = [
    include_str!("samples/public.pem"),
    include_str!("samples/pkcs1.pem"),
    include_str!("samples/certificate.pem"),
    include_str!("samples/openssh.pub"),
];

#[test]
fn every_form_of_a_key_is_the_same_key() {
    let keys = FORMS.map(|text| RsaPublicKey::parse(text).unwrap());
    assert_eq!(keys[0].bits(), 2048);
    assert_eq!(keys[0].exponent, [1, 0, 1]);
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(RsaPublicKey::parse(&format!("\n  {}\r\n", FORMS[0].replace('\n', "\r\n"))).unwrap(), keys[0]);
}

#[test]
fn what_is_no_key_is_told_from_a_wrong_one() {
    let fault = |text: &str| RsaPublicKey::parse(text).unwrap_err();
    assert_eq!(fault(""), RsaKeyFault::Form);
    assert_eq!(fault("secret"), RsaKeyFault::Form);
    assert_eq!(fault("ssh-rsa"), RsaKeyFault::OtherAlgorithm);
    assert_eq!(fault("ssh-rsa AAAA"), RsaKeyFault::Form);
    assert_eq!(fault("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"), RsaKeyFault::OtherAlgorithm);
    assert_eq!(fault(include_str!("samples/short.pem")), RsaKeyFault::Size(1024));
    assert_eq!(fault(include_str!("samples/elliptic.pem")), RsaKeyFault::OtherAlgorithm);
    let private = "-----BEGIN PRIVATE KEY-----\nMAMCAQA=\n-----END PRIVATE KEY-----\n";
    assert_eq!(fault(private), RsaKeyFault::Private);
    let broken = FORMS[0].lines().enumerate().filter(|(number, _)| *number != 3).map(|(_, line)| line);
    assert_eq!(fault(&broken.collect::<Vec<_>>().join("\n")), RsaKeyFault::Form);
}
