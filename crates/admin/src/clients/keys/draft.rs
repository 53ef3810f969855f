//! The fields of a key, and those that an access profile has beside them.

use actions::{Error, Faults};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use model::client::{ApiKey, AuthType};
use model::id::{CollectionId, PolicyId};
use model::net::IpRules;
use site::addresses::Lists;
use site::form::Kind;
use site::{Choice, Field, Fields, Oops};

use crate::Console;
use crate::choices::collections;
use crate::clients::method::Method;
use crate::clients::policies;
use crate::me::Me;

/// The fields of a key.
pub(super) struct Draft {
    pub(super) name: Field,
    pub(super) lists: Lists,
    pub(super) ends: Field,
    pub(super) policy: Choice,
    pub(super) is_active: bool,
    /// What an access profile has of its own.
    pub(super) own: Option<Own>,
}

/// What an access profile has of its own: how callers authenticate, and what they may call.
pub(super) struct Own {
    pub(super) method: Method,
    pub(super) apis: Choice,
    /// Whether there are more APIs than are offered.
    pub(super) has_more: bool,
}

/// What was typed.
pub(super) struct Typed {
    pub(super) rules: IpRules,
    pub(super) ends: Option<Timestamp>,
    pub(super) policy: Option<PolicyId>,
    pub(super) apis: Vec<CollectionId>,
}

impl Draft {
    /// Empty ones; of an access profile if its way to authenticate is given.
    pub(super) async fn new(console: &Console, me: &Me, own: Option<AuthType>) -> Result<Self, Oops> {
        let words =
            ("policy", "Policy", "How often it may call, if otherwise than its client.", "As its client");
        let own = match own {
            Some(auth_type) => {
                let (apis, has_more) = collections(console, me, "APIs that it may call").await?;
                let apis = Choice { is_optional: false, ..apis };
                Some(Own { method: Method::new(auth_type), apis, has_more })
            }
            None => None,
        };
        Ok(Self {
            name: Field::new("name", "Name").max(255).help("Where it is used, such as `Production`."),
            lists: Lists::new(),
            ends: Field::new("ends", "Works until")
                .kind(Kind::Date)
                .optional()
                .help("The key stops working at the beginning of this day. Empty: never."),
            policy: policies(console, me, words, None).await?,
            is_active: true,
            own,
        })
    }

    /// Those of a key that is there.
    pub(super) async fn of(console: &Console, me: &Me, key: &ApiKey) -> Result<Self, Oops> {
        let draft = Self::new(console, me, key.profile.as_ref().map(|_| key.auth_type)).await?;
        let profile = key.profile.as_ref();
        let own = draft.own.zip(profile).map(|(own, profile)| Own {
            method: Method::of(key.auth_type, profile.jwt.as_ref()),
            apis: own.apis.chosen(&profile.collections),
            ..own
        });
        Ok(Self {
            name: draft.name.value(key.name.clone()),
            lists: Lists::of(&key.rules),
            ends: draft.ends.value(day(key.expires_at, &me.zone())),
            policy: draft.policy.chosen(key.policy),
            is_active: key.active,
            own,
        })
    }

    /// With what was sent.
    pub(super) fn given(self, fields: &Fields) -> Self {
        Self {
            name: self.name.given(fields),
            lists: Lists::given(fields),
            ends: self.ends.given(fields),
            policy: self.policy.given(fields),
            is_active: fields.has("active"),
            own: self.own.map(|own| Own {
                method: own.method.given(fields),
                apis: own.apis.given(fields),
                ..own
            }),
        }
    }

    /// What was typed; nothing if something is wrong, which then stands beside its field.
    pub(super) fn read(&mut self, zone: &TimeZone) -> Option<Typed> {
        let text = self.ends.value.trim();
        let day = Some(text).filter(|text| !text.is_empty()).map(str::parse::<Date>);
        let ends = day.map(|day| day.and_then(|day| day.to_zoned(zone.clone()))).transpose();
        if ends.is_err() {
            self.ends.error = Some("This is no day. Write it as `2026-12-31`.".to_owned());
        }
        let rules = match self.lists.clone().read() {
            Ok((rules, _)) => Some(rules),
            Err(lists) => {
                self.lists = *lists;
                None
            }
        };
        let chosen = |choice: &Choice| -> Vec<i64> {
            let chosen = choice.picks.iter().filter(|pick| pick.is_chosen);
            chosen.filter_map(|pick| pick.value.parse().ok()).collect()
        };
        Some(Typed {
            rules: rules?,
            ends: ends.ok()?.map(|end| end.timestamp()),
            policy: chosen(&self.policy).first().copied().map(PolicyId),
            apis: self.own.iter().flat_map(|own| chosen(&own.apis)).map(CollectionId).collect(),
        })
    }

    /// With what an action found wrong.
    fn faulted(self, faults: &Faults) -> Self {
        Self {
            name: self.name.faulted(faults, "name"),
            ends: self.ends.faulted(faults, "expires_at"),
            policy: self.policy.faulted(faults, "api_policy_id"),
            own: self.own.map(|own| Own {
                method: own.method.faulted(faults),
                apis: own.apis.faulted(faults, "api_collection_ids"),
                ..own
            }),
            ..self
        }
    }

    /// With what is wrong beside its field, or what to say above them all.
    pub(super) fn refused(self, error: &Error) -> (Self, Option<String>) {
        match error {
            Error::Invalid(faults) | Error::Unknown(faults) => (self.faulted(faults), None),
            Error::Conflict { message, .. } => (self, Some(format!("This client {message}."))),
            error => (self, Some(site::sentence(&error.to_string()))),
        }
    }
}

/// The day of an end as the field has it.
pub(super) fn day(end: Option<Timestamp>, zone: &TimeZone) -> String {
    end.map(|at| at.to_zoned(zone.clone()).date().to_string()).unwrap_or_default()
}
