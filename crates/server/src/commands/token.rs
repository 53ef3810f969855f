//! `portico token create`

use actions::TokenDraft;
use anyhow::Result;
use model::net::IpRules;

use crate::cli::TokenCreate;
use crate::config::Config;
use crate::console;
use crate::house::House;

pub(super) async fn create(config: &Config, arguments: TokenCreate) -> Result<()> {
    let house = House::open(config).await?;
    let actor = house.operator(&arguments.workspace, "portico token create").await?;
    let draft = TokenDraft {
        name: arguments.name,
        role: arguments.role,
        rules: IpRules::default(),
        expires_at: None,
    };
    let token = house.actions.create_token(&actor, draft).await?.token;
    console::say(token.expose());
    Ok(())
}
