//! Another document for a collection that has one: what stays the same stays, with its id, its state
//! and everything that people set.

use model::access::Privilege;
use model::audit::Deed;
use model::collection::Collection;
use model::document::KeptDocument;
use model::endpoint::Endpoint;
use model::id::{CollectionId, DocumentId};
use openapi::Difference;
use serde_json::json;
use store::Tx;
use store::documents::NewDocument;
use store::endpoints::Described;

use super::plan::{Plan, plan};
use super::prepare::{Compared, Prepared};
use super::{KEPT_DOCUMENTS, Source};
use crate::actor::Subject;
use crate::collections::Place;
use crate::import::{ImportResults, Servable};
use crate::{Actions, Actor, Error, Faults, Result};

/// Another document for a collection.
#[derive(Debug)]
pub struct Reimport {
    /// The document.
    pub put: Put,
    /// Whether the endpoints that are added are active at once.
    pub activate: bool,
    /// The document that must be in force still; none if any may be.
    pub expected: Option<DocumentId>,
    /// Whether to say what would come of it, and write nothing.
    pub dry_run: bool,
}

/// The document that is to be in force.
#[derive(Debug)]
pub enum Put {
    /// A new one.
    New(Source),
    /// One that the collection had before.
    Kept(DocumentId),
}

/// What came of it, or would.
#[derive(Debug)]
pub struct Reimported {
    /// The collection.
    pub collection: Collection,
    /// The document in force now; in a dry run the one that still is, if there is one.
    pub document: Option<KeptDocument>,
    /// The operations in the new document, and those that cannot be served.
    pub import: ImportResults,
    /// What callers notice.
    pub difference: Difference,
    /// The endpoints that were added.
    pub added: usize,
    /// The endpoints that are described otherwise.
    pub updated: usize,
    /// The endpoints that were removed.
    pub removed: usize,
}

/// The document that is put in force, when it is written.
enum Next {
    New(Box<NewDocument>),
    Kept(DocumentId),
}

/// What was read before the transaction.
struct Outlook {
    collection: Collection,
    former: Option<KeptDocument>,
    next: Next,
    operations: Vec<Servable>,
    results: ImportResults,
    compared: Compared,
}

impl Actions {
    /// Puts another document in force for a collection. Endpoints are matched by method and path: those
    /// that stay keep everything; those that come are inactive unless asked otherwise; those that the
    /// former document had and this one does not have go, with the recipes that were made for them.
    /// All or nothing.
    pub async fn reimport(
        &self,
        actor: &Actor,
        collection: CollectionId,
        reimport: Reimport,
    ) -> Result<Reimported> {
        actor.must(Privilege::CreateCollection)?;
        let Reimport { put, activate, expected, dry_run } = reimport;
        let is_restored = matches!(put, Put::Kept(_));
        let outlook = self.look(actor, collection, put, expected).await?;
        if dry_run {
            let endpoints = store::endpoints::all_of(&self.db, collection).await?;
            let plan = plan(&endpoints, &outlook.compared.before, &outlook.operations);
            let counts = Counts::of(&plan);
            let Outlook { collection, former, results, compared, .. } = outlook;
            return Ok(counts.told(collection, former, results, compared.difference));
        }

        let mut tx = self.db.begin().await?;
        // Reading took its time; what was compared must still be what is replaced.
        let present = store::documents::in_force(&mut tx, collection).await?;
        let former = outlook.former.as_ref();
        if present.as_ref().map(|document| document.id) != former.map(|document| document.id) {
            return Err(moved(expected));
        }
        let endpoints = store::endpoints::all_of(&mut tx, collection).await?;
        let plan = plan(&endpoints, &outlook.compared.before, &outlook.operations);
        let counts = Counts::of(&plan);
        self.apply(&mut tx, actor, &outlook.collection, plan, activate).await?;
        let id = self.put(&mut tx, collection, former, outlook.next).await?;

        let details = json!({
            "before": { "document_id": former.map(|document| document.id) },
            "after": {
                "document_id": id,
                "added": counts.added,
                "updated": counts.updated,
                "removed": counts.removed,
                "breaking": outlook.compared.difference.counts.breaking,
            },
        });
        let deed = if is_restored { Deed::CollectionRestored } else { Deed::CollectionReimported };
        let subject = Subject { id: collection.0, name: &outlook.collection.name };
        self.record(&mut tx, actor, deed, subject, details).await?;
        let document = store::documents::in_force(&mut tx, collection).await?;
        let found = store::collections::find(&mut tx, actor.scope(), collection).await?;
        actor.commit(tx).await?;
        let collection = found.ok_or(Error::Missing("API collection"))?;
        Ok(counts.told(collection, document, outlook.results, outlook.compared.difference))
    }

    /// Reads and compares, without a transaction.
    async fn look(
        &self,
        actor: &Actor,
        id: CollectionId,
        put: Put,
        expected: Option<DocumentId>,
    ) -> Result<Outlook> {
        let collection = self.collection(actor, id).await?;
        let former = store::documents::in_force(&self.db, id).await?;
        if expected.is_some() && former.as_ref().map(|document| document.id) != expected {
            return Err(moved(expected));
        }
        let content = match &former {
            Some(document) => store::documents::content(&self.db, document.id).await?,
            None => None,
        };
        match put {
            Put::New(source) => {
                let read = self.read_against(source, content).await;
                let (prepared, compared) = read.map_err(|fault| {
                    Error::from(Faults::of("openapi_spec.content", format!("cannot be read: {fault}")))
                })?;
                let Prepared { document, operations, results, .. } = prepared;
                let next = Next::New(Box::new(document));
                Ok(Outlook { collection, former, next, operations, results, compared })
            }
            Put::Kept(document) => {
                self.kept_document(id, document).await?;
                let kept = store::documents::content(&self.db, document).await?;
                let kept = kept.ok_or(Error::Missing("document"))?;
                let read = self.read_kept(kept, content).await;
                let (operations, results, compared) =
                    read.map_err(|fault| Error::Refused(format!("the document cannot be read: {fault}")))?;
                let next = Next::Kept(document);
                Ok(Outlook { collection, former, next, operations, results, compared })
            }
        }
    }

    async fn apply(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        collection: &Collection,
        plan: Plan<'_>,
        activate: bool,
    ) -> Result<()> {
        let now = self.environment.now();
        if !plan.remove.is_empty() {
            let ids: Vec<_> = plan.remove.iter().map(|endpoint| endpoint.id).collect();
            let recipes: Vec<_> = plan.remove.iter().map(|endpoint| endpoint.recipe).collect();
            store::endpoints::remove_all(tx, collection.id, &ids).await?;
            store::recipes::remove_unused(tx, &recipes).await?;
        }
        if !plan.describe.is_empty() {
            let described: Vec<_> = plan
                .describe
                .iter()
                .map(|(endpoint, words)| Described {
                    id: endpoint.id,
                    name: words.name,
                    description: words.description,
                    path: &words.operation.path,
                })
                .collect();
            store::endpoints::describe_all(tx, collection.id, &described, now).await?;
            for (Endpoint { recipe, name, .. }, words) in &plan.describe {
                let (new, description) = (words.name, words.description);
                store::recipes::describe_imported(tx, *recipe, name, new, description, now).await?;
            }
        }
        if !plan.add.is_empty() {
            let (project, folder) = self.place(tx, actor, collection.project).await?;
            let place = Place { project, folder, connection: collection.connection };
            self.serve(tx, actor, collection.id, place, &plan.add, activate).await?;
        }
        Ok(())
    }

    /// Puts a document in force. The one that is, is not kept twice.
    async fn put(
        &self,
        tx: &mut Tx,
        collection: CollectionId,
        former: Option<&KeptDocument>,
        next: Next,
    ) -> Result<DocumentId> {
        let now = self.environment.now();
        let id = match next {
            Next::Kept(id) => id,
            Next::New(new) => match former {
                Some(former) if former.digest.as_ref() == Some(&new.digest) => former.id,
                _ => store::documents::insert(tx, collection, *new, now).await?,
            },
        };
        if former.map(|document| document.id) != Some(id) {
            store::documents::put_in_force(tx, collection, id, now).await?;
            store::documents::trim(tx, collection, KEPT_DOCUMENTS).await?;
        }
        Ok(id)
    }
}

/// What the plan comes to.
struct Counts {
    added: usize,
    updated: usize,
    removed: usize,
}

impl Counts {
    fn of(plan: &Plan<'_>) -> Self {
        Self { added: plan.add.len(), updated: plan.describe.len(), removed: plan.remove.len() }
    }

    fn told(
        self,
        collection: Collection,
        document: Option<KeptDocument>,
        import: ImportResults,
        difference: Difference,
    ) -> Reimported {
        let Self { added, updated, removed } = self;
        Reimported { collection, document, import, difference, added, updated, removed }
    }
}

/// Another document came into force in between.
fn moved(expected: Option<DocumentId>) -> Error {
    if expected.is_some() {
        return Error::Moved("the document in force is another one; look at it, and send its `ETag`");
    }
    let message = "was compared with a document that is no longer in force; look, and try again";
    Error::Conflict { field: "openapi_spec", message: message.to_owned() }
}
