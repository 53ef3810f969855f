//! Schemas.

use serde_json::{Map, Value};

use super::{Downgrade, is_idle};
use crate::spot::Spot;

/// Keywords that mean the same in both versions.
const KEPT: [&str; 22] = [
    "title",
    "multipleOf",
    "maximum",
    "exclusiveMaximum",
    "minimum",
    "exclusiveMinimum",
    "maxLength",
    "minLength",
    "pattern",
    "maxItems",
    "minItems",
    "uniqueItems",
    "maxProperties",
    "minProperties",
    "required",
    "enum",
    "type",
    "description",
    "format",
    "default",
    "readOnly",
    "xml",
];

impl<'d> Downgrade<'d> {
    pub(super) fn schema(&mut self, schema: &Spot<'d>) -> Value {
        if let Some(reference) = self.component_reference(schema, "schemas", "definitions") {
            return reference;
        }
        if !schema.value.is_object() {
            self.lose(schema, "a schema that is no object");
        }
        let mut written = Map::new();
        for (keyword, spot) in schema.fields() {
            match keyword {
                "properties" => {
                    let properties = spot.fields().map(|(name, one)| (name.to_owned(), self.schema(&one)));
                    let properties = properties.collect();
                    written.insert(keyword.to_owned(), Value::Object(properties));
                }
                "items" => _ = written.insert(keyword.to_owned(), self.schema(&spot)),
                "allOf" => {
                    let parts = spot.items().map(|part| self.schema(&part)).collect();
                    written.insert(keyword.to_owned(), parts);
                }
                "additionalProperties" if spot.value.is_object() => {
                    written.insert(keyword.to_owned(), self.schema(&spot));
                }
                "additionalProperties" | "example" | "externalDocs" => {
                    written.insert(keyword.to_owned(), self.copy(&spot));
                }
                "discriminator" => self.discriminator(&spot, &mut written),
                "nullable" if !is_idle(spot.value) => self.lose(&spot, "`nullable`"),
                "oneOf" => self.lose(&spot, "`oneOf`"),
                "anyOf" => self.lose(&spot, "`anyOf`"),
                "not" => self.lose(&spot, "`not`"),
                "writeOnly" if !is_idle(spot.value) => self.lose(&spot, "`writeOnly`"),
                "deprecated" if !is_idle(spot.value) => self.lose(&spot, "a schema that is deprecated"),
                keyword => self.keep(&mut written, keyword, &spot, &KEPT),
            }
        }
        Value::Object(written)
    }

    fn discriminator(&mut self, discriminator: &Spot<'d>, written: &mut Map<String, Value>) {
        if discriminator.value.get("mapping").is_some_and(|mapping| !is_idle(mapping)) {
            self.lose(discriminator, "a discriminator with a mapping");
        }
        match discriminator.text("propertyName") {
            Some(name) => _ = written.insert("discriminator".to_owned(), name.into()),
            None => self.lose(discriminator, "a discriminator without a name"),
        }
    }

    /// The schema of a parameter, a header or the items of one, whose keywords stand in the
    /// parameter itself in 2.0. Only plain values and lists of them can be said there. A
    /// description that is written already is not lost.
    pub(super) fn plain(&mut self, schema: Spot<'d>, written: &mut Map<String, Value>) {
        const PLAIN: [&str; 15] = [
            "type",
            "format",
            "default",
            "maximum",
            "exclusiveMaximum",
            "minimum",
            "exclusiveMinimum",
            "maxLength",
            "minLength",
            "pattern",
            "maxItems",
            "minItems",
            "uniqueItems",
            "enum",
            "multipleOf",
        ];
        let schema = self.resolved(schema);
        match schema.text("type") {
            Some("string" | "number" | "integer" | "boolean") => {}
            Some("array") if schema.value.get("items").is_some() => {}
            _ => self.lose(&schema, "a parameter or header that is no plain value and no list of such"),
        }
        for (keyword, spot) in schema.fields() {
            match keyword {
                "items" => {
                    let items = self.resolved(spot);
                    // A list of lists could also be one of itself, which never ends.
                    if items.text("type") == Some("array") {
                        self.lose(&items, "a list of lists in a parameter");
                        continue;
                    }
                    let mut inner = Map::new();
                    self.plain(items, &mut inner);
                    written.insert(keyword.to_owned(), Value::Object(inner));
                }
                "description" if written.get(keyword) == Some(spot.value) => {}
                keyword => self.keep(written, keyword, &spot, &PLAIN),
            }
        }
    }
}
