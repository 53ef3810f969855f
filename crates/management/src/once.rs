//! `Idempotency-Key`: a call that makes something can be sent again, and makes it once
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! What a call was answered with is written in the transaction of what it made: the action leaves its
//! transaction open, and it is committed here together with the answer. So there is never the one
//! without the other. A token is kept nowhere: whoever asks again sees its last four characters.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actions::{Actor, Pending};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use model::audit::By;
use model::id::DeveloperClientId;
use model::secret::SecretKind;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use store::idempotency_keys::{self, Call};

use crate::answer::JSON;
use crate::caller::Caller;
use crate::problem::Problem;
use crate::{DOCUMENT_BYTES, Management};

/// The name of the header.
pub(crate) const NAME: &str = "Idempotency-Key";

/// How long a repetition gets the same answer.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The most characters of a key.
const KEY_CHARACTERS: usize = 255;

/// The most bytes of an answer that is kept.
const ANSWER_BYTES: usize = 1 << 20;

/// In an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The calls with a key that are under way, in this process.
#[derive(Clone, Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashSet<(DeveloperClientId, String)>>>);

/// One of them, until it is dropped.
struct Entry {
    calls: UnderWay,
    name: (DeveloperClientId, String),
}

impl UnderWay {
    fn enter(&self, client: DeveloperClientId, key: &str) -> Option<Entry> {
        let name = (client, key.to_owned());
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.insert(name.clone()).then(|| Entry { calls: self.clone(), name })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.calls.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// Lets a call do what it asks for, unless the same call was answered before.
pub(crate) async fn once(
    State(management): State<Management>,
    caller: Caller,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let By::Token(client) = caller.actor().origin.by else { return Ok(next.run(request).await) };
    let Some(key) = key(request.headers())? else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, DOCUMENT_BYTES).await.map_err(|_| Problem::too_large())?;
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let fingerprint = fingerprint(&[parts.method.as_str(), target], &body);
    let call = Call { client, key: &key, fingerprint: &fingerprint };

    let entry = management.under_way.enter(client, &key);
    let _entry = entry.ok_or_else(Problem::still_running)?;
    let now = management.environment.now();
    let since = now.checked_sub(KEPT_FOR).unwrap_or(Timestamp::MIN);
    if let Some(answered) = idempotency_keys::find(&management.db, client, &key, since).await? {
        if answered.fingerprint != fingerprint {
            return Err(Problem::key_of_another_call());
        }
        return replay(answered.status, answered.body);
    }

    let pending = Pending::default();
    parts
        .extensions
        .insert(caller.acting_as(Actor { pending: Some(pending.clone()), ..caller.actor().clone() }));
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let Some(mut tx) = pending.take() else { return Ok(response) };
    if !response.status().is_success() {
        // What it did goes with the transaction.
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|error| Problem::internal(error.to_string()))?;
    let kept = without_tokens(&body).filter(|kept| kept.len() <= ANSWER_BYTES);
    let status = parts.status.as_u16();
    match idempotency_keys::insert(&mut tx, call, status, kept.as_deref(), since, now).await {
        // Another node answers it.
        Err(store::Error::Taken(_)) => return Err(Problem::still_running()),
        inserted => inserted?,
    }
    tx.commit().await?;
    management.actions.post();
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// The key of a call, if it has one. It may stand in quotes, as the draft has it.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let is_sound =
        (1..=KEY_CHARACTERS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    if values.next().is_some() || !is_sound {
        let message = format!(
            "`{NAME}` must be given once, with 1 to {KEY_CHARACTERS} visible ASCII characters, such as a UUID"
        );
        return Err(Problem::bad_request(message));
    }
    Ok(Some(key.to_owned()))
}

fn fingerprint(texts: &[&str], body: &Bytes) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text);
        digest.update([0]);
    }
    digest.update(body);
    hex::encode(digest.finalize())
}

fn replay(status: u16, body: Option<String>) -> Result<Response, Problem> {
    let body = body.ok_or_else(Problem::answer_not_kept)?;
    let mut response = Body::from(body).into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// An answer in which each token is its last four characters.
fn without_tokens(body: &[u8]) -> Option<String> {
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    shorten(&mut answer);
    serde_json::to_string(&answer).ok()
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) => {
            let is_token = |kind: SecretKind| kind.has_shape(text.as_bytes());
            if is_token(SecretKind::Key) || is_token(SecretKind::Management) {
                *text = text.split_off(text.len() - 4);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(fields) => fields.values_mut().for_each(shorten),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
