use super::*;

fn standing(which: Which, limit: u32, remaining: u32, window_s: u32, reset_s: u32) -> Standing {
    Standing { which, limit, remaining, window_s, reset_s }
}

fn written(standings: &[Standing], retry_after_s: Option<u32>) -> Vec<(String, String)> {
    let mut all = Standings { at_s: 1_000, retry_after_s, ..Standings::default() };
    standings.iter().for_each(|standing| all.note(*standing));
    let mut headers = HeaderMap::new();
    headers.insert("ratelimit", HeaderValue::from_static("the upstream's own"));
    all.write(&mut headers);
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), value.to_str().unwrap().to_owned())
    };
    headers.iter().map(text).collect()
}

#[test]
fn every_limit_is_named_and_the_tightest_in_the_older_form() {
    let standings =
        [standing(Which::KeyRate, 100, 98, 60, 59), standing(Which::KeyQuota, 1000, 7, 86_400, 500)];
    let written = written(&standings, None);
    let value = |name: &str| written.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    assert_eq!(value("ratelimit-policy"), Some(r#""rate";q=100;w=60, "quota";q=1000;w=86400"#));
    assert_eq!(value("ratelimit"), Some(r#""rate";r=98;t=59, "quota";r=7;t=500"#));
    assert_eq!(value("x-ratelimit-limit"), Some("1000"));
    assert_eq!(value("x-ratelimit-remaining"), Some("7"));
    assert_eq!(value("x-ratelimit-reset"), Some("1500"));
    assert_eq!(value("retry-after"), None);
}

#[test]
fn a_refused_call_is_told_when_to_come_again() {
    let written = written(&[standing(Which::ClientRate, 1, 0, 1, 1)], Some(1));
    assert!(written.contains(&("retry-after".to_owned(), "1".to_owned())));
    assert!(written.contains(&("ratelimit".to_owned(), r#""client-rate";r=0;t=1"#.to_owned())));
}

#[test]
fn without_limits_what_an_upstream_says_stays() {
    assert_eq!(written(&[], None), [("ratelimit".to_owned(), "the upstream's own".to_owned())]);
}

#[test]
fn the_longest_values_need_no_second_piece_of_memory() {
    let all = [Which::KeyRate, Which::KeyQuota, Which::ClientRate, Which::ClientQuota];
    let all = all.map(|which| standing(which, u32::MAX, u32::MAX, u32::MAX, u32::MAX));
    let length: usize = written(&all, Some(u32::MAX)).iter().map(|(_, value)| value.len()).sum();
    assert!(length <= CAPACITY, "{length}");
}
