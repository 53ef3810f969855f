//! Where the pages are reached: as it is configured, else where the listeners are. Commands that run
//! beside a server learn from the database where its listeners are.

use std::net::SocketAddr;

use actions::Addresses;
use anyhow::{Result, bail};
use store::Db;
use url::Url;

use crate::config::Config;
use crate::listen::own_url;

/// What stands for a portal's subdomain in `portal.public_url`.
const SUBDOMAIN: &str = "{subdomain}";

/// Under what name a server writes down where its pages are reached.
const SETTING: &str = "addresses";

/// Where the pages are reached with listeners at these addresses.
pub(crate) fn of(config: &Config, control: SocketAddr, portal: SocketAddr) -> Result<Addresses> {
    let trimmed = |url: &Option<String>| url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
    let console = trimmed(&config.control.public_url).unwrap_or_else(|| own_url(control));
    let portals = match trimmed(&config.portal.public_url) {
        Some(url) => checked(url)?,
        None => format!("http://{SUBDOMAIN}.localhost:{}", portal.port()),
    };
    Ok(Addresses { console: format!("{console}/console"), portals })
}

fn checked(url: String) -> Result<String> {
    let is_sound = url.matches(SUBDOMAIN).count() <= 1
        && Url::parse(&url.replace(SUBDOMAIN, "portal")).is_ok_and(|parsed| {
            matches!(parsed.scheme(), "http" | "https") && parsed.has_host() && parsed.path() == "/"
        });
    if !is_sound {
        bail!(
            "the setting `portal.public_url` is no address of portals, such as \
             `https://{SUBDOMAIN}.developers.example.com`"
        );
    }
    Ok(url)
}

/// Writes down where the pages are reached, for commands beside this server.
pub(crate) async fn announce(db: &Db, addresses: &Addresses) -> Result<()> {
    let mut tx = db.begin().await?;
    let text = format!("{} {}", addresses.console, addresses.portals);
    store::settings::set(&mut tx, SETTING, &text).await?;
    Ok(tx.commit().await?)
}

/// Where the pages are reached, as far as a command knows: as it is configured, else where the last
/// server's were, else where one would be.
pub(crate) async fn known(config: &Config, db: &Db) -> Result<Addresses> {
    let mut addresses = of(config, config.control.address, config.portal.address)?;
    let written = store::settings::find(db, SETTING).await?;
    if let Some((console, portals)) = written.as_deref().and_then(|text| text.split_once(' ')) {
        if config.control.public_url.is_none() {
            console.clone_into(&mut addresses.console);
        }
        if config.portal.public_url.is_none() {
            portals.clone_into(&mut addresses.portals);
        }
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_portals_has_one_place_for_the_subdomain_and_no_path() {
        for url in [
            "https://{subdomain}.developers.example.com",
            "http://{subdomain}.localhost:8070",
            "https://one.example",
        ] {
            assert_eq!(checked(url.to_owned()).unwrap(), url);
        }
        for url in [
            "{subdomain}",
            "ftp://{subdomain}.example",
            "https://a.example/{subdomain}",
            "https://{subdomain}.{subdomain}.example",
        ] {
            assert!(checked(url.to_owned()).is_err(), "{url}");
        }
    }
}
