//! One look over a whole document: whether its parts are what they must be, and where its
//! references lead.

use std::collections::HashSet;

use serde_json::Value;

use crate::fault::{Fault, excerpt};
use crate::part::{Part, Shape, Trail, Visitor, Walk, walk};
use crate::reference::{local_pointer, push_token};
use crate::{Document, Version};

/// The most warnings that are kept. Who has more has one mistake many times.
pub const WARNINGS: usize = 100;

/// Something in a document that is wrong and does no harm to serving it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// JSON pointer of it.
    pub pointer: String,
    /// What is wrong, as the end of a sentence that begins with the pointer.
    pub text: String,
}

/// Looks a document over. A reference of a path that leads nowhere hides operations, so it
/// refuses the document; any other one is worth a warning.
pub(crate) fn survey(document: &mut Document) -> Result<(), Fault> {
    let mut survey = Survey { own_address: own_address(document), ..Survey::default() };
    let mut root = std::mem::take(&mut document.root);
    let walked = walk(&mut root, Shape::One(Part::Root), &Trail::at(""), &mut survey);
    document.root = root;
    walked?;
    check_path_items(document)?;
    for (reference, pointer) in std::mem::take(&mut survey.references) {
        if let Some(text) = astray(document, &reference) {
            survey.warn(pointer, text);
        }
    }
    document.warnings = survey.warnings;
    Ok(())
}

/// The address by which a document of 3.2 may call itself.
fn own_address(document: &Document) -> Option<String> {
    let address = document.root.get("$self").filter(|_| document.version >= Version::V3_2)?.as_str()?;
    let address = address.split('#').next().filter(|address| !address.is_empty())?;
    Some(format!("{address}#"))
}

#[derive(Default)]
struct Survey {
    /// With a `#` behind it.
    own_address: Option<String>,
    seen: HashSet<String>,
    /// Each once, with the pointer of the first of its kind.
    references: Vec<(String, String)>,
    warnings: Vec<Warning>,
}

impl Survey {
    fn warn(&mut self, pointer: String, text: String) {
        if self.warnings.len() < WARNINGS {
            self.warnings.push(Warning { pointer, text });
        }
    }
}

impl Visitor for Survey {
    fn visit(&mut self, trail: &Trail<'_>, shape: Shape, value: &mut Value) -> Result<Walk, Fault> {
        let Shape::One(_) = shape else { return Ok(Walk::Into) };
        if let Some(Value::String(reference)) = value.get_mut("$ref") {
            // So that everyone who follows it sees that it is local.
            if let Some(own) = &self.own_address
                && let Some(fragment) = reference.strip_prefix(own.as_str())
            {
                *reference = format!("#{fragment}");
            }
            if !self.seen.contains(reference) {
                self.seen.insert(reference.clone());
                self.references.push((reference.clone(), trail.pointer()));
            }
        }
        Ok(Walk::Into)
    }

    fn odd(&mut self, trail: &Trail<'_>, text: String) {
        if self.warnings.len() < WARNINGS {
            self.warn(trail.pointer(), text);
        }
    }
}

/// What is wrong with a reference, if anything is.
fn astray(document: &Document, reference: &str) -> Option<String> {
    let Some(pointer) = local_pointer(reference) else {
        return Some(format!("refers to `{}`, which is not in the document", excerpt(reference)));
    };
    // Else it is the name of an anchor, and schemas may have it anywhere.
    let is_pointer = pointer.is_empty() || pointer.starts_with('/');
    let is_found = !is_pointer || document.root.pointer(&pointer).is_some();
    (!is_found).then(|| format!("refers to `{}`, where there is nothing", excerpt(reference)))
}

fn check_path_items(document: &Document) -> Result<(), Fault> {
    for (path, item) in document.path_items() {
        if item.references().last() != Some(&None) {
            continue;
        }
        let mut pointer = "/paths".to_owned();
        push_token(&mut pointer, path);
        push_token(&mut pointer, "$ref");
        let reference = document.root.pointer(&pointer).and_then(Value::as_str).unwrap_or_default();
        let (problem, remedy) = if reference.starts_with('#') {
            (
                "leads to no path item, so that the operations are not known",
                "let it refer to another path, or to `#/components/pathItems/…`",
            )
        } else {
            (
                "leads out of the document, so that the operations are not known",
                "send all the files together, or write the path item here",
            )
        };
        return Err(Fault::structure(
            &excerpt(&pointer),
            format!("(`{}`) {problem}", excerpt(reference)),
            remedy,
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
