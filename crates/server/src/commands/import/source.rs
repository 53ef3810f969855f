//! What is imported: a file, a folder, an archive or an address.

use std::fs;
use std::path::Path;
use std::time::Duration;

use actions::{Archive, DOCUMENT_BYTES, Source, Text};
use anyhow::{Context as _, Result, anyhow, bail};
use model::document::DocumentFormat;
use outbound::{Exception, Limits};
use url::Url;

use super::folder::Folder;
use crate::cli::{Import, SpecFormat};
use crate::config::Config;

/// What fetching a document may cost.
const LIMITS: Limits = Limits { bytes: DOCUMENT_BYTES, time: Duration::from_secs(60), redirects: 5 };

/// How archives begin (APPNOTE.TXT, section 4.3.7).
const ZIP: &[u8] = b"PK\x03\x04";

/// Opens what the command line names.
pub(super) async fn open(config: &Config, arguments: &Import) -> Result<Source> {
    let entry = arguments.entry.clone();
    let format = arguments.format.map(|format| match format {
        SpecFormat::Json => DocumentFormat::Json,
        SpecFormat::Yaml => DocumentFormat::Yaml,
    });
    if let Some(url) = url(&arguments.spec) {
        let content = fetch(config, &url).await?;
        if content.starts_with(ZIP) {
            return archive(content, entry, format);
        }
        let content = openapi::utf8(&content)?.to_owned();
        return Ok(Source::Text(Text { content, format, name: Some(url.into()) }));
    }
    let path = Path::new(&arguments.spec);
    let unreadable = || format!("{} cannot be read", path.display());
    let metadata = fs::metadata(path).with_context(unreadable)?;
    if metadata.is_dir() {
        return Ok(Source::Files { files: Box::new(Folder::open(path)?), entry, format });
    }
    if metadata.len() > DOCUMENT_BYTES as u64 {
        bail!("{} has {} bytes; a document may have {DOCUMENT_BYTES}", path.display(), metadata.len());
    }
    let content = fs::read(path).with_context(unreadable)?;
    if content.starts_with(ZIP) {
        return archive(content, entry, format).with_context(unreadable);
    }
    drop(content);
    if entry.is_some() {
        bail!("--entry names a file of a folder or an archive, and {} is neither", path.display());
    }
    // What it refers to lies beside it or below.
    let name = path.file_name().and_then(|name| name.to_str()).with_context(unreadable)?.to_owned();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(Source::Files { files: Box::new(Folder::open(folder)?), entry: Some(name), format })
}

/// An address, if that is what it is; a file may have any name.
fn url(spec: &str) -> Option<Url> {
    let is_address = ["http://", "https://"].iter().any(|scheme| spec.starts_with(scheme));
    if is_address { Url::parse(spec).ok() } else { None }
}

/// Fetches from the host that the command line names, wherever it is: whoever has a shell here reaches
/// it anyway. What it redirects to must be public as always.
async fn fetch(config: &Config, url: &Url) -> Result<Vec<u8>> {
    let mut allow = config.outbound.allow.clone();
    if let Some(host) = url.host_str() {
        allow.extend(Exception::parse(host.trim_matches(['[', ']'])).ok());
    }
    let fetched = outbound::Outbound::new(allow).fetch(url, LIMITS).await?;
    Ok(fetched.body.into())
}

fn archive(content: Vec<u8>, entry: Option<String>, format: Option<DocumentFormat>) -> Result<Source> {
    let archive = Archive::open(content).map_err(|fault| anyhow!("it {fault}"))?;
    Ok(Source::Files { files: Box::new(archive), entry, format })
}
