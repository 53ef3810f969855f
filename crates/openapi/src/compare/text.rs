//! A difference as people read it: a changelog in Markdown.

use std::fmt::{self, Display, Formatter};

use super::difference::{Change, Difference, Group, OperationName};

/// The most operations that a line names.
const NAMED: usize = 3;

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            f.write_str("Nothing changed.\n")?;
        }
        let mut is_first = true;
        for group in Group::ALL {
            let count = self.counts.of(group);
            if count == 0 {
                continue;
            }
            let gap = if is_first { "" } else { "\n" };
            is_first = false;
            writeln!(f, "{gap}{}:\n", group.as_str())?;
            let mut listed = 0;
            for change in self.of(group) {
                writeln!(f, "- {change}")?;
                listed += 1;
            }
            if let Some(more) = count.checked_sub(listed).filter(|more| *more > 0) {
                writeln!(f, "- and {more} more")?;
            }
        }
        if !self.is_complete {
            f.write_str("\nThe documents are too entangled to be compared to the end; there may be more.\n")?;
        }
        Ok(())
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &*self.operations {
            [] => f.write_str(&self.text),
            [operation] if self.more_operations == 0 => write!(f, "`{operation}`: {}", self.text),
            operations => {
                write!(f, "{} (", self.text)?;
                let named = operations.len().min(NAMED);
                for (index, operation) in operations.iter().take(named).enumerate() {
                    let more = operations.len() - named + self.more_operations;
                    let separator = match index {
                        0 => "",
                        _ if index + 1 == named && more == 0 => " and ",
                        _ => ", ",
                    };
                    write!(f, "{separator}`{operation}`")?;
                    if index + 1 == named && more > 0 {
                        write!(f, " and {more} more")?;
                    }
                }
                f.write_str(")")
            }
        }
    }
}

impl Display for OperationName {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
