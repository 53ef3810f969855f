//! Names for what comes from other files.

use std::collections::HashSet;

use super::Location;
use crate::reference::tokens;

/// The names that a section of the document has.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn take(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }

    /// A name for what stands at a pointer in a file: its own there, or that of the file; where
    /// that is taken, with that of the file or the folder before it; else with a number.
    pub(super) fn find(&mut self, location: &Location, pointer: &str) -> String {
        let (stem, folder) = location.stem_and_folder();
        let own = tokens(pointer).last();
        let (name, around) = match &own {
            Some(own) => (own.as_str(), stem),
            None => (stem, folder),
        };
        let name = plain(name);
        let long = format!("{}_{name}", plain(around));
        let numbered = (2_usize..).map(|number| format!("{name}_{number}"));
        let mut names = [name.clone(), long].into_iter().chain(numbered);
        let free = names.find(|name| !self.0.contains(name)).unwrap_or(name);
        self.take(&free);
        free
    }
}

/// What a name of a component may have (OpenAPI 3.2, section 4.7).
fn plain(text: &str) -> String {
    const CHARACTERS: usize = 100;
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    let plain: String = text
        .chars()
        .take(CHARACTERS)
        .map(|character| if is_plain(character) { character } else { '_' })
        .collect();
    if plain.is_empty() { "part".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_parts_and_files() {
        let mut names = Names::default();
        names.take("Pet");
        let mut find = |file: &str, pointer| names.find(&Location::File(file.to_owned()), pointer);
        assert_eq!(find("models/Dog.yaml", ""), "Dog");
        assert_eq!(find("models/Pet.yaml", ""), "models_Pet");
        assert_eq!(find("models/all.yaml", "/definitions/Pet"), "all_Pet");
        assert_eq!(find("models/all.yaml", "/x/Pet"), "Pet_2");
        assert_eq!(find("a b/ü~.v1.yaml", ""), "__.v1");
        assert_eq!(find(".yaml", ""), "part");
    }
}
