//! Which of the files of a folder is the document.

use crate::Format;
use crate::fault::Fault;
use crate::read;

/// The most candidates that a fault lists.
const LISTED: usize = 10;

/// The entry file among those of a folder, given by paths and texts: the only `openapi.*` or
/// `swagger.*` nearest to the top that says what version it is in; else the only file that does.
pub fn entry<'f>(files: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<&'f str, Fault> {
    let mut candidates: Vec<&str> =
        files.into_iter().filter(|(path, text)| has_version(path, text)).map(|(path, _)| path).collect();
    // The order of a folder or an archive means nothing.
    candidates.sort_unstable();
    let depth = |path: &str| path.matches('/').count();
    let named: Vec<_> = candidates.iter().copied().filter(|path| is_named_so(path)).collect();
    let top = named.iter().map(|path| depth(path)).min();
    let at_top: Vec<_> = named.into_iter().filter(|path| Some(depth(path)) == top).collect();
    match (&at_top[..], &candidates[..]) {
        ([only], _) | ([], [only]) => Ok(only),
        ([], []) => Err(Fault::structure(
            "",
            "is in none of the files: none has `openapi` or `swagger` at its top",
            "send the file that has it, too",
        )),
        (several, _) => {
            let several = if several.is_empty() { &candidates } else { several };
            let listed: Vec<_> = several.iter().take(LISTED).map(|path| format!("`{path}`")).collect();
            let more = several.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let problem = format!("could be {}{more}", listed.join(", "));
            Err(Fault::structure("", problem, "say which of them is the one to begin with"))
        }
    }
}

fn is_named_so(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    matches!(name.rsplit_once('.'), Some(("openapi" | "swagger", "json" | "yaml" | "yml")))
}

/// Whether `openapi` or `swagger` stands at the top of a text. A text that is broken has it if
/// it looks so, for who sent it should learn of that.
fn has_version(path: &str, text: &str) -> bool {
    let name = |field: &str| text.contains(field);
    if Format::of_file(path).is_none() || !(name("openapi") || name("swagger")) {
        return false;
    }
    match Format::guess(text) {
        Format::Json => {
            ["/openapi", "/swagger"]
                .into_iter()
                .any(|pointer| read::source(text, Format::Json, pointer).is_some())
                || (read::json(text).is_err() && is_named_so(path))
        }
        Format::Yaml => text.lines().any(|line| {
            let key = line.trim_start_matches('\u{feff}').split(':').next().unwrap_or_default().trim_end();
            line.contains(':') && matches!(key.trim_matches(['"', '\'']), "openapi" | "swagger")
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "# A\nopenapi: 3.1.0\n";
    const JSON: &str = "{\"info\": {}, \"swagger\": \"2.0\"}";

    #[test]
    fn the_entry_is_found_by_name_and_by_what_is_in_it() {
        let found = |files: &[(&'static str, &'static str)]| entry(files.iter().copied());
        assert_eq!(
            found(&[("z/openapi.yaml", YAML), ("openapi.yml", YAML), ("a.json", JSON)]),
            Ok("openapi.yml")
        );
        assert_eq!(found(&[("x/Swagger.json", JSON), ("x/y/openapi.json", JSON)]), Ok("x/Swagger.json"));
        assert_eq!(
            found(&[("x/api.json", JSON), ("x/b.yaml", "a: openapi\n"), ("c.md", YAML)]),
            Ok("x/api.json")
        );
        assert_eq!(
            found(&[("openapi.yaml", "type: object\nx: openapi"), ("api.yaml", YAML)]),
            Ok("api.yaml")
        );
        assert_eq!(found(&[("openapi.json", "{\"openapi\": ")]), Ok("openapi.json"));
        let fault = found(&[("b.yaml", YAML), ("a.json", JSON)]).unwrap_err().to_string();
        assert_eq!(
            fault,
            "the document could be `a.json`, `b.yaml`; say which of them is the one to begin with"
        );
        let fault = found(&[("a/openapi.yaml", YAML), ("a/swagger.json", JSON)]).unwrap_err().to_string();
        assert!(fault.contains("`a/openapi.yaml`, `a/swagger.json`"), "{fault}");
        assert!(found(&[("b.yaml", "a: 1")]).unwrap_err().to_string().contains("is in none of the files"));
    }
}
