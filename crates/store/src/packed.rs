//! Rows that come from SQLite as one text.
//!
//! The driver hands every row from one thread to another, each of its values in memory of its own, which
//! for a page of a list takes longer than to find and to read its rows. PostgreSQL sends many rows at once.

use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Deserializer};

use crate::sql::Row;

/// A row that can be packed; [`packed!`] makes one.
pub(crate) trait Packed: Row + DeserializeOwned {
    /// The JSON of its columns, in their order.
    const PACKING: &'static str;
}

/// A row whose columns have the names and the order of its fields. Those that are `bool` say
/// `#[serde(deserialize_with = "crate::packed::flag")]`.
macro_rules! packed {
    (
        $(#[$row:meta])*
        struct $name:ident {
            $(#[$of_first:meta])* $first:ident: $type_of_first:ty,
            $($(#[$of_field:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$row])*
        #[derive(sqlx::FromRow, serde::Deserialize)]
        struct $name {
            $(#[$of_first])*
            $first: $type_of_first,
            $($(#[$of_field])* $field: $type,)*
        }

        impl $crate::packed::Packed for $name {
            const PACKING: &'static str =
                concat!("json_array(", stringify!($first), $(", ", stringify!($field),)* ")");
        }
    };
}

pub(crate) use packed;

/// A truth, which for SQLite is a number.
pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    i64::deserialize(from).map(|number| number != 0)
}
