//! YAML 1.2, from the events of its parser straight to JSON.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde_json::map::Entry;
use serde_json::{Map, Value};

use super::{NESTING, Stop, Trail, VALUES, scalar, tight};
use crate::Format;
use crate::fault::{Fault, Place, excerpt};

/// The most memory that anchors and aliases may take, about in bytes: as much as ten thousand
/// references to a response of middling size, which is more than a person writes. For large
/// documents it is [`ALIASES_SHARE`] times their own size.
const ALIASES_BYTES: usize = 32 << 20;

const ALIASES_SHARE: usize = 4;

/// Reads one YAML document.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new(text);
    reader.document().map_err(|Halt(place)| {
        let fault = reader.trail.fault(place);
        // There is always one: whoever halts has said why.
        fault.or(reader.fault).unwrap_or(Fault::TooDeep { place })
    })
}

/// The events of a text, as far as they are any of a document's nodes.
pub(super) struct Events<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Events<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        // One more level than ours, so that it is we who notice.
        let options = granit_parser::options! {
            emit_comments: false,
            block_nesting_limit: NESTING + 1,
            flow_nesting_limit: NESTING + 1,
        };
        Self(Parser::new_from_str_with_options(text, options))
    }

    pub(super) fn next(&mut self) -> Result<(Event<'t>, Span), ScanError> {
        self.0.next_event().unwrap_or(Ok((Event::StreamEnd, Span::default())))
    }
}

pub(super) fn place(marker: &Marker) -> Place {
    Place { line: marker.line().max(1), column: marker.col() + 1 }
}

struct Reader<'t> {
    events: Events<'t>,
    anchors: HashMap<usize, Anchored>,
    /// What anchors and aliases may still take.
    budget: usize,
    values: usize,
    trail: Trail,
    /// Why reading halted, if not for a reason in the trail.
    fault: Option<Fault>,
}

/// What aliases stand for.
struct Anchored {
    value: Value,
    size: Size,
}

/// What a copy of a value costs.
#[derive(Clone, Copy, Default)]
struct Size {
    bytes: usize,
    values: usize,
    levels: usize,
}

/// Reading halts here; the reader knows why.
struct Halt(Place);

type Read<T> = Result<T, Halt>;

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            events: Events::new(text),
            anchors: HashMap::new(),
            budget: ALIASES_BYTES.max(text.len().saturating_mul(ALIASES_SHARE)),
            values: 0,
            trail: Trail::default(),
            fault: None,
        }
    }

    fn document(&mut self) -> Read<Value> {
        let mut found = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::DocumentStart(..) if found.is_none() => {
                    let (event, span) = self.next()?;
                    found = Some(self.node(event, &span, 0)?);
                }
                Event::StreamEnd => match found {
                    Some(value) => return Ok(value),
                    None => return Err(self.syntax(&span, "it is empty", "send the document itself")),
                },
                _ => return Err(self.syntax(&span, "a second document begins", "send one document only")),
            }
        }
    }

    fn next(&mut self) -> Read<(Event<'t>, Span)> {
        self.events.next().map_err(|error| {
            let place = place(error.marker());
            let remedy = match error.kind() {
                ErrorKind::RecursionLimitExceeded => {
                    self.trail.stop = Some(Stop::TooDeep);
                    return Halt(place);
                }
                ErrorKind::TabInBlockIndentation | ErrorKind::TabInIndentation | ErrorKind::TabNotAllowed => {
                    "indent with spaces"
                }
                ErrorKind::UnclosedQuotedScalar | ErrorKind::UnexpectedEof => "the end seems to be missing",
                _ => "correct it there",
            };
            self.fault = Some(Fault::Syntax { format: Format::Yaml, problem: error.info(), place, remedy });
            Halt(place)
        })
    }

    fn node(&mut self, event: Event<'t>, span: &Span, level: usize) -> Read<Value> {
        self.count(1, span)?;
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (self.scalar(text, style, tag.as_deref(), span)?, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", span)?;
                (self.sequence(span, level + 1)?, anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", span)?;
                (self.mapping(span, level + 1)?, anchor)
            }
            Event::Alias(anchor) => return self.alias(anchor, span, level),
            _ => return Err(self.syntax(span, "a value is missing", "correct it there")),
        };
        if anchor != 0 {
            self.remember(anchor, &value, span)?;
        }
        Ok(value)
    }

    fn sequence(&mut self, span: &Span, level: usize) -> Read<Value> {
        self.check_level(level, span)?;
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                items.shrink_to_fit();
                return Ok(Value::Array(items));
            }
            match self.node(event, &span, level) {
                Ok(item) => items.push(item),
                Err(halt) => return Err(self.passing(items.len().to_string(), halt)),
            }
        }
    }

    fn mapping(&mut self, span: &Span, level: usize) -> Read<Value> {
        self.check_level(level, span)?;
        let mut fields = Map::new();
        let mut merged = None;
        loop {
            let (event, span) = self.next()?;
            let key = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, ScalarStyle::Plain, 0, None) if text == "<<" => {
                    let (event, value_span) = self.next()?;
                    let value = self.node(event, &value_span, level);
                    let value = value.map_err(|halt| self.passing("<<".to_owned(), halt))?;
                    if merged.replace((value, value_span)).is_some() {
                        return Err(self.duplicate("<<".to_owned(), &span));
                    }
                    continue;
                }
                event => self.key(event, &span)?,
            };
            match fields.entry(key) {
                Entry::Occupied(twice) => {
                    let key = twice.key().clone();
                    return Err(self.duplicate(key, &span));
                }
                Entry::Vacant(entry) => {
                    let (event, span) = self.next()?;
                    match self.node(event, &span, level) {
                        Ok(value) => _ = entry.insert(value),
                        Err(halt) => return Err(self.passing(entry.key().clone(), halt)),
                    }
                }
            }
        }
        if let Some((value, span)) = merged {
            self.merge(&mut fields, value, &span)?;
        }
        Ok(Value::Object(tight(fields)))
    }

    /// The text of a key, as it is written: status codes are numbers to YAML and keys to us.
    fn key(&mut self, event: Event<'t>, span: &Span) -> Read<String> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                if span.is_empty() && style == ScalarStyle::Plain {
                    return Err(self.syntax(span, "a key is missing", "correct it there"));
                }
                if anchor != 0 {
                    self.remember(anchor, &Value::String(text.to_string()), span)?;
                }
                Ok(text.into_owned())
            }
            Event::Alias(anchor) => match self.alias(anchor, span, 0)? {
                Value::String(text) => Ok(text),
                value @ (Value::Number(_) | Value::Bool(_)) => Ok(value.to_string()),
                _ => Err(self.syntax(span, "a key is not text", "write a plain key")),
            },
            _ => Err(self.syntax(span, "a key is a list or a mapping", "write a plain key")),
        }
    }

    /// Adds what `<<` brings in (yaml.org/type/merge.html): what stands in the mapping itself
    /// counts more, and of several mappings the first.
    fn merge(&mut self, fields: &mut Map<String, Value>, value: Value, span: &Span) -> Read<()> {
        let sources = match value {
            Value::Array(items) => items,
            value => vec![value],
        };
        for source in sources {
            let Value::Object(source) = source else {
                self.trail.tokens.push("<<".to_owned());
                let remedy = "let it refer to a mapping, or to a list of mappings";
                return Err(self.refuse("brings in what is no mapping".to_owned(), remedy, span));
            };
            for (key, value) in source {
                fields.entry(key).or_insert(value);
            }
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Read<Value> {
        let is_resolved = match tag.map(Self::name) {
            None => style == ScalarStyle::Plain,
            Some(name) => match name.as_deref() {
                Some("null" | "bool" | "int" | "float") => true,
                // What these stand for JSON writes as text too.
                Some("str" | "binary" | "timestamp" | "") => false,
                _ => return Err(self.unknown_tag(tag, span)),
            },
        };
        if !is_resolved {
            return Ok(Value::String(text.into_owned()));
        }
        scalar::plain(&text).map_err(|scalar::NoNumber| {
            let problem = format!("is `{}`, for which JSON has no number", excerpt(&text));
            self.refuse(problem, "write it in quotes, or another number", span)
        })
    }

    /// The name of a tag that YAML itself has; empty for `!`, which says that a plain scalar is
    /// text.
    fn name(tag: &Tag) -> Option<Cow<'_, str>> {
        match tag.parts() {
            ("!", "") | ("", "!") => Some(Cow::Borrowed("")),
            _ => tag.suffix_in_namespace("tag:yaml.org,2002:"),
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, known: &str, span: &Span) -> Read<()> {
        match tag.map(Self::name) {
            Some(name) if !name.as_deref().is_some_and(|name| name.is_empty() || name == known) => {
                Err(self.unknown_tag(tag, span))
            }
            _ => Ok(()),
        }
    }

    fn unknown_tag(&mut self, tag: Option<&Tag>, span: &Span) -> Halt {
        let tag = tag.map(Tag::original).unwrap_or_default();
        let problem = format!("has the tag `{}`, of which only its program knows the meaning", excerpt(&tag));
        self.refuse(problem, "write the value out", span)
    }

    fn remember(&mut self, anchor: usize, value: &Value, span: &Span) -> Read<()> {
        let size = Size::of(value);
        self.spend(size, span)?;
        self.anchors.insert(anchor, Anchored { value: value.clone(), size });
        Ok(())
    }

    fn alias(&mut self, anchor: usize, span: &Span, level: usize) -> Read<Value> {
        let Some(size) = self.anchors.get(&anchor).map(|anchored| anchored.size) else {
            let problem = "is an alias within what it stands for".to_owned();
            return Err(self.refuse(problem, "refer to it with a `$ref`", span));
        };
        self.check_level(level + size.levels, span)?;
        self.count(size.values, span)?;
        self.spend(size, span)?;
        Ok(self.anchors.get(&anchor).map(|anchored| anchored.value.clone()).unwrap_or_default())
    }

    fn spend(&mut self, size: Size, span: &Span) -> Read<()> {
        let Some(left) = self.budget.checked_sub(size.bytes) else {
            let place = place(&span.start);
            self.fault = Some(Fault::TooLarge {
                problem: "has aliases that expand to far more than itself".to_owned(),
                place,
                remedy: "refer to shared parts with a `$ref`",
            });
            return Err(Halt(place));
        };
        self.budget = left;
        Ok(())
    }

    fn count(&mut self, values: usize, span: &Span) -> Read<()> {
        self.values += values;
        if self.values > VALUES { Err(self.stop(Stop::TooMany, span)) } else { Ok(()) }
    }

    fn check_level(&mut self, level: usize, span: &Span) -> Read<()> {
        if level > NESTING { Err(self.stop(Stop::TooDeep, span)) } else { Ok(()) }
    }

    fn stop(&mut self, why: Stop, span: &Span) -> Halt {
        self.trail.stop = Some(why);
        Halt(place(&span.start))
    }

    fn duplicate(&mut self, key: String, span: &Span) -> Halt {
        self.trail.tokens.push(key);
        self.stop(Stop::Duplicate, span)
    }

    fn refuse(&mut self, problem: String, remedy: &str, span: &Span) -> Halt {
        self.stop(Stop::Refused { problem, remedy: remedy.to_owned() }, span)
    }

    fn syntax(&mut self, span: &Span, problem: &str, remedy: &'static str) -> Halt {
        let place = place(&span.start);
        let problem = problem.to_owned();
        self.fault = Some(Fault::Syntax { format: Format::Yaml, problem, place, remedy });
        Halt(place)
    }

    fn passing(&mut self, token: String, halt: Halt) -> Halt {
        self.trail.tokens.push(token);
        halt
    }
}

impl Size {
    /// A value takes 72 bytes, and a field about as much again.
    fn of(value: &Value) -> Self {
        const VALUE_BYTES: usize = 72;
        const FIELD_BYTES: usize = 48;
        let mut size = Self { bytes: VALUE_BYTES, values: 1, levels: 0 };
        match value {
            Value::String(text) => size.bytes += text.len(),
            Value::Array(items) => {
                size.levels = 1;
                items.iter().for_each(|item| size.add(Self::of(item)));
            }
            Value::Object(fields) => {
                size.levels = 1;
                for (key, value) in fields {
                    size.bytes += FIELD_BYTES + key.len();
                    size.add(Self::of(value));
                }
            }
            _ => {}
        }
        size
    }

    fn add(&mut self, inner: Self) {
        self.bytes += inner.bytes;
        self.values += inner.values;
        self.levels = self.levels.max(inner.levels + 1);
    }
}

#[cfg(test)]
mod tests;
