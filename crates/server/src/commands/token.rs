//! `portico token create`

use actions::TokenDraft;
use anyhow::{Result, anyhow};
use model::net::IpRules;

use crate::cli::TokenCreate;
use crate::config::Config;
use crate::console;
use crate::house::House;

pub(super) async fn create(config: &Config, arguments: TokenCreate) -> Result<()> {
    let house = House::open(config).await?;
    let actor = house.operator(&arguments.workspace, "portico token create").await?;
    let mut projects = Vec::with_capacity(arguments.projects.len());
    for name in &arguments.projects {
        let found = store::projects::by_name(&house.db, actor.workspace.id, name.trim()).await?;
        let project = found.ok_or_else(|| anyhow!("there is no project `{name}` in this workspace"))?;
        projects.push(project.id);
    }
    let draft = TokenDraft {
        name: arguments.name,
        role: arguments.role,
        projects: (!projects.is_empty()).then_some(projects),
        rules: IpRules::default(),
        expires_at: None,
    };
    let token = house.actions.create_token(&actor, draft).await?.token;
    console::say(token.expose());
    Ok(())
}
