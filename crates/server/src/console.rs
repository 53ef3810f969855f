//! What people and scripts read on standard output and standard error. Everything else logs.

use std::fmt::Display;
use std::io::Write as _;

/// A line on standard output. A reader that has gone away is no reason to fail.
pub(crate) fn say(line: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// A line on standard error, for what is no result.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// The sentence that a failed command ends with, its causes included.
pub(crate) fn complain(error: &anyhow::Error) {
    note(format_args!("portico: {error:#}"));
}
