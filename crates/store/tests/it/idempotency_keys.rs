//! What calls were answered with.

use jiff::{Timestamp, ToSpan as _};
use model::access::Role;
use model::id::DeveloperClientId;
use model::secret::SecretKind;
use store::developer_clients::{self, NewDeveloperClient};
use store::idempotency_keys::{self, Answered, Call, KEPT};

use crate::make::{ANYWHERE, a_workspace};
use crate::support::{Database, LATER, NOON, databases, is_taken, within};

async fn a_client(db: &Database, name: &str) -> DeveloperClientId {
    let at = match store::workspaces::by_handle(&**db, "main").await.unwrap() {
        Some(at) => at,
        None => a_workspace(db, "main").await,
    };
    let token = db.secret(SecretKind::Management);
    let new = NewDeveloperClient {
        workspace: at.id,
        name,
        role: Role::Admin,
        projects: None,
        rules: &ANYWHERE,
        expires_at: None,
        token: &token,
    };
    within(db, async |tx| developer_clients::insert(tx, new, NOON).await).await
}

fn call(client: DeveloperClientId, key: &str) -> Call<'_> {
    Call { client, key, fingerprint: "abc" }
}

#[tokio::test]
async fn an_answer_is_found_by_token_and_key_for_its_time() {
    for db in databases().await {
        let (one, other) = (a_client(&db, "one").await, a_client(&db, "other").await);
        let insert = async |tx: &mut store::Tx| {
            idempotency_keys::insert(tx, call(one, "k"), 200, Some("{\"a\":1}"), NOON, NOON).await?;
            idempotency_keys::insert(tx, call(one, "large"), 200, None, NOON, NOON).await
        };
        within(&db, insert).await;
        let found =
            async |client, key, since| idempotency_keys::find(&*db, client, key, since).await.unwrap();
        let answered =
            Answered { fingerprint: "abc".to_owned(), status: 200, body: Some("{\"a\":1}".to_owned()) };
        assert_eq!(found(one, "k", NOON).await, Some(answered));
        assert_eq!(found(one, "large", NOON).await.unwrap().body, None);
        assert_eq!(found(other, "k", NOON).await, None);
        assert_eq!(found(one, "k", LATER).await, None);
        // In the table it cannot be read.
        let bodies = db.texts("select body from idempotency_keys where name = 'k'").await;
        assert!(bodies.iter().all(|body| !body.contains('{')), "{bodies:?}");
    }
}

#[tokio::test]
async fn a_key_is_taken_until_its_time_is_over() {
    for db in databases().await {
        let client = a_client(&db, "one").await;
        let insert = async |tx: &mut store::Tx, since, now| {
            idempotency_keys::insert(tx, call(client, "k"), 200, Some("{}"), since, now).await
        };
        within(&db, async |tx| insert(tx, NOON, NOON).await).await;
        assert!(is_taken(&db, async |tx| insert(tx, NOON, NOON).await).await);
        within(&db, async |tx| insert(tx, LATER, LATER).await).await;
        assert_eq!(within(&db, async |tx| idempotency_keys::forget(tx, LATER).await).await, 0);
        let after = LATER.checked_add(1.second()).unwrap();
        assert_eq!(within(&db, async |tx| idempotency_keys::forget(tx, after).await).await, 1);
    }
}

#[tokio::test]
async fn of_one_token_so_many_answers_are_kept() {
    for db in databases().await {
        let client = a_client(&db, "one").await;
        let at = |number: i64| Timestamp::from_microsecond(NOON.as_microsecond() + number).unwrap();
        let fill = async |tx: &mut store::Tx| {
            for number in 0..KEPT + 2 {
                let key = number.to_string();
                idempotency_keys::insert(tx, call(client, &key), 200, None, NOON, at(number)).await?;
            }
            Ok(())
        };
        within(&db, fill).await;
        let there =
            async |key: &str| idempotency_keys::find(&*db, client, key, NOON).await.unwrap().is_some();
        assert!(!there("1").await && there("2").await && there(&(KEPT + 1).to_string()).await);
    }
}
