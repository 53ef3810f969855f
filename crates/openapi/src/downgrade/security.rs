//! Security schemes.

use serde_json::{Map, Value};

use super::{Downgrade, is_idle};
use crate::spot::Spot;

/// The flows of OAuth 2.0 and what 2.0 calls them.
const FLOWS: [(&str, &str); 4] = [
    ("implicit", "implicit"),
    ("password", "password"),
    ("clientCredentials", "application"),
    ("authorizationCode", "accessCode"),
];

impl<'d> Downgrade<'d> {
    pub(super) fn scheme(&mut self, scheme: Spot<'d>) -> Value {
        let scheme = self.resolved(scheme);
        let mut written = Map::new();
        let kept: &[&str] = match (scheme.text("type"), scheme.text("in"), scheme.text("scheme")) {
            (Some("apiKey"), Some("header" | "query"), _) => &["type", "name", "in", "description"],
            (Some("http"), _, Some(name)) if name.eq_ignore_ascii_case("basic") => {
                written.insert("type".to_owned(), "basic".into());
                &["description"]
            }
            (Some("oauth2"), ..) => {
                written.insert("type".to_owned(), "oauth2".into());
                &["description"]
            }
            _ => {
                self.lose(&scheme, "a kind of security");
                return Value::Null;
            }
        };
        for (name, spot) in scheme.fields() {
            match name {
                "type" | "scheme" if !kept.contains(&name) => {}
                "flows" => self.flows(&spot, &mut written),
                name => self.keep(&mut written, name, &spot, kept),
            }
        }
        Value::Object(written)
    }

    fn flows(&mut self, flows: &Spot<'d>, written: &mut Map<String, Value>) {
        let mut count = 0;
        for (name, flow) in flows.fields() {
            let Some((_, known)) = FLOWS.iter().find(|(known, _)| *known == name) else {
                if !is_idle(flow.value) {
                    self.lose(&flow, "a flow of OAuth 2.0");
                }
                continue;
            };
            count += 1;
            written.insert("flow".to_owned(), (*known).into());
            for (name, spot) in flow.fields() {
                self.keep(written, name, &spot, &["authorizationUrl", "tokenUrl", "scopes"]);
            }
        }
        if count != 1 {
            self.lose(flows, "several flows of OAuth 2.0");
        }
    }
}
