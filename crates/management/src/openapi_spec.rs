//! An OpenAPI document in a request.

use actions::{Archive, Faults, Source, Text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::document::DocumentFormat;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::given::{Given, Read};

const FORMAT: &str = "openapi_spec.format";
const CONTENT: &str = "openapi_spec.content";

/// The most characters of the name of a file.
pub(crate) const ENTRY_CHARACTERS: usize = 1_024;

/// An OpenAPI document, 2.0 to 3.2.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OpenApiSpec {
    /// The document as text, or a zip archive of its files in base64.
    #[schema(value_type = String, example = r#"{"openapi":"3.1.0","info":{"title":"Quotes","version":"1"},"paths":{}}"#)]
    content: Given<String>,
    /// How the document is written: `json`, `yaml` or `zip`. JSON that is sent as YAML, and YAML that
    /// is sent as JSON, is read as what it is.
    #[schema(value_type = Option<String>, example = "json", default = "json")]
    format: Given<String>,
    /// In an archive the file in which the document begins. Without one it is the only document at the
    /// top, or the one that is called `openapi.yaml`, `openapi.json` or `swagger.json`.
    #[schema(value_type = Option<String>, example = "openapi.yaml")]
    entry: Given<String>,
}

impl Read for OpenApiSpec {
    fn read(value: Value) -> Result<Self, String> {
        let misfit = || "must be an object with `content` and `format`".to_owned();
        if value.is_object() { Self::deserialize(value).map_err(|_| misfit()) } else { Err(misfit()) }
    }
}

impl OpenApiSpec {
    /// The document, if it can be one.
    pub(crate) fn source(self, faults: &mut Faults) -> Option<Source> {
        let format = match self.format.optional(FORMAT, faults).as_deref() {
            None | Some("json") => Some(Some(DocumentFormat::Json)),
            Some("yaml") => Some(Some(DocumentFormat::Yaml)),
            Some("zip") => Some(None),
            Some(_) => {
                faults.add(FORMAT, "must be `json`, `yaml` or `zip`");
                None
            }
        };
        let content = self.content.required(CONTENT, faults);
        let entry = self.entry.optional("openapi_spec.entry", faults);
        if entry.as_ref().is_some_and(|entry| entry.chars().count() > ENTRY_CHARACTERS) {
            let message = format!("is too long; use at most {ENTRY_CHARACTERS} characters");
            faults.add("openapi_spec.entry", message);
        }
        match (format?, content?) {
            (None, content) => archive(&content, entry, faults),
            (format, content) => Some(Source::Text(Text { content, format, name: None })),
        }
    }
}

fn archive(content: &str, entry: Option<String>, faults: &mut Faults) -> Option<Source> {
    let mut add = |fault: String| faults.add(CONTENT, fault);
    let bytes = STANDARD
        .decode(content.trim())
        .map_err(|_| add("is not base64, in which a zip archive must be sent".to_owned()))
        .ok()?;
    let files = Archive::open(bytes).map_err(add).ok()?;
    Some(Source::Files { files: Box::new(files), entry, format: None })
}
