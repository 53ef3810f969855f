//! Members, portal users, what they ask for, and the settings of portals.

use actions::{AccessRequestDraft, Actor, Whence};
use insta::assert_snapshot;
use model::access::Role;
use model::id::{ClientId, CollectionId, PortalId, PortalUserId};
use model::identity::{SignInMethod, Site, Subject};
use model::page::Page;
use model::people::MemberRole;
use model::secret::Secret;
use serde_json::{Value, json};
use store::identity::sessions::{self, NewSession};

use crate::world::{Somebody, World};

const USERS: &str = "/api/portico/v1/portal_users";
const REQUESTS: &str = "/api/portico/v1/access_requests";
const MEMBERS: &str = "/api/portico/v1/members";

/// A collection, a portal that publishes it, and a client that may not call it yet.
async fn stage(ada: &Somebody<'_>) {
    ada.post("/api/api_collections", json!({ "name": "Quotes" })).await.ok();
    let portal = json!({ "name": "IDEA", "subdomain": "idea", "api_collection_ids": [1] });
    ada.post("/api/portico/v1/api_portals", portal).await.ok();
    ada.post("/api/v2/api_clients", json!({ "name": "Shop", "auth_type": "token" })).await.ok();
}

/// The portal user with this id, acting.
async fn developer(world: &World, somebody: &Somebody<'_>, id: i64) -> Actor {
    let workspace = somebody.actor.workspace.clone();
    let user = store::portal_users::find(&world.db, workspace.id, PortalUserId(id)).await.unwrap().unwrap();
    let address = Some("198.51.100.4".parse().unwrap());
    Actor::portal_user(workspace, &user, Whence { address, user_agent: Some("Firefox".to_owned()) })
}

fn wish(reason: &str) -> AccessRequestDraft {
    AccessRequestDraft { client: ClientId(1), collection: CollectionId(1), reason: reason.to_owned() }
}

/// Whom mail went to, and its subject, newest first.
async fn mails(world: &World, somebody: &Somebody<'_>) -> Vec<String> {
    let mails = store::mails::list(&world.db, somebody.actor.workspace.id, Page::default()).await.unwrap();
    mails.rows.into_iter().map(|mail| format!("{}: {}", mail.recipient, mail.subject)).collect()
}

#[tokio::test]
async fn a_portal_user_is_invited_changed_and_removed() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    let user = json!({ "api_portal_id": 1, "email": "Bob@example.com", "api_client_ids": ["1"] });
    let made = ada.post(USERS, user.clone()).await;
    assert_snapshot!(made, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "",
        "email": "Bob@example.com",
        "api_portal_id": 1,
        "api_client_ids": [
          1
        ],
        "came_by": "invitation",
        "active": true,
        "invited_at": "2025-02-11T19:06:51.748-08:00",
        "last_sign_in_at": null,
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00"
      }
    }
    "#);
    assert_eq!(mails(&world, &ada).await, ["Bob@example.com: You are invited to IDEA"]);
    assert_snapshot!(ada.post(USERS, json!({ "api_portal_id": 1, "email": "bob@EXAMPLE.com" })).await.problem(), @"409 email `bob@EXAMPLE.com` is a user of this portal already; change that one");
    assert_eq!(ada.get(&format!("{USERS}/1")).await.ok(), made.json());
    assert_eq!(ada.get(&format!("{USERS}?email=BOB@example.com&active=true")).await.ok()["count"], 1);
    assert_eq!(ada.get(&format!("{USERS}?api_client_id=2")).await.ok()["count"], 0);

    ada.post(&format!("{USERS}/1/invitation"), json!({})).await.ok();
    assert_eq!(mails(&world, &ada).await.len(), 2);
    let changed = json!({ "email": "bea@example.com", "name": "Bea", "api_client_ids": [] });
    let changed = ada.put_json(&format!("{USERS}/1"), changed).await.ok();
    assert_eq!((&changed["data"]["name"], &changed["data"]["api_client_ids"]), (&json!("Bea"), &json!([])));
    assert_eq!(mails(&world, &ada).await[0], "bea@example.com: You are invited to IDEA");
    let off = ada.put_json(&format!("{USERS}/1"), json!({ "active": false })).await.ok();
    assert_eq!(off["data"]["active"], false);
    assert_snapshot!(ada.post(&format!("{USERS}/1/invitation"), json!({})).await.problem(), @"422 this portal user is deactivated and could not sign in; activate them first");
    ada.delete(&format!("{USERS}/1")).await.ok();
    assert_snapshot!(ada.get(&format!("{USERS}/1")).await.problem(), @"404 Not found: there is no such portal user");
    let log = ada.get("/api/activity_logs").await.ok();
    let lines = log["data"].as_array().unwrap();
    let deeds: Vec<_> = lines.iter().map(|line| line["event_type"].as_str().unwrap()).take(5).collect();
    let expected = ["deleted", "deactivated", "updated", "invited", "invited"];
    assert_eq!(deeds, expected.map(|verb| format!("portal_user.{verb}")));
}

#[tokio::test]
async fn who_is_deactivated_moved_or_removed_is_signed_out() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    ada.post(USERS, json!({ "api_portal_id": 1, "email": "bob@example.com" })).await.ok();
    let bob = Subject::PortalUser(PortalUserId(1));
    let expires_at = "2025-03-01T00:00:00Z".parse().unwrap();
    for (number, change) in [
        json!({ "active": false }),
        json!({ "active": true, "name": "Bob" }),
        json!({ "email": "bea@example.com" }),
        json!(null),
    ]
    .into_iter()
    .enumerate()
    {
        let token = Secret::from_sealed(format!("session {number}"));
        let new = NewSession {
            token: &token,
            subject: bob,
            site: Site::Portal(PortalId(1)),
            method: SignInMethod::Link,
            address: None,
            user_agent: None,
            expires_at,
        };
        let mut tx = world.db.begin().await.unwrap();
        sessions::insert(&mut tx, new, expires_at).await.unwrap();
        tx.commit().await.unwrap();
        let stays = change["active"] == true;
        match change {
            Value::Null => ada.delete(&format!("{USERS}/1")).await.ok(),
            change => ada.put_json(&format!("{USERS}/1"), change).await.ok(),
        };
        let left = sessions::list(&world.db, bob, Page::default()).await.unwrap().total;
        assert_eq!(left > 0, stays, "{number}");
    }
}

#[tokio::test]
async fn many_are_invited_or_none() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    let path = format!("{USERS}/invitations");
    let invite = async |invitations: Value| {
        ada.post(&path, json!({ "api_portal_id": 1, "invitations": invitations })).await
    };
    let both = json!([{ "email": "a@example.com", "name": "A" }, { "email": "b@example.com" }]);
    let made = invite(both).await.ok();
    assert_eq!((&made["data"][0]["name"], &made["data"][1]["email"]), (&json!("A"), &json!("b@example.com")));
    let again = json!([{ "email": "c@example.com" }, { "email": "A@example.com" }]);
    assert_snapshot!(invite(again).await.problem(), @"409 email `A@example.com` is a user of this portal already; change that one");
    assert_eq!(ada.get(USERS).await.ok()["count"], 2);
    assert_snapshot!(invite(json!([])).await.problem(), @"400 invitations must have 1 to 100 items");
    assert_snapshot!(invite(json!([1])).await.problem(), @"400 invitations has an item 1, which must be an object with `email`");
    assert_snapshot!(invite(json!([{ "email": "x", "api_client_ids": [9] }])).await.problem(), @"400 email is not an e-mail address; write it as `name@example.com`");
    assert_snapshot!(invite(json!([{ "email": "x@example.com", "api_client_ids": [9] }])).await.problem(), @"404 api_client_ids has 9, which is no client here; `GET /api/v2/api_clients` lists them");
    let elsewhere = json!({ "api_portal_id": 9, "email": "x@example.com" });
    assert_snapshot!(ada.post(USERS, elsewhere).await.problem(), @"404 api_portal_id is 9, which is no portal here; `GET /api/v2/api_portals` lists them");
}

#[tokio::test]
async fn a_client_is_handed_over_by_its_address() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    let client =
        json!({ "name": "Store", "auth_type": "token", "api_portal_id": 1, "email": "bob@example.com" });
    ada.post("/api/v2/api_clients", client).await.ok();
    let users = async || ada.get(USERS).await.ok()["data"].clone();
    let bob = users().await;
    assert_eq!((&bob[0]["email"], &bob[0]["api_client_ids"]), (&json!("bob@example.com"), &json!([2])));

    // A second client of the same person is no second invitation.
    let depot =
        json!({ "name": "Depot", "auth_type": "token", "api_portal_id": 1, "email": "BOB@example.com" });
    ada.post("/api/v2/api_clients", depot).await.ok();
    assert_eq!(users().await[0]["api_client_ids"], json!([2, 3]));
    assert_eq!(mails(&world, &ada).await.len(), 1);

    // The address in other letters is the same one.
    ada.put_json("/api/v2/api_clients/2", json!({ "email": "Bob@Example.com" })).await.ok();
    assert_eq!(users().await.as_array().unwrap().len(), 1);

    ada.put_json("/api/v2/api_clients/2", json!({ "email": "eve@example.com" })).await.ok();
    let both = users().await;
    assert_eq!((&both[0]["api_client_ids"], &both[0]["active"]), (&json!([3]), &json!(true)));
    assert_eq!((&both[1]["email"], &both[1]["api_client_ids"]), (&json!("eve@example.com"), &json!([2])));
    ada.put_json("/api/v2/api_clients/3", json!({ "email": "eve@example.com" })).await.ok();
    let both = users().await;
    assert_eq!((&both[0]["api_client_ids"], &both[0]["active"]), (&json!([]), &json!(false)));
    assert_eq!(both[1]["api_client_ids"], json!([2, 3]));
    // Back again: who was shut out is invited anew.
    ada.put_json("/api/v2/api_clients/3", json!({ "email": "bob@example.com" })).await.ok();
    assert_eq!(users().await[0]["active"], true);
    let expected = ["bob@example.com", "eve@example.com", "bob@example.com"];
    assert_eq!(mails(&world, &ada).await, expected.map(|to| format!("{to}: You are invited to IDEA")));
}

#[tokio::test]
async fn a_wish_is_approved_and_the_client_may_call() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    ada.post(MEMBERS, json!({ "email": "grace@example.com", "role": "admin" })).await.ok();
    let bob = json!({ "api_portal_id": 1, "email": "bob@example.com", "api_client_ids": [1] });
    ada.post(USERS, bob).await.ok();
    let bob = developer(&world, &ada, 1).await;
    world.actions.request_access(&bob, wish(" To sell. ")).await.unwrap();
    let again = world.actions.request_access(&bob, wish("Now!")).await.unwrap_err();
    assert_snapshot!(again, @"this API client has a pending request for this API collection; wait until it is decided");
    assert_eq!(mails(&world, &ada).await[0], "grace@example.com: Shop asks for Quotes");
    let listed = ada.get(&format!("{REQUESTS}?state=pending&api_portal_id=1&api_client_id=1")).await;
    assert_snapshot!(listed, @r#"
    200 {
      "data": [
        {
          "id": 1,
          "state": "pending",
          "api_portal_id": 1,
          "portal_user": {
            "id": 1,
            "email": "bob@example.com"
          },
          "api_client": {
            "id": 1,
            "name": "Shop"
          },
          "api_collection": {
            "id": 1,
            "name": "Quotes",
            "version": "1.0"
          },
          "reason": "To sell.",
          "note": null,
          "decided_by": null,
          "created_at": "2025-02-11T19:06:51.748-08:00",
          "decided_at": null
        }
      ],
      "count": 1,
      "page": 1,
      "per_page": 100
    }
    "#);
    let before = store::changes::latest(&world.db).await.unwrap();
    let decided = ada.put_json(&format!("{REQUESTS}/1/approve"), json!({ "note": "Welcome." })).await.ok();
    assert_eq!(
        (&decided["data"]["state"], &decided["data"]["note"], &decided["data"]["decided_by"]),
        (&json!("approved"), &json!("Welcome."), &json!("admin"))
    );
    let changes = store::changes::since(&world.db, before, 10).await.unwrap();
    assert_eq!((changes[0].kind, changes[0].id), (model::ChangeKind::Client, 1));
    let client = ada.get("/api/v2/api_clients/1").await.ok();
    assert_eq!(client["data"]["api_collections"], json!([{ "id": 1, "name": "Quotes" }]));
    assert_eq!(mails(&world, &ada).await[0], "bob@example.com: Shop may call Quotes");
    assert_snapshot!(ada.put_json(&format!("{REQUESTS}/1/reject"), json!({})).await.problem(), @"422 this access request was approved already");
    let again = world.actions.request_access(&bob, wish("More")).await.unwrap_err();
    assert_snapshot!(again, @"this API client may call this API collection already");

    let log = ada.get("/api/activity_logs?event_type=access_request.created").await.ok();
    let line = &log["data"][0];
    assert_eq!(
        (&line["user"]["kind"], &line["user"]["name"], &line["details"]["request"]["ip_address"]),
        (&json!("portal_user"), &json!("bob@example.com"), &json!("198.51.100.4"))
    );
    assert_eq!(line["details"]["request"]["user_agent"], "Firefox");
    assert_eq!(line["user"]["email"], "bob@example.com");
}

#[tokio::test]
async fn a_wish_is_rejected_and_may_be_made_again_or_is_granted_at_once() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    let bob = json!({ "api_portal_id": 1, "email": "bob@example.com", "api_client_ids": [1] });
    ada.post(USERS, bob).await.ok();
    let bob = developer(&world, &ada, 1).await;
    world.actions.request_access(&bob, wish("To sell")).await.unwrap();
    let no = ada.put_json(&format!("{REQUESTS}/1/reject"), json!({ "note": "Say more." })).await.ok();
    assert_eq!(no["data"]["state"], "rejected");
    assert_eq!(mails(&world, &ada).await[0], "bob@example.com: Your request for Quotes was rejected");

    let published = "/api/portico/v1/api_portals/1/api_collections/1";
    ada.put_json(published, json!({ "auto_approve": true })).await.ok();
    let granted = world.actions.request_access(&bob, wish("To sell, to the north")).await.unwrap();
    assert_eq!((granted.request.state.as_str(), granted.request.decided_by), ("approved", None));
    let client = ada.get("/api/v2/api_clients/1").await.ok();
    assert_eq!(client["data"]["api_collections"][0]["id"], 1);
    let all = ada.get(REQUESTS).await.ok();
    assert_eq!((&all["data"][0]["id"], &all["count"]), (&json!(2), &json!(2)));
    assert_eq!(ada.get(&format!("{REQUESTS}/2")).await.ok()["data"], all["data"][0]);
}

#[tokio::test]
async fn what_an_admin_assigns_settles_what_was_asked_for() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    let bob = json!({ "api_portal_id": 1, "email": "bob@example.com", "api_client_ids": [1] });
    ada.post(USERS, bob).await.ok();
    let bob = developer(&world, &ada, 1).await;
    world.actions.request_access(&bob, wish("To sell")).await.unwrap();
    ada.put_json("/api/v2/api_clients/1", json!({ "api_collection_ids": [1] })).await.ok();
    assert_eq!(ada.get(&format!("{REQUESTS}/1")).await.ok()["data"]["state"], "approved");
}

#[tokio::test]
async fn a_portal_user_does_what_concerns_the_own_clients_and_nothing_else() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    ada.post("/api/v2/api_clients", json!({ "name": "Other", "auth_type": "token" })).await.ok();
    let bob = json!({ "api_portal_id": 1, "email": "bob@example.com", "api_client_ids": [1] });
    ada.post(USERS, bob).await.ok();
    let bob = developer(&world, &ada, 1).await;
    let draft = || actions::KeyDraft {
        name: "A".to_owned(),
        active: true,
        rules: model::IpRules::default(),
        policy: None,
        expires_at: None,
    };
    let issued = world.actions.create_key(&bob, ClientId(1), draft()).await.unwrap();
    world.actions.refresh_key(&bob, ClientId(1), issued.key.id, 0).await.unwrap();
    world.actions.disable_key(&bob, ClientId(1), issued.key.id).await.unwrap();
    world.actions.delete_key(&bob, ClientId(1), issued.key.id).await.unwrap();
    // How often they may call is for those who publish to say.
    let policy = json!({ "name": "Fast", "rate_limit": { "requests": 1000, "per": "second" } });
    ada.post("/api/portico/v1/api_policies", policy).await.ok();
    let fast = actions::KeyDraft { policy: Some(model::id::PolicyId(1)), ..draft() };
    assert!(world.actions.create_key(&bob, ClientId(1), fast).await.is_err());
    let own = world.actions.create_key(&bob, ClientId(1), draft()).await.unwrap().key.id;
    let faster = actions::KeyPatch { policy: Some(Some(model::id::PolicyId(1))), ..Default::default() };
    assert!(world.actions.update_key(&bob, ClientId(1), own, faster).await.is_err());
    let unlimited = actions::KeyPatch { policy: Some(None), ..Default::default() };
    assert!(world.actions.update_key(&bob, ClientId(1), own, unlimited).await.is_err());
    let other = world.actions.create_key(&bob, ClientId(2), draft()).await.unwrap_err();
    assert_snapshot!(other, @"there is no such API client");
    let other = AccessRequestDraft { client: ClientId(2), ..wish("Mine") };
    assert_snapshot!(world.actions.request_access(&bob, other).await.unwrap_err(), @"there is no such API client");
    assert_snapshot!(world.actions.request_access(&bob, wish(" ")).await.unwrap_err(), @"reason can't be blank; say what you will use it for");
    assert_snapshot!(world.actions.request_access(&bob, wish(&"x".repeat(2_001))).await.unwrap_err(), @"reason is too long; use at most 2000 characters");
    assert!(world.actions.delete_client(&bob, ClientId(1)).await.is_err());
    assert!(world.actions.approve_access(&bob, model::id::AccessRequestId(1), None).await.is_err());
    assert!(world.actions.request_access(&ada.actor, wish("As an admin")).await.is_err());

    // What is not published, or only to those who have it, is not there to be asked for.
    let published = "/api/portico/v1/api_portals/1/api_collections/1";
    ada.put_json(published, json!({ "visibility": "assigned" })).await.ok();
    assert_snapshot!(world.actions.request_access(&bob, wish("It")).await.unwrap_err(), @"there is no such API collection");
    ada.delete(published).await.ok();
    assert_snapshot!(world.actions.request_access(&bob, wish("It")).await.unwrap_err(), @"there is no such API collection");
    // Whoever is deactivated does nothing any more.
    ada.put_json(&format!("{USERS}/1"), json!({ "active": false })).await.ok();
    assert!(world.actions.create_key(&bob, ClientId(1), draft()).await.is_err());
}

#[tokio::test]
async fn members_are_invited_changed_and_removed_and_an_owner_stays() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    // As long as there is no owner an admin makes the first one.
    let made = ada.post(MEMBERS, json!({ "email": "grace@example.com", "role": "owner" })).await;
    assert_snapshot!(made, @r#"
    200 {
      "data": {
        "id": 1,
        "name": "",
        "email": "grace@example.com",
        "role": "owner",
        "state": "invited",
        "invited_at": "2025-02-11T19:06:51.748-08:00",
        "created_at": "2025-02-11T19:06:51.748-08:00",
        "updated_at": "2025-02-11T19:06:51.748-08:00"
      }
    }
    "#);
    assert_eq!(
        mails(&world, &ada).await,
        ["grace@example.com: You are invited to The main workspace on Portico"]
    );
    for (method, path, body) in [
        ("POST", MEMBERS.to_owned(), json!({ "email": "eve@example.com", "role": "owner" })),
        ("PUT", format!("{MEMBERS}/1"), json!({ "role": "viewer" })),
        ("PUT", format!("{MEMBERS}/1"), json!({ "suspended": true })),
        ("DELETE", format!("{MEMBERS}/1"), json!({})),
    ] {
        let answer = ada.send(method, &path, body.to_string()).await;
        assert_eq!(
            answer.problem(),
            "422 only an owner of the workspace can make owners, or change and remove them; ask one",
            "{method} {path}"
        );
    }
    let grace = store::members::find(&world.db, ada.actor.workspace.id, model::id::MemberId(1)).await;
    let grace = Actor::member(ada.actor.workspace.clone(), &grace.unwrap().unwrap(), Whence::default());
    let last = world.actions.remove_member(&grace, model::id::MemberId(1)).await.unwrap_err();
    assert_snapshot!(last, @"this is the last owner of the workspace; make somebody else an owner first");

    let bob = ada.post(MEMBERS, json!({ "email": "bob@example.com", "name": "Bob", "role": "viewer" })).await;
    assert_eq!(bob.ok()["data"]["id"], 2);
    assert_snapshot!(ada.post(MEMBERS, json!({ "email": "BOB@example.com", "role": "viewer" })).await.problem(), @"409 email `BOB@example.com` is a member already; change that one");
    assert_snapshot!(ada.post(MEMBERS, json!({ "email": "x", "role": "boss" })).await.problem(), @"400 role must be one of `owner`, `admin`, `publisher`, `viewer`");
    let suspended = ada.put_json(&format!("{MEMBERS}/2"), json!({ "suspended": true })).await.ok();
    assert_eq!(suspended["data"]["state"], "suspended");
    assert_snapshot!(ada.post(&format!("{MEMBERS}/2/invitation"), json!({})).await.problem(), @"422 this member is suspended and could not sign in; let them in first");
    let changed = json!({ "suspended": false, "role": "publisher" });
    let changed = ada.put_json(&format!("{MEMBERS}/2"), changed).await.ok();
    assert_eq!(
        (&changed["data"]["state"], &changed["data"]["role"]),
        (&json!("invited"), &json!("publisher"))
    );
    ada.post(&format!("{MEMBERS}/2/invitation"), json!({})).await.ok();

    let patch = actions::MemberPatch { role: Some(MemberRole::Owner), suspended: None };
    world.actions.update_member(&grace, model::id::MemberId(2), patch).await.unwrap();
    world.actions.remove_member(&grace, model::id::MemberId(1)).await.unwrap();
    let listed = ada.get(MEMBERS).await.ok();
    assert_eq!((&listed["data"][0]["role"], &listed["count"]), (&json!("owner"), &json!(1)));
    assert_snapshot!(ada.get(&format!("{MEMBERS}/1")).await.problem(), @"404 Not found: there is no such member");
}

#[tokio::test]
async fn the_settings_of_a_portal_fit_together() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    let path = "/api/portico/v1/api_portals/1/settings";
    let put = async |body: Value| ada.put_json(path, body).await;
    assert_snapshot!(ada.get(path).await, @r#"
    200 {
      "data": {
        "magic_link": true,
        "password": false,
        "sso": false,
        "oidc": null,
        "jit": null
      }
    }
    "#);
    assert_snapshot!(put(json!({ "magic_link": false })).await.problem(), @"400 magic_link or password or sso must be true, or nobody could sign in");
    assert_snapshot!(put(json!({ "sso": true })).await.problem(), @"400 sso needs an identity provider; give oidc");
    assert_snapshot!(put(json!({ "oidc": { "issuer": "http://id.example.com" } })).await.problem(), @"400 oidc.issuer must be an `https` URL without user and fragment; oidc.client_id can't be blank; oidc.client_secret can't be blank");
    assert_snapshot!(put(json!({ "jit": { "auth_type": "jwt" } })).await.problem(), @"400 jit.auth_type must be `token` or `oauth2`: nobody is there to give a client its keys; jit.enabled needs single sign-on; set sso to true, or this to false");
    let oidc =
        json!({ "issuer": "https://id.example.com", "client_id": "portal", "client_secret": "hush-hush" });
    let saved =
        put(json!({ "sso": true, "password": true, "oidc": oidc, "jit": { "auth_type": "token" } })).await;
    assert!(!saved.text.contains("hush"));
    assert_eq!(
        saved.ok()["data"]["jit"],
        json!({ "enabled": true, "auth_type": "token", "api_policy_id": null })
    );
    assert_snapshot!(put(json!({ "jit": { "auth_type": "oauth2" } })).await.problem(), @"422 jit.auth_type cannot change once it is saved, as clients were made with it");
    assert_snapshot!(put(json!({ "oidc": { "issuer": "https://other.example.com" } })).await.problem(), @"400 oidc.client_secret can't be blank");
    assert_snapshot!(put(json!({ "jit": { "api_policy_id": 9 } })).await.problem(), @"404 api_policy_id is 9, which is no policy here; `GET /api/portico/v1/api_policies` lists them");
    let policy = json!({ "name": "Slow", "rate_limit": { "requests": 1, "per": "minute" } });
    ada.post("/api/portico/v1/api_policies", policy).await.ok();
    put(json!({ "jit": { "api_policy_id": 1 } })).await.ok();
    assert_eq!(ada.delete("/api/portico/v1/api_policies/1").await.status.as_u16(), 422);
    let kept = put(json!({ "oidc": { "client_id": "renamed" }, "jit": { "enabled": false } })).await.ok();
    assert_eq!(kept["data"]["oidc"], json!({ "issuer": "https://id.example.com", "client_id": "renamed" }));
    let forgotten = put(json!({ "sso": false, "oidc": null, "jit": { "api_policy_id": null } })).await.ok();
    assert_eq!((&forgotten["data"]["oidc"], &forgotten["data"]["password"]), (&json!(null), &json!(true)));
    let log = ada.get("/api/activity_logs?event_type=portal.updated").await;
    assert!(log.status.is_success() && !log.text.contains("hush"), "{}", log.text);
}

#[tokio::test]
async fn what_a_portal_publishes_is_listed_and_withdrawn() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    let path = "/api/portico/v1/api_portals/1/api_collections";
    let listed = ada.get(path).await.ok();
    let ordinary = json!({ "api_collection_id": 1, "visibility": "everyone", "auto_approve": false });
    assert_eq!((&listed["data"], &listed["count"]), (&json!([ordinary]), &json!(1)));
    ada.post("/api/api_collections", json!({ "name": "Orders" })).await.ok();
    let body = json!({ "visibility": "assigned", "auto_approve": true });
    let made = ada.put_json(&format!("{path}/2"), body.clone()).await.ok();
    assert_eq!(
        (&made["data"]["visibility"], &made["data"]["auto_approve"]),
        (&json!("assigned"), &json!(true))
    );
    // The whole list keeps what each has.
    ada.put_json("/api/portico/v1/api_portals/1", json!({ "api_collection_ids": [2] })).await.ok();
    let listed = ada.get(path).await.ok();
    assert_eq!(
        listed["data"],
        json!([{ "api_collection_id": 2, "visibility": "assigned", "auto_approve": true }])
    );
    ada.delete(&format!("{path}/2")).await.ok();
    assert_snapshot!(ada.delete(&format!("{path}/2")).await.problem(), @"404 Not found: there is no such API collection in this portal");
    assert_snapshot!(ada.put_json(&format!("{path}/9"), json!({})).await.problem(), @"404 Not found: there is no such API collection");
    assert_snapshot!(ada.put_json(&format!("{path}/1"), json!({ "visibility": "me" })).await.problem(), @"400 visibility must be one of `everyone`, `assigned`");
}

#[tokio::test]
async fn pages_of_a_portal_are_made_changed_and_deleted() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    stage(&ada).await;
    let path = "/api/portico/v1/api_portals/1/pages";
    let made = ada.post(path, json!({ "slug": "Terms", "title": "Terms", "content": "# Terms" })).await.ok();
    assert_eq!((&made["data"]["slug"], &made["data"]["position"]), (&json!("terms"), &json!(1)));
    let second = json!({ "slug": "guide", "title": "Guide", "content": "Go.", "position": 0 });
    ada.post(path, second).await.ok();
    let listed = ada.get(path).await.ok();
    assert_eq!((&listed["data"][0]["id"], &listed["count"]), (&json!(2), &json!(2)));
    assert_snapshot!(ada.post(path, json!({ "slug": "terms", "title": "T", "content": "" })).await.problem(), @"409 slug `terms` is taken by another page of this portal; choose another one");
    assert_snapshot!(ada.post(path, json!({ "slug": "a/b", "title": " ", "content": "", "position": -1 })).await.problem(), @"400 slug must be 1 to 63 letters, digits and hyphens, and neither begin nor end with a hyphen; title can't be blank; position must be 0 to 1000000");
    let changed = ada.put_json(&format!("{path}/1"), json!({ "content": "Be kind." })).await.ok();
    assert_eq!(
        (&changed["data"]["content"], &changed["data"]["title"]),
        (&json!("Be kind."), &json!("Terms"))
    );
    assert_eq!(ada.get(&format!("{path}/1")).await.ok(), changed);
    ada.delete(&format!("{path}/1")).await.ok();
    assert_snapshot!(ada.get(&format!("{path}/1")).await.problem(), @"404 Not found: there is no such page of this portal");
}

#[tokio::test]
async fn nothing_of_it_crosses_a_workspace_and_viewers_change_nothing() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    let eve = world.admin("other").await;
    stage(&ada).await;
    let bob = json!({ "api_portal_id": 1, "email": "bob@example.com", "api_client_ids": [1] });
    ada.post(USERS, bob.clone()).await.ok();
    let developer = developer(&world, &ada, 1).await;
    world.actions.request_access(&developer, wish("To sell")).await.unwrap();
    ada.post(MEMBERS, json!({ "email": "grace@example.com", "role": "admin" })).await.ok();
    let page = json!({ "slug": "terms", "title": "Terms", "content": "" });
    ada.post("/api/portico/v1/api_portals/1/pages", page.clone()).await.ok();
    let connection = json!({ "name": "Backend", "base_url": "http://backend.example.com" });
    ada.post("/api/portico/v1/connections", connection.clone()).await.ok();
    for path in [USERS, REQUESTS, MEMBERS, "/api/portico/v1/connections"] {
        assert_eq!(eve.get(path).await.ok()["count"], 0, "{path}");
        assert_ne!(ada.get(path).await.ok()["count"], 0, "{path}");
    }
    let token = world.token(&ada.actor, "viewer", Role::Viewer).await;
    let viewer = Somebody { world: &world, token, actor: ada.actor.clone() };
    let portal = "/api/portico/v1/api_portals/1";
    let settings = json!({ "password": true });
    for (method, path, body) in [
        ("GET", format!("{USERS}/1"), json!({})),
        ("PUT", format!("{USERS}/1"), json!({ "active": false })),
        ("DELETE", format!("{USERS}/1"), json!({})),
        ("POST", format!("{USERS}/1/invitation"), json!({})),
        ("GET", format!("{REQUESTS}/1"), json!({})),
        ("PUT", format!("{REQUESTS}/1/approve"), json!({})),
        ("PUT", format!("{REQUESTS}/1/reject"), json!({})),
        ("GET", format!("{MEMBERS}/1"), json!({})),
        ("PUT", format!("{MEMBERS}/1"), json!({ "suspended": true })),
        ("DELETE", format!("{MEMBERS}/1"), json!({})),
        ("POST", format!("{MEMBERS}/1/invitation"), json!({})),
        ("GET", format!("{portal}/settings"), json!({})),
        ("PUT", format!("{portal}/settings"), settings),
        ("GET", format!("{portal}/api_collections"), json!({})),
        ("PUT", format!("{portal}/api_collections/1"), json!({})),
        ("DELETE", format!("{portal}/api_collections/1"), json!({})),
        ("GET", format!("{portal}/pages"), json!({})),
        ("POST", format!("{portal}/pages"), page),
        ("GET", format!("{portal}/pages/1"), json!({})),
        ("PUT", format!("{portal}/pages/1"), json!({ "title": "Mine" })),
        ("DELETE", format!("{portal}/pages/1"), json!({})),
        ("PUT", format!("{portal}/logo"), json!({})),
        ("DELETE", format!("{portal}/logo"), json!({})),
        ("PUT", "/api/portico/v1/api_clients/1/logo".to_owned(), json!({})),
        ("DELETE", "/api/portico/v1/api_clients/1/logo".to_owned(), json!({})),
        ("GET", "/api/portico/v1/connections/1".to_owned(), json!({})),
        ("PUT", "/api/portico/v1/connections/1".to_owned(), json!({ "name": "Mine" })),
        ("DELETE", "/api/portico/v1/connections/1".to_owned(), json!({})),
    ] {
        let answer = eve.send(method, &path, body.to_string()).await;
        assert_eq!(answer.status.as_u16(), 404, "{method} {path}: {}", answer.text);
        let answer = viewer.send(method, &path, body.to_string()).await;
        let expected = if method == "GET" { 200 } else { 401 };
        assert_eq!(answer.status.as_u16(), expected, "{method} {path}: {}", answer.text);
    }
    for (path, body) in [
        (USERS, bob),
        (MEMBERS, json!({ "email": "mallory@example.com", "role": "viewer" })),
        ("/api/portico/v1/connections", connection),
    ] {
        let answer = viewer.post(path, body).await;
        assert_eq!(answer.status.as_u16(), 401, "{path}");
    }
    let answer = viewer.put_json("/api/portico/v1/workspace", json!({ "name": "Mine" })).await;
    assert_eq!(answer.status.as_u16(), 401);
    // A publisher manages developers, and not those who administer.
    let token = world.token(&ada.actor, "publisher", Role::Publisher).await;
    let publisher = Somebody { world: &world, token, actor: ada.actor.clone() };
    publisher.put_json(&format!("{REQUESTS}/1/approve"), json!({})).await.ok();
    let answer = publisher.put_json(&format!("{MEMBERS}/1"), json!({ "suspended": true })).await;
    assert_eq!(answer.status.as_u16(), 401);
}
