//! Logos of clients and portals. What is uploaded is decoded and drawn anew in two sizes, so that nothing
//! is served that somebody else made.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use jiff::Timestamp;
use model::access::Privilege;
use model::audit::Deed;
use model::id::{ClientId, PortalId};
use model::logo::{Logo, LogoImage};
use serde_json::{Value, json};
use store::Tx;

use crate::{Actions, Actor, Faults, Result, clients, portals};

/// The most bytes of an image that is uploaded.
pub const LOGO_BYTES: usize = 10 << 20;

/// The most pixels of either side of an image that is uploaded: those of a large camera.
const SIDE: u32 = 8_192;

/// The most memory that decoding may take: an image of 24 million pixels, four bytes each.
const DECODED_BYTES: u64 = 96 << 20;

/// The side of the square that a logo fits into, on screens with one dot per pixel.
const SMALL: u32 = 160;

/// How well JPEG keeps what it is given, of 100.
const JPEG_QUALITY: u8 = 90;

/// Whose logo it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoOf {
    /// A client's.
    Client(ClientId),
    /// A portal's.
    Portal(PortalId),
    /// The small picture of a portal in the tabs of browsers.
    Favicon(PortalId),
}

impl Actions {
    /// Gives a client or a portal a logo. Gives with it when the client or portal was last changed.
    pub async fn set_logo(&self, actor: &Actor, of: LogoOf, uploaded: Vec<u8>) -> Result<(Logo, Timestamp)> {
        must(actor, of)?;
        self.former_logo(&mut self.db.begin().await?, actor, of).await?;
        // A large one takes its time and a good deal of memory: few at once, and aside.
        let drawn = self.desk.aside(move || draw(&uploaded)).await;
        let [small, large] = drawn.map_err(|fault| Faults::of("logo", fault.to_string()))?;
        // There is but one size of a favicon: browsers draw it smaller than either.
        let large = if matches!(of, LogoOf::Favicon(_)) { small.clone() } else { large };
        let mut tx = self.db.begin().await?;
        let now = self.environment.now();
        let logo = Logo {
            small: store::logos::keep(&mut tx, &small, now).await?,
            large: store::logos::keep(&mut tx, &large, now).await?,
        };
        self.exchange_logo(&mut tx, actor, of, Some(logo)).await?;
        let updated_at = match of {
            LogoOf::Client(id) => clients::load(&mut tx, actor, id).await?.client.updated_at,
            LogoOf::Portal(id) | LogoOf::Favicon(id) => portals::load(&mut tx, actor, id).await?.updated_at,
        };
        actor.commit(tx).await?;
        Ok((logo, updated_at))
    }

    /// Takes the logo of a client or a portal away.
    pub async fn remove_logo(&self, actor: &Actor, of: LogoOf) -> Result<()> {
        must(actor, of)?;
        let mut tx = self.db.begin().await?;
        self.exchange_logo(&mut tx, actor, of, None).await?;
        actor.commit(tx).await
    }

    async fn exchange_logo(&self, tx: &mut Tx, actor: &Actor, of: LogoOf, logo: Option<Logo>) -> Result<()> {
        let now = self.environment.now();
        let former = self.former_logo(tx, actor, of).await?;
        let details = json!({ "before": shown(former), "after": shown(logo) });
        match of {
            LogoOf::Client(id) => {
                let client = clients::load(tx, actor, id).await?;
                actor.saw(client.client.updated_at)?;
                store::logos::of_client(tx, id, logo, now).await?;
                self.record(tx, actor, Deed::ClientUpdated, clients::subject(&client.client), details)
                    .await?;
            }
            LogoOf::Portal(id) => {
                let portal = portals::load(tx, actor, id).await?;
                actor.saw(portal.updated_at)?;
                store::logos::of_portal(tx, id, logo, now).await?;
                self.record(tx, actor, Deed::PortalUpdated, portals::subject(&portal), details).await?;
            }
            LogoOf::Favicon(id) => {
                let portal = portals::load(tx, actor, id).await?;
                actor.saw(portal.updated_at)?;
                store::logos::favicon_of(tx, id, logo.map(|logo| logo.small), now).await?;
                let details = json!({
                    "before": { "favicon": former.map(|logo| logo.small.to_hex()) },
                    "after": { "favicon": logo.map(|logo| logo.small.to_hex()) },
                });
                self.record(tx, actor, Deed::PortalUpdated, portals::subject(&portal), details).await?;
            }
        }
        match former.filter(|former| Some(*former) != logo) {
            Some(former) => Ok(store::logos::remove_unused(tx, former).await?),
            None => Ok(()),
        }
    }

    async fn former_logo(&self, tx: &mut Tx, actor: &Actor, of: LogoOf) -> Result<Option<Logo>> {
        Ok(match of {
            LogoOf::Client(id) => clients::load(tx, actor, id).await?.client.logo,
            LogoOf::Portal(id) => portals::load(tx, actor, id).await?.logo,
            LogoOf::Favicon(id) => {
                let favicon = portals::load(tx, actor, id).await?.favicon;
                favicon.map(|digest| Logo { small: digest, large: digest })
            }
        })
    }
}

fn must(actor: &Actor, of: LogoOf) -> Result<()> {
    actor.must(match of {
        LogoOf::Client(_) => Privilege::ManageClients,
        LogoOf::Portal(_) | LogoOf::Favicon(_) => Privilege::ManagePortals,
    })
}

fn shown(logo: Option<Logo>) -> Value {
    json!({ "logo": logo.map(|logo| logo.small.to_hex()) })
}

/// Why an image cannot be a logo. The text goes on from the field's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Fault {
    #[error("has more than {} MB; send a smaller one", LOGO_BYTES >> 20)]
    Heavy,
    #[error("is no PNG or JPEG image; send one of these")]
    Foreign,
    #[error("has more pixels than a logo may have; {SIDE} on either side and 24 million in all are the most")]
    Large,
    #[error("is a damaged image; save it anew and send that")]
    Broken,
}

type Drawn<T> = std::result::Result<T, Fault>;

/// The image in both sizes. It is made smaller where it has to be, and never larger.
fn draw(uploaded: &[u8]) -> Drawn<[LogoImage; 2]> {
    if uploaded.len() > LOGO_BYTES {
        return Err(Fault::Heavy);
    }
    let format = image::guess_format(uploaded).map_err(|_| Fault::Foreign)?;
    if !matches!(format, ImageFormat::Png | ImageFormat::Jpeg) {
        return Err(Fault::Foreign);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(DECODED_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(uploaded), format);
    reader.limits(limits);
    let fault = |error| match error {
        image::ImageError::Limits(_) => Fault::Large,
        _ => Fault::Broken,
    };
    let mut decoder = reader.into_decoder().map_err(fault)?;
    if decoder.total_bytes() > DECODED_BYTES {
        return Err(Fault::Large);
    }
    // Cameras turn their pictures by a note beside them, which is not kept.
    let orientation = decoder.orientation().map_err(fault)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(fault)?;
    image.apply_orientation(orientation);
    Ok([encode(&within(&image, SMALL), format)?, encode(&within(&image, 2 * SMALL), format)?])
}

fn within(image: &DynamicImage, side: u32) -> DynamicImage {
    if image.width() <= side && image.height() <= side {
        return image.clone();
    }
    image.resize(side, side, FilterType::CatmullRom)
}

fn encode(image: &DynamicImage, format: ImageFormat) -> Drawn<LogoImage> {
    let mut bytes = Vec::new();
    let written = match format {
        ImageFormat::Jpeg => {
            let encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
            image.to_rgb8().write_with_encoder(encoder)
        }
        _ => image.to_rgba8().write_with_encoder(PngEncoder::new(&mut bytes)),
    };
    written.map_err(|_| Fault::Broken)?;
    Ok(LogoImage { media_type: format.to_mime_type().to_owned(), bytes })
}

#[cfg(test)]
mod tests;
