use proptest::prelude::*;

use super::*;

fn routes(templates: &[(Method, &'static str)]) -> Routes<&'static str> {
    let mut routes = Routes::new();
    for (method, text) in templates {
        routes.insert(*method, &PathTemplate::parse(text).unwrap(), *text);
    }
    routes
}

fn get(templates: &[&'static str], path: &str) -> Option<&'static str> {
    let templates: Vec<_> = templates.iter().map(|text| (Method::Get, *text)).collect();
    match routes(&templates).find(Method::Get, path) {
        Found::Endpoint(text) => Some(text),
        _ => None,
    }
}

#[test]
fn fixed_text_beats_a_parameter() {
    let templates = ["/items/{id}", "/items/special", "/{kind}/special"];
    assert_eq!(get(&templates, "/items/special"), Some("/items/special"));
    assert_eq!(get(&templates, "/items/7"), Some("/items/{id}"));
    assert_eq!(get(&templates, "/things/special"), Some("/{kind}/special"));
    assert_eq!(get(&templates, "/things/7"), None);
}

#[test]
fn a_dead_end_is_left_again() {
    let templates = ["/a/b/c", "/a/{x}/d", "/{y}/b/e"];
    assert_eq!(get(&templates, "/a/b/c"), Some("/a/b/c"));
    assert_eq!(get(&templates, "/a/b/d"), Some("/a/{x}/d"));
    assert_eq!(get(&templates, "/a/b/e"), Some("/{y}/b/e"));
}

#[test]
fn several_parameters_share_a_segment() {
    let templates = ["/r/{name}.{format}", "/r/{name}", "/r/report.{format}", "/r/v{n}"];
    assert_eq!(get(&templates, "/r/a.json"), Some("/r/{name}.{format}"));
    assert_eq!(get(&templates, "/r/a.b.json"), Some("/r/{name}.{format}"));
    assert_eq!(get(&templates, "/r/report.json"), Some("/r/report.{format}"));
    assert_eq!(get(&templates, "/r/a."), Some("/r/{name}"));
    assert_eq!(get(&templates, "/r/.a"), Some("/r/{name}"));
    assert_eq!(get(&templates, "/r/v1"), Some("/r/v{n}"));
    assert_eq!(get(&templates, "/r/v"), Some("/r/{name}"));
    assert_eq!(get(&templates, "/r/"), None);
}

#[test]
fn parameters_with_nothing_between_them_match_as_one() {
    let templates = ["/r/{a}{b}", "/r/v{a}{b}.{c}{d}{e}", "/s/me"];
    assert_eq!(get(&templates, "/r/x"), Some("/r/{a}{b}"));
    assert_eq!(get(&templates, "/r/xyz"), Some("/r/{a}{b}"));
    assert_eq!(get(&templates, "/r/"), None);
    assert_eq!(get(&templates, "/r/v1.2"), Some("/r/v{a}{b}.{c}{d}{e}"));
    assert_eq!(get(&["/r/{a}{b}", "/r/{c}"], "/r/x"), Some("/r/{a}{b}"));
}

#[test]
fn a_trailing_slash_is_a_path_of_its_own() {
    assert_eq!(get(&["/a"], "/a"), Some("/a"));
    assert_eq!(get(&["/a"], "/a/"), None);
    assert_eq!(get(&["/a/"], "/a/"), Some("/a/"));
    assert_eq!(get(&["/a/"], "/a"), None);
    assert_eq!(get(&["/A"], "/a"), None);
}

#[test]
fn the_collections_own_path_has_no_segment() {
    assert_eq!(get(&["/", "/{x}"], ""), Some("/"));
    assert_eq!(get(&["/", "/{x}"], "/"), Some("/"));
    assert_eq!(get(&["/{x}"], "/"), None);
}

#[test]
fn methods_belong_to_the_most_specific_path() {
    let routes = routes(&[
        (Method::Get, "/items/{id}"),
        (Method::Delete, "/items/{name}"),
        (Method::Post, "/items/search"),
    ]);
    assert_eq!(routes.find(Method::Delete, "/items/7"), Found::Endpoint(&"/items/{name}"));
    let other = |methods: &[Method]| Found::OtherMethods(methods.iter().copied().collect());
    assert_eq!(routes.find(Method::Get, "/items/search"), other(&[Method::Post]));
    assert_eq!(routes.find(Method::Put, "/items/7"), other(&[Method::Get, Method::Head, Method::Delete]));
    assert_eq!(routes.find(Method::Put, "/nothing"), Found::Nothing);
}

#[test]
fn head_falls_back_to_get() {
    let mut routes = routes(&[(Method::Get, "/a"), (Method::Post, "/b")]);
    assert_eq!(routes.find(Method::Head, "/a"), Found::Endpoint(&"/a"));
    assert_eq!(routes.find(Method::Head, "/b"), Found::OtherMethods([Method::Post].into_iter().collect()));
    routes.insert(Method::Head, &PathTemplate::parse("/a").unwrap(), "own");
    assert_eq!(routes.find(Method::Head, "/a"), Found::Endpoint(&"own"));
}

/// How a template's segment takes a path's, the lower the more specific; `None` if it does not.
/// Tries every way to share out the characters.
fn naive_segment(segment: &Segment, text: &str) -> Option<(u8, std::cmp::Reverse<usize>, usize)> {
    fn fits(pieces: &[Piece], text: &str) -> bool {
        match pieces {
            [] => text.is_empty(),
            [Piece::Fixed(fixed), rest @ ..] => text.strip_prefix(&**fixed).is_some_and(|t| fits(rest, t)),
            [Piece::Parameter(_), rest @ ..] => (1..=text.len()).any(|end| fits(rest, &text[end..])),
        }
    }
    let length = |piece: &Piece| match piece {
        Piece::Fixed(text) => text.len(),
        Piece::Parameter(_) => 0,
    };
    let parameters = segment.0.iter().filter(|piece| matches!(piece, Piece::Parameter(_))).count();
    let fixed = segment.0.iter().map(length).sum();
    fits(&segment.0, text).then_some((u8::from(parameters > 0), std::cmp::Reverse(fixed), parameters))
}

/// The rank of a template for a path; `None` if it does not match.
fn naive(template: &PathTemplate, path: &str) -> Option<Vec<(u8, std::cmp::Reverse<usize>, usize)>> {
    let texts: Vec<_> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    if texts.len() != template.segments().len() {
        return None;
    }
    template.segments().iter().zip(texts).map(|(segment, text)| naive_segment(segment, text)).collect()
}

proptest! {
    #[test]
    fn the_trie_finds_what_trying_every_template_finds(
        templates in prop::collection::vec("(/(a|b|ab|\\{x\\}|a\\{x\\}|\\{x\\}b|\\{x\\}a\\{y\\}|\\{x\\}\\.\\{y\\})){1,3}/?", 1..12),
        path in "(/[ab.]{1,3}){1,3}/?",
    ) {
        let templates: Vec<_> = templates.iter().map(|text| PathTemplate::parse(text).unwrap()).collect();
        let mut routes = Routes::new();
        for template in &templates {
            routes.insert(Method::Get, template, template.shape());
        }
        let best = templates.iter().filter_map(|t| naive(t, &path).map(|rank| (rank, t))).min_by(|a, b| a.0.cmp(&b.0));
        match (routes.find(Method::Get, &path), best) {
            (Found::Nothing, None) => {}
            (Found::Endpoint(shape), Some((rank, _))) => {
                // Two templates may be equally specific; then either will do.
                let found = templates.iter().find(|t| t.shape() == *shape).unwrap();
                prop_assert_eq!(naive(found, &path), Some(rank));
            }
            (found, best) => prop_assert!(false, "found {found:?}, expected {best:?}"),
        }
    }
}
