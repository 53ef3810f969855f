//! What becomes of what an action refuses.

use actions::Error;
use site::Oops;

/// An error that stands in the form that was sent; others are pages of their own.
pub(crate) fn beside(error: Error) -> Result<Error, Oops> {
    match error {
        Error::Invalid(_) | Error::Unknown(_) | Error::Conflict { .. } | Error::Refused(_) => Ok(error),
        error => Err(error.into()),
    }
}
