//! A field in which one chooses.

use actions::{Error, Faults};

use super::{Fields, described_by, fault_of};
use crate::text::{Ticked, ticked};

/// One of the things to choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pick {
    /// What is sent.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// What it means, where the label does not say it.
    pub about: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// A field in which one, or several, of some things are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// The name that it is sent under.
    pub name: &'static str,
    /// What it is called.
    pub label: String,
    /// What to choose, in a sentence.
    pub help: String,
    /// What is wrong with it and what to do.
    pub error: Option<String>,
    /// What there is to choose from, in order.
    pub picks: Vec<Pick>,
    /// Whether nothing may be chosen.
    pub is_optional: bool,
}

impl Choice {
    /// A choice among nothing yet.
    pub fn new(name: &'static str, label: impl Into<String>) -> Self {
        Self { name, label: label.into(), ..Self::default() }
    }

    /// What to choose.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: help.into(), ..self }
    }

    /// Nothing may be chosen.
    pub fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// One more thing to choose.
    pub fn pick(self, value: &(impl ToString + ?Sized), label: impl Into<String>) -> Self {
        self.pick_about(value, label, "")
    }

    /// One more thing to choose, with what it means.
    pub fn pick_about(
        mut self,
        value: &(impl ToString + ?Sized),
        label: impl Into<String>,
        about: impl Into<String>,
    ) -> Self {
        let (value, label, about) = (value.to_string(), label.into(), about.into());
        self.picks.push(Pick { value, label, about, is_chosen: false });
        self
    }

    /// These are chosen.
    pub fn chosen(mut self, values: impl IntoIterator<Item = impl ToString>) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        for pick in &mut self.picks {
            pick.is_chosen = values.contains(&pick.value);
        }
        self
    }

    /// What was sent is chosen.
    pub fn given(self, fields: &Fields) -> Self {
        let values: Vec<String> = fields.all(self.name).map(str::to_owned).collect();
        self.chosen(values)
    }

    /// What is wrong with it.
    pub fn error(self, error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..self }
    }

    /// What an action found wrong with `called`, as the action calls this field.
    pub fn faulted(self, faults: &Faults, called: &str) -> Self {
        let error = fault_of(faults, called, &self.label);
        Self { error: error.or(self.error), ..self }
    }

    /// What was sent, with what the action that failed calls `called` and found wrong.
    pub fn refill(&mut self, fields: &Fields, error: &Error, called: &str) {
        *self = std::mem::take(self).given(fields);
        if let Error::Invalid(faults) | Error::Unknown(faults) = error {
            *self = std::mem::take(self).faulted(faults, called);
        }
    }

    /// What to choose, as it is shown.
    pub fn shown_help(&self) -> Ticked {
        ticked(&self.help)
    }

    /// What is wrong, as it is shown.
    pub fn shown_error(&self) -> Option<Ticked> {
        self.error.as_ref().map(ticked)
    }

    /// The ids of what describes it, for those who do not see it.
    pub fn described_by(&self) -> String {
        described_by(self.name, &self.help, self.error.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_chosen_again() {
        let fields =
            Fields::from(vec![("api".to_owned(), "2".to_owned()), ("api".to_owned(), "3".to_owned())]);
        let choice =
            Choice::new("api", "APIs").pick(&1, "One").pick(&2, "Two").pick(&3, "Three").given(&fields);
        let chosen: Vec<_> =
            choice.picks.iter().filter(|pick| pick.is_chosen).map(|pick| &pick.label).collect();
        assert_eq!(chosen, ["Two", "Three"]);
        let faults = Faults::of("api_collection_ids", "has 9, which is no collection here");
        let choice = choice.help("x").faulted(&faults, "api_collection_ids");
        assert_eq!(choice.error.as_deref(), Some("APIs has 9, which is no collection here"));
        assert_eq!(choice.described_by(), "api-help api-error");
    }
}
