//! Logos of clients and portals: images by the SHA-256 of their bytes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use model::change::ChangeKind;
use model::id::{ClientId, PortalId};
use model::logo::{Logo, LogoImage};
use model::secret::Digest;

use crate::Tx;
use crate::changes::announce;
use crate::error::{Result, unreadable};
use crate::sql::{Conn, sql};

/// A logo from its two columns.
pub(crate) fn logo(small: Option<&str>, large: Option<&str>) -> Result<Option<Logo>> {
    let (Some(small), Some(large)) = (small, large) else { return Ok(None) };
    Ok(Some(Logo { small: digest(small)?, large: digest(large)? }))
}

/// A digest from its column.
pub(crate) fn digest(text: &str) -> Result<Digest> {
    Digest::from_hex(text).ok_or_else(|| unreadable("digest of a logo", text))
}

/// The image with this digest.
pub async fn find(on: impl Into<Conn<'_>>, digest: Digest) -> Result<Option<LogoImage>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        media_type: String,
        content: String,
    }
    let query = sql("select media_type, content from logos where digest = $1").bind(digest.to_hex());
    let Some(Row { media_type, content }) = query.maybe(on).await? else { return Ok(None) };
    let bytes = BASE64_STANDARD.decode(content).map_err(|error| unreadable("image", error))?;
    Ok(Some(LogoImage { media_type, bytes }))
}

/// Keeps an image; gives its digest, by which it is found.
pub async fn keep(tx: &mut Tx, image: &LogoImage, now: Timestamp) -> Result<Digest> {
    let digest = Digest::of_bytes(&image.bytes);
    sql("insert into logos (digest, media_type, content, created_at) values ($1, $2, $3, $4)
         on conflict (digest) do nothing")
    .bind(digest.to_hex())
    .bind(image.media_type.as_str())
    .bind(BASE64_STANDARD.encode(&image.bytes))
    .bind(now)
    .run(tx)
    .await?;
    Ok(digest)
}

/// Gives a portal a logo, or takes it away.
pub async fn of_portal(tx: &mut Tx, portal: PortalId, logo: Option<Logo>, now: Timestamp) -> Result<()> {
    sql("update portals set logo = $2, logo_2x = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end where id = $1")
        .bind(portal)
        .bind(logo.map(|logo| logo.small.to_hex()))
        .bind(logo.map(|logo| logo.large.to_hex()))
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Gives a portal a small picture for the tabs of browsers, or takes it away.
pub async fn favicon_of(
    tx: &mut Tx,
    portal: PortalId,
    favicon: Option<Digest>,
    now: Timestamp,
) -> Result<()> {
    sql("update portals set favicon = $2, updated_at = case when updated_at < $3 then $3 else updated_at + 1 end where id = $1")
        .bind(portal)
        .bind(favicon.map(|digest| digest.to_hex()))
        .bind(now)
        .run(tx)
        .await?;
    Ok(())
}

/// Gives a client a logo, or takes it away.
pub async fn of_client(tx: &mut Tx, client: ClientId, logo: Option<Logo>, now: Timestamp) -> Result<()> {
    sql("update clients set logo = $2, logo_2x = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end where id = $1")
        .bind(client)
        .bind(logo.map(|logo| logo.small.to_hex()))
        .bind(logo.map(|logo| logo.large.to_hex()))
        .bind(now)
        .run(tx)
        .await?;
    announce(tx, ChangeKind::Client, client).await
}

/// Removes the images of a logo unless another client or portal has the same.
pub async fn remove_unused(tx: &mut Tx, logo: Logo) -> Result<()> {
    for digest in [logo.small, logo.large] {
        sql("delete from logos where digest = $1
             and not exists (select 1 from portals where logo = $1)
             and not exists (select 1 from portals where logo_2x = $1)
             and not exists (select 1 from portals where favicon = $1)
             and not exists (select 1 from clients where logo = $1)
             and not exists (select 1 from clients where logo_2x = $1)")
        .bind(digest.to_hex())
        .run(tx)
        .await?;
    }
    Ok(())
}
