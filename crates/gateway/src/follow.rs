//! Keeps the snapshot up to date: loads everything once, then follows the change feed.

mod preparing;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use model::{Change, ChangeKind, ClientId, CollectionId, KeyId, PolicyId};
use store::serving::{ServedClient, ServedKey};
use store::{Db, Result, access_tokens, changes, serving};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::follow::preparing::Preparing;
use crate::gate::{Delta, Everything, Gate};

/// How long to wait for the store after it failed.
const RETRY: Duration = Duration::from_secs(1);

/// How many rows are read at once.
const PAGE: i64 = 2_000;

/// How many changes are applied at once.
const BATCH: i64 = 1_000;

/// Fills `gate` from `db` and keeps it up to date until `shutdown` is true or its sender is gone.
///
/// While the store fails, what is served stays as it is: an error never means that something is
/// gone. [`Gate::state`] tells how far the snapshot is and what the matter is.
pub async fn run(gate: Arc<Gate>, db: Db, mut shutdown: watch::Receiver<bool>) {
    let follow = async {
        // Watched from before the first read, so that no change falls in between.
        let mut news = changes::Watch::new(&db);
        let mut preparing = Preparing::new(&gate, &db);
        loop {
            let outcome = catch_up(&gate, &db, &mut preparing).await;
            note(&gate, &outcome);
            match outcome {
                Ok(()) => tokio::select! {
                    () = news.wait() => {}
                    id = preparing.next() => preparing.put_in_force(id).await,
                },
                Err(_) => sleep(RETRY).await,
            }
        }
    };
    tokio::select! {
        () = follow => {}
        // A sender that is gone asks for the same.
        _ = shutdown.wait_for(|stop| *stop) => {}
    }
}

/// Fills `gate` from `db` once, for whoever only wants to look.
pub async fn once(gate: &Arc<Gate>, db: &Db) -> Result<()> {
    load(gate, db).await
}

/// Shows in the gate's state whether the store could be read, and logs when that changes, not for
/// each attempt.
fn note(gate: &Gate, outcome: &Result<()>) {
    let state = gate.state();
    match (outcome, &state.error) {
        (Ok(()), None) => {}
        (Ok(()), Some(_)) => {
            tracing::info!(seq = state.seq, "changes are read again");
            gate.keep_up();
        }
        (Err(error), before) => {
            if before.is_none() {
                tracing::warn!(%error, "changes cannot be read; what was last read is served");
            }
            gate.lag(&error.to_string());
        }
    }
}

/// Brings the snapshot to the present.
async fn catch_up(gate: &Arc<Gate>, db: &Db, preparing: &mut Preparing) -> Result<()> {
    let state = gate.state();
    let latest = changes::latest(db).await?;
    // Numbers only go back if the database is another one, restored from a copy.
    if !state.ready || latest < state.seq {
        return load(gate, db).await;
    }
    let mut seq = state.seq;
    while seq < latest {
        let batch = changes::since(db, seq, BATCH).await?;
        // Numbers have no gaps, so what does not continue was forgotten in between.
        let Some(last) = batch.last().filter(|_| batch[0].seq == seq + 1) else {
            tracing::info!(seq, latest, "too far behind the changes; everything is read again");
            return load(gate, db).await;
        };
        seq = last.seq;
        let deltas = read(db, &batch).await?;
        for delta in &deltas {
            if let Delta::Collection(_, Some(row)) = delta {
                preparing.begin(row);
            }
        }
        preparing.wait_a_moment().await;
        gate.apply(deltas, seq);
    }
    Ok(())
}

/// Reads the present state of everything. What changes in the meantime is read once more
/// afterwards, since the number is read first.
async fn load(gate: &Arc<Gate>, db: &Db) -> Result<()> {
    let seq = changes::latest(db).await?;
    // At once, so that some are read while others are taken apart.
    let (collections, policies, clients, keys) =
        tokio::try_join!(serving::collections(db), serving::policies(db), clients(db), keys(db))?;
    let signing_secret = Some(access_tokens::signing_secret(db).await?);
    let revocations = access_tokens::revocations(db).await?;
    let everything = Everything { collections, policies, clients, keys, signing_secret, revocations };
    for row in &everything.collections {
        preparing::prepare(gate, db, row).await?;
    }
    let counts = (everything.collections.len(), everything.clients.len(), everything.keys.len());
    let gate = Arc::clone(gate);
    // A hundred thousand keys take a while to be arranged.
    let filled = tokio::task::spawn_blocking(move || gate.replace(everything, seq)).await;
    if let Err(error) = filled {
        std::panic::resume_unwind(error.into_panic());
    }
    let (collections, clients, keys) = counts;
    tracing::info!(seq, collections, clients, keys, "the gateway has its snapshot");
    Ok(())
}

async fn clients(db: &Db) -> Result<Vec<ServedClient>> {
    let mut all = Vec::new();
    let mut after = ClientId(i64::MIN);
    loop {
        let page = serving::clients(db, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = last.id;
        all.extend(page);
    }
}

async fn keys(db: &Db) -> Result<Vec<ServedKey>> {
    let mut all = Vec::new();
    let mut after = KeyId(i64::MIN);
    loop {
        let page = serving::keys(db, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = last.id;
        all.extend(page);
    }
}

/// The present state of what changed; each thing once, however often it changed. Policies come
/// before clients and clients before keys, so that a new one finds what it refers to.
async fn read(db: &Db, batch: &[Change]) -> Result<Vec<Delta>> {
    let (mut collections, mut policies) = (BTreeSet::new(), BTreeSet::new());
    let (mut clients, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut has_revocations = false;
    for change in batch {
        match change.kind {
            ChangeKind::Collection => {
                collections.insert(CollectionId(change.id));
            }
            ChangeKind::Workspace | ChangeKind::Recipe | ChangeKind::Connection => {
                collections.extend(serving::collections_touched_by(db, change).await?);
            }
            ChangeKind::Policy => {
                policies.insert(PolicyId(change.id));
            }
            ChangeKind::Client => {
                clients.insert(ClientId(change.id));
            }
            ChangeKind::Key => {
                keys.insert(KeyId(change.id));
            }
            ChangeKind::Revocation => has_revocations = true,
        }
    }
    let mut deltas = Vec::new();
    if has_revocations {
        deltas.push(Delta::Revocations(access_tokens::revocations(db).await?));
    }
    for id in collections {
        deltas.push(Delta::Collection(id, serving::collection(db, id).await?.map(Box::new)));
    }
    for id in policies {
        deltas.push(Delta::Policy(id, serving::policy(db, id).await?));
    }
    for id in clients {
        deltas.push(Delta::Client(id, serving::client(db, id).await?));
    }
    for id in keys {
        deltas.push(Delta::Key(id, serving::key(db, id).await?.map(Box::new)));
    }
    Ok(deltas)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::State;

    #[test]
    fn a_store_that_comes_back_unchanged_is_noticed() {
        let gate = Gate::new();
        gate.replace(Everything::default(), 5);
        let locked = || Err(store::Error::Locked);
        note(&gate, &locked());
        note(&gate, &locked());
        let state = gate.state();
        assert_eq!((state.ready, state.seq), (true, 5));
        assert!(state.error.is_some_and(|error| error.contains("locked")));
        note(&gate, &Ok(()));
        assert_eq!(gate.state(), State { ready: true, seq: 5, error: None });
    }
}
