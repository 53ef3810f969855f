//! How people prove who they are, in the console and in portals alike: with a link by mail, with a
//! password, or at an identity provider; and the sessions that remember it.
//!
//! Whether somebody is known here is nobody's business: answers before a sign-in are the same for
//! every address, and the work behind them is done where nobody waits for it.

mod links;
mod members;
mod passwords;
mod rules;
mod sessions;
mod sso;
mod throttle;
mod who;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::environment::Environment;
use model::id::SessionId;
use model::identity::Site;
use model::portal::{Portal, SignInMethods};
use model::secret::Secret;
use tokio::sync::Semaphore;

use crate::{Error, Faults};

pub use links::{LinkView, PasswordField, Wish};
pub use passwords::PASSWORD_CHARACTERS;
pub use rules::{ConsoleSso, IdentityRules};
pub use sessions::{Developer, Operator};
pub use sso::{Answer, Departure, SeenProvider};

pub(crate) use members::must_have_a_shell;
pub(crate) use who::Who;

use passwords::Hashing;
use sso::Providers;
use throttle::Throttle;

/// How long what must be answered at once may be worked on behind the answer: the most requests for
/// links at a time. What comes on top is dropped, and logged.
const LINK_REQUESTS: usize = 32;

/// Where somebody wants to come in.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The console.
    Console,
    /// A portal.
    Portal(&'a Portal),
}

impl Place<'_> {
    /// The same without what else is known of it.
    pub fn site(&self) -> Site {
        match self {
            Self::Console => Site::Console,
            Self::Portal(portal) => Site::Portal(portal.id),
        }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Console => "Portico",
            Self::Portal(portal) => &portal.name,
        }
    }
}

/// A session that has just begun.
#[derive(Debug)]
pub struct SignedIn {
    /// Its id.
    pub session: SessionId,
    /// What the browser keeps.
    pub token: Secret,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Where to go now, if that was said at the beginning; a path of the same site.
    pub next: Option<String>,
}

/// Why somebody did not come in.
#[derive(Debug, thiserror::Error)]
pub enum SignInFault {
    /// Too many attempts from this address or with this e-mail address.
    #[error("there were too many attempts; try again in {} seconds", .0.as_secs().max(1))]
    Throttled(SignedDuration),
    /// The link was used, has expired, or never was.
    #[error("this link has expired or was used before")]
    LinkGone,
    /// The address or the password is wrong; nobody learns which.
    #[error("the e-mail address or the password is wrong")]
    Mismatch,
    /// This way to sign in is switched off here.
    #[error("this way to sign in is switched off here; choose another")]
    SwitchedOff,
    /// The password cannot be chosen.
    #[error("{0}")]
    Invalid(Faults),
    /// The identity provider's answer was refused. What was wrong with it is in the log.
    #[error("the identity provider's answer could not be used; try again")]
    Provider,
    /// The identity provider knows them, but they may not come in here.
    #[error("you are known to your organisation but not here; ask whoever runs this site for an invitation")]
    NotInvited,
    /// More passwords are being checked than the machine can.
    #[error("too many people sign in at the moment; try again in a minute")]
    Busy,
    /// Something else was in the way.
    #[error(transparent)]
    Other(Error),
}

impl From<Error> for SignInFault {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<store::Error> for SignInFault {
    fn from(error: store::Error) -> Self {
        Self::Other(error.into())
    }
}

/// What the actions of this module share.
#[derive(Clone)]
pub(crate) struct Door(Arc<Parts>);

struct Parts {
    rules: IdentityRules,
    throttle: Throttle,
    hashing: Hashing,
    link_requests: Arc<Semaphore>,
    providers: Providers,
}

impl Door {
    pub(crate) fn new(environment: &Environment, rules: IdentityRules) -> Self {
        Self(Arc::new(Parts {
            rules,
            throttle: Throttle::new(environment),
            hashing: Hashing::new(environment),
            link_requests: Arc::new(Semaphore::new(LINK_REQUESTS)),
            providers: Providers::default(),
        }))
    }
}

impl Door {
    pub(crate) fn rules(&self) -> &IdentityRules {
        &self.0.rules
    }

    fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    fn hashing(&self) -> &Hashing {
        &self.0.hashing
    }

    fn link_requests(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.link_requests)
    }

    fn providers(&self) -> &Providers {
        &self.0.providers
    }
}

/// The ways into the console where no provider is set.
pub(crate) const CONSOLE_METHODS: SignInMethods =
    SignInMethods { magic_link: true, password: true, sso: false };
