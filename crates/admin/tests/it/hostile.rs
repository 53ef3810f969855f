//! What people type into the console comes out as text.

use axum::http::StatusCode;

use crate::world::World;

const ATTACK: &str = "</script></textarea><img src=x onerror=alert(1)>\"'`${x}";

#[tokio::test]
async fn nothing_that_is_typed_becomes_markup() {
    let world = World::new().await;
    let owner = world.owner().await;
    let at = |end: &str| format!("{ATTACK}{end}");
    world.collection(&at("api")).await;
    let portal = [("name", ATTACK), ("subdomain", "idea")];
    owner.done("/console/portals/new", &portal).await;
    let client = [("auth", "token"), ("name", ATTACK), ("description", ATTACK), ("api", "1")];
    owner.done("/console/clients/new", &client).await;
    assert_eq!(owner.post("/console/clients/1/keys/new", &[("name", ATTACK)]).await.status, StatusCode::OK);
    let page = [("title", ATTACK), ("slug", "x"), ("content", ATTACK)];
    owner.done("/console/portals/1/pages/new", &page).await;
    owner
        .done(
            "/console/portals/1/people/invite",
            &[("email", "ada@example.com"), ("name", ATTACK), ("client", "1")],
        )
        .await;

    let mut pages = Vec::new();
    for path in [
        "/console",
        "/console/audit",
        "/console/mail",
        "/console/clients",
        "/console/clients/1",
        "/console/clients/1/apis",
        "/console/clients/1/people",
        "/console/clients/1/settings",
        "/console/clients/1/delete",
        "/console/clients/1/keys/1",
        "/console/clients/1/keys/1/delete",
        "/console/portals",
        "/console/portals/1",
        "/console/portals/1/branding",
        "/console/portals/1/apis",
        "/console/portals/1/sign-in",
        "/console/portals/1/pages",
        "/console/portals/1/pages/1",
        "/console/portals/1/people",
        "/console/portals/1/people/1",
        "/console/portals/1/people/invite",
        "/console/portals/1/people/list",
        "/console/clients/new?auth=token",
        "/console/portals/1/delete",
    ] {
        pages.push((path.to_owned(), owner.page(path).await));
    }
    for (path, field) in [
        ("/console/clients/new", "jwt_secret"),
        ("/console/clients/1/keys/new", "allow"),
        ("/console/clients/1/keys/new", "ends"),
        ("/console/portals/new", "subdomain"),
        ("/console/portals/1", "support"),
        ("/console/portals/1/branding", "color"),
        ("/console/portals/1/sign-in", "issuer"),
        ("/console/portals/1/people/invite", "email"),
        ("/console/portals/1/people/list/send", "list"),
        ("/console/portals/1/pages/new", "slug"),
    ] {
        let answer = owner.post(path, &[("auth", "jwt"), (field, ATTACK)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.body);
        pages.push((format!("{path} {field}"), answer.body));
    }
    let list = format!("{ATTACK},{ATTACK},{ATTACK}\nada@example.org,\"{}\",\n", ATTACK.replace('"', "\"\""));
    let seen = owner
        .upload("/console/portals/1/people/list", &[("list", None, list.as_bytes()), ("none", Some(""), b"")])
        .await;
    pages.push(("the list".to_owned(), seen.body));
    for (path, page) in pages {
        assert!(!page.contains("<img src=x") && !page.contains("<img src=\"x"), "{path}: {page}");
        assert_eq!(page.matches("<script").count(), 1, "{path}: {page}");
        assert_eq!(page.matches("</script>").count(), 1, "{path}");
        assert_eq!(page.matches("<textarea").count(), page.matches("</textarea>").count(), "{path}");
    }
}

#[tokio::test]
async fn a_form_without_its_token_changes_nothing() {
    let world = World::new().await;
    let (owner, other) =
        (world.owner().await, world.member("eve@example.com", model::people::MemberRole::Owner).await);
    let foreign = other.page("/console/account").await;
    let foreign = crate::world::between(&foreign, "name=\"csrf\" value=\"", "\"");
    for csrf in ["", foreign] {
        for path in ["/console/clients/new", "/console/portals/new"] {
            let fields = [("auth", "token"), ("name", "x"), ("subdomain", "x")];
            assert_eq!(owner.post_with(csrf, path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert!(owner.page("/console/clients").await.contains("No clients yet"));
    assert!(owner.page("/console/portals").await.contains("No portals yet"));
}
