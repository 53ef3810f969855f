use actions::{LinkView, PasswordField, SignInFault, SignedIn, Whence, Wish};
use jiff::SignedDuration;
use model::mail::MailKind;
use model::portal::SignInMethods;

use crate::world::{EMAIL, PASSWORD, World, change_user};

const WITH_PASSWORDS: SignInMethods = SignInMethods { magic_link: true, password: true, sso: false };

async fn a_world_with_a_password() -> World {
    let world = World::new().await;
    world.allow(WITH_PASSWORDS).await;
    let token = world.link(Wish::NewPassword).await;
    let place = world.place();
    world.actions.use_link(place, &token, Some(PASSWORD), &Whence::default(), None).await.unwrap();
    world
}

async fn enter(world: &World, email: &str, password: &str) -> Result<SignedIn, SignInFault> {
    let whence = Whence::default();
    world.actions.sign_in_with_password(world.place(), (email, password), &whence, None).await
}

#[tokio::test]
async fn a_password_is_chosen_by_mail_and_signs_in() {
    let world = World::new().await;
    world.allow(WITH_PASSWORDS).await;
    let token = world.link(Wish::NewPassword).await;
    let seen = world.actions.look_at_link(world.place(), &token, &Whence::default()).await.unwrap();
    assert!(matches!(seen, LinkView::Open { password: PasswordField::Required, .. }));
    for (password, what) in [(None, "blank"), (Some(""), "blank"), (Some("short"), "at least 12")] {
        let used = world.actions.use_link(world.place(), &token, password, &Whence::default(), None).await;
        let Err(SignInFault::Invalid(faults)) = used else { panic!("it was taken") };
        assert!(faults.to_string().contains(what), "{faults}");
    }
    // What was refused has not used up the link.
    let place = world.place();
    world.actions.use_link(place, &token, Some(PASSWORD), &Whence::default(), None).await.unwrap();
    let signed_in = enter(&world, "Ada@Example.test", PASSWORD).await.unwrap();
    assert!(world.knows(signed_in.token.expose()).await);
    let kept =
        store::identity::passwords::hash(&world.db, model::identity::Subject::PortalUser(world.user.id));
    assert!(kept.await.unwrap().unwrap().starts_with("$argon2id$"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_one_answer() {
    let world = a_world_with_a_password().await;
    for (email, password) in [
        (EMAIL, "another password"),
        ("nobody@example.test", PASSWORD),
        (EMAIL, ""),
        (EMAIL, &*"x".repeat(500)),
    ] {
        assert!(matches!(enter(&world, email, password).await, Err(SignInFault::Mismatch)), "{email}");
    }
    change_user(&world, |user| user.active = false).await;
    assert!(matches!(enter(&world, EMAIL, PASSWORD).await, Err(SignInFault::Mismatch)));
}

#[tokio::test]
async fn guesses_are_throttled_and_the_right_one_too() {
    let world = a_world_with_a_password().await;
    for _ in 0..10 {
        assert!(matches!(enter(&world, EMAIL, "guess after guess").await, Err(SignInFault::Mismatch)));
    }
    assert!(matches!(enter(&world, EMAIL, PASSWORD).await, Err(SignInFault::Throttled(_))));
    world.wait(SignedDuration::from_secs(200));
    enter(&world, EMAIL, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn changing_a_password_ends_other_sessions_and_links_and_is_told_by_mail() {
    let world = a_world_with_a_password().await;
    let (one, two) =
        (enter(&world, EMAIL, PASSWORD).await.unwrap(), enter(&world, EMAIL, PASSWORD).await.unwrap());
    let link = world.link(Wish::SignIn).await;
    let developer = world.actions.developer(&world.portal, one.token.expose()).await.unwrap().unwrap();
    let change = async |current, new| {
        let whence = Whence::default();
        world.actions.change_password(world.place(), &developer.session, (current, new), &whence).await
    };
    let refused = change(Some("not the one"), "quite another one").await;
    assert!(
        matches!(refused, Err(SignInFault::Invalid(faults)) if faults.to_string().contains("current_password"))
    );
    assert!(matches!(change(None, "quite another one").await, Err(SignInFault::Invalid(_))));
    change(Some(PASSWORD), "quite another one").await.unwrap();

    assert!(world.knows(one.token.expose()).await && !world.knows(two.token.expose()).await);
    assert!(matches!(world.follow(&link).await, Err(SignInFault::LinkGone)));
    let mail = world.mail().await;
    assert_eq!((mail.mail.kind, mail.text.link), (MailKind::PasswordChanged, None));
    assert!(matches!(enter(&world, EMAIL, PASSWORD).await, Err(SignInFault::Mismatch)));
    enter(&world, EMAIL, "quite another one").await.unwrap();
}

#[tokio::test]
async fn passwords_are_good_only_where_the_portal_says_so() {
    let world = a_world_with_a_password().await;
    world.allow(SignInMethods::default()).await;
    assert!(matches!(enter(&world, EMAIL, PASSWORD).await, Err(SignInFault::SwitchedOff)));
    let asked =
        world.actions.request_link(world.place(), Wish::NewPassword, EMAIL, None, &Whence::default()).await;
    assert!(matches!(asked, Err(SignInFault::SwitchedOff)));
}
