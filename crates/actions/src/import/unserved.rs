//! Why an operation of a document is not served. The list is closed, and
//! `docs/openapi-documents.md` has it as a table.

use std::fmt;

use model::path::{PathFault, TemplateFault};

/// Why an operation is not served; everything else is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unserved {
    /// `CONNECT`, `TRACE`, or a method that is in no registry.
    Method,
    /// A brace without its partner, or braces in braces.
    Braces,
    /// `{}`.
    Unnamed,
    /// `/?Action=Run`.
    Query,
    /// `/run#now`.
    Fragment,
    /// An escape that is none, an escaped slash, a control character, or `..`.
    Unreachable,
    /// `/users/{name}` beside `/users/{id}`.
    Duplicate,
}

impl Unserved {
    /// One of each, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Method,
        Self::Braces,
        Self::Unnamed,
        Self::Query,
        Self::Fragment,
        Self::Unreachable,
        Self::Duplicate,
    ];

    /// For programs; stable.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Braces => "braces",
            Self::Unnamed => "unnamed_parameter",
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::Unreachable => "unreachable_path",
            Self::Duplicate => "duplicate",
        }
    }

    /// What follows the method and the path of an operation in a sentence for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Method => "the gateway takes no such method: it is `CONNECT`, `TRACE`, or not registered",
            Self::Braces => "the path has a brace without its partner",
            Self::Unnamed => "the path has a parameter without a name",
            Self::Query => "the path has a query; operations that only a query tells apart share one path",
            Self::Fragment => "the path has a fragment, which callers do not send",
            Self::Unreachable => {
                "no call could have the path: it has a broken escape, an escaped slash, a control character, or `..`"
            }
            Self::Duplicate => "an operation before it has the same method and matches the same paths",
        }
    }
}

impl From<TemplateFault> for Unserved {
    fn from(fault: TemplateFault) -> Self {
        match fault {
            TemplateFault::Braces => Self::Braces,
            TemplateFault::Unnamed => Self::Unnamed,
            TemplateFault::Query => Self::Query,
            TemplateFault::Path(PathFault::Fragment) => Self::Fragment,
            TemplateFault::Path(_) => Self::Unreachable,
        }
    }
}

impl fmt::Display for Unserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const BEGIN: &str = "<!-- reasons: begin -->\n";
    const END: &str = "<!-- reasons: end -->";

    fn table() -> String {
        let rows = Unserved::ALL.iter().map(|reason| format!("| `{}` | {reason} |\n", reason.code()));
        format!("| code | reason |\n| --- | --- |\n{}", rows.collect::<String>())
    }

    #[test]
    fn the_documentation_has_every_reason() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi-documents.md");
        let text = std::fs::read_to_string(&file).unwrap();
        let (before, rest) = text.split_once(BEGIN).expect("the marker that begins the table");
        let (written, after) = rest.split_once(END).expect("the marker that ends the table");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&file, [before, BEGIN, &table(), END, after].concat()).unwrap();
        } else {
            assert_eq!(written, table(), "run `UPDATE_DOCS=1 cargo test -p actions unserved`");
        }
    }

    #[test]
    fn codes_differ() {
        let codes: std::collections::HashSet<_> = Unserved::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Unserved::ALL.len());
    }
}
