//! What a reader asks for: JSON or YAML, and in which version of OpenAPI.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue};
use openapi::{Format, Version};
use serde_json::Value;

use crate::answer::JSON;
use crate::given::Read;

/// RFC 9512.
const YAML: HeaderValue = HeaderValue::from_static("application/yaml");

/// How a document is written, in a query.
pub(crate) struct Form(Format);

impl Read for Form {
    fn read(value: Value) -> Result<Self, String> {
        match value.as_str() {
            Some("json") => Ok(Self(Format::Json)),
            Some("yaml") => Ok(Self(Format::Yaml)),
            _ => Err("must be `json` or `yaml`".to_owned()),
        }
    }
}

/// A version of OpenAPI, in a query.
pub(crate) struct Wanted(Version);

impl Read for Wanted {
    fn read(value: Value) -> Result<Self, String> {
        let version = value.as_str().and_then(version);
        version.map(Self).ok_or_else(|| "must be one of `2.0`, `3.0`, `3.1`, `3.2`".to_owned())
    }
}

/// A version with or without its patch number.
fn version(text: &str) -> Option<Version> {
    let versions = [Version::V2_0, Version::V3_0, Version::V3_1, Version::V3_2];
    versions.into_iter().find(|version| {
        let rest = text.strip_prefix(version.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// What is to be derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) format: Format,
    /// The one in which the document is written, if none was named.
    pub(super) version: Option<Version>,
    /// Whether the media type is to say that it is OpenAPI.
    says_openapi: bool,
}

impl Choice {
    /// What stands in the query counts; what is left open there is as `Accept` has it.
    pub(super) fn new(form: Option<Form>, version: Option<Wanted>, headers: &HeaderMap) -> Self {
        let accepted = accepted(headers);
        Self {
            format: form.map_or(accepted.format, |form| form.0),
            version: version.map(|version| version.0).or(accepted.version),
            says_openapi: accepted.says_openapi,
        }
    }

    /// The media type, for a document in this version.
    pub(super) fn content_type(self, version: Version) -> HeaderValue {
        let plain = match self.format {
            Format::Json => JSON,
            Format::Yaml => YAML,
        };
        if !self.says_openapi {
            return plain;
        }
        let text = format!("application/vnd.oai.openapi+{};version={}", self.extension(), version.as_str());
        HeaderValue::from_str(&text).unwrap_or(plain)
    }

    pub(super) const fn extension(self) -> &'static str {
        match self.format {
            Format::Json => "json",
            Format::Yaml => "yaml",
        }
    }
}

/// The media type with the highest weight that we can answer with, the first of several (RFC
/// 9110, section 12.5.1). JSON where there is none, rather than a refusal: whoever asks here can
/// make nothing of one.
fn accepted(headers: &HeaderMap) -> Choice {
    let mut best = Choice { format: Format::Json, version: None, says_openapi: false };
    let mut best_weight = 0.0;
    let lists = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in lists.flat_map(|list| list.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
        let (format, says_openapi) = match &*media_type {
            "application/json" | "application/*" | "*/*" => (Format::Json, false),
            "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => (Format::Yaml, false),
            "application/vnd.oai.openapi+json" => (Format::Json, true),
            "application/vnd.oai.openapi+yaml" | "application/vnd.oai.openapi" => (Format::Yaml, true),
            _ => continue,
        };
        let mut choice = Choice { format, version: None, says_openapi };
        let mut weight = 1.0;
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => weight = value.trim().parse().unwrap_or(0.0),
                "version" => choice.version = version(value.trim().trim_matches('"')),
                _ => {}
            }
        }
        if weight > best_weight {
            (best, best_weight) = (choice, weight);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The media type that is answered with for a document of 3.1.
    fn answered(accept: &str) -> String {
        let headers = [(ACCEPT, HeaderValue::from_str(accept).unwrap())].into_iter().collect();
        Choice::new(None, None, &headers).content_type(Version::V3_1).to_str().unwrap().to_owned()
    }

    #[test]
    fn accept_decides() {
        for (accept, media_type) in [
            ("*/*", "application/json"),
            ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
            ("text/html", "application/json"),
            ("application/yaml", "application/yaml"),
            ("Text/YAML ; q=0.5, application/json;q=0.4", "application/yaml"),
            ("application/yaml;q=0, */*;q=0.1", "application/json"),
            ("application/json, application/yaml", "application/json"),
            ("application/vnd.oai.openapi", "application/vnd.oai.openapi+yaml;version=3.1"),
            (
                "application/vnd.oai.openapi+json;version=\"3.1\"",
                "application/vnd.oai.openapi+json;version=3.1",
            ),
        ] {
            assert_eq!(answered(accept), media_type, "{accept}");
        }
    }

    #[test]
    fn a_version_may_have_a_patch_number() {
        assert_eq!(version("3.0"), Some(Version::V3_0));
        assert_eq!(version("3.1.7"), Some(Version::V3_1));
        for text in ["", "3", "3.10", "3.3", "2", "3.1x"] {
            assert_eq!(version(text), None, "{text}");
        }
    }
}
