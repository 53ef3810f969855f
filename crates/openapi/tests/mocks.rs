//! What mocks answer is valid, as another implementation of JSON Schema sees it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use jsonschema::{Draft, Registry, RegistryBuilder, Validator};
use openapi::{Document, Format, MockContent, Version};
use serde_json::{Map, Value, json};

/// The documents of others, and ours of hard cases.
fn documents() -> Vec<(String, Document)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut documents = Vec::new();
    for name in ["documents", "schemas"] {
        collect(&folder.join(name), &mut documents);
    }
    documents.sort_by(|(one, _), (other, _)| one.cmp(other));
    documents
}

fn collect(folder: &Path, documents: &mut Vec<(String, Document)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it is readable").path();
        // A document in several files is none before they are put together.
        if path.ends_with("petstore-separate") {
            continue;
        }
        if path.is_dir() {
            collect(&path, documents);
            continue;
        }
        let format = match path.extension().and_then(OsStr::to_str) {
            Some("json") => Format::Json,
            Some("yaml") => Format::Yaml,
            _ => continue,
        };
        let text = fs::read_to_string(&path).expect("it is text");
        // Parts of documents lie among them, too.
        if let Ok(document) = Document::parse(&text, format) {
            documents.push((path.display().to_string(), document));
        }
    }
}

/// Judges what answers to a document's operations.
struct Judge {
    version: Version,
    registry: Registry<'static>,
}

impl Judge {
    fn new(document: &Document) -> Self {
        let version = document.version();
        let translated = translated(document.as_value(), version, false);
        let registry = Registry::new().draft(draft(version)).add("urn:document", translated);
        let registry = registry.and_then(RegistryBuilder::prepare).expect("it refers to itself only");
        Self { version, registry }
    }

    fn of(&self, pointer: &str) -> Validator {
        jsonschema::options()
            .with_draft(draft(self.version))
            .with_registry(&self.registry)
            // A publisher's example need not have the format that it should.
            .should_validate_formats(false)
            .offline()
            .build(&json!({ "$ref": format!("urn:document#{pointer}") }))
            .unwrap_or_else(|error| panic!("{pointer}: {error}"))
    }
}

fn draft(version: Version) -> Draft {
    if version >= Version::V3_1 { Draft::Draft202012 } else { Draft::Draft4 }
}

/// The document with its schemas in the dialect of JSON Schema that is nearest to theirs.
fn translated(value: &Value, version: Version, is_names: bool) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| translated(item, version, false)).collect(),
        Value::Object(fields) => {
            let mut translation: Map<String, Value> = fields
                .iter()
                // An example may have an `id`, which a schema's reader takes for its address.
                .filter(|(name, _)| is_names || !matches!(name.as_str(), "example" | "examples"))
                .map(|(name, value)| {
                    let is_names = !is_names && name == "properties";
                    (name.clone(), translated(value, version, is_names))
                })
                .collect();
            if !is_names {
                translate(&mut translation, fields, version);
            }
            Value::Object(translation)
        }
        scalar => scalar.clone(),
    }
}

fn translate(schema: &mut Map<String, Value>, fields: &Map<String, Value>, version: Version) {
    let is_nullable = ["nullable", "x-nullable"].iter().any(|name| fields.get(*name) == Some(&json!(true)));
    match schema.get("type").cloned() {
        Some(Value::String(kind)) if kind == "file" => _ = schema.remove("type"),
        Some(Value::String(kind)) if is_nullable && version <= Version::V3_0 => {
            schema.insert("type".into(), json!([kind, "null"]));
        }
        _ => {}
    }
    // What is for requests only is not required of an answer.
    let properties = fields.get("properties").cloned().unwrap_or_default();
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.retain(|name| {
            properties[name.as_str().unwrap_or_default()].get("writeOnly") != Some(&json!(true))
        });
        if required.is_empty() {
            schema.remove("required");
        }
    }
}

fn token(text: &str) -> String {
    text.replace('~', "~0").replace('/', "~1").replace('%', "%25").replace('{', "%7B").replace('}', "%7D")
}

/// The pointer of the schema of what answers with this content type, if it has one.
fn pointer(document: &Document, method: &str, path: &str, key: &str, content_type: &str) -> Option<String> {
    let root = document.as_value();
    let mut pointer = format!("/paths/{}/{}/responses/{key}", token(path), method.to_lowercase());
    let mut response = &root["paths"][path][method.to_lowercase()]["responses"][key];
    while let Some(reference) = response.get("$ref") {
        pointer = reference.as_str()?.strip_prefix('#')?.to_owned();
        response = root.pointer(&pointer)?;
    }
    if document.version() == Version::V2_0 {
        return response.get("schema").map(|_| pointer + "/schema");
    }
    let media = response.get("content")?.get(content_type)?;
    media.get("schema").map(|_| format!("{pointer}/content/{}/schema", token(content_type)))
}

fn is_json(content: &MockContent) -> bool {
    content
        .content_type
        .as_deref()
        .is_some_and(|text| text.split(';').next().is_some_and(|text| text.ends_with("json")))
}

#[test]
fn the_first_answer_of_each_media_type_is_valid() {
    let mut judged = 0;
    let mut invalid = Vec::new();
    for (name, document) in documents() {
        let judge = Judge::new(&document);
        let mut mocks = document.mocks();
        for operation in document.operations() {
            for response in mocks.responses(&operation.method, operation.path, 1 << 20).unwrap() {
                let mut types = Vec::new();
                for content in response.contents.iter().filter(|content| is_json(content)) {
                    if types.contains(&&content.content_type) {
                        continue;
                    }
                    types.push(&content.content_type);
                    let range = content.content_type.as_deref().unwrap();
                    let keys = [
                        response.status.to_string(),
                        "default".into(),
                        format!("{}XX", response.status / 100),
                    ];
                    let found = keys
                        .iter()
                        .find_map(|key| pointer(&document, &operation.method, operation.path, key, range));
                    let Some(pointer) = found else { continue };
                    let value: Value = serde_json::from_slice(&content.body).unwrap();
                    judged += 1;
                    if let Err(error) = judge.of(&pointer).validate(&value) {
                        invalid.push(format!("{name} {pointer}: {error} in {value}"));
                    }
                }
            }
        }
    }
    assert!(invalid.is_empty(), "{} of {judged}:\n{}", invalid.len(), invalid.join("\n"));
    assert!(judged > 200, "{judged}");
}
