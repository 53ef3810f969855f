use proptest::prelude::*;

use super::*;

fn canonical(raw: &str) -> Result<String, PathFault> {
    CanonicalPath::parse(raw).map(|path| path.as_str().to_owned())
}

#[test]
fn a_canonical_path_is_borrowed() {
    let path = CanonicalPath::parse("/acme/quotes-v1/quotes/7;a=b/@x").unwrap();
    assert!(matches!(path.0, Cow::Borrowed(_)));
}

#[test]
fn spellings_of_one_path_become_one() {
    for raw in
        ["//internal/x", "/./internal/x", "/%69nternal/x", "/internal//x", "/internal/./x", "/internal/%2e/x"]
    {
        assert_eq!(canonical(raw).as_deref(), Ok("/internal/x"), "{raw}");
    }
    assert_eq!(canonical("/a/").as_deref(), Ok("/a/"));
    assert_eq!(canonical("/a/.").as_deref(), Ok("/a/"));
    assert_eq!(canonical("/").as_deref(), Ok("/"));
    assert_eq!(canonical("/.hidden/x").as_deref(), Ok("/.hidden/x"));
    assert_eq!(canonical("/a%3ab/%c3%a9").as_deref(), Ok("/a%3Ab/%C3%A9"));
    assert_eq!(canonical("/é").as_deref(), Ok("/%C3%A9"));
}

#[test]
fn what_readers_disagree_about_is_refused() {
    let cases = [
        ("/%2Fadmin", PathFault::HiddenSlash),
        ("/a%2F..%2Fadmin", PathFault::HiddenSlash),
        ("/a%5C..%5Cadmin", PathFault::HiddenSlash),
        ("/\\admin", PathFault::HiddenSlash),
        ("/public/../admin", PathFault::Climbs),
        ("/public/..;/admin", PathFault::Climbs),
        ("/public/.;x/admin", PathFault::Climbs),
        ("/public/..%3bx/admin", PathFault::Climbs),
        ("/public/%2e%2e%3B/admin", PathFault::Climbs),
        ("/public/.%3b", PathFault::Climbs),
        ("/public/%2e%2e/admin", PathFault::Climbs),
        ("/public/.%2E", PathFault::Climbs),
        ("/a%00", PathFault::Control),
        ("/a\tb", PathFault::Control),
        ("/a%7f", PathFault::Control),
        ("/a%", PathFault::BadEscape),
        ("/a%zz", PathFault::BadEscape),
        ("/a%4", PathFault::BadEscape),
        ("/a#b", PathFault::Fragment),
        ("a", PathFault::NotAbsolute),
        ("", PathFault::NotAbsolute),
        ("*", PathFault::NotAbsolute),
    ];
    for (raw, fault) in cases {
        assert_eq!(canonical(raw), Err(fault), "{raw}");
    }
}

#[test]
fn templates_are_read_with_and_without_their_slash() {
    assert_eq!(PathTemplate::parse("/quotes/{id}").unwrap().as_str(), "quotes/{id}");
    assert_eq!(PathTemplate::parse("quotes/{id}").unwrap().as_str(), "quotes/{id}");
    assert_eq!(PathTemplate::parse("/").unwrap().as_str(), "");
    assert_eq!(PathTemplate::parse("/a//b/").unwrap().as_str(), "a/b/");
    assert_eq!(PathTemplate::parse("/caf\u{e9}/{id}").unwrap().as_str(), "caf%C3%A9/{id}");
}

#[test]
fn several_parameters_may_share_a_segment() {
    let template = PathTemplate::parse("/report/{name}.{format}").unwrap();
    assert_eq!(template.shape(), "report/{}.{}");
    assert_eq!(template.segments()[1].0.len(), 3);
}

#[test]
fn a_name_may_have_anything_but_braces() {
    let template = PathTemplate::parse("/a/{b/c?d#e}/f").unwrap();
    assert_eq!((template.as_str(), template.segments().len()), ("a/{b/c?d#e}/f", 3));
    assert_eq!(PathTemplate::parse(template.as_str()), Ok(template));
}

#[test]
fn templates_that_match_the_same_paths_have_one_shape() {
    let shape = |text: &str| PathTemplate::parse(text).unwrap().shape();
    assert_eq!(shape("/quotes/{id}"), shape("quotes/{name}"));
    assert_eq!(shape("/quotes/{id}{version}"), shape("quotes/{name}"));
    assert_ne!(shape("/quotes/{id}.{version}"), shape("quotes/{name}"));
    assert_ne!(shape("/quotes/{id}"), shape("/quotes/{id}/"));
}

#[test]
fn a_broken_template_says_what_is_wrong() {
    let fault = |text: &str| PathTemplate::parse(text).unwrap_err();
    assert_eq!(fault("/a/{id"), TemplateFault::Braces);
    assert_eq!(fault("/a/id}"), TemplateFault::Braces);
    assert_eq!(fault("/a/{{id}}"), TemplateFault::Braces);
    assert_eq!(fault("/a/{}"), TemplateFault::Unnamed);
    assert_eq!(fault("/?Action=Run"), TemplateFault::Query);
    assert_eq!(fault("/a/../b"), TemplateFault::Path(PathFault::Climbs));
    assert_eq!(fault("/a#b"), TemplateFault::Path(PathFault::Fragment));
}

proptest! {
    #[test]
    fn canonical_form_is_a_fixed_point(raw in "/[a-zA-Z0-9%/.;\\\\~é -]{0,40}") {
        if let Ok(once) = canonical(&raw) {
            prop_assert_eq!(canonical(&once), Ok(once.clone()));
            prop_assert!(!once.contains("//"));
            prop_assert!(!once.split('/').any(|segment| segment == ".."));
        }
    }

    #[test]
    fn no_path_and_no_template_panics(raw in ".{0,80}") {
        let _ = CanonicalPath::parse(&raw);
        let _ = PathTemplate::parse(&raw);
    }
}
