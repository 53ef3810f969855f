//! What `docs/security.md` says is tested, is.

use std::path::{Path, PathBuf};

/// The sources of a crate; of `tests`, these.
fn sources(name: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = match name {
        "tests" => vec![root.join("src")],
        _ => vec![
            root.join("../crates").join(name).join("src"),
            root.join("../crates").join(name).join("tests"),
        ],
    };
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => folders.push(path),
                Some(extension) if extension == "rs" => files.push(path),
                _ => {}
            }
        }
    }
    files
}

/// Whether one of the files has a test of this name.
fn has_test(files: &[PathBuf], name: &str) -> bool {
    let head = format!("fn {name}(");
    files.iter().any(|file| {
        let text = std::fs::read_to_string(file).unwrap();
        let mut before = text.split(&head).collect::<Vec<_>>();
        // What stands before it is its attribute.
        before.pop();
        before.iter().any(|text| {
            let last: Vec<_> = text.lines().rev().take(3).collect();
            last.iter()
                .any(|line| line.trim().starts_with("#[test]") || line.trim().starts_with("#[tokio::test"))
        })
    })
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut named = 0;
    for line in page.lines().filter(|line| line.starts_with("| ") && line.contains("::")) {
        let tests = line.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for name in tests.split("`, `").map(|name| name.trim_matches('`')) {
            let (part, test) = name.split_once("::").unwrap_or_else(|| panic!("{name} is no test: {line}"));
            let files = sources(part);
            assert!(!files.is_empty(), "there is no crate {part}");
            assert!(has_test(&files, test), "there is no test {name}");
            named += 1;
        }
    }
    assert!(named > 100, "{named}");
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    let files = sources("tests");
    assert!(has_test(&files, "every_test_that_the_page_names_is_there"));
    for name in ["every_test_that_the_page_names_is", "has_test", "sources"] {
        assert!(!has_test(&files, name), "{name}");
    }
}
