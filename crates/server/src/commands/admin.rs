//! `portico admin invite`

use actions::Actions;
use anyhow::Result;

use crate::cli::AdminInvite;
use crate::config::Config;
use crate::house::House;
use crate::{addresses, console};

pub(super) async fn invite(config: &Config, arguments: AdminInvite) -> Result<()> {
    let house = House::open(config).await?;
    let actor = house.operator(&arguments.workspace, "portico admin invite").await?;
    let addresses = addresses::known(config, &house.db).await?;
    let actions: Actions = house.actions.clone().with_addresses(addresses);
    console::say(actions.admit_member(&actor, &arguments.email, arguments.role).await?);
    Ok(())
}
