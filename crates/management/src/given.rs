//! The fields of a request, one by one: each is absent, readable, or wrong in a way that can be
//! said, so that one answer names all fields that are wrong.

use std::fmt;
use std::marker::PhantomData;

use actions::{Error, Faults};
use model::client::AuthType;
use model::id::{
    AuditId, ClientId, CollectionId, ConnectionId, DocumentId, FolderId, KeyId, PolicyId, PortalId,
    PortalUserId, ProjectId, RecipeId, WorkspaceId,
};
use model::net::IpRange;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::{Number, Value};

use crate::problem::Problem;

/// The most items of a list in a request. Each may cost a look-up, or a comparison per call.
pub(crate) const ITEMS: usize = 1_000;

/// What a request gives for a field. Null is as good as absent.
#[derive(Debug)]
pub(crate) struct Given<T>(Option<Result<T, String>>);

impl<T> Given<T> {
    /// What was given, if it was; a fault if it cannot be read.
    pub(crate) fn optional(self, field: &'static str, faults: &mut Faults) -> Option<T> {
        match self.0? {
            Ok(value) => Some(value),
            Err(message) => {
                faults.add(field, message);
                None
            }
        }
    }

    /// What was given; a fault if nothing was, or if it cannot be read.
    pub(crate) fn required(self, field: &'static str, faults: &mut Faults) -> Option<T> {
        if self.0.is_none() {
            faults.add(field, "can't be blank");
        }
        self.optional(field, faults)
    }
}

impl<'de, T: Read> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As an option, so that serde takes an absent field for none.
        deserializer.deserialize_option(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Read> Visitor<'de> for Reader<T> {
    type Value = Given<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_none<E>(self) -> Result<Given<T>, E> {
        Ok(Given(None))
    }

    fn visit_unit<E>(self) -> Result<Given<T>, E> {
        Ok(Given(None))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Given<T>, D::Error> {
        Value::deserialize(deserializer).map(|value| Given(Some(T::read(value))))
    }
}

/// A field that the query and the body can both have, and not with two values.
pub(crate) fn once<T: Read + Copy + PartialEq + fmt::Display>(
    field: &'static str,
    in_query: Given<T>,
    in_body: Given<T>,
    faults: &mut Faults,
) -> Result<Option<T>, Problem> {
    let in_query = in_query.optional(field, faults);
    let in_body = in_body.optional(field, faults);
    if let (Some(in_query), Some(in_body)) = (in_query, in_body)
        && in_query != in_body
    {
        let message = format!("is {in_query} in the query and {in_body} in the body; give it once");
        return Err(Error::Conflict { field, message }.into());
    }
    Ok(in_body.or(in_query))
}

/// A field of a change where null is not as good as absent: it takes away what is there.
#[derive(Debug, Default)]
pub(crate) enum Change<T> {
    /// Absent.
    #[default]
    Keep,
    /// Null.
    Clear,
    /// Given.
    Set(Result<T, String>),
}

impl<T> Change<T> {
    /// What is wanted in place of what is there, if anything; a fault if it cannot be read.
    pub(crate) fn wanted(self, field: &'static str, faults: &mut Faults) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(given) => Given(Some(given)).optional(field, faults).map(Some),
        }
    }
}

impl<'de, T: Read> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => Self::Clear,
            value => Self::Set(T::read(value)),
        })
    }
}

/// What can stand in a request. The error goes on from the field's name.
pub(crate) trait Read: Sized {
    /// Reads it.
    fn read(value: Value) -> Result<Self, String>;
}

impl Read for String {
    fn read(value: Value) -> Result<Self, String> {
        match value {
            // PostgreSQL has no such text.
            Value::String(text) if text.contains('\0') => Err("has a NUL character; remove it".to_owned()),
            Value::String(text) => Ok(text),
            _ => Err("must be a string".to_owned()),
        }
    }
}

impl Read for bool {
    fn read(value: Value) -> Result<Self, String> {
        value.as_bool().ok_or_else(|| "must be true or false".to_owned())
    }
}

/// A boolean in a query.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flag(pub(crate) bool);

impl Read for Flag {
    fn read(value: Value) -> Result<Self, String> {
        match value.as_str() {
            Some("true" | "1") => Ok(Self(true)),
            Some("false" | "0") => Ok(Self(false)),
            _ => Err("must be `true` or `false`".to_owned()),
        }
    }
}

/// The integer that a JSON number is, also if it is written with a fraction of zero.
pub(crate) fn integer(number: &Number) -> Option<i64> {
    let whole = || {
        let number = number
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0)?;
        format!("{number:.0}").parse().ok()
    };
    number.as_i64().or_else(whole)
}

/// An integer, or one in a string: clients send both, and in a query there is no difference.
impl Read for i64 {
    fn read(value: Value) -> Result<Self, String> {
        let number = match &value {
            Value::Number(number) => integer(number),
            Value::String(digits) => digits.parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| "must be an integer".to_owned())
    }
}

/// The last integer that every JSON reader holds exactly; ids stay below it.
pub(crate) const INTEGER_MAX: i64 = (1 << 53) - 1;

macro_rules! ids {
    ($($id:ty),*) => {$(
        impl Read for $id {
            fn read(value: Value) -> Result<Self, String> {
                i64::read(value).and_then(|id| whole(id, 0)).map(Self)
            }
        }
    )*};
}

/// An integer that is neither too small nor more than every JSON reader holds.
pub(crate) fn whole(number: i64, least: i64) -> Result<i64, String> {
    if (least..=INTEGER_MAX).contains(&number) {
        Ok(number)
    } else {
        Err(format!("must be an integer from {least} to {INTEGER_MAX}"))
    }
}

/// A number of something; unlike an id never in a string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count(pub(crate) i64);

impl Read for Count {
    fn read(value: Value) -> Result<Self, String> {
        let number = value.as_number().and_then(integer);
        number.map(Self).ok_or_else(|| "must be an integer".to_owned())
    }
}

/// A number that counts from 1, such as that of a page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ordinal(pub(crate) i64);

impl Read for Ordinal {
    fn read(value: Value) -> Result<Self, String> {
        i64::read(value).and_then(|number| whole(number, 1)).map(Self)
    }
}

ids!(
    AuditId,
    ClientId,
    CollectionId,
    ConnectionId,
    DocumentId,
    FolderId,
    KeyId,
    PolicyId,
    PortalId,
    PortalUserId,
    ProjectId,
    RecipeId,
    WorkspaceId
);

impl<T: Read> Read for Vec<T> {
    fn read(value: Value) -> Result<Self, String> {
        let Value::Array(items) = value else { return Err("must be a list".to_owned()) };
        if items.len() > ITEMS {
            return Err(format!("has more than {ITEMS} items, which is the most there can be"));
        }
        let read = |(index, item)| {
            T::read(item).map_err(|fault| format!("has an item {}, which {fault}", index + 1))
        };
        items.into_iter().enumerate().map(read).collect()
    }
}

impl Read for AuthType {
    fn read(value: Value) -> Result<Self, String> {
        match value.as_str() {
            Some("token") => Ok(Self::Token),
            Some("jwt") => Ok(Self::Jwt),
            Some("oauth2") => Ok(Self::Oauth2),
            Some("oidc") => Ok(Self::Oidc),
            _ => Err("must be one of `token`, `jwt`, `oauth2`, `oidc`".to_owned()),
        }
    }
}

/// Addresses and ranges: a list of strings, or one string with commas.
#[derive(Debug)]
pub(crate) struct IpRanges(pub(crate) Vec<IpRange>);

impl Read for IpRanges {
    fn read(value: Value) -> Result<Self, String> {
        let texts: Vec<String> = match value {
            Value::String(text) => text.split(',').map(str::to_owned).collect(),
            Value::Array(_) => Vec::read(value)?,
            _ => return Err("must be a list of addresses and ranges, each a string".to_owned()),
        };
        if texts.len() > ITEMS {
            return Err(format!("has more than {ITEMS} entries, which is the most there can be"));
        }
        let ranges = texts.iter().map(|text| IpRange::parse(text)).collect::<Result<_, _>>();
        ranges.map(Self).map_err(|fault| fault.to_string())
    }
}
