//! People who administer workspaces.

use jiff::Timestamp;
use model::id::PersonId;
use model::people::{Person, email_key};

use crate::Tx;
use crate::error::Result;
use crate::rows::{next_id, time};
use crate::sql::{Conn, Query, sql};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    email: String,
    name: String,
    created_at: i64,
    updated_at: i64,
}

impl Row {
    fn person(self) -> Result<Person> {
        Ok(Person {
            id: PersonId(self.id),
            email: self.email,
            name: self.name,
            created_at: time(self.created_at)?,
            updated_at: time(self.updated_at)?,
        })
    }
}

fn select() -> Query {
    sql("select id, email, name, created_at, updated_at from people where 1 = 1")
}

/// The person with this id.
pub async fn find(on: impl Into<Conn<'_>>, id: PersonId) -> Result<Option<Person>> {
    select().and(Some(id), "id = ?").maybe::<Row>(on).await?.map(Row::person).transpose()
}

/// The person with this e-mail address, however its letters are written.
pub async fn by_email(on: impl Into<Conn<'_>>, email: &str) -> Result<Option<Person>> {
    select().and(Some(email_key(email)), "email_key = ?").maybe::<Row>(on).await?.map(Row::person).transpose()
}

/// Adds a person. [`Taken`](crate::Error::Taken) if the e-mail address is.
pub async fn insert(tx: &mut Tx, email: &str, name: &str, now: Timestamp) -> Result<Person> {
    let id = PersonId(next_id(tx, "person").await?);
    sql("insert into people (id, email, email_key, name, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $5)")
    .bind(id)
    .bind(email)
    .bind(email_key(email))
    .bind(name)
    .bind(now)
    .run(tx)
    .await?;
    Ok(Person { id, email: email.to_owned(), name: name.to_owned(), created_at: now, updated_at: now })
}

/// Writes the e-mail address and the name of a person. [`Taken`](crate::Error::Taken) if the address
/// is.
pub async fn update(tx: &mut Tx, person: &Person, now: Timestamp) -> Result<()> {
    sql("update people set email = $2, email_key = $3, name = $4, updated_at = $5 where id = $1")
        .bind(person.id)
        .bind(person.email.as_str())
        .bind(email_key(&person.email))
        .bind(person.name.as_str())
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}
