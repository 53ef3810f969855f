//! What is said to identity providers, and what they say.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use model::portal::PortalOidc;
use model::secret::Secret;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _,
};
use outbound::{Limits, Outbound};
use store::identity::federated::Secrets;
use url::Url;

use super::refused;
use crate::Actions;
use crate::identity::SignInFault;

/// How much an answer of a provider may cost. Redirects are not followed: tokens would go along.
const LIMITS: Limits = Limits { bytes: 1 << 20, time: Duration::from_secs(10), redirects: 0 };

/// How long what a provider says about itself is used for sending browsers there. Their answers are
/// checked with what it says then.
const FRESH: Duration = Duration::from_secs(300);

/// The most providers of which it is remembered what they say about themselves.
const REMEMBERED: usize = 64;

/// Signatures with public keys. Never the ones made with the client's secret: the method is ours to
/// choose, not the token's.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
];

/// A provider, and where it sends browsers back to.
pub(crate) struct Provider {
    pub(crate) oidc: PortalOidc,
    pub(crate) redirect: String,
}

/// Who somebody is at a provider.
pub(crate) struct Identity {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// The e-mail address, where the provider says that it is verified.
    pub(crate) verified_email: Option<String>,
    pub(crate) name: Option<String>,
}

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What providers said about themselves a moment ago.
#[derive(Default)]
pub(crate) struct Providers(Mutex<HashMap<String, (Instant, CoreProviderMetadata)>>);

impl Providers {
    fn get(&self, issuer: &str, now: Instant) -> Option<CoreProviderMetadata> {
        let known = self.0.lock().ok()?;
        let (since, metadata) = known.get(issuer)?;
        (now.saturating_duration_since(*since) < FRESH).then(|| metadata.clone())
    }

    fn put(&self, issuer: &str, now: Instant, metadata: &CoreProviderMetadata) {
        let Ok(mut known) = self.0.lock() else { return };
        known.retain(|_, (since, _)| now.saturating_duration_since(*since) < FRESH);
        if known.len() < REMEMBERED {
            known.insert(issuer.to_owned(), (now, metadata.clone()));
        }
    }
}

impl Provider {
    fn client(&self, metadata: CoreProviderMetadata) -> Result<Client, SignInFault> {
        let redirect = RedirectUrl::new(self.redirect.clone())
            .map_err(|_| refused("the configured address of this site is no URL"))?;
        let id = ClientId::new(self.oidc.client_id.clone());
        let secret = ClientSecret::new(self.oidc.client_secret.expose().to_owned());
        Ok(CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(redirect))
    }
}

/// Sends a provider a request by way of [`Outbound`].
async fn ask(outbound: Outbound, request: HttpRequest) -> Result<HttpResponse, outbound::Fault> {
    let response = outbound.exchange(request.map(Into::into), LIMITS).await?;
    Ok(response.map(Into::into))
}

/// What an identity provider said when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenProvider {
    /// The issuer, as it calls itself.
    pub issuer: String,
    /// Where people prove who they are.
    pub authorization: String,
    /// How many keys it signs with.
    pub keys: usize,
}

impl Actions {
    /// Asks a provider what it says about itself; else why there is no answer that can be used.
    pub(crate) async fn look_at_provider(&self, issuer: &str) -> Result<SeenProvider, String> {
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| "is no URL".to_owned())?;
        let outbound = self.desk.outbound.clone();
        let http = move |request| ask(outbound.clone(), request);
        let metadata = CoreProviderMetadata::discover_async(url, &http).await;
        let metadata = metadata.map_err(|error| format!("could not be read: {}", causes(&error)))?;
        if metadata.token_endpoint().is_none() {
            return Err("names no token endpoint in its description".to_owned());
        }
        Ok(SeenProvider {
            issuer: metadata.issuer().to_string(),
            authorization: metadata.authorization_endpoint().to_string(),
            keys: metadata.jwks().keys().len(),
        })
    }

    /// What a provider says about itself now.
    async fn discover(&self, issuer: &str) -> Result<CoreProviderMetadata, SignInFault> {
        let url = IssuerUrl::new(issuer.to_owned()).map_err(|_| refused("the issuer is no URL"))?;
        let outbound = self.desk.outbound.clone();
        let http = move |request| ask(outbound.clone(), request);
        let metadata = CoreProviderMetadata::discover_async(url, &http).await;
        let metadata = metadata
            .map_err(|error| refused(&format!("discovery of {issuer} failed: {}", causes(&error))))?;
        self.door.providers().put(issuer, self.environment.clock.instant(), &metadata);
        Ok(metadata)
    }

    /// The address to send a browser to.
    pub(super) async fn departure(
        &self,
        provider: &Provider,
        state: &Secret,
        nonce: &Secret,
        verifier: &Secret,
    ) -> Result<Url, SignInFault> {
        let issuer = &provider.oidc.issuer;
        let known = self.door.providers().get(issuer, self.environment.clock.instant());
        let metadata = match known {
            Some(metadata) => metadata,
            None => self.discover(issuer).await?,
        };
        let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
        let (state, nonce) = (state.expose().to_owned(), nonce.expose().to_owned());
        let client = provider.client(metadata)?;
        let request = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(state),
            move || Nonce::new(nonce),
        );
        let request = request
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        Ok(request.url().0)
    }

    /// Who the provider says that it was who came with this code.
    pub(super) async fn identity(
        &self,
        provider: &Provider,
        code: String,
        secrets: Secrets,
    ) -> Result<Identity, SignInFault> {
        let client = provider.client(self.discover(&provider.oidc.issuer).await?)?;
        let outbound = self.desk.outbound.clone();
        let http = move |request| ask(outbound.clone(), request);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| refused("the provider names no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier));
        let tokens = exchange.request_async(&http).await;
        let tokens =
            tokens.map_err(|error| refused(&format!("no tokens for the code: {}", causes(&error))))?;
        let id_token = tokens.id_token().ok_or_else(|| refused("there is no ID token"))?;
        let now = SystemTime::from(self.environment.now());
        let verifier =
            client.id_token_verifier().set_allowed_algs(ALGORITHMS).set_time_fn(move || now.into());
        let claims = id_token
            .claims(&verifier, &Nonce::new(secrets.nonce))
            .map_err(|error| refused(&format!("the ID token is not sound: {}", causes(&error))))?;
        if let Some(expected) = claims.access_token_hash() {
            let signing = id_token.signing_alg().ok().zip(id_token.signing_key(&verifier).ok());
            let actual = signing.and_then(|(algorithm, key)| {
                AccessTokenHash::from_token(tokens.access_token(), algorithm, key).ok()
            });
            if actual.as_ref() != Some(expected) {
                return Err(refused("the access token is not the one that the ID token names"));
            }
        }
        let mut identity = Identity {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            verified_email: claims
                .email()
                .filter(|_| claims.email_verified() == Some(true))
                .map(|email| email.to_string()),
            name: claims.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
        };
        if claims.email().is_none()
            && let Ok(request) =
                client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        {
            let answered: Result<CoreUserInfoClaims, _> = request.request_async(&http).await;
            let info =
                answered.map_err(|error| refused(&format!("no user information: {}", causes(&error))))?;
            identity.verified_email =
                info.email().filter(|_| info.email_verified() == Some(true)).map(|email| email.to_string());
            let name = info.name().and_then(|name| name.get(None)).map(|name| name.to_string());
            identity.name = identity.name.or(name);
        }
        Ok(identity)
    }
}

/// An error with its causes, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
