//! Pictures that are chosen in a form.

use actions::{Error, Faults, LogoOf};
use site::{Flash, Oops, Uploaded};

use crate::Console;
use crate::me::Me;

/// Sets the picture that was chosen in the field `what`, or takes the present one away: what is said
/// of it, or what is wrong with that field.
pub(crate) async fn put(
    console: &Console,
    me: &Me,
    of: LogoOf,
    mut form: Uploaded,
    what: &'static str,
) -> Result<Result<Flash, Faults>, Oops> {
    if form.fields.has("remove") {
        console.actions.remove_logo(&me.actor(), of).await?;
        return Ok(Ok(Flash::good(format!("The {what} is gone."))));
    }
    let chosen = form.take(what).map(|file| file.content).unwrap_or_default();
    if chosen.is_empty() {
        return Ok(Err(Faults::of(what, "is missing; choose one")));
    }
    match console.actions.set_logo(&me.actor(), of, chosen).await {
        Ok(_) => Ok(Ok(Flash::good(format!("The {what} is set.")))),
        Err(Error::Invalid(faults)) => {
            // The action calls every picture a logo.
            let message = faults.iter().next().map(|(_, message)| message.to_owned()).unwrap_or_default();
            Ok(Err(Faults::of(what, message)))
        }
        Err(error) => Err(error.into()),
    }
}
