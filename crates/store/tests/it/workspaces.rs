use model::change::ChangeKind;
use model::id::WorkspaceId;
use store::{projects, workspaces};

use crate::make::{a_workspace, announced, new_workspace};
use crate::support::{NOON, databases, is_taken};

#[tokio::test]
async fn a_workspace_is_found_by_its_handle_and_by_its_id() {
    for db in databases().await {
        let made = a_workspace(&db, "main").await;
        assert_eq!((made.handle.as_str(), made.name.as_str()), ("main", "Main"));
        assert_eq!(
            (made.contact_email.as_str(), made.time_zone.as_str()),
            ("api@example.test", "Europe/Berlin")
        );
        assert_eq!(made.created_at, NOON);
        assert_eq!(workspaces::by_handle(&*db, "main").await.unwrap(), Some(made.clone()));
        assert_eq!(workspaces::find(&*db, made.id).await.unwrap(), Some(made));
        assert_eq!(workspaces::by_handle(&*db, "Main").await.unwrap(), None);
        assert_eq!(workspaces::find(&*db, WorkspaceId(99)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_workspace_comes_with_its_root_folder() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let root = projects::find_folder(&*db, at.id, at.root_folder).await.unwrap().unwrap();
        assert_eq!((root.parent, root.project, root.is_project), (None, None, false));
        assert_eq!(root.name, "Home");
    }
}

#[tokio::test]
async fn a_workspaces_handle_is_taken_once() {
    for db in databases().await {
        a_workspace(&db, "main").await;
        assert!(is_taken(&db, async |tx| workspaces::insert(tx, new_workspace("main"), NOON).await).await);
        a_workspace(&db, "other").await;
    }
}

#[tokio::test]
async fn a_new_workspace_is_announced() {
    for db in databases().await {
        let (made, changes) =
            announced(&db, async |tx| workspaces::insert(tx, new_workspace("main"), NOON).await).await;
        assert_eq!(changes, [(ChangeKind::Workspace, made.id.0)]);
    }
}
