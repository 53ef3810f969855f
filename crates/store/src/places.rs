//! Where the pages of a long list begin.
//!
//! A database finds the row that comes after fifty thousand others by counting them, and the length of a list
//! by counting all. So every hundredth id is remembered, and with which change of the feed that was how things
//! stood: as long as there is no other change, a page begins at most a hundred rows after one of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use model::id::WorkspaceId;

use crate::Db;
use crate::changes::latest;
use crate::error::{Result, unreadable};
use crate::sql::sql;

/// From one id that is remembered to the next. Half of it is skipped for a page of any size; those that
/// clients ask for are of this size.
const STRIDE: i64 = 100;

/// For how many workspaces it is remembered. With 100,000 keys each takes 8 kB.
const WORKSPACES: usize = 256;

/// What is remembered of the keys of workspaces.
#[derive(Default)]
pub(crate) struct Places(Mutex<HashMap<WorkspaceId, Arc<Known>>>);

/// How the list of all keys of a workspace stood, oldest first.
pub(crate) struct Known {
    /// The latest change at that time.
    seq: i64,
    /// How many there are.
    pub(crate) total: i64,
    /// Every hundredth id.
    ids: Vec<i64>,
}

impl Known {
    /// After which id one has to go on, and how many rows to skip then, to come to what follows the first
    /// `offset` rows.
    pub(crate) fn before(&self, offset: i64) -> (i64, i64) {
        let passed = usize::try_from(offset / STRIDE).unwrap_or(usize::MAX).min(self.ids.len());
        let after = passed.checked_sub(1).and_then(|last| self.ids.get(last)).copied().unwrap_or(0);
        (after, offset - STRIDE * passed as i64)
    }
}

/// How the list of all keys of a workspace stands.
pub(crate) async fn of_keys(db: &Db, workspace: WorkspaceId) -> Result<Arc<Known>> {
    let places = &db.0.places.0;
    let known = places.lock().unwrap_or_else(PoisonError::into_inner).get(&workspace).cloned();
    if let Some(known) = known
        && known.seq == latest(db).await?
    {
        return Ok(known);
    }
    let known = Arc::new(survey(db, workspace).await?);
    let mut places = places.lock().unwrap_or_else(PoisonError::into_inner);
    if places.len() >= WORKSPACES && !places.contains_key(&workspace) {
        places.clear();
    }
    places.insert(workspace, Arc::clone(&known));
    Ok(known)
}

/// Goes through the whole list once, in the index alone.
async fn survey(db: &Db, workspace: WorkspaceId) -> Result<Known> {
    #[derive(sqlx::FromRow)]
    struct Row {
        seq: i64,
        ids: String,
        rest: i64,
    }
    let row: Row = sql("with recursive places (id) as (
             select cast(0 as bigint)
             union all
             select (select k.id from api_keys k where k.workspace_id = $1 and k.id > places.id
                     order by k.id limit 1 offset $2)
             from places where places.id is not null)
         select (select seq from change_clock where id = 1) as seq, found.ids,
                (select count(*) from api_keys k where k.workspace_id = $1 and k.id > found.last) as rest
         from (select string_agg(cast(id as text), ',') as ids, max(id) as last from places) as found")
    .bind(workspace)
    .bind(STRIDE - 1)
    .one(db)
    .await?;
    let ids = row.ids.split(',').filter(|id| *id != "0");
    let ids = ids.map(|id| id.parse().map_err(|_| unreadable("id of a key", id)));
    let mut ids = ids.collect::<Result<Vec<i64>>>()?;
    ids.sort_unstable();
    Ok(Known { seq: row.seq, total: STRIDE * ids.len() as i64 + row.rest, ids })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_begins_a_little_after_an_id_that_is_remembered() {
        let known = Known { seq: 1, total: 250, ids: vec![107, 230] };
        let befores = [0, 30, 99, 100, 140, 200, 299, 300, i64::MAX].map(|offset| known.before(offset));
        assert_eq!(befores[..4], [(0, 0), (0, 30), (0, 99), (107, 0)]);
        assert_eq!(befores[4..], [(107, 40), (230, 0), (230, 99), (230, 100), (230, i64::MAX - 200)]);
    }
}
