//! **Try it out**: a credential that lives for minutes, so that no secret is typed into a page.

use actions::TRY_IT_HEADER;
use axum::extract::State;
use axum::response::Response;
use model::id::KeyId;
use serde_json::json;
use site::{Oops, Posted};

use crate::Portals;
use crate::keys;
use crate::me::{self, Me};

/// `POST /try/credential`: a child of one of the keys of the client that one acts for.
pub(crate) async fn credential(
    State(portals): State<Portals>,
    me: Me,
    Posted(fields): Posted,
) -> Result<Response, Oops> {
    let key = fields.text("key").parse::<KeyId>().map_err(|_| Oops::missing("API key"))?;
    let key = keys::find(&portals, &me, key).await?;
    let issued = portals.actions.try_it_token(&me.actor(), key.id).await?;
    let seconds = issued.expires_at.as_second().saturating_sub(portals.environment.now().as_second());
    Ok(me::json(&json!({ "header": TRY_IT_HEADER, "token": issued.token.expose(), "seconds": seconds })))
}
