//! A place in a document in words: `Pet.name`, the `200` response, the query parameter `limit`.

use crate::Document;
use crate::fault::excerpt;
use crate::reference::{push_token, tokens};

/// What stands at a place, in words.
pub(super) struct Label {
    /// It can be followed by a verb in the singular.
    pub(super) text: String,
    /// Whether it says by itself if callers send it or receive it.
    pub(super) has_direction: bool,
}

pub(super) fn label(document: &Document, pointer: &str) -> Label {
    let tokens: Vec<_> = tokens(pointer).collect();
    let words: Vec<_> = tokens.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["components", "schemas", name, rest @ ..] | ["definitions", name, rest @ ..] => {
            Label { text: format!("`{}`", excerpt(&format!("{name}{}", inner(rest)))), has_direction: false }
        }
        words => part(document, words),
    }
}

/// A part of an operation, or of a component that is no schema.
fn part(document: &Document, words: &[&str]) -> Label {
    let schema = words.iter().position(|word| matches!(*word, "schema" | "itemSchema"));
    let (owner, inside) = words.split_at(schema.unwrap_or(words.len()));
    let inside = inner(inside.get(1..).unwrap_or_default());
    let last = |word: &str| owner.iter().rposition(|other| *other == word);
    let name = |index: usize| owner.get(index + 1).copied().unwrap_or_default();
    let owner_text = if let Some(index) = last("headers") {
        format!("the header `{}`", name(index))
    } else if let Some(index) = last("parameters") {
        parameter(document, owner.get(..index + 2).unwrap_or(owner))
    } else if let Some(index) = last("responses") {
        match name(index) {
            "default" => "the `default` response".to_owned(),
            status => format!("the `{status}` response"),
        }
    } else if owner.iter().any(|word| matches!(*word, "requestBody" | "requestBodies")) {
        "the request body".to_owned()
    } else {
        "the operation".to_owned()
    };
    let text = match inside.trim_start_matches('.') {
        "" => owner_text,
        inside => format!("`{}` in {owner_text}", excerpt(inside)),
    };
    Label { text, has_direction: true }
}

fn parameter(document: &Document, words: &[&str]) -> String {
    let mut pointer = String::new();
    words.iter().for_each(|word| push_token(&mut pointer, word));
    let parameter = document.root.pointer(&pointer);
    let text = |field| parameter.and_then(|parameter| parameter.get(field)).and_then(|text| text.as_str());
    match (text("in"), text("name")) {
        (Some("body"), _) => "the request body".to_owned(),
        (Some("formData"), Some(name)) => format!("`{}` in the request body", excerpt(name)),
        (Some(place), Some(name)) => format!("the {place} parameter `{}`", excerpt(name)),
        _ => "a parameter".to_owned(),
    }
}

/// The way into a schema: `.tags[].name`.
fn inner(words: &[&str]) -> String {
    let mut text = String::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "properties" => {
                text.push('.');
                text.push_str(words.next().copied().unwrap_or_default());
            }
            "patternProperties" => {
                text.push_str(".<");
                text.push_str(words.next().copied().unwrap_or_default());
                text.push('>');
            }
            "items" => text.push_str("[]"),
            "additionalProperties" => text.push_str(".*"),
            // Alternatives and parts are told apart by what is in them.
            "allOf" | "oneOf" | "anyOf" | "prefixItems" => _ = words.next(),
            _ => {}
        }
    }
    text
}
