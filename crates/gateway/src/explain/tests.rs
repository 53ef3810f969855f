use model::policy::{Limit, RateWindow};
use model::{Digest, IpRange, IpRules, KeyId, Method, PackedIpRules, PolicyId, SecretKind};
use store::serving::{ServedClient, ServedKey, ServedPolicy};

use super::*;
use crate::decide::tests::{environment, everything};
use crate::gate::Delta;
use crate::keys::tests::{client, key, token};

fn gate() -> std::sync::Arc<Gate> {
    let gate = Gate::new();
    gate.replace(everything(), 1);
    gate
}

fn question(caller: Presented, target: &str) -> Question {
    Question {
        caller,
        from: "203.0.113.7".parse().unwrap(),
        method: Method::Get,
        target: target.to_owned(),
        headers: Vec::new(),
    }
}

fn ask(gate: &Gate, question: &Question) -> Explanation {
    explain(gate, &Config::default(), &environment(), question)
}

const KEY: Presented = Presented::Key(KeyId(1));

#[test]
fn a_call_that_would_pass_is_explained_with_where_it_goes() {
    let gate = gate();
    let digest = Digest::presented(SecretKind::Key, token(1).as_bytes()).unwrap();
    let in_header = vec![("api-token".to_owned(), token(1))];
    for (caller, headers) in
        [(KEY, vec![]), (Presented::Token(digest), vec![]), (Presented::Headers, in_header)]
    {
        let told = ask(&gate, &Question { headers, ..question(caller, "//acme/./quotes-v1/quotes/7?a=1") });
        assert_eq!((told.decision, told.status, told.code), (Decision::Forward, None, None));
        assert_eq!(told.upstream.as_deref(), Some("backend.test:81/api/quotes/7?a=1"));
        assert_eq!(told.path.as_deref(), Some("/acme/quotes-v1/quotes/7"));
        assert_eq!((told.key, told.limits.len()), (Some(KeyId(1)), 0));
    }
}

#[test]
fn a_refusal_is_explained_by_the_rule_behind_it() {
    let gate = gate();
    for (caller, target, code, rule) in [
        (Presented::Headers, "/acme/quotes-v1/quotes/7", 4011, "the request has no credential"),
        (
            Presented::Key(KeyId(9)),
            "/acme/quotes-v1/quotes/7",
            4012,
            "the credential is unknown or malformed",
        ),
        (KEY, "/acme/quotes-v1/inactive", 4043, "the endpoint is inactive"),
        (KEY, "/acme/other-v1/quotes/7", 4042, "the collection is not assigned to the client"),
        (KEY, "/acme/../x", 4000, "the path climbs"),
    ] {
        let told = ask(&gate, &question(caller, target));
        assert_eq!((told.decision, told.code, &*told.rule), (Decision::Refuse, Some(code), rule), "{target}");
    }
    let range = |text| vec![IpRange::parse(text).unwrap()];
    let rules = IpRules { deny: range("203.0.113.0/24"), ..IpRules::default() };
    let row = ServedKey { rules: PackedIpRules::from(&rules), ..key(1, 1) };
    gate.apply(vec![Delta::Key(KeyId(1), Some(Box::new(row)))], 2);
    let told = ask(&gate, &question(KEY, "/acme/quotes-v1/quotes/7"));
    assert_eq!(told.rule, "203.0.113.7 is in 203.0.113.0/24, which is on the key's deny list");
    let rules = IpRules { allow: range("198.51.100.0/24"), ..IpRules::default() };
    let row = ServedKey { rules: PackedIpRules::from(&rules), ..key(1, 1) };
    gate.apply(vec![Delta::Key(KeyId(1), Some(Box::new(row)))], 3);
    let told = ask(&gate, &question(KEY, "/acme/quotes-v1/quotes/7"));
    assert_eq!((told.code, &*told.rule), (Some(4032), "203.0.113.7 is not on the key's allow list"));
}

#[test]
fn proxies_are_believed_as_they_are_in_calls() {
    let gate = gate();
    let config =
        Config { trusted_proxies: vec![IpRange::parse("203.0.113.7").unwrap()], ..Config::default() };
    let headers = vec![("x-forwarded-for".to_owned(), "198.51.100.9".to_owned())];
    let asked = Question { headers, ..question(KEY, "/acme/quotes-v1/quotes/7") };
    assert_eq!(explain(&gate, &config, &environment(), &asked).address.to_string(), "198.51.100.9");
    assert_eq!(ask(&gate, &asked).address.to_string(), "203.0.113.7");
}

#[test]
fn asking_is_not_calling() {
    let gate = gate();
    let rate_limit = Some(Limit { requests: 1, per: RateWindow::Minute });
    let policy = ServedPolicy { id: PolicyId(1), rate_limit, quota: None };
    let served = ServedClient { policy: Some(PolicyId(1)), ..client(1, &[1]) };
    gate.apply(vec![Delta::Policy(PolicyId(1), Some(policy)), Delta::Client(served.id, Some(served))], 2);
    for _ in 0..3 {
        let told = ask(&gate, &question(KEY, "/acme/quotes-v1/quotes/7"));
        assert_eq!((told.decision, told.limits[0].remaining), (Decision::Forward, 1));
    }
}

#[test]
fn a_browsers_question_is_one() {
    let headers = [("origin", "https://a.test"), ("access-control-request-method", "GET")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let asked = Question { method: Method::Options, headers, ..question(Presented::Headers, "/acme/x") };
    let told = ask(&gate(), &asked);
    assert_eq!((told.decision, told.status), (Decision::Preflight, Some(204)));
}
