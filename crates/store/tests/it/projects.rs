use model::id::{FolderId, ProjectId};
use model::page::Page;
use model::workspace::{Folder, Project};
use store::clients::NewClient;
use store::recipes::NewRecipe;
use store::{clients, connections, projects, recipes};

use crate::make::{a_project, a_workspace, announced, backend, new_client, new_recipe};
use crate::support::{LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_project_comes_with_its_root_folder() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (project, folder) = within(&db, async |tx| {
            projects::insert(tx, at.id, at.root_folder, "Orders", Some("All about orders"), NOON).await
        })
        .await;
        assert_eq!(
            (project.name.as_str(), project.description.as_deref()),
            ("Orders", Some("All about orders"))
        );
        assert_eq!(project.folder, folder.id);
        assert_eq!(
            (folder.parent, folder.project, folder.is_project),
            (Some(at.root_folder), Some(project.id), true)
        );
        assert_eq!((folder.name.as_str(), folder.created_at, folder.updated_at), ("Orders", NOON, NOON));
        assert_eq!(projects::find_folder(&*db, at.id, folder.id).await.unwrap(), Some(folder));
        assert_eq!(projects::find(&*db, at.id, project.id).await.unwrap(), Some(project.clone()));
        assert_eq!(projects::by_name(&*db, at.id, "Orders").await.unwrap(), Some(project));
        assert_eq!(projects::by_name(&*db, at.id, "orders").await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_projects_name_is_taken_in_its_own_workspace_only() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        a_project(&db, &at, "Orders").await;
        let again =
            async |tx: &mut _| projects::insert(tx, at.id, at.root_folder, "Orders", None, NOON).await;
        assert!(is_taken(&db, again).await);
        a_project(&db, &other, "Orders").await;
    }
}

#[tokio::test]
async fn projects_are_listed_oldest_first_and_page_by_page() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let mut made = Vec::new();
        for name in ["C", "A", "B"] {
            made.push(a_project(&db, &at, name).await);
        }
        let page = async |number| projects::list(&*db, at.id, Page::new(number, 2)).await.unwrap();
        assert_eq!(page(1).await, made[..2]);
        assert_eq!(page(2).await, made[2..]);
        assert_eq!(page(3).await, []);
        assert_eq!(page(i64::MAX).await, []);
    }
}

#[tokio::test]
async fn folders_are_listed_in_one_folder_or_all_without_the_root() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let project = a_project(&db, &at, "Orders").await;
        let (parent, of) = (Some(project.folder), Some(project.id));
        let inner = within(&db, async |tx| {
            projects::insert_folder(tx, at.id, parent, of, "Drafts", false, NOON).await
        })
        .await;
        assert_eq!((inner.parent, inner.project, inner.is_project), (parent, of, false));
        let outer = projects::find_folder(&*db, at.id, project.folder).await.unwrap().unwrap();

        let list = async |parent, page| projects::list_folders(&*db, at.id, parent, page).await.unwrap();
        let all = Page::default();
        assert_eq!(list(None, all).await, [outer.clone(), inner.clone()]);
        assert_eq!(list(Some(at.root_folder), all).await, std::slice::from_ref(&outer));
        assert_eq!(list(parent, all).await, std::slice::from_ref(&inner));
        assert_eq!(list(Some(inner.id), all).await, []);
        let nested = async |root, page| projects::list_nested_folders(&*db, at.id, root, page).await.unwrap();
        assert_eq!(nested(at.root_folder, all).await, [outer.clone(), inner.clone()]);
        assert_eq!(nested(outer.id, all).await, std::slice::from_ref(&inner));
        assert_eq!(nested(at.root_folder, Page::new(2, 1)).await, std::slice::from_ref(&inner));
        assert_eq!(nested(inner.id, all).await, []);
        assert_eq!(list(None, Page::new(2, 1)).await, [inner]);
        assert_eq!(list(None, Page::new(3, 1)).await, []);
    }
}

#[tokio::test]
async fn nested_folders_are_listed_at_whatever_depth() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_project(&db, &at, "One").await, a_project(&db, &at, "Two").await);
        let mut inside = Vec::new();
        let mut parent = one.folder;
        for name in ["Drafts", "Old", "Older"] {
            let folder = within(&db, async |tx| {
                projects::insert_folder(tx, at.id, Some(parent), Some(one.id), name, false, NOON).await
            })
            .await;
            parent = folder.id;
            inside.push(folder);
        }
        let list = async |workspace, root, page| {
            projects::list_nested_folders(&*db, workspace, root, page).await.unwrap()
        };
        let all = Page::default();
        assert_eq!(list(at.id, one.folder, all).await, inside);
        assert_eq!(list(at.id, inside[0].id, all).await, inside[1..]);
        assert_eq!(list(at.id, two.folder, all).await, []);
        assert_eq!(list(at.id, at.root_folder, all).await.len(), 5, "the projects' own folders too");
        assert_eq!(list(at.id, one.folder, Page::new(2, 2)).await, inside[2..]);
        assert_eq!(list(at.id, one.folder, Page::new(3, 2)).await, []);
        assert_eq!(list(other.id, one.folder, all).await, []);
        assert_eq!(list(at.id, FolderId(99), all).await, []);
    }
}

#[tokio::test]
async fn projects_and_folders_of_another_workspace_are_not_there() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let project = a_project(&db, &at, "Orders").await;
        assert_eq!(projects::find(&*db, other.id, project.id).await.unwrap(), None);
        assert_eq!(projects::by_name(&*db, other.id, "Orders").await.unwrap(), None);
        assert_eq!(projects::list(&*db, other.id, Page::default()).await.unwrap(), []);
        assert_eq!(projects::find_folder(&*db, other.id, project.folder).await.unwrap(), None);
        assert_eq!(projects::list_folders(&*db, other.id, None, Page::default()).await.unwrap(), []);
        let inside = projects::list_folders(&*db, other.id, Some(at.root_folder), Page::default()).await;
        assert_eq!(inside.unwrap(), []);
        let nested = projects::list_nested_folders(&*db, other.id, at.root_folder, Page::default()).await;
        assert_eq!(nested.unwrap(), []);
        assert_eq!(projects::find(&*db, at.id, ProjectId(99)).await.unwrap(), None);
        assert_eq!(projects::find_folder(&*db, at.id, FolderId(99)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_gateway_need_not_know_of_projects() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let insert =
            async |tx: &mut _| projects::insert(tx, at.id, at.root_folder, "Orders", None, NOON).await;
        let ((project, folder), changes) = announced(&db, insert).await;
        assert_eq!(changes, []);
        let (parent, of) = (Some(folder.id), Some(project.id));
        let insert =
            async |tx: &mut _| projects::insert_folder(tx, at.id, parent, of, "In", false, NOON).await;
        assert_eq!(announced(&db, insert).await.1, []);
    }
}

#[tokio::test]
async fn a_project_is_renamed_with_its_folder_and_deleted_with_its_folders() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (project, other) = (a_project(&db, &at, "Orders").await, a_project(&db, &at, "Ops").await);
        let folder = async |parent, name: &'static str| {
            let insert = async |tx: &mut _| {
                projects::insert_folder(tx, at.id, Some(parent), Some(project.id), name, false, NOON).await
            };
            within(&db, insert).await
        };
        let outer = folder(project.folder, "Outer").await;
        let inner = folder(outer.id, "Inner").await;
        let renamed =
            Project { name: "Sales".to_owned(), description: Some("All".to_owned()), ..project.clone() };
        within(&db, async |tx| projects::update(tx, &renamed, LATER).await).await;
        let renamed = Project { updated_at: LATER, ..renamed };
        assert_eq!(projects::find(&*db, at.id, project.id).await.unwrap(), Some(renamed.clone()));
        let root = projects::find_folder(&*db, at.id, project.folder).await.unwrap().unwrap();
        assert_eq!((&*root.name, root.updated_at), ("Sales", LATER));
        let taken = Project { name: "Ops".to_owned(), ..project };
        assert!(is_taken(&db, async |tx| projects::update(tx, &taken, LATER).await).await);

        assert!(projects::is_inside(&*db, inner.id, outer.id).await.unwrap());
        assert!(projects::is_inside(&*db, outer.id, outer.id).await.unwrap());
        assert!(!projects::is_inside(&*db, outer.id, inner.id).await.unwrap());
        let moved = Folder { name: "Moved".to_owned(), parent: Some(renamed.folder), ..inner };
        within(&db, async |tx| projects::update_folder(tx, &moved, LATER).await).await;
        let found = projects::find_folder(&*db, at.id, moved.id).await.unwrap();
        assert_eq!(found, Some(Folder { updated_at: LATER, ..moved }));

        within(&db, async |tx| projects::delete_folder(tx, outer.id).await).await;
        assert_eq!(projects::find_folder(&*db, at.id, outer.id).await.unwrap(), None);
        within(&db, async |tx| projects::delete(tx, &renamed).await).await;
        let left = projects::list(&*db, at.id, Page::default()).await.unwrap();
        assert_eq!(left.iter().map(|project| project.id).collect::<Vec<_>>(), [other.id]);
        let left = projects::list_nested_folders(&*db, at.id, at.root_folder, Page::default()).await.unwrap();
        assert_eq!(left.iter().map(|folder| folder.id).collect::<Vec<_>>(), [other.folder]);
    }
}

#[tokio::test]
async fn what_lies_in_projects_and_folders_is_counted() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let project = a_project(&db, &at, "Orders").await;
        let insert = async |tx: &mut _| {
            let root = Some(project.folder);
            projects::insert_folder(tx, at.id, root, Some(project.id), "Inner", false, NOON).await
        };
        let inner = within(&db, insert).await;
        assert_eq!(projects::contents(&*db, project.id).await.unwrap(), 0);
        let client = NewClient { project: Some(project.id), ..new_client(&at, "Shop") };
        within(&db, async |tx| clients::insert(tx, client, NOON).await).await;
        let recipe =
            NewRecipe { project: Some(project.id), folder: inner.id, ..new_recipe(&at, "Quotes", None) };
        within(&db, async |tx| recipes::insert(tx, recipe, NOON).await).await;
        within(&db, async |tx| {
            connections::insert(tx, at.id, Some(project.id), "Backend", &backend(), NOON).await
        })
        .await;
        assert_eq!(projects::contents(&*db, project.id).await.unwrap(), 3);
        assert_eq!(projects::folder_contents(&*db, project.folder).await.unwrap(), 1);
        assert_eq!(projects::folder_contents(&*db, inner.id).await.unwrap(), 1);
    }
}
