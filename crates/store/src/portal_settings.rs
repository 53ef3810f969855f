//! How people come into portals.

use jiff::Timestamp;
use model::id::{PolicyId, PortalId};
use model::portal::{JitRules, PortalOidc, PortalSettings, SignInMethods};
use model::secret::KeyMaterial;

use crate::Tx;
use crate::error::{Result, unreadable};
use crate::rows::{word, written};
use crate::sql::{Conn, sql};

const SEALED: &str = "portals.oidc_client_secret";

#[derive(sqlx::FromRow)]
struct Row {
    magic_link: bool,
    password: bool,
    sso: bool,
    oidc_issuer: Option<String>,
    oidc_client_id: Option<String>,
    oidc_client_secret: Option<String>,
    jit_enabled: Option<bool>,
    jit_auth_type: Option<String>,
    jit_policy_id: Option<i64>,
}

/// How people come into this portal; `None` if there is no such portal.
pub async fn find(on: impl Into<Conn<'_>>, portal: PortalId) -> Result<Option<PortalSettings>> {
    let mut on = on.into();
    let query = sql("select magic_link, password, sso, oidc_issuer, oidc_client_id, oidc_client_secret,
                            jit_enabled, jit_auth_type, jit_policy_id
                     from portals where id = $1")
    .bind(portal);
    let Some(row) = query.maybe::<Row>(on.again()).await? else { return Ok(None) };
    let oidc = match (row.oidc_issuer, row.oidc_client_id, row.oidc_client_secret) {
        (Some(issuer), Some(client_id), Some(sealed)) => {
            let client_secret = KeyMaterial::new(on.db().0.seal.open(SEALED, &sealed)?);
            Some(PortalOidc { issuer, client_id, client_secret })
        }
        (None, None, None) => None,
        _ => return Err(unreadable("identity provider of portal", portal)),
    };
    let jit = match (row.jit_enabled, row.jit_auth_type) {
        (Some(enabled), Some(auth_type)) => {
            let auth_type = word("auth type", &auth_type)?;
            Some(JitRules { enabled, auth_type, policy: row.jit_policy_id.map(PolicyId) })
        }
        _ => None,
    };
    let sign_in = SignInMethods { magic_link: row.magic_link, password: row.password, sso: row.sso };
    Ok(Some(PortalSettings { sign_in, oidc, jit }))
}

/// Writes how people come into this portal.
pub async fn update(tx: &mut Tx, portal: PortalId, settings: &PortalSettings, now: Timestamp) -> Result<()> {
    let oidc = settings.oidc.as_ref();
    let secret = oidc.map(|oidc| tx.db.0.seal.close(SEALED, oidc.client_secret.expose()));
    let jit = settings.jit;
    sql("update portals set magic_link = $2, password = $3, sso = $4, oidc_issuer = $5, oidc_client_id = $6,
                            oidc_client_secret = $7, jit_enabled = $8, jit_auth_type = $9,
                            jit_policy_id = $10, updated_at = case when updated_at < $11 then $11 else updated_at + 1 end
         where id = $1")
    .bind(portal)
    .bind(settings.sign_in.magic_link)
    .bind(settings.sign_in.password)
    .bind(settings.sign_in.sso)
    .bind(oidc.map(|oidc| oidc.issuer.as_str()))
    .bind(oidc.map(|oidc| oidc.client_id.as_str()))
    .bind(secret)
    .bind(jit.map(|jit| jit.enabled))
    .bind(jit.map(|jit| written(jit.auth_type)))
    .bind(jit.and_then(|jit| jit.policy))
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}
