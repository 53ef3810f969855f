use model::backend::BackendCredential;
use model::change::ChangeKind;
use model::endpoint::{BaseUrl, Connection};
use model::id::ConnectionId;
use model::page::Page;
use model::secret::KeyMaterial;
use store::connections;

use crate::make::{a_connection, a_project, a_workspace, announced, authorities, backend};
use crate::support::{LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_connection_is_found_by_its_id_and_by_its_name() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let project = a_project(&db, &at, "Orders").await;
        let made = within(&db, async |tx| {
            connections::insert(tx, at.id, Some(project.id), "Backend", &backend(), NOON).await
        })
        .await;
        assert_eq!((made.workspace, made.project), (at.id, Some(project.id)));
        assert_eq!((made.name.as_str(), &made.base_url), ("Backend", &backend()));
        assert_eq!((made.created_at, made.updated_at), (NOON, NOON));
        assert_eq!(connections::find(&*db, at.id, made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(connections::by_name(&*db, at.id, "Backend").await.unwrap(), Some(made));
        assert_eq!(connections::find(&*db, at.id, ConnectionId(99)).await.unwrap(), None);
        assert_eq!(connections::by_name(&*db, at.id, "backend").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_connections_name_is_taken_in_its_own_workspace_only() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        a_connection(&db, &at, "Backend").await;
        let again =
            async |tx: &mut _| connections::insert(tx, at.id, None, "Backend", &backend(), NOON).await;
        assert!(is_taken(&db, again).await);
        a_connection(&db, &other, "Backend").await;
    }
}

#[tokio::test]
async fn a_connection_of_another_workspace_is_not_there() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let made = a_connection(&db, &at, "Backend").await;
        assert_eq!(connections::find(&*db, other.id, made.id).await.unwrap(), None);
        assert_eq!(connections::by_name(&*db, other.id, "Backend").await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_gateway_need_not_know_of_a_connection_that_nothing_stands_on() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let insert =
            async |tx: &mut _| connections::insert(tx, at.id, None, "Backend", &backend(), NOON).await;
        assert_eq!(announced(&db, insert).await.1, []);
    }
}

#[tokio::test]
async fn a_changed_connection_leads_elsewhere_and_is_announced() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (made, bystander) = (a_connection(&db, &at, "A").await, a_connection(&db, &at, "B").await);
        let expected = Connection {
            name: "C".to_owned(),
            base_url: BaseUrl::parse("https://backend.test:8082").unwrap(),
            authorities: Some(authorities()),
            credential: Some(BackendCredential::Bearer {
                token: KeyMaterial::new("aibiethohb2aeTh5".to_owned()),
            }),
            updated_at: LATER,
            ..made
        };
        let update = async |tx: &mut _| connections::update(tx, &expected, LATER).await;
        let ((), changes) = announced(&db, update).await;
        assert_eq!(changes, [(ChangeKind::Connection, expected.id.0)]);
        assert_eq!(connections::find(&*db, at.id, expected.id).await.unwrap(), Some(expected.clone()));
        assert_eq!(connections::find(&*db, at.id, bystander.id).await.unwrap(), Some(bystander.clone()));
        let page = Page::default();
        let list = connections::list(&*db, at.id, page).await.unwrap();
        let sealed = db.texts("select credential from connections where credential is not null").await;
        assert!(sealed.len() == 1 && !sealed[0].contains("aibie"), "{sealed:?}");
        assert_eq!((list.total, list.rows), (2, vec![expected.clone(), bystander]));
        let taken = Connection { name: "B".to_owned(), ..expected };
        assert!(is_taken(&db, async |tx: &mut _| connections::update(tx, &taken, LATER).await).await);
    }
}
