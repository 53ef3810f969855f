use model::id::PersonId;
use model::page::Page;
use model::people::{Member, MemberRole, MemberState, Person};
use store::{members, people};

use crate::make::a_workspace;
use crate::support::{LATER, NOON, databases, is_taken, within};

#[tokio::test]
async fn a_person_is_found_however_the_address_is_written() {
    for db in databases().await {
        let ada = within(&db, async |tx| people::insert(tx, "Ada@Example.com", "", NOON).await).await;
        assert_eq!(people::by_email(&*db, " ADA@example.COM ").await.unwrap(), Some(ada.clone()));
        assert_eq!(people::find(&*db, ada.id).await.unwrap(), Some(ada.clone()));
        assert_eq!(people::find(&*db, PersonId(9)).await.unwrap(), None);
        assert!(is_taken(&db, async |tx| people::insert(tx, "ada@example.com", "", NOON).await).await);

        let changed = Person { email: "ada@example.org".to_owned(), name: "Ada".to_owned(), ..ada };
        within(&db, async |tx| people::update(tx, &changed, LATER).await).await;
        assert_eq!(people::by_email(&*db, "ada@example.com").await.unwrap(), None);
        let found = people::by_email(&*db, "ada@example.org").await.unwrap();
        assert_eq!(found, Some(Person { updated_at: LATER, ..changed.clone() }));
        within(&db, async |tx| people::insert(tx, "eve@example.com", "", NOON).await).await;
        let taken = Person { email: "EVE@example.com".to_owned(), ..changed };
        assert!(is_taken(&db, async |tx| people::update(tx, &taken, LATER).await).await);
    }
}

#[tokio::test]
async fn a_person_is_a_member_of_each_workspace_once() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let ada = within(&db, async |tx| people::insert(tx, "ada@example.com", "", NOON).await).await;
        let mut made = Vec::new();
        for workspace in [at.id, other.id] {
            let new =
                async |tx: &mut _| members::insert(tx, workspace, ada.id, MemberRole::Owner, NOON).await;
            made.push(within(&db, new).await);
            assert!(
                is_taken(&db, async |tx| {
                    members::insert(tx, workspace, ada.id, MemberRole::Viewer, NOON).await
                })
                .await
            );
        }
        let member = Member {
            id: made[0],
            workspace: at.id,
            person: ada.clone(),
            role: MemberRole::Owner,
            state: MemberState::Invited,
            invited_at: NOON,
            created_at: NOON,
            updated_at: NOON,
        };
        assert_eq!(members::find(&*db, at.id, made[0]).await.unwrap(), Some(member.clone()));
        assert_eq!(members::find(&*db, other.id, made[0]).await.unwrap(), None);
        assert_eq!(members::of_person_in(&*db, at.id, ada.id).await.unwrap(), Some(member.clone()));
        let listed = members::list(&*db, at.id, Page::default()).await.unwrap();
        assert_eq!((listed.rows, listed.total), (vec![member.clone()], 1));
        let second = members::of_person(&*db, ada.id, Page::new(2, 1)).await.unwrap();
        assert_eq!((second.rows[0].id, second.total), (made[1], 2));
        assert_eq!(members::owners(&*db, at.id).await.unwrap(), 1);

        let changed =
            Member { role: MemberRole::Admin, state: MemberState::Active, invited_at: LATER, ..member };
        within(&db, async |tx| members::update(tx, &changed, LATER).await).await;
        let found = members::find(&*db, at.id, made[0]).await.unwrap();
        assert_eq!(found, Some(Member { updated_at: LATER, ..changed.clone() }));
        assert_eq!(members::owners(&*db, at.id).await.unwrap(), 0);
        let deciders = [MemberRole::Owner, MemberRole::Admin];
        assert_eq!(members::with_roles(&*db, at.id, &deciders, 10).await.unwrap().len(), 1);
        assert_eq!(members::with_roles(&*db, at.id, &deciders[..1], 10).await.unwrap(), []);

        let suspended = Member { role: MemberRole::Owner, state: MemberState::Suspended, ..changed };
        within(&db, async |tx| members::update(tx, &suspended, LATER).await).await;
        assert_eq!(members::owners(&*db, at.id).await.unwrap(), 0);
        assert_eq!(members::with_roles(&*db, at.id, &deciders, 10).await.unwrap(), []);
        within(&db, async |tx| members::delete(tx, made[0]).await).await;
        assert_eq!(members::find(&*db, at.id, made[0]).await.unwrap(), None);
        assert!(people::find(&*db, ada.id).await.unwrap().is_some());
    }
}
