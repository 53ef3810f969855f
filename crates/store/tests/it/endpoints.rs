use model::change::ChangeKind;
use model::endpoint::{Endpoint, Method};
use model::id::{CollectionId, EndpointId};
use model::page::Page;
use store::endpoints::{self, Described, NewEndpoint};

use crate::make::{a_collection, a_recipe, a_workspace, an_endpoint, announced, new_endpoint, path};
use crate::support::{LATER, NOON, databases, is_taken, within};

fn ids(endpoints: &[Endpoint]) -> Vec<EndpointId> {
    endpoints.iter().map(|endpoint| endpoint.id).collect()
}

#[tokio::test]
async fn an_endpoint_is_inactive_at_first() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (collection, recipe) = (a_collection(&db, &at, "quotes").await, a_recipe(&db, &at, None).await);
        let path = path("/quotes/{id}/{name}.{format}");
        let new = NewEndpoint {
            description: Some("In a format"),
            method: Method::Patch,
            ..new_endpoint(&at, collection, recipe, &path)
        };
        let id = within(&db, async |tx| endpoints::insert(tx, new, NOON).await).await;
        let expected = Endpoint {
            id,
            collection,
            recipe,
            name: "Read a quote".to_owned(),
            description: Some("In a format".to_owned()),
            method: Method::Patch,
            path,
            active: false,
            created_at: NOON,
            updated_at: NOON,
        };
        assert_eq!(endpoints::find(&*db, at.id, id).await.unwrap(), Some(expected));
    }
}

#[tokio::test]
async fn an_endpoint_can_be_enabled_and_disabled() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (collection, recipe) = (a_collection(&db, &at, "quotes").await, a_recipe(&db, &at, None).await);
        let id = an_endpoint(&db, &at, collection, recipe, "quotes").await;
        let other = an_endpoint(&db, &at, collection, recipe, "orders").await;
        let load = async |id| endpoints::find(&*db, at.id, id).await.unwrap().unwrap();

        let endpoint = load(id).await;
        within(&db, async |tx| endpoints::set_active(tx, &endpoint, true, LATER).await).await;
        assert_eq!(load(id).await, Endpoint { active: true, updated_at: LATER, ..endpoint.clone() });
        assert_eq!(ids(&endpoints::active_of(&*db, collection).await.unwrap()), [id]);
        assert!(!load(other).await.active);

        within(&db, async |tx| endpoints::set_active(tx, &endpoint, false, LATER).await).await;
        assert!(!load(id).await.active);
        assert_eq!(endpoints::active_of(&*db, collection).await.unwrap(), []);
    }
}

#[tokio::test]
async fn active_endpoints_are_those_of_one_collection() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let recipe = a_recipe(&db, &at, None).await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let path = path("quotes");
        for collection in [one, two] {
            let new = [new_endpoint(&at, collection, recipe, &path)];
            within(&db, async |tx| endpoints::insert_all(tx, collection, &new, true, NOON).await).await;
        }
        let active = endpoints::active_of(&*db, two).await.unwrap();
        assert_eq!(active.iter().map(|endpoint| endpoint.collection).collect::<Vec<_>>(), [two]);
    }
}

#[tokio::test]
async fn the_endpoints_of_an_import_are_added_together() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (collection, recipe) = (a_collection(&db, &at, "quotes").await, a_recipe(&db, &at, None).await);
        let paths = [path("a"), path("b/{id}")];
        for active in [true, false] {
            let method = if active { Method::Get } else { Method::Put };
            let new = paths
                .each_ref()
                .map(|path| NewEndpoint { method, ..new_endpoint(&at, collection, recipe, path) });
            within(&db, async |tx| endpoints::insert_all(tx, collection, &new, active, NOON).await).await;
        }
        let all = endpoints::list(&*db, at.id, Some(collection), Page::default()).await.unwrap();
        let seen: Vec<_> = all.iter().map(|e| (e.method, e.path.as_str(), e.active)).collect();
        let (get, put) = (Method::Get, Method::Put);
        assert_eq!(
            seen,
            [(get, "a", true), (get, "b/{id}", true), (put, "a", false), (put, "b/{id}", false)]
        );
    }
}

#[tokio::test]
async fn a_collection_has_each_method_and_shape_once() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let recipe = a_recipe(&db, &at, None).await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        an_endpoint(&db, &at, one, recipe, "quotes/{id}").await;
        let alike = path("quotes/{name}");
        let has = async |collection, method, text: &str| {
            endpoints::has_shape(&*db, collection, method, &path(text)).await.unwrap()
        };
        assert!(has(one, Method::Get, "quotes/{name}").await);
        assert!(!has(one, Method::Put, "quotes/{name}").await);
        assert!(!has(one, Method::Get, "quotes/{name}/").await);
        assert!(!has(two, Method::Get, "quotes/{name}").await);

        let again = new_endpoint(&at, one, recipe, &alike);
        assert!(is_taken(&db, async |tx| endpoints::insert(tx, again, NOON).await).await);
        let again = [new_endpoint(&at, one, recipe, &alike)];
        assert!(is_taken(&db, async |tx| endpoints::insert_all(tx, one, &again, true, NOON).await).await);
        let put = NewEndpoint { method: Method::Put, ..new_endpoint(&at, one, recipe, &alike) };
        within(&db, async |tx| endpoints::insert(tx, put, NOON).await).await;
        an_endpoint(&db, &at, two, recipe, "quotes/{name}").await;
    }
}

#[tokio::test]
async fn endpoints_are_listed_oldest_first_by_collection_and_page() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let recipe = a_recipe(&db, &at, None).await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let mut made = Vec::new();
        for (collection, path) in [(one, "b"), (two, "a"), (one, "a")] {
            made.push(an_endpoint(&db, &at, collection, recipe, path).await);
        }
        let list = async |collection: Option<CollectionId>, page| {
            ids(&endpoints::list(&*db, at.id, collection, page).await.unwrap())
        };
        assert_eq!(list(None, Page::default()).await, made);
        assert_eq!(list(Some(one), Page::default()).await, [made[0], made[2]]);
        assert_eq!(list(Some(CollectionId(99)), Page::default()).await, []);
        assert_eq!(list(None, Page::new(2, 2)).await, [made[2]]);
        assert_eq!(list(None, Page::new(3, 2)).await, []);
    }
}

#[tokio::test]
async fn an_endpoint_of_another_workspace_is_not_there() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (collection, recipe) = (a_collection(&db, &at, "quotes").await, a_recipe(&db, &at, None).await);
        let id = an_endpoint(&db, &at, collection, recipe, "quotes").await;
        assert_eq!(endpoints::find(&*db, other.id, id).await.unwrap(), None);
        assert_eq!(endpoints::list(&*db, other.id, None, Page::default()).await.unwrap(), []);
        assert_eq!(endpoints::list(&*db, other.id, Some(collection), Page::default()).await.unwrap(), []);
        assert_eq!(endpoints::find(&*db, at.id, EndpointId(99)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_change_of_endpoints_is_announced_as_one_of_their_collection() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let recipe = a_recipe(&db, &at, None).await;
        a_collection(&db, &at, "first").await;
        let collection = a_collection(&db, &at, "quotes").await;
        let once = [(ChangeKind::Collection, collection.0)];
        let paths = [path("a"), path("b"), path("c")];
        let new = new_endpoint(&at, collection, recipe, &paths[0]);
        let (id, changes) = announced(&db, async |tx| endpoints::insert(tx, new, NOON).await).await;
        assert_eq!(changes, once);
        let new = [&paths[1], &paths[2]].map(|path| new_endpoint(&at, collection, recipe, path));
        let add = async |tx: &mut _| endpoints::insert_all(tx, collection, &new, true, NOON).await;
        assert_eq!(announced(&db, add).await.1, once);
        let endpoint = endpoints::find(&*db, at.id, id).await.unwrap().unwrap();
        let enable = async |tx: &mut _| endpoints::set_active(tx, &endpoint, true, NOON).await;
        assert_eq!(announced(&db, enable).await.1, once);
    }
}

#[tokio::test]
async fn more_endpoints_than_a_statement_holds_are_added_and_removed() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (collection, recipe) = (a_collection(&db, &at, "quotes").await, a_recipe(&db, &at, None).await);
        let kept = an_endpoint(&db, &at, collection, recipe, "kept").await;
        let paths: Vec<_> = (0..1_001).map(|number| path(&format!("quotes/{number}"))).collect();
        let new: Vec<_> = paths.iter().map(|path| new_endpoint(&at, collection, recipe, path)).collect();
        let (_, changes) =
            announced(&db, async |tx| endpoints::insert_all(tx, collection, &new, false, NOON).await).await;
        assert_eq!(changes, [(ChangeKind::Collection, collection.0)]);
        let all = endpoints::all_of(&*db, collection).await.unwrap();
        assert_eq!(all.len(), 1_002);
        assert!(all.iter().skip(1).map(|endpoint| &endpoint.path).eq(&paths));
        let imported: Vec<_> = ids(&all).into_iter().filter(|id| *id != kept).collect();
        let (_, changes) =
            announced(&db, async |tx| endpoints::remove_all(tx, collection, &imported).await).await;
        assert_eq!(changes, [(ChangeKind::Collection, collection.0)]);
        assert_eq!(ids(&endpoints::all_of(&*db, collection).await.unwrap()), [kept]);
    }
}

#[tokio::test]
async fn endpoints_of_another_collection_are_not_removed() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let recipe = a_recipe(&db, &at, None).await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let id = an_endpoint(&db, &at, one, recipe, "quotes").await;
        within(&db, async |tx| endpoints::remove_all(tx, two, &[id]).await).await;
        assert_eq!(ids(&endpoints::all_of(&*db, one).await.unwrap()), [id]);
    }
}

#[tokio::test]
async fn an_endpoint_can_be_described_anew() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (collection, recipe) = (a_collection(&db, &at, "quotes").await, a_recipe(&db, &at, None).await);
        let id = an_endpoint(&db, &at, collection, recipe, "quotes/{id}").await;
        let before = endpoints::find(&*db, at.id, id).await.unwrap().unwrap();
        let path = path("quotes/{number}");
        let described = [Described { id, name: "Read", description: Some("One quote"), path: &path }];
        let (_, changes) =
            announced(&db, async |tx| endpoints::describe_all(tx, collection, &described, LATER).await).await;
        assert_eq!(changes, [(ChangeKind::Collection, collection.0)]);
        let expected = Endpoint {
            name: "Read".to_owned(),
            description: Some("One quote".to_owned()),
            path,
            updated_at: LATER,
            ..before
        };
        assert_eq!(endpoints::find(&*db, at.id, id).await.unwrap(), Some(expected));
    }
}

#[tokio::test]
async fn an_update_writes_name_description_and_recipe() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let collection = a_collection(&db, &at, "one").await;
        let (first, second) = (a_recipe(&db, &at, None).await, a_recipe(&db, &at, None).await);
        let id = an_endpoint(&db, &at, collection, first, "a").await;
        let before = endpoints::find(&*db, at.id, id).await.unwrap().unwrap();
        let changed = Endpoint {
            name: "Other".to_owned(),
            description: Some("Said".to_owned()),
            recipe: second,
            ..before
        };
        let (_, changes) = announced(&db, async |tx| endpoints::update(tx, &changed, LATER).await).await;
        assert_eq!(changes, [(ChangeKind::Collection, collection.0)]);
        let found = endpoints::find(&*db, at.id, id).await.unwrap();
        assert_eq!(found, Some(Endpoint { updated_at: LATER, ..changed }));
    }
}
