//! Which endpoint of a collection answers a path: a trie of segments.

use std::collections::HashMap;

use model::path::{Piece, Segment};
use model::{Method, PathTemplate};

use crate::refusal::Methods;

/// The endpoints of a collection by path and method. `E` is what is kept of an endpoint.
///
/// Among the templates that match a path the most specific one answers, compared segment by
/// segment from the left: fixed text, then text with parameters in it (the more text the
/// better), then a parameter alone. The methods are those of that one path: a path that has a
/// template of its own is never answered by another one with parameters.
#[derive(Debug)]
pub(crate) struct Routes<E> {
    root: Node<E>,
}

/// A place in the trie: what may follow, and the endpoints that end here.
#[derive(Debug)]
struct Node<E> {
    fixed: HashMap<Box<str>, Node<E>>,
    /// Segments with parameters, the most specific first.
    patterns: Vec<(Pattern, Node<E>)>,
    endpoints: Vec<(Method, E)>,
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found<'r, E> {
    /// An endpoint.
    Endpoint(&'r E),
    /// A path with endpoints, none of which has this method.
    OtherMethods(Methods),
    /// Nothing.
    Nothing,
}

/// A segment with parameters: each matches one or more characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern {
    /// The fixed texts between, before and after the parameters; the outer two may be empty.
    /// There is one parameter between each two of them.
    texts: Vec<Box<str>>,
}

impl<E> Routes<E> {
    pub(crate) fn new() -> Self {
        Self { root: Node::new() }
    }

    /// Adds an endpoint. The first one of two with the same method and shape stays; the store
    /// has no such two.
    pub(crate) fn insert(&mut self, method: Method, path: &PathTemplate, endpoint: E) {
        let node = path.segments().iter().fold(&mut self.root, Node::child);
        if node.of(method).is_none() {
            node.endpoints.push((method, endpoint));
        }
    }

    /// What answers `method` at `path`, the canonical path after the collection's handle: empty,
    /// or beginning with a slash. `HEAD` is answered by the endpoint for `GET` unless it has one
    /// of its own (RFC 9110, section 9.3.2).
    pub(crate) fn find(&self, method: Method, path: &str) -> Found<'_, E> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let Some(node) = self.root.walk(path) else { return Found::Nothing };
        let stand_in = || (method == Method::Head).then(|| node.of(Method::Get)).flatten();
        match node.of(method).or_else(stand_in) {
            Some(endpoint) => Found::Endpoint(endpoint),
            None => Found::OtherMethods(node.methods()),
        }
    }
}

impl<E> Node<E> {
    fn new() -> Self {
        Self { fixed: HashMap::new(), patterns: Vec::new(), endpoints: Vec::new() }
    }

    fn of(&self, method: Method) -> Option<&E> {
        self.endpoints.iter().find(|(own, _)| *own == method).map(|(_, endpoint)| endpoint)
    }

    fn methods(&self) -> Methods {
        let methods: Methods = self.endpoints.iter().map(|(method, _)| *method).collect();
        if self.of(Method::Get).is_some() { methods.with(Method::Head) } else { methods }
    }

    /// The node after `segment`, made if it is not there.
    fn child(&mut self, segment: &Segment) -> &mut Self {
        match &segment.0[..] {
            [] => self.fixed_child(""),
            [Piece::Fixed(text)] => self.fixed_child(text),
            pieces => self.pattern_child(Pattern::new(pieces)),
        }
    }

    fn fixed_child(&mut self, text: &str) -> &mut Self {
        self.fixed.entry(text.into()).or_insert_with(Self::new)
    }

    fn pattern_child(&mut self, pattern: Pattern) -> &mut Self {
        let place = match self.patterns.iter().position(|(known, _)| *known == pattern) {
            Some(place) => place,
            None => {
                let rank = pattern.rank();
                let place = self.patterns.partition_point(|(known, _)| known.rank() <= rank);
                self.patterns.insert(place, (pattern, Self::new()));
                place
            }
        };
        &mut self.patterns[place].1
    }

    /// The most specific node with endpoints for the segments in `path`. Each node of the trie
    /// is looked at once at most, so the trie bounds the work, whatever the path.
    fn walk(&self, path: &str) -> Option<&Self> {
        let (segment, rest) = match path.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (path, None),
        };
        let fixed = self.fixed.get(segment).into_iter();
        let patterns = self.patterns.iter().filter(|(pattern, _)| pattern.matches(segment));
        fixed.chain(patterns.map(|(_, node)| node)).find_map(|node| match rest {
            Some(rest) => node.walk(rest),
            None => (!node.endpoints.is_empty()).then_some(node),
        })
    }
}

impl Pattern {
    fn new(pieces: &[Piece]) -> Self {
        let mut texts = vec![Box::from("")];
        let mut is_after_parameter = false;
        for piece in pieces {
            match piece {
                Piece::Fixed(text) => {
                    if let Some(last) = texts.last_mut() {
                        *last = text.as_str().into();
                    }
                }
                // Parameters with nothing between them match as one.
                Piece::Parameter(_) if is_after_parameter => {}
                Piece::Parameter(_) => texts.push(Box::from("")),
            }
            is_after_parameter = piece.is_parameter();
        }
        Self { texts }
    }

    /// Lower is more specific: more fixed text, then fewer parameters, then whatever, but always
    /// the same.
    fn rank(&self) -> (std::cmp::Reverse<usize>, usize, &[Box<str>]) {
        let fixed = self.texts.iter().map(|text| text.len()).sum();
        (std::cmp::Reverse(fixed), self.texts.len(), &self.texts)
    }

    /// Whether `segment` has the fixed texts in order, with at least one character for each
    /// parameter. Taking each text at its leftmost place finds a match if there is one.
    fn matches(&self, segment: &str) -> bool {
        let [first, between @ .., last] = &self.texts[..] else { return false };
        let Some(mut rest) = segment.strip_prefix(&**first).and_then(|rest| rest.strip_suffix(&**last))
        else {
            return false;
        };
        for text in between {
            // The path is ASCII, so every index is a character's.
            let Some(place) = rest.get(1..).and_then(|rest| rest.find(&**text)) else { return false };
            rest = &rest[1 + place + text.len()..];
        }
        !rest.is_empty()
    }
}

#[cfg(test)]
mod tests;
