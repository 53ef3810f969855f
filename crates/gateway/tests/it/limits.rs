use gateway::{Delta, Gate};
use model::policy::{Limit, QuotaWindow, RateWindow};
use model::{ClientId, PolicyId};
use store::serving::{ServedClient, ServedPolicy};

use crate::world::{Answer, World, everything};

fn rate(requests: i64, per: RateWindow) -> Option<Limit<RateWindow>> {
    Some(Limit { requests, per })
}

/// Puts the only client under these policies, for each of its keys and as a whole.
fn limit(gate: &Gate, each: Option<ServedPolicy>, whole: Option<ServedPolicy>) {
    let client = everything("http://backend.test").clients.remove(0);
    let id = |policy: &Option<ServedPolicy>| policy.as_ref().map(|policy| policy.id);
    let client = ServedClient { policy: id(&each), client_policy: id(&whole), ..client };
    let policies = [each, whole].into_iter().flatten();
    let mut deltas: Vec<_> = policies.map(|policy| Delta::Policy(policy.id, Some(policy))).collect();
    deltas.push(Delta::Client(ClientId(1), Some(client)));
    gate.apply(deltas, 2);
}

fn policy(id: i64, rate_limit: Option<Limit<RateWindow>>) -> ServedPolicy {
    ServedPolicy { id: PolicyId(id), rate_limit, quota: None }
}

/// The headers about limits, as `name: value` lines.
fn limits(answer: &Answer) -> String {
    let names =
        ["ratelimit-policy", "ratelimit", "x-ratelimit-limit", "x-ratelimit-remaining", "retry-after"];
    let lines = names.map(|name| answer.header(name).map(|value| format!("{name}: {value}\n")));
    lines.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_call_under_a_policy_is_told_how_far_its_limits_are() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/mock", "", "").await;
    assert_eq!(limits(&caller.answer().await), "");
    limit(&world.gateway.gate(), Some(policy(1, rate(2, RateWindow::Hour))), None);
    let mut answers = Vec::new();
    for _ in 0..3 {
        caller.call("GET /acme/api-v1/mock", "", "").await;
        answers.push(caller.answer().await);
    }
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [200, 200, 429]);
    assert_eq!(
        limits(&answers[0]),
        "ratelimit-policy: \"rate\";q=2;w=3600\nratelimit: \"rate\";r=1;t=3600\n\
         x-ratelimit-limit: 2\nx-ratelimit-remaining: 1\n"
    );
    assert_eq!(answers[2].body, r#"{"error":"rate limit exceeded"}"#);
    assert_eq!(answers[2].header("x-ratelimit-remaining"), Some("0"));
    let wait: u32 = answers[2].header("retry-after").unwrap().parse().unwrap();
    assert!((3500..=3600).contains(&wait), "{wait}");
    assert!(answers[2].has_id() && !answers[2].closes());
    assert_eq!(world.refusals(4291), 1);
}

#[tokio::test]
async fn an_upstreams_answer_has_the_limits_too_and_in_place_of_its_own() {
    let world = World::new().await;
    limit(&world.gateway.gate(), Some(policy(1, rate(5, RateWindow::Hour))), None);
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let mut upstream = world.upstream.accept().await;
    let request = upstream.head().await;
    assert!(!request.contains("ratelimit"), "{request}");
    upstream.write("HTTP/1.1 200 OK\r\nx-ratelimit-limit: 99\r\ncontent-length: 0\r\n\r\n").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.header("x-ratelimit-limit")), (200, Some("5")));
}

#[tokio::test]
async fn what_is_refused_for_another_reason_counts_against_nothing() {
    let world = World::new().await;
    limit(&world.gateway.gate(), Some(policy(1, rate(1, RateWindow::Hour))), None);
    let mut caller = world.caller().await;
    for (line, status) in [
        ("GET /acme/api-v1/nothing", 404),
        ("GET /acme/api-v1/things", 405),
        ("OPTIONS /acme/api-v1/mock", 405),
        ("GET /acme/api-v1/mock", 200),
        // Once the limit is reached, too, the route comes first.
        ("GET /acme/api-v1/nothing", 404),
        ("GET /acme/api-v1/mock", 429),
    ] {
        caller.call(line, "", "").await;
        assert_eq!(caller.answer().await.status, status, "{line}");
    }
}

#[tokio::test]
async fn a_client_as_a_whole_is_limited_beside_its_keys() {
    let world = World::new().await;
    let (each, whole) = (policy(1, rate(9, RateWindow::Minute)), policy(2, rate(1, RateWindow::Hour)));
    limit(&world.gateway.gate(), Some(each), Some(whole));
    let mut caller = world.caller().await;
    let mut call = async || {
        caller.call("GET /acme/api-v1/mock", "", "").await;
        caller.answer().await
    };
    let first = call().await;
    assert_eq!(first.header("ratelimit-policy"), Some(r#""rate";q=9;w=60, "client-rate";q=1;w=3600"#));
    let second = call().await;
    assert_eq!((second.status, second.header("x-ratelimit-limit")), (429, Some("1")));
}

#[tokio::test]
async fn many_callers_on_many_threads_never_exceed_the_limit() {
    const CALLERS: usize = 64;
    const CALLS: usize = 25;
    let world = World::with(|config| config.cores = Some(4)).await;
    limit(&world.gateway.gate(), Some(policy(1, rate(1000, RateWindow::Hour))), None);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let mut caller = world.caller().await;
        callers.spawn(async move {
            let mut admitted = 0;
            for _ in 0..CALLS {
                caller.call("GET /acme/api-v1/mock", "", "").await;
                admitted += usize::from(caller.answer().await.status == 200);
            }
            admitted
        });
    }
    assert_eq!(callers.join_all().await.into_iter().sum::<usize>(), 1000);
}

#[tokio::test]
async fn a_quota_that_nobody_reserves_admits_nothing() {
    let world = World::new().await;
    let quota = Some(Limit { requests: 5, per: QuotaWindow::Day });
    limit(&world.gateway.gate(), Some(ServedPolicy { quota, ..policy(1, None) }), None);
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/mock", "", "").await;
    let answer = caller.answer().await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(world.refusals(5032), 1);
}
