//! Parameters, and how they are written.

use std::collections::HashMap;

use serde_json::Value;

use super::Comparison;
use super::difference::{Kind, What, Which};
use super::ledger::News;
use super::operation::Pair;
use super::side::{Described, Side, Spot};
use super::view::Input;
use crate::fault::excerpt;

/// A parameter as all versions know it: a form or a body is none.
#[derive(Debug, Clone)]
struct Parameter<'d> {
    spot: Spot<'d>,
    place: &'d str,
    name: &'d str,
    is_required: bool,
    schema: Input<'d>,
    /// How lists and objects are written; `None` where that makes no difference.
    style: Option<String>,
}

/// What makes a parameter the same. The name of a path parameter does not: its position does.
type Key = (String, String);

impl<'d> Comparison<'d> {
    pub(super) fn parameters(&mut self, pair: Pair, old: &Described<'d>, new: &Described<'d>) {
        let (before, after) = (self.old.parameters(old), self.new.parameters(new));
        let index = |list: &[(Key, Parameter<'d>)]| -> HashMap<Key, usize> {
            list.iter().enumerate().map(|(index, (key, _))| (key.clone(), index)).collect()
        };
        let (in_old, in_new) = (index(&before), index(&after));
        for (_, parameter) in before.iter().filter(|(key, _)| !in_new.contains_key(key)) {
            // A path parameter goes with its path, or was none.
            let breaking = parameter.place != "path";
            self.single(pair, Kind::Removed, breaking, parameter);
        }
        for (key, new) in &after {
            match in_old.get(key).and_then(|index| before.get(*index)) {
                Some((_, old)) => self.parameter(pair, old, new),
                None => {
                    let breaking = new.is_required
                        && new.place != "path"
                        && pair.maker.request() == super::Direction::Request;
                    self.single(pair, Kind::Added, breaking, new);
                }
            }
        }
    }

    fn single(&mut self, pair: Pair, kind: Kind, breaking: bool, parameter: &Parameter<'d>) {
        let news = News {
            kind,
            what: What::Parameter,
            breaking,
            direction: Some(pair.maker.request()),
            document: if kind == Kind::Added { Which::New } else { Which::Old },
            pointer: parameter.spot.pointer.clone(),
            source: pair.source,
        };
        self.note(news, &parameter.spot.pointer, || {
            match (kind, parameter.is_required) {
                (Kind::Added, true) => "is new and must be sent",
                (Kind::Added, false) => "is new",
                _ => "is gone",
            }
            .to_owned()
        });
    }

    fn parameter(&mut self, pair: Pair, old: &Parameter<'d>, new: &Parameter<'d>) {
        let direction = pair.maker.request();
        let news = |what, breaking, field: &str| News {
            kind: Kind::Changed,
            what,
            breaking,
            direction: Some(direction),
            document: Which::New,
            pointer: format!("{}/{field}", new.spot.pointer),
            source: pair.source,
        };
        if old.name != new.name && new.place == "path" {
            self.note(news(What::PathParameterName, false, "name"), &new.spot.pointer, || {
                format!("was called `{}`", excerpt(old.name))
            });
        }
        if old.is_required != new.is_required {
            let breaking = new.is_required == (direction == super::Direction::Request);
            self.note(news(What::ParameterRequired, breaking, "required"), &new.spot.pointer, || {
                if new.is_required { "must be sent now" } else { "need not be sent any more" }.to_owned()
            });
        }
        if let (Some(before), Some(after)) = (&old.style, &new.style)
            && before != after
        {
            self.note(news(What::ParameterStyle, true, "style"), &new.spot.pointer, || {
                format!("is written as {after} instead of {before}")
            });
        }
        self.deprecation(pair.source, &old.spot, &new.spot);
        self.note_words(pair.source, &old.spot, &new.spot, &["description", "example", "examples"]);
        self.meet(pair.source, direction, old.schema.clone(), new.schema.clone());
    }
}

impl<'d> Side<'d> {
    /// The parameters of an operation, its own before those of its path, each once.
    fn parameters(&self, operation: &Described<'d>) -> Vec<(Key, Parameter<'d>)> {
        let positions: HashMap<&str, usize> =
            operation.path_names().enumerate().map(|(index, name)| (name, index)).collect();
        let mut found: Vec<(Key, Parameter<'d>)> = Vec::new();
        let mut seen = HashMap::new();
        for spot in self.all_parameters(operation) {
            let (Some(place), Some(name)) = (spot.text("in"), spot.text("name")) else { continue };
            let key = match place {
                "body" | "formData" => continue,
                // OpenAPI 3 says that these three are ignored.
                "header" if is_reserved(name) => continue,
                "header" => name.to_ascii_lowercase(),
                "path" => match positions.get(name) {
                    Some(position) => position.to_string(),
                    None => name.to_owned(),
                },
                _ => name.to_owned(),
            };
            let key = (place.to_owned(), key);
            if seen.insert(key.clone(), ()).is_none() {
                found.push((key, self.parameter(spot, place, name)));
            }
        }
        found
    }

    /// All of them in all places, resolved.
    pub(super) fn all_parameters(&self, operation: &Described<'d>) -> Vec<Spot<'d>> {
        let own = operation.spot.get("parameters");
        let lists = own.iter().chain(&operation.shared_parameters);
        lists.flat_map(Spot::items).map(|spot| self.resolved(spot)).collect()
    }

    fn parameter(&self, spot: Spot<'d>, place: &'d str, name: &'d str) -> Parameter<'d> {
        let is_required = place == "path" || spot.is("required");
        if self.is_v2() {
            let style = (spot.text("type") == Some("array")).then(|| {
                let format = spot.text("collectionFormat").unwrap_or("csv");
                style_of_collection(format, place).to_owned()
            });
            let schema = Input::Parameter(spot.clone());
            return Parameter { spot, place, name, is_required, schema, style };
        }
        let content = spot.get("content").and_then(|content| content.fields().next());
        let (schema, style) = match (spot.get("schema"), content) {
            (Some(schema), _) => {
                let shape = self.resolved(schema.clone());
                let types = shape.value.get("type").map(ToString::to_string).unwrap_or_default();
                let is_structured = types.contains("array") || types.contains("object");
                (Some(schema), is_structured.then(|| style(&spot, place)))
            }
            (None, Some((media_type, content))) => {
                (content.get("schema"), Some(format!("`{}`", excerpt(media_type))))
            }
            (None, None) => (None, None),
        };
        let schema = Input::Schemas(schema.into_iter().collect());
        Parameter { spot, place, name, is_required, schema, style }
    }
}

fn is_reserved(name: &str) -> bool {
    ["accept", "content-type", "authorization"].iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// In words of 3.x; <https://spec.openapis.org/oas/v3.0.4#style-values>.
fn style(parameter: &Spot<'_>, place: &str) -> String {
    let default = if matches!(place, "query" | "cookie") { "form" } else { "simple" };
    let style = parameter.text("style").unwrap_or(default);
    let explode = parameter.value.get("explode").and_then(Value::as_bool);
    let is_exploded = explode.unwrap_or(style == "form");
    match (style, is_exploded) {
        ("spaceDelimited" | "pipeDelimited" | "deepObject", _) => format!("`{style}`"),
        (style, true) => format!("`{}`, exploded", excerpt(style)),
        (style, false) => format!("`{}`, not exploded", excerpt(style)),
    }
}

/// The same for the `collectionFormat` of 2.0.
fn style_of_collection(format: &str, place: &str) -> &'static str {
    match (format, place) {
        ("multi", _) => "`form`, exploded",
        ("ssv", _) => "`spaceDelimited`",
        ("pipes", _) => "`pipeDelimited`",
        ("tsv", _) => "text between tabs",
        (_, "query") => "`form`, not exploded",
        _ => "`simple`, not exploded",
    }
}
