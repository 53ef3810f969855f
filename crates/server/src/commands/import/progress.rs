//! How far an import is, on a terminal.

use std::sync::Arc;
use std::time::Duration;

use actions::{Progress, Step};
use indicatif::{ProgressBar, ProgressStyle};

/// How often the bar moves while nothing else does.
const TICK: Duration = Duration::from_millis(100);

/// A line on standard error that says how far it is. There is none unless that is a terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if !bar.is_hidden() {
            bar.set_message("reading the document");
            bar.enable_steady_tick(TICK);
        }
        Self(bar)
    }

    /// What is told to it.
    pub(super) fn progress(&self) -> Progress {
        let bar = self.0.clone();
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").ok();
        Arc::new(move |step| match step {
            Step::Files(1) => {}
            Step::Files(read) => bar.set_message(format!("reading the document, {read} files so far")),
            Step::Operations(written, total) => {
                if let Some(style) = style.clone().filter(|_| bar.length().is_none()) {
                    bar.set_style(style);
                    bar.set_message("operations written");
                }
                bar.set_length(total as u64);
                bar.set_position(written as u64);
            }
        })
    }

    /// Takes it away, so that the result stands alone.
    pub(super) fn finish(self) {
        self.0.finish_and_clear();
    }
}
