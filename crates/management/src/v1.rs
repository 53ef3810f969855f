//! The first version of the API: clients whose keys are access profiles. The rows are
//! [deprecated](crate::deprecation) and work. They see the same clients and keys as the second
//! version does.

pub(crate) mod api_access_profiles;
pub(crate) mod api_clients;
