use jiff::{SignedDuration, Timestamp};
use model::id::{PersonId, PortalId, PortalUserId};
use model::identity::{LinkPurpose, Session, SignInMethod, Site, Subject};
use model::page::Page;
use model::secret::{Secret, SecretKind};
use model::workspace::Workspace;
use store::identity::federated::{self, Secrets, UnderWay};
use store::identity::links::{self, NewLink};
use store::identity::sessions::{self, NewSession};
use store::identity::{self, passwords};
use store::portals::{self, NewPortal};
use store::{Db, settings};

use crate::make::a_workspace;
use crate::support::{Database, LATER, NOON, databases, is_taken, within};

const ADA: Subject = Subject::PortalUser(PortalUserId(1));
/// Another kind of subject with the same id.
const PERSON: Subject = Subject::Person(PersonId(1));

async fn a_portal(db: &Db, at: &Workspace) -> PortalId {
    let new = NewPortal {
        workspace: at.id,
        name: "Idea",
        subdomain: "idea",
        brand_color: "#371093",
        collections: &[],
    };
    within(db, async |tx| portals::insert(tx, new, NOON).await).await
}

async fn a_session(db: &Database, subject: Subject, site: Site) -> Session {
    let token = db.secret(SecretKind::Session);
    let new = NewSession {
        token: &token,
        subject,
        site,
        method: SignInMethod::Link,
        address: Some("203.0.113.7".to_owned()),
        user_agent: Some("Firefox"),
        expires_at: LATER,
    };
    within(db, async |tx| sessions::insert(tx, new, NOON).await).await;
    sessions::by_digest(&**db, token.digest()).await.unwrap().unwrap()
}

fn a_link(
    secret: &Secret,
    purpose: LinkPurpose,
    (subject, site): (Subject, Site),
    expires_at: Timestamp,
) -> NewLink<'_> {
    NewLink { secret, purpose, subject, site, next: Some("/apis/idea"), expires_at }
}

#[tokio::test]
async fn a_link_is_spent_once_and_found_afterwards() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let site = Site::Portal(a_portal(&db, &at).await);
        let secret = db.secret(SecretKind::Session);
        let digest = secret.digest();
        let purpose = LinkPurpose::Invitation;
        within(&db, async |tx| links::insert(tx, a_link(&secret, purpose, (ADA, site), LATER), NOON).await)
            .await;
        let link = links::find(&*db, digest).await.unwrap().unwrap();
        assert_eq!((link.purpose, link.subject, link.site), (purpose, ADA, site));
        assert_eq!(link.next.as_deref(), Some("/apis/idea"));
        assert!(link.is_open(NOON) && !link.is_open(LATER));

        assert!(within(&db, async |tx| links::spend(tx, digest, NOON).await).await);
        assert!(!within(&db, async |tx| links::spend(tx, digest, NOON).await).await);
        assert!(!links::find(&*db, digest).await.unwrap().unwrap().is_open(NOON));
        // What is used up is still known; what is not goes.
        within(&db, async |tx| links::revoke(tx, ADA, None).await).await;
        assert!(links::find(&*db, digest).await.unwrap().is_some());
        let other = db.secret(SecretKind::Session);
        within(&db, async |tx| links::insert(tx, a_link(&other, purpose, (ADA, site), LATER), NOON).await)
            .await;
        within(&db, async |tx| links::revoke(tx, ADA, Some(LinkPurpose::SignIn)).await).await;
        within(&db, async |tx| links::revoke(tx, PERSON, None).await).await;
        assert!(links::find(&*db, other.digest()).await.unwrap().is_some());
        within(&db, async |tx| links::revoke(tx, ADA, Some(purpose)).await).await;
        assert_eq!(links::find(&*db, other.digest()).await.unwrap(), None);
    }
}

#[tokio::test]
async fn sessions_are_listed_used_and_ended() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let site = Site::Portal(a_portal(&db, &at).await);
        let (one, two) = (a_session(&db, ADA, site).await, a_session(&db, ADA, site).await);
        let person = a_session(&db, PERSON, Site::Console).await;
        assert_eq!((one.site, one.subject, one.method), (site, ADA, SignInMethod::Link));
        assert_eq!(one.address.unwrap().to_string(), "203.0.113.7");

        within(&db, async |tx| sessions::touch(tx, two.id, LATER).await).await;
        within(&db, async |tx| sessions::choose(tx, two.id, 9).await).await;
        let listed = sessions::list(&*db, ADA, Page::default()).await.unwrap();
        let two = Session { last_seen_at: LATER, acting_for: Some(9), ..two };
        assert_eq!((listed.rows, listed.total), (vec![two.clone(), one.clone()], 2));

        assert!(!within(&db, async |tx| sessions::end(tx, ADA, person.id).await).await, "it is not hers");
        assert!(within(&db, async |tx| sessions::end(tx, ADA, one.id).await).await);
        let three = a_session(&db, ADA, site).await;
        assert_eq!(within(&db, async |tx| sessions::trim(tx, ADA, 1).await).await, 1);
        assert_eq!(within(&db, async |tx| sessions::end_all(tx, ADA, Some(three.id)).await).await, 0);
        let four = a_session(&db, ADA, site).await;
        assert_eq!(within(&db, async |tx| sessions::end_all(tx, ADA, Some(four.id)).await).await, 1);
        assert_eq!(sessions::list(&*db, ADA, Page::default()).await.unwrap().rows, [four]);
        assert_eq!(sessions::list(&*db, PERSON, Page::default()).await.unwrap().rows, [person]);
    }
}

#[tokio::test]
async fn passwords_are_set_and_everything_is_forgotten_of_who_goes() {
    for db in databases().await {
        within(&db, async |tx| passwords::set(tx, ADA, "one", NOON).await).await;
        within(&db, async |tx| passwords::set(tx, ADA, "two", LATER).await).await;
        assert_eq!(passwords::hash(&*db, ADA).await.unwrap().as_deref(), Some("two"));
        assert_eq!(passwords::hash(&*db, PERSON).await.unwrap(), None);
        within(&db, async |tx| passwords::set(tx, PERSON, "three", LATER).await).await;
        let session = a_session(&db, ADA, Site::Console).await;
        let for_whom = (Site::Console, ADA);
        within(&db, async |tx| federated::link(tx, for_whom, "https://id", "1", None, NOON).await).await;
        within(&db, async |tx| identity::forget(tx, ADA).await).await;
        assert_eq!(passwords::hash(&*db, ADA).await.unwrap(), None);
        assert_eq!(passwords::hash(&*db, PERSON).await.unwrap().as_deref(), Some("three"));
        assert!(!within(&db, async |tx| sessions::end(tx, ADA, session.id).await).await);
        assert_eq!(federated::find(&*db, Site::Console, "https://id", "1").await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_identity_is_of_one_place_one_issuer_and_one_subject() {
    for db in databases().await {
        let site = Site::Portal(PortalId(7));
        let link = async |subject, site, id: &str| {
            within(&db, async |tx| federated::link(tx, (site, subject), "https://id", id, None, NOON).await)
                .await;
        };
        link(ADA, site, "ada").await;
        link(PERSON, Site::Console, "ada").await;
        assert_eq!(federated::find(&*db, site, "https://id", "ada").await.unwrap(), Some(ADA));
        assert_eq!(federated::find(&*db, Site::Console, "https://id", "ada").await.unwrap(), Some(PERSON));
        assert_eq!(federated::find(&*db, site, "https://other", "ada").await.unwrap(), None);
        assert_eq!(federated::find(&*db, site, "https://id", "bob").await.unwrap(), None);
        assert!(federated::is_linked(&*db, ADA, "https://id").await.unwrap());
        assert!(!federated::is_linked(&*db, ADA, "https://other").await.unwrap());
        let again = (site, PERSON);
        assert!(
            is_taken(&db, async |tx| federated::link(tx, again, "https://id", "ada", None, NOON).await).await
        );
    }
}

#[tokio::test]
async fn a_sign_in_under_way_is_taken_once_and_by_its_own_browser() {
    for db in databases().await {
        let (state, browser) = (db.secret(SecretKind::Session), db.secret(SecretKind::Session));
        let stranger: Secret = db.secret(SecretKind::Session);
        let under_way = UnderWay {
            site: Site::Console,
            issuer: "https://id".to_owned(),
            secrets: Secrets { nonce: "the nonce".to_owned(), verifier: "the verifier".to_owned() },
            invitation: Some(stranger.digest()),
            next: Some("/console".to_owned()),
            expires_at: LATER,
        };
        within(&db, async |tx| federated::begin(tx, &state, &browser, &under_way).await).await;
        let sealed = db.texts("select secrets from single_sign_ons").await;
        assert!(!sealed[0].contains("verifier"));
        let take = async |state: &Secret, browser: &Secret| {
            within(&db, async |tx| federated::take(tx, state.digest(), browser.digest()).await).await
        };
        assert!(take(&state, &stranger).await.is_none());
        let taken = take(&state, &browser).await.unwrap();
        assert_eq!((&*taken.secrets.nonce, &*taken.secrets.verifier), ("the nonce", "the verifier"));
        assert_eq!((taken.invitation, taken.next.as_deref()), (under_way.invitation, Some("/console")));
        assert_eq!((taken.site, taken.expires_at), (Site::Console, LATER));
        assert!(take(&state, &browser).await.is_none(), "it works once");
    }
}

#[tokio::test]
async fn what_has_ended_is_swept() {
    for db in databases().await {
        let secret = db.secret(SecretKind::Session);
        let whom = (ADA, Site::Console);
        within(&db, async |tx| {
            links::insert(tx, a_link(&secret, LinkPurpose::SignIn, whom, NOON), NOON).await
        })
        .await;
        a_session(&db, ADA, Site::Console).await;
        let long_ago = NOON - SignedDuration::from_hours(1);
        assert_eq!(within(&db, async |tx| identity::sweep(tx, NOON, NOON, long_ago).await).await, 0);
        let after = LATER + SignedDuration::from_secs(1);
        assert_eq!(within(&db, async |tx| identity::sweep(tx, NOON, NOON, LATER).await).await, 1, "not used");
        a_session(&db, ADA, Site::Console).await;
        assert_eq!(within(&db, async |tx| identity::sweep(tx, after, after, long_ago).await).await, 2);
    }
}

#[tokio::test]
async fn a_setting_is_what_was_written_last() {
    for db in databases().await {
        assert_eq!(settings::find(&*db, "addresses").await.unwrap(), None);
        for value in ["one", "two"] {
            within(&db, async |tx| settings::set(tx, "addresses", value).await).await;
        }
        assert_eq!(settings::find(&*db, "addresses").await.unwrap().as_deref(), Some("two"));
    }
}
