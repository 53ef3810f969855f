//! From columns to nouns: what several tables read alike.

use jiff::Timestamp;
use model::net::IpRules;
use model::page::Page;

use crate::error::{Result, unreadable};
use crate::sql::{Query, sql};
use crate::{Conn, Tx};

/// A row of one number, such as that of a `count(*)`.
#[derive(sqlx::FromRow)]
pub(crate) struct Number {
    pub(crate) value: i64,
}

/// A row of one id.
#[derive(sqlx::FromRow)]
pub(crate) struct Id {
    pub(crate) id: i64,
}

/// The number that a statement selects as `value`.
pub(crate) async fn number(query: Query, on: impl Into<Conn<'_>>) -> Result<i64> {
    Ok(query.one::<Number>(on).await?.value)
}

/// How long a list is of which a page is known to have so many rows: a page that is not full tells it, else
/// it is counted.
pub(crate) async fn total(page: Page, rows: usize, counting: Query, on: Conn<'_>) -> Result<i64> {
    match i64::try_from(rows) {
        Ok(rows) if rows < page.size && (rows > 0 || page.number == 1) => Ok(page.offset() + rows),
        _ => number(counting, on).await,
    }
}

/// The next id of a kind of thing. Ids are never used twice and stay far below 2^53, the last
/// integer that every JSON reader holds exactly.
pub(crate) async fn next_id(tx: &mut Tx, kind: &'static str) -> Result<i64> {
    let query = sql("update id_counters set value = value + 1 where name = $1 returning value").bind(kind);
    number(query, tx).await
}

/// So many ids of a kind of thing, in a row; gives the first.
pub(crate) async fn next_ids(tx: &mut Tx, kind: &'static str, count: usize) -> Result<i64> {
    let count = i64::try_from(count).map_err(|_| unreadable("number of ids", count))?;
    let query = sql("update id_counters set value = value + $2 where name = $1 returning value");
    Ok(number(query.bind(kind).bind(count), tx).await? - count + 1)
}

/// What a text that contains `text` is like, after `escape '!'`.
pub(crate) fn containing(text: &str) -> String {
    let text = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{text}%")
}

/// A time from its column.
pub(crate) fn time(microseconds: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(microseconds).map_err(|_| unreadable("time", microseconds))
}

/// A time from a column that may be null.
pub(crate) fn maybe_time(microseconds: Option<i64>) -> Result<Option<Timestamp>> {
    microseconds.map(time).transpose()
}

/// Address rules from their column.
pub(crate) fn rules(json: &str) -> Result<IpRules> {
    serde_json::from_str(json).map_err(|error| unreadable("address rules", error))
}

/// Address rules for their column.
pub(crate) fn rules_json(rules: &IpRules) -> String {
    serde_json::to_string(rules).expect("lists of texts have a JSON form")
}

/// An enumeration's value from the text that serde writes for it.
pub(crate) fn word<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T> {
    use serde::de::IntoDeserializer as _;
    let reader: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    T::deserialize(reader).map_err(|_| unreadable(what, text))
}

/// The text that serde writes for an enumeration's value.
pub(crate) fn written(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => unreachable!("only enumerations without fields are written by name"),
    }
}
