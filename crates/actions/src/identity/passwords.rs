//! Passwords, kept as argon2id. Computing one takes tens of milliseconds and 19 MiB, so it is done off
//! the threads that answer, few at a time, and few wait.

use std::sync::Arc;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, Params};
use model::audit::Deed;
use model::environment::Environment;
use model::id::SessionId;
use model::identity::{Session, SignInMethod};
use model::mail::MailKind;
use model::secret::KeyMaterial;
use serde_json::json;
use store::Tx;
use tokio::sync::Semaphore;

use super::throttle::Attempt;
use super::who::Who;
use super::{Place, SignInFault, SignedIn};
use crate::mail::Letter;
use crate::{Actions, Faults, Result, Whence};

/// How many characters a password may have (NIST SP 800-63B-4, section 3.1.1.2, asks for 15, or 8 beside a
/// second factor, and for at least 64 to be possible; guesses are throttled here). What it is made of is
/// nobody's business.
pub const PASSWORD_CHARACTERS: std::ops::RangeInclusive<usize> = 12..=128;

/// Passwords that are computed at a time, of 19 MiB each.
const AT_ONCE: usize = 2;

/// Passwords that wait for it; at two a time the last one waits some two seconds.
const WAITING: usize = 64;

/// Long enough, and the first that anybody tries.
const COMMON: [&str; 8] = [
    "123456789012",
    "1234567890123",
    "12345678901234",
    "qwertyuiop12",
    "qwertyuiop123",
    "administrator",
    "password1234",
    "passwort1234",
];

pub(crate) struct Hashing {
    computing: Semaphore,
    waiting: Semaphore,
    /// What the password of somebody who is not known is compared with, so that it takes as long.
    nobody: Arc<str>,
}

impl Hashing {
    pub(crate) fn new(environment: &Environment) -> Self {
        // Of the cost of a real one; no password is known to fit it.
        let (salt, digest) = (Salt::new(&environment.bytes::<16>()), Output::new(&environment.bytes::<32>()));
        let text = |text: Option<String>| text.unwrap_or_default();
        let nobody = format!(
            "$argon2id$v=19$m={},t={},p={}${}${}",
            Params::DEFAULT_M_COST,
            Params::DEFAULT_T_COST,
            Params::DEFAULT_P_COST,
            text(salt.ok().map(|salt| salt.to_string())),
            text(digest.ok().map(|digest| digest.to_string())),
        );
        Self {
            computing: Semaphore::new(AT_ONCE),
            waiting: Semaphore::new(AT_ONCE + WAITING),
            nobody: nobody.into(),
        }
    }

    /// Computes something that takes long, when it is its turn.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> std::result::Result<T, SignInFault> {
        let _place = self.waiting.try_acquire().map_err(|_| SignInFault::Busy)?;
        let _turn = self.computing.acquire().await.map_err(|_| SignInFault::Busy)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| SignInFault::Busy)
    }
}

/// What is wrong with a new password, if anything.
fn check(password: &str, email: &str) -> std::result::Result<(), Faults> {
    let count = password.chars().count();
    let lower = password.to_lowercase();
    let message = if count < *PASSWORD_CHARACTERS.start() {
        format!("is too short; use at least {} characters", PASSWORD_CHARACTERS.start())
    } else if count > *PASSWORD_CHARACTERS.end() {
        format!("is too long; use at most {} characters", PASSWORD_CHARACTERS.end())
    } else if lower == email.to_lowercase() {
        "is your e-mail address; choose another".to_owned()
    } else if COMMON.contains(&lower.as_str()) || repeats(&lower) {
        "is one of the first that anybody would try; choose another".to_owned()
    } else {
        return Ok(());
    };
    Err(Faults::of("password", message))
}

/// Whether a text is a shorter one over and over.
fn repeats(text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    (1..=characters.len() / 2)
        .any(|period| characters.iter().zip(characters.iter().skip(period)).all(|(one, other)| one == other))
}

impl Actions {
    /// Checks a new password and computes what is kept of it.
    pub(crate) async fn hash_new(
        &self,
        password: &str,
        email: &str,
    ) -> std::result::Result<String, SignInFault> {
        check(password, email).map_err(SignInFault::Invalid)?;
        let password = KeyMaterial::new(password.to_owned());
        let salt: [u8; 16] = self.environment.bytes();
        let hash = self.door.hashing().compute(move || {
            Argon2::default()
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .map(|hash| hash.to_string())
        });
        hash.await?.map_err(|_| SignInFault::Busy)
    }

    /// Whether a password fits a hash; against nobody's hash it takes as long.
    async fn fits(&self, password: &str, hash: Option<String>) -> std::result::Result<bool, SignInFault> {
        let nobody = Arc::clone(&self.door.hashing().nobody);
        let password = KeyMaterial::new(password.to_owned());
        let fits = self.door.hashing().compute(move || {
            let is_known = hash.is_some();
            let hash = hash.as_deref().unwrap_or(&nobody);
            let fits = PasswordHash::new(hash).is_ok_and(|hash| {
                Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
            });
            fits && is_known
        });
        fits.await
    }

    /// Signs in with a password. An unknown address and a wrong password are one answer, and take as long.
    pub async fn sign_in_with_password(
        &self,
        place: Place<'_>,
        (email, password): (&str, &str),
        whence: &Whence,
        former: Option<&str>,
    ) -> std::result::Result<SignedIn, SignInFault> {
        if !self.sign_in_methods(place).await?.password {
            return Err(SignInFault::SwitchedOff);
        }
        let now = self.environment.now();
        self.door.throttle().address(Attempt::Password, whence.address, now)?;
        self.door.throttle().email(Attempt::Password, place.site(), email, now)?;
        if password.chars().count() > *PASSWORD_CHARACTERS.end() {
            return Err(SignInFault::Mismatch);
        }
        let who = self.who_is(place, email).await?;
        let hash = match &who {
            Some(who) => store::identity::passwords::hash(&self.db, who.subject()).await?,
            None => None,
        };
        let fits = self.fits(password, hash).await?;
        let who = who.filter(|_| fits).ok_or(SignInFault::Mismatch)?;
        let mut tx = self.db.begin().await?;
        let signed_in = self.begin_session(&mut tx, &who, SignInMethod::Password, whence, former).await?;
        tx.commit().await?;
        Ok(signed_in)
    }

    /// Whether somebody has a password.
    pub async fn has_password(&self, session: &Session) -> Result<bool> {
        Ok(store::identity::passwords::hash(&self.db, session.subject).await?.is_some())
    }

    /// Changes somebody's own password, which ends all their other sessions. Who has one already says it.
    pub async fn change_password(
        &self,
        place: Place<'_>,
        session: &Session,
        (current, new): (Option<&str>, &str),
        whence: &Whence,
    ) -> std::result::Result<(), SignInFault> {
        if !self.sign_in_methods(place).await?.password {
            return Err(SignInFault::SwitchedOff);
        }
        let who = self.who(&self.db, place, session.subject).await?.ok_or(SignInFault::Mismatch)?;
        let hash = store::identity::passwords::hash(&self.db, session.subject).await?;
        if hash.is_some() {
            let now = self.environment.now();
            self.door.throttle().email(Attempt::Password, place.site(), who.email(), now)?;
            if !self.fits(current.unwrap_or_default(), hash).await? {
                let faults = Faults::of("current_password", "is wrong; type the password that you have now");
                return Err(SignInFault::Invalid(faults));
            }
        }
        let hash = self.hash_new(new, who.email()).await?;
        let mut tx = self.db.begin().await?;
        self.set_password(&mut tx, place, &who, &hash, whence, Some(session.id)).await?;
        tx.commit().await?;
        self.post();
        Ok(())
    }

    /// Sets a password, ends all sessions but one, makes links that were sent worthless, and says so by
    /// mail.
    pub(crate) async fn set_password(
        &self,
        tx: &mut Tx,
        place: Place<'_>,
        who: &Who,
        hash: &str,
        whence: &Whence,
        but: Option<SessionId>,
    ) -> Result<()> {
        let had_one = store::identity::passwords::hash(&mut *tx, who.subject()).await?.is_some();
        store::identity::passwords::set(tx, who.subject(), hash, self.environment.now()).await?;
        store::identity::links::revoke(tx, who.subject(), None).await?;
        let ended = store::identity::sessions::end_all(tx, who.subject(), but).await?;
        self.record_own(tx, who, whence, Deed::PasswordChanged, json!({ "sessions_ended": ended })).await?;
        if !had_one {
            return Ok(());
        }
        let name = place.name();
        let letter = Letter {
            subject: format!("Your password for {name} was changed"),
            sentence: format!("Your password for {name} was changed, and all other sessions were ended."),
            button: None,
            note: Some("If it was not you, choose a new password on the sign-in page at once.".to_owned()),
            why: format!("{name} sent this, because your password there was changed."),
        };
        self.write_mail(tx, &who.sender(place), MailKind::PasswordChanged, who.email(), letter, None).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_and_composition_does_not() {
        for password in ["correct horse", "nur zwölf ü!", "aaaaaaaaaaab"] {
            assert_eq!(check(password, "ada@example.test"), Ok(()), "{password}");
        }
        assert!(check("elevenchars", "").unwrap_err().to_string().contains("at least 12"));
        let long: String = (0..129_u32).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
        assert!(check(&long, "").unwrap_err().to_string().contains("at most 128"));
    }

    #[test]
    fn nobody_has_a_hash_that_costs_as_much() {
        struct Constant;
        impl model::environment::Random for Constant {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.fill(7);
            }
        }
        impl model::environment::Clock for Constant {
            fn now(&self) -> jiff::Timestamp {
                jiff::Timestamp::UNIX_EPOCH
            }
            fn instant(&self) -> std::time::Instant {
                unreachable!("nothing is measured")
            }
        }
        let environment = Environment { clock: Arc::new(Constant), random: Arc::new(Constant) };
        let hashing = Hashing::new(&environment);
        let nobody = PasswordHash::new(&hashing.nobody).unwrap();
        let real = Argon2::default().hash_password_with_salt(b"correct horse", &[7; 16]).unwrap();
        assert_eq!((&nobody.algorithm, &nobody.params), (&real.algorithm, &real.params));
        assert_eq!(nobody.salt.map(|salt| salt.len()), real.salt.map(|salt| salt.len()));
        assert!(Argon2::default().verify_password(b"correct horse", &nobody).is_err());
    }

    #[test]
    fn what_anybody_would_try_is_refused() {
        for password in
            ["Password1234", "passwordpassword", "aaaaaaaaaaaaa", "abcabcabcabca", "Ada@Example.Test"]
        {
            assert!(check(password, "ada@example.test").is_err(), "{password}");
        }
    }
}
