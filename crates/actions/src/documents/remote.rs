//! What a document refers to by address.

use std::time::{Duration, Instant};

use outbound::Limits;
use url::Url;

use super::DOCUMENT_BYTES;
use super::prepare::{Reader, Unreadable, text_of};

/// The most files of one document that are fetched.
const FETCHES: usize = 50;

/// How long all of them may take; below the deadline of a call of the management API.
const TIME: Duration = Duration::from_secs(30);

/// The redirects that are followed for one of them.
const REDIRECTS: usize = 3;

/// Fetches the files of one document.
pub(super) struct Fetching<'r> {
    reader: &'r Reader,
    begin: Instant,
    fetched: usize,
    left_bytes: usize,
}

impl<'r> Fetching<'r> {
    pub(super) fn new(reader: &'r Reader) -> Self {
        let begin = reader.environment.clock.instant();
        Self { reader, begin, fetched: 0, left_bytes: DOCUMENT_BYTES }
    }

    /// The text at an address; `None` if nothing is fetched. A fetch that fails refuses the document,
    /// since whoever allowed it counts on it.
    pub(super) fn fetch(&mut self, address: &str) -> Result<Option<String>, Unreadable> {
        if !self.reader.desk.remote_references {
            return Ok(None);
        }
        let Ok(url) = Url::parse(address) else { return Ok(None) };
        if self.fetched == FETCHES {
            let message = format!(
                "the document refers to more than {FETCHES} addresses; get the files and import them"
            );
            return Err(Unreadable(message));
        }
        self.fetched += 1;
        let spent = self.reader.environment.clock.instant().saturating_duration_since(self.begin);
        let limits =
            Limits { bytes: self.left_bytes, time: TIME.saturating_sub(spent), redirects: REDIRECTS };
        let fetched = self.reader.runtime.block_on(self.reader.desk.outbound.fetch(&url, limits));
        let fetched =
            fetched.map_err(|fault| Unreadable(format!("`{address}` cannot be fetched: {fault}")))?;
        self.left_bytes = self.left_bytes.saturating_sub(fetched.body.len());
        text_of(address, fetched.body.into()).map(Some)
    }
}
