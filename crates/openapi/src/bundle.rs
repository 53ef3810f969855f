//! One document out of several files.
//!
//! Nothing here reads files or follows addresses: a [`Bundler`] says what it needs, and whoever
//! has a folder, an archive or a network gives it, or says that it is not to be had.

mod entry;
mod files;
mod found;
mod location;
mod name;
mod rewrite;

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

pub use entry::entry;
pub use location::Location;

use crate::fault::Fault;
use crate::part::{Part, Shape, Trail, walk};
use crate::reference::{push_token, tokens};
use crate::{Document, Format, Version, read, root};
use files::Files;
use found::{Found, Lookout};

/// The most files that one document may be made of.
pub const FILES: usize = 20_000;

/// The most that the files may have together, in bytes, and what comes of them.
pub const FILES_BYTES: usize = 64 << 20;

/// Puts a document together out of an entry file and what it refers to.
///
/// Ask it what it needs ([`Bundler::needs`]), [give](Bundler::give) or
/// [withhold](Bundler::withhold) that, until it needs nothing more; then
/// [finish](Bundler::finish).
#[derive(Debug)]
pub struct Bundler {
    files: Files,
    /// The entry file as it was read, and the version that it is written in.
    root: Value,
    version: Version,
    targets: Vec<Target>,
    target_ids: HashMap<Spot, usize>,
    /// Files with targets that nobody has looked into yet, and those targets. All of a file's are
    /// looked into together, so that it is not read more often than it must be.
    open: VecDeque<usize>,
    open_targets: HashMap<usize, Vec<usize>>,
    /// Parts of the entry file that stand where OpenAPI has none and are referred to.
    strays: Vec<(String, Shape)>,
    /// Path items of other files, and the pointers of the paths in the entry file that they are
    /// the items of.
    paths: Vec<(usize, String, String)>,
}

/// What came of the files.
#[derive(Debug)]
pub struct Bundle {
    /// The whole document; it refers to nothing but itself, and to what was not to be had.
    pub document: Document,
    /// Everything that it is made of, the entry file first.
    pub files: Vec<Location>,
    /// What was asked for and not to be had.
    pub missing: Vec<Location>,
}

/// A place in one of the files, and what is expected there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Spot {
    file: usize,
    pointer: String,
    shape: Shape,
}

/// Something outside of the entry file that is referred to.
#[derive(Debug)]
struct Target {
    spot: Spot,
    uses: usize,
    /// Whether there is something.
    is_there: bool,
    /// The name of a component that stands in the entry file for nothing but this.
    home: Option<String>,
}

/// The entry file.
const ENTRY: usize = 0;

impl Bundler {
    /// Begins with the entry file.
    pub fn new(location: Location, text: String) -> Result<Self, Fault> {
        let files = Files::new(location, text)?;
        let (text, format) = files.text(ENTRY);
        let settle = || {
            let mut root = read::text(text, format)?;
            root::settle(&mut root, |pointer| read::source(text, format, pointer));
            let version = root::written_in(&root).map_err(|fault| fault.found_in(text, format))?;
            Ok((root, version))
        };
        let (mut root, version) = settle().map_err(|fault| files.fault(ENTRY, fault))?;
        let mut bundler = Self {
            files,
            root: Value::Null,
            version,
            targets: Vec::new(),
            target_ids: HashMap::new(),
            open: VecDeque::new(),
            open_targets: HashMap::new(),
            strays: Vec::new(),
            paths: Vec::new(),
        };
        let found = bundler.look_into(ENTRY, "", Shape::One(Part::Root), &mut root)?;
        bundler.root = root;
        bundler.note_all(ENTRY, &found)?;
        Ok(bundler)
    }

    /// What it needs next, or `None` if it has all that there is.
    pub fn needs(&mut self) -> Result<Option<Location>, Fault> {
        // The order depends on nothing but the files.
        while let Some(file) = self.open.front().copied() {
            if self.files.is_awaited(file) {
                return Ok(Some(self.files.location(file).clone()));
            }
            match self.open_targets.get_mut(&file).and_then(Vec::pop) {
                Some(target) => {
                    let spot = self.targets[target].spot.clone();
                    self.look_at(target, &spot)?;
                }
                None => {
                    self.open_targets.remove(&file);
                    self.open.pop_front();
                }
            }
        }
        Ok(None)
    }

    /// Gives what stands at a location. Nothing happens if nobody has asked for it.
    pub fn give(&mut self, location: &Location, text: String) -> Result<(), Fault> {
        self.files.give(location, text)
    }

    /// Says that there is nothing to be had at a location.
    pub fn withhold(&mut self, location: &Location) {
        self.files.withhold(location);
    }

    /// Puts the document together. What is still needed counts as not to be had.
    pub fn finish(mut self) -> Result<Bundle, Fault> {
        while let Some(location) = self.needs()? {
            self.withhold(&location);
        }
        let (root, files) = rewrite::put_together(self)?;
        let document = Document::of(root).map_err(|fault| files.fault(ENTRY, fault))?;
        let (files, missing) = files.into_locations();
        Ok(Bundle { document, files, missing })
    }

    /// Looks into a target for what it refers to itself.
    fn look_at(&mut self, target: usize, spot: &Spot) -> Result<(), Fault> {
        if spot.file == ENTRY {
            self.targets[target].is_there = self.root.pointer(&spot.pointer).is_some();
            return Ok(());
        }
        let Some(mut value) = self.files.take(spot.file, spot.shape)? else { return Ok(()) };
        if let Some(part) = value.pointer_mut(&spot.pointer) {
            self.targets[target].is_there = true;
            let found = self.look_into(spot.file, &spot.pointer, spot.shape, part)?;
            self.note_all(spot.file, &found)?;
        }
        self.files.put_back(spot.file, value);
        Ok(())
    }

    /// What a part of a file refers to.
    fn look_into(
        &self,
        file: usize,
        base: &str,
        shape: Shape,
        part: &mut Value,
    ) -> Result<Vec<Found>, Fault> {
        let mut lookout = Lookout::new(self.files.location(file), file == ENTRY);
        let walked = walk(part, shape, &Trail::at(base), &mut lookout);
        let found = lookout.into_found();
        walked.map_err(|fault| self.files.fault(file, fault))?;
        Ok(found)
    }

    fn note_all(&mut self, file: usize, found: &[Found]) -> Result<(), Fault> {
        found.iter().try_for_each(|found| self.note(file, found))
    }

    fn note(&mut self, file: usize, found: &Found) -> Result<(), Fault> {
        let joined = self.files.location(file).join(&found.reference);
        let joined = match joined {
            // In what is free it may be anything.
            Err(_) if found.shape == Shape::Free => return Ok(()),
            joined => joined.map_err(|(problem, remedy)| {
                let fault = Fault::structure(&found.pointer, problem, remedy);
                self.files.fault(file, fault)
            })?,
        };
        let Some((location, pointer)) = joined else { return Ok(()) };
        let to = self.files.ask(location)?;
        let spot = Spot { file: to, pointer, shape: found.shape };
        if to == ENTRY && (file == ENTRY || self.section(spot.shape).is_some()) {
            self.note_stray(&spot)?;
            return Ok(());
        }
        if file == ENTRY && found.shape == Shape::One(Part::PathItem) && found.is_below("/paths/") {
            self.paths.push((to, spot.pointer.clone(), found.parent().to_owned()));
        }
        let home = self.section(found.shape).and_then(|section| found.home(file, section));
        let target = match self.target_ids.get(&spot) {
            Some(target) => *target,
            None => {
                let target = self.targets.len();
                self.target_ids.insert(spot.clone(), target);
                self.targets.push(Target { spot, uses: 0, is_there: false, home: None });
                self.open_targets
                    .entry(to)
                    .or_insert_with(|| {
                        self.open.push_back(to);
                        Vec::new()
                    })
                    .push(target);
                target
            }
        };
        let target = &mut self.targets[target];
        target.uses += 1;
        if target.home.is_none() {
            target.home = home;
        }
        Ok(())
    }

    /// Looks into a part of the entry file that no walk through it comes by.
    fn note_stray(&mut self, spot: &Spot) -> Result<(), Fault> {
        let is_met = Shape::One(Part::Root).at(tokens(&spot.pointer)) != Shape::Free;
        let is_known = |(pointer, shape): &(String, Shape)| *pointer == spot.pointer && *shape == spot.shape;
        if is_met || spot.shape == Shape::Free || self.strays.iter().any(is_known) {
            return Ok(());
        }
        let Some(mut part) = self.root.pointer_mut(&spot.pointer).map(Value::take) else { return Ok(()) };
        self.strays.push((spot.pointer.clone(), spot.shape));
        let found = self.look_into(ENTRY, &spot.pointer, spot.shape, &mut part)?;
        if let Some(place) = self.root.pointer_mut(&spot.pointer) {
            *place = part;
        }
        self.note_all(ENTRY, &found)
    }

    /// JSON pointer of the section of the document where something of this shape has its place
    /// under a name of its own.
    fn section(&self, shape: Shape) -> Option<&'static str> {
        let Shape::One(part) = shape else { return None };
        if self.version == Version::V2_0 {
            return match part {
                Part::Schema => Some("/definitions"),
                Part::Parameter => Some("/parameters"),
                Part::Response => Some("/responses"),
                Part::SecurityScheme => Some("/securityDefinitions"),
                _ => None,
            };
        }
        match part {
            Part::Schema => Some("/components/schemas"),
            Part::Parameter => Some("/components/parameters"),
            Part::Response => Some("/components/responses"),
            Part::RequestBody => Some("/components/requestBodies"),
            Part::Header => Some("/components/headers"),
            Part::Example => Some("/components/examples"),
            Part::Link => Some("/components/links"),
            Part::Callback => Some("/components/callbacks"),
            Part::SecurityScheme => Some("/components/securitySchemes"),
            Part::MediaType if self.version >= Version::V3_2 => Some("/components/mediaTypes"),
            _ => None,
        }
    }
}

/// What a file is in: as its name says, unless it is JSON under another name.
fn format(location: &Location, text: &str) -> Format {
    match Format::of_file(location.as_str()) {
        Some(Format::Json) => Format::Json,
        _ => Format::guess(text),
    }
}

/// The pointer of a component.
fn component(section: &str, name: &str) -> String {
    let mut pointer = section.to_owned();
    push_token(&mut pointer, name);
    pointer
}

#[cfg(test)]
mod tests;
