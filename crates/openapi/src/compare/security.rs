//! What callers must prove.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Comparison;
use super::difference::{Direction, Kind, What, Which};
use super::ledger::News;
use super::operation::Pair;
use super::side::{Side, Spot, joined};

/// One way to be let in: what must be shown together, each with its scopes. Schemes are told
/// apart by what they are; what a document calls them makes no difference.
type Way = BTreeMap<String, BTreeSet<String>>;

impl<'d> Comparison<'d> {
    pub(super) fn security(&mut self, pair: Pair, old: &Spot<'d>, new: &Spot<'d>) {
        let (before, after) = (self.old.ways(old), self.new.ways(new));
        if before == after {
            return;
        }
        // Whoever was let in must still be, with no more to show.
        let breaking = !before.iter().all(|old| after.iter().any(|new| is_enough(old, new)));
        let (document, pointer) = match (new.get("security"), self.new.root("security")) {
            (Some(spot), _) | (None, Some(spot)) => (Which::New, spot.pointer),
            (None, None) => (Which::New, joined(&new.pointer, "security")),
        };
        let news = News {
            kind: Kind::Changed,
            what: What::Security,
            breaking,
            direction: Some(Direction::Request),
            document,
            pointer,
            source: pair.source,
        };
        self.ledger
            .note(news, || format!("callers must show {} instead of {}", words(&after), words(&before)));
    }
}

fn is_enough(shown: &Way, asked: &Way) -> bool {
    asked.iter().all(|(scheme, scopes)| shown.get(scheme).is_some_and(|shown| scopes.is_subset(shown)))
}

impl<'d> Side<'d> {
    fn ways(&self, operation: &Spot<'d>) -> BTreeSet<Way> {
        let security = operation.get("security").or_else(|| self.root("security"));
        let requirements = security.iter().flat_map(Spot::items);
        let ways: BTreeSet<Way> = requirements.map(|requirement| self.way(&requirement)).collect();
        // None asked for is nothing to show.
        if ways.is_empty() { [Way::new()].into() } else { ways }
    }

    fn way(&self, requirement: &Spot<'d>) -> Way {
        let scopes = |value: &Value| {
            let scopes = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            scopes.map(str::to_owned).collect()
        };
        requirement.fields().map(|(name, spot)| (self.scheme(name), scopes(spot.value))).collect()
    }

    /// A scheme in words.
    fn scheme(&self, name: &str) -> String {
        let schemes = if self.is_v2() {
            self.root("securityDefinitions")
        } else {
            self.root("components").and_then(|components| components.get("securitySchemes"))
        };
        let Some(scheme) = schemes.and_then(|schemes| schemes.get(name)).map(|spot| self.resolved(spot))
        else {
            return format!("`{name}`");
        };
        let text = |field| scheme.text(field).unwrap_or_default();
        match text("type") {
            "basic" => "HTTP `basic`".to_owned(),
            "http" => format!("HTTP `{}`", text("scheme").to_ascii_lowercase()),
            "apiKey" => format!("a key in the {} `{}`", text("in"), text("name")),
            "oauth2" => "OAuth 2.0".to_owned(),
            "openIdConnect" => "OpenID Connect".to_owned(),
            "mutualTLS" => "a certificate".to_owned(),
            _ => format!("`{name}`"),
        }
    }
}

fn words(ways: &BTreeSet<Way>) -> String {
    let way = |way: &Way| {
        let schemes = way.iter().map(|(scheme, scopes)| {
            let scopes: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
            if scopes.is_empty() { scheme.clone() } else { format!("{scheme} with {}", scopes.join(", ")) }
        });
        let schemes: Vec<_> = schemes.collect();
        if schemes.is_empty() { "nothing".to_owned() } else { schemes.join(" and ") }
    };
    ways.iter().map(way).collect::<Vec<_>>().join(", or ")
}
