//! The bodies that a response can have: its examples, or what is made of its schema.

use serde_json::{Map, Value};

use super::Mocks;
use super::form::{Form, content_type, essence};
use super::stream;
use super::write::write;
use crate::Document;
use crate::bounds::Budget;

/// The most media types of a response, and the most examples of each, that are looked at.
const MEDIA_TYPES: usize = 32;
const EXAMPLES: usize = 200;

/// A body that is not written yet.
pub(super) struct Draft<'d> {
    pub(super) content_type: Option<String>,
    form: Form,
    pub(super) schema: Option<&'d Value>,
    pub(super) name: Option<&'d str>,
    source: Source<'d>,
    /// Whether it is the one to answer with in its media type.
    pub(super) is_first: bool,
}

enum Source<'d> {
    /// A value in the document.
    Given(&'d Value),
    /// A text that is the body already.
    Written(&'d str),
    Made(Value),
    /// Nothing is known of the body but its type.
    Empty,
}

/// A media type of a response.
struct Media<'d> {
    content_type: Option<String>,
    form: Form,
    schema: Option<&'d Value>,
    item_schema: Option<&'d Value>,
}

/// An example in the document, and whether it is valid.
struct Example<'d> {
    name: Option<&'d str>,
    source: Source<'d>,
    is_valid: bool,
}

impl<'d> Draft<'d> {
    /// The body; `None` if it is longer than `most` bytes.
    pub(super) fn write(&self, document: &'d Document, most: usize) -> Option<Vec<u8>> {
        let body = match &self.source {
            // Not even written if it cannot fit.
            Source::Given(value) => {
                Budget::new(most).charge(value)?;
                write(document, self.form, self.schema, value)?
            }
            Source::Written(text) if text.len() <= most => text.as_bytes().to_vec(),
            Source::Written(_) => return None,
            Source::Made(value) => self.write_made(document, value)?,
            Source::Empty => Vec::new(),
        };
        (body.len() <= most).then_some(body)
    }

    /// The body for a value that is made.
    pub(super) fn write_made(&self, document: &'d Document, value: &Value) -> Option<Vec<u8>> {
        match (self.form, value) {
            (Form::Parts, _) => None,
            (Form::Opaque, Value::String(_)) => Some(Vec::new()),
            (form, Value::String(text)) if form.is_stream() => Some(stream::write_text(form, text)),
            (form, value) => write(document, form, self.schema, value),
        }
    }
}

impl<'d> Mocks<'d> {
    /// All that a response can answer with; the first of each media type before what else it has.
    pub(super) fn drafts(
        &mut self,
        operation: &'d Map<String, Value>,
        response: &'d Value,
    ) -> Vec<Draft<'d>> {
        if self.is_v2() {
            return self.drafts_v2(operation, response, "produces");
        }
        let content = response.get("content").and_then(Value::as_object);
        let mut drafts = Vec::new();
        for (range, media) in content.into_iter().flatten().take(MEDIA_TYPES) {
            let Some(fields) = self.document.resolve(media) else { continue };
            let media = Media::new(range, fields.get("schema"), fields.get("itemSchema"));
            let mut examples = self.named(&media, fields);
            if examples.is_empty()
                && let Some(example) = fields.get("example")
            {
                examples.push(self.example(&media, None, Source::Given(example)));
            }
            self.draft(&media, examples, &mut drafts);
        }
        drafts
    }

    /// In 2.0 the media types stand at the operation or the document, and examples by media type.
    /// `types` names the field with those of a response, or of a request.
    fn drafts_v2(
        &mut self,
        operation: &'d Map<String, Value>,
        response: &'d Value,
        types: &str,
    ) -> Vec<Draft<'d>> {
        let document = self.document;
        let examples = response.get("examples").and_then(Value::as_object);
        let schema = response.get("schema");
        let produces = operation.get(types).or_else(|| document.root.get(types));
        let mut types: Vec<&str> =
            produces.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        types.extend(examples.into_iter().flat_map(Map::keys).map(String::as_str));
        if types.is_empty() {
            types.push("application/json");
        }
        let mut drafts = Vec::new();
        for (place, range) in types.iter().enumerate().take(MEDIA_TYPES) {
            if types[..place].contains(range) || schema.is_none() && examples.is_none() {
                continue;
            }
            let media = Media::new(range, schema, None);
            let example = examples.and_then(|examples| examples.get(*range));
            let example = example.map(|example| self.example(&media, None, Source::Given(example)));
            self.draft(&media, example.into_iter().collect(), &mut drafts);
        }
        drafts
    }

    /// In 2.0 the body of a request is a parameter.
    pub(super) fn request_drafts_v2(&mut self, operation: &'d Map<String, Value>) -> Vec<Draft<'d>> {
        let document = self.document;
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let mut parameters = parameters.filter_map(|parameter| document.resolve(parameter));
        let body = parameters.find(|parameter| parameter.get("in").and_then(Value::as_str) == Some("body"));
        match body.filter(|_| self.is_v2()) {
            Some(body) => self.drafts_v2(operation, body, "consumes"),
            None => Vec::new(),
        }
    }

    /// The examples whose value stands in the document; where others are is not for us to fetch.
    fn named(&mut self, media: &Media<'d>, fields: &'d Value) -> Vec<Example<'d>> {
        let document = self.document;
        let examples = fields.get("examples").and_then(Value::as_object).into_iter().flatten();
        let mut named = Vec::new();
        for (name, example) in examples.take(EXAMPLES) {
            let Some(example) = document.resolve(example) else { continue };
            let written = || Some(Source::Written(example.get("serializedValue")?.as_str()?));
            let value = || example.get("value").or_else(|| example.get("dataValue")).map(Source::Given);
            // What is written is what is sent; what it says is not read back.
            let Some(source) = written().or_else(value) else { continue };
            named.push(self.example(media, Some(name), source));
        }
        named
    }

    fn example(&mut self, media: &Media<'d>, name: Option<&'d str>, source: Source<'d>) -> Example<'d> {
        let (source, is_valid) = match source {
            Source::Given(value) => self.judge(media, value),
            source => (source, true),
        };
        Example { name, source, is_valid }
    }

    /// Whether an example is valid. Where a body is a text already, it is the body, and what it says
    /// is looked at only in JSON.
    fn judge(&mut self, media: &Media<'d>, value: &'d Value) -> (Source<'d>, bool) {
        if media.form.is_stream() {
            return (Source::Given(value), self.is_valid_stream(media, value));
        }
        let Some(schema) = media.schema else { return (Source::Given(value), true) };
        if self.sampler.accepts(schema, value) {
            return (Source::Given(value), true);
        }
        let Value::String(text) = value else { return (Source::Given(value), false) };
        if media.form != Form::Json {
            return (Source::Given(value), true);
        }
        // Documents often have the text of the JSON where the JSON should stand.
        let inner = crate::read::json(text).ok();
        match inner.is_some_and(|inner| self.sampler.accepts(schema, &inner)) {
            true => (Source::Written(text), true),
            false => (Source::Given(value), false),
        }
    }

    fn is_valid_stream(&mut self, media: &Media<'d>, value: &'d Value) -> bool {
        match (value, media.item_schema, media.schema) {
            (Value::String(_), ..) | (_, None, None) => true,
            (Value::Array(items), Some(schema), _) => {
                items.iter().all(|item| self.sampler.accepts(schema, item))
            }
            (_, Some(schema), None) | (_, _, Some(schema)) => self.sampler.accepts(schema, value),
        }
    }

    /// Adds what a media type can answer with.
    fn draft(&mut self, media: &Media<'d>, mut examples: Vec<Example<'d>>, drafts: &mut Vec<Draft<'d>>) {
        // What is valid comes first, else as the document has it.
        examples.sort_by_key(|example| !example.is_valid);
        if !examples.first().is_some_and(|example| example.is_valid)
            && let Some(source) = self.made(media)
        {
            examples.insert(0, Example { name: None, source, is_valid: true });
        }
        // A schema that nothing obeys is no reason to answer nothing.
        if examples.is_empty()
            && let Some(value) = media.schema.and_then(|schema| self.sampler.sample_leniently(schema))
        {
            examples.push(Example { name: None, source: Source::Made(value), is_valid: false });
        }
        for (place, Example { name, source, .. }) in examples.into_iter().enumerate() {
            drafts.push(Draft {
                content_type: media.content_type.clone(),
                form: media.form,
                schema: media.schema.or(media.item_schema),
                name,
                source,
                is_first: place == 0,
            });
        }
    }

    fn made(&mut self, media: &Media<'d>) -> Option<Source<'d>> {
        match (media.schema, media.item_schema) {
            (Some(schema), _) if is_file(schema) => media.content_type.is_some().then_some(Source::Empty),
            (Some(schema), _) => self.sampler.sample(schema).map(Source::Made),
            (None, Some(schema)) => {
                self.sampler.sample(schema).map(|item| Source::Made(Value::Array(vec![item])))
            }
            (None, None) => {
                let may_be_empty = matches!(media.form, Form::Text | Form::Opaque);
                (may_be_empty && media.content_type.is_some()).then_some(Source::Empty)
            }
        }
    }
}

impl<'d> Media<'d> {
    fn new(range: &str, schema: Option<&'d Value>, item_schema: Option<&'d Value>) -> Self {
        let content_type = content_type(range);
        let form = content_type.as_deref().map_or(Form::Opaque, |text| Form::of(&essence(text)));
        Self { content_type, form, schema, item_schema }
    }
}

/// In 2.0 a body that is not described further.
fn is_file(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("file")
}
