//! Bodies and answers.

use serde_json::{Map, Value, json};

use super::{Downgrade, absent, is_idle};
use crate::spot::Spot;

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

/// What a body is in 2.0.
#[derive(Default)]
pub(super) struct Body {
    pub(super) consumes: Vec<Value>,
    pub(super) parameters: Vec<Value>,
}

impl<'d> Downgrade<'d> {
    pub(super) fn body(&mut self, body: Spot<'d>) -> Body {
        let body = self.resolved(body);
        let contents: Vec<_> = body.get("content").iter().flat_map(Spot::fields).collect();
        for (_, content) in &contents {
            for (name, spot) in content.fields() {
                match name {
                    "schema" => {}
                    "encoding" if !is_idle(spot.value) => self.lose(&spot, "the encoding of a body"),
                    "example" | "examples" => self.lose(&spot, "an example of a body"),
                    name => self.keep(&mut Map::new(), name, &spot, &[]),
                }
            }
        }
        let consumes = contents.iter().map(|(media_type, _)| Value::from(*media_type)).collect();
        let mut written = Body { consumes, parameters: Vec::new() };
        let Some(schema) = self.shared_schema(&body, &contents) else {
            self.lose(&body, "a body without a schema");
            return written;
        };
        let is_form = |media_type: &str| [URLENCODED, MULTIPART].contains(&media_type);
        let forms = contents.iter().filter(|(media_type, _)| is_form(media_type)).count();
        if forms == 0 {
            written.parameters.push(self.body_parameter(&body, &schema));
        } else if forms == contents.len() {
            let takes_files = contents.iter().all(|(media_type, _)| *media_type == MULTIPART);
            written.parameters = self.form(&body, schema, takes_files);
        } else {
            self.lose(&body, "a body that is a form or something else");
        }
        written
    }

    /// The schema of all media types, if it is the same.
    fn shared_schema(&mut self, message: &Spot<'d>, contents: &[(&str, Spot<'d>)]) -> Option<Spot<'d>> {
        let schemas: Vec<_> = contents.iter().map(|(_, content)| content.get("schema")).collect();
        let first = schemas.first()?;
        let value = |schema: &Option<Spot<'d>>| schema.as_ref().map(|spot| spot.value);
        if schemas.iter().any(|schema| value(schema) != value(first)) {
            self.lose(&absent(message, "content"), "several media types with different schemas");
        }
        first.clone()
    }

    fn body_parameter(&mut self, body: &Spot<'d>, schema: &Spot<'d>) -> Value {
        let mut written = Map::new();
        written.insert("name".to_owned(), "body".into());
        written.insert("in".to_owned(), "body".into());
        for (name, spot) in body.fields().filter(|(name, _)| *name != "content") {
            self.keep(&mut written, name, &spot, &["description", "required"]);
        }
        written.insert("schema".to_owned(), self.schema(schema));
        Value::Object(written)
    }

    /// The properties of a form, one parameter each.
    fn form(&mut self, body: &Spot<'d>, schema: Spot<'d>, takes_files: bool) -> Vec<Value> {
        let schema = self.resolved(schema);
        for (name, spot) in body.fields() {
            if !matches!(name, "content" | "required") && !is_idle(spot.value) {
                self.lose(&spot, "words about a form");
            }
        }
        for (keyword, spot) in schema.fields() {
            if !matches!(keyword, "type" | "properties" | "required") && !is_idle(spot.value) {
                self.lose(&spot, "a form that is more than a list of fields");
            }
        }
        let required: Vec<_> = schema
            .get("required")
            .iter()
            .flat_map(Spot::items)
            .filter_map(|name| name.value.as_str())
            .collect();
        if body.is("required") == required.is_empty() {
            self.lose(&absent(body, "required"), "whether a form must be sent");
        }
        let mut parameters = Vec::new();
        for (name, property) in schema.get("properties").iter().flat_map(Spot::fields) {
            let property = self.resolved(property);
            let mut written = Map::new();
            written.insert("name".to_owned(), name.into());
            written.insert("in".to_owned(), "formData".into());
            // Here it is a word about the field, which parameters have too.
            if let Some(description) = property.get("description") {
                written.insert("description".to_owned(), self.copy(&description));
            }
            if required.contains(&name) {
                written.insert("required".to_owned(), true.into());
            }
            if takes_files && is_file(&property) {
                written.insert("type".to_owned(), "file".into());
            } else {
                self.plain(property.clone(), &mut written);
                if property.text("type") == Some("array") {
                    written.insert("collectionFormat".to_owned(), "multi".into());
                }
            }
            parameters.push(Value::Object(written));
        }
        if parameters.is_empty() {
            self.lose(&schema, "a form without listed fields");
        }
        parameters
    }

    /// All answers of an operation, and the media types that they come in.
    pub(super) fn responses(&mut self, responses: &Spot<'d>) -> (Value, Vec<Value>) {
        let mut written = Map::new();
        let mut produces: Option<Vec<Value>> = None;
        for (status, spot) in responses.fields() {
            if status.starts_with("x-") {
                let copy = self.copy(&spot);
                written.insert(status.to_owned(), copy);
                continue;
            }
            if status.to_ascii_uppercase().ends_with("XX") {
                self.lose(&spot, "an answer for a range of statuses");
            }
            let resolved = self.resolved(spot.clone());
            let response = match self.component_reference(&spot, "responses", "responses") {
                Some(reference) => reference,
                None => self.response(&spot),
            };
            written.insert(status.to_owned(), response);
            let media_types: Vec<Value> =
                resolved.get("content").iter().flat_map(Spot::fields).map(|(name, _)| name.into()).collect();
            if media_types.is_empty() {
                continue;
            }
            let is_other = |known: &Vec<Value>| {
                known.len() != media_types.len() || known.iter().any(|one| !media_types.contains(one))
            };
            if produces.as_ref().is_some_and(is_other) {
                self.lose(&spot, "answers in media types of their own");
            }
            produces.get_or_insert(media_types);
        }
        (Value::Object(written), produces.unwrap_or_default())
    }

    /// An answer; its media types stand with the operation.
    pub(super) fn response(&mut self, response: &Spot<'d>) -> Value {
        let mut written = Map::new();
        for (name, spot) in response.fields() {
            match name {
                "headers" => {
                    let headers = spot.fields().map(|(name, header)| (name.to_owned(), self.header(header)));
                    let headers = headers.collect();
                    written.insert(name.to_owned(), Value::Object(headers));
                }
                "content" => self.content(response, &spot, &mut written),
                "links" if !is_idle(spot.value) => self.lose(&spot, "links"),
                name => self.keep(&mut written, name, &spot, &["description"]),
            }
        }
        Value::Object(written)
    }

    fn content(&mut self, response: &Spot<'d>, content: &Spot<'d>, written: &mut Map<String, Value>) {
        let contents: Vec<_> = content.fields().collect();
        if let Some(schema) = self.shared_schema(response, &contents) {
            let is_file =
                is_file(&schema) && schema.value.as_object().is_some_and(|fields| fields.len() == 2);
            let schema = if is_file { json!({ "type": "file" }) } else { self.schema(&schema) };
            written.insert("schema".to_owned(), schema);
        } else if !contents.is_empty() {
            self.lose(content, "content without a schema");
        }
        let mut examples = Map::new();
        for (media_type, content) in contents {
            for (name, spot) in content.fields() {
                match name {
                    "schema" => {}
                    "example" => _ = examples.insert(media_type.to_owned(), self.copy(&spot)),
                    "examples" if !is_idle(spot.value) => self.lose(&spot, "examples with names"),
                    name => self.keep(&mut Map::new(), name, &spot, &[]),
                }
            }
        }
        if !examples.is_empty() {
            written.insert("examples".to_owned(), Value::Object(examples));
        }
    }

    fn header(&mut self, header: Spot<'d>) -> Value {
        let header = self.resolved(header);
        let mut written = Map::new();
        for (name, spot) in header.fields() {
            match name {
                "schema" => self.plain(spot, &mut written),
                "style" | "explode" => {}
                "required" if !is_idle(spot.value) => self.lose(&spot, "a header that is always there"),
                "example" | "examples" if !is_idle(spot.value) => self.lose(&spot, "an example of a header"),
                name => self.keep(&mut written, name, &spot, &["description"]),
            }
        }
        if header.value.get("schema").is_none() {
            self.lose(&header, "a header without a schema");
        }
        Value::Object(written)
    }
}

fn is_file(schema: &Spot<'_>) -> bool {
    schema.text("type") == Some("string") && schema.text("format") == Some("binary")
}
