//! Fetches keys of providers, away from the threads that serve calls.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use model::Environment;
use model::client::Provider;
use outbound::{Limits, Outbound};
use serde::Deserialize;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use url::Url;

use crate::gate::Gate;
use crate::issuers::{Issuer, Issuers, KeySet};

/// How much a document of a provider may cost.
const LIMITS: Limits = Limits { bytes: 64 << 10, time: Duration::from_secs(10), redirects: 3 };

/// How many providers are asked at once.
const AT_ONCE: usize = 16;

/// How long to wait when nothing is due.
const PAUSE: Duration = Duration::from_secs(60);

/// The end of the address of a discovery document (OpenID Connect Discovery 1.0, section 4).
const WELL_KNOWN: &str = "/.well-known/openid-configuration";

/// Keeps the keys of all providers that are served up to date, until `shutdown` is true or its sender
/// is gone.
pub async fn run(
    gate: Arc<Gate>,
    outbound: Outbound,
    environment: Environment,
    mut shutdown: watch::Receiver<bool>,
) {
    let keep = async {
        let issuers = gate.keys.issuers();
        let mut running = JoinSet::new();
        loop {
            let now = environment.clock.instant();
            let living = issuers.living();
            for issuer in &living {
                if running.len() < AT_ONCE && issuer.begins(now) {
                    running.spawn(fetch(Arc::clone(issuer), outbound.clone()));
                }
            }
            let next = living.iter().filter_map(|issuer| issuer.due()).min();
            drop(living);
            let pause = next.map_or(PAUSE, |due| due.saturating_duration_since(now)).min(PAUSE);
            tokio::select! {
                () = issuers.news.notified() => {}
                () = sleep(pause) => {}
                Some(ended) = running.join_next() => match ended {
                    Ok((issuer, keys)) => end(issuers, &issuer, keys, environment.clock.instant()),
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                },
            }
        }
    };
    tokio::select! {
        () = keep => {}
        _ = shutdown.wait_for(|stop| *stop) => {}
    }
}

fn end(issuers: &Issuers, issuer: &Issuer, keys: Result<KeySet, String>, now: Instant) {
    let (Provider::Issuer(source) | Provider::Jwks(source)) = &issuer.source;
    let keys = match keys {
        Ok(keys) => {
            issuers.fetched.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(source, "the keys of a provider were fetched");
            Some(keys)
        }
        Err(error) => {
            issuers.failed.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(source, error, "the keys of a provider cannot be fetched; the last ones stay");
            None
        }
    };
    issuer.end(keys, now);
}

async fn fetch(issuer: Arc<Issuer>, outbound: Outbound) -> (Arc<Issuer>, Result<KeySet, String>) {
    let keys = match &issuer.source {
        Provider::Jwks(url) => match Url::parse(url) {
            Ok(url) => keys_at(&outbound, &url, None).await,
            Err(error) => Err(error.to_string()),
        },
        Provider::Issuer(url) => discover(&outbound, url).await,
    };
    (issuer, keys)
}

/// Reads how a provider describes itself, and then its keys. It has to be the one that it says it is
/// (section 4.3).
async fn discover(outbound: &Outbound, setting: &str) -> Result<KeySet, String> {
    #[derive(Deserialize)]
    struct Description {
        issuer: String,
        jwks_uri: String,
    }
    let base = setting.strip_suffix(WELL_KNOWN).unwrap_or(setting).trim_end_matches('/');
    let address = Url::parse(&format!("{base}{WELL_KNOWN}")).map_err(|error| error.to_string())?;
    let fetched = outbound.fetch(&address, LIMITS).await.map_err(|fault| fault.to_string())?;
    let description: Description = serde_json::from_slice(&fetched.body)
        .map_err(|_| format!("`{address}` is no JSON object with `issuer` and `jwks_uri`"))?;
    if description.issuer.trim_end_matches('/') != base {
        return Err(format!("`{address}` describes another issuer than that of its address"));
    }
    let keys =
        Url::parse(&description.jwks_uri).map_err(|_| format!("`{address}` has no address of keys"))?;
    if keys.scheme() != "https" && keys.scheme() != address.scheme() {
        return Err(format!("`{address}` has keys that do not come over https"));
    }
    keys_at(outbound, &keys, Some(description.issuer)).await
}

async fn keys_at(outbound: &Outbound, url: &Url, issuer: Option<String>) -> Result<KeySet, String> {
    let fetched = outbound.fetch(url, LIMITS).await.map_err(|fault| fault.to_string())?;
    KeySet::parse(issuer, &fetched.body).map_err(|fault| format!("`{url}` {fault}"))
}
