//! How answers write the project of a collection: the one place where an answer depends on who
//! asks.
//!
//! The documented form is a string (`"523144"`). One client that exists, `wk-cli`, can read
//! only an integer there and fails on the whole list otherwise; it says who it is in its
//! `User-Agent`, so it alone is answered with one. Input takes both forms from everyone.

use serde::{Deserialize, Serialize};

use model::id::ProjectId;

/// What `wk-cli` begins its `User-Agent` with.
const INTEGER_READER: &str = "wk-cli/";

/// How answers write the `project_id` of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectIdForm {
    /// A string, but an integer for clients that are known to read nothing else.
    #[default]
    Auto,
    /// A string for everyone.
    String,
    /// An integer for everyone.
    Integer,
}

impl ProjectIdForm {
    /// The form for a caller with this `User-Agent`; never [`Self::Auto`].
    pub(crate) fn for_caller(self, user_agent: Option<&str>) -> Self {
        match self {
            Self::Auto if user_agent.is_some_and(|agent| agent.starts_with(INTEGER_READER)) => Self::Integer,
            Self::Auto | Self::String => Self::String,
            Self::Integer => Self::Integer,
        }
    }

    /// A project in this form.
    pub(crate) fn show(self, id: ProjectId) -> ShownProjectId {
        match self {
            Self::Auto | Self::String => ShownProjectId::Text(id.to_string()),
            Self::Integer => ShownProjectId::Number(id.0),
        }
    }
}

/// The id of a project as it stands in an answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ShownProjectId {
    /// As documented.
    Text(String),
    /// For clients that cannot read a string.
    Number(i64),
}
