use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;

use super::*;
use crate::environment::{Clock, Random};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn instant(&self) -> Instant {
        unreachable!("no duration is measured here")
    }
}

struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn environment() -> Environment {
    Environment { clock: Arc::new(Still), random: Arc::new(Counting(AtomicU8::new(1))) }
}

const TOKEN: AccessToken = AccessToken {
    kind: AccessKind::Oauth2,
    key: KeyId((1 << 53) - 1),
    generation: 7,
    expires_at: 1_800_000_000,
};

#[test]
fn a_token_says_what_was_put_into_it_and_no_two_are_alike() {
    let (signer, environment) = (TokenSigner::new(&[7; 32]), environment());
    for token in
        [TOKEN, AccessToken { kind: AccessKind::TryIt, key: KeyId(0), generation: u32::MAX, ..TOKEN }]
    {
        let (one, two) = (signer.sign(token, &environment), signer.sign(token, &environment));
        assert!(SecretKind::Key.has_shape(one.expose().as_bytes()));
        assert_ne!(one.expose(), two.expose());
        assert_eq!(signer.read(one.expose().as_bytes()), Some(token));
        assert_eq!(signer.read(two.expose().as_bytes()), Some(token));
    }
}

#[test]
fn a_token_with_another_digit_is_none() {
    let signer = TokenSigner::new(&[7; 32]);
    let secret = signer.sign(TOKEN, &environment());
    let text = secret.expose();
    for place in 0..64 {
        let mut changed = text.as_bytes().to_vec();
        changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
        assert_eq!(signer.read(&changed), None, "{place}");
    }
    for changed in [format!("{text}1"), text.to_uppercase(), text[1..].to_owned(), String::new()] {
        assert_eq!(signer.read(changed.as_bytes()), None);
    }
    assert_eq!(TokenSigner::new(&[8; 32]).read(text.as_bytes()), None);
}

#[test]
fn a_token_ends_at_its_second() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let token = AccessToken::lasting(AccessKind::Oauth2, KeyId(1), 0, at(1000), ACCESS_TOKEN_SECONDS);
    assert!(!token.is_over(at(4598)) && token.is_over(at(4599)));
}
