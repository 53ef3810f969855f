//! Many changes at once, none of which concerns the load.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::ensure;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::changes::{CALLED, Stage};
use crate::clock;
use crate::management::{Key, Management};

/// What was measured on many changes.
#[derive(Debug, Serialize)]
pub(crate) struct Many {
    /// How many were made.
    pub(crate) made: usize,
    /// How many were made at the same time.
    pub(crate) at_once: usize,
    /// From the first request to the last answer.
    pub(crate) seconds: f64,
}

/// Makes so many changes: for each endpoint that the load does not call, somebody with a client, a
/// key and that endpoint changes these over and over.
pub(crate) async fn measure(stage: &Stage, count: usize) -> anyhow::Result<Many> {
    let hands = hands(stage).await?;
    let at_once = hands.len();
    let begun = Arc::new(AtomicUsize::new(0));
    let start = clock::now();
    let mut working = JoinSet::new();
    for hand in hands {
        let begun = Arc::clone(&begun);
        working.spawn(hand.work(begun, count));
    }
    let mut made = 0;
    while let Some(done) = working.join_next().await {
        made += done??;
    }
    Ok(Many { made, at_once, seconds: (clock::now() - start).as_secs_f64() })
}

/// Somebody for each endpoint that the load does not call.
pub(crate) async fn hands(stage: &Stage) -> anyhow::Result<Vec<Hand>> {
    let mut hands = Vec::new();
    for endpoint in stage.api.endpoints(stage.collection.id).await? {
        if (endpoint.method.as_str(), endpoint.path.as_str()) != CALLED {
            hands.push(Hand::new(stage, endpoint.id).await?);
        }
    }
    ensure!(!hands.is_empty(), "there is no endpoint that the load does not call");
    Ok(hands)
}

/// One kind of change.
#[derive(Debug, Clone, Copy)]
enum Change {
    MakeKey,
    DisableKey,
    EnableKey,
    UpdateKey,
    RefreshKey,
    DeleteKey,
    DisableEndpoint,
    EnableEndpoint,
    UpdateClient,
}

/// In this order, over and over: each finds what the one before has left.
const CYCLE: [Change; 9] = [
    Change::DisableKey,
    Change::EnableKey,
    Change::UpdateKey,
    Change::RefreshKey,
    Change::DeleteKey,
    Change::MakeKey,
    Change::DisableEndpoint,
    Change::EnableEndpoint,
    Change::UpdateClient,
];

/// Somebody who changes what is theirs.
pub(crate) struct Hand {
    api: Management,
    client: i64,
    key: Key,
    endpoint: i64,
    /// How many changes it has made.
    made: usize,
}

impl Hand {
    async fn new(stage: &Stage, endpoint: i64) -> anyhow::Result<Self> {
        let api = stage.api.clone();
        let client = api.make_client(stage.collection.id, &format!("Busy {endpoint}")).await?;
        let key = api.make_key(client, "Busy").await?;
        Ok(Self { api, client, key, endpoint, made: 0 })
    }

    /// Changes until all together have made `count` changes; gives how many it made.
    async fn work(mut self, begun: Arc<AtomicUsize>, count: usize) -> anyhow::Result<usize> {
        while begun.fetch_add(1, Ordering::Relaxed) < count {
            self.make_next().await?;
        }
        Ok(self.made)
    }

    /// Makes the next change.
    pub(crate) async fn make_next(&mut self) -> anyhow::Result<()> {
        let number = self.made;
        let Self { api, client, key, endpoint, .. } = self;
        match CYCLE[number % CYCLE.len()] {
            Change::MakeKey => *key = api.make_key(*client, "Busy").await?,
            Change::DisableKey => api.disable(key).await?,
            Change::EnableKey => api.enable(key).await?,
            Change::UpdateKey => {
                let host = u8::try_from(number % 250).expect("it is below 250");
                api.deny(key, Ipv4Addr::new(198, 51, 100, host)).await?;
            }
            Change::RefreshKey => api.refresh(key).await?,
            Change::DeleteKey => api.delete(key).await?,
            Change::DisableEndpoint => api.disable_endpoint(*endpoint).await?,
            Change::EnableEndpoint => api.enable_endpoint(*endpoint).await?,
            Change::UpdateClient => api.describe_client(*client, &format!("Change {number}")).await?,
        }
        self.made += 1;
        Ok(())
    }
}
