//! `/api/portico/v1/mails`

use insta::assert_snapshot;
use model::access::Role;
use serde_json::json;

use crate::world::{Somebody, World};

const MAILS: &str = "/api/portico/v1/mails";

#[tokio::test]
async fn mail_is_listed_tried_again_and_its_link_handed_over() {
    let world = World::new().await;
    let ada = world.admin("main").await;
    ada.post("/api/portico/v1/api_portals", json!({ "name": "P", "subdomain": "p" })).await.ok();
    let invited = json!({ "api_portal_id": 1, "email": "eve@example.com" });
    ada.post("/api/portico/v1/portal_users", invited).await.ok();
    ada.post("/api/portico/v1/members", json!({ "email": "bob@example.com", "role": "viewer" })).await.ok();
    let list = ada.get(MAILS).await.ok();
    assert_eq!((&list["count"], &list["data"][0]["recipient"]), (&json!(2), &json!("bob@example.com")));
    let path = format!("{MAILS}/1");
    let mail = ada.get(&path).await.ok()["data"].clone();
    assert_eq!(mail, list["data"][1]);
    let told = ["kind", "recipient", "state", "attempts", "error", "api_portal_id", "sent_at"]
        .map(|field| &mail[field]);
    let expected = json!(["invitation", "eve@example.com", "waiting", 0, null, 1, null]);
    assert_eq!(json!(told), expected);

    assert_snapshot!(ada.post(&format!("{path}/retry"), json!({})).await.problem(), @"422 only mail that has failed can be sent again");
    let taken = world.actions.take_mail().await.unwrap().unwrap();
    world.actions.mail_failed(&taken.mail, "550 no such box", false).await.unwrap();
    let failed = ada.get(&path).await.ok()["data"].clone();
    assert_eq!((&failed["state"], &failed["error"]), (&json!("failed"), &json!("550 no such box")));
    assert_eq!(failed["next_attempt_at"], json!(null));
    // What is done once is done once, also if it is sent twice.
    let mut again = ada.request("POST", &format!("{path}/retry"), "");
    again.headers_mut().insert("idempotency-key", "one".parse().unwrap());
    world.send(again).await.ok();
    assert_eq!(ada.get(&path).await.ok()["data"]["state"], "waiting");

    let shown = ada.post(&format!("{path}/link"), json!({})).await.ok();
    assert_eq!(shown["data"]["link"], taken.text.link.unwrap());
    assert_snapshot!(ada.post(&format!("{MAILS}/2/link"), json!({})).await.problem(), @"422 the link of a member is shown on the terminal of the server alone");
    let trail = ada.get("/api/activity_logs").await.ok();
    let deeds = [&trail["data"][0]["event_type"], &trail["data"][1]["event_type"]];
    assert_eq!(deeds, ["mail.link_shown", "mail.retried"]);

    // A link signs in, so only administrators get this far.
    let token = world.token(&ada.actor, "publisher", Role::Publisher).await;
    let publisher = Somebody { world: &world, token, actor: ada.actor.clone() };
    assert_eq!(publisher.get(MAILS).await.status.as_u16(), 401);
}
