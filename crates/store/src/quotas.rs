//! Quotas: windows that are open, and what nodes have reserved of them.
//!
//! A node admits calls out of blocks that it reserved here before, so that all nodes together never
//! admit more than the quota, and a node that crashes takes what is left of its blocks along.

use std::collections::HashMap;

use jiff::Timestamp;
use model::id::{ClientId, KeyId};

use crate::Tx;
use crate::error::Result;
use crate::rows::time;
use crate::sql::{ROWS, Value, sql};

/// Whose calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// A key.
    Key(KeyId),
    /// All keys of a client together.
    Client(ClientId),
}

/// What a node wants to reserve.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Whose calls are counted.
    pub holder: Holder,
    /// The quota: so many calls.
    pub limit: i64,
    /// The length of its window.
    pub seconds: i64,
    /// So many are wanted now.
    pub calls: i64,
    /// What is given back of an earlier block, if any, and the start of the window it was of.
    pub back: Option<(Timestamp, i64)>,
}

/// What a node got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// When the window was opened that is open now. To the second, so that it has the same place
    /// in every node's memory.
    pub started_at: Timestamp,
    /// So many calls may be admitted in it. Not more than were wanted, and 0 once the quota is
    /// used up.
    pub calls: i64,
    /// So many are left in it to be reserved by anyone.
    pub rest: i64,
}

/// The window of a holder.
#[derive(Debug, Clone, Copy)]
struct Window {
    started_at: Timestamp,
    reserved: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    started_at: Option<i64>,
    reserved: Option<i64>,
}

/// Reserves what each of `wishes` wants, as far as it goes; absent in the answer is a holder that is
/// gone. A window that is over is followed by one that begins now. No holder may stand among the
/// wishes twice.
pub async fn reserve(tx: &mut Tx, wishes: &[Wish], now: Timestamp) -> Result<HashMap<Holder, Grant>> {
    let windows = read(tx, wishes).await?;
    let mut grants = HashMap::new();
    let (mut keys, mut clients) = (Vec::new(), Vec::new());
    for wish in wishes {
        let Some(before) = windows.get(&wish.holder) else { continue };
        let (window, grant) = wish.meet(*before, now)?;
        grants.insert(wish.holder, grant);
        let row = |id: i64| [id.into(), window.started_at.into(), window.reserved.into()];
        match wish.holder {
            Holder::Key(id) => keys.push(row(id.0)),
            Holder::Client(id) => clients.push(row(id.0)),
        }
    }
    write(
        tx,
        keys,
        "insert into key_quotas (key_id, started_at, reserved) values",
        "on conflict (key_id) do update set started_at = excluded.started_at, reserved = excluded.reserved",
    )
    .await?;
    write(
        tx,
        clients,
        "insert into client_quotas (client_id, started_at, reserved) values",
        "on conflict (client_id) do update set started_at = excluded.started_at, reserved = excluded.reserved",
    )
    .await?;
    Ok(grants)
}

impl Wish {
    fn meet(&self, before: Option<Window>, now: Timestamp) -> Result<(Window, Grant)> {
        let mut window = match before {
            // A clock that is behind the one that opened the window is in it, too.
            Some(window) if now.as_second() < window.started_at.as_second() + self.seconds => window,
            // Never shorter than it should be.
            _ => Window { started_at: time(ceil_second(now) * 1_000_000)?, reserved: 0 },
        };
        if let Some((started_at, calls)) = self.back
            && started_at == window.started_at
        {
            window.reserved = (window.reserved - calls).max(0);
        }
        let calls = self.calls.min(self.limit - window.reserved).max(0);
        window.reserved += calls;
        let rest = (self.limit - window.reserved).max(0);
        Ok((window, Grant { started_at: window.started_at, calls, rest }))
    }
}

fn ceil_second(time: Timestamp) -> i64 {
    let microseconds = time.as_microsecond();
    microseconds.div_euclid(1_000_000) + i64::from(microseconds.rem_euclid(1_000_000) > 0)
}

/// The windows of those who are there; `None` for those who never had one.
async fn read(tx: &mut Tx, wishes: &[Wish]) -> Result<HashMap<Holder, Option<Window>>> {
    let key = |wish: &Wish| if let Holder::Key(id) = wish.holder { Some(id.0) } else { None };
    let client = |wish: &Wish| if let Holder::Client(id) = wish.holder { Some(id.0) } else { None };
    let mut windows = HashMap::with_capacity(wishes.len());
    let keys: Vec<i64> = wishes.iter().filter_map(key).collect();
    for ids in keys.chunks(ROWS) {
        let query = sql("select k.id, q.started_at, q.reserved
             from api_keys k left join key_quotas q on q.key_id = k.id where k.id in");
        for row in query.list(ids.iter().copied()).all::<Row>(&mut *tx).await? {
            windows.insert(Holder::Key(KeyId(row.id)), row.window()?);
        }
    }
    let clients: Vec<i64> = wishes.iter().filter_map(client).collect();
    for ids in clients.chunks(ROWS) {
        let query = sql("select c.id, q.started_at, q.reserved
             from clients c left join client_quotas q on q.client_id = c.id where c.id in");
        for row in query.list(ids.iter().copied()).all::<Row>(&mut *tx).await? {
            windows.insert(Holder::Client(ClientId(row.id)), row.window()?);
        }
    }
    Ok(windows)
}

impl Row {
    fn window(&self) -> Result<Option<Window>> {
        let (Some(started_at), Some(reserved)) = (self.started_at, self.reserved) else { return Ok(None) };
        Ok(Some(Window { started_at: time(started_at)?, reserved }))
    }
}

async fn write(tx: &mut Tx, rows: Vec<[Value; 3]>, insert: &'static str, update: &'static str) -> Result<()> {
    for rows in rows.chunks(ROWS) {
        sql(insert).rows(rows.iter().cloned()).then(update).run(tx).await?;
    }
    Ok(())
}

/// Gives back what is left of a block, unless another window is open by now.
pub async fn give_back(tx: &mut Tx, holder: Holder, started_at: Timestamp, calls: i64) -> Result<()> {
    let (query, id) = match holder {
        Holder::Key(id) => (
            sql("update key_quotas set reserved = reserved - $3
                 where key_id = $1 and started_at = $2 and reserved >= $3"),
            id.0,
        ),
        Holder::Client(id) => (
            sql("update client_quotas set reserved = reserved - $3
                 where client_id = $1 and started_at = $2 and reserved >= $3"),
            id.0,
        ),
    };
    query.bind(id).bind(started_at).bind(calls).run(tx).await?;
    Ok(())
}
