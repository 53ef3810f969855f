//! Whether what was permitted still is. Tunnels and endless answers outlive what is served when they begin,
//! so they are decided about again when something has changed.

use http::HeaderMap;
use http::uri::PathAndQuery;
use jiff::Timestamp;
use model::explain::Presented;

use crate::address;
use crate::course::Course;
use crate::decide::{Call, Known, Pass, View, decide};
use crate::limits::Counting;
use crate::refusal::Refusal;
use crate::target::Target;

impl Course {
    /// Why the call would be refused by now, if it would. Limits do not count: it was counted when it
    /// began. Looks at one number as long as nothing has changed.
    pub(crate) fn stands(&mut self) -> Result<(), Refusal> {
        let (Some(pass), Some(key), Some(method)) = (self.known.pass, self.known.key, self.method) else {
            return Ok(());
        };
        let core = &self.core;
        let version = core.gate.version();
        let is_over = |now: Timestamp| pass.until_us <= now.as_microsecond();
        let has_end = pass.until_us < i64::MAX;
        if version == self.version && !(has_end && is_over(core.environment.clock.now())) {
            return Ok(());
        }
        let target = Target::parse(self.uri.path_and_query().map_or("/", PathAndQuery::as_str))?;
        let call = Call {
            method,
            target: &target,
            headers: &HeaderMap::new(),
            peer: address::address(self.caller().forwarded_for.as_bytes()).unwrap_or(self.line.peer),
            clock: &*core.environment.clock,
            uptime_ms: core.gate.uptime_ms(core.environment.clock.instant()),
            counting: Counting::Ask,
            caller: Presented::Key(key),
            may_wait: false,
        };
        let routes = core.gate.routes.load();
        let view = View { routes: &routes, keys: &core.gate.keys, desk: &core.desk };
        match decide(view, &call, &mut Known::default()) {
            Ok(_) | Err(Refusal::RateExceeded | Refusal::QuotaExceeded | Refusal::Busy(_)) => {}
            Err(refusal) => return Err(refusal),
        }
        let now = core.environment.clock.now();
        let key = core.gate.keys.by_id(key).ok_or(Refusal::UnknownCredential)?;
        let until_us = key.stands_until(pass.generation, now).ok_or(Refusal::UnknownCredential)?;
        self.version = version;
        self.known.pass = Some(Pass { until_us, ..pass });
        Ok(())
    }
}
