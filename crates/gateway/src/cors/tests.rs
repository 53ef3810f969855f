use super::*;

fn cors(origins: &[&str], methods: &[&str]) -> Cors {
    Cors {
        origins: origins.iter().map(|text| Origin::parse(text).unwrap()).collect(),
        methods: methods.iter().map(|method| (*method).to_owned()).collect(),
        ..Cors::default()
    }
}

fn rules(origins: &[&str], methods: &[&str], portals: &[&str]) -> Rules {
    let portals: Vec<_> = portals.iter().map(|portal| (*portal).to_owned()).collect();
    Rules::new(Some(&cors(origins, methods)), &portals).unwrap()
}

fn asked(dress: &Dress) -> Vec<String> {
    let mut headers = HeaderMap::new();
    dress.preflight(&mut headers);
    let names =
        [ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_HEADERS, VARY];
    let value = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    names.into_iter().filter_map(value).collect()
}

fn from(site: &str) -> HeaderMap {
    HeaderMap::from_iter([(ORIGIN, HeaderValue::from_str(site).unwrap())])
}

#[test]
fn a_workspace_allows_what_any_of_its_collections_allows() {
    let all = [
        rules(&["https://a.test"], &["GET"], &[]),
        rules(&["https://a.test", "https://b.test"], &["POST"], &["http://portal.test:81"]),
    ];
    let workspace = Workspace::new(&all.iter()).unwrap();
    let asked = |site: &str| asked(&Dress::of(&workspace, &from(site)));
    assert_eq!(asked("https://a.test"), ["https://a.test", "GET, POST", "*, authorization", "origin"]);
    assert_eq!(asked("https://b.test"), ["https://b.test", "POST", "*, authorization", "origin"]);
    assert_eq!(asked("http://portal.test:81"), ["http://portal.test:81", "*", "*, authorization", "origin"]);
    for site in ["https://c.test", "null", "https://a.test:444", "https://a.test.evil", "HTTPS://A.TEST", ""]
    {
        assert_eq!(asked(site), ["origin"], "{site}");
    }
    assert!(Workspace::new(&[].into_iter()).is_none());
}

#[test]
fn two_origins_are_none() {
    let all = [rules(&["https://a.test"], &[], &[])];
    let workspace = Workspace::new(&all.iter()).unwrap();
    let mut headers = from("https://a.test");
    headers.append(ORIGIN, HeaderValue::from_static("https://a.test"));
    assert_eq!(asked(&Dress::of(&workspace, &headers)), ["origin"]);
}

#[test]
fn every_site_may_be_allowed_and_is_named() {
    let all = [rules(&["*"], &["GET"], &[]), rules(&["https://a.test"], &["PUT"], &[])];
    let workspace = Workspace::new(&all.iter()).unwrap();
    let asked = |site: &str| asked(&Dress::of(&workspace, &from(site)));
    assert_eq!(asked("https://x.test")[..2], ["https://x.test", "GET"]);
    assert_eq!(asked("https://a.test")[..2], ["https://a.test", "GET, PUT"]);
}

#[test]
fn a_collection_has_the_last_word_on_what_is_read() {
    let all = [rules(&["https://a.test"], &[], &[]), rules(&["https://b.test"], &[], &[])];
    let workspace = Workspace::new(&all.iter()).unwrap();
    let read = |site: &str, rules: Option<&Rules>| {
        let mut dress = Dress::of(&workspace, &from(site));
        dress.narrow(rules);
        let mut headers = HeaderMap::from_iter([
            (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
            (ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true")),
            (VARY, HeaderValue::from_static("accept")),
        ]);
        dress.write(&mut headers);
        assert_eq!(headers.get_all(VARY).iter().count(), 2);
        let credentials = headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS);
        let site = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|site| site.to_str().unwrap().to_owned());
        (site, credentials)
    };
    assert_eq!(read("https://a.test", Some(&all[0])), (Some("https://a.test".to_owned()), false));
    assert_eq!(read("https://a.test", Some(&all[1])), (None, false));
    // What the upstream says stays where the collection says nothing.
    assert_eq!(read("https://a.test", None), (Some("*".to_owned()), true));
}

#[test]
fn our_headers_can_be_read_beside_those_that_are_named() {
    let named = Cors { exposed_headers: vec!["x-total".to_owned()], ..cors(&["https://a.test"], &[]) };
    let all = [Rules::new(Some(&named), &[]).unwrap()];
    let workspace = Workspace::new(&all.iter()).unwrap();
    let mut headers = HeaderMap::new();
    Dress::of(&workspace, &from("https://a.test")).write(&mut headers);
    let exposed = headers[ACCESS_CONTROL_EXPOSE_HEADERS].to_str().unwrap();
    assert!(exposed.starts_with("x-request-id, retry-after, ratelimit, "), "{exposed}");
    assert!(exposed.ends_with(", x-total"), "{exposed}");
}
