//! One statement for both databases.
//!
//! The rules that make a statement portable:
//! 1. Placeholders `$1`…; keywords and names in lower case, names never quoted.
//! 2. Types `text`, `bigint`, `boolean`. Ids and times (microseconds, UTC) are `bigint`; JSON and
//!    digests (hex) are `text`.
//! 3. `cast(sum(x) as bigint)`, since the sum of `bigint` is `numeric` on PostgreSQL. `count(*)`
//!    is fine. `exists` and comparisons are no result columns: SQLite has no type for them.
//! 4. `on conflict`, `returning`, partial indexes, row values: fine on both.
//! 5. Search is `lower(x) like lower($1)`: plain `like` ignores case on one and not on the other.
//! 6. No `now()`, no generated ids: time, chance and ids come from above.
//! 7. The `updated_at` of what a person changes always moves, by a microsecond at least, so that it
//!    tells one state from the next (`ETag`): `case when updated_at < $n then $n else updated_at + 1 end`.
//! 8. An optional filter is [`Query::and`]: a compared null would need its type.
//! 9. What a list shows a hundred of is read with [`Query::packed`]. Its order is that of the statement, and
//!    its columns have the names of the fields.

use jiff::Timestamp;
use model::id::{
    AccessRequestId, AuditId, ClientId, CollectionId, ConnectionId, DeveloperClientId, DocumentDraftId,
    DocumentId, EndpointId, FolderId, KeyId, MailId, MemberId, PersonId, PolicyId, PortalId, PortalPageId,
    PortalUserId, ProjectId, RecipeId, SessionId, WorkspaceId,
};
use model::page::Page;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, FromRow};

use crate::error::{Result, unreadable};
use crate::packed::Packed;
use crate::{Db, Pools, Tx, TxKind};

/// The most rows of a statement that writes many. With a dozen columns that is a sixth of the values
/// that SQLite takes, and the most that a list of [`Query::list`] should have.
pub(crate) const ROWS: usize = 400;

/// A bound value. It keeps its type when it is null, which PostgreSQL needs.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(Option<bool>),
}

macro_rules! ints {
    ($($id:ty),*) => {$(
        impl From<$id> for Value {
            fn from(id: $id) -> Self {
                Self::Int(Some(id.0))
            }
        }
        impl From<Option<$id>> for Value {
            fn from(id: Option<$id>) -> Self {
                Self::Int(id.map(|id| id.0))
            }
        }
    )*};
}

ints!(
    AccessRequestId,
    AuditId,
    ClientId,
    CollectionId,
    ConnectionId,
    DeveloperClientId,
    DocumentDraftId,
    DocumentId,
    EndpointId,
    FolderId,
    KeyId,
    MailId,
    MemberId,
    PersonId,
    PolicyId,
    PortalId,
    PortalPageId,
    PortalUserId,
    ProjectId,
    RecipeId,
    SessionId,
    WorkspaceId
);

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Int(Some(time.as_microsecond()))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(time: Option<Timestamp>) -> Self {
        Self::Int(time.map(Timestamp::as_microsecond))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(Some(value))
    }
}

impl From<Option<bool>> for Value {
    fn from(value: Option<bool>) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

/// Where a statement runs: readers take either, writers take a [`Tx`].
pub enum Conn<'c> {
    /// On a connection of the pool.
    Pool(&'c Db),
    /// Inside a transaction, seeing what it wrote.
    Tx(&'c mut Tx),
}

impl<'c> From<&'c Db> for Conn<'c> {
    fn from(db: &'c Db) -> Self {
        Self::Pool(db)
    }
}

impl<'c> From<&'c mut Tx> for Conn<'c> {
    fn from(tx: &'c mut Tx) -> Self {
        Self::Tx(tx)
    }
}

impl Conn<'_> {
    /// The database that it belongs to, for what is not SQL, such as unsealing.
    pub(crate) fn db(&self) -> &Db {
        match self {
            Self::Pool(db) => db,
            Self::Tx(tx) => &tx.db,
        }
    }

    /// The same once more, for a second statement.
    pub fn again(&mut self) -> Conn<'_> {
        match self {
            Self::Pool(db) => Conn::Pool(db),
            Self::Tx(tx) => Conn::Tx(tx),
        }
    }
}

/// A row that both drivers can decode; `#[derive(sqlx::FromRow)]` makes one.
pub(crate) trait Row:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement with its values.
#[must_use]
pub(crate) struct Query {
    text: String,
    values: Vec<Value>,
}

/// Begins a statement. The text is static, so no formatted SQL can get in.
pub(crate) fn sql(text: &'static str) -> Query {
    Query { text: text.to_owned(), values: Vec::new() }
}

impl Query {
    /// Binds the next value.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds `and …` if there is something to filter by; `?` stands for the value.
    pub(crate) fn and<T: Into<Value>>(self, given: Option<T>, condition: &'static str) -> Self {
        let Some(value) = given else { return self };
        let mut query = self.bind(value);
        let place = format!("${}", query.values.len());
        query.text.push_str(" and ");
        query.text.push_str(&condition.replace('?', &place));
        query
    }

    /// Adds the rows of an `insert`, each in parentheses and after a comma.
    pub(crate) fn rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Value; N]>) -> Self {
        for (index, row) in rows.into_iter().enumerate() {
            self.text.push_str(if index == 0 { " " } else { ", " });
            self = self.list(row);
        }
        self
    }

    /// Adds values in parentheses, such as those after `in`. There must be one at least.
    pub(crate) fn list(mut self, values: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        for (index, value) in values.into_iter().enumerate() {
            self.text.push_str(if index == 0 { "(" } else { ", " });
            self = self.bind(value);
            self.text.push_str(&format!("${}", self.values.len()));
        }
        self.text.push(')');
        self
    }

    /// Adds what comes after the conditions, such as `order by id`.
    pub(crate) fn then(mut self, text: &'static str) -> Self {
        self.text.push(' ');
        self.text.push_str(text);
        self
    }

    /// Adds the limits of a page.
    pub(crate) fn page(self, page: Page) -> Self {
        self.limit(page.size, page.offset())
    }

    /// Adds a limit.
    pub(crate) fn limit(mut self, size: i64, offset: i64) -> Self {
        let next = self.values.len() + 1;
        self.text.push_str(&format!(" limit ${} offset ${}", next, next + 1));
        self.bind(size).bind(offset)
    }

    /// All rows.
    pub(crate) async fn all<R: Row>(self, on: impl Into<Conn<'_>>) -> Result<Vec<R>> {
        let (text, values) = (AssertSqlSafe(self.text), self.values);
        Ok(match on.into() {
            Conn::Pool(db) => match &db.0.pools {
                Pools::Sqlite { readers, .. } => {
                    let mut reader = readers.take().await?;
                    let rows = sqlx::query_as_with(text, sqlite(values)?).fetch_all(&mut *reader).await;
                    reader.done(&rows);
                    rows?
                }
                Pools::Postgres { pool, .. } => {
                    sqlx::query_as_with(text, postgres(values)?).fetch_all(pool).await?
                }
            },
            Conn::Tx(tx) => {
                let rows = match &mut tx.kind {
                    TxKind::Sqlite(tx) => {
                        sqlx::query_as_with(text, sqlite(values)?).fetch_all(&mut **tx).await
                    }
                    TxKind::Postgres(tx) => {
                        sqlx::query_as_with(text, postgres(values)?).fetch_all(&mut **tx).await
                    }
                };
                tx.failed |= rows.is_err();
                rows?
            }
        })
    }

    /// All rows, from SQLite [packed](crate::packed) in one text.
    pub(crate) async fn packed<R: Packed>(self, on: impl Into<Conn<'_>>) -> Result<Vec<R>> {
        #[derive(sqlx::FromRow)]
        struct Text {
            value: String,
        }
        let on = on.into();
        if let Pools::Postgres { .. } = &on.db().0.pools {
            return self.all(on).await;
        }
        let text = format!("select json_group_array({}) as value from ({})", R::PACKING, self.text);
        let packed: Text = Self { text, ..self }.one(on).await?;
        serde_json::from_str(&packed.value).map_err(|error| unreadable("row", error))
    }

    /// The first row, if there is one.
    pub(crate) async fn maybe<R: Row>(self, on: impl Into<Conn<'_>>) -> Result<Option<R>> {
        let (text, values) = (AssertSqlSafe(self.text), self.values);
        Ok(match on.into() {
            Conn::Pool(db) => match &db.0.pools {
                Pools::Sqlite { readers, .. } => {
                    let mut reader = readers.take().await?;
                    let row = sqlx::query_as_with(text, sqlite(values)?).fetch_optional(&mut *reader).await;
                    reader.done(&row);
                    row?
                }
                Pools::Postgres { pool, .. } => {
                    sqlx::query_as_with(text, postgres(values)?).fetch_optional(pool).await?
                }
            },
            Conn::Tx(tx) => {
                let row = match &mut tx.kind {
                    TxKind::Sqlite(tx) => {
                        sqlx::query_as_with(text, sqlite(values)?).fetch_optional(&mut **tx).await
                    }
                    TxKind::Postgres(tx) => {
                        sqlx::query_as_with(text, postgres(values)?).fetch_optional(&mut **tx).await
                    }
                };
                tx.failed |= row.is_err();
                row?
            }
        })
    }

    /// The row that must be there, such as that of a `count(*)` or a `returning`.
    pub(crate) async fn one<R: Row>(self, on: impl Into<Conn<'_>>) -> Result<R> {
        self.maybe(on).await?.ok_or_else(|| sqlx::Error::RowNotFound.into())
    }

    /// Runs a statement that writes; gives the number of rows.
    pub(crate) async fn run(self, tx: &mut Tx) -> Result<u64> {
        let (text, values) = (AssertSqlSafe(self.text), self.values);
        let rows = match &mut tx.kind {
            TxKind::Sqlite(tx) => {
                let done = sqlx::query_with(text, sqlite(values)?).execute(&mut **tx).await;
                done.map(|done| done.rows_affected())
            }
            TxKind::Postgres(tx) => {
                let done = sqlx::query_with(text, postgres(values)?).execute(&mut **tx).await;
                done.map(|done| done.rows_affected())
            }
        };
        tx.failed |= rows.is_err();
        Ok(rows?)
    }
}

macro_rules! encode {
    ($name:ident, $arguments:ty) => {
        fn $name(values: Vec<Value>) -> Result<$arguments> {
            let mut arguments = <$arguments>::default();
            for value in values {
                match value {
                    Value::Text(text) => arguments.add(text),
                    Value::Int(int) => arguments.add(int),
                    Value::Bool(bool) => arguments.add(bool),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            Ok(arguments)
        }
    };
}

encode!(sqlite, SqliteArguments);
encode!(postgres, PgArguments);
