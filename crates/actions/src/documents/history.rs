//! The documents that a collection has or had.

use model::access::Privilege;
use model::collection::Collection;
use model::document::{DocumentFile, KeptDocument};
use model::id::{CollectionId, DocumentId};
use openapi::Difference;

use crate::{Actions, Actor, Error, Result};

impl Actions {
    /// What was given as a document: its files in order of their names, and whether they came as files;
    /// a single text has the name of its entry or a usual one.
    pub async fn given_files(
        &self,
        actor: &Actor,
        collection: CollectionId,
        id: DocumentId,
    ) -> Result<(KeptDocument, Vec<DocumentFile>)> {
        actor.must(Privilege::ListCollections)?;
        self.collection(actor, collection).await?;
        let document = self.kept_document(collection, id).await?;
        let mut files = store::documents::files(&self.db, id).await?;
        if files.is_empty() {
            let content = store::documents::content(&self.db, id).await?.ok_or(Error::Missing("document"))?;
            let name = document.entry.clone().unwrap_or_else(|| "openapi.json".to_owned());
            files.push(DocumentFile { name, content });
        }
        Ok((document, files))
    }

    /// What is different between two documents of a collection; without an earlier one, between the
    /// document in force and this one.
    pub async fn difference(
        &self,
        actor: &Actor,
        collection: CollectionId,
        from: Option<DocumentId>,
        to: DocumentId,
    ) -> Result<Difference> {
        actor.must(Privilege::ListCollections)?;
        self.collection(actor, collection).await?;
        self.kept_document(collection, to).await?;
        let from = match from {
            Some(from) => Some(self.kept_document(collection, from).await?),
            None => store::documents::in_force(&self.db, collection).await?,
        };
        let former = match from {
            Some(from) => store::documents::content(&self.db, from.id).await?,
            None => None,
        };
        let content = store::documents::content(&self.db, to).await?.ok_or(Error::Missing("document"))?;
        let read = self.read_kept(content, former).await;
        let (_, _, compared) =
            read.map_err(|fault| Error::Refused(format!("the document cannot be read: {fault}")))?;
        Ok(compared.difference)
    }

    /// The collection, if it is in the actor's workspace.
    pub(crate) async fn collection(&self, actor: &Actor, id: CollectionId) -> Result<Collection> {
        let found = store::collections::find(&self.db, actor.scope(), id).await?;
        found.ok_or(Error::Missing("API collection"))
    }

    pub(crate) async fn kept_document(
        &self,
        collection: CollectionId,
        id: DocumentId,
    ) -> Result<KeptDocument> {
        store::documents::find(&self.db, collection, id).await?.ok_or(Error::Missing("document"))
    }
}
