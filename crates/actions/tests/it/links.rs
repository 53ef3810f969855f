use actions::{LinkView, PasswordField, Place, SignInFault, Whence, Wish};
use jiff::SignedDuration;
use model::identity::LinkPurpose;
use model::portal::SignInMethods;

use crate::world::{EMAIL, World, a_portal, a_user, change_user};

#[tokio::test]
async fn looking_at_a_link_burns_nothing_and_it_works_once() {
    let world = World::new().await;
    let token = world.link(Wish::SignIn).await;
    for _ in 0..3 {
        let seen = world.actions.look_at_link(world.place(), &token, &Whence::default()).await.unwrap();
        let LinkView::Open { purpose, email, password, .. } = seen else { panic!("it works") };
        assert_eq!((purpose, &*email, password), (LinkPurpose::SignIn, EMAIL, PasswordField::Absent));
    }
    let signed_in = world.follow(&token).await.unwrap();
    assert!(world.knows(signed_in.token.expose()).await);
    assert!(matches!(world.follow(&token).await, Err(SignInFault::LinkGone)));
    let seen = world.actions.look_at_link(world.place(), &token, &Whence::default()).await.unwrap();
    assert_eq!(seen, LinkView::Gone);
    assert_eq!(world.deeds().await[0], "ada@example.test session.created");
    let user = store::portal_users::find(&world.db, world.workspace.id, world.user.id).await.unwrap();
    assert!(user.unwrap().last_sign_in_at.is_some());
}

#[tokio::test]
async fn a_link_works_for_fifteen_minutes() {
    let world = World::new().await;
    let (one, two) = (world.link(Wish::SignIn).await, world.link(Wish::SignIn).await);
    world.wait(SignedDuration::from_secs(15 * 60 - 1));
    world.follow(&one).await.unwrap();
    world.wait(SignedDuration::from_secs(1));
    assert!(matches!(world.follow(&two).await, Err(SignInFault::LinkGone)));
}

#[tokio::test]
async fn a_link_works_in_its_own_portal_alone() {
    let world = World::new().await;
    let other = a_portal(&world.actions, &world.actor(), "other").await;
    a_user(&world.db, &other, EMAIL).await;
    let token = world.link(Wish::SignIn).await;
    for place in [Place::Portal(&other), Place::Console] {
        let used = world.actions.use_link(place, &token, None, &Whence::default(), None).await;
        assert!(matches!(used, Err(SignInFault::LinkGone)));
        let seen = world.actions.look_at_link(place, &token, &Whence::default()).await.unwrap();
        assert_eq!(seen, LinkView::Gone);
    }
    world.follow(&token).await.unwrap();
}

#[tokio::test]
async fn an_address_that_nobody_has_gets_the_same_answer_and_no_mail() {
    let world = World::new().await;
    let ask = async |email: &str| {
        world.actions.request_link(world.place(), Wish::SignIn, email, None, &Whence::default()).await
    };
    ask("nobody@example.test").await.unwrap();
    ask("no address at all").await.unwrap();
    ask(" ADA@example.test ").await.unwrap();
    // Whoever is known however the address is written gets mail, and nobody else does.
    let mail = world.mail().await;
    assert_eq!((&*mail.mail.recipient, mail.mail.attempts), (EMAIL, 1));
    let listed =
        store::mails::list(&world.db, world.workspace.id, model::page::Page::default()).await.unwrap();
    assert_eq!(listed.total, 1);
}

#[tokio::test]
async fn asking_again_and_again_is_throttled_whether_anybody_has_the_address_or_not() {
    let world = World::new().await;
    for email in [EMAIL, "nobody@example.test"] {
        let ask = async || {
            world.actions.request_link(world.place(), Wish::SignIn, email, None, &Whence::default()).await
        };
        for _ in 0..3 {
            ask().await.unwrap();
        }
        assert!(matches!(ask().await, Err(SignInFault::Throttled(_))));
    }
    world.wait(SignedDuration::from_mins(2));
    world.actions.request_link(world.place(), Wish::SignIn, EMAIL, None, &Whence::default()).await.unwrap();
}

#[tokio::test]
async fn whoever_is_deactivated_stays_outside() {
    let world = World::new().await;
    let (one, signed_in) = (world.link(Wish::SignIn).await, world.sign_in().await);
    assert!(world.knows(signed_in.token.expose()).await);
    change_user(&world, |user| user.active = false).await;
    assert!(!world.knows(signed_in.token.expose()).await);
    assert!(matches!(world.follow(&one).await, Err(SignInFault::LinkGone)));
}

#[tokio::test]
async fn links_work_only_where_the_portal_says_so() {
    let world = World::new().await;
    let token = world.link(Wish::SignIn).await;
    world.allow(SignInMethods { magic_link: false, password: true, sso: false }).await;
    assert!(matches!(world.follow(&token).await, Err(SignInFault::LinkGone)));
    let asked =
        world.actions.request_link(world.place(), Wish::SignIn, EMAIL, None, &Whence::default()).await;
    assert!(matches!(asked, Err(SignInFault::SwitchedOff)));
}

#[tokio::test]
async fn what_never_was_a_token_is_no_token() {
    let world = World::new().await;
    for token in ["", "x", &"0".repeat(64), &"é".repeat(64), &"0".repeat(65)] {
        assert!(matches!(world.follow(token).await, Err(SignInFault::LinkGone)), "{token}");
        assert!(!world.knows(token).await);
    }
}
