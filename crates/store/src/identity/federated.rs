//! Who people are at identity providers, and sign-ins that are under way there.

use jiff::Timestamp;
use model::id::PortalId;
use model::identity::{Site, Subject};
use model::secret::{Digest, Secret};
use serde::{Deserialize, Serialize};

use super::{columns, subject};
use crate::Tx;
use crate::error::{Result, unreadable};
use crate::rows::time;
use crate::sql::{Conn, sql};

/// The column whose name its sealed values carry.
const SEALED: &str = "single_sign_ons.secrets";

fn place(site: Site) -> i64 {
    // Ids begin with 1.
    site.portal().map_or(0, |portal| portal.0)
}

/// Who somebody is here who is `provider_subject` at this issuer.
pub async fn find(
    on: impl Into<Conn<'_>>,
    site: Site,
    issuer: &str,
    provider_subject: &str,
) -> Result<Option<Subject>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        subject_kind: String,
        subject_id: i64,
    }
    let query = sql("select subject_kind, subject_id from federated_identities
         where place = $1 and issuer = $2 and provider_subject = $3");
    let row: Option<Row> = query.bind(place(site)).bind(issuer).bind(provider_subject).maybe(on).await?;
    row.map(|row| subject(&row.subject_kind, row.subject_id)).transpose()
}

/// Whether somebody has an identity at this issuer already.
pub async fn is_linked(on: impl Into<Conn<'_>>, subject: Subject, issuer: &str) -> Result<bool> {
    let (kind, id) = columns(subject);
    let query = sql("select count(*) as value from federated_identities
         where subject_kind = $1 and subject_id = $2 and issuer = $3");
    Ok(crate::rows::number(query.bind(kind).bind(id).bind(issuer), on).await? > 0)
}

/// Ties an identity at a provider to somebody. [`Taken`](crate::Error::Taken) if it is tied already.
pub async fn link(
    tx: &mut Tx,
    (site, subject): (Site, Subject),
    issuer: &str,
    provider_subject: &str,
    email: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let (kind, id) = columns(subject);
    sql("insert into federated_identities (place, issuer, provider_subject, subject_kind, subject_id, email,
                                           created_at, last_used_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7)")
    .bind(place(site))
    .bind(issuer)
    .bind(provider_subject)
    .bind(kind)
    .bind(id)
    .bind(email)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Remembers that an identity was used.
pub async fn touch(
    tx: &mut Tx,
    site: Site,
    issuer: &str,
    provider_subject: &str,
    now: Timestamp,
) -> Result<()> {
    sql("update federated_identities set last_used_at = $4
         where place = $1 and issuer = $2 and provider_subject = $3")
    .bind(place(site))
    .bind(issuer)
    .bind(provider_subject)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// A sign-in that is under way at a provider.
pub struct UnderWay {
    /// Where somebody wants to sign in.
    pub site: Site,
    /// The provider that was asked. An answer of another is none.
    pub issuer: String,
    /// What the provider's answer must fit.
    pub secrets: Secrets,
    /// The digest of the invitation that is accepted by it, if one is.
    pub invitation: Option<Digest>,
    /// Where to go afterwards.
    pub next: Option<String>,
    /// Until when the answer is taken.
    pub expires_at: Timestamp,
}

/// What a provider's answer must fit.
#[derive(Serialize, Deserialize)]
pub struct Secrets {
    /// What the ID token must repeat (OpenID Connect Core 1.0, section 3.1.2.1).
    pub nonce: String,
    /// What the code is exchanged with (RFC 7636, section 4.1).
    pub verifier: String,
}

/// Adds a sign-in, found by `state`, for the browser that holds `browser`.
pub async fn begin(tx: &mut Tx, state: &Secret, browser: &Secret, under_way: &UnderWay) -> Result<()> {
    let secrets = serde_json::to_string(&under_way.secrets)
        .map_err(|_| unreadable("secrets of a sign-in", "unserialisable"))?;
    let sealed = tx.db.0.seal.close(SEALED, &secrets);
    sql("insert into single_sign_ons (state_digest, browser_digest, portal_id, issuer, secrets, invitation, next,
                                      expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)")
    .bind(state.digest().to_hex())
    .bind(browser.digest().to_hex())
    .bind(under_way.site.portal())
    .bind(under_way.issuer.as_str())
    .bind(sealed)
    .bind(under_way.invitation.map(|digest| digest.to_hex()))
    .bind(under_way.next.as_deref())
    .bind(under_way.expires_at)
    .run(tx)
    .await?;
    Ok(())
}

/// Takes the sign-in that this `state` and this browser began, which is gone then.
pub async fn take(tx: &mut Tx, state: Digest, browser: Digest) -> Result<Option<UnderWay>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        portal_id: Option<i64>,
        issuer: String,
        secrets: String,
        invitation: Option<String>,
        next: Option<String>,
        expires_at: i64,
    }
    let query = sql("delete from single_sign_ons where state_digest = $1 and browser_digest = $2
         returning portal_id, issuer, secrets, invitation, next, expires_at");
    let row: Option<Row> = query.bind(state.to_hex()).bind(browser.to_hex()).maybe(&mut *tx).await?;
    let Some(row) = row else { return Ok(None) };
    let secrets = tx.db.0.seal.open(SEALED, &row.secrets)?;
    Ok(Some(UnderWay {
        site: Site::from(row.portal_id.map(PortalId)),
        issuer: row.issuer,
        secrets: serde_json::from_str(&secrets)
            .map_err(|_| unreadable("secrets of a sign-in", "not as they were written"))?,
        invitation: row.invitation.as_deref().and_then(Digest::from_hex),
        next: row.next,
        expires_at: time(row.expires_at)?,
    }))
}
