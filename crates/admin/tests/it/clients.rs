//! Clients and their keys.

use axum::http::StatusCode;
use model::people::MemberRole;

use crate::world::{World, between};

/// The public half of an RSA key.
const RSA: &str = include_str!("rsa.pem");

#[tokio::test]
async fn a_client_is_made_in_two_steps_and_gets_keys() {
    let world = World::new().await;
    let (api, other) = (world.collection("Quotes").await, world.collection("Orders").await);
    let owner = world.owner().await;
    let empty = owner.page("/console/clients").await;
    assert!(empty.contains("No clients yet") && empty.contains("Create client"), "{empty}");
    let ways = owner.page("/console/clients/new").await;
    for way in ["token", "oauth2", "jwt", "oidc"] {
        assert!(ways.contains(&format!("name=\"auth\" value=\"{way}\"")), "{way}");
    }
    let form = owner.page("/console/clients/new?auth=token").await;
    assert!(form.contains("Quotes") && !form.contains("jwt_secret"), "{form}");

    let wrong = owner.post("/console/clients/new", &[("auth", "token"), ("name", " ")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("id=\"name-error\"") && wrong.body.contains("blank"), "{}", wrong.body);

    let api = api.to_string();
    let made = [("auth", "token"), ("name", "Acme"), ("description", "Prices"), ("api", api.as_str())];
    let page = owner.done("/console/clients/new", &made).await;
    assert!(page.contains("<h1>Acme</h1>") && page.contains("No keys yet") && page.contains("APIs (1)"));

    // What is wrong with a key stands beside its field, and nothing is lost.
    let wrong = [("name", "Production"), ("allow", "10.0.0.300"), ("ends", "2027-01-01"), ("active", "1")];
    let answer = owner.post("/console/clients/1/keys/new", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("id=\"allow-error\"") && answer.body.contains("value=\"Production\""));
    let past = [("name", "Production"), ("ends", "2020-01-01")];
    let answer = owner.post("/console/clients/1/keys/new", &past).await;
    assert!(answer.body.contains("id=\"ends-error\""), "{}", answer.body);

    let right =
        [("name", "Production"), ("allow", "10.0.0.1, 10.1.0.0/16"), ("ends", "2027-01-01"), ("active", "1")];
    let issued = owner.post("/console/clients/1/keys/new", &right).await;
    assert_eq!(issued.headers["cache-control"], "no-store");
    let token = between(&issued.body, "id=\"token\" tabindex=\"0\">", "<").to_owned();
    assert_eq!(token.len(), 64);
    let list = owner.page("/console/clients/1").await;
    assert!(list.contains("Production") && list.contains("10.0.0.1, 1 more") && !list.contains(&token));

    // Refresh, deactivate, activate, delete.
    assert!(owner.page("/console/clients/1/keys/1/refresh").await.contains("After an hour"));
    let refreshed = owner.post("/console/clients/1/keys/1/refresh", &[("grace", "3600")]).await;
    assert_ne!(between(&refreshed.body, "id=\"token\" tabindex=\"0\">", "<"), token);
    let page = owner.done("/console/clients/1/keys/1/disable", &[]).await;
    assert!(page.contains(">Inactive<"), "{page}");
    let page = owner.done("/console/clients/1/keys/1/enable", &[]).await;
    assert!(page.contains(">Active<") && page.contains("value=\"2027-01-01\""), "{page}");
    let changed = [("name", "Berlin"), ("allow", ""), ("deny", ""), ("ends", "")];
    assert!(owner.done("/console/clients/1/keys/1", &changed).await.contains("<h1>Berlin</h1>"));
    let mistyped = owner.post("/console/clients/1/keys/1/delete", &[("typed", "Berlim")]).await;
    assert_eq!(mistyped.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        owner.done("/console/clients/1/keys/1/delete", &[("typed", "Berlin")]).await.contains("No keys yet")
    );

    // What it may call: the ticked ones of those on the page.
    let other = other.to_string();
    let shown = [("shown", api.as_str()), ("shown", other.as_str()), ("api", other.as_str())];
    assert!(owner.done("/console/clients/1/apis", &shown).await.contains("APIs (1)"));
    let assigned = owner.page("/console/clients/1/apis?state=assigned").await;
    assert!(assigned.contains("Orders") && !assigned.contains("Quotes"));
    let found = owner.page("/console/clients/1/apis?q=quo").await;
    assert!(found.contains("Quotes") && !found.contains("Orders"));

    let mistyped = owner.post("/console/clients/1/delete", &[("typed", "")]).await;
    assert_eq!(mistyped.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(owner.done("/console/clients/1/delete", &[("typed", "Acme")]).await.contains("No clients yet"));
}

#[tokio::test]
async fn a_key_can_have_a_policy_of_its_own() {
    let world = World::new().await;
    let owner = world.owner().await;
    for name in ["Slow", "Fast"] {
        let fields = [("name", name), ("rate", "5"), ("rate_per", "minute")];
        owner.done("/console/policies/new", &fields).await;
    }
    let client = [("auth", "token"), ("name", "Acme"), ("policy", "1")];
    owner.done("/console/clients/new", &client).await;
    assert!(owner.page("/console/clients/1/keys/new").await.contains("<option value=\"2\">Fast</option>"));
    owner.post("/console/clients/1/keys/new", &[("name", "Production"), ("policy", "2")]).await;
    owner.post("/console/clients/1/keys/new", &[("name", "Staging"), ("policy", "")]).await;
    let list = owner.page("/console/clients/1").await;
    assert!(list.contains("<td data-label=\"Policy\">Fast</td>") && list.contains("As its client"), "{list}");
    assert!(list.contains("under the policy Slow."), "{list}");
    let key = owner.page("/console/clients/1/keys/1").await;
    assert!(key.contains("<option value=\"2\" selected>Fast</option>"), "{key}");
    let changed = [("name", "Production"), ("policy", "1")];
    let key = owner.done("/console/clients/1/keys/1", &changed).await;
    assert!(key.contains("<option value=\"1\" selected>Slow</option>"), "{key}");
    owner.done("/console/clients/1/keys/1", &[("name", "Production"), ("policy", "")]).await;
    assert!(!owner.page("/console/clients/1").await.contains("<td data-label=\"Policy\">Slow</td>"));
    let unknown = owner.post("/console/clients/1/keys/1", &[("name", "A"), ("policy", "9")]).await;
    assert_eq!(unknown.status, StatusCode::SEE_OTHER, "what is not offered is as if nothing was chosen");
}

#[tokio::test]
async fn access_profiles_of_a_legacy_client_go_their_own_way() {
    let world = World::new().await;
    let (quotes, orders) = (world.collection("Quotes").await, world.collection("Orders").await);
    let (quotes, orders) = (quotes.to_string(), orders.to_string());
    world.actions.create_legacy_client(&world.actor, "Old shop", None).await.unwrap();
    let owner = world.owner().await;
    let (keys, new) = ("/console/clients/1", "/console/clients/1/keys/new");
    assert!(owner.page(keys).await.contains("Create access profile"));
    assert!(owner.page(new).await.contains("name=\"auth\" value=\"oidc\""));
    let form = owner.page(&format!("{new}?auth=jwt")).await;
    assert!(
        form.contains("jwt_secret") && form.contains("Quotes") && !form.contains("name=\"deny\""),
        "{form}"
    );

    let wrong = [("auth", "jwt"), ("name", "Signer"), ("jwt_method", "rsa"), ("jwt_secret", "nonsense")];
    let answer = owner.post(new, &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["jwt_secret-error", "api-error"] {
        assert!(answer.body.contains(&format!("id=\"{field}\"")), "{field}: {}", answer.body);
    }
    assert_eq!(owner.post(new, &[("name", "No way")]).await.status, StatusCode::BAD_REQUEST);

    let signer = [
        ("auth", "jwt"),
        ("name", "Signer"),
        ("jwt_method", "rsa"),
        ("jwt_secret", RSA),
        ("required_claims", "exp"),
        ("api", quotes.as_str()),
        ("allow", "10.0.0.0/8"),
        ("active", "1"),
    ];
    let issued = owner.post(new, &signer).await;
    assert_eq!(issued.status, StatusCode::OK, "{}", issued.body);
    let machine = [("auth", "oauth2"), ("name", "Machine"), ("api", orders.as_str())];
    let issued = owner.post(new, &machine).await;
    let secret = between(&issued.body, "id=\"token\" tabindex=\"0\">", "<").to_owned();
    let list = owner.page(keys).await;
    for text in ["JSON Web Token", "OAuth 2.0", "10.0.0.0/8", "Signer", "Machine"] {
        assert!(list.contains(text), "{text}: {list}");
    }
    assert!(!list.contains("keys/1/refresh") && list.contains("keys/2/refresh"), "{list}");

    // Its rules, APIs and addresses change; the rest stays.
    let page = owner.page("/console/clients/1/keys/1").await;
    assert!(page.contains("BEGIN PUBLIC KEY") && page.contains("10.0.0.0/8"), "{page}");
    let changed = [
        ("name", "Signer"),
        ("jwt_method", "rsa"),
        ("jwt_secret", RSA),
        ("required_claims", "exp\r\niss"),
        ("allowed_issuers", "https://id.example.com"),
        ("api", orders.as_str()),
        ("allow", ""),
    ];
    owner.done("/console/clients/1/keys/1", &changed).await;
    let scope = world.actor.workspace.id;
    let key = store::api_keys::find_any(&world.db, scope, model::id::KeyId(1)).await.unwrap().unwrap();
    let profile = key.profile.unwrap();
    assert_eq!(profile.collections, [model::id::CollectionId(2)]);
    assert_eq!(profile.jwt.unwrap().required_claims, ["exp", "iss"]);
    assert!(key.rules.allow.is_empty() && key.active);
    let none = [("name", "Signer"), ("jwt_method", "rsa"), ("jwt_secret", RSA)];
    let answer = owner.post("/console/clients/1/keys/1", &none).await;
    assert!(answer.body.contains("id=\"api-error\""), "{}", answer.body);

    // A secret is refreshed at once; what is signed is not refreshed here.
    assert!(!owner.page("/console/clients/1/keys/2/refresh").await.contains("After an hour"));
    let refreshed = owner.post("/console/clients/1/keys/2/refresh", &[]).await;
    assert_ne!(between(&refreshed.body, "id=\"token\" tabindex=\"0\">", "<"), secret);
    assert!(owner.done("/console/clients/1/keys/1/disable", &[]).await.contains(">Inactive<"));
    assert!(owner.done("/console/clients/1/keys/2/enable", &[]).await.contains(">Active<"));
    let page = owner.done("/console/clients/1/keys/2/delete", &[("typed", "Machine")]).await;
    assert!(page.contains("Signer") && page.contains("1 of at most 20 keys"), "{page}");
    let viewer = world.member("viewer@example.com", MemberRole::Viewer).await;
    assert_eq!(viewer.get(new).await.status, StatusCode::FORBIDDEN);
    assert!(!viewer.page("/console/clients/1/keys/1").await.contains("Save key"));
}

#[tokio::test]
async fn each_way_to_authenticate_has_its_fields_and_their_faults() {
    let world = World::new().await;
    let owner = world.owner().await;
    let post = async |fields: &[(&str, &str)]| owner.post("/console/clients/new", fields).await;

    let answer =
        post(&[("auth", "jwt"), ("name", "Signer"), ("jwt_method", "rsa"), ("jwt_secret", "nonsense")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("id=\"jwt_secret-error\"") && answer.body.contains("nonsense"));
    let answer = post(&[("auth", "oidc"), ("name", "Bearer")]).await;
    assert!(answer.body.contains("id=\"oidc_issuer-error\""), "{}", answer.body);
    let answer = post(&[("auth", "oidc"), ("name", "Bearer"), ("oidc_issuer", "http://plain.example")]).await;
    assert!(answer.body.contains("id=\"oidc_issuer-error\""), "{}", answer.body);
    assert_eq!(post(&[("auth", "mtls"), ("name", "x")]).await.status, StatusCode::BAD_REQUEST);

    let signer = [
        ("auth", "jwt"),
        ("name", "Signer"),
        ("jwt_method", "rsa"),
        ("jwt_secret", RSA),
        ("required_claims", "exp\r\naud"),
        ("allowed_audiences", "https://api.example.com"),
    ];
    assert!(owner.done("/console/clients/new", &signer).await.contains("JSON Web Token"));
    let settings = owner.page("/console/clients/1/settings").await;
    assert!(settings.contains("BEGIN PUBLIC KEY") && settings.contains("exp\naud"), "{settings}");

    let shared = [
        ("auth", "jwt"),
        ("name", "Shared"),
        ("jwt_method", "hmac"),
        ("jwt_secret", "a secret of some length, shared"),
        ("access_profile_claim", "azp"),
    ];
    owner.done("/console/clients/new", &shared).await;
    let settings = owner.page("/console/clients/2/settings").await;
    assert!(!settings.contains("a secret of some length") && settings.contains("value=\"azp\""));
    // Left empty, the secret stays; a claim that is taken out is forgotten.
    let kept = [("name", "Shared"), ("jwt_method", "hmac"), ("jwt_secret", ""), ("access_profile_claim", "")];
    assert!(!owner.done("/console/clients/2/settings", &kept).await.contains("value=\"azp\""));
    let listed = store::clients::find(&world.db, world.actor.workspace.id, model::id::ClientId(2)).await;
    let key = listed.unwrap().unwrap().client.jwt.unwrap().key.unwrap();
    assert_eq!(key.material.expose(), "a secret of some length, shared");

    let bearer = [("auth", "oidc"), ("name", "Bearer"), ("oidc_jwks_uri", "https://id.example.com/keys")];
    assert!(owner.done("/console/clients/new", &bearer).await.contains("OpenID Connect"));
    owner.done("/console/clients/new", &[("auth", "oauth2"), ("name", "Machine")]).await;
    let issued = owner.post("/console/clients/4/keys/new", &[("name", "one"), ("active", "1")]).await;
    assert_eq!(between(&issued.body, "id=\"client-id\" tabindex=\"0\">", "<").len(), 32);
    assert!(issued.body.contains("Client secret"), "{}", issued.body);

    let list = owner.page("/console/clients?state=oauth2").await;
    assert!(list.contains("Machine") && !list.contains("Signer"), "{list}");
    assert!(owner.page("/console/clients?q=SIGN").await.contains("Signer"));
    assert!(owner.page("/console/clients?q=nobody").await.contains("Nothing matches"));
}

#[tokio::test]
async fn a_client_with_a_portal_invites_its_developer() {
    let world = World::new().await;
    let portal = world.portal("IDEA Lifestyle", "idea").await.to_string();
    let owner = world.owner().await;
    let one_without = [("auth", "token"), ("name", "Acme"), ("portal", portal.as_str())];
    let answer = owner.post("/console/clients/new", &one_without).await;
    assert!(answer.body.contains("id=\"email-error\""), "{}", answer.body);
    let both =
        [("auth", "token"), ("name", "Acme"), ("portal", portal.as_str()), ("email", "ada@example.com")];
    let page = owner.done("/console/clients/new", &both).await;
    assert!(page.contains("by ada@example.com"), "{page}");
    assert_eq!(world.mailed().await, ["ada@example.com"]);
    assert!(owner.page("/console/clients/1/people").await.contains("ada@example.com"));
    let moved = [("name", "Acme"), ("email", "eve@example.com")];
    owner.done("/console/clients/1/settings", &moved).await;
    assert_eq!(world.mailed().await, ["eve@example.com", "ada@example.com"]);
}

#[tokio::test]
async fn twenty_keys_are_the_most() {
    let world = World::new().await;
    let owner = world.owner().await;
    owner.done("/console/clients/new", &[("auth", "token"), ("name", "Acme")]).await;
    for number in 0..20 {
        let name = number.to_string();
        let issued = owner.post("/console/clients/1/keys/new", &[("name", name.as_str())]).await;
        assert_eq!(issued.status, StatusCode::OK);
    }
    assert!(owner.page("/console/clients/1").await.contains("no room for another key"));
    let answer = owner.post("/console/clients/1/keys/new", &[("name", "one more")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("delete one first"), "{}", answer.body);
}

#[tokio::test]
async fn a_logo_is_drawn_anew_or_refused() {
    let world = World::new().await;
    let owner = world.owner().await;
    owner.done("/console/clients/new", &[("auth", "token"), ("name", "Acme")]).await;
    let answer =
        owner.upload("/console/clients/1/logo", &[("logo", Some("a"), b"<svg onload=alert(1)>")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("id=\"logo-error\""), "{}", answer.body);
    let answer =
        owner.upload("/console/clients/1/logo", &[("logo", Some("a"), include_bytes!("dot.png"))]).await;
    assert_eq!(answer.leads(), "/console/clients/1/settings", "{}", answer.body);
    assert!(owner.page("/console/clients/1").await.contains("src=\"/api/logos/"));
    let answer = owner
        .upload("/console/clients/1/logo", &[("remove", None, "1".as_bytes()), ("logo", Some(""), b"")])
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert!(!owner.page("/console/clients/1").await.contains("/api/logos/"));
}

#[tokio::test]
async fn viewers_look_and_change_nothing() {
    let world = World::new().await;
    let owner = world.owner().await;
    owner.done("/console/clients/new", &[("auth", "token"), ("name", "Acme")]).await;
    let viewer = world.member("viewer@example.com", MemberRole::Viewer).await;
    assert!(!viewer.page("/console/clients").await.contains("Create client"));
    for page in ["", "/apis", "/settings", "/people"] {
        let page = viewer.page(&format!("/console/clients/1{page}")).await;
        assert!(!page.contains("<button class=\"button main\""), "{page}");
    }
    for page in ["/console/clients/new", "/console/clients/1/keys/new", "/console/clients/1/delete"] {
        assert_eq!(viewer.get(page).await.status, StatusCode::FORBIDDEN, "{page}");
    }
    for (path, field) in [
        ("/console/clients/new", ("auth", "token")),
        ("/console/clients/1/keys/new", ("name", "x")),
        ("/console/clients/1/settings", ("name", "x")),
        ("/console/clients/1/apis", ("shown", "1")),
        ("/console/clients/1/delete", ("typed", "Acme")),
    ] {
        assert_eq!(viewer.post(path, &[field]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let stranger = World::new().await;
    let stranger = stranger.owner().await;
    assert_eq!(stranger.get("/console/clients/1").await.status, StatusCode::NOT_FOUND);
}
