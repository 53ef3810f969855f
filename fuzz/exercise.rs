//! Everything that is done with a document, on any bytes. Also run on the seeds by an ordinary
//! test of `openapi`.

use openapi::{Bundler, Document, Format, Location, Publication};

/// Reads the bytes in every way, and does with them what can be done.
pub(crate) fn bytes(bytes: &[u8]) {
    let Ok(text) = openapi::utf8(bytes) else { return };
    for format in [Format::Json, Format::Yaml] {
        match Document::parse(text, format) {
            Ok(read) => document(&read),
            Err(fault) => drop(fault.to_string()),
        }
    }
    // The text is every file that it refers to.
    let Ok(entry) = Location::file("o.yaml") else { return };
    let Ok(mut bundler) = Bundler::new(entry, text.to_owned()) else { return };
    while let Ok(Some(location)) = bundler.needs() {
        if bundler.give(&location, text.to_owned()).is_err() {
            return;
        }
    }
    if let Ok(bundle) = bundler.finish() {
        document(&bundle.document);
    }
}

fn document(document: &Document) {
    let operations: Vec<_> = document.operations().take(1_000).collect();
    for operation in &operations {
        assert!(document.mock(&operation.method, operation.path).is_some());
    }
    document.suggested_servers(Some("https://api.test/openapi.json"));
    let keep = |_: &str, path: &str| path.len().is_multiple_of(2);
    let published = document.published(&Publication { gateway_url: "https://gateway.test", keep: &keep });
    if let Err(fault) = Document::parse_json(&published.to_string()) {
        panic!("what is published is a document: {fault}");
    }
}
