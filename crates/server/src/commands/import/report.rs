//! What an import prints.

use actions::{ImportResults, UnservedOperation};
use serde::Serialize;

use crate::console;

/// An operation that cannot be served.
#[derive(Serialize)]
pub(super) struct ShownUnserved<'a> {
    method: &'a str,
    path: &'a str,
    code: &'static str,
    reason: &'static str,
}

/// The operations that cannot be served.
pub(super) fn unserved(unserved: &[UnservedOperation]) -> Vec<ShownUnserved<'_>> {
    unserved
        .iter()
        .map(|one| ShownUnserved {
            method: &one.method,
            path: &one.path,
            code: one.reason.code(),
            reason: one.reason.as_str(),
        })
        .collect()
}

/// Says on standard error what is not as one would expect.
pub(super) fn note(results: &ImportResults) {
    note_all(&results.unserved, &results.warnings);
}

pub(super) fn note_all(unserved: &[UnservedOperation], warnings: &[String]) {
    for one in unserved {
        console::note(format_args!("not served: {one}"));
    }
    for warning in warnings {
        console::note(format_args!("warning: {warning}"));
    }
}

/// A result for programs.
pub(super) fn say_json(result: &impl Serialize) -> anyhow::Result<()> {
    console::say(serde_json::to_string_pretty(result)?);
    Ok(())
}
