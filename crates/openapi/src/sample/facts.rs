//! All that is said of a value, by a schema and by those that it refers to or is composed of.

use std::collections::VecDeque;

use serde_json::Value;

use super::Sampler;
use super::choices::{Branch, Discriminator, Wish, choices};
use crate::schema::{Fields, Kind, count, kinds, list, reference};

/// What a value must obey.
#[derive(Clone, Default)]
pub(super) struct Facts<'d> {
    /// Every schema that was met, each before what it is made of: its own word counts more.
    pub(super) parts: Vec<&'d Fields>,
    /// The same, each after what it is made of: properties are listed so.
    pub(super) inside_out: Vec<&'d Fields>,
    /// The kinds that all of them allow.
    kinds: Option<Vec<Kind>>,
    /// Alternatives of which none is chosen yet.
    pub(super) choices: VecDeque<Vec<Branch<'d>>>,
    /// Values that discriminators want their properties to have; the last one counts.
    pub(super) wishes: Vec<Wish<'d>>,
    /// Where references led, by address.
    pub(super) sources: Vec<*const Value>,
    /// Whether something is said that what is made may not obey.
    pub(super) doubtful: bool,
}

/// How deep parts of parts are looked into.
const GATHERING: usize = 60;

/// Keywords that are obeyed by trying.
const DOUBTFUL: [&str; 13] = [
    "not",
    "if",
    "oneOf",
    "anyOf",
    "dependentSchemas",
    "dependentRequired",
    "propertyNames",
    "patternProperties",
    "contains",
    "uniqueItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "maxProperties",
];

impl<'d> Sampler<'d> {
    /// Adds what a schema says. `concrete` is the reference over which we came to what it is a part
    /// of. `None` if nothing obeys all of it, or if we are inside of it already.
    pub(super) fn gather(
        &mut self,
        schema: &'d Value,
        facts: &mut Facts<'d>,
        concrete: Option<&'d str>,
    ) -> Option<()> {
        self.steps.spend(1)?;
        let fields = match schema {
            Value::Bool(accepts) => return accepts.then_some(()),
            Value::Object(fields) => fields,
            _ => return Some(()),
        };
        if self.gathering == GATHERING {
            return None;
        }
        self.gathering += 1;
        let gathered = self.gather_fields(fields, facts, concrete);
        self.gathering -= 1;
        gathered
    }

    fn gather_fields(
        &mut self,
        fields: &'d Fields,
        facts: &mut Facts<'d>,
        concrete: Option<&'d str>,
    ) -> Option<()> {
        let reference = reference(fields);
        if let Some(reference) = reference.filter(|_| !self.document.reads_beside_reference()) {
            return self.follow(reference, facts, concrete);
        }
        if let Some(kinds) = kinds(fields, self.document.version) {
            facts.restrict(kinds)?;
        }
        facts.doubtful |= DOUBTFUL.iter().any(|keyword| fields.contains_key(*keyword));
        facts.parts.push(fields);
        if let Some(reference) = reference {
            self.follow(reference, facts, concrete)?;
        }
        for part in list(fields, "allOf") {
            self.gather(part, facts, concrete)?;
        }
        facts.inside_out.push(fields);
        facts.choices.extend(choices(fields));
        if let (Some(concrete), Some(discriminator)) = (concrete, Discriminator::of(fields)) {
            facts.wishes.push(discriminator.wish(concrete));
            self.offer_heirs(fields, facts, &discriminator, concrete);
        }
        Some(())
    }

    fn follow(&mut self, reference: &'d str, facts: &mut Facts<'d>, concrete: Option<&'d str>) -> Option<()> {
        let target = self.document.at(reference)?;
        let address = std::ptr::from_ref(target);
        if facts.sources.contains(&address) {
            return Some(());
        }
        if self.open.contains(&address) {
            return None;
        }
        facts.sources.push(address);
        self.gather(target, facts, concrete.or(Some(reference)))
    }

    /// A schema whose discriminator names others that build on it is not meant to be used by
    /// itself: a value is one of theirs, if there is one.
    fn offer_heirs(
        &self,
        fields: &'d Fields,
        facts: &mut Facts<'d>,
        discriminator: &Discriminator<'d>,
        concrete: &'d str,
    ) {
        let is = |value: &'d Value| value.as_object().is_some_and(|own| std::ptr::eq(own, fields));
        let is_itself_meant = self.document.at(concrete).is_some_and(is);
        if !is_itself_meant || fields.contains_key("oneOf") || fields.contains_key("anyOf") {
            return;
        }
        let heirs = discriminator.mapping().filter_map(|(value, reference)| {
            let heir = self.document.at(reference).filter(|heir| !is(heir))?;
            let wish = Some(Wish { property: discriminator.property, value });
            Some(Branch { schemas: vec![heir], wish })
        });
        let branches: Vec<_> = heirs.chain([Branch::default()]).collect();
        facts.choices.push_back(branches);
    }
}

impl<'d> Facts<'d> {
    /// Leaves only what is also of these kinds.
    fn restrict(&mut self, kinds: Vec<Kind>) -> Option<()> {
        let left: Vec<Kind> = match &self.kinds {
            None => kinds,
            Some(own) => own.iter().filter_map(|own| kinds.iter().find_map(|kind| own.and(*kind))).collect(),
        };
        let is_possible = !left.is_empty();
        self.kinds = Some(left);
        is_possible.then_some(())
    }

    /// All values of a field.
    pub(super) fn all(&self, keyword: &str) -> impl Iterator<Item = &'d Value> {
        self.parts.iter().filter_map(move |part| part.get(keyword))
    }

    pub(super) fn texts(&self, keyword: &str) -> impl Iterator<Item = &'d str> {
        self.all(keyword).filter_map(Value::as_str)
    }

    /// The largest of the counts of this name.
    pub(super) fn least(&self, keyword: &str) -> usize {
        self.parts.iter().filter_map(|part| count(part, keyword)).max().unwrap_or(0)
    }

    /// The smallest of the counts of this name.
    pub(super) fn most(&self, keyword: &str) -> usize {
        self.parts.iter().filter_map(|part| count(part, keyword)).min().unwrap_or(usize::MAX)
    }

    /// Values that the publisher wrote, the likeliest first.
    pub(super) fn given(&self) -> impl Iterator<Item = &'d Value> {
        let examples = self.all("examples").filter_map(Value::as_array).flatten();
        self.all("example").chain(examples).chain(self.all("default"))
    }

    /// The values that there are, if they are listed.
    pub(super) fn listed(&self) -> Option<Vec<&'d Value>> {
        let constant = self.all("const").next().map(|constant| vec![constant]);
        constant.or_else(|| Some(self.all("enum").find_map(Value::as_array)?.iter().collect()))
    }

    /// The kinds to try, one after the other. Where none is named, the keywords tell; a value of
    /// another kind would obey them all, and mean nothing.
    pub(super) fn kinds_by_preference(&self, is_outermost: bool) -> Vec<Kind> {
        if let Some(kinds) = &self.kinds {
            let (nulls, mut others): (Vec<Kind>, Vec<Kind>) =
                kinds.iter().partition(|kind| **kind == Kind::Null);
            others.extend(nulls);
            return others;
        }
        let has = |keywords: &[&str]| {
            keywords.iter().any(|keyword| self.parts.iter().any(|part| part.contains_key(*keyword)))
        };
        if has(&["properties", "required", "additionalProperties", "minProperties"]) {
            return vec![Kind::Object];
        } else if has(&["items", "prefixItems", "minItems", "contains"]) {
            return vec![Kind::Array];
        } else if has(&["pattern", "format", "minLength", "maxLength"]) {
            return vec![Kind::String];
        } else if has(&["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"]) {
            return vec![Kind::Number];
        }
        let mut kinds = vec![
            Kind::String,
            Kind::Object,
            Kind::Integer,
            Kind::Number,
            Kind::Boolean,
            Kind::Array,
            Kind::Null,
        ];
        if is_outermost {
            kinds.swap(0, 1);
        }
        kinds
    }
}
