//! The page that asks before something is destroyed.

use askama::Template;
use site::{Field, Frame};

use crate::me::Side;

/// What is asked, and what stops working.
#[derive(Template)]
#[template(path = "admin/ask.html")]
pub(crate) struct Ask {
    pub(crate) frame: Frame,
    pub(crate) side: Side,
    /// The question.
    pub(crate) title: String,
    /// What stops working.
    pub(crate) about: String,
    /// Where the answer goes.
    pub(crate) action: String,
    /// The name that is to be typed; none if a press is enough.
    pub(crate) typed: Option<Field>,
    /// The verb and the object.
    pub(crate) button: &'static str,
    /// Where one gets without doing it.
    pub(crate) back: String,
}

/// The field in which the name is typed.
pub(crate) fn typed(name: &str) -> Field {
    Field::new("typed", "Type its name to confirm").max(255).help(format!("`{name}`"))
}
