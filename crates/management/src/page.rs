//! Pages of lists. A page past the end is empty, never an error: clients go on until one is
//! short.

use actions::Faults;
use model::page::{PER_PAGE_MAX, Page, Paged};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::given::{Given, Ordinal};
use crate::problem::Problem;

/// Which page of a list is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Number of the page, beginning with 1.
    #[param(value_type = Option<i64>, example = 1, minimum = 1)]
    page: Given<Ordinal>,
    /// Rows on a page. Above 100 it is taken as 100, which is also the default.
    #[param(value_type = Option<i64>, example = 100, minimum = 1)]
    per_page: Given<Ordinal>,
}

impl PageQuery {
    /// The page, within bounds.
    pub(crate) fn page(self) -> Result<Page, Problem> {
        let mut faults = Faults::default();
        let number = self.page.optional("page", &mut faults).map_or(1, |number| number.0);
        let size = self.per_page.optional("per_page", &mut faults).map_or(PER_PAGE_MAX, |size| size.0);
        faults.check()?;
        Ok(Page::new(number, size))
    }
}

/// One page of a list, as the second version of the API wraps it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The rows of the page.
    data: Vec<T>,
    /// The number of rows in the whole list.
    #[schema(example = 1)]
    count: i64,
    /// Number of the page.
    #[schema(example = 1)]
    page: i64,
    /// The most rows on a page.
    #[schema(example = 100)]
    per_page: i64,
}

impl<T> Listed<T> {
    /// The page with its rows shown.
    pub(crate) fn new<R>(paged: Paged<R>, page: Page, show: impl FnMut(R) -> T) -> Self {
        let data = paged.rows.into_iter().map(show).collect();
        Self { data, count: paged.total, page: page.number, per_page: page.size }
    }
}
