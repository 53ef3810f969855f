//! Writes revocations. The threads that serve calls never wait for the database, so that they hand
//! a revocation over to a task that does, and answer when it is in force.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use model::access_token::AccessToken;
use model::{Digest, Environment};
use store::access_tokens::{self, Revocation};
use store::{Db, Result, changes};
use tokio::sync::{mpsc, oneshot, watch};

use crate::gate::Gate;

/// How many revocations can wait to be written.
const WAITING: usize = 256;

/// What became of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is in force here, and on its way to the other nodes.
    Done,
    /// It is not written.
    Failed,
}

struct Order {
    revocation: Revocation,
    done: oneshot::Sender<Outcome>,
}

/// The way from the threads that serve calls to the task that writes.
#[derive(Debug)]
pub(crate) struct Revoking {
    sender: mpsc::Sender<Order>,
    receiver: Mutex<Option<mpsc::Receiver<Order>>>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Order(…)")
    }
}

impl Default for Revoking {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }
}

impl Revoking {
    /// Revokes a token; answers when it is in force here.
    pub(crate) async fn order(&self, digest: Digest, said: AccessToken) -> Outcome {
        let Ok(expires_at) = Timestamp::from_second(said.expires_at.into()) else { return Outcome::Failed };
        let (done, outcome) = oneshot::channel();
        let order = Order { revocation: Revocation { digest, expires_at }, done };
        match self.sender.try_send(order) {
            Ok(()) => outcome.await.unwrap_or(Outcome::Failed),
            Err(_) => Outcome::Failed,
        }
    }
}

/// Writes what callers revoke until `shutdown` is true or its sender is gone. To be run once for a
/// gate.
pub async fn run(gate: Arc<Gate>, db: Db, environment: Environment, mut shutdown: watch::Receiver<bool>) {
    let receiver = gate.revoking.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut receiver) = receiver else { return };
    let write = async {
        while let Some(order) = receiver.recv().await {
            let outcome = match revoke(&gate, &db, order.revocation, environment.now()).await {
                Ok(()) => Outcome::Done,
                Err(error) => {
                    tracing::warn!(%error, "a revocation cannot be written");
                    Outcome::Failed
                }
            };
            // A caller who is gone needs no answer.
            let _ = order.done.send(outcome);
        }
    };
    tokio::select! {
        () = write => {}
        _ = shutdown.wait_for(|stop| *stop) => {}
    }
}

async fn revoke(gate: &Gate, db: &Db, revocation: Revocation, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    access_tokens::revoke(&mut tx, revocation, now).await?;
    tx.commit().await?;
    gate.reached(changes::latest(db).await?).await;
    Ok(())
}
