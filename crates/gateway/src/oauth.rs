//! The endpoints of OAuth 2.0: a client's id and secret for an access token (RFC 6749, section 4.4),
//! revocation (RFC 7009), introspection (RFC 7662), and what there is (RFC 8414).
//!
//! Tokens are made out of the snapshot, without the database. Only a revocation waits for it, since
//! it has to be there for every node.

pub(crate) mod request;
pub mod revoking;

use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPECT, PRAGMA};
use http::request::Parts;
use http::{HeaderValue, Response, Uri};
use http_body_util::BodyExt as _;
use model::access_token::{ACCESS_TOKEN_SECONDS, AccessKind, AccessToken};
use model::{AuthType, Digest, Method, SecretKind};
use serde_json::json;
use tokio::time::timeout;

use crate::answer::AnswerBody;
use crate::course::Course;
use crate::engine::line::{Line, Upload};
use crate::exchange::{own, unless_expired};
use crate::keys::Key;
use crate::oauth::request::{Form, Presented};
use crate::oauth::revoking::Outcome;
use crate::protocol::{self, Framing};
use crate::refusal::{Methods, Refusal, RequestFault};
use crate::upload::{CallerBody, settle};

/// The largest body of a request for a token. An honest one has a few hundred bytes.
const BODY_BYTES: usize = 8 << 10;

/// How long a revocation may take.
const REVOKING: Duration = Duration::from_secs(5);

/// What a caller may do here. The first segments of these paths are no workspaces' handles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Token,
    Revoke,
    Introspect,
    Metadata,
}

impl Endpoint {
    /// The endpoint of a target. Nearly every call is told apart by the second character of its path.
    pub(crate) fn at(uri: &Uri) -> Option<Self> {
        match uri.path().as_bytes() {
            [b'/', b'o' | b'.', ..] => Self::of(uri.path()),
            _ => None,
        }
    }

    fn of(path: &str) -> Option<Self> {
        match path {
            "/oauth2/token" => Some(Self::Token),
            "/oauth2/revoke" => Some(Self::Revoke),
            "/oauth2/introspect" => Some(Self::Introspect),
            "/.well-known/oauth-authorization-server" => Some(Self::Metadata),
            _ => None,
        }
    }

    fn method(self) -> Method {
        if self == Self::Metadata { Method::Get } else { Method::Post }
    }
}

/// Answers a request to one of the endpoints.
pub(crate) async fn serve(
    mut course: Box<Course>,
    parts: Parts,
    framing: Framing,
    mut body: CallerBody,
    endpoint: Endpoint,
) -> Response<AnswerBody> {
    let line = Rc::clone(&course.line);
    let answer = match answer(&mut course, &parts, framing, &mut body, &line, endpoint).await {
        Ok(answer) => answer,
        Err(refusal) => {
            course.refuse(refusal);
            refusal.respond()
        }
    };
    let waits_for_continue = parts.headers.contains_key(EXPECT);
    course.uri = parts.uri;
    let stays = !answer.headers().contains_key(http::header::CONNECTION)
        && Box::pin(settle(&line, body, waits_for_continue)).await;
    own(course, uncached(answer, endpoint), stays)
}

/// No answer with or about a token is kept by anyone (RFC 6749, section 5.1).
fn uncached(mut answer: Response<Bytes>, endpoint: Endpoint) -> Response<Bytes> {
    if endpoint != Endpoint::Metadata {
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    }
    answer
}

async fn answer(
    course: &mut Course,
    parts: &Parts,
    framing: Framing,
    body: &mut CallerBody,
    line: &Line,
    endpoint: Endpoint,
) -> Result<Response<Bytes>, Refusal> {
    let method = protocol::check(parts, framing, course.core.config.max_header_bytes)?;
    course.method = Some(method);
    if method != endpoint.method() {
        return Err(Refusal::MethodNotAllowed([endpoint.method()].into_iter().collect::<Methods>()));
    }
    if endpoint == Endpoint::Metadata {
        return Ok(metadata(&course.core.base_url()));
    }
    if !course.core.gate.state().ready {
        return Err(Refusal::Busy("nothing is loaded yet"));
    }
    let peer = course.find_caller(&parts.headers)?;
    let form = Form::read(&parts.headers, &collect(body, line).await?)?;
    let presented = Presented::of(&parts.headers, &form)?;
    if endpoint == Endpoint::Token {
        match form.grant_type.as_deref() {
            None | Some("") => return Err(RequestFault::GrantMissing.into()),
            Some("client_credentials") => {}
            Some(_) => return Err(Refusal::GrantType),
        }
    }
    let digest = Digest::presented(SecretKind::Key, presented.secret.as_bytes());
    let digest = digest.ok_or(Refusal::InvalidClient("the client secret is malformed"))?;
    let keys = &course.core.gate.keys;
    let now = course.core.environment.clock.now();
    let caller = keys.find(&digest, |key| -> Result<Caller, Refusal> {
        let key = key.ok_or(Refusal::InvalidClient("the client secret is unknown"))?;
        course.known.key = Some(key.id);
        course.known.client = Some(key.client.id);
        course.known.workspace = key.client.state().workspace;
        authenticate(key, &presented, now)?;
        crate::decide::admit(key, peer)?;
        Ok(Caller { key: key.id, client: key.client.id, generation: key.generation })
    })?;
    let token = form.token.as_deref().map(str::trim);
    match (endpoint, token) {
        (Endpoint::Token, _) => issue(course, &caller),
        (_, None | Some("")) => Err(RequestFault::TokenMissing.into()),
        (Endpoint::Revoke, Some(token)) => revoke(course, &caller, token).await,
        (Endpoint::Introspect | Endpoint::Metadata, Some(token)) => Ok(introspect(course, &caller, token)),
    }
}

/// A client that has proved who it is, and the key that it did so with.
struct Caller {
    key: model::KeyId,
    client: model::ClientId,
    generation: u32,
}

/// Whether a key whose secret was presented is the credential that the client says it is.
fn authenticate(key: &Key, presented: &Presented<'_>, now: jiff::Timestamp) -> Result<(), Refusal> {
    let refused = |detail| Err(Refusal::InvalidClient(detail));
    if key.auth_type != AuthType::Oauth2 {
        return refused("the key is no OAuth 2.0 credential");
    }
    if key.oauth_client_id() != Some(&*presented.client_id) {
        return refused("the client id does not go with the secret");
    }
    if !key.active {
        return refused("the key is disabled");
    }
    if key.is_expired(|| now) {
        return refused("the key has expired");
    }
    if !key.client.state().active {
        return refused("the client is disabled");
    }
    Ok(())
}

/// Reads a body that has to be small.
async fn collect(body: &mut CallerBody, line: &Line) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let read = async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Err(match line.upload() {
                    Upload::Failed(refusal) => refusal,
                    Upload::Done | Upload::Flowing => Refusal::BodyBroken,
                });
            };
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > BODY_BYTES {
                return Err(Refusal::BodyTooLarge);
            }
            bytes.extend_from_slice(&data);
        }
        Ok(())
    };
    unless_expired(line, read).await??;
    Ok(bytes)
}

fn issue(course: &Course, caller: &Caller) -> Result<Response<Bytes>, Refusal> {
    let core = &course.core;
    let signer = core.gate.keys.access().signer().ok_or(Refusal::Busy("nothing is loaded yet"))?;
    let token = AccessToken {
        generation: caller.generation,
        ..AccessToken::lasting(
            AccessKind::Oauth2,
            caller.key,
            0,
            core.environment.clock.now(),
            ACCESS_TOKEN_SECONDS,
        )
    };
    let secret = signer.sign(token, &core.environment);
    Ok(in_json(&json!({
        "access_token": secret.expose(),
        "token_type": "bearer",
        "expires_in": ACCESS_TOKEN_SECONDS,
    })))
}

/// What a token of the caller's client says; nothing of others', and nothing of what is no token.
fn own_token(course: &Course, caller: &Caller, token: &str) -> Option<Result<AccessToken, RequestFault>> {
    let keys = &course.core.gate.keys;
    let said = keys.access().read(token.as_bytes()).filter(|said| said.kind == AccessKind::Oauth2)?;
    let owner = keys.by_id(said.key)?.client.id;
    Some(if owner == caller.client { Ok(said) } else { Err(RequestFault::OtherClient) })
}

/// A token that is over or never was one is as good as revoked (RFC 7009, section 2.2).
async fn revoke(course: &Course, caller: &Caller, token: &str) -> Result<Response<Bytes>, Refusal> {
    let done = Response::new(Bytes::new());
    let now = course.core.environment.clock.now();
    let Some(said) = own_token(course, caller, token).transpose()?.filter(|said| !said.is_over(now)) else {
        return Ok(done);
    };
    let digest = Digest::of_token(token.as_bytes());
    let order = course.core.gate.revoking.order(digest, said);
    match timeout(REVOKING, order).await {
        Ok(Outcome::Done) => Ok(done),
        Ok(Outcome::Failed) | Err(_) => Err(Refusal::Busy("the revocation cannot be written")),
    }
}

fn introspect(course: &Course, caller: &Caller, token: &str) -> Response<Bytes> {
    let inactive = || in_json(&json!({ "active": false }));
    let Some(Ok(said)) = own_token(course, caller, token) else { return inactive() };
    let (keys, now) = (&course.core.gate.keys, course.core.environment.clock.now());
    let Some(key) = keys.by_id(said.key).filter(|key| key.takes(&said, now)) else { return inactive() };
    if said.is_over(now) || keys.access().is_revoked(&Digest::of_token(token.as_bytes())) {
        return inactive();
    }
    in_json(&json!({
        "active": key.active && !key.is_expired(|| now) && key.client.state().active,
        "client_id": key.oauth_client_id(),
        "token_type": "bearer",
        "exp": said.expires_at,
        "iat": said.expires_at.saturating_sub(ACCESS_TOKEN_SECONDS),
    }))
}

fn metadata(base: &str) -> Response<Bytes> {
    let methods = ["client_secret_basic", "client_secret_post"];
    in_json(&json!({
        "issuer": base,
        "token_endpoint": format!("{base}/oauth2/token"),
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint": format!("{base}/oauth2/revoke"),
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint": format!("{base}/oauth2/introspect"),
        "introspection_endpoint_auth_methods_supported": methods,
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
    }))
}

fn in_json(value: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
