use jiff::ToSpan as _;
use model::document::DocumentFile;
use model::id::DocumentDraftId;
use model::people::MemberRole;
use store::document_drafts::{self as drafts, DraftOf};
use store::documents::NewDocument;
use store::{members, people};

use crate::make::{a_collection, a_workspace, new_document};
use crate::support::{LATER, NOON, databases, within};

#[tokio::test]
async fn a_draft_is_its_owners_and_comes_back_as_it_was() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let shop = a_collection(&db, &at, "shop").await;
        let mut owners = Vec::new();
        for email in ["ada@example.com", "bob@example.com"] {
            let person = within(&db, async |tx| people::insert(tx, email, "", NOON).await).await;
            let role = MemberRole::Publisher;
            let member =
                within(&db, async |tx| members::insert(tx, at.id, person.id, role, NOON).await).await;
            owners.push(DraftOf { workspace: at.id, member, collection: None });
        }
        let (ada, bob) = (owners[0], owners[1]);
        let file = DocumentFile { name: "openapi.yaml".to_owned(), content: "openapi: \"3.1.0\"".to_owned() };
        let document = || NewDocument { files: vec![file.clone()], ..new_document("{}") };
        let warnings = ["`a.yaml` is not among the files".to_owned()];
        let insert = async |of, document| {
            within(&db, async |tx| drafts::insert(tx, of, document, &warnings, 2, NOON).await).await
        };
        let id = insert(ada, document()).await;
        let found = drafts::find(&*db, ada, id).await.unwrap().unwrap();
        assert_eq!((found.document.files, found.warnings), (vec![file.clone()], warnings.to_vec()));
        assert_eq!((&*found.document.content, &*found.document.title), ("{}", "Quotes"));
        assert!(drafts::find(&*db, bob, id).await.unwrap().is_none());
        let for_shop = DraftOf { collection: Some(shop), ..ada };
        assert!(drafts::find(&*db, for_shop, id).await.unwrap().is_none(), "it is for a new collection");

        // The third makes the first go.
        let second = insert(for_shop, document()).await;
        assert!(drafts::find(&*db, for_shop, second).await.unwrap().is_some());
        insert(ada, document()).await;
        assert!(drafts::find(&*db, ada, id).await.unwrap().is_none());
        within(&db, async |tx| drafts::delete(tx, bob.member, second).await).await;
        assert!(drafts::find(&*db, for_shop, second).await.unwrap().is_some(), "it is not bob's");
        within(&db, async |tx| drafts::delete(tx, ada.member, second).await).await;
        assert!(drafts::find(&*db, for_shop, second).await.unwrap().is_none());
        assert_eq!(within(&db, async |tx| drafts::sweep(tx, NOON).await).await, 0);
        assert_eq!(within(&db, async |tx| drafts::sweep(tx, LATER + 1.hour()).await).await, 1);
        assert!(drafts::find(&*db, ada, DocumentDraftId(3)).await.unwrap().is_none());
    }
}
