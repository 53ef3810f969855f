//! File descriptors: each connection is one.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Below this a gateway runs out of descriptors before it runs out of anything else.
const FEW: u64 = 16_384;

/// Raises the number of files that the process may have open to the most that it is allowed.
/// Systems set the lower limit for programs that cannot cope with more.
pub(crate) fn raise() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE).and_then(|(soft, hard)| {
        if soft < hard {
            setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
        }
        Ok(hard)
    });
    match raised {
        Ok(files) if files < FEW => {
            tracing::warn!(
                files,
                "few files may be open at once, which limits connections; raise `ulimit -Hn`"
            );
        }
        Ok(files) => tracing::debug!(files, "so many files may be open at once"),
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}
