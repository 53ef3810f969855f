use super::*;

#[test]
fn a_target_is_path_and_query() {
    assert_eq!(split("/a?b?c"), ("/a", Some("b?c")));
    assert_eq!(split("/a?"), ("/a", Some("")));
    assert_eq!(split("/a"), ("/a", None));
}

#[test]
fn two_segments_name_the_collection() {
    assert_eq!(collection("/acme/quotes-v1/quotes/7"), Some(("acme/quotes-v1", "/quotes/7")));
    assert_eq!(collection("/acme/quotes-v1"), Some(("acme/quotes-v1", "")));
    assert_eq!(collection("/acme/quotes-v1/"), Some(("acme/quotes-v1", "/")));
    for path in ["/", "/acme", "/acme/", "acme/quotes"] {
        assert_eq!(collection(path), None, "{path}");
    }
}

#[test]
fn what_was_matched_goes_upstream_under_the_base_path() {
    assert_eq!(upstream("/api/v1", "/quotes/7", None), "/api/v1/quotes/7");
    assert_eq!(upstream("", "/quotes", Some("a=1&b")), "/quotes?a=1&b");
    assert_eq!(upstream("", "", None), "/");
    assert_eq!(upstream("", "", Some("a")), "/?a");
    assert_eq!(upstream("/api", "", None), "/api");
    assert_eq!(upstream("", "/a", Some("")), "/a?");
}

#[test]
fn a_token_in_the_query_stays_here() {
    let query = |query| upstream("", "/a", Some(query));
    assert_eq!(query("api_token=secret"), "/a");
    assert_eq!(query("a=1&api_token=secret&b=2"), "/a?a=1&b=2");
    assert_eq!(query("api_token&a=1"), "/a?a=1");
    assert_eq!(query("api%5Ftoken=secret&a"), "/a?a");
    assert_eq!(query("%61pi_toke%6e=secret"), "/a");
    assert_eq!(query("API_TOKEN=secret"), "/a");
    assert_eq!(query("api_tokens=1&xapi_token=2&a=api_token"), "/a?api_tokens=1&xapi_token=2&a=api_token");
    assert_eq!(query("api_token%"), "/a");
    assert_eq!(query("api-token=secret&a"), "/a?a");
    assert_eq!(query("Api%2dToken=secret"), "/a");
    assert_eq!(query("api.token=1&apitoken=2"), "/a?api.token=1&apitoken=2");
    assert_eq!(query("&&a"), "/a?&&a");
}
