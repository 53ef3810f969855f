//! `/api/api_clients` and `/api/api_access_profiles`: the first version of the API.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::samples::PUBLIC_KEY;
use crate::world::{Somebody, World};

const PROFILES: &str = "/api/api_access_profiles";

/// A legacy client 1 and collections 1 and 2.
async fn legacy(ada: &Somebody<'_>) {
    for name in ["One", "Two"] {
        ada.post("/api/api_collections", json!({ "name": name })).await.ok();
    }
    ada.post("/api/api_clients", json!({ "name": "Umbrella" })).await.ok();
}

fn draft(field: &str, value: Value) -> Value {
    let mut body = json!({
        "api_client_id": "1", "name": "Sales", "api_collection_ids": [1], "auth_type": "token", "active": true,
    });
    body[field] = value;
    body
}

#[tokio::test]
async fn both_versions_see_the_same_clients_and_keys() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    legacy(&ada).await;
    let client = json!({ "name": "New", "auth_type": "oauth2", "api_collection_ids": [2] });
    ada.post("/api/v2/api_clients", client).await.ok();
    ada.post(PROFILES, draft("api_collection_ids", json!(["2", 1]))).await.ok();
    ada.post("/api/v2/api_clients/2/api_keys", json!({ "name": "K", "active": true })).await.ok();

    let old = ada.get("/api/v2/api_clients/1").await.ok()["data"].clone();
    assert_eq!((&old["is_legacy"], &old["auth_type"]), (&json!(true), &json!("token")));
    assert_eq!(old["api_collections"], json!([{ "id": 1, "name": "One" }, { "id": 2, "name": "Two" }]));
    assert_eq!(old["api_keys"][0]["name"], "Sales");
    let names =
        |list: &Value| list.as_array().unwrap().iter().map(|row| row["name"].clone()).collect::<Vec<_>>();
    assert_eq!(names(&ada.get("/api/api_clients").await.ok()), ["Umbrella", "New"]);
    let profiles = ada.get(PROFILES).await.ok();
    assert_eq!(names(&profiles), ["Sales", "K"]);
    assert_eq!(profiles[1]["auth_type"], "oauth2");
    assert_eq!(profiles[1]["api_collection_ids"], json!([2]));
    assert_eq!(names(&ada.get("/api/api_access_profiles?api_client_id=2&per_page=1").await.ok()), ["K"]);
    assert_eq!(ada.get("/api/api_access_profiles?page=2").await.ok(), json!([]));

    // What is made in one version stays in its way.
    let answer = ada.post("/api/v2/api_clients/1/api_keys", json!({ "name": "K", "active": true })).await;
    assert_snapshot!(answer.problem(), @"422 this API client is a legacy one, whose keys are access profiles; make one with `POST /api/api_access_profiles`");
    let answer = ada.post(PROFILES, draft("api_client_id", json!(2))).await;
    assert_snapshot!(answer.problem(), @"422 this API client is no legacy one, and has API keys in place of access profiles; use `/api/v2/api_clients/:id/api_keys`");
    let answer = ada.put_json("/api/api_access_profiles/2", json!({ "name": "K2" })).await;
    assert_eq!(answer.status.as_u16(), 422);
    let answer = ada.put_json("/api/v2/api_clients/1", json!({ "api_collection_ids": [1] })).await;
    assert_snapshot!(answer.problem(), @"422 the collections of a legacy client stand on its access profiles; change them there");
    ada.put_json("/api/v2/api_clients/1", json!({ "api_collection_ids": [2, 1], "name": "U" })).await.ok();
    // What has no way of its own works in both.
    ada.put("/api/api_access_profiles/2/disable").await.ok();
    ada.put("/api/v2/api_clients/1/api_keys/1/disable").await.ok();
    assert_eq!(ada.get(PROFILES).await.ok()[1]["active"], false);
    ada.delete("/api/v2/api_clients/1/api_keys/1").await.ok();
    assert_eq!(ada.put("/api/api_access_profiles/1/enable").await.status.as_u16(), 404);
}

#[tokio::test]
async fn each_way_to_authenticate_has_its_secret() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    legacy(&ada).await;
    let length = |value: &Value| value.as_str().map_or(0, str::len);

    let token = ada.post(PROFILES, draft("auth_type", json!("token"))).await.ok();
    assert_eq!((length(&token["secret"]), &token["oauth_client_id"]), (64, &json!(null)));
    let oauth = ada.post(PROFILES, draft("auth_type", json!("oauth2"))).await.ok();
    assert_eq!(oauth["secret"], json!(null));
    assert_eq!((length(&oauth["oauth_client_id"]), length(&oauth["oauth_client_secret"])), (32, 64));
    let mut hmac = draft("auth_type", json!("jwt"));
    (hmac["jwt_method"], hmac["jwt_secret"]) = (json!("hmac"), json!("a shared secret"));
    let hmac = ada.post(PROFILES, hmac).await.ok();
    assert_eq!((&hmac["jwt_method"], &hmac["jwt_secret"]), (&json!("hmac"), &json!(null)));
    assert_eq!(length(&hmac["secret"]), 64);
    let mut oidc = draft("auth_type", json!("oidc"));
    oidc["oidc_jwks_uri"] = json!("https://id.example.com/keys");
    ada.post(PROFILES, oidc).await.ok();

    let refreshed = ada.put("/api/api_access_profiles/2/refresh_secret").await.ok();
    assert_ne!(refreshed["oauth_client_id"], oauth["oauth_client_id"]);
    assert_ne!(refreshed["oauth_client_secret"], oauth["oauth_client_secret"]);
    for signed in ["3", "4"] {
        let answer = ada.put(&format!("{PROFILES}/{signed}/refresh_secret")).await;
        let answer = answer.problem();
        assert!(answer.starts_with("422 this access profile authenticates by signed tokens"), "{answer}");
    }

    // Another way to authenticate comes with another secret; the same way keeps it.
    let same = json!({ "auth_type": "token", "name": "Sales 2", "active": false });
    let same = ada.put_json("/api/api_access_profiles/1", same).await.ok();
    assert_eq!(
        (&same["name"], &same["active"], length(&same["secret"])),
        (&json!("Sales 2"), &json!(false), 4)
    );
    let other = ada.put_json("/api/api_access_profiles/1", json!({ "auth_type": "oauth2" })).await.ok();
    assert_eq!((length(&other["oauth_client_id"]), length(&other["oauth_client_secret"])), (32, 64));
    let other = ada.put_json("/api/api_access_profiles/1", json!({ "auth_type": "token" })).await.ok();
    assert_eq!((length(&other["secret"]), &other["oauth_client_id"]), (64, &json!(null)));
    let back = ada.put_json("/api/api_access_profiles/3", json!({ "auth_type": "oidc" })).await;
    assert_snapshot!(back.problem(), @"400 oidc_issuer or oidc_jwks_uri is required when auth_type is `oidc`");
    let kept = ada.put_json("/api/api_access_profiles/3", json!({ "required_claims": ["exp"] })).await.ok();
    assert_eq!(kept["jwt_method"], "hmac");

    // The audit trail never has a secret.
    let lines = store::audit::list(&world.db, ada.actor.workspace.id, model::page::Page::default()).await;
    let lines = format!("{:?}", lines.unwrap());
    for secret in
        [&token["secret"], &oauth["oauth_client_secret"], &hmac["secret"], &json!("a shared secret")]
    {
        assert!(!lines.contains(secret.as_str().unwrap()));
    }
    assert!(lines.contains("required_claims"));
}

#[tokio::test]
async fn what_is_wrong_with_an_access_profile_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    legacy(&ada).await;
    let post = async |field: &str, value: Value| ada.post(PROFILES, draft(field, value)).await.problem();
    assert_snapshot!(ada.post(PROFILES, json!({})).await.problem(), @"400 api_client_id can't be blank; name can't be blank; api_collection_ids can't be blank; auth_type can't be blank");
    assert_snapshot!(post("api_client_id", json!(9)).await, @"404 api_client_id is 9, which is no API client here; `GET /api/api_clients` lists them");
    assert_snapshot!(post("api_client_id", json!("x")).await, @"400 api_client_id must be an integer");
    assert_snapshot!(post("api_collection_ids", json!([])).await, @"400 api_collection_ids can't be blank");
    assert_snapshot!(post("api_collection_ids", json!([9])).await, @"404 api_collection_ids has 9, which is no collection here; `GET /api/api_collections` lists them");
    assert_snapshot!(post("ip_allow_list", json!(["", ""])).await, @"400 ip_allow_list has a blank entry; remove it, or write an address or a range such as `203.0.113.0/24`");
    assert_snapshot!(post("api_policy_id", json!(9)).await, @"404 api_policy_id is 9, which is no policy here; `GET /api/portico/v1/api_policies` lists them");
    assert_snapshot!(post("active", json!("yes")).await, @"400 active must be true or false");
    let both = ada.post("/api/api_access_profiles?api_client_id=2", draft("name", json!("A"))).await;
    assert_snapshot!(both.problem(), @"409 api_client_id is 2 in the query and 1 in the body; give it once");
    assert_eq!(ada.get(PROFILES).await.ok(), json!([]));

    // A script that exists leaves `active` out, and enables the profile afterwards.
    let made = ada.post(PROFILES, draft("active", json!(null))).await.ok();
    assert_eq!(made["active"], false);
    assert_eq!(ada.put_json("/api/api_access_profiles/9", json!({})).await.status.as_u16(), 404);
    let put = async |body: Value| ada.put_json("/api/api_access_profiles/1", body).await.problem();
    assert_snapshot!(put(json!({ "api_collection_ids": [] })).await, @"400 api_collection_ids can't be blank");
    assert_snapshot!(put(json!({ "name": "\u{0}" })).await, @"400 name has a NUL character; remove it");
    for number in 2..=20 {
        ada.post(PROFILES, draft("name", json!(format!("Profile {number}")))).await.ok();
    }
    assert_snapshot!(post("name", json!("A")).await, @"409 api_client_id has 20 keys, which is the most an API client can have; delete one first");
}

#[tokio::test]
async fn what_is_wrong_with_signed_tokens_is_named() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    legacy(&ada).await;
    let try_both = async |fields: Value| {
        let with = |mut body: Value| {
            for (field, value) in fields.as_object().unwrap() {
                body[field] = value.clone();
            }
            body
        };
        let old = ada.post(PROFILES, with(draft("name", json!("A")))).await.problem();
        let new =
            ada.post("/api/v2/api_clients", with(json!({ "name": "A", "api_collection_ids": [1] }))).await;
        assert_eq!(new.problem(), old);
        old
    };
    let jwt = |method: &str, secret: &str| json!({ "auth_type": "jwt", "jwt_method": method, "jwt_secret": secret });
    assert_snapshot!(try_both(json!({ "auth_type": "jwt" })).await, @"400 jwt_method is required when auth_type is `jwt`; it is `hmac`, `rsa`, `ec` or `eddsa`");
    assert_snapshot!(try_both(json!({ "auth_type": "jwt", "jwt_method": "ecdsa" })).await, @"400 jwt_method must be `hmac`, `rsa`, `ec` or `eddsa`");
    assert_snapshot!(try_both(json!({ "auth_type": "jwt", "jwt_method": "rsa" })).await, @"400 jwt_secret is required when auth_type is `jwt`; it is the RSA public key");
    assert_snapshot!(try_both(jwt("hmac", " ")).await, @"400 jwt_secret can't be blank");
    assert_snapshot!(try_both(jwt("hmac", PUBLIC_KEY)).await, @"400 jwt_secret is a key in PEM or of OpenSSH, and public; with it goes the jwt_method `rsa`, `ec` or `eddsa`");
    assert_snapshot!(try_both(jwt("rsa", "secret")).await, @"400 jwt_secret is no RSA public key; give it as PEM (`-----BEGIN PUBLIC KEY-----` …), as a certificate in PEM, or as `ssh-rsa AAAA…`");
    let short = include_str!("../../../model/src/rsa/samples/short.pem");
    assert_snapshot!(try_both(jwt("rsa", short)).await, @"400 jwt_secret has 1024 bits; use an RSA key of 2048 to 8192 bits");
    assert_snapshot!(try_both(json!({ "auth_type": "oidc" })).await, @"400 oidc_issuer or oidc_jwks_uri is required when auth_type is `oidc`");
    let both = json!({ "auth_type": "oidc", "oidc_issuer": "https://a.example", "oidc_jwks_uri": "https://a.example/k" });
    assert_snapshot!(try_both(both).await, @"400 oidc_jwks_uri cannot go together with oidc_issuer; give one of them");
    let plain = json!({ "auth_type": "oidc", "oidc_issuer": "http://id.example.com" });
    assert_snapshot!(try_both(plain).await, @"400 oidc_issuer must be an `https` URL without user and fragment");
    let blank = json!({ "auth_type": "oidc", "oidc_jwks_uri": "https://a.example", "required_claims": ["exp", ""], "allowed_issuers": 1 });
    assert_snapshot!(try_both(blank.clone()).await, @"400 allowed_issuers must be a list");
    let blank =
        json!({ "auth_type": "oidc", "oidc_jwks_uri": "https://a.example", "required_claims": ["exp", ""] });
    assert_snapshot!(try_both(blank).await, @"400 required_claims has a blank item; remove it");
}

#[tokio::test]
async fn deprecated_rows_say_so_and_work() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    legacy(&ada).await;
    ada.post(PROFILES, draft("name", json!("A"))).await.ok();
    for (method, path, successor) in [
        ("GET", "/api/api_clients", "/api/v2/api_clients"),
        ("POST", "/api/api_clients", "/api/v2/api_clients"),
        ("GET", "/api/api_access_profiles", "/api/v2/api_keys"),
        ("POST", "/api/api_access_profiles", "/api/v2/api_clients/%7Bapi_client_id%7D/api_keys"),
        ("PUT", "/api/api_access_profiles/1", "/api_keys/%7Bapi_key_id%7D"),
        ("PUT", "/api/api_access_profiles/1/enable", "/enable"),
        ("PUT", "/api/api_access_profiles/1/disable", "/disable"),
        ("PUT", "/api/api_access_profiles/1/refresh_secret", "/refresh_secret"),
    ] {
        let answer = ada.send(method, path, "").await;
        assert_eq!(answer.header("deprecation"), "@1764547200", "{method} {path}");
        assert_eq!(answer.header("sunset"), "");
        let link = answer.header("link");
        assert!(link.contains(r#"rel="deprecation""#), "{link}");
        assert!(link.contains(&format!(r#"{successor}>; rel="successor-version""#)), "{link}");
    }
    assert_eq!(ada.get("/api/v2/api_clients").await.header("deprecation"), "");

    let world = world.with(|settings| settings.sunset = Some("2027-01-01T00:00:00Z".parse().unwrap()));
    let token = world.token(&world.workspace("other").await, "x", model::access::Role::Viewer).await;
    let request =
        axum::http::Request::get("/api/api_clients").header("authorization", format!("Bearer {token}"));
    let answer = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(answer.header("sunset"), "Fri, 01 Jan 2027 00:00:00 GMT");
}
