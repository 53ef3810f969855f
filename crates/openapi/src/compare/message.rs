//! Bodies and answers, by media type.

use serde_json::Value;

use super::Comparison;
use super::difference::{Direction, Kind, What, Which};
use super::ledger::News;
use super::operation::Pair;
use super::pairs::pairs;
use super::side::{Described, Side, Spot, joined};
use super::view::Input;
use crate::fault::excerpt;

/// The forms in which 2.0 sends form parameters.
const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

/// What is sent in one media type.
#[derive(Debug, Clone)]
struct Content<'d> {
    /// In lower case and without parameters.
    media_type: String,
    /// Where it stands; in 2.0, the body or answer.
    spot: Spot<'d>,
    schema: Input<'d>,
    /// The schema of each item, where they come one by one (3.2).
    item: Input<'d>,
}

struct Body<'d> {
    spot: Spot<'d>,
    is_required: bool,
    contents: Vec<Content<'d>>,
}

impl<'d> Comparison<'d> {
    pub(super) fn bodies(&mut self, pair: Pair, old: &Described<'d>, new: &Described<'d>) {
        let direction = pair.maker.request();
        let is_sent = direction == Direction::Request;
        let news = |kind, what, breaking, document, pointer: &str| News {
            kind,
            what,
            breaking,
            direction: Some(direction),
            document,
            pointer: pointer.to_owned(),
            source: pair.source,
        };
        match (self.old.body(old), self.new.body(new)) {
            (None, None) => {}
            (Some(old), None) => {
                let news = news(Kind::Removed, What::RequestBody, true, Which::Old, &old.spot.pointer);
                self.ledger.note(news, || "the request body is gone".to_owned());
            }
            (None, Some(new)) => {
                let breaking = new.is_required && is_sent;
                let news = news(Kind::Added, What::RequestBody, breaking, Which::New, &new.spot.pointer);
                let must = if new.is_required { " and must be sent" } else { "" };
                self.ledger.note(news, || format!("the request body is new{must}"));
            }
            (Some(old), Some(new)) => {
                if old.is_required != new.is_required {
                    let pointer = format!("{}/required", new.spot.pointer);
                    let breaking = new.is_required == is_sent;
                    let news = news(Kind::Changed, What::RequestBodyRequired, breaking, Which::New, &pointer);
                    let now = if new.is_required { "must be sent now" } else { "need not be sent any more" };
                    self.ledger.note(news, || format!("the request body {now}"));
                }
                self.note_words(pair.source, &old.spot, &new.spot, &["description"]);
                self.contents(pair, direction, What::RequestMediaType, &old.contents, &new.contents);
            }
        }
    }

    pub(super) fn responses(&mut self, pair: Pair, old_operation: &Spot<'d>, new_operation: &Spot<'d>) {
        let (before, after) = (self.old.responses(old_operation), self.new.responses(new_operation));
        let range = |status: &str| vec![format!("{}XX", status.get(..1).unwrap_or_default())];
        let paired = pairs(&before, &after, |(status, _)| status, range);
        let gone = (Kind::Removed, Which::Old, old_operation, &paired.gone);
        let come = (Kind::Added, Which::New, new_operation, &paired.come);
        for (kind, document, operation, responses) in [gone, come] {
            for (status, spot) in responses {
                let is_success = matches!(status.as_bytes().first(), Some(b'1'..=b'3'));
                let news = News {
                    kind,
                    what: What::Response,
                    breaking: kind == Kind::Removed && is_success,
                    direction: Some(pair.maker.response()),
                    document,
                    pointer: joined(&joined(&operation.pointer, "responses"), status),
                    source: pair.source,
                };
                let state = if kind == Kind::Added { "new" } else { "gone" };
                self.ledger.note(news, || {
                    let description = spot.text("description").map(excerpt).filter(|text| !text.is_empty());
                    let description = description.map(|text| format!(" ({text})")).unwrap_or_default();
                    format!("the `{}` response{description} is {state}", excerpt(status))
                });
            }
        }
        for ((_, old), (_, new)) in paired.both {
            self.response(pair, (old_operation, old), (new_operation, new));
        }
    }

    /// Compares two answers, each with the operation that gives it.
    fn response(&mut self, pair: Pair, old: (&Spot<'d>, &Spot<'d>), new: (&Spot<'d>, &Spot<'d>)) {
        let direction = pair.maker.response();
        let (before, after) = (self.old.response_contents(old), self.new.response_contents(new));
        let (old, new) = (old.1, new.1);
        self.note_words(pair.source, old, new, &["description", "links"]);
        self.contents(pair, direction, What::ResponseMediaType, &before, &after);
        self.headers(pair, direction, old, new);
    }

    fn headers(&mut self, pair: Pair, direction: Direction, old: &Spot<'d>, new: &Spot<'d>) {
        let (before, after) = (self.old.headers(old), self.new.headers(new));
        let paired = pairs(&before, &after, |(name, ..)| name, |_| Vec::new());
        let news = |kind, what, breaking, document, pointer: &str| News {
            kind,
            what,
            breaking,
            direction: Some(direction),
            document,
            pointer: pointer.to_owned(),
            source: pair.source,
        };
        let gone = (Kind::Removed, Which::Old, &paired.gone);
        for (kind, document, headers) in [gone, (Kind::Added, Which::New, &paired.come)] {
            for (_, spot, _) in headers {
                let state = if kind == Kind::Added { "is new" } else { "is gone" };
                let news = news(kind, What::ResponseHeader, kind == Kind::Removed, document, &spot.pointer);
                self.note(news, &spot.pointer, || state.to_owned());
            }
        }
        for ((_, old, old_schema), (_, new, new_schema)) in paired.both {
            let (was, is) = (old.is("required"), new.is("required"));
            if was != is {
                let breaking = is == (direction == Direction::Request);
                let pointer = format!("{}/required", new.pointer);
                let news = news(Kind::Changed, What::ResponseHeaderRequired, breaking, Which::New, &pointer);
                let now = if is { "is always there now" } else { "is not always there any more" };
                self.note(news, &new.pointer, || now.to_owned());
            }
            self.note_words(pair.source, old, new, &["description"]);
            self.meet(pair.source, direction, old_schema.clone(), new_schema.clone());
        }
    }

    fn contents(
        &mut self,
        pair: Pair,
        direction: Direction,
        what: What,
        old: &[Content<'d>],
        new: &[Content<'d>],
    ) {
        let paired = pairs(old, new, |content| &content.media_type, ranges);
        let mut gone = paired.gone;
        if direction == Direction::Request {
            // What is left of a range is less than callers could send.
            gone.extend(paired.shrunk);
        }
        let gone = (Kind::Removed, Which::Old, gone);
        for (kind, document, contents) in [gone, (Kind::Added, Which::New, paired.come)] {
            for content in contents {
                let news = News {
                    kind,
                    what,
                    breaking: kind == Kind::Removed,
                    direction: Some(direction),
                    document,
                    pointer: content.spot.pointer.clone(),
                    source: pair.source,
                };
                let state = if kind == Kind::Added { "new" } else { "gone" };
                let media_type = excerpt(&content.media_type);
                self.note(news, &content.spot.pointer, || format!("is {state} as `{media_type}`"));
            }
        }
        for (old, new) in paired.both {
            self.note_words(pair.source, &old.spot, &new.spot, &["example", "examples"]);
            if old.spot.value.get("encoding") != new.spot.value.get("encoding") {
                let news = News {
                    kind: Kind::Changed,
                    what: What::Constraint,
                    breaking: true,
                    direction: Some(direction),
                    document: Which::New,
                    pointer: format!("{}/encoding", new.spot.pointer),
                    source: pair.source,
                };
                self.note(news, &new.spot.pointer, || "has its parts encoded otherwise".to_owned());
            }
            self.meet(pair.source, direction, old.schema.clone(), new.schema.clone());
            self.meet(pair.source, direction, old.item.clone(), new.item.clone());
        }
    }
}

/// The ranges that a media type is in.
fn ranges(media_type: &str) -> Vec<String> {
    let start = media_type.split('/').next().unwrap_or_default();
    vec![format!("{start}/*"), "*/*".to_owned()]
}

impl<'d> Side<'d> {
    fn body(&self, operation: &Described<'d>) -> Option<Body<'d>> {
        if !self.is_v2() {
            let spot = self.resolved(operation.spot.get("requestBody")?);
            let contents = self.contents(&spot);
            return Some(Body { is_required: spot.is("required"), spot, contents });
        }
        let parameters = self.all_parameters(operation);
        if let Some(body) = parameters.iter().find(|parameter| parameter.text("in") == Some("body")) {
            let schema = Input::Schemas(body.get("schema").into_iter().collect());
            let contents = self.media_types(&operation.spot, "consumes");
            let contents =
                contents.into_iter().map(|media_type| content(media_type, body, &schema)).collect();
            return Some(Body { is_required: body.is("required"), spot: body.clone(), contents });
        }
        let form: Vec<_> =
            parameters.into_iter().filter(|parameter| parameter.text("in") == Some("formData")).collect();
        let spot = form.first()?.clone();
        let mut media_types = self.media_types(&operation.spot, "consumes");
        media_types.retain(|media_type| FORMS.contains(&media_type.as_str()));
        if media_types.is_empty() {
            let has_file = form.iter().any(|parameter| parameter.text("type") == Some("file"));
            media_types.push(FORMS[usize::from(has_file)].to_owned());
        }
        let is_required = form.iter().any(|parameter| parameter.is("required"));
        let schema = Input::Form(form);
        let contents =
            media_types.into_iter().map(|media_type| content(media_type, &spot, &schema)).collect();
        Some(Body { spot, is_required, contents })
    }

    /// The answers by status; ranges in upper case.
    fn responses(&self, operation: &Spot<'d>) -> Vec<(String, Spot<'d>)> {
        let responses = operation.get("responses");
        let responses =
            responses.iter().flat_map(Spot::fields).filter(|(status, _)| !status.starts_with("x-"));
        responses
            .map(|(status, spot)| {
                let status =
                    if status == "default" { status.to_owned() } else { status.to_ascii_uppercase() };
                (status, self.resolved(spot))
            })
            .collect()
    }

    fn response_contents(&self, (operation, response): (&Spot<'d>, &Spot<'d>)) -> Vec<Content<'d>> {
        if !self.is_v2() {
            return self.contents(response);
        }
        let Some(schema) = response.get("schema") else { return Vec::new() };
        let schema = Input::Schemas(vec![schema]);
        self.media_types(operation, "produces")
            .into_iter()
            .map(|one| content(one, response, &schema))
            .collect()
    }

    fn contents(&self, message: &Spot<'d>) -> Vec<Content<'d>> {
        let content = message.get("content");
        let contents = content.iter().flat_map(Spot::fields);
        contents
            .map(|(media_type, spot)| {
                let spot = self.resolved(spot);
                Content {
                    media_type: essence(media_type),
                    schema: Input::Schemas(spot.get("schema").into_iter().collect()),
                    item: Input::Schemas(spot.get("itemSchema").into_iter().collect()),
                    spot,
                }
            })
            .collect()
    }

    /// The media types of an operation in 2.0; JSON if nothing is said, as everywhere.
    fn media_types(&self, operation: &Spot<'d>, field: &str) -> Vec<String> {
        let list = operation.value.get(field).or_else(|| self.document.root.get(field));
        let texts = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let media_types: Vec<_> = texts.map(essence).collect();
        if media_types.is_empty() { vec!["application/json".to_owned()] } else { media_types }
    }

    /// The headers of an answer by their names in lower case, and their schemas.
    fn headers(&self, response: &Spot<'d>) -> Vec<(String, Spot<'d>, Input<'d>)> {
        let headers = response.get("headers");
        let headers = headers.iter().flat_map(Spot::fields);
        headers
            .map(|(name, spot)| {
                let spot = self.resolved(spot);
                let schema = if self.is_v2() {
                    Input::Parameter(spot.clone())
                } else {
                    Input::Schemas(spot.get("schema").into_iter().collect())
                };
                (name.to_ascii_lowercase(), spot, schema)
            })
            .collect()
    }
}

fn content<'d>(media_type: String, spot: &Spot<'d>, schema: &Input<'d>) -> Content<'d> {
    Content { media_type, spot: spot.clone(), schema: schema.clone(), item: Input::Schemas(Vec::new()) }
}

/// A media type without its parameters.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
