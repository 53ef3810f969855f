//! One of the two documents as a comparison sees it: its operations, and where things stand.

use std::collections::HashMap;

use super::difference::OperationName;
use crate::operation::{ADDITIONAL, METHODS, PathItem, request_method};
use crate::reference::{CHAIN, local_pointer, reference};
pub(super) use crate::spot::{Spot, joined};
use crate::{Document, Version};

/// An operation, or a call that the API makes itself.
#[derive(Debug, Clone)]
pub(super) struct Described<'d> {
    pub(super) name: OperationName,
    /// The path without the names of its parameters.
    pub(super) shape: String,
    pub(super) spot: Spot<'d>,
    /// The parameters of its path item.
    pub(super) shared_parameters: Option<Spot<'d>>,
}

impl Described<'_> {
    /// The names between the braces of its path.
    pub(super) fn path_names(&self) -> impl Iterator<Item = &str> {
        let after_braces = self.name.path.split('{').skip(1);
        after_braces.filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
    }
}

pub(super) struct Side<'d> {
    pub(super) document: &'d Document,
}

impl<'d> Side<'d> {
    pub(super) fn is_v2(&self) -> bool {
        self.document.version() == Version::V2_0
    }

    /// A field of the document.
    pub(super) fn root(&self, field: &str) -> Option<Spot<'d>> {
        let value = self.document.root.get(field)?;
        Some(Spot { value, pointer: joined("", field) })
    }

    pub(super) fn operations(&self) -> Vec<Described<'d>> {
        self.document
            .path_items()
            .flat_map(|(path, item)| described(path, &joined("/paths", path), &item).collect::<Vec<_>>())
            .collect()
    }

    /// The calls under a map of path items: webhooks, or the expressions of a callback.
    pub(super) fn calls(&self, items: &Spot<'d>, prefix: &str) -> Vec<Described<'d>> {
        let described = |(name, spot): (&'d str, Spot<'d>)| {
            let item = self.document.path_item(spot.value.as_object()?);
            Some(described(&format!("{prefix}{name}"), &spot.pointer, &item).collect::<Vec<_>>())
        };
        items.fields().filter_map(described).flatten().collect()
    }

    /// The value itself or what it refers to, and where that stands. What leads nowhere stays.
    pub(super) fn resolved(&self, spot: Spot<'d>) -> Spot<'d> {
        let mut found = spot.clone();
        for _ in 0..CHAIN {
            let Some(text) = reference(found.value) else { return found };
            match self.target(text) {
                Some(target) => found = target,
                None => return spot,
            }
        }
        spot
    }

    pub(super) fn target(&self, reference: &str) -> Option<Spot<'d>> {
        let pointer = local_pointer(reference)?;
        let value = self.document.root.pointer(&pointer)?;
        Some(Spot { value, pointer: pointer.into_owned() })
    }
}

fn described<'d>(
    path: &str,
    pointer: &str,
    item: &PathItem<'d>,
) -> impl Iterator<Item = Described<'d>> + use<'d> {
    // Where each layer stands: the item itself, then what it refers to.
    let targets = item.references().iter().flatten().filter_map(|reference| local_pointer(reference));
    let pointers: Vec<_> = std::iter::once(pointer.to_owned()).chain(targets.map(Into::into)).collect();
    let layers: Vec<_> = item.layers().to_vec();
    let find = move |way: &[&str]| {
        let layers = layers.iter().zip(&pointers);
        let found = layers.filter_map(|(layer, pointer)| {
            let (first, rest) = way.split_first()?;
            let found = Spot { value: layer.get(*first)?, pointer: joined(pointer, first) };
            rest.iter().try_fold(found, |found, field| found.get(field))
        });
        found.into_iter().next()
    };
    let shared_parameters = find(&["parameters"]);
    let path = path.to_owned();
    let fields: Vec<_> = item.operations().map(|(field, _)| field).collect();
    fields.into_iter().filter_map(move |field| {
        let spot = if METHODS.contains(&field) { find(&[field]) } else { find(&[ADDITIONAL, field]) };
        Some(Described {
            name: OperationName { method: request_method(field), path: path.clone() },
            shape: shape(&path),
            spot: spot?,
            shared_parameters: shared_parameters.clone(),
        })
    })
}

/// Pairs of the operations that are the same, and those that have no partner, in document order.
pub(super) struct Matched<'a, 'd> {
    pub(super) pairs: Vec<(&'a Described<'d>, &'a Described<'d>)>,
    pub(super) gone: Vec<&'a Described<'d>>,
    pub(super) come: Vec<&'a Described<'d>>,
}

/// Matches by method and path; by the shape of the path where the very path is not there.
pub(super) fn matched<'a, 'd>(old: &'a [Described<'d>], new: &'a [Described<'d>]) -> Matched<'a, 'd> {
    let by_path: HashMap<_, _> =
        old.iter().enumerate().map(|(index, one)| ((&one.name.method, &one.name.path), index)).collect();
    let mut partners: Vec<Option<usize>> =
        new.iter().map(|one| by_path.get(&(&one.name.method, &one.name.path)).copied()).collect();
    let mut is_taken = vec![false; old.len()];
    partners.iter().flatten().for_each(|index| is_taken[*index] = true);

    let free = old.iter().enumerate().filter(|(index, _)| !is_taken[*index]);
    let mut by_shape: HashMap<_, _> =
        free.map(|(index, one)| ((&one.name.method, &one.shape), index)).collect();
    for (one, partner) in new.iter().zip(&mut partners) {
        if partner.is_none() {
            *partner = by_shape.remove(&(&one.name.method, &one.shape));
        }
        partner.iter().for_each(|index| is_taken[*index] = true);
    }

    let both = || new.iter().zip(&partners);
    Matched {
        pairs: both().filter_map(|(one, partner)| Some((old.get((*partner)?)?, one))).collect(),
        gone: old.iter().zip(&is_taken).filter(|(_, is_taken)| !**is_taken).map(|(one, _)| one).collect(),
        come: both().filter(|(_, partner)| partner.is_none()).map(|(one, _)| one).collect(),
    }
}

/// A path without the names of its parameters.
fn shape(path: &str) -> String {
    let mut shape = String::with_capacity(path.len());
    let mut is_inside = false;
    for character in path.chars() {
        match character {
            '}' => is_inside = false,
            _ if is_inside => continue,
            '{' => is_inside = true,
            _ => {}
        }
        shape.push(character);
    }
    shape
}
