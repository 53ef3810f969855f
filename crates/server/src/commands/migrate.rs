//! `portico migrate`

use anyhow::Result;

use crate::config::Config;
use crate::console;
use crate::house::House;

pub(super) async fn run(config: &Config) -> Result<()> {
    let house = House::open_as_it_is(config).await?;
    let pending = house.db.pending_migrations().await?;
    house.db.migrate().await?;
    console::say(match pending {
        0 => format!("{}: the schema is up to date", house.db.describe()),
        1 => format!("{}: 1 migration applied", house.db.describe()),
        _ => format!("{}: {pending} migrations applied", house.db.describe()),
    });
    Ok(())
}
