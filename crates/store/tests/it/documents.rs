use model::change::ChangeKind;
use model::document::{DocumentFile, DocumentFormat, KeptDocument};
use model::id::{CollectionId, DocumentId};
use model::page::Page;
use store::documents::{self, NewDocument};
use store::{Db, collections};

use crate::make::{a_collection, a_document, a_workspace, announced, new_document};
use crate::support::{LATER, NOON, databases, within};

fn file(name: &str, content: &str) -> DocumentFile {
    DocumentFile { name: name.to_owned(), content: content.to_owned() }
}

async fn ids(db: &Db, collection: CollectionId) -> Vec<DocumentId> {
    let listed = documents::list(db, collection, Page::default()).await.unwrap();
    assert_eq!(listed.total, i64::try_from(listed.rows.len()).unwrap());
    listed.rows.into_iter().map(|document| document.id).collect()
}

#[tokio::test]
async fn a_document_is_kept_byte_for_byte() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (id, bare) = (a_collection(&db, &at, "quotes").await, a_collection(&db, &at, "orders").await);
        assert_eq!(collections::document(&*db, id).await.unwrap(), None);
        let large = "é\r\n\t{\"openapi\": '3.1.0'} $1 ?".repeat(50_000);
        for content in ["{}", &large] {
            let document = a_document(&db, id, content).await;
            assert!(collections::document(&*db, id).await.unwrap().as_deref() == Some(content));
            assert!(documents::content(&*db, document).await.unwrap().as_deref() == Some(content));
            assert_eq!(documents::files(&*db, document).await.unwrap(), []);
        }
        assert_eq!(collections::document(&*db, bare).await.unwrap(), None);
        assert_eq!(documents::in_force(&*db, bare).await.unwrap(), None);
        assert_eq!(documents::in_force_id(&*db, bare).await.unwrap(), None);
        assert_eq!(documents::content(&*db, DocumentId(99)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_is_known_of_a_document_is_listed_without_its_text() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_collection(&db, &at, "quotes").await;
        let other = a_collection(&db, &at, "orders").await;
        let first = a_document(&db, id, "{}").await;
        let given = vec![file("openapi.yaml", "é: 1"), file("schemas/quote.yaml", "{}")];
        let new = NewDocument {
            format: DocumentFormat::Yaml,
            entry: Some("openapi.yaml".to_owned()),
            files: given.clone(),
            ..new_document(r#"{"é":1}"#)
        };
        let second = within(&db, async |tx| documents::insert(tx, id, new, LATER).await).await;
        let expected = KeptDocument {
            id: second,
            collection: id,
            format: DocumentFormat::Yaml,
            entry: Some("openapi.yaml".to_owned()),
            files: 2,
            size_bytes: 7,
            openapi_version: "3.1".to_owned(),
            title: "Quotes".to_owned(),
            api_version: "1.4.2".to_owned(),
            operations: 2,
            digest: Some("ab".repeat(32)),
            in_force: false,
            created_at: LATER,
        };
        assert_eq!(documents::find(&*db, id, second).await.unwrap(), Some(expected.clone()));
        assert_eq!(documents::find(&*db, other, second).await.unwrap(), None);
        assert_eq!(documents::files(&*db, second).await.unwrap(), given);
        let listed = documents::list(&*db, id, Page::new(1, 1)).await.unwrap();
        assert_eq!((listed.total, &listed.rows[..]), (2, &[expected][..]));
        let listed = documents::list(&*db, id, Page::new(2, 1)).await.unwrap();
        let [oldest] = &listed.rows[..] else { panic!("{listed:?}") };
        assert_eq!((oldest.id, oldest.in_force, oldest.files, oldest.size_bytes), (first, true, 1, 2));
        assert_eq!(oldest.entry, None);
    }
}

#[tokio::test]
async fn an_earlier_document_can_be_in_force_again() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_collection(&db, &at, "quotes").await;
        let first = a_document(&db, id, "1").await;
        let second = a_document(&db, id, "2").await;
        let in_force = async || {
            let document = documents::in_force(&*db, id).await.unwrap().unwrap().id;
            assert_eq!(documents::in_force_id(&*db, id).await.unwrap(), Some(document));
            document
        };
        assert_eq!(in_force().await, second);
        within(&db, async |tx| documents::put_in_force(tx, id, first, LATER).await).await;
        assert_eq!(in_force().await, first);
        assert_eq!(collections::document(&*db, id).await.unwrap().as_deref(), Some("1"));
        let collection = collections::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!(collection.updated_at, LATER);
        assert_eq!(ids(&db, id).await, [second, first]);
    }
}

#[tokio::test]
async fn only_a_document_that_comes_into_force_is_announced() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_collection(&db, &at, "quotes").await;
        let insert = async |tx: &mut _| documents::insert(tx, id, new_document("{}"), NOON).await;
        let (document, changes) = announced(&db, insert).await;
        assert_eq!(changes, []);
        let put = async |tx: &mut _| documents::put_in_force(tx, id, document, NOON).await;
        assert_eq!(announced(&db, put).await.1, [(ChangeKind::Collection, id.0)]);
    }
}

#[tokio::test]
async fn the_oldest_documents_are_forgotten_but_never_the_one_in_force() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_collection(&db, &at, "quotes").await;
        let other = a_collection(&db, &at, "orders").await;
        let elsewhere = a_document(&db, other, "0").await;
        let mut made = Vec::new();
        for _ in 0..5 {
            let new = NewDocument { files: vec![file("a.json", "{}")], ..new_document("{}") };
            made.push(within(&db, async |tx| documents::insert(tx, id, new, NOON).await).await);
        }
        within(&db, async |tx| documents::put_in_force(tx, id, made[1], NOON).await).await;
        let gone = within(&db, async |tx| documents::trim(tx, id, 2).await).await;
        assert_eq!(gone, 2);
        assert_eq!(ids(&db, id).await, [made[4], made[3], made[1]]);
        assert_eq!(ids(&db, other).await, [elsewhere]);
        assert_eq!(db.texts("select cast(count(*) as text) from document_files").await, ["3"]);
    }
}
