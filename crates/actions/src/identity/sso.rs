//! Single sign-on by OpenID Connect: code flow with PKCE, `state` and `nonce` of one browser.
//!
//! Somebody is known by issuer and subject alone. Their e-mail address, where the provider says that it
//! is verified, ties them to whoever was invited under it, once; after that it means nothing.

mod admission;
mod provider;

use jiff::SignedDuration;
use model::identity::Site;
use model::portal::PortalOidc;
use model::secret::{Secret, SecretKind};
use store::identity::federated::{Secrets, UnderWay};
use url::Url;

use super::sessions::digest_of;
use super::throttle::Attempt;
use super::{Place, SignInFault, SignedIn};
use crate::{Actions, Whence};

use provider::Provider;
pub(crate) use provider::Providers;
pub use provider::SeenProvider;

/// How long a provider's answer is waited for: as long as people take to sign in there.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(15);

/// The most characters of a path to go to afterwards.
const NEXT_CHARACTERS: usize = 1_000;

/// Where to send the browser, and what it must hold when it comes back.
#[derive(Debug)]
pub struct Departure {
    /// The provider's page.
    pub url: Url,
    /// What the browser keeps in a cookie meanwhile.
    pub browser: Secret,
}

/// What a provider sent back with the browser (RFC 6749, section 4.1.2; RFC 9207).
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// What the sign-in is found by.
    pub state: String,
    /// What is exchanged for tokens.
    pub code: Option<String>,
    /// Who says it, if it says so.
    pub iss: Option<String>,
    /// What went wrong there.
    pub error: Option<String>,
}

impl Actions {
    /// The provider of a place, if single sign-on is on there.
    async fn provider(&self, place: Place<'_>) -> std::result::Result<Provider, SignInFault> {
        if !self.sign_in_methods(place).await?.sso {
            return Err(SignInFault::SwitchedOff);
        }
        let (oidc, base) = match place {
            Place::Console => {
                let sso = self.door.rules().console_sso.clone().ok_or(SignInFault::SwitchedOff)?;
                let oidc = PortalOidc {
                    issuer: sso.issuer,
                    client_id: sso.client_id,
                    client_secret: sso.client_secret,
                };
                (oidc, self.addresses().console.clone())
            }
            Place::Portal(portal) => {
                let settings = store::portal_settings::find(&self.db, portal.id).await?;
                let oidc = settings.and_then(|settings| settings.oidc).ok_or(SignInFault::SwitchedOff)?;
                (oidc, self.addresses().portal(portal))
            }
        };
        Ok(Provider { oidc, redirect: format!("{base}/sign-in/sso/callback") })
    }

    /// What people call the provider of a place, if single sign-on is on there.
    pub async fn provider_name(&self, place: Place<'_>) -> crate::Result<Option<String>> {
        if !self.sign_in_methods(place).await?.sso {
            return Ok(None);
        }
        if let (Place::Console, Some(sso)) = (place, &self.door.rules().console_sso) {
            return Ok(Some(sso.name.clone()));
        }
        match self.provider(place).await {
            Ok(provider) => {
                Ok(Url::parse(&provider.oidc.issuer).ok().and_then(|url| url.host_str().map(str::to_owned)))
            }
            Err(SignInFault::Other(error)) => Err(error),
            Err(_) => Ok(None),
        }
    }

    /// Begins a sign-in at the provider of a place. `invitation` is the token of one that is accepted by
    /// it; `next` is a path of the same site.
    pub async fn begin_sso(
        &self,
        place: Place<'_>,
        next: Option<&str>,
        invitation: Option<&str>,
        whence: &Whence,
    ) -> std::result::Result<Departure, SignInFault> {
        let now = self.environment.now();
        self.door.throttle().address(Attempt::Sso, whence.address, now)?;
        let provider = self.provider(place).await?;
        let secret = || Secret::issue(SecretKind::Session, &self.environment);
        let (state, browser, nonce, verifier) = (secret(), secret(), secret(), secret());
        let url = self.departure(&provider, &state, &nonce, &verifier).await?;
        let under_way = UnderWay {
            site: place.site(),
            issuer: provider.oidc.issuer,
            secrets: Secrets { nonce: nonce.expose().to_owned(), verifier: verifier.expose().to_owned() },
            invitation: invitation.and_then(digest_of),
            next: next.filter(|next| next.len() <= NEXT_CHARACTERS).map(str::to_owned),
            expires_at: now + UNDER_WAY,
        };
        let mut tx = self.db.begin().await?;
        store::identity::federated::begin(&mut tx, &state, &browser, &under_way).await?;
        tx.commit().await?;
        Ok(Departure { url, browser })
    }

    /// Signs in with a provider's answer. `browser` is what this browser was given at the beginning.
    pub async fn finish_sso(
        &self,
        place: Place<'_>,
        answer: &Answer,
        browser: &str,
        whence: &Whence,
        former: Option<&str>,
    ) -> std::result::Result<SignedIn, SignInFault> {
        let now = self.environment.now();
        self.door.throttle().address(Attempt::Sso, whence.address, now)?;
        let (Some(state), Some(browser)) = (digest_of(&answer.state), digest_of(browser)) else {
            return Err(refused("it came without a `state`, or to another browser"));
        };
        let mut tx = self.db.begin().await?;
        let under_way = store::identity::federated::take(&mut tx, state, browser).await?;
        tx.commit().await?;
        let under_way =
            under_way.filter(|under_way| under_way.site == place.site() && now < under_way.expires_at);
        let under_way = under_way.ok_or_else(|| refused("no sign-in of this browser is under way for it"))?;
        if let Some(error) = &answer.error {
            return Err(refused(&format!("it says {error:?}")));
        }
        if answer.iss.as_ref().is_some_and(|iss| *iss != under_way.issuer) {
            return Err(refused("it is of another issuer"));
        }
        let code = answer.code.clone().ok_or_else(|| refused("it has no code"))?;
        let provider = self.provider(place).await?;
        if provider.oidc.issuer != under_way.issuer {
            return Err(refused("the provider was changed meanwhile"));
        }
        let identity = self.identity(&provider, code, under_way.secrets).await?;
        let mut signed_in = self.admit(place, &identity, under_way.invitation, whence, former).await?;
        signed_in.next = under_way.next;
        Ok(signed_in)
    }
}

/// Refuses an answer. The reason is for the operator; whoever reads the page learns no more than that
/// it did not work.
fn refused(why: &str) -> SignInFault {
    tracing::warn!("an identity provider's answer was refused: {why}");
    SignInFault::Provider
}

/// A place in the tables, for messages.
fn named(site: Site) -> String {
    match site {
        Site::Console => "the console".to_owned(),
        Site::Portal(portal) => format!("portal {portal}"),
    }
}
