//! What processes on the same database tell each other.

use crate::Tx;
use crate::error::Result;
use crate::sql::{Conn, sql};

/// What was written under this name.
pub async fn find(on: impl Into<Conn<'_>>, name: &str) -> Result<Option<String>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        value: String,
    }
    let row: Option<Row> = sql("select value from settings where name = $1").bind(name).maybe(on).await?;
    Ok(row.map(|row| row.value))
}

/// Writes something down under this name.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    let query = sql("insert into settings (name, value) values ($1, $2)
         on conflict (name) do update set value = $2");
    query.bind(name).bind(value).run(tx).await?;
    Ok(())
}
