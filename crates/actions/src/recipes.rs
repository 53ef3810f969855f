//! Starting and stopping recipes.

use model::access::Privilege;
use model::audit::Deed;
use model::id::RecipeId;
use serde_json::json;

use crate::actor::Subject;
use crate::{Actions, Actor, Error, Result};

impl Actions {
    /// Starts a recipe: its endpoints can be enabled and called. One that runs is left alone.
    pub async fn start_recipe(&self, actor: &Actor, id: RecipeId) -> Result<()> {
        self.run_recipe(actor, id, true).await
    }

    /// Stops a recipe: its endpoints answer 404 from now on. One that is stopped is left alone.
    pub async fn stop_recipe(&self, actor: &Actor, id: RecipeId) -> Result<()> {
        self.run_recipe(actor, id, false).await
    }

    async fn run_recipe(&self, actor: &Actor, id: RecipeId, running: bool) -> Result<()> {
        actor.must(Privilege::RunRecipes)?;
        let mut tx = self.db.begin().await?;
        let recipe = store::recipes::find(&mut tx, actor.scope(), id).await?;
        let recipe = recipe.ok_or(Error::Missing("recipe"))?;
        if recipe.running == running {
            return Ok(());
        }
        store::recipes::set_running(&mut tx, id, running, self.environment.now()).await?;
        let deed = if running { Deed::RecipeStarted } else { Deed::RecipeStopped };
        let details = json!({ "before": { "running": recipe.running }, "after": { "running": running } });
        self.record(&mut tx, actor, deed, Subject { id: id.0, name: &recipe.name }, details).await?;
        actor.commit(tx).await
    }
}
