//! Parameters.

use serde_json::{Map, Value};

use super::{Downgrade, absent, is_idle};
use crate::spot::Spot;

impl<'d> Downgrade<'d> {
    pub(super) fn parameter(&mut self, parameter: &Spot<'d>) -> Value {
        if let Some(reference) = self.component_reference(parameter, "parameters", "parameters") {
            return reference;
        }
        let mut written = Map::new();
        let place = parameter.text("in").unwrap_or_default();
        if place == "cookie" {
            self.lose(parameter, "a cookie parameter");
        }
        for (name, spot) in parameter.fields() {
            match name {
                "schema" => self.plain(spot, &mut written),
                "style" | "explode" => {}
                "content" => self.lose(&spot, "a parameter in a media type"),
                "example" | "examples" if !is_idle(spot.value) => {
                    self.lose(&spot, "an example of a parameter");
                }
                "deprecated" if !is_idle(spot.value) => self.lose(&spot, "a parameter that is deprecated"),
                "allowReserved" if !is_idle(spot.value) => self.lose(&spot, "`allowReserved`"),
                name => {
                    self.keep(
                        &mut written,
                        name,
                        &spot,
                        &["name", "in", "description", "required", "allowEmptyValue"],
                    );
                }
            }
        }
        if parameter.value.get("schema").is_none() && parameter.value.get("content").is_none() {
            self.lose(&absent(parameter, "schema"), "a parameter of any type");
        }
        let is_list = written.get("type").is_some_and(|kind| kind == "array");
        self.style(parameter, place, is_list, &mut written);
        Value::Object(written)
    }

    /// <https://spec.openapis.org/oas/v3.0.4#style-values>
    fn style(&mut self, parameter: &Spot<'d>, place: &str, is_list: bool, written: &mut Map<String, Value>) {
        let usual = if place == "query" { "form" } else { "simple" };
        let style = parameter.text("style").unwrap_or(usual);
        let is_exploded = parameter.value.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
        let format = match (style, is_exploded) {
            _ if !is_list && style == usual => return,
            ("form", true) if place == "query" => "multi",
            ("form", false) if place == "query" => "csv",
            ("simple", _) if place != "query" => "csv",
            ("spaceDelimited", false) if place == "query" && is_list => "ssv",
            ("pipeDelimited", false) if place == "query" && is_list => "pipes",
            _ => return self.lose(&absent(parameter, "style"), "the style of a parameter"),
        };
        written.insert("collectionFormat".to_owned(), format.into());
    }
}
