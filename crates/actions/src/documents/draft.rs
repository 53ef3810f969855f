//! Documents that a member looks at before they are put to use.

use std::time::Duration;

use jiff::SignedDuration;
use model::access::Privilege;
use model::audit::By;
use model::id::{CollectionId, DocumentDraftId};
use outbound::Limits;
use store::document_drafts::{DocumentDraft, DraftOf};
use url::Url;

use super::{DOCUMENT_BYTES, Source};
use crate::{Actions, Actor, Error, Faults, Result};

/// The most drafts that one person has; the oldest goes for the next. Somebody looks at one at a time,
/// perhaps in two windows.
const DRAFTS: i64 = 4;

/// How long a draft waits to be put to use.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What fetching a document may cost; below the patience of browsers.
const LIMITS: Limits = Limits { bytes: DOCUMENT_BYTES, time: Duration::from_secs(30), redirects: 3 };

impl Actions {
    /// Reads a document for a new collection, or for one that is there, and keeps it for a day so that
    /// whoever gave it can look at it first. Nobody else sees it, and nothing else is written: no audit
    /// line either.
    pub async fn draft_document(
        &self,
        actor: &Actor,
        collection: Option<CollectionId>,
        source: Source,
    ) -> Result<DocumentDraftId> {
        let of = whose(actor, collection)?;
        if let Some(collection) = collection {
            self.collection(actor, collection).await?;
        }
        let prepared = self.read_document(source).await;
        let prepared =
            prepared.map_err(|fault| Faults::of("document", format!("cannot be read: {fault}")))?;
        let mut tx = self.db.begin().await?;
        let (document, warnings) = (prepared.document, prepared.absent);
        let now = self.environment.now();
        let id = store::document_drafts::insert(&mut tx, of, document, &warnings, DRAFTS, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A document that the actor gave to look at.
    pub async fn document_draft(
        &self,
        actor: &Actor,
        collection: Option<CollectionId>,
        id: DocumentDraftId,
    ) -> Result<DocumentDraft> {
        let found = store::document_drafts::find(&self.db, whose(actor, collection)?, id).await?;
        found.ok_or(Error::Missing("document to look at"))
    }

    /// Forgets a document that the actor gave to look at.
    pub async fn forget_draft(&self, actor: &Actor, id: DocumentDraftId) -> Result<()> {
        let of = whose(actor, None)?;
        let mut tx = self.db.begin().await?;
        store::document_drafts::delete(&mut tx, of.member, id).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets the drafts that nobody put to use; gives how many went.
    pub async fn sweep_drafts(&self) -> Result<u64> {
        let mut tx = self.db.begin().await?;
        let swept = store::document_drafts::sweep(&mut tx, self.environment.now() - KEPT).await?;
        tx.commit().await?;
        Ok(swept)
    }

    /// Fetches a document, or an archive of its files, from a public address or one that the operator has
    /// listed.
    pub async fn fetch_document(&self, actor: &Actor, address: &str) -> Result<Source> {
        actor.must(Privilege::CreateCollection)?;
        let url = Url::parse(address.trim()).map_err(|fault| {
            Faults::of(
                "url",
                format!("is not a URL ({fault}); write it as `https://example.com/openapi.yaml`"),
            )
        })?;
        let fetched = self.desk.outbound.fetch(&url, LIMITS).await;
        let fetched = fetched.map_err(|fault| Faults::of("url", format!("cannot be fetched: {fault}")))?;
        let source = Source::of_bytes(Some(url.into()), fetched.body.into());
        source.map_err(|fault| Faults::of("url", fault).into())
    }
}

/// Drafts are of members: others have no second page to look at them on.
fn whose(actor: &Actor, collection: Option<CollectionId>) -> Result<DraftOf> {
    actor.must(Privilege::CreateCollection)?;
    match actor.origin.by {
        By::Member(member) => Ok(DraftOf { workspace: actor.workspace.id, member, collection }),
        By::Token(_) | By::PortalUser(_) | By::CommandLine | By::System => {
            Err(Error::Refused("documents to look at are kept for members alone".to_owned()))
        }
    }
}
