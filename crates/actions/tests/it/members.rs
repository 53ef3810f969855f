use actions::{Actor, Place, PortalUserDraft, SignedIn, Whence, Wish};
use model::people::{MemberRole, MemberState};

use crate::world::World;

async fn enter(world: &World, link: &str) -> SignedIn {
    let (_, token) = link.rsplit_once('/').unwrap();
    world.actions.use_link(Place::Console, token, None, &Whence::default(), None).await.unwrap()
}

#[tokio::test]
async fn the_first_owner_comes_in_by_the_link_of_the_first_start() {
    let world = World::new().await;
    let former = world.actions.first_owner(&world.actor()).await.unwrap().unwrap();
    let link = world.actions.first_owner(&world.actor()).await.unwrap().unwrap();
    let (_, token) = former.rsplit_once('/').unwrap();
    let used = world.actions.use_link(Place::Console, token, None, &Whence::default(), None).await;
    assert!(used.is_err(), "a later start makes it worthless");

    let signed_in = enter(&world, &link).await;
    let operator = world.actions.operator(signed_in.token.expose()).await.unwrap().unwrap();
    assert_eq!((operator.member.role, operator.member.state), (MemberRole::Owner, MemberState::Active));
    assert_eq!(operator.workspace.id, world.workspace.id);
    assert_eq!(world.actions.first_owner(&world.actor()).await.unwrap(), None);
    // A session of the console is none of a portal.
    assert!(!world.knows(signed_in.token.expose()).await);
}

#[tokio::test]
async fn whoever_is_let_in_keeps_their_role_unless_one_is_given() {
    let world = World::new().await;
    let actor = world.actor();
    let admit = async |role| world.actions.admit_member(&actor, "eve@example.test", role).await.unwrap();
    let role = async |link: &str| {
        let signed_in = enter(&world, link).await;
        world.actions.operator(signed_in.token.expose()).await.unwrap().unwrap().member.role
    };
    assert_eq!(role(&admit(Some(MemberRole::Viewer)).await).await, MemberRole::Viewer);
    assert_eq!(role(&admit(None).await).await, MemberRole::Viewer);
    assert_eq!(role(&admit(Some(MemberRole::Publisher)).await).await, MemberRole::Publisher);
    // And they can have links sent from then on.
    let whence = Whence::default();
    let asked = world.actions.request_link(Place::Console, Wish::SignIn, "eve@example.test", None, &whence);
    asked.await.unwrap();
    let mail = world.mail().await;
    assert_eq!(mail.mail.portal, None);
    enter(&world, &mail.text.link.unwrap()).await;
    assert!(world.actions.show_mail_link(&world.actor(), mail.mail.id).await.is_err(), "never shown");
}

#[tokio::test]
async fn a_shell_lets_developers_in_without_a_mail_and_nothing_else_does() {
    let world = World::new().await;
    let admit = async |actor: &Actor, email: &str| {
        let draft = PortalUserDraft { email: email.to_owned(), name: "Bob".to_owned(), clients: Vec::new() };
        world.actions.admit_portal_user(actor, world.portal.id, draft).await
    };
    let (user, former) = admit(&world.actor(), "bob@example.test").await.unwrap();
    let (again, link) = admit(&world.actor(), "BOB@example.test").await.unwrap();
    assert_eq!((user.id, user.name.as_str()), (again.id, "Bob"));
    let enter = async |link: &str| {
        let (_, token) = link.rsplit_once('/').unwrap();
        world.actions.use_link(Place::Portal(&world.portal), token, None, &Whence::default(), None).await
    };
    assert!(enter(&former).await.is_err(), "a later link makes it worthless");
    assert!(world.knows(enter(&link).await.unwrap().token.expose()).await);
    let developer = Actor::portal_user(world.workspace.clone(), &user, Whence::default());
    assert!(admit(&developer, "eve@example.test").await.is_err());
    let mut member = world.actor();
    member.origin.by = model::audit::By::Member(model::id::MemberId(1));
    assert!(admit(&member, "eve@example.test").await.is_err());
}
