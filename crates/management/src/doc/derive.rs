//! From what is stored to what readers see.

use std::collections::HashSet;

use model::collection::Collection;
use model::endpoint::{Endpoint, Method};
use model::id::DocumentId;
use model::path::PathTemplate;
use openapi::{Document, Format, LISTED_LOSSES, Loss, Publication, Version, to_yaml};
use sha2::{Digest as _, Sha256};

use super::cache::{Derived, Outcome};
use super::choice::Choice;
use super::made::made_from;
use crate::Management;
use crate::problem::Problem;

/// Raised when the same document is derived to another text than before, so that nobody who has
/// the former text takes it for the present one.
const DERIVATION: u8 = 1;

/// The most losses that a refusal names.
const NAMED_LOSSES: usize = 5;

/// Everything that a published document is made of, but for the text of the document in force.
pub(super) struct Source {
    collection: Collection,
    gateway_url: String,
    active: Vec<Endpoint>,
    document: Option<DocumentId>,
}

impl Source {
    pub(super) async fn find(management: &Management, collection: Collection) -> Result<Self, Problem> {
        let workspace = store::workspaces::find(&management.db, collection.workspace).await?;
        let workspace = workspace.ok_or_else(Problem::not_found)?;
        let gateway_url = management.collection_url(&workspace, &collection.handle);
        let active = store::endpoints::active_of(&management.db, collection.id).await?;
        let document = store::documents::in_force_id(&management.db, collection.id).await?;
        Ok(Self { collection, gateway_url, active, document })
    }

    /// What tells one derived text from all others, without deriving it.
    pub(super) fn tag(&self, choice: Choice) -> String {
        let mut digest = Sha256::new();
        // Each part with its length, so that no two lists of parts read the same.
        let mut add = |part: &str| {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        };
        add(&format!("{DERIVATION} {choice:?} {}", self.collection.id));
        add(&self.gateway_url);
        match self.document {
            Some(id) => add(&id.to_string()),
            None => {
                add(&self.collection.name);
                add(self.collection.version.as_str());
                for endpoint in &self.active {
                    add(&endpoint.name);
                    add(endpoint.description.as_deref().unwrap_or_default());
                }
            }
        }
        for endpoint in &self.active {
            add(endpoint.method.as_str());
            add(endpoint.path.as_str());
        }
        hex::encode(digest.finalize().get(..16).unwrap_or_default())
    }

    /// The text under this tag, which was kept or is made now.
    pub(super) async fn derived(
        self,
        management: &Management,
        choice: Choice,
        tag: String,
    ) -> Result<Derived, Problem> {
        let cache = &management.specifications;
        if let Some(kept) = cache.get(&tag) {
            return answered(kept);
        }
        let place = cache.derivations.clone().acquire_owned().await;
        let place = place.map_err(|error| Problem::internal(error.to_string()))?;
        // Whoever had the place before may have made the same.
        if let Some(kept) = cache.get(&tag) {
            return answered(kept);
        }
        let text = match self.document {
            Some(id) => store::documents::content(&management.db, id).await?,
            None => Some(made_from(&self.collection, &self.active).to_string()),
        };
        // It was forgotten a moment ago; another is in force by now.
        let text = text.ok_or_else(Problem::not_found)?;
        let cache = cache.clone();
        let work = tokio::task::spawn_blocking(move || {
            let outcome = self.derive(&text, choice)?;
            cache.put(tag, outcome.clone());
            // The work goes on when the reader has gone, and so it keeps its place.
            drop(place);
            Ok(outcome)
        });
        let outcome: Result<Outcome, Problem> =
            work.await.map_err(|error| Problem::internal(format!("deriving a document: {error}")))?;
        answered(outcome?)
    }

    fn derive(&self, text: &str, choice: Choice) -> Result<Outcome, Problem> {
        let document = Document::parse_json(text).map_err(|fault| {
            Problem::internal(format!("the document of collection {}: {fault}", self.collection.id))
        })?;
        let shown: HashSet<(Method, &str)> =
            self.active.iter().map(|endpoint| (endpoint.method, endpoint.path.as_str())).collect();
        let keep = |method: &str, path: &str| {
            let template = PathTemplate::parse(path).ok();
            let key = Method::from_request(method).zip(template.as_ref().map(PathTemplate::as_str));
            key.is_some_and(|key| shown.contains(&key))
        };
        let publication = Publication { gateway_url: &self.gateway_url, keep: &keep };
        let own = document.version();
        let version = choice.version.unwrap_or(own);
        let value = match version {
            version if version == own => document.published(&publication),
            Version::V2_0 => match document.published_as_v2(&publication) {
                Ok(value) => value,
                Err(losses) => return Ok(Err(refusal(&losses, own))),
            },
            version => {
                let own = own.as_str();
                return Ok(Err(format!(
                    "the document is written in OpenAPI {own} and cannot be had in {}; leave `version` out",
                    version.as_str()
                )));
            }
        };
        let text = match choice.format {
            Format::Json => value.to_string(),
            Format::Yaml => to_yaml(&value),
        };
        Ok(Ok(Derived { text: text.into(), version }))
    }
}

fn answered(outcome: Outcome) -> Result<Derived, Problem> {
    outcome.map_err(|message| actions::Error::Refused(message).into())
}

/// What a document would lose, in one sentence.
fn refusal(losses: &[Loss], own: Version) -> String {
    let own = own.as_str();
    let named: Vec<_> = losses.iter().take(NAMED_LOSSES).map(ToString::to_string).collect();
    let more = match losses.len().saturating_sub(NAMED_LOSSES) {
        0 => String::new(),
        more if losses.len() == LISTED_LOSSES => format!(", and at least {more} more"),
        more => format!(", and {more} more"),
    };
    let named = named.join(", ");
    format!(
        "OpenAPI 2.0 cannot say all that is in this document: {named}{more}; take it in {own}, without `version`"
    )
}
