//! Members: people in workspaces.

use jiff::Timestamp;
use model::id::{MemberId, PersonId, WorkspaceId};
use model::page::{Page, Paged};
use model::people::{Member, MemberRole, MemberState, Person};

use crate::Tx;
use crate::error::Result;
use crate::rows::{next_id, number, time, word, written};
use crate::sql::{Conn, Query, sql};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    workspace_id: i64,
    person_id: i64,
    email: String,
    name: String,
    known_since: i64,
    changed_at: i64,
    role: String,
    state: String,
    invited_at: i64,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn member(self) -> Result<Member> {
        Ok(Member {
            id: MemberId(self.id),
            workspace: WorkspaceId(self.workspace_id),
            person: Person {
                id: PersonId(self.person_id),
                email: self.email,
                name: self.name,
                created_at: time(self.known_since)?,
                updated_at: time(self.changed_at)?,
            },
            role: word("role of a member", &self.role)?,
            state: word("state of a member", &self.state)?,
            invited_at: time(self.invited_at)?,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select() -> Query {
    sql("select m.id, m.workspace_id, m.person_id, p.email, p.name, p.created_at as known_since,
                p.updated_at as changed_at, m.role, m.state, m.invited_at, m.created_at, m.updated_at
         from members m join people p on p.id = m.person_id where 1 = 1")
}

/// Members of a workspace, oldest first.
pub async fn list(on: impl Into<Conn<'_>>, workspace: WorkspaceId, page: Page) -> Result<Paged<Member>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from members where workspace_id = $1").bind(workspace);
    let total = number(counting, on.again()).await?;
    let query = select().and(Some(workspace), "m.workspace_id = ?").then("order by m.id").page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(Row::member).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// The memberships of a person, oldest first.
pub async fn of_person(on: impl Into<Conn<'_>>, person: PersonId, page: Page) -> Result<Paged<Member>> {
    let mut on = on.into();
    let counting = sql("select count(*) as value from members where person_id = $1").bind(person);
    let total = number(counting, on.again()).await?;
    let query = select().and(Some(person), "m.person_id = ?").then("order by m.id").page(page);
    let rows = query.all::<Row>(on).await?.into_iter().map(Row::member).collect::<Result<_>>()?;
    Ok(Paged { rows, total })
}

/// The member with this id in this workspace.
pub async fn find(on: impl Into<Conn<'_>>, workspace: WorkspaceId, id: MemberId) -> Result<Option<Member>> {
    let query = select().and(Some(workspace), "m.workspace_id = ?").and(Some(id), "m.id = ?");
    query.maybe::<Row>(on).await?.map(Row::member).transpose()
}

/// The membership of this person in this workspace.
pub async fn of_person_in(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    person: PersonId,
) -> Result<Option<Member>> {
    let query = select().and(Some(workspace), "m.workspace_id = ?").and(Some(person), "m.person_id = ?");
    query.maybe::<Row>(on).await?.map(Row::member).transpose()
}

/// The members of a workspace with one of these roles who may come in, oldest first, `limit` of them at
/// most.
pub async fn with_roles(
    on: impl Into<Conn<'_>>,
    workspace: WorkspaceId,
    roles: &[MemberRole],
    limit: i64,
) -> Result<Vec<Member>> {
    let query = select()
        .and(Some(workspace), "m.workspace_id = ?")
        .and(Some(written(MemberState::Suspended)), "m.state <> ?")
        .then("and m.role in")
        .list(roles.iter().map(written))
        .then("order by m.id")
        .limit(limit, 0);
    query.all::<Row>(on).await?.into_iter().map(Row::member).collect()
}

/// How many owners of a workspace may come in.
pub async fn owners(on: impl Into<Conn<'_>>, workspace: WorkspaceId) -> Result<i64> {
    let query = sql("select count(*) as value from members where workspace_id = $1")
        .bind(workspace)
        .and(Some(written(MemberRole::Owner)), "role = ?")
        .and(Some(written(MemberState::Suspended)), "state <> ?");
    number(query, on).await
}

/// Adds a person to a workspace, invited now. [`Taken`](crate::Error::Taken) if they are in it already.
pub async fn insert(
    tx: &mut Tx,
    workspace: WorkspaceId,
    person: PersonId,
    role: MemberRole,
    now: Timestamp,
) -> Result<MemberId> {
    let id = MemberId(next_id(tx, "member").await?);
    sql("insert into members (id, workspace_id, person_id, role, state, invited_at, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6, $6)")
    .bind(id)
    .bind(workspace)
    .bind(person)
    .bind(written(role))
    .bind(written(MemberState::Invited))
    .bind(now)
    .run(tx)
    .await?;
    Ok(id)
}

/// Writes the role, the state and the last invitation of a member.
pub async fn update(tx: &mut Tx, member: &Member, now: Timestamp) -> Result<()> {
    sql("update members set role = $2, state = $3, invited_at = $4, updated_at = case when updated_at < $5 then $5 else updated_at + 1 end where id = $1")
        .bind(member.id)
        .bind(written(member.role))
        .bind(written(member.state))
        .bind(member.invited_at)
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Takes a member out of the workspace. The person stays known.
pub async fn delete(tx: &mut Tx, id: MemberId) -> Result<()> {
    sql("delete from members where id = $1").bind(id).run(tx).await?;
    Ok(())
}
