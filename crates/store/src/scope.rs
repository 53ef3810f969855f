//! What of a workspace a statement reaches: the one place where a token that is restricted to projects is
//! kept to them. Readers of what lies in projects take a [`Scope`]; a [`WorkspaceId`](model::WorkspaceId)
//! is the scope of all of it.

use model::access::Scope;

use crate::sql::Query;

/// The condition that a column with the id of a project names one of a token's.
macro_rules! in_projects {
    ($column:literal) => {
        concat!(
            $column,
            " in (select s.project_id from developer_client_projects s where s.developer_client_id = ?)"
        )
    };
}

/// The condition that a column with the id of something that lies in a project names one in a token's.
macro_rules! in_things {
    ($column:literal, $table:literal) => {
        concat!($column, " in (select w.id from ", $table, " w where ", in_projects!("w.project_id"), ")")
    };
}

pub(crate) use {in_projects, in_things};

impl Query {
    /// Adds `and …` where the scope is less than the workspace. The condition is one of the macros here.
    pub(crate) fn within(self, scope: Scope, condition: &'static str) -> Self {
        self.and(scope.token, condition)
    }
}
