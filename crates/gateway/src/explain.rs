//! What would be decided about a call, by the same decision that calls meet. Nothing is counted, reserved
//! or sent.

use model::environment::Environment;
use model::explain::{Decision, ExplainedLimit, Explanation, Presented, Question};
use model::net::{AddressRefusal, canonical_address};

use crate::bearer::Desk;
use crate::config::Config;
use crate::decide::{Call, Headers, Known, Permit, View, decide};
use crate::gate::Gate;
use crate::limits::{Counting, Standing};
use crate::refusal::Refusal;
use crate::target::Target;

/// The headers of a call that could be made.
struct Given<'q>(&'q [(String, String)]);

impl Headers for Given<'_> {
    fn all<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_bytes())
    }
}

/// Tells what `gate`, set up as `config` says, would decide about a call.
pub fn explain(gate: &Gate, config: &Config, environment: &Environment, question: &Question) -> Explanation {
    let headers = Given(&question.headers);
    let peer = canonical_address(question.from);
    let mut known = Known::default();
    let address = config.trust().caller(peer, &headers);
    let target = Target::parse(&question.target);
    let decided = address.and_then(|address| {
        let call = Call {
            method: question.method,
            target: target.as_ref().map_err(|refusal| *refusal)?,
            headers: &headers,
            peer: address,
            clock: &*environment.clock,
            uptime_ms: gate.uptime_ms(environment.clock.instant()),
            counting: Counting::Ask,
            caller: question.caller,
            may_wait: false,
        };
        let routes = gate.routes.load();
        let desk = Desk::new(config.leeway());
        let view = View { routes: &routes, keys: &gate.keys, desk: &desk };
        let permit = decide(view, &call, &mut known)?;
        Ok(match permit {
            Permit::Preflight => (Decision::Preflight, None),
            Permit::Mock(_) => (Decision::Mock, None),
            Permit::Wait(_) => return Err(Refusal::Busy("the keys of the token's issuer are not here yet")),
            Permit::Forward { origin, target, .. } => {
                (Decision::Forward, Some(format!("{}{target}", origin.authority)))
            }
        })
    });
    let address = address.unwrap_or(peer);
    let (decision, upstream, refusal) = match decided {
        Ok((decision, upstream)) => (decision, upstream, None),
        Err(refusal) => (Decision::Refuse, None, Some(refusal)),
    };
    // A quota of which this node has reserved nothing yet; a call would reserve it.
    let (decision, refusal) = match refusal {
        Some(Refusal::Busy(_)) if known.limits.is_pending => (Decision::Forward, None),
        other => (decision, other),
    };
    let rule = match (&refusal, decision) {
        (Some(refusal), _) => rule(gate, question, &known, address, *refusal),
        (None, Decision::Forward) if known.limits.is_pending => {
            "nothing refuses the call, as far as the quota is known here".to_owned()
        }
        (None, Decision::Preflight) => "a browser's question is answered the same for every path".to_owned(),
        (None, _) => "nothing refuses the call".to_owned(),
    };
    Explanation {
        decision,
        status: match decision {
            Decision::Preflight => Some(204),
            _ => refusal.map(|refusal| refusal.status().as_u16()),
        },
        code: refusal.map(|refusal| refusal.code()),
        rule,
        address,
        path: target.ok().map(|target| target.path.as_str().to_owned()),
        upstream,
        collection: known.collection,
        endpoint: known.endpoint,
        client: known.client,
        key: known.key,
        limits: known.limits.iter().map(limit).collect(),
    }
}

fn limit(standing: &Standing) -> ExplainedLimit {
    let Standing { which, limit, remaining, window_s, reset_s } = *standing;
    ExplainedLimit { name: which.name(), limit, window_s, remaining, reset_s }
}

/// The rule behind a refusal, with what is particular about it.
fn rule(
    gate: &Gate,
    question: &Question,
    known: &Known,
    address: std::net::IpAddr,
    refusal: Refusal,
) -> String {
    let detail = refusal.detail();
    match refusal {
        Refusal::AddressDenied | Refusal::AddressNotAllowed => {
            let id = match question.caller {
                Presented::Key(id) => Some(id),
                _ => known.key,
            };
            let rules = id.and_then(|id| gate.keys.by_id(id)).map(|key| key.rules.clone());
            match rules.map(|rules| rules.deciding(address)) {
                Some(Err((AddressRefusal::Denied, Some(net)))) => {
                    format!("{address} is in {net}, which is on the key's deny list")
                }
                _ => format!("{address} is not on the key's allow list"),
            }
        }
        Refusal::RateExceeded | Refusal::QuotaExceeded => {
            let full = known.limits.iter().filter(|standing| standing.remaining == 0);
            let full: Vec<_> = full
                .map(|standing| {
                    let (name, limit, window) = (standing.which.name(), standing.limit, standing.window_s);
                    format!("`{name}` ({limit} calls in {window} s) is open again in {} s", standing.reset_s)
                })
                .collect();
            format!("{detail}: {}", full.join(", "))
        }
        _ => detail.to_owned(),
    }
}

#[cfg(test)]
mod tests;
