//! `portico doctor`: looks at everything that a server needs, one line each.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;

use anyhow::{Result, bail};
use jiff::Timestamp;

use crate::cli::Serve;
use crate::config::Config;
use crate::house::{House, master_key_file};
use crate::listen::bind_error;
use crate::mail::Carrier;
use crate::{console, environment};

/// No machine's clock that is right shows a time before this program was written.
const WRITTEN: &str = "2026-11-01T00:00:00Z";

pub(super) fn run(flags: &Serve) -> Result<()> {
    let mut report = Report::default();
    let Some(config) =
        report.line("configuration", Config::load_server(flags).map(|config| (config, "read")))
    else {
        return report.end();
    };
    report.line("clock", clock().map(|text| ((), text)));
    let runtime = super::runtime()?;
    runtime.block_on(store(&config, &mut report));
    report.line("master key", master_key(&config).map(|text| ((), text)));
    if config.role.administers() {
        let checked = runtime.block_on(async { Carrier::of(&config.mail)?.check().await });
        report.line("mail", checked.map(|text| ((), text)));
    }
    let listeners = [
        ("gateway", "gateway.address", config.gateway.address, config.role.serves_calls()),
        ("control", "control.address", config.control.address, config.role.administers()),
        ("portal", "portal.address", config.portal.address, config.role.administers()),
        ("operations", "operations.address", config.operations.address, true),
    ];
    for (name, setting, address, is_used) in listeners {
        if is_used {
            report.line(name, port(name, setting, address).map(|text| ((), text)));
        }
    }
    report.end()
}

#[derive(Default)]
struct Report {
    failed: usize,
}

impl Report {
    fn line<T, W: std::fmt::Display>(&mut self, what: &str, found: Result<(T, W)>) -> Option<T> {
        match found {
            Ok((value, text)) => {
                console::say(format_args!("ok    {what:<14} {text}"));
                Some(value)
            }
            Err(error) => {
                self.failed += 1;
                console::say(format_args!("FAIL  {what:<14} {error:#}"));
                None
            }
        }
    }

    fn end(self) -> Result<()> {
        match self.failed {
            0 => Ok(()),
            1 => bail!("1 check failed"),
            failed => bail!("{failed} checks failed"),
        }
    }
}

fn clock() -> Result<String> {
    let now = environment::system().now();
    let written: Timestamp = WRITTEN.parse()?;
    if now < written {
        bail!(
            "the clock shows {now}, which is in the past; set it, or tokens will not expire when they should"
        );
    }
    Ok(format!("{now:.0}"))
}

async fn store(config: &Config, report: &mut Report) {
    let opened = House::open_as_it_is(config).await;
    let Some(house) = report.line(
        "store",
        opened.map(|house| {
            let name = house.db.describe();
            (house, name)
        }),
    ) else {
        return;
    };
    let pending = async {
        Ok(match house.db.pending_migrations().await? {
            0 => ((), "up to date".to_owned()),
            pending => {
                ((), format!("{pending} migrations to apply; `portico migrate` or the next start does it"))
            }
        })
    };
    report.line("schema", pending.await);
    let sound = async {
        house.db.check().await?;
        Ok(((), "sound"))
    };
    report.line("data", sound.await);
}

fn master_key(config: &Config) -> Result<String> {
    let file = master_key_file(&config.data_dir);
    match std::fs::metadata(&file) {
        Ok(metadata) => Ok(format!("{}, mode {:o}", file.display(), metadata.permissions().mode() & 0o777)),
        Err(_) => Ok("from its variable".to_owned()),
    }
}

fn port(name: &str, setting: &str, address: SocketAddr) -> Result<String> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) => Err(bind_error(&error, name, setting, address)),
    }
}
