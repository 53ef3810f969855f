use model::change::ChangeKind;
use model::secret::Digest;
use store::access_tokens::{self, Revocation};

use crate::make::announced;
use crate::support::{LATER, NOON, databases, within};

#[tokio::test]
async fn the_signing_secret_is_made_once_and_kept_sealed() {
    for db in databases().await {
        let secret = access_tokens::signing_secret(&db).await.unwrap();
        assert_eq!(access_tokens::signing_secret(&db).await.unwrap(), secret);
        let kept = db.texts("select value from settings where name = 'access_token_secret'").await;
        assert!(kept.len() == 1 && !kept[0].contains(&hex::encode(secret)));
    }
}

#[tokio::test]
async fn a_revoked_token_is_kept_until_it_is_over() {
    for db in databases().await {
        let one = Revocation { digest: Digest::of_token(b"one"), expires_at: LATER };
        let two = Revocation { digest: Digest::of_token(b"two"), expires_at: LATER };
        let kinds = announced(&db, async |tx| access_tokens::revoke(tx, one, NOON).await).await.1;
        assert_eq!(kinds.len(), 1);
        assert_eq!(kinds[0].0, ChangeKind::Revocation);
        // Twice is as good as once.
        within(&db, async |tx| access_tokens::revoke(tx, one, NOON).await).await;
        assert_eq!(access_tokens::revocations(&db).await.unwrap(), [one]);
        within(&db, async |tx| access_tokens::revoke(tx, two, LATER).await).await;
        assert_eq!(access_tokens::revocations(&db).await.unwrap(), [two]);
    }
}
