//! Whether JSON is a document.

use serde_json::{Map, Value};

use crate::Version;
use crate::fault::{Fault, excerpt, kind};

/// Makes text of what people write without quotes where there is only one text that it can mean:
/// the versions, and the title. `written` gives a number as it stands in the text.
pub(crate) fn settle(root: &mut Value, written: impl Fn(&str) -> Option<String>) {
    let Some(fields) = root.as_object_mut() else { return };
    for (field, patch) in [("openapi", ".0"), ("swagger", "")] {
        if let Some(version @ Value::Number(_)) = fields.get_mut(field)
            && let Some(text) = written(&format!("/{field}"))
            && text.contains('.')
        {
            // Whoever writes `3.1` means 3.1.0, which is how tools know the version.
            *version = Value::String(text + patch);
        }
    }
    let Some(Value::Object(info)) = fields.get_mut("info") else { return };
    for field in ["title", "version"] {
        if let Some(value @ Value::Number(_)) = info.get_mut(field)
            && let Some(text) = written(&format!("/info/{field}"))
        {
            *value = Value::String(text);
        }
    }
}

/// The version in which a document is written, whatever else is wrong with it.
pub(crate) fn written_in(root: &Value) -> Result<Version, Fault> {
    version(fields(root)?)
}

fn fields(root: &Value) -> Result<&Map<String, Value>, Fault> {
    root.as_object().ok_or_else(|| {
        let remedy = "an OpenAPI document is an object with `openapi`, `info` and `paths`";
        Fault::structure("", format!("is {}", kind(root)), remedy)
    })
}

/// Whether this is a document that we read, and in which version it is written.
pub(crate) fn document(root: &Value) -> Result<Version, Fault> {
    let fields = fields(root)?;
    let version = version(fields)?;
    let info = match fields.get("info") {
        Some(Value::Object(info)) => info,
        info => {
            return Err(misfit(
                "/info",
                info,
                "an object",
                "write `\"info\": {\"title\": …, \"version\": …}`",
            ));
        }
    };
    for (field, pointer, remedy) in [
        ("title", "/info/title", "give the API a name there"),
        ("version", "/info/version", "write the version of the API there, in quotes, as in `\"1.0.0\"`"),
    ] {
        if !info.get(field).is_some_and(Value::is_string) {
            return Err(misfit(pointer, info.get(field), "text", remedy));
        }
    }
    match fields.get("paths") {
        Some(Value::Object(_)) => Ok(version),
        // A document in 3.1 may describe webhooks or components only.
        None if version >= Version::V3_1 => Ok(version),
        paths => Err(misfit("/paths", paths, "an object", "its keys are the paths, as in `\"/quotes\"`")),
    }
}

fn version(fields: &Map<String, Value>) -> Result<Version, Fault> {
    const READS: &str = "Portico reads OpenAPI 2.0 to 3.2";
    let unsupported = |pointer, what: String| {
        Err(Fault::structure(pointer, what, format!("{READS}, so convert the document first")))
    };
    match (fields.get("openapi"), fields.get("swagger")) {
        (Some(Value::String(text)), _) => {
            let mut parts = text.trim().splitn(3, '.');
            match (parts.next(), parts.next()) {
                (Some("3"), Some("0")) => Ok(Version::V3_0),
                (Some("3"), Some("1")) => Ok(Version::V3_1),
                (Some("3"), Some("2")) => Ok(Version::V3_2),
                _ => unsupported("/openapi", format!("is `{}`", excerpt(text))),
            }
        }
        (None, Some(Value::String(text))) if text.trim() == "2.0" => Ok(Version::V2_0),
        (None, Some(Value::String(text))) => unsupported("/swagger", format!("is `{}`", excerpt(text))),
        (None, Some(_)) => unsupported("/swagger", "marks an older format".to_owned()),
        (found, _) => Err(misfit(
            "/openapi",
            found,
            "text",
            &format!(
                "{READS}, so write `\"openapi\": \"3.1.0\"` or the version that the document is written in"
            ),
        )),
    }
}

/// What is missing or of the wrong type.
fn misfit(pointer: &str, found: Option<&Value>, expected: &str, remedy: &str) -> Fault {
    let problem = match found {
        None => "is missing".to_owned(),
        Some(found) => format!("is {} and must be {expected}", kind(found)),
    };
    Fault::structure(pointer, problem, remedy)
}
