//! The files of a document. Their texts are kept, and what they say is read when it is asked
//! for: that takes a fifth of the memory, and a little time.

use std::collections::HashMap;

use serde_json::Value;

use super::{FILES, FILES_BYTES, Location, format};
use crate::fault::Fault;
use crate::part::Shape;
use crate::{Format, read};

/// The most text that is kept as read, in bytes, besides the file that was read last.
const AT_HAND_BYTES: usize = 512 << 10;

/// How many times all of the text may be read. A file that is asked for between others again and
/// again is read again and again.
const TIMES: usize = 16;

#[derive(Debug)]
pub(super) struct Files {
    files: Vec<File>,
    ids: HashMap<Location, usize>,
    /// What may still be given, and read.
    left_bytes: usize,
    read_bytes: usize,
    at_hand_bytes: usize,
}

#[derive(Debug)]
struct File {
    location: Location,
    text: Text,
    format: Format,
    /// What it says, if that is at hand.
    value: Option<Value>,
}

#[derive(Debug)]
enum Text {
    Awaited,
    Given(String),
    /// Given, and no longer needed.
    Spent,
    Withheld,
}

impl Files {
    pub(super) fn new(entry: Location, text: String) -> Result<Self, Fault> {
        let mut files = Self {
            files: Vec::new(),
            ids: HashMap::new(),
            left_bytes: FILES_BYTES,
            read_bytes: 0,
            at_hand_bytes: 0,
        };
        let entry = files.ask(entry)?;
        files.give_to(entry, text)?;
        Ok(files)
    }

    /// The file at a location, now awaited if it was not known.
    pub(super) fn ask(&mut self, location: Location) -> Result<usize, Fault> {
        if let Some(id) = self.ids.get(&location) {
            return Ok(*id);
        }
        let id = self.files.len();
        if id == FILES {
            let problem = format!("is made of more than {FILES} files");
            return Err(Fault::structure("", problem, "put smaller ones together"));
        }
        self.ids.insert(location.clone(), id);
        self.files.push(File { location, text: Text::Awaited, format: Format::Json, value: None });
        Ok(id)
    }

    pub(super) fn give(&mut self, location: &Location, text: String) -> Result<(), Fault> {
        self.find(location).map_or(Ok(()), |id| self.give_to(id, text))
    }

    fn give_to(&mut self, id: usize, text: String) -> Result<(), Fault> {
        let file = &mut self.files[id];
        if !matches!(file.text, Text::Awaited) {
            return Ok(());
        }
        let Some(left) = self.left_bytes.checked_sub(text.len()) else {
            let problem = format!("is made of more than {} MiB", FILES_BYTES >> 20);
            return Err(Fault::structure("", problem, "split it"));
        };
        self.left_bytes = left;
        file.format = format(&file.location, &text);
        file.text = Text::Given(text);
        Ok(())
    }

    pub(super) fn withhold(&mut self, location: &Location) {
        if let Some(file) = self.ids.get(location).and_then(|id| self.files.get_mut(*id))
            && matches!(file.text, Text::Awaited)
        {
            file.text = Text::Withheld;
        }
    }

    pub(super) fn find(&self, location: &Location) -> Option<usize> {
        self.ids.get(location).copied()
    }

    pub(super) fn location(&self, file: usize) -> &Location {
        &self.files[file].location
    }

    pub(super) fn text(&self, file: usize) -> (&str, Format) {
        match &self.files[file] {
            File { text: Text::Given(text), format, .. } => (text, *format),
            File { format, .. } => ("", *format),
        }
    }

    pub(super) fn is_awaited(&self, file: usize) -> bool {
        matches!(self.files[file].text, Text::Awaited)
    }

    #[cfg(test)]
    pub(super) fn awaited(&self) -> impl Iterator<Item = &Location> {
        self.files.iter().filter(|file| matches!(file.text, Text::Awaited)).map(|file| &file.location)
    }

    /// The locations of those that were given, and of the others.
    pub(super) fn into_locations(self) -> (Vec<Location>, Vec<Location>) {
        let (given, missing): (Vec<_>, Vec<_>) =
            self.files.into_iter().partition(|file| matches!(file.text, Text::Given(_) | Text::Spent));
        let locations = |files: Vec<File>| files.into_iter().map(|file| file.location).collect();
        (locations(given), locations(missing))
    }

    /// What a file other than the entry says; `None` if it was not to be had. It should be put
    /// back. Free text need be neither JSON nor YAML.
    pub(super) fn take(&mut self, file: usize, shape: Shape) -> Result<Option<Value>, Fault> {
        if let Some(value) = self.files[file].value.take() {
            self.at_hand_bytes = self.at_hand_bytes.saturating_sub(self.text(file).0.len());
            return Ok(Some(value));
        }
        let File { text: Text::Given(text), format, location, .. } = &self.files[file] else {
            return Ok(None);
        };
        self.read_bytes += text.len();
        if self.read_bytes > TIMES * (FILES_BYTES - self.left_bytes) + (1 << 20) {
            let fault =
                Fault::structure("", "is referred to in too many turns", "put its parts into one file");
            return Err(fault.in_file(location.as_str()));
        }
        if shape == Shape::Free && Format::of_file(location.as_str()).is_none() {
            return Ok(Some(Value::String(text.clone())));
        }
        read::text(text, *format).map(Some).map_err(|fault| self.fault(file, fault))
    }

    pub(super) fn put_back(&mut self, file: usize, value: Value) {
        self.at_hand_bytes += self.text(file).0.len();
        if self.at_hand_bytes > AT_HAND_BYTES {
            self.files.iter_mut().for_each(|file| file.value = None);
            self.at_hand_bytes = self.text(file).0.len();
        }
        if let Some(file) = self.files.get_mut(file) {
            file.value = Some(value);
        }
    }

    /// Forgets what a file says: nobody will ask again.
    pub(super) fn forget(&mut self, file: usize) {
        if let Some(file) = self.files.get_mut(file) {
            file.text = Text::Spent;
            file.value = None;
        }
    }

    /// A fault with the file that has it, and its place there.
    pub(super) fn fault(&self, file: usize, fault: Fault) -> Fault {
        let (text, format) = self.text(file);
        fault.found_in(text, format).in_file(self.location(file).as_str())
    }
}
