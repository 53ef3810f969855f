use actions::{Place, Whence, Wish};
use jiff::SignedDuration;
use model::page::Page;

use crate::world::{EMAIL, World, a_portal, a_user};

#[tokio::test]
async fn a_session_is_good_in_its_own_portal_alone() {
    let world = World::new().await;
    let other = a_portal(&world.actions, &world.actor(), "other").await;
    a_user(&world.db, &other, EMAIL).await;
    let signed_in = world.sign_in().await;
    let token = signed_in.token.expose();
    assert!(world.knows(token).await);
    assert!(world.actions.developer(&other, token).await.unwrap().is_none());
    assert!(world.actions.operator(token).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_in_any_case() {
    let world = World::new().await;
    let signed_in = world.sign_in().await;
    for _ in 0..27 {
        world.wait(SignedDuration::from_hours(12));
        assert!(world.knows(signed_in.token.expose()).await, "it is used every twelve hours");
    }
    world.wait(SignedDuration::from_hours(12));
    assert!(!world.knows(signed_in.token.expose()).await, "two weeks are over");
    let signed_in = world.sign_in().await;
    world.wait(SignedDuration::from_hours(24));
    assert!(!world.knows(signed_in.token.expose()).await, "a day without use");
    world.wait(SignedDuration::from_secs(1));
    assert_eq!(world.actions.sweep_identity().await.unwrap(), 2);
}

#[tokio::test]
async fn signing_in_gives_another_token_and_ends_what_the_browser_held() {
    let world = World::new().await;
    let first = world.sign_in().await;
    let token = world.link(Wish::SignIn).await;
    let held = Some(first.token.expose());
    let second = world.actions.use_link(world.place(), &token, None, &Whence::default(), held).await.unwrap();
    assert_ne!(first.token.expose(), second.token.expose());
    assert!(!world.knows(first.token.expose()).await);
    assert!(world.knows(second.token.expose()).await);
    // A token that somebody else planted stays worthless.
    let planted = "f".repeat(64);
    let token = world.link(Wish::SignIn).await;
    let place = world.place();
    let third =
        world.actions.use_link(place, &token, None, &Whence::default(), Some(&planted)).await.unwrap();
    assert_ne!(third.token.expose(), planted);
    assert!(!world.knows(&planted).await);
}

#[tokio::test]
async fn people_end_their_own_sessions_and_no_others() {
    let world = World::new().await;
    let stranger = a_user(&world.db, &world.portal, "bob@example.test").await;
    let (one, two) = (world.sign_in().await, world.sign_in().await);
    let bob = "bob@example.test";
    world.actions.request_link(world.place(), Wish::SignIn, bob, None, &Whence::default()).await.unwrap();
    let token = world.token().await;
    let theirs = world.follow(&token).await.unwrap();
    let developer = world.actions.developer(&world.portal, one.token.expose()).await.unwrap().unwrap();
    let place = Place::Portal(&world.portal);
    let whence = Whence::default();
    let end = async |id| world.actions.end_session(place, &developer.session, id, &whence).await;
    assert!(end(theirs.session).await.is_err());
    assert!(world.knows(theirs.token.expose()).await);
    let listed = world.actions.sessions(&developer.session, Page::default()).await.unwrap();
    assert_eq!(listed.rows.iter().map(|session| session.id).collect::<Vec<_>>(), [two.session, one.session]);

    assert_eq!(world.actions.end_other_sessions(place, &developer.session, &whence).await.unwrap(), 1);
    assert!(!world.knows(two.token.expose()).await && world.knows(one.token.expose()).await);
    end(one.session).await.unwrap();
    assert!(!world.knows(one.token.expose()).await);
    assert_eq!(stranger.email, bob);
}
