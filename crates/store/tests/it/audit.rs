use model::audit::{By, Deed, Origin};
use model::id::{DeveloperClientId, WorkspaceId};
use model::page::Page;
use serde_json::{Value, json};
use store::audit::{self, Entry, Filter};

use crate::make::{a_workspace, announced};
use crate::support::{LATER, NOON, databases, refusal, within};

fn origin(by: By) -> Origin {
    Origin {
        by,
        name: "CI".to_owned(),
        address: Some("2001:db8::1".parse().unwrap()),
        user_agent: Some("curl/8".to_owned()),
    }
}

fn entry(workspace: WorkspaceId, deed: Deed, details: &Value) -> Entry<'_> {
    Entry { workspace, deed, subject: 12, subject_name: "Till", details }
}

#[tokio::test]
async fn a_line_tells_who_did_what_to_which_thing() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let details = json!({ "before": { "active": true }, "after": { "active": false } });
        let by = By::Token(DeveloperClientId(3));
        within(&db, async |tx| {
            audit::record(tx, &origin(by), entry(at.id, Deed::KeyDisabled, &details), LATER).await
        })
        .await;
        let [line] = &audit::list(&*db, at.id, Page::default()).await.unwrap()[..] else { panic!() };
        assert_eq!((line.at, line.actor_kind.as_str(), line.actor_name.as_str()), (LATER, "token", "CI"));
        assert_eq!((line.address.as_deref(), line.deed.as_str()), (Some("2001:db8::1"), "key.disabled"));
        assert_eq!((line.subject, line.subject_name.as_str()), (12, "Till"));
        assert_eq!(serde_json::from_str::<Value>(&line.details).unwrap(), details);
        assert_eq!(
            db.texts("select cast(actor_id as text) || user_agent from audit_lines").await,
            ["3curl/8"]
        );
    }
}

#[tokio::test]
async fn the_command_line_and_the_system_act_without_an_address() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        for (by, kind) in [(By::CommandLine, "command_line"), (By::System, "system")] {
            let origin = Origin { by, name: "import".to_owned(), address: None, user_agent: None };
            within(&db, async |tx| {
                audit::record(tx, &origin, entry(at.id, Deed::CollectionImported, &Value::Null), NOON).await
            })
            .await;
            let line = audit::list(&*db, at.id, Page::new(1, 1)).await.unwrap().remove(0);
            assert_eq!((line.actor_kind.as_str(), line.address), (kind, None));
        }
    }
}

#[tokio::test]
async fn lines_are_listed_newest_first_in_their_workspace() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        // The last one is older by the clock, which may be set back; the order is that of the deeds.
        for (deed, now) in [(Deed::KeyCreated, LATER), (Deed::KeyUpdated, LATER), (Deed::KeyDeleted, NOON)] {
            within(&db, async |tx| {
                audit::record(tx, &origin(By::System), entry(at.id, deed, &Value::Null), now).await
            })
            .await;
        }
        let list = async |workspace, page| -> Vec<String> {
            let lines = audit::list(&*db, workspace, page).await.unwrap();
            lines.into_iter().map(|line| line.deed).collect()
        };
        assert_eq!(list(at.id, Page::default()).await, ["key.deleted", "key.updated", "key.created"]);
        assert_eq!(list(at.id, Page::new(2, 2)).await, ["key.created"]);
        assert!(list(at.id, Page::new(3, 2)).await.is_empty());
        assert!(list(other.id, Page::default()).await.is_empty());
    }
}

#[tokio::test]
async fn a_line_stands_or_falls_with_its_deed() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        refusal(&db, async |tx| {
            audit::record(tx, &origin(By::System), entry(at.id, Deed::KeyDeleted, &Value::Null), NOON)
                .await?;
            let again = crate::make::new_workspace("main");
            store::workspaces::insert(tx, again, NOON).await
        })
        .await;
        assert_eq!(audit::list(&*db, at.id, Page::default()).await.unwrap(), []);
    }
}

#[tokio::test]
async fn the_gateway_need_not_know_of_the_audit_trail() {
    for db in databases().await {
        let at = a_workspace(&db, "main").await;
        let record = async |tx: &mut _| {
            audit::record(tx, &origin(By::System), entry(at.id, Deed::KeyDeleted, &Value::Null), NOON).await
        };
        assert_eq!(announced(&db, record).await.1, []);
    }
}

#[tokio::test]
async fn lines_are_searched_by_deed_and_time_and_read_from_a_line_on() {
    for db in databases().await {
        let (at, other) = (a_workspace(&db, "main").await, a_workspace(&db, "other").await);
        let deeds = [
            (Deed::KeyCreated, NOON),
            (Deed::KeyDisabled, NOON),
            (Deed::KeyCreated, LATER),
            (Deed::KeyDeleted, LATER),
        ];
        for (deed, time) in deeds {
            let by = origin(By::Token(DeveloperClientId(3)));
            within(&db, async |tx| audit::record(tx, &by, entry(at.id, deed, &Value::Null), time).await)
                .await;
        }
        let search = async |filter, after, limit| {
            let found = audit::search(&*db, at.id, filter, after, limit).await.unwrap();
            let deeds: Vec<_> = found.rows.iter().map(|line| line.deed.clone()).collect();
            (deeds.join(" "), found.total, found.rows.last().map(|line| line.id))
        };
        let all = Filter::default();
        let (first, total, last) = search(all, None, 3).await;
        assert_eq!((&*first, total), ("key.deleted key.created key.disabled", 4));
        assert_eq!(search(all, last, 3).await.0, "key.created");
        let created = Filter { deed: Some("key.created"), ..all };
        assert_eq!(search(created, None, 1).await.1, 2);
        assert_eq!(search(Filter { from: Some(LATER), ..created }, None, 9).await.1, 1);
        assert_eq!(search(Filter { to: Some(LATER), ..all }, None, 9).await.0, "key.disabled key.created");
        assert_eq!(audit::search(&*db, other.id, all, None, 9).await.unwrap().total, 0);
        let line = audit::search(&*db, at.id, all, None, 1).await.unwrap().rows.remove(0);
        assert_eq!((line.actor, line.user_agent.as_deref()), (Some(3), Some("curl/8")));
    }
}
