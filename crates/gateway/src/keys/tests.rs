use jiff::Timestamp;
use model::{AuthType, CollectionId, PackedIpRules, SecretKind, WorkspaceId};

use super::*;

/// A token that differs for each number.
pub(crate) fn token(number: u64) -> String {
    format!("{:064x}", u128::from(number) | 0xabcd << 64)
}

pub(crate) fn digest(number: u64) -> Digest {
    Digest::presented(SecretKind::Key, token(number).as_bytes()).unwrap()
}

/// A key of client 1 without lists or end.
pub(crate) fn key(id: i64, token: u64) -> ServedKey {
    ServedKey {
        id: KeyId(id),
        client: ClientId(1),
        digest: digest(token),
        auth_type: AuthType::Token,
        collections: None,
        policy: None,
        active: true,
        rules: PackedIpRules::default(),
        expires_at: None,
        jwt: None,
        oauth_client_id: None,
        generation: 0,
        former: None,
    }
}

pub(crate) fn client(id: i64, collections: &[i64]) -> ServedClient {
    ServedClient {
        id: ClientId(id),
        workspace: WorkspaceId(1),
        active: true,
        policy: None,
        client_policy: None,
        collections: collections.iter().map(|id| CollectionId(*id)).collect(),
        jwt: None,
    }
}

fn found(ring: &KeyRing, token: u64) -> Option<i64> {
    ring.find(&digest(token), |key| key.map(|key| key.id.0))
}

#[test]
fn a_key_is_found_by_its_token_only() {
    let ring = KeyRing::new();
    ring.put_key(&key(7, 70));
    assert_eq!(found(&ring, 70), Some(7));
    assert_eq!(found(&ring, 71), None);
}

#[test]
fn a_refreshed_key_leaves_its_old_token() {
    let ring = KeyRing::new();
    ring.put_key(&key(7, 70));
    ring.put_key(&key(7, 71));
    assert_eq!((found(&ring, 70), found(&ring, 71)), (None, Some(7)));
    assert_eq!(ring.len(), 1);
}

#[test]
fn a_removed_key_is_gone_and_others_stay() {
    let ring = KeyRing::new();
    for number in 0..3000_i64 {
        ring.put_key(&key(number, number.unsigned_abs()));
    }
    ring.remove_key(KeyId(5));
    ring.remove_key(KeyId(5));
    assert_eq!(found(&ring, 5), None);
    assert!((6..3000_i64).all(|number| found(&ring, number.unsigned_abs()) == Some(number)));
    assert_eq!(ring.len(), 2999);
}

#[test]
fn a_client_changes_under_its_keys() {
    let ring = KeyRing::new();
    ring.put_key(&key(7, 70));
    let may_call =
        || ring.find(&digest(70), |key| key.unwrap().may_call(&key.unwrap().client.state(), CollectionId(3)));
    assert!(!may_call());
    ring.put_client(client(1, &[9, 3]));
    assert!(may_call());
    ring.put_client(client(1, &[9]));
    assert!(!may_call());
    ring.put_client(client(1, &[3]));
    ring.remove_client(ClientId(1));
    assert!(!may_call());
}

#[test]
fn a_reload_leaves_what_was_loaded_and_nothing_else() {
    let ring = KeyRing::new();
    ring.put_client(client(1, &[3]));
    ring.put_client(client(2, &[3]));
    ring.put_key(&key(7, 70));
    ring.put_key(&key(8, 80));
    ring.replace(&[], vec![client(1, &[4])], vec![key(8, 81), key(9, 90)]);
    assert_eq!([70, 80, 81, 90].map(|token| found(&ring, token)), [None, None, Some(8), Some(9)]);
    let may_call = |collection| {
        ring.find(&digest(90), |key| {
            key.unwrap().may_call(&key.unwrap().client.state(), CollectionId(collection))
        })
    };
    assert!(may_call(4) && !may_call(3));
}

#[test]
fn an_end_is_reached_at_its_instant() {
    let end: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let ring = KeyRing::new();
    ring.put_key(&ServedKey { expires_at: Some(end), ..key(7, 70) });
    let expired = |now: &str| {
        let now = now.parse().unwrap();
        ring.find(&digest(70), |key| key.unwrap().is_expired(|| now))
    };
    assert!(!expired("2029-12-31T23:59:59.999999Z"));
    assert!(expired("2030-01-01T00:00:00Z"));
}

#[test]
fn a_key_is_small() {
    // Two counters of the `Arc`, a pointer in the set, an entry of the writer's books; sets are
    // at most half empty.
    let bytes = size_of::<Key>() + 16 + 2 * (8 + 1) + 2 * (16 + 1);
    assert!(bytes <= 250, "{bytes}");
}

#[test]
fn every_key_is_found_among_many() {
    let ring = KeyRing::new();
    let found = |token: u64| {
        let digest = key(0, token).digest;
        ring.find(&digest, |key| key.map(|key| key.id.0))
    };
    ring.replace(&[], Vec::new(), (0..50_000).map(|id| key(id, id.unsigned_abs())).collect());
    (50_000..50_300).for_each(|id| ring.put_key(&key(id, id.unsigned_abs())));
    (0..300).for_each(|id| ring.remove_key(KeyId(id)));
    for token in 0..50_400_u64 {
        let expected = (300..50_300).contains(&token).then(|| token.cast_signed());
        assert_eq!(found(token), expected, "{token}");
    }
    assert_eq!(ring.len(), 50_000);
}
