//! Objects.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Sampler;
use super::facts::Facts;
use crate::pattern::{Extent, text_of};
use crate::schema::{table, texts};

/// How many properties are added one by one where all at once are not valid.
const ADDED: usize = 50;

/// How many names are tried for a property that has none.
const NAMES: usize = 24;

/// What is known of the names of an object's properties.
struct Names<'d> {
    /// Those that have a schema, in order.
    declared: Vec<&'d str>,
    /// Those that must be there.
    required: Vec<&'d str>,
    is_required: HashSet<&'d str>,
    /// The most properties that there may be.
    most: usize,
}

impl<'d> Sampler<'d> {
    /// An object with all its properties, or else with those that it must have and as many others as
    /// leave it valid.
    pub(super) fn object_of(
        &mut self,
        schemas: &[&'d Value],
        facts: &Facts<'d>,
        variant: usize,
    ) -> Option<Value> {
        let names = self.names(facts)?;
        let is_generous = !self.is_sparing();
        if is_generous {
            let full = self.object(facts, &names, true, variant).map(Value::Object);
            if let Some(full) = full.filter(|full| !facts.doubtful || self.fits(schemas, full)) {
                return Some(full);
            }
        }
        let mut object = Value::Object(self.object(facts, &names, false, variant)?);
        if !facts.doubtful {
            return Some(object);
        }
        if !self.fits(schemas, &object) {
            return None;
        }
        if is_generous {
            self.add_what_fits(schemas, facts, &names, &mut object, variant);
        }
        Some(object)
    }

    fn names(&mut self, facts: &Facts<'d>) -> Option<Names<'d>> {
        let document = self.document;
        let mut seen = HashSet::new();
        let declared: Vec<_> = facts
            .inside_out
            .iter()
            .flat_map(|part| table(part, "properties"))
            .filter_map(|(name, _)| seen.insert(name).then_some(name))
            .collect();
        let mut is_required = HashSet::new();
        let required: Vec<_> = facts
            .parts
            .iter()
            .flat_map(|part| document.required(part))
            .filter(|name| is_required.insert(*name))
            .collect();
        // Paid for, since a schema can come by many times.
        self.steps.spend(declared.len() + required.len())?;
        Some(Names { declared, required, is_required, most: facts.most("maxProperties") })
    }

    fn object(
        &mut self,
        facts: &Facts<'d>,
        names: &Names<'d>,
        is_full: bool,
        variant: usize,
    ) -> Option<Map<String, Value>> {
        let mut object = Map::new();
        let mut optional_left = if is_full { names.most.checked_sub(names.required.len())? } else { 0 };
        for name in &names.declared {
            let is_required = names.is_required.contains(name);
            if !is_required && (optional_left == 0 || self.is_for_requests(facts, name)) {
                continue;
            }
            match self.property(facts, name, variant) {
                Some(value) => {
                    optional_left -= usize::from(!is_required);
                    self.put(&mut object, name, value)?;
                }
                None if is_required => return None,
                None => {}
            }
        }
        for name in &names.required {
            if !object.contains_key(*name) {
                let value = self.property(facts, name, variant)?;
                self.put(&mut object, name, value)?;
            }
        }
        self.add_dependents(facts, &mut object, variant)?;
        self.fill(facts, names, &mut object, is_full && optional_left > 0, variant)?;
        Some(object)
    }

    fn put(&mut self, object: &mut Map<String, Value>, name: &str, value: Value) -> Option<()> {
        self.size.spend(name.len() + 4)?;
        object.insert(name.to_owned(), value);
        Some(())
    }

    fn is_for_requests(&self, facts: &Facts<'d>, name: &str) -> bool {
        let mut properties = facts.all("properties").filter_map(|properties| properties.get(name));
        properties.any(|property| self.document.is_write_only(property))
    }

    /// A value for a property: what a discriminator wants, what an example of the whole has, or one
    /// of its own.
    fn property(&mut self, facts: &Facts<'d>, name: &str, variant: usize) -> Option<Value> {
        let rules = self.rules(facts, name)?;
        let wish = facts.wishes.iter().rev().find(|wish| wish.property == name);
        if let Some(wish) = wish.map(|wish| Value::from(wish.value)).filter(|wish| self.fits(&rules, wish)) {
            return self.size.copy(&wish);
        }
        let mut given = facts.given().filter_map(|given| given.get(name)).skip(variant);
        match given.find(|given| self.fits(&rules, given)) {
            Some(given) => self.size.copy(given),
            None => self.make(&rules, variant),
        }
    }

    /// The schemas that a property of this name must obey; `None` if there must not be one.
    fn rules(&mut self, facts: &Facts<'d>, name: &str) -> Option<Vec<&'d Value>> {
        let mut rules = Vec::new();
        for part in &facts.parts {
            let before = rules.len();
            rules.extend(part.get("properties").and_then(|properties| properties.get(name)));
            for (pattern, schema) in table(part, "patternProperties") {
                if self.checker.patterns.matches(pattern, name) == Some(true) {
                    rules.push(schema);
                }
            }
            if rules.len() == before {
                rules.extend(part.get("additionalProperties"));
            }
        }
        if rules.is_empty() {
            rules.extend(facts.all("unevaluatedProperties"));
        }
        (!rules.contains(&&Value::Bool(false))).then_some(rules)
    }

    /// What must be there because something else is.
    fn add_dependents(
        &mut self,
        facts: &Facts<'d>,
        object: &mut Map<String, Value>,
        variant: usize,
    ) -> Option<()> {
        loop {
            let missing = facts.parts.iter().find_map(|part| {
                let dependents = part.get("dependentRequired")?.as_object()?;
                let present = dependents.keys().filter(|name| object.contains_key(*name));
                present.flat_map(|name| texts(dependents, name)).find(|name| !object.contains_key(*name))
            });
            let Some(missing) = missing else { return Some(()) };
            let value = self.property(facts, missing, variant)?;
            self.put(object, missing, value)?;
        }
    }

    /// Adds properties until there are as many as there must be; one to a map, so that it shows what
    /// its values are.
    fn fill(
        &mut self,
        facts: &Facts<'d>,
        names: &Names<'d>,
        object: &mut Map<String, Value>,
        is_full: bool,
        variant: usize,
    ) -> Option<()> {
        let is_map = names.declared.is_empty()
            && facts.parts.iter().any(|part| {
                part.get("additionalProperties").is_some_and(Value::is_object)
                    || part.contains_key("patternProperties")
            });
        let least = facts.least("minProperties");
        for name in &names.declared {
            if object.len() >= least {
                break;
            }
            if !object.contains_key(*name)
                && let Some(value) = self.property(facts, name, variant)
            {
                self.put(object, name, value)?;
            }
        }
        let mut attempts = 0;
        while object.len() < least || is_full && is_map && object.is_empty() && attempts == 0 {
            if attempts == NAMES.max(least.saturating_mul(2)) {
                return None;
            }
            if let Some(name) = self.invented_name(facts, attempts)
                && !object.contains_key(&name)
                && let Some(value) = self.property(facts, &name, variant)
            {
                self.put(object, &name, value)?;
            }
            attempts += 1;
        }
        Some(())
    }

    /// A name for a property that has none.
    fn invented_name(&mut self, facts: &Facts<'d>, number: usize) -> Option<String> {
        let rules: Vec<_> = facts.all("propertyNames").collect();
        if !rules.is_empty() {
            return self.make(&rules, number)?.as_str().map(str::to_owned);
        }
        let pattern = facts.all("patternProperties").filter_map(Value::as_object).flatten().next();
        match pattern {
            Some((pattern, _)) => text_of(pattern, Extent::Each(3), number),
            None if number == 0 => Some("key".to_owned()),
            None => Some(format!("key{}", number + 1)),
        }
    }

    /// Adds optional properties one by one.
    fn add_what_fits(
        &mut self,
        schemas: &[&'d Value],
        facts: &Facts<'d>,
        names: &Names<'d>,
        object: &mut Value,
        variant: usize,
    ) {
        for name in names.declared.iter().take(ADDED) {
            if object.get(name).is_some() || self.is_for_requests(facts, name) {
                continue;
            }
            let Some(value) = self.property(facts, name, variant) else { continue };
            if let Value::Object(fields) = object {
                fields.insert((*name).to_owned(), value);
            }
            if !self.fits(schemas, object)
                && let Value::Object(fields) = object
            {
                fields.shift_remove(*name);
            }
        }
    }
}
