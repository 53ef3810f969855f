//! `/api/v2`: API clients and their keys. Lists come in an envelope, single things in `data`.

pub(crate) mod api_clients;
pub(crate) mod api_keys;
