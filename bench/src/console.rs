//! What the program says: results on standard output, the way there on standard error.

/// A line of the result.
#[expect(clippy::print_stdout, reason = "the result of a command line program")]
pub(crate) fn print(line: impl std::fmt::Display) {
    println!("{line}");
}

/// A line about what is going on.
#[expect(clippy::print_stderr, reason = "progress of a command line program, apart from its result")]
pub(crate) fn note(line: impl std::fmt::Display) {
    eprintln!("bench: {line}");
}
