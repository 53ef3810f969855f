//! Portals and the people in them.

use axum::http::StatusCode;
use model::id::{CollectionId, PortalId};
use model::page::Page;
use model::people::MemberRole;
use model::portal::Visibility;

use crate::world::{World, between};

#[tokio::test]
async fn a_portal_is_made_branded_and_deleted() {
    let world = World::new().await;
    let owner = world.owner().await;
    assert!(owner.page("/console/portals").await.contains("No portals yet"));
    let wrong = owner.post("/console/portals/new", &[("name", "Idea"), ("subdomain", "-x-")]).await;
    assert!(wrong.body.contains("id=\"subdomain-error\""), "{}", wrong.body);
    let page = owner.done("/console/portals/new", &[("name", "Idea"), ("subdomain", "idea")]).await;
    assert!(page.contains("http://idea.localhost:8070") && page.contains("Brand colour"), "{page}");
    let taken = owner.post("/console/portals/new", &[("name", "Idea"), ("subdomain", "idea")]).await;
    assert!(taken.body.contains("id=\"subdomain-error\"") && taken.body.contains("taken"));

    // A colour is shown before it is saved, on both grounds, with its contrast.
    let seen = owner.post("/console/portals/1/branding", &[("color", "#ffee00"), ("preview", "1")]).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.body.contains("/-/swatch1-ffee00.css") && seen.body.contains("not saved yet"));
    assert!(seen.body.contains("as chosen it would be"), "{}", seen.body);
    assert!(owner.page("/console/portals/1/branding").await.contains("/-/swatch1-371093.css"));
    let sheet = owner.page("/-/swatch1-ffee00.css").await;
    assert!(sheet.starts_with(".swatch{--accent:light-dark(#"), "{sheet}");
    assert!(
        owner.done("/console/portals/1/branding", &[("color", "#ffee00")]).await.contains("swatch1-ffee00")
    );
    let wrong = owner.post("/console/portals/1/branding", &[("color", "red")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for what in ["logo", "favicon"] {
        let path = format!("/console/portals/1/{what}");
        let answer = owner.upload(&path, &[(what, Some("a"), b"GIF89a")]).await;
        assert!(answer.body.contains(&format!("id=\"{what}-error\"")), "{}", answer.body);
        let answer = owner.upload(&path, &[(what, Some("a"), include_bytes!("dot.png"))]).await;
        assert_eq!(answer.leads(), "/console/portals/1/branding", "{}", answer.body);
    }
    // Both are the same picture: taking one away leaves the other.
    owner
        .upload("/console/portals/1/logo", &[("remove", None, "1".as_bytes()), ("logo", Some(""), b"")])
        .await;
    let portal =
        store::portals::find(&world.db, world.actor.workspace.id, PortalId(1)).await.unwrap().unwrap();
    assert_eq!(portal.logo, None);
    assert!(store::logos::find(&world.db, portal.favicon.unwrap()).await.unwrap().is_some());

    let wrong = [("name", "Idea"), ("subdomain", "idea"), ("support", "call us")];
    assert!(owner.post("/console/portals/1", &wrong).await.body.contains("id=\"support-error\""));
    let right = [("name", "Ideas"), ("subdomain", "ideas"), ("support", "help@example.com")];
    let page = owner.done("/console/portals/1", &right).await;
    assert!(page.contains("http://ideas.localhost:8070") && page.contains("no longer work"), "{page}");

    assert_eq!(owner.post("/console/portals/1/delete", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(owner.done("/console/portals/1/delete", &[("typed", "Ideas")]).await.contains("No portals yet"));
}

#[tokio::test]
async fn what_a_portal_publishes_is_chosen_in_one_form() {
    let world = World::new().await;
    let (portal, owner) = (world.portal("IDEA Lifestyle", "idea").await, world.owner().await);
    let (one, two) = (world.collection("Quotes").await, world.collection("Orders").await);
    let (first, second) = (one.to_string(), two.to_string());
    let (at_first, at_second) = (format!("visibility-{one}"), format!("visibility-{two}"));
    let fields = [
        ("shown", first.as_str()),
        (at_first.as_str(), "everyone"),
        ("auto", first.as_str()),
        ("shown", second.as_str()),
        (at_second.as_str(), "assigned"),
    ];
    assert!(owner.done("/console/portals/1/apis", &fields).await.contains("2 APIs are changed."));
    assert!(owner.done("/console/portals/1/apis", &fields).await.contains("Nothing was to be changed."));
    let published = async || -> Vec<(CollectionId, Visibility, bool)> {
        let found = store::publications::list(&world.db, portal, Page::default()).await.unwrap();
        found.rows.into_iter().map(|row| (row.collection, row.visibility, row.auto_approve)).collect()
    };
    assert_eq!(published().await, [(one, Visibility::Everyone, true), (two, Visibility::Assigned, false)]);
    // What is on another page of the list stays as it is.
    owner.done("/console/portals/1/apis", &[("shown", first.as_str()), (at_first.as_str(), "")]).await;
    assert_eq!(published().await, [(two, Visibility::Assigned, false)]);
    let page = owner.page("/console/portals/1/apis?state=published").await;
    assert!(page.contains("Orders") && !page.contains("Quotes"), "{page}");
}

#[tokio::test]
async fn ways_to_sign_in_are_saved_with_what_they_need() {
    let world = World::new().await;
    world.portal("IDEA Lifestyle", "idea").await;
    let owner = world.owner().await;
    let path = "/console/portals/1/sign-in";
    let page = owner.page(path).await;
    assert!(
        page.contains("http://idea.localhost:8070/sign-in/sso/callback")
            && page.contains("Nothing is saved here yet")
    );
    let none = owner.post(path, &[]).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("nobody could sign in"), "{}", none.body);
    assert!(owner.post(path, &[("way", "sso")]).await.body.contains("needs an identity provider"));
    let half = owner
        .post(path, &[("way", "sso"), ("issuer", "https://id.example.com"), ("client_id", "portal")])
        .await;
    assert!(half.body.contains("id=\"client_secret-error\""), "{}", half.body);
    let tested = owner.post(path, &[("issuer", "https://id.example.com"), ("test", "1")]).await;
    assert_eq!(tested.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(tested.body.contains("id=\"issuer-error\"") && tested.body.contains("could not be read"));

    // Whoever was not invited comes by single sign-on or not at all.
    let newcomers = "/console/portals/1/sign-in/newcomers";
    let early = owner.post(newcomers, &[("jit", "on"), ("jit_auth", "token")]).await;
    assert!(early.body.contains("Switch it on first"), "{}", early.body);
    let whole = [
        ("way", "magic_link"),
        ("way", "sso"),
        ("issuer", "https://id.example.com"),
        ("client_id", "portal"),
        ("client_secret", "a-secret-of-the-provider"),
    ];
    let page = owner.done(path, &whole).await;
    assert!(!page.contains("a-secret-of-the-provider") && page.contains("value=\"https://id.example.com\""));
    let page = owner.done(newcomers, &[("jit", "on"), ("jit_auth", "oauth2")]).await;
    assert!(page.contains("cannot change since clients were made with it"), "{page}");
    // The secret stays as long as the issuer does.
    owner.done(path, &whole[..4]).await;
    let moved = [("way", "sso"), ("issuer", "https://other.example.com"), ("client_id", "portal")];
    assert!(owner.post(path, &moved).await.body.contains("id=\"client_secret-error\""));
    let settings = store::portal_settings::find(&world.db, PortalId(1)).await.unwrap().unwrap();
    assert_eq!(settings.oidc.unwrap().client_secret.expose(), "a-secret-of-the-provider");
    assert!(settings.jit.unwrap().enabled && settings.sign_in.magic_link && !settings.sign_in.password);
}

#[tokio::test]
async fn pages_are_written_seen_and_put_in_order() {
    let world = World::new().await;
    world.portal("IDEA Lifestyle", "idea").await;
    let owner = world.owner().await;
    assert!(owner.page("/console/portals/1/pages").await.contains("No pages yet"));
    let text = "**Bold** <script>alert(1)</script>";
    let draft = [("title", "Terms"), ("slug", "terms"), ("content", text)];
    let seen = owner.post("/console/portals/1/pages/new", &[draft[0], draft[2], ("preview", "1")]).await;
    assert!(
        seen.body.contains("<strong>Bold</strong>") && !seen.body.contains("<script>alert"),
        "{}",
        seen.body
    );
    assert!(owner.page("/console/portals/1/pages").await.contains("No pages yet"));
    assert!(owner.done("/console/portals/1/pages/new", &draft).await.contains("/pages/terms"));
    let taken = owner.post("/console/portals/1/pages/new", &draft).await;
    assert!(taken.body.contains("id=\"slug-error\""), "{}", taken.body);
    owner
        .done("/console/portals/1/pages/new", &[("title", "Guide"), ("slug", "guide"), ("content", "x")])
        .await;
    let order = |page: &str| page.find(">Terms<").unwrap() < page.find(">Guide<").unwrap();
    assert!(order(&owner.page("/console/portals/1/pages").await));
    assert!(!order(&owner.done("/console/portals/1/pages/2/move", &[("towards", "first")]).await));
    assert!(!order(&owner.done("/console/portals/1/pages/1/move", &[("towards", "last")]).await));
    assert!(order(&owner.done("/console/portals/1/pages/2/move", &[("towards", "last")]).await));
    let changed = [("title", "Terms of use"), ("slug", "terms"), ("content", "y")];
    assert!(owner.done("/console/portals/1/pages/1", &changed).await.contains("Terms of use"));
    owner.done("/console/portals/1/pages/1/delete", &[]).await;
    assert_eq!(owner.get("/console/portals/1/pages/1").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn developers_are_invited_one_by_one_and_looked_after() {
    let world = World::new().await;
    world.portal("IDEA Lifestyle", "idea").await;
    let owner = world.owner().await;
    owner.done("/console/clients/new", &[("auth", "token"), ("name", "Acme")]).await;
    assert!(owner.page("/console/portals/1/people").await.contains("Nobody is here yet"));
    let wrong = owner.post("/console/portals/1/people/invite", &[("email", "ada")]).await;
    assert!(wrong.body.contains("id=\"email-error\"") && wrong.body.contains("value=\"ada\""));
    let ada = [("email", "ada@example.com"), ("name", "Ada"), ("client", "1")];
    let page = owner.done("/console/portals/1/people/invite", &ada).await;
    assert!(page.contains("ada@example.com") && page.contains(">invited<"), "{page}");
    let again = owner.post("/console/portals/1/people/invite", &ada).await;
    assert!(again.body.contains("id=\"email-error\"") && again.body.contains("already"));

    let person = "/console/portals/1/people/1";
    assert!(owner.page(person).await.contains("value=\"1\" checked"));
    owner.done(&format!("{person}/invite"), &[]).await;
    assert_eq!(world.mailed().await, ["ada@example.com", "ada@example.com"]);
    assert!(owner.done(&format!("{person}/deactivate"), &[]).await.contains(">deactivated<"));
    assert!(owner.page("/console/portals/1/people?state=active").await.contains("Nothing matches"));
    assert!(owner.done(&format!("{person}/activate"), &[]).await.contains(">invited<"));
    assert!(owner.page(&format!("{person}/sign-out")).await.contains("Sign out everywhere"));
    assert!(owner.done(&format!("{person}/sign-out"), &[]).await.contains("was not signed in anywhere"));
    let nobody = owner.done(person, &[("email", "ada@example.com"), ("name", "")]).await;
    assert!(!nobody.contains("value=\"1\" checked"), "{nobody}");
    let mistyped = owner.post(&format!("{person}/remove"), &[("typed", "ada")]).await;
    assert_eq!(mistyped.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = owner.done(&format!("{person}/remove"), &[("typed", "ada@example.com")]).await;
    assert!(page.contains("Nobody is here yet"), "{page}");
    assert_eq!(owner.get("/console/portals/1/people/1/dance").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_list_is_looked_at_before_anybody_is_invited() {
    let world = World::new().await;
    world.portal("IDEA Lifestyle", "idea").await;
    let owner = world.owner().await;
    owner.done("/console/clients/new", &[("auth", "token"), ("name", "Acme")]).await;
    owner.done("/console/portals/1/people/invite", &[("email", "here@example.com")]).await;
    let path = "/console/portals/1/people/list";
    let list = "email,name,client\nada@example.com,Ada,acme\nnowhere,,\nADA@example.com,,\neve@example.com,,Zeta\nhere@example.com,,\nbob@example.com,Bob,\n";
    let seen = owner.upload(path, &[("file", Some("a"), list.as_bytes())]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "there are errors in it");
    assert!(seen.body.contains("2 to invite, 1 here already, 3 with errors"), "{}", seen.body);
    for said in
        ["is not an e-mail address", "stands on this list twice", "no client called <code>Zeta</code>"]
    {
        assert!(seen.body.contains(said), "{said}: {}", seen.body);
    }
    assert_eq!(world.mailed().await, ["here@example.com"], "nobody was invited by looking");

    let send = "/console/portals/1/people/list/send";
    // Somebody else was quicker: what was looked at is not what would be done.
    let stale = owner.post(send, &[("list", list), ("client", ""), ("sound", "3")]).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(stale.body.contains("Nobody was invited"), "{}", stale.body);
    let page = owner.done(send, &[("list", list), ("client", ""), ("sound", "2")]).await;
    assert!(page.contains("2 invitations are on the way. 3 lines were left out."), "{page}");
    assert_eq!(world.mailed().await, ["bob@example.com", "ada@example.com", "here@example.com"]);
    let twice = owner.post(send, &[("list", list), ("client", ""), ("sound", "2")]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "nobody is invited twice");

    for (list, said) in [("", "Nobody is on the list"), ("name\nAda", "none of them is")] {
        let answer = owner.upload(path, &[("list", None, list.as_bytes()), ("other", Some(""), b"")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(said), "{}", answer.body);
    }
    let answer = owner.upload(path, &[("list", None, "".as_bytes()), ("file", Some("a"), b"\xff\xfe")]).await;
    assert!(answer.body.contains("no text in UTF-8"), "{}", answer.body);
    let many = (0..1_001).map(|number| format!("a{number}@example.com\n")).collect::<String>();
    let answer = owner.upload(path, &[("file", Some("a"), many.as_bytes())]).await;
    assert!(answer.body.contains("more than 1000 people"), "{}", answer.body);
    let page = owner.page("/console/portals/1/people/1").await;
    assert!(between(&page, "<h1>", "</h1>").contains("here@example.com"));
}

#[tokio::test]
async fn publishers_manage_portals_and_viewers_do_not() {
    let world = World::new().await;
    world.portal("IDEA Lifestyle", "idea").await;
    let publisher = world.member("publisher@example.com", MemberRole::Publisher).await;
    publisher.done("/console/portals/1/people/invite", &[("email", "ada@example.com")]).await;
    let viewer = world.member("viewer@example.com", MemberRole::Viewer).await;
    for part in ["", "/branding", "/apis", "/sign-in", "/pages", "/people", "/people/1"] {
        let page = viewer.page(&format!("/console/portals/1{part}")).await;
        assert!(!page.contains("<button class=\"button main\""), "{part}: {page}");
    }
    for part in ["/pages/new", "/delete", "/people/invite", "/people/list", "/people/1/remove"] {
        let status = viewer.get(&format!("/console/portals/1{part}")).await.status;
        assert_eq!(status, StatusCode::FORBIDDEN, "{part}");
    }
    for (part, field) in [
        ("", ("name", "x")),
        ("/branding", ("color", "#000000")),
        ("/apis", ("shown", "1")),
        ("/sign-in", ("way", "password")),
        ("/sign-in", ("test", "1")),
        ("/sign-in/newcomers", ("jit", "on")),
        ("/pages/new", ("title", "x")),
        ("/delete", ("typed", "IDEA Lifestyle")),
        ("/people/invite", ("email", "eve@example.com")),
        ("/people/list/send", ("list", "eve@example.com")),
        ("/people/1", ("email", "eve@example.com")),
        ("/people/1/invite", ("x", "")),
        ("/people/1/sign-out", ("x", "")),
        ("/people/1/remove", ("typed", "ada@example.com")),
    ] {
        let answer = viewer.post(&format!("/console/portals/1{part}"), &[field]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{part}: {}", answer.body);
    }
    assert_eq!(world.mailed().await, ["ada@example.com"]);
    let stranger = World::new().await;
    let stranger = stranger.owner().await;
    for part in ["", "/people", "/people/1", "/pages"] {
        let status = stranger.get(&format!("/console/portals/1{part}")).await.status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{part}");
    }
}
