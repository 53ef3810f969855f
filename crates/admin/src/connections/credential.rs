//! What the gateway proves itself with to a backend, as the form has it.

use actions::Error;
use model::backend::{BackendCredential, CREDENTIAL_CHARACTERS, CREDENTIAL_NAME_CHARACTERS};
use model::secret::KeyMaterial;
use site::form::Kind;
use site::{Field, Fields};

use crate::choices::Offer;

/// The fields of it. What is secret is never shown again.
pub(super) struct Form {
    pub(super) kinds: Vec<Offer>,
    pub(super) kind: String,
    pub(super) name: Field,
    pub(super) secret: Field,
}

impl Form {
    /// Those of a connection that has this credential, or none.
    pub(super) fn of(credential: Option<&BackendCredential>) -> Self {
        let choice = |value: &str, label: &str| (value.to_owned(), label.to_owned());
        let (kind, name) = match credential {
            None => ("", ""),
            Some(BackendCredential::Bearer { .. }) => ("bearer", ""),
            Some(BackendCredential::Basic { user, .. }) => ("basic", user.as_str()),
            Some(BackendCredential::Header { name, .. }) => ("header", name.as_str()),
        };
        let help = match credential {
            None => "The token, the password, or the header's value.",
            Some(_) => "The token, the password, or the header's value. Empty: it stays as it is.",
        };
        Self {
            kinds: vec![
                choice("", "Nothing"),
                choice("bearer", "A bearer token"),
                choice("basic", "HTTP Basic: user and password"),
                choice("header", "A header"),
            ],
            kind: kind.to_owned(),
            name: Field::new("credential_name", "User, or name of the header")
                .optional()
                .mono()
                .max(CREDENTIAL_NAME_CHARACTERS)
                .help("Not for a bearer token.")
                .value(name),
            secret: Field::new("credential_secret", "Secret")
                .optional()
                .kind(Kind::Password)
                .max(CREDENTIAL_CHARACTERS)
                .autocomplete("new-password")
                .help(help),
        }
    }

    /// What was sent but for the secret, with what is wrong.
    pub(super) fn refill(&mut self, fields: &Fields, error: &Error) {
        if let Some((kind, _)) = self.kinds.iter().find(|(kind, _)| kind == fields.text("credential")) {
            self.kind.clone_from(kind);
        }
        self.name = std::mem::take(&mut self.name).given(fields);
        let Error::Invalid(faults) = error else { return };
        for called in ["credential.user", "credential.name"] {
            self.name = std::mem::take(&mut self.name).faulted(faults, called);
        }
        for called in ["credential.token", "credential.password", "credential.value"] {
            self.secret = std::mem::take(&mut self.secret).faulted(faults, called);
        }
    }
}

/// What was chosen. A secret that is left empty is the present one, as long as it is one of the same kind.
pub(super) fn given(fields: &Fields, present: Option<&BackendCredential>) -> Option<BackendCredential> {
    use BackendCredential as C;
    let name = fields.text("credential_name").trim().to_owned();
    let typed = fields.text("credential_secret");
    let secret = |kept: Option<&KeyMaterial>| match (typed.is_empty(), kept) {
        (true, Some(kept)) => kept.clone(),
        _ => KeyMaterial::new(typed.to_owned()),
    };
    match fields.text("credential") {
        "bearer" => {
            let kept = if let Some(C::Bearer { token }) = present { Some(token) } else { None };
            Some(C::Bearer { token: secret(kept) })
        }
        "basic" => {
            let kept = if let Some(C::Basic { password, .. }) = present { Some(password) } else { None };
            Some(C::Basic { user: name, password: secret(kept) })
        }
        "header" => {
            let kept = if let Some(C::Header { value, .. }) = present { Some(value) } else { None };
            Some(C::Header { name: name.to_ascii_lowercase(), value: secret(kept) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(kind: &str, name: &str, secret: &str) -> Fields {
        let pairs = [("credential", kind), ("credential_name", name), ("credential_secret", secret)];
        Fields::from(pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec())
    }

    #[test]
    fn a_secret_that_is_left_empty_stays() {
        let present = given(&fields("basic", "portico", "first"), None).unwrap();
        let renamed = given(&fields("basic", "other", ""), Some(&present)).unwrap();
        let BackendCredential::Basic { user, password } = renamed else { panic!("another kind") };
        assert_eq!((user.as_str(), password.expose()), ("other", "first"));
        // Not in a place where it was not meant to be seen.
        let moved = given(&fields("header", "X-Key", ""), Some(&present)).unwrap();
        let BackendCredential::Header { name, value } = moved else { panic!("another kind") };
        assert_eq!((name.as_str(), value.expose()), ("x-key", ""));
        assert_eq!(given(&fields("", "", "x"), Some(&present)), None);
    }
}
