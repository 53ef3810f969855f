use axum::body::to_bytes;

use super::*;

/// Status, `Retry-After` and body of the completed answer.
async fn answered(problem: impl Into<Problem>) -> (u16, bool, String) {
    let response = complete(problem.into().into_response(), "0a0b");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 10_000).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    (parts.status.as_u16(), parts.headers.contains_key(RETRY_AFTER), text)
}

#[tokio::test]
async fn what_may_pass_asks_to_try_again() {
    use store::Error as E;
    for error in [E::Full, E::Locked, E::ReadOnly("secret".into()), E::Unreachable("secret".into())] {
        let (status, tries_again, text) = answered(error).await;
        assert_eq!((status, tries_again), (503, true), "{text}");
        assert!(text.starts_with(r#"{"message":""#) && !text.contains("secret"), "{text}");
    }
    assert_eq!(answered(Problem::late()).await.0, 503);
}

#[tokio::test]
async fn what_does_not_pass_is_in_the_log_under_an_id() {
    use store::Error as E;
    for error in [E::Damaged("secret".into()), E::WrongMasterKey, E::Unreadable("secret".into())] {
        let (status, tries_again, text) = answered(actions::Error::Store(error)).await;
        assert_eq!((status, tries_again), (500, false));
        assert_eq!(text, r#"{"message":"something went wrong here; the log has it under request id 0a0b"}"#);
    }
}

#[tokio::test]
async fn several_faults_of_a_field_stand_in_a_list() {
    let mut faults = Faults::default();
    faults.add("name", "is odd");
    faults.add("path", "is long");
    faults.add("name", "is old");
    let (_, _, text) = answered(faults).await;
    assert_eq!(
        text,
        r#"{"message":"name is odd; path is long; name is old","errors":{"name":["is odd","is old"],"path":["is long"]}}"#
    );
}
