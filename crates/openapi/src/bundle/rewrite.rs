//! Puts the document together, once it is known what it is made of.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::files::Files;
use super::found::{free_reference, has_reference, mapping};
use super::name::Names;
use super::{Bundler, ENTRY, FILES_BYTES, Spot, component};
use crate::bounds::Budget;
use crate::fault::{Fault, excerpt};
use crate::part::{Part, Shape, Trail, Visitor, Walk, walk};
use crate::read::NESTING;
use crate::reference::tokens;

/// The most pieces within pieces that are put in the place of references.
const WITHIN: usize = 16;

/// The most that the pieces from other files may take together, about in bytes of JSON, with
/// something for each piece, since it takes time too.
const RESULT_BYTES: usize = 2 * FILES_BYTES;
const PIECE_BYTES: usize = 2 << 10;

/// The whole document, and the files that it is made of.
pub(super) fn put_together(bundler: Bundler) -> Result<(Value, Files), Fault> {
    let mut writer = Writer::new(bundler);
    let mut root = std::mem::take(&mut writer.bundler.root);
    // First, for the walk through everything takes them for what nobody knows.
    for (pointer, shape) in std::mem::take(&mut writer.bundler.strays) {
        let Some(mut part) = root.pointer_mut(&pointer).map(Value::take) else { continue };
        writer.rewrite(ENTRY, &mut part, shape, &pointer)?;
        if let Some(place) = root.pointer_mut(&pointer) {
            *place = part;
        }
    }
    writer.rewrite(ENTRY, &mut root, Shape::One(Part::Root), "")?;
    for target in 0..writer.places.len() {
        let Some(place) = writer.places[target].clone() else { continue };
        if writer.bundler.targets[target].home.is_none() {
            let value = writer.content(target)?;
            insert(&mut root, &place, value);
        }
    }
    if levels(&root) > NESTING {
        let problem = format!("nests deeper than {NESTING} levels once its files are put together");
        return Err(Fault::structure("", problem, "refer to inner parts as schemas, responses and so on"));
    }
    Ok((root, writer.bundler.files))
}

struct Writer {
    bundler: Bundler,
    /// JSON pointers of the components that targets become; the others take the place of what
    /// refers to them.
    places: Vec<Option<String>>,
    /// Whether a part of it, or something that it is a part of, is a target as well.
    is_shared: Vec<bool>,
    /// Parts of the entry file that stand in the place of references in other files.
    entry_parts: HashMap<usize, Value>,
    /// The targets that are being written.
    open: Vec<usize>,
    budget: Budget,
}

impl Writer {
    fn new(bundler: Bundler) -> Self {
        let parts = bundler.targets.iter().enumerate().filter(|(_, target)| target.spot.file == ENTRY);
        let entry_parts = parts
            .filter_map(|(id, target)| Some((id, bundler.root.pointer(&target.spot.pointer)?.clone())))
            .collect();
        Self {
            places: places(&bundler),
            is_shared: shared(&bundler),
            entry_parts,
            open: Vec::new(),
            budget: Budget::new(RESULT_BYTES),
            bundler,
        }
    }

    fn rewrite(&mut self, file: usize, part: &mut Value, shape: Shape, base: &str) -> Result<(), Fault> {
        let mut rewrite = Rewrite { writer: self, file };
        let walked = walk(part, shape, &Trail::at(base), &mut rewrite);
        walked.map_err(|fault| self.bundler.files.fault(file, fault))
    }

    /// Whether a target may take the place of a reference within what is being written.
    fn may_open(&self, target: usize) -> bool {
        self.open.len() < WITHIN && !self.open.contains(&target)
    }

    /// A target as it stands in the document.
    fn content(&mut self, target: usize) -> Result<Value, Fault> {
        // A component is written once, and so is what the entry file alone refers to, once.
        let is_asked_by_entry = self.open.is_empty() && self.bundler.targets[target].uses == 1;
        let is_last = (self.places[target].is_some() || is_asked_by_entry) && !self.is_shared[target];
        let spot = self.bundler.targets[target].spot.clone();
        if !self.may_open(target) {
            let problem = "is part of itself, or of too many other parts";
            let remedy = "refer in circles only to schemas, responses and other components";
            return Err(self
                .bundler
                .files
                .fault(spot.file, Fault::structure(&spot.pointer, problem, remedy)));
        }
        let mut part = self.part(target, &spot, is_last)?;
        if self.budget.spend(PIECE_BYTES).and_then(|()| self.budget.charge(&part)).is_none() {
            let problem = format!("becomes larger than {} MiB", RESULT_BYTES >> 20);
            return Err(Fault::structure("", problem, "refer to large parts as components"));
        }
        self.open.push(target);
        self.rewrite(spot.file, &mut part, spot.shape, &spot.pointer)?;
        self.open.pop();
        // Most files hold one thing.
        if is_last && spot.pointer.is_empty() && spot.file != ENTRY {
            self.bundler.files.forget(spot.file);
        }
        Ok(part)
    }

    fn part(&mut self, target: usize, spot: &Spot, is_last: bool) -> Result<Value, Fault> {
        if spot.file == ENTRY {
            return Ok(self.entry_parts.get(&target).cloned().unwrap_or_default());
        }
        let Some(mut value) = self.bundler.files.take(spot.file, spot.shape)? else { return Ok(Value::Null) };
        let part =
            value.pointer_mut(&spot.pointer).map(|part| if is_last { part.take() } else { part.clone() });
        self.bundler.files.put_back(spot.file, value);
        Ok(part.unwrap_or_default())
    }

    /// What becomes of a reference in a file.
    fn resolve(&self, file: usize, reference: &str, shape: Shape) -> Becomes {
        let files = &self.bundler.files;
        let Ok(Some((location, pointer))) = files.location(file).join(reference) else {
            return Becomes::Same;
        };
        let Some(to) = files.find(&location) else { return Becomes::Same };
        if to == ENTRY && file == ENTRY {
            return Becomes::Same;
        }
        if to == ENTRY && self.bundler.section(shape).is_some() {
            return Becomes::Reference(fragment(&pointer));
        }
        let target = self.bundler.target_ids.get(&Spot { file: to, pointer, shape });
        match target.filter(|target| self.bundler.targets[**target].is_there) {
            None => Becomes::Nothing,
            Some(target) => match &self.places[*target] {
                Some(place) => Becomes::Component(*target, place.clone()),
                None => Becomes::Content(*target),
            },
        }
    }
}

/// What a reference becomes.
enum Becomes {
    /// What it was.
    Same,
    Reference(String),
    /// A reference to what a target becomes, at this JSON pointer.
    Component(usize, String),
    /// The target itself.
    Content(usize),
    /// What it was, but there is nothing.
    Nothing,
}

/// Walks through a part of a file and makes its references those of the document.
struct Rewrite<'w> {
    writer: &'w mut Writer,
    file: usize,
}

impl Visitor for Rewrite<'_> {
    fn visit(&mut self, trail: &Trail<'_>, shape: Shape, value: &mut Value) -> Result<Walk, Fault> {
        if shape == Shape::Free {
            if has_reference(value) {
                self.visit_freely(value)?;
            }
            return Ok(Walk::Past);
        }
        let Value::Object(fields) = value else { return Ok(Walk::Into) };
        match shape {
            Shape::One(Part::Schema) => self.write_mapping(fields),
            Shape::One(Part::Link) => self.write_operation(fields),
            _ => {}
        }
        let is_alone = fields.len() == 1;
        let Some(Value::String(reference)) = fields.get_mut("$ref") else { return Ok(Walk::Into) };
        match self.writer.resolve(self.file, reference, shape) {
            Becomes::Same => Ok(Walk::Into),
            Becomes::Nothing if shape == Shape::One(Part::PathItem) && trail.is_below("/paths") => {
                let problem = format!(
                    "(`{}`) is not to be had, so that the operations are not known",
                    excerpt(reference)
                );
                let pointer = format!("{}/$ref", trail.pointer());
                let fault = Fault::structure(&pointer, problem, "send the file, too");
                Err(self.writer.bundler.files.fault(self.file, fault))
            }
            Becomes::Nothing => Ok(Walk::Into),
            Becomes::Reference(new) => {
                *reference = new;
                Ok(Walk::Into)
            }
            Becomes::Component(target, place) => {
                if self.file == ENTRY && is_alone && place == trail.pointer() {
                    *value = self.writer.content(target)?;
                    return Ok(Walk::Past);
                }
                *reference = fragment(&place);
                Ok(Walk::Into)
            }
            Becomes::Content(target) => {
                fields.shift_remove("$ref");
                let mut own = std::mem::take(fields);
                *value = self.writer.content(target)?;
                if !own.is_empty() {
                    let mut rest = Value::Object(std::mem::take(&mut own));
                    walk(&mut rest, shape, trail, self)?;
                    // What stands beside a reference counts more.
                    if let (Value::Object(fields), Value::Object(rest)) = (value, rest) {
                        fields.extend(rest);
                    }
                }
                Ok(Walk::Past)
            }
        }
    }

    fn odd(&mut self, _: &Trail<'_>, _: String) {
        // The document that comes of it is looked over again.
    }
}

impl Rewrite<'_> {
    fn visit_freely(&mut self, value: &mut Value) -> Result<(), Fault> {
        match value {
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.visit_freely(item)),
            Value::Object(fields) => {
                let becomes = free_reference(fields)
                    .map(|reference| self.writer.resolve(self.file, reference, Shape::Free));
                match becomes {
                    Some(Becomes::Content(target)) if self.writer.may_open(target) => {
                        *value = self.writer.content(target)?;
                    }
                    Some(_) => {}
                    None => fields.values_mut().try_for_each(|value| self.visit_freely(value))?,
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn write_mapping(&mut self, schema: &mut Map<String, Value>) {
        let new: Vec<_> = mapping(schema)
            .filter_map(|(name, reference)| {
                match self.writer.resolve(self.file, reference, Shape::One(Part::Schema)) {
                    Becomes::Reference(new) => Some((name.to_owned(), new)),
                    Becomes::Component(_, place) => Some((name.to_owned(), fragment(&place))),
                    _ => None,
                }
            })
            .collect();
        for (name, new) in new {
            schema["discriminator"]["mapping"][name] = Value::String(new);
        }
    }

    /// An operation is found where the path item that has it stands now.
    fn write_operation(&mut self, link: &mut Map<String, Value>) {
        let bundler = &self.writer.bundler;
        let Some(Value::String(reference)) = link.get_mut("operationRef") else { return };
        let Ok(Some((location, pointer))) = bundler.files.location(self.file).join(reference) else { return };
        let Some(file) = bundler.files.find(&location) else { return };
        if file == ENTRY {
            *reference = fragment(&pointer);
            return;
        }
        let moved = bundler.paths.iter().find_map(|(item_file, item, path)| {
            let method = pointer.strip_prefix(item.as_str()).filter(|rest| rest.starts_with('/'))?;
            (*item_file == file).then(|| fragment(&format!("{path}{method}")))
        });
        if let Some(moved) = moved {
            *reference = moved;
        }
    }
}

/// The components that targets become, in the order in which they were met.
fn places(bundler: &Bundler) -> Vec<Option<String>> {
    let mut names: HashMap<&str, Names> = HashMap::new();
    let mut places = Vec::with_capacity(bundler.targets.len());
    for target in &bundler.targets {
        let section =
            bundler.section(target.spot.shape).filter(|_| target.is_there && target.spot.file != ENTRY);
        places.push(section.map(|section| {
            if let Some(home) = &target.home {
                return component(section, home);
            }
            let names = names.entry(section).or_insert_with(|| {
                let mut names = Names::default();
                let own = bundler.root.pointer(section).and_then(Value::as_object);
                own.into_iter().flatten().for_each(|(name, _)| names.take(name));
                names
            });
            component(section, &names.find(bundler.files.location(target.spot.file), &target.spot.pointer))
        }));
    }
    places
}

/// For each target, whether it overlaps with another one.
fn shared(bundler: &Bundler) -> Vec<bool> {
    let mut spots: Vec<_> = bundler
        .targets
        .iter()
        .enumerate()
        .map(|(id, target)| (target.spot.file, tokens(&target.spot.pointer).collect::<Vec<_>>(), id))
        .collect();
    spots.sort_unstable();
    let mut is_shared = vec![false; spots.len()];
    let mut outer: Option<&(usize, Vec<String>, usize)> = None;
    for spot in &spots {
        match outer {
            Some((file, tokens, id)) if *file == spot.0 && spot.1.starts_with(tokens) => {
                is_shared[*id] = true;
                is_shared[spot.2] = true;
            }
            _ => outer = Some(spot),
        }
    }
    is_shared
}

/// A reference to a JSON pointer in the same document.
fn fragment(pointer: &str) -> String {
    format!("#{}", pointer.replace('%', "%25"))
}

/// Puts a component into its place.
fn insert(root: &mut Value, place: &str, value: Value) {
    let mut at = root;
    for token in tokens(place) {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        at = &mut at[token];
    }
    *at = value;
}

/// How deep it nests.
fn levels(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(levels).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(levels).max().unwrap_or(0),
        _ => 0,
    }
}
