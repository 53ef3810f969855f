//! One operation: what it takes, what it answers, and a call of it.

use openapi::{Document, MockContent, StandsFor};
use serde_json::{Value, json};
use site::markdown;

use super::contents::{Entry, operation_of, path_item};
use super::samples::Call;
use super::schema::{self, Node};
use super::{fields, is, list, resolve, text, written};

/// The most that the examples of one operation take together, in bytes.
const EXAMPLE_BYTES: usize = 256 << 10;

/// The most parameters and answers that are shown.
const PARAMETERS: usize = 200;
const ANSWERS: usize = 64;

/// An operation with all that is shown of it.
pub(crate) struct Operation {
    pub(crate) entry: Entry,
    pub(crate) about: markdown::Html,
    /// Where more is said, if that is a page.
    pub(crate) more: Option<(String, String)>,
    /// The parameters by where they stand, those of the path first.
    pub(crate) places: Vec<Place>,
    pub(crate) body: Option<Body>,
    pub(crate) answers: Vec<Answer>,
}

/// Parameters that stand in one place.
pub(crate) struct Place {
    /// `path`, `query`, `header` or `cookie`.
    pub(crate) id: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    pub(crate) parameters: Vec<Parameter>,
}

pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) rules: Vec<String>,
    pub(crate) about: markdown::Html,
    pub(crate) is_required: bool,
    pub(crate) is_deprecated: bool,
    pub(crate) example: String,
    /// What it can be, if that is a short list.
    pub(crate) choices: Vec<String>,
    /// Whether several values stand beside each other.
    pub(crate) is_many: bool,
}

/// What is sent.
pub(crate) struct Body {
    pub(crate) is_required: bool,
    pub(crate) about: markdown::Html,
    pub(crate) contents: Vec<Content>,
}

/// A body of one media type.
pub(crate) struct Content {
    pub(crate) media_type: String,
    pub(crate) tree: Option<Node>,
    /// What it may look like; empty if nothing can be shown.
    pub(crate) example: String,
}

pub(crate) struct Answer {
    /// `200`, `4XX`, `default`.
    pub(crate) status: String,
    /// The class of the style sheet.
    pub(crate) class: &'static str,
    pub(crate) about: markdown::Html,
    pub(crate) headers: Vec<Parameter>,
    pub(crate) contents: Vec<Content>,
}

impl Answer {
    /// Whether there is more than its description.
    pub(crate) fn has_more(&self) -> bool {
        !self.contents.is_empty() || !self.headers.is_empty()
    }
}

impl Operation {
    /// The operation of an entry of this document.
    pub(crate) fn of(document: &Document, entry: &Entry) -> Option<Self> {
        let root = document.as_value();
        let value = operation_of(document, &entry.method, &entry.path)?;
        let mut parameters = parameters(document, entry, value);
        let undeclared = undeclared(&entry.path, &parameters);
        parameters.extend(&undeclared);
        let mut mocks = document.mocks();
        let examples = mocks.requests(&entry.method, &entry.path, EXAMPLE_BYTES).unwrap_or_default();
        let body = body(root, value, &parameters, &examples);
        let places = [("path", "Path"), ("query", "Query"), ("header", "Headers"), ("cookie", "Cookies")];
        let places = places.into_iter().map(|(id, title)| {
            let here = parameters.iter().filter(|parameter| text(parameter, "in") == id);
            Place { id, title, parameters: here.map(|value| parameter(root, value)).collect() }
        });
        let docs = value.get("externalDocs").unwrap_or(&Value::Null);
        let url = text(docs, "url");
        let is_page = url.starts_with("https://") || url.starts_with("http://");
        let responses = mocks.responses(&entry.method, &entry.path, EXAMPLE_BYTES).unwrap_or_default();
        let answers =
            fields(value, "responses").filter(|(status, _)| !status.starts_with("x-")).take(ANSWERS);
        let answers = answers.map(|(status, response)| {
            let wanted = status.replace(['X', 'x'], "0").parse::<u16>().ok();
            let stands_for = match (wanted, status.contains(['X', 'x'])) {
                (None, _) => StandsFor::Others,
                (Some(_), true) => StandsFor::Class,
                (Some(_), false) => StandsFor::Itself,
            };
            let mock = responses.iter().find(|mock| {
                mock.stands_for == stands_for && wanted.is_none_or(|wanted| wanted == mock.status)
            });
            answer(
                root,
                value,
                status,
                response,
                mock.map(|mock| mock.contents.as_slice()).unwrap_or_default(),
            )
        });
        Some(Self {
            entry: entry.clone(),
            about: markdown::html(text(value, "description")),
            more: is_page.then(|| {
                let said = text(docs, "description");
                (
                    url.to_owned(),
                    if said.is_empty() { "Read more".to_owned() } else { markdown::line(said, 100) },
                )
            }),
            places: places.filter(|place| !place.parameters.is_empty()).collect(),
            body,
            answers: answers.collect(),
        })
    }

    /// A call of it with examples in place of what is not known.
    pub(crate) fn call(&self, base_url: &str, auth: (&str, &str)) -> Call {
        let mut path = self.entry.path.clone();
        let mut query = Vec::new();
        let mut headers = vec![(auth.0.to_owned(), auth.1.to_owned())];
        for place in &self.places {
            for parameter in &place.parameters {
                let value = encoded(&parameter.example);
                match place.id {
                    "path" => path = path.replace(&format!("{{{}}}", parameter.name), &value),
                    "query" if parameter.is_required => {
                        query.push(format!("{}={value}", encoded(&parameter.name)));
                    }
                    "header" if parameter.is_required => {
                        headers.push((parameter.name.clone(), parameter.example.replace(['\r', '\n'], " ")));
                    }
                    _ => {}
                }
            }
        }
        let content = self
            .body
            .as_ref()
            .and_then(|body| body.contents.iter().find(|content| !content.example.is_empty()));
        headers.extend(content.map(|content| ("content-type".to_owned(), content.media_type.clone())));
        let joint = if query.is_empty() { "" } else { "?" };
        Call {
            method: self.entry.method.clone(),
            url: format!("{base_url}{path}{joint}{}", query.join("&")),
            headers,
            body: content.map(|content| content.example.clone()),
        }
    }

    /// The answer to show beside the text: the first success with an example.
    pub(crate) fn typical(&self) -> Option<(&Answer, &Content)> {
        let shown = |answer: &&Answer| answer.status.starts_with('2') || answer.status == "default";
        self.answers.iter().filter(shown).find_map(|answer| {
            Some((answer, answer.contents.iter().find(|content| !content.example.is_empty())?))
        })
    }
}

/// Everything but letters, digits and what needs no escape in a path segment or a query.
fn encoded(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b',');
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}

/// The parameters of an operation with those of its path, which it may override.
fn parameters<'d>(document: &'d Document, entry: &Entry, operation: &'d Value) -> Vec<&'d Value> {
    let root = document.as_value();
    let shared = path_item(document, &entry.path).map(|item| list(item, "parameters")).unwrap_or_default();
    let mut parameters: Vec<&Value> = Vec::new();
    for parameter in shared.iter().chain(list(operation, "parameters")) {
        let parameter = resolve(root, parameter);
        let is_same = |known: &&Value| {
            text(known, "name") == text(parameter, "name") && text(known, "in") == text(parameter, "in")
        };
        parameters.retain(|known| !is_same(known));
        if parameters.len() < PARAMETERS && parameter.is_object() {
            parameters.push(parameter);
        }
    }
    parameters
}

/// The variables of the path that no parameter declares. A caller has to fill them in all the same.
fn undeclared(path: &str, declared: &[&Value]) -> Vec<Value> {
    let is_declared = |name: &str| {
        declared.iter().any(|parameter| text(parameter, "in") == "path" && text(parameter, "name") == name)
    };
    let variables = path.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    variables
        .map(|(name, _)| name)
        .filter(|name| !is_declared(name))
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect()
}

fn parameter(root: &Value, value: &Value) -> Parameter {
    // In 2.0 the keywords of the schema stand at the parameter itself.
    let content = fields(value, "content").next().map(|(_, content)| content);
    let schema = value.get("schema").or_else(|| content?.get("schema")).unwrap_or(value);
    let (kind, rules) = schema::line(root, schema);
    let resolved = resolve(root, schema);
    let choices: Vec<String> =
        list(resolved, "enum").iter().filter(|value| !value.is_null()).map(written).collect();
    Parameter {
        name: text(value, "name").to_owned(),
        kind,
        rules,
        about: markdown::html(match text(value, "description") {
            "" => text(resolved, "description"),
            said => said,
        }),
        is_required: is(value, "required"),
        is_deprecated: is(value, "deprecated"),
        example: example(root, value, resolved),
        choices: if choices.len() <= 50 { choices } else { Vec::new() },
        is_many: text(resolved, "type") == "array"
            && text(value, "style") != "pipeDelimited"
            && value.get("explode") != Some(&Value::Bool(false))
            && matches!(text(value, "collectionFormat"), "" | "multi"),
    }
}

/// What a parameter may be: its examples, its default, the first of its choices, or anything of its kind.
fn example(root: &Value, parameter: &Value, schema: &Value) -> String {
    let named =
        fields(parameter, "examples").next().and_then(|(_, example)| resolve(root, example).get("value"));
    let given = parameter
        .get("example")
        .or(named)
        .or_else(|| parameter.get("x-example"))
        .or_else(|| schema.get("example"))
        .or_else(|| list(schema, "examples").first())
        .or_else(|| schema.get("default"))
        .or_else(|| list(schema, "enum").first());
    match given {
        Some(Value::Array(items)) => items.iter().map(written).collect::<Vec<_>>().join(","),
        Some(value) => written(value),
        None => match (text(schema, "type"), text(schema, "format")) {
            ("integer" | "number", _) => schema.get("minimum").map_or("1".to_owned(), written),
            ("boolean", _) => "true".to_owned(),
            (_, "uuid") => "3fa85f64-5717-4562-b3fc-2c963f66afa6".to_owned(),
            (_, "date") => "2026-05-03".to_owned(),
            (_, "date-time") => "2026-05-03T14:05:00Z".to_owned(),
            (_, "email") => "name@example.com".to_owned(),
            _ => text(parameter, "name").to_owned(),
        },
    }
}

fn body(root: &Value, operation: &Value, parameters: &[&Value], examples: &[MockContent]) -> Option<Body> {
    if let Some(body) = operation.get("requestBody") {
        let body = resolve(root, body);
        let contents = contents(root, body, examples);
        return Some(Body {
            is_required: is(body, "required"),
            about: markdown::html(text(body, "description")),
            contents,
        });
    }
    // In 2.0 the body is a parameter.
    let body = parameters.iter().find(|parameter| text(parameter, "in") == "body")?;
    let tree = body.get("schema").map(|schema| schema::tree(root, schema));
    let media_type = list(operation, "consumes").first().or_else(|| list(root, "consumes").first());
    let media_type = media_type.and_then(Value::as_str).unwrap_or("application/json").to_owned();
    let example = examples.first().map(shown).unwrap_or_default();
    Some(Body {
        is_required: is(body, "required"),
        about: markdown::html(text(body, "description")),
        contents: vec![Content { media_type, tree, example }],
    })
}

/// The bodies of a request or a response by media type.
fn contents(root: &Value, holder: &Value, examples: &[MockContent]) -> Vec<Content> {
    let media = fields(holder, "content").map(|(media_type, media)| {
        let media = resolve(root, media);
        let schema = media.get("schema").or_else(|| media.get("itemSchema"));
        let essence = |text: &str| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let example = examples.iter().find(|example| {
            example.content_type.as_deref().is_some_and(|found| essence(found) == essence(media_type))
        });
        // A range such as `*/*` has no type of its own.
        let example = example.or_else(|| examples.first().filter(|_| media_type.contains('*')));
        Content {
            media_type: media_type.to_owned(),
            tree: schema.map(|schema| schema::tree(root, schema)),
            example: example.map(shown).unwrap_or_default(),
        }
    });
    media.take(ANSWERS).collect()
}

/// An example as it is read best; empty if it is no text.
fn shown(example: &MockContent) -> String {
    let Ok(text) = std::str::from_utf8(&example.body) else { return String::new() };
    let is_json = example.content_type.as_deref().is_none_or(|content_type| content_type.contains("json"));
    match serde_json::from_str::<Value>(text).ok().filter(|_| is_json) {
        Some(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
        None => text.to_owned(),
    }
}

fn answer(
    root: &Value,
    operation: &Value,
    status: &str,
    response: &Value,
    examples: &[MockContent],
) -> Answer {
    let response = resolve(root, response);
    let mut contents = contents(root, response, examples);
    // In 2.0 the schema stands at the response.
    if let Some(schema) = response.get("schema") {
        let media_type = list(operation, "produces").first().or_else(|| list(root, "produces").first());
        let media_type = media_type.and_then(Value::as_str).unwrap_or("application/json").to_owned();
        let example = examples.first().map(shown).unwrap_or_default();
        contents.push(Content { media_type, tree: Some(schema::tree(root, schema)), example });
    }
    let headers = fields(response, "headers").take(PARAMETERS).map(|(name, header)| {
        let mut parameter = parameter(root, resolve(root, header));
        parameter.name = name.to_owned();
        parameter
    });
    Answer {
        status: status.to_owned(),
        class: match status.as_bytes().first() {
            Some(b'2') => "s2",
            Some(b'3') => "s3",
            Some(b'4') => "s4",
            Some(b'5') => "s5",
            _ => "",
        },
        about: markdown::html(text(response, "description")),
        headers: headers.collect(),
        contents,
    }
}

#[cfg(test)]
mod tests {
    use super::super::contents::Contents;
    use super::*;

    fn operation(document: &str) -> Operation {
        let document = Document::parse_json(document).unwrap();
        let contents = Contents::of(&document);
        Operation::of(&document, contents.entries().next().unwrap()).unwrap()
    }

    const V3: &str = r##"{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/q/{id}":{
        "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer","minimum":3}}],
        "post":{"parameters":[{"name":"dry","in":"query","required":true,"schema":{"type":"boolean"}},
                              {"name":"x","in":"query","schema":{"type":"array","items":{"type":"string"}}}],
            "requestBody":{"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Q"}}}},
            "responses":{"201":{"description":"Made","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Q"}}}},
                         "4XX":{"description":"Wrong"},"default":{"description":"Else"}}}}},
        "components":{"schemas":{"Q":{"type":"object","required":["sum"],"properties":{"sum":{"type":"string","example":"9.90"}}}}}}"##;

    #[test]
    fn an_operation_has_a_call_and_an_answer() {
        let operation = operation(V3);
        let call = operation.call("https://api.example/main/t-v1", ("api-token", "T"));
        assert_eq!(call.url, "https://api.example/main/t-v1/q/3?dry=true");
        assert_eq!(call.headers.len(), 2);
        assert_eq!(call.body.as_deref(), Some("{\n  \"sum\": \"9.90\"\n}"));
        let (answer, content) = operation.typical().unwrap();
        assert_eq!((answer.status.as_str(), content.media_type.as_str()), ("201", "application/json"));
        assert!(content.example.contains("9.90"));
        let places: Vec<_> =
            operation.places.iter().map(|place| (place.id, place.parameters.len())).collect();
        assert_eq!(places, [("path", 1), ("query", 2)]);
        assert_eq!(operation.answers.iter().map(|answer| answer.class).collect::<Vec<_>>(), ["s2", "s4", ""]);
    }

    #[test]
    fn a_document_of_2_0_reads_the_same() {
        let operation = operation(
            r##"{"swagger":"2.0","info":{"title":"T","version":"1"},"consumes":["application/json"],"paths":{"/q":{"post":{
                "parameters":[{"name":"body","in":"body","required":true,"schema":{"type":"object","properties":{"a":{"type":"string","example":"b"}}}},
                              {"name":"n","in":"query","type":"integer","default":7,"required":true}],
                "responses":{"200":{"description":"Ok","schema":{"type":"string","example":"yes"}}}}}}}"##,
        );
        let call = operation.call("https://a.example", ("api-token", "T"));
        assert_eq!(call.url, "https://a.example/q?n=7");
        assert_eq!(call.body.as_deref(), Some("{\n  \"a\": \"b\"\n}"));
        assert_eq!(operation.typical().unwrap().1.example, "\"yes\"");
    }

    #[test]
    fn a_variable_of_the_path_can_be_filled_in_though_nothing_declares_it() {
        let operation = operation(
            r##"{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/q/{id}/{part}":{"get":{
                "parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
                "responses":{"200":{"description":"Ok"}}}}}}"##,
        );
        assert_eq!(operation.places[0].parameters.len(), 2);
        assert!(operation.places[0].parameters.iter().all(|parameter| parameter.is_required));
        assert_eq!(operation.call("https://a.example", ("api-token", "T")).url, "https://a.example/q/1/part");
    }

    #[test]
    fn nothing_from_a_document_leads_out_of_a_path() {
        let operation = operation(
            r##"{"openapi":"3.0.3","info":{"title":"T","version":"1"},"paths":{"/q/{id}":{"get":{
                "parameters":[{"name":"id","in":"path","required":true,"example":"../../x?y#z","schema":{"type":"string"}}],
                "externalDocs":{"url":"javascript:alert(1)"},"responses":{}}}}}"##,
        );
        assert_eq!(
            operation.call("https://a.example", ("a", "b")).url,
            "https://a.example/q/..%2F..%2Fx%3Fy%23z"
        );
        assert_eq!(operation.more, None);
    }
}
