use model::client::AuthType;
use model::id::PortalId;
use model::page::Page;
use model::portal::{
    JitRules, Portal, PortalOidc, PortalPage, PortalSettings, Publication, SignInMethods, Visibility,
};
use model::secret::KeyMaterial;
use store::clients::{self, NewClient};
use store::portal_pages::{self, NewPortalPage};
use store::portals::{self, NewPortal};
use store::{policies, portal_settings, publications};

use crate::make::{a_collection, a_policy, a_portal, a_workspace, new_client};
use crate::support::{LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_portal_is_found_changed_and_deleted() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let mut made = Vec::new();
        for (subdomain, published) in [("idea", vec![two, one]), ("empty", vec![])] {
            let new = NewPortal {
                workspace: at.id,
                name: "IDEA Lifestyle",
                subdomain,
                brand_color: "#371093",
                collections: &published,
            };
            made.push(within(&db, async |tx| portals::insert(tx, new, NOON).await).await);
        }
        let portal = Portal {
            id: made[0],
            workspace: at.id,
            name: "IDEA Lifestyle".to_owned(),
            subdomain: "idea".to_owned(),
            brand_color: "#371093".to_owned(),
            collections: vec![one, two],
            logo: None,
            favicon: None,
            support: None,
            created_at: NOON,
            updated_at: NOON,
        };
        assert_eq!(portals::find(&*db, at.id, portal.id).await.unwrap(), Some(portal.clone()));
        assert_eq!(portals::find(&*db, other.id, portal.id).await.unwrap(), None);
        let listed = portals::list(&*db, at.id, Page::default()).await.unwrap();
        assert_eq!((&listed.rows[0], listed.rows[1].collections.len(), listed.total), (&portal, 0, 2));
        assert_eq!(portals::list(&*db, other.id, Page::default()).await.unwrap().total, 0);

        let support = Some("help@example.com".to_owned());
        let changed = Portal { name: "Idea".to_owned(), collections: vec![two], support, ..portal };
        within(&db, async |tx| portals::update(tx, &changed, LATER).await).await;
        let found = portals::find(&*db, at.id, changed.id).await.unwrap();
        assert_eq!(found, Some(Portal { updated_at: LATER, ..changed.clone() }));

        let taken = Portal { subdomain: "empty".to_owned(), ..changed.clone() };
        assert!(is_taken(&db, async |tx| portals::update(tx, &taken, LATER).await).await);
        within(&db, async |tx| portals::delete(tx, changed.id).await).await;
        assert_eq!(portals::find(&*db, at.id, changed.id).await.unwrap(), None);
    }
}

#[tokio::test]
async fn subdomains_are_taken_across_workspaces_and_clients_are_counted() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let new = |workspace| NewPortal {
            workspace,
            name: "A",
            subdomain: "a",
            brand_color: "#000000",
            collections: &[],
        };
        let id = within(&db, async |tx| portals::insert(tx, new(at.id), NOON).await).await;
        assert!(is_taken(&db, async |tx| portals::insert(tx, new(other.id), NOON).await).await);
        assert_eq!(portals::users(&*db, id).await.unwrap(), 0);
        let client = NewClient { portal: Some(id), ..new_client(&at, "Shop") };
        within(&db, async |tx| clients::insert(tx, client, NOON).await).await;
        assert_eq!(portals::users(&*db, id).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_portal_is_found_by_its_subdomain_or_for_being_the_only_one() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        assert_eq!(portals::only(&*db).await.unwrap(), None);
        let idea = a_portal(&db, &at, "idea").await;
        assert_eq!(portals::only(&*db).await.unwrap().unwrap().id, idea);
        let second = a_portal(&db, &other, "second").await;
        assert_eq!(portals::only(&*db).await.unwrap(), None);
        let found = portals::by_subdomain(&*db, "second").await.unwrap().unwrap();
        assert_eq!((found.id, found.workspace), (second, other.id));
        assert_eq!(portals::by_subdomain(&*db, "third").await.unwrap(), None);
    }
}

#[tokio::test]
async fn what_is_published_keeps_its_rules_until_it_is_withdrawn() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (one, two) = (a_collection(&db, &at, "one").await, a_collection(&db, &at, "two").await);
        let id = a_portal(&db, &at, "idea").await;
        let publication =
            Publication { collection: two, visibility: Visibility::Assigned, auto_approve: true };
        within(&db, async |tx| publications::put(tx, id, publication).await).await;
        let before = portals::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!(before.collections, [two]);

        let both = Portal { collections: vec![one, two], ..before };
        within(&db, async |tx| portals::update(tx, &both, LATER).await).await;
        let ordinary = Publication { collection: one, visibility: Visibility::Everyone, auto_approve: false };
        let listed = publications::list(&*db, id, Page::default()).await.unwrap();
        assert_eq!((listed.rows, listed.total), (vec![ordinary, publication], 2));
        let second = publications::list(&*db, id, Page::new(2, 1)).await.unwrap();
        assert_eq!((second.rows, second.total), (vec![publication], 2));

        let open = Publication { auto_approve: false, ..publication };
        within(&db, async |tx| publications::put(tx, id, open).await).await;
        assert_eq!(publications::find(&*db, id, two).await.unwrap(), Some(open));
        within(&db, async |tx| publications::withdraw(tx, id, two).await).await;
        assert_eq!(publications::find(&*db, id, two).await.unwrap(), None);
        assert_eq!(publications::find(&*db, id, one).await.unwrap(), Some(ordinary));
    }
}

#[tokio::test]
async fn settings_of_a_portal_are_kept_and_its_secret_is_sealed() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (id, other) = (a_portal(&db, &at, "idea").await, a_portal(&db, &at, "other").await);
        let initial = PortalSettings { sign_in: SignInMethods::default(), oidc: None, jit: None };
        assert_eq!(portal_settings::find(&*db, id).await.unwrap(), Some(initial.clone()));
        let settings = PortalSettings {
            sign_in: SignInMethods { magic_link: false, password: true, sso: true },
            oidc: Some(PortalOidc {
                issuer: "https://id.example.test".to_owned(),
                client_id: "portal".to_owned(),
                client_secret: KeyMaterial::new("hush".to_owned()),
            }),
            jit: Some(JitRules {
                enabled: true,
                auth_type: AuthType::Oauth2,
                policy: Some(a_policy(&db, &at, "Slow").await),
            }),
        };
        within(&db, async |tx| portal_settings::update(tx, id, &settings, LATER).await).await;
        assert_eq!(portal_settings::find(&*db, id).await.unwrap(), Some(settings.clone()));
        let sealed = db.texts("select oidc_client_secret from portals where sso = true").await;
        assert!(!sealed.is_empty() && !sealed.iter().any(|text| text.contains("hush")));
        assert_eq!(policies::users(&*db, settings.jit.unwrap().policy.unwrap()).await.unwrap(), 1);
        assert_eq!(portal_settings::find(&*db, other).await.unwrap(), Some(initial));
        assert_eq!(portal_settings::find(&*db, PortalId(99)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn pages_are_in_their_order_and_their_slugs_are_unique_in_the_portal() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let (id, other) = (a_portal(&db, &at, "idea").await, a_portal(&db, &at, "other").await);
        let new = |portal, slug, position| NewPortalPage {
            portal,
            slug,
            title: "Terms",
            content: "# Terms",
            position,
        };
        let mut made = Vec::new();
        for (portal, slug, position) in [(id, "b", 2), (id, "a", 1), (other, "a", 0)] {
            let page = new(portal, slug, position);
            made.push(within(&db, async |tx| portal_pages::insert(tx, page, NOON).await).await);
        }
        assert!(is_taken(&db, async |tx| portal_pages::insert(tx, new(id, "a", 3), NOON).await).await);
        let listed = portal_pages::list(&*db, id, Page::default()).await.unwrap();
        let ids: Vec<_> = listed.rows.iter().map(|page| page.id).collect();
        assert_eq!((ids, listed.total), (vec![made[1], made[0]], 2));
        assert_eq!(portal_pages::find(&*db, other, made[0]).await.unwrap(), None);

        let page = portal_pages::by_slug(&*db, id, "b").await.unwrap().unwrap();
        let changed = PortalPage { slug: "c".to_owned(), content: "Less".to_owned(), position: 0, ..page };
        within(&db, async |tx| portal_pages::update(tx, &changed, LATER).await).await;
        let found = portal_pages::find(&*db, id, made[0]).await.unwrap();
        assert_eq!(found, Some(PortalPage { updated_at: LATER, ..changed.clone() }));
        let taken = PortalPage { slug: "a".to_owned(), ..changed };
        assert!(is_taken(&db, async |tx| portal_pages::update(tx, &taken, LATER).await).await);
        within(&db, async |tx| portal_pages::delete(tx, made[0]).await).await;
        assert_eq!(portal_pages::count(&*db, id).await.unwrap(), 1);
    }
}
