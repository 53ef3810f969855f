use actions::{Addresses, Wish};
use jiff::SignedDuration;
use model::mail::{Mail, MailState};

use crate::world::World;

async fn found(world: &World, mail: &Mail) -> Mail {
    store::mails::find(&world.db, world.workspace.id, mail.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn links_lead_to_the_configured_address_of_the_portal() {
    let mut world = World::new().await;
    let portals = "https://{subdomain}.developers.example.test".to_owned();
    let addresses = Addresses { console: "https://portico.example.test/console".to_owned(), portals };
    world.actions = world.actions.clone().with_addresses(addresses);
    let whence = actions::Whence::default();
    world
        .actions
        .request_link(world.place(), Wish::SignIn, crate::world::EMAIL, None, &whence)
        .await
        .unwrap();
    let mail = world.mail().await;
    let link = mail.text.link.unwrap();
    assert!(link.starts_with("https://idea.developers.example.test/sign-in/link/"), "{link}");
    assert_eq!(mail.mail.subject, "Sign in to The idea portal");
    assert!(mail.text.text.contains(&link) && mail.text.html.contains(&link));
}

#[tokio::test]
async fn what_fails_is_tried_ever_more_rarely_and_then_given_up() {
    let world = World::new().await;
    let (actions, whence) = (&world.actions, actions::Whence::default());
    let member = actions.admit_member(&world.actor(), "root@example.test", None).await.unwrap();
    assert!(member.starts_with("http://127.0.0.1:8090/console/sign-in/link/"));
    actions.request_link(world.place(), Wish::SignIn, crate::world::EMAIL, None, &whence).await.unwrap();
    let mail = world.mail().await.mail;
    let again_at = actions.mail_failed(&mail, "451 try later", true).await.unwrap().unwrap();
    assert!(actions.take_mail().await.unwrap().is_none(), "it is not due yet");
    assert!(actions.next_mail_in().await.unwrap().unwrap().as_secs() > 25);
    world.wait(again_at.duration_since(found(&world, &mail).await.created_at));
    let mail = world.mail().await.mail;
    assert_eq!((mail.attempts, mail.error.as_deref()), (2, Some("451 try later")));

    assert_eq!(actions.mail_failed(&mail, "550 no such box", false).await.unwrap(), None);
    assert_eq!(found(&world, &mail).await.state, MailState::Failed);
    actions.retry_mail(&world.actor(), mail.id).await.unwrap();
    let mail = world.mail().await.mail;
    assert_eq!(mail.attempts, 1);
    actions.mail_sent(mail.id).await.unwrap();
    assert!(actions.retry_mail(&world.actor(), mail.id).await.is_err());
}

#[tokio::test]
async fn a_mail_whose_link_has_expired_is_not_sent() {
    let world = World::new().await;
    let link = world.link(Wish::SignIn).await;
    assert_eq!(link.len(), 64);
    world.wait(SignedDuration::from_mins(15));
    // Whoever took it ended without a word; by now nobody is served by it.
    assert!(world.actions.take_mail().await.unwrap().is_none());
    let listed =
        store::mails::list(&world.db, world.workspace.id, model::page::Page::default()).await.unwrap();
    assert_eq!(listed.rows[0].state, MailState::Expired);
}

#[tokio::test]
async fn the_link_of_a_developer_can_be_shown_with_an_audit_line() {
    let world = World::new().await;
    let whence = actions::Whence::default();
    world
        .actions
        .request_link(world.place(), Wish::SignIn, crate::world::EMAIL, None, &whence)
        .await
        .unwrap();
    let mail = world.mail().await;
    world.actions.mail_shown(mail.mail.id).await.unwrap();
    let link = world.actions.show_mail_link(&world.actor(), mail.mail.id).await.unwrap();
    assert_eq!(Some(link), mail.text.link);
    assert_eq!(world.deeds().await[0], "a test mail.link_shown");
    world.wait(SignedDuration::from_mins(15));
    assert!(world.actions.show_mail_link(&world.actor(), mail.mail.id).await.is_err());
}
