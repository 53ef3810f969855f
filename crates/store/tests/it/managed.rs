use model::change::ChangeKind;
use model::id::WorkspaceId;
use model::page::Page;
use model::people::MemberRole;
use store::{clients, collections, managed, members, people, workspaces};

use crate::make::{
    a_client, a_collection, a_connection, a_key, a_policy, a_portal, a_portal_user, a_recipe, a_workspace,
    an_endpoint, announced,
};
use crate::support::{NOON, databases, is_taken, within};

#[tokio::test]
async fn a_workspace_manages_others_under_names_of_its_own() {
    for db in databases().await {
        let (operator, rival) = (a_workspace(&db, "operator").await, a_workspace(&db, "rival").await);
        let (one, two) = (a_workspace(&db, "one").await, a_workspace(&db, "two").await);
        for (workspace, external) in [(one.id, Some("A1")), (two.id, None)] {
            within(&db, async |tx| managed::put(tx, operator.id, workspace, external).await).await;
        }
        let found = managed::find(&*db, operator.id, one.id).await.unwrap().unwrap();
        assert_eq!((found.workspace, found.external_id.as_deref()), (one.clone(), Some("A1")));
        let found = managed::by_external_id(&*db, operator.id, "A1").await.unwrap().unwrap();
        assert_eq!(found.workspace.id, one.id);
        assert_eq!(managed::find(&*db, rival.id, one.id).await.unwrap(), None);
        assert_eq!(managed::by_external_id(&*db, rival.id, "A1").await.unwrap(), None);
        assert_eq!(managed::find(&*db, operator.id, rival.id).await.unwrap(), None);
        let listed = managed::list(&*db, operator.id, Page::new(2, 1)).await.unwrap();
        assert_eq!((listed.rows[0].workspace.id, listed.total), (two.id, 2));
        let taken = async |tx: &mut _| managed::put(tx, operator.id, two.id, Some("A1")).await;
        assert!(is_taken(&db, taken).await);
        // What one operator calls a workspace is free for another.
        within(&db, async |tx| managed::put(tx, one.id, rival.id, Some("A1")).await).await;
    }
}

#[tokio::test]
async fn a_workspace_goes_with_all_that_is_in_it_and_the_gateway_hears_of_it() {
    for db in databases().await {
        let (at, kept) = (a_workspace(&db, "main").await, a_workspace(&db, "kept").await);
        let connection = a_connection(&db, &at, "Backend").await;
        let recipe = a_recipe(&db, &at, Some(&connection)).await;
        let collection = a_collection(&db, &at, "quotes").await;
        an_endpoint(&db, &at, collection, recipe, "quotes").await;
        let client = a_client(&db, &at, "Shop").await;
        within(&db, async |tx| clients::assign(tx, at.id, client, &[collection]).await).await;
        let key = a_key(&db, &at, client).await;
        a_policy(&db, &at, "Slow").await;
        let portal = a_portal(&db, &at, "idea").await;
        a_portal_user(&db, &at, portal, "ada@example.com", &[client]).await;
        within(&db, async |tx| {
            let ada = people::insert(tx, "ada@example.com", "", NOON).await?;
            members::insert(tx, at.id, ada.id, MemberRole::Owner, NOON).await
        })
        .await;
        let theirs = a_collection(&db, &kept, "quotes").await;
        let ((), changes) = announced(&db, async |tx| workspaces::delete(tx, at.id).await).await;
        for change in [
            (ChangeKind::Key, key.0),
            (ChangeKind::Client, client.0),
            (ChangeKind::Collection, collection.0),
            (ChangeKind::Recipe, recipe.0),
            (ChangeKind::Connection, connection.id.0),
            (ChangeKind::Workspace, at.id.0),
        ] {
            assert!(changes.contains(&change), "{change:?}");
        }
        assert_eq!(workspaces::find(&*db, at.id).await.unwrap(), None);
        assert!(collections::find(&*db, kept.id, theirs).await.unwrap().is_some());
        assert_eq!(workspaces::find(&*db, WorkspaceId(kept.id.0)).await.unwrap(), Some(kept));
    }
}
