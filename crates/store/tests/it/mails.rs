use jiff::SignedDuration;
use model::id::MailId;
use model::mail::{MailKind, MailState, MailText};
use model::page::Page;
use model::workspace::Workspace;
use store::Db;
use store::mails::{self, NewMail, Outcome};

use crate::make::a_workspace;
use crate::support::{LATER, NOON, databases, within};

fn text() -> MailText {
    MailText {
        text: "Sign in: http://idea.localhost/x".to_owned(),
        html: "<a href=\"http://idea.localhost/x\">Sign in</a>".to_owned(),
        logo: None,
        link: Some("http://idea.localhost/x".to_owned()),
    }
}

async fn a_mail(db: &Db, at: &Workspace, recipient: &str) -> MailId {
    let new = NewMail {
        workspace: at.id,
        portal: None,
        kind: MailKind::SignIn,
        recipient,
        subject: "Sign in",
        text: &text(),
        expires_at: Some(LATER),
    };
    within(db, async |tx| mails::insert(tx, new, NOON).await).await
}

#[tokio::test]
async fn a_mail_is_taken_once_and_its_text_is_forgotten_when_it_is_sent() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let id = a_mail(&db, &at, "ada@example.test").await;
        assert_eq!(mails::text(&*db, id).await.unwrap(), Some(text()));
        let kept = db.texts("select body from mails").await;
        assert!(!kept[0].contains("localhost"), "the text is sealed");
        assert_eq!(mails::next_due(&*db).await.unwrap(), Some(NOON));

        let again_at = NOON + SignedDuration::from_mins(5);
        let taken = within(&db, async |tx| mails::take(tx, NOON, again_at).await).await.unwrap();
        assert_eq!((taken.id, taken.attempts, taken.state), (id, 1, MailState::Waiting));
        assert_eq!(within(&db, async |tx| mails::take(tx, NOON, again_at).await).await, None);
        // Whoever took it has ended without a word.
        let taken = within(&db, async |tx| mails::take(tx, again_at, LATER).await).await.unwrap();
        assert_eq!(taken.attempts, 2);

        within(&db, async |tx| mails::finish(tx, id, Outcome::Sent, LATER).await).await;
        let found = mails::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!((found.state, found.sent_at), (MailState::Sent, Some(LATER)));
        assert_eq!(mails::text(&*db, id).await.unwrap(), None);
        assert_eq!(mails::next_due(&*db).await.unwrap(), None);
        assert_eq!(mails::find(&*db, other.id, id).await.unwrap(), None);
        assert_eq!(mails::list(&*db, other.id, Page::default()).await.unwrap().total, 0);
        assert_eq!(mails::list(&*db, at.id, Page::default()).await.unwrap().rows, [found]);
    }
}

#[tokio::test]
async fn what_failed_waits_is_given_up_and_can_be_tried_again() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let id = a_mail(&db, &at, "ada@example.test").await;
        let state = async || mails::find(&*db, at.id, id).await.unwrap().unwrap().state;
        within(&db, async |tx| mails::take(tx, NOON, LATER).await).await;
        let again_at = NOON + SignedDuration::from_secs(30);
        within(&db, async |tx| mails::finish(tx, id, Outcome::Later("busy", again_at), NOON).await).await;
        assert_eq!(state().await, MailState::Waiting);
        assert_eq!(mails::next_due(&*db).await.unwrap(), Some(again_at));
        assert!(!within(&db, async |tx| mails::retry(tx, id, NOON).await).await);

        within(&db, async |tx| mails::finish(tx, id, Outcome::GivenUp("no such box"), NOON).await).await;
        assert_eq!(state().await, MailState::Failed);
        assert_eq!(mails::failures(&*db, at.id).await.unwrap(), 1);
        assert!(within(&db, async |tx| mails::retry(tx, id, NOON).await).await);
        let found = mails::find(&*db, at.id, id).await.unwrap().unwrap();
        assert_eq!((found.state, found.attempts), (MailState::Waiting, 0));
        assert_eq!(found.error.as_deref(), Some("no such box"));
    }
}

#[tokio::test]
async fn expired_texts_are_forgotten_and_old_mail_goes() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let waiting = a_mail(&db, &at, "ada@example.test").await;
        let shown = a_mail(&db, &at, "bob@example.test").await;
        within(&db, async |tx| mails::finish(tx, shown, Outcome::Shown, NOON).await).await;
        assert_eq!(within(&db, async |tx| mails::sweep(tx, NOON, NOON).await).await, 0);
        assert!(mails::text(&*db, shown).await.unwrap().is_some());

        assert_eq!(within(&db, async |tx| mails::sweep(tx, LATER, NOON).await).await, 2);
        for (id, state) in [(waiting, MailState::Expired), (shown, MailState::Shown)] {
            assert_eq!(mails::find(&*db, at.id, id).await.unwrap().unwrap().state, state);
            assert_eq!(mails::text(&*db, id).await.unwrap(), None);
        }
        assert_eq!(within(&db, async |tx| mails::sweep(tx, LATER, LATER).await).await, 2);
        assert_eq!(mails::list(&*db, at.id, Page::default()).await.unwrap().total, 0);
    }
}
