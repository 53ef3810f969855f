//! The entrance of the console.

use axum::extract::FromRequestParts as _;
use axum::http::request::Parts;
use site::sign_in::{Entrance, Entrances};
use site::{Oops, Visit};

use crate::{BASE, Console, frame};

impl Entrances for Console {
    async fn entrance(&self, parts: &mut Parts) -> Result<Entrance, Oops> {
        let visit = Visit::from_request_parts(parts, self).await?;
        let site = (BASE, self.session_cookie());
        Ok(Entrance::new(self.actions.clone(), None, site, frame(visit), &parts.headers))
    }
}
