use model::{EndpointId, Forwarding, RecipeId, WorkspaceId};
use store::serving::ServedEndpoint;

use super::*;

fn collection(document: i64, endpoints: &[(&str, bool)]) -> ServedCollection {
    let endpoint = |(id, (path, active)): (i64, &(&str, bool))| ServedEndpoint {
        id: EndpointId(id),
        method: Method::Get,
        path: PathTemplate::parse(path).unwrap(),
        active: *active,
        recipe: RecipeId(id),
        kind: RecipeKind::Mock,
        running: true,
        base_url: None,
        authorities: None,
        credential: None,
        forwarding: Forwarding::default(),
    };
    ServedCollection {
        cors: None,
        portals: Vec::new(),
        id: CollectionId(1),
        workspace: WorkspaceId(1),
        workspace_handle: "acme".to_owned(),
        handle: "api-v1".to_owned(),
        max_body_bytes: None,
        document: Some(DocumentId(document)),
        endpoints: (1..).zip(endpoints).map(endpoint).collect(),
    }
}

fn document(paths: &[&str], response: &str) -> String {
    let paths: Vec<_> = paths
        .iter()
        .map(|path| format!(r#""{path}": {{ "get": {{ "responses": {{ "200": {response} }} }} }}"#))
        .collect();
    let paths = paths.join(",");
    format!(r#"{{ "openapi": "3.1.0", "info": {{ "title": "T", "version": "1" }}, "paths": {{ {paths} }} }}"#)
}

fn prepare(shelf: &Shelf, row: &ServedCollection, text: &str) {
    shelf.put(row.id, PreparedMocks::new(row, row.document.unwrap(), text));
}

#[test]
fn a_document_is_read_once_and_when_a_mock_is_in_use() {
    let shelf = Shelf::default();
    let row = |one, two| collection(5, &[("/a", one), ("/b", two)]);
    assert_eq!(shelf.missing(&row(false, false)), None);
    assert_eq!(shelf.missing(&row(true, false)), Some(DocumentId(5)));
    prepare(&shelf, &row(true, false), &document(&["/a", "/b"], "{}"));
    for row in [row(true, false), row(true, true), row(false, true)] {
        assert_eq!(shelf.missing(&row), None);
        assert!(shelf.of(&row).is_some());
    }
    let another = collection(6, &[("/a", true)]);
    assert_eq!(shelf.missing(&another), Some(DocumentId(6)));
    assert!(shelf.of(&another).is_some(), "calls go on while the new document is read");
    assert_eq!(shelf.missing(&collection(5, &[("/a", true), ("/new", true)])), Some(DocumentId(5)));
    shelf.retain(&HashSet::new());
    assert_eq!(shelf.missing(&row(true, true)), Some(DocumentId(5)));
}

#[test]
fn a_document_that_is_not_readable_is_not_read_again() {
    let shelf = Shelf::default();
    let row = collection(5, &[("/a", true)]);
    prepare(&shelf, &row, "{");
    assert_eq!(shelf.missing(&row), None);
    assert!(shelf.of(&row).unwrap().get(Method::Get, &row.endpoints[0].path).is_none());
}

#[test]
fn an_operation_is_found_however_its_path_is_written() {
    let row = collection(5, &[("/caf%C3%A9", true), ("/other", true)]);
    let prepared = PreparedMocks::new(&row, DocumentId(5), &document(&["/café"], "{}"));
    let has = |place: usize| prepared.get(Method::Get, &row.endpoints[place].path).is_some();
    assert_eq!((has(0), has(1)), (true, false));
    let yaml = "openapi: 3.0.3\ninfo: { title: T, version: '1' }\npaths: { /other: { get: { responses: { 200: {} } } } }";
    let prepared = PreparedMocks::new(&row, DocumentId(5), yaml);
    assert!(prepared.get(Method::Get, &row.endpoints[1].path).is_some());
}

#[test]
fn many_large_examples_leave_each_operation_its_answer() {
    let paths: Vec<_> = (0..100).map(|number| format!("/{number}")).collect();
    let names: Vec<_> = paths.iter().map(|path| (path.as_str(), true)).collect();
    let row = collection(5, &names);
    // Each operation has bodies of its own: a small one, and large ones by name.
    let operation = |path: &String| {
        let large = "x".repeat(700_000);
        let example = |name: &str| format!(r#""{name}": {{ "value": "{path} {name} {large}" }}"#);
        let large = [example("one"), example("two")].join(",");
        let small = format!(
            r#""text/plain": {{ "example": "{path}" }}, "text/html": {{ "examples": {{ {large} }} }}"#
        );
        format!(r#""{path}": {{ "get": {{ "responses": {{ "200": {{ "content": {{ {small} }} }} }} }} }}"#)
    };
    let operations: Vec<_> = paths.iter().map(operation).collect();
    let operations = operations.join(",");
    let text = format!(
        r#"{{ "openapi": "3.1.0", "info": {{ "title": "T", "version": "1" }}, "paths": {{ {operations} }} }}"#
    );
    let prepared = PreparedMocks::new(&row, DocumentId(5), &text);
    let mut size = 0;
    for (path, endpoint) in paths.iter().zip(&row.endpoints) {
        let mock = prepared.get(Method::Get, &endpoint.path).unwrap();
        let contents = &mock.answers[0].contents;
        assert_eq!(contents[0].body, path.as_bytes());
        size += contents.iter().map(|content| content.body.len()).sum::<usize>();
    }
    assert!(size <= COLLECTION_BYTES, "{size}");
    assert!(size > COLLECTION_BYTES / 4, "{size}");
}
