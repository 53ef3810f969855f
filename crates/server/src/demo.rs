//! `portico demo`: the platform with something in it, so that a newcomer's first call works.

mod backend;
mod community;
mod sample;

use anyhow::Result;

use crate::cli::Serve;
use crate::config::Config;
use crate::console::say;
use crate::serve::{Server, Signals};

/// The data folder unless another one is given: sample data does not belong among real data.
const DATA_DIR: &str = "portico-demo";

/// The settings of the demo.
pub(crate) fn configure(mut config: Config, flags: &Serve) -> Config {
    if flags.common.data_dir.is_none() {
        config.data_dir = DATA_DIR.into();
    }
    config
}

/// Runs the demo until it is told to stop.
pub(crate) async fn run(config: &Config) -> Result<()> {
    let mut signals = Signals::watch()?;
    let starting = async {
        let backend = backend::start().await?;
        let server = Server::start(config).await?;
        let sample = sample::prepare(&server.house, &backend.url).await?;
        server.catch_up().await?;
        let owner = server.owner().await?;
        Ok((backend, server, sample, owner))
    };
    let Some((backend, server, sample, owner)) = signals.unless_told(starting).await? else { return Ok(()) };
    say("ready");
    introduce(config, &server, &sample, &owner);
    signals.end(server).await;
    backend.stop();
    Ok(())
}

/// Says what is there and what to try.
fn introduce(config: &Config, server: &Server, sample: &sample::Sample, owner: &str) {
    let urls = &server.urls;
    let catalog = format!("{}/{}", urls.gateway, sample.catalog_path);
    let shipping = format!("{}/{}", urls.gateway, sample.shipping_path);
    let stores = format!("{}/{}", urls.gateway, sample.stores_path);
    let gifts = format!("{}/{}", urls.gateway, sample.gifts_path);
    let portal = &sample.community;
    let data_dir = config.data_dir.display();
    let database = if config.is_default_database() { "" } else { " --database <URL>" };
    say("");
    say("Portico runs with sample data:");
    say(format_args!("  Product catalog   {catalog}   forwards to a sample backend"));
    say(format_args!("  Shipping rates    {shipping}   answers from its document's examples"));
    say(format_args!("  Store locator     {stores}   likewise; the sample client waits for access"));
    say(format_args!("  Gift cards        {gifts}   likewise; nobody has asked for it yet"));
    say(format_args!("  Developer portal  {}   publishes all four", portal.url));
    say(format_args!(
        "  Management API    {}/api   described at {}/api/openapi.json",
        urls.control, urls.control
    ));
    say(format_args!("  Operations        {}/metrics   also /healthz and /readyz", urls.operations));
    say("");
    say("Sign in; each link works once, for 7 days:");
    say(format_args!("  Developer         {}   as {}", portal.link, portal.email));
    say(format_args!("  Console           {owner}   as the owner"));
    say("");
    say("Call the product catalog with the sample client's key:");
    say("");
    say(format_args!("curl -H 'api-token: {}' {catalog}/products", sample.token.expose()));
    say("");
    say("Then try:");
    say("  - the same line with one digit of the key changed: 401, and nothing about why;");
    say(format_args!("  - {catalog}/products/2, {shipping}/rates, or a path that is not there: 404;"));
    say(format_args!(
        "  - {stores}/stores with the same key: 404 until you approve, in\n    \
           the console under Requests, what the sample client asked for, and 200 from then on;"
    ));
    say("  - in the portal: open Product catalog and an operation of it, then Try it out and Execute;");
    say("    Request access to Gift cards; make a key of your own under Manage API keys;");
    say("  - the management API, with a token of your own:");
    say(format_args!("      portico token create --data-dir {data_dir}{database} --name me"));
    say(format_args!("      curl -H 'Authorization: Bearer <token>' {}/api/api_collections", urls.control));
    say(format_args!(
        "  - switching the key off; the next call with it is refused:\n      \
         curl -X PUT -H 'Authorization: Bearer <token>' {}/api/v2/api_clients/{}/api_keys/{}/disable",
        urls.control, sample.client, sample.key
    ));
    say("  - an API of your own:");
    say(format_args!(
        "      portico import openapi.json --data-dir {data_dir}{database} --upstream http://localhost:3000 --activate"
    ));
    say("");
    say("Ctrl-C ends it. The data stays for the next time; each time there are a new token and new links.");
}
