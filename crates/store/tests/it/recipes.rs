use model::change::ChangeKind;
use model::endpoint::RecipeKind;
use model::id::RecipeId;
use model::page::Page;
use store::recipes::{self, Counts, Filter, NewRecipe};

use crate::make::{
    a_collection, a_connection, a_project, a_recipe, a_workspace, an_endpoint, announced, new_recipe,
};
use crate::support::{LATER, NOON, databases, within};

#[tokio::test]
async fn a_recipe_runs_from_the_start() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let project = a_project(&db, &at, "Orders").await;
        let connection = a_connection(&db, &at, "Backend").await;
        let new = NewRecipe {
            workspace: at.id,
            project: Some(project.id),
            folder: project.folder,
            name: "Forward",
            description: Some("To the backend"),
            kind: RecipeKind::Proxy,
            connection: Some(connection.id),
        };
        let id = within(&db, async |tx| recipes::insert(tx, new, NOON).await).await;
        let recipe = recipes::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!((recipe.id, recipe.workspace), (id, at.id));
        assert_eq!((recipe.project, recipe.folder), (Some(project.id), project.folder));
        assert_eq!(
            (recipe.name.as_str(), recipe.description.as_deref()),
            ("Forward", Some("To the backend"))
        );
        assert_eq!((recipe.kind, recipe.connection), (RecipeKind::Proxy, Some(connection.id)));
        assert_eq!((recipe.running, recipe.version, recipe.toggled_at), (true, 1, Some(NOON)));
        assert_eq!((recipe.created_at, recipe.updated_at), (NOON, NOON));
    }
}

#[tokio::test]
async fn a_recipe_can_be_stopped_and_started() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_recipe(&db, &at, None).await;
        for running in [false, true] {
            within(&db, async |tx| recipes::set_running(tx, id, running, LATER).await).await;
            let recipe = recipes::find(&*db, at.id, id).await.unwrap().unwrap();
            assert_eq!(recipe.running, running);
            assert_eq!((recipe.toggled_at, recipe.created_at, recipe.updated_at), (Some(LATER), NOON, LATER));
        }
    }
}

#[tokio::test]
async fn recipes_are_listed_newest_first_by_folder_and_state() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let folder = a_project(&db, &at, "Orders").await.folder;
        let outer = a_recipe(&db, &at, None).await;
        let new = NewRecipe { folder, ..new_recipe(&at, "Inner", None) };
        let inner = within(&db, async |tx| recipes::insert(tx, new, NOON).await).await;
        let stopped = a_recipe(&db, &at, None).await;
        within(&db, async |tx| recipes::set_running(tx, stopped, false, NOON).await).await;

        let list = async |filter, page| -> Vec<RecipeId> {
            let recipes = recipes::list(&*db, at.id, filter, page).await.unwrap();
            recipes.into_iter().map(|recipe| recipe.id).collect()
        };
        let all = Page::default();
        let filter = |folder, running| Filter { folder, running, below: None };
        assert_eq!(list(Filter::default(), all).await, [stopped, inner, outer]);
        assert_eq!(list(filter(Some(folder), None), all).await, [inner]);
        assert_eq!(list(filter(None, Some(true)), all).await, [inner, outer]);
        assert_eq!(list(filter(None, Some(false)), all).await, [stopped]);
        assert_eq!(list(filter(Some(at.root_folder), Some(true)), all).await, [outer]);
        assert_eq!(list(filter(Some(folder), Some(false)), all).await, []);
        assert_eq!(list(Filter { below: Some(inner), ..Filter::default() }, all).await, [outer]);
        assert_eq!(list(Filter::default(), Page::new(2, 2)).await, [outer]);
        assert_eq!(list(Filter::default(), Page::new(3, 2)).await, []);
    }
}

#[tokio::test]
async fn recipes_are_counted_in_their_workspace() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        a_recipe(&db, &at, None).await;
        let stopped = a_recipe(&db, &at, None).await;
        a_recipe(&db, &other, None).await;
        within(&db, async |tx| recipes::set_running(tx, stopped, false, NOON).await).await;
        assert_eq!(recipes::count(&*db, at.id).await.unwrap(), Counts { total: 2, running: 1 });
        assert_eq!(recipes::count(&*db, other.id).await.unwrap(), Counts { total: 1, running: 1 });
    }
}

#[tokio::test]
async fn a_recipe_of_another_workspace_is_not_there() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let id = a_recipe(&db, &at, None).await;
        assert_eq!(recipes::find(&*db, other.id, id).await.unwrap(), None);
        assert_eq!(recipes::list(&*db, other.id, Filter::default(), Page::default()).await.unwrap(), []);
        let filter = Filter { folder: Some(at.root_folder), ..Filter::default() };
        assert_eq!(recipes::list(&*db, other.id, filter, Page::default()).await.unwrap(), []);
        assert_eq!(recipes::find(&*db, at.id, RecipeId(99)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_recipe_is_announced_when_it_starts_or_stops_not_when_it_is_made() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let insert = async |tx: &mut _| recipes::insert(tx, new_recipe(&at, "Quotes", None), NOON).await;
        let (id, changes) = announced(&db, insert).await;
        assert_eq!(changes, []);
        for running in [false, true] {
            let set = async |tx: &mut _| recipes::set_running(tx, id, running, NOON).await;
            assert_eq!(announced(&db, set).await.1, [(ChangeKind::Recipe, id.0)]);
        }
    }
}

#[tokio::test]
async fn recipes_of_an_import_go_when_nothing_stands_on_them() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let own = a_recipe(&db, &at, None).await;
        let names: Vec<_> = (0..1_001).map(|number| format!("Recipe {number}")).collect();
        let new: Vec<_> = names.iter().map(|name| new_recipe(&at, name, None)).collect();
        let made = within(&db, async |tx| recipes::insert_all(tx, &new, NOON).await).await;
        assert_eq!(made.len(), 1_001);
        let last = recipes::find(&*db, at.id, made[1_000]).await.unwrap().unwrap();
        assert_eq!((last.name.as_str(), last.running), ("Recipe 1000", true));

        let collection = a_collection(&db, &at, "quotes").await;
        an_endpoint(&db, &at, collection, made[7], "quotes").await;
        let all: Vec<_> = made.iter().copied().chain([own]).collect();
        let gone = within(&db, async |tx| recipes::remove_unused(tx, &all).await).await;
        assert_eq!(gone, 1_000);
        let left = recipes::list(&*db, at.id, Filter::default(), Page::default()).await.unwrap();
        assert_eq!(left.into_iter().map(|recipe| recipe.id).collect::<Vec<_>>(), [made[7], own]);
    }
}

#[tokio::test]
async fn only_an_imported_recipe_that_nobody_renamed_is_described_anew() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let own = a_recipe(&db, &at, None).await;
        let new = [new_recipe(&at, "Quotes", None), new_recipe(&at, "Orders", None)];
        let made = within(&db, async |tx| recipes::insert_all(tx, &new, NOON).await).await;
        for id in [own, made[0], made[1]] {
            let describe = async |tx: &mut _| {
                recipes::describe_imported(tx, id, "Quotes", "Read quotes", Some("All of them"), LATER).await
            };
            within(&db, describe).await;
        }
        let name = async |id| recipes::find(&*db, at.id, id).await.unwrap().unwrap().name;
        assert_eq!(name(made[0]).await, "Read quotes");
        assert_eq!((name(own).await, name(made[1]).await), ("Quotes".to_owned(), "Orders".to_owned()));
    }
}
