//! Why something was not done. Each door gives it the shape of its own answers.

use std::fmt;

use model::access::Privilege;

/// The result of every action.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something was not done. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing in the actor's workspace.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// What the input refers to is not there; names the fields.
    #[error("{0}")]
    Unknown(Faults),
    /// The actor's role lacks a privilege.
    #[error("the role of this token does not include this action")]
    Forbidden(Privilege),
    /// Only developers do this, in a portal.
    #[error("only a developer who is signed in to a portal can do this")]
    OnlyInPortal,
    /// The input is unsound; names the fields.
    #[error("{0}")]
    Invalid(Faults),
    /// The value of a field is taken.
    #[error("{field} {message}")]
    Conflict {
        /// The field, as it is called on the wire.
        field: &'static str,
        /// What is wrong with it and what to do.
        message: String,
    },
    /// It is sound and known, but cannot be done in the present state.
    #[error("{0}")]
    Refused(String),
    /// What the actor expected to be there is not what is there now.
    #[error("{0}")]
    Moved(&'static str),
    /// It cannot go, because something is in it.
    #[error("{0}")]
    NotEmpty(String),
    /// The store did not do it.
    #[error(transparent)]
    Store(store::Error),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults)
    }
}

/// What is wrong with which field, in the order in which the fields are documented.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults(Vec<(&'static str, String)>);

impl Faults {
    /// One fault.
    pub fn of(field: &'static str, message: impl Into<String>) -> Self {
        Self(vec![(field, message.into())])
    }

    /// Adds a fault. The message goes on from the field's name: "can't be blank".
    pub fn add(&mut self, field: &'static str, message: impl Into<String>) {
        self.0.push((field, message.into()));
    }

    /// The field and message of each fault.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(field, message)| (*field, message.as_str()))
    }

    /// Refuses if there is any fault.
    pub fn check(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

impl fmt::Display for Faults {
    /// One sentence that names every field.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, message)) in self.iter().enumerate() {
            let between = if index == 0 { "" } else { "; " };
            write!(f, "{between}{field} {message}")?;
        }
        Ok(())
    }
}
