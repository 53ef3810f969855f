//! Pages of lists.

/// The most rows on one page, and how many there are unless asked otherwise.
pub const PER_PAGE_MAX: i64 = 100;

/// Which rows of a list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Beginning with 1.
    pub number: i64,
    /// Rows on a page, 1 to [`PER_PAGE_MAX`].
    pub size: i64,
}

impl Page {
    /// The page of this number; a size above [`PER_PAGE_MAX`] is clamped to it, anything below 1
    /// to 1.
    pub fn new(number: i64, size: i64) -> Self {
        Self { number: number.max(1), size: size.clamp(1, PER_PAGE_MAX) }
    }

    /// Rows before the first one of this page.
    pub fn offset(self) -> i64 {
        (self.number - 1).saturating_mul(self.size)
    }
}

impl Default for Page {
    fn default() -> Self {
        Self { number: 1, size: PER_PAGE_MAX }
    }
}

/// One page of a list, and how long the whole list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows of the page.
    pub rows: Vec<T>,
    /// The number of rows in the whole list.
    pub total: i64,
}
