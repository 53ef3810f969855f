//! How values are written in a media type.

/// A way of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
    Text,
    /// `application/x-www-form-urlencoded`.
    Pairs,
    /// One JSON text to a line.
    JsonLines,
    /// RFC 7464.
    JsonSequence,
    EventStream,
    /// `multipart`: written only if it stands in the document as text, since its boundary does.
    Parts,
    /// What we know no form of; a made text is not written in it, since it would not be one.
    Opaque,
}

impl Form {
    /// The form of a media type without its parameters, in lower case.
    pub(super) fn of(essence: &str) -> Self {
        match essence {
            // JSON is YAML.
            "application/json" | "text/json" | "application/yaml" | "application/x-yaml" | "text/yaml"
            | "text/x-yaml" => Self::Json,
            "application/xml" | "text/xml" => Self::Xml,
            "application/x-www-form-urlencoded" => Self::Pairs,
            "application/jsonl"
            | "application/x-ndjson"
            | "application/ndjson"
            | "application/json-lines"
            | "application/x-jsonlines"
            | "text/jsonl" => Self::JsonLines,
            "application/json-seq" => Self::JsonSequence,
            "text/event-stream" => Self::EventStream,
            "application/javascript" | "application/graphql" => Self::Text,
            _ if essence.ends_with("+json-seq") => Self::JsonSequence,
            _ if essence.ends_with("+json") || essence.ends_with("+yaml") => Self::Json,
            _ if essence.ends_with("+xml") => Self::Xml,
            _ if essence.starts_with("multipart/") => Self::Parts,
            _ if essence.starts_with("text/") => Self::Text,
            _ => Self::Opaque,
        }
    }

    /// Whether it is a sequence of values.
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::JsonLines | Self::JsonSequence | Self::EventStream)
    }
}

/// The content type of an answer out of a media type range; `None` if that leaves it open or
/// would not fit into a header.
pub(super) fn content_type(range: &str) -> Option<String> {
    let range = range.trim();
    match essence(range).as_str() {
        "*/*" | "application/*" => Some("application/json".to_owned()),
        "text/*" => Some("text/plain".to_owned()),
        essence if essence.contains('*') || !essence.contains('/') => None,
        _ => range.bytes().all(|byte| matches!(byte, b' '..=b'~')).then(|| range.to_owned()),
    }
}

/// A media type without its parameters, in lower case.
pub(super) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
