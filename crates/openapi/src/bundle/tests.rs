use serde_json::json;

use super::*;

/// Bundles files, of which the first is the entry.
fn bundle(files: &[(&str, &str)]) -> Result<Bundle, Fault> {
    let text = |location: &Location| {
        files.iter().find(|(path, _)| *path == location.as_str()).map(|(_, text)| (*text).to_owned())
    };
    let location = |path: &str| Location::address(path).unwrap_or_else(|| Location::File(path.to_owned()));
    let mut bundler = Bundler::new(location(files[0].0), files[0].1.to_owned())?;
    while let Some(location) = bundler.needs()? {
        match text(&location) {
            Some(text) => bundler.give(&location, text)?,
            None => bundler.withhold(&location),
        }
    }
    bundler.finish()
}

fn bundled(files: &[(&str, &str)]) -> Value {
    let bundle = bundle(files).unwrap();
    assert_eq!(bundle.document.warnings(), [], "{}", bundle.document.as_value());
    assert!(bundle.missing.is_empty());
    bundle.document.as_value().clone()
}

fn fault(files: &[(&str, &str)]) -> String {
    bundle(files).unwrap_err().to_string()
}

/// An entry file in 3.0 with these lines.
fn v3(lines: &str) -> String {
    format!("openapi: 3.0.3\ninfo: {{title: T, version: 1.10}}\n{lines}")
}

#[test]
fn one_file_stays_what_it_was() {
    let text = v3(
        "paths: {/a: {get: {responses: {200: {$ref: '#/components/responses/R'}}}}}\ncomponents: {responses: {R: {description: r}}}",
    );
    let bundle = bundle(&[("openapi.yaml", &text)]).unwrap();
    assert_eq!(bundle.document, Document::parse(&text, Format::Yaml).unwrap());
    assert_eq!(bundle.files, [Location::File("openapi.yaml".to_owned())]);
}

#[test]
fn what_other_files_have_becomes_components() {
    let entry = v3(
        "paths:\n  /a:\n    get:\n      parameters: [{$ref: 'common/p.yaml#/Limit'}]\n      responses:\n        200: {$ref: r.yaml}\n        404: {$ref: 'common/p.yaml#/errors/Missing'}\ncomponents: {schemas: {Pet: {type: string}}}",
    );
    let document = bundled(&[
        ("openapi.yaml", &entry),
        (
            "r.yaml",
            "description: r\ncontent: {a/b: {schema: {$ref: models/Pet.json}, examples: {e: {$ref: models/e.yaml}}}}",
        ),
        (
            "common/p.yaml",
            "Limit: {name: limit, in: query, schema: {$ref: '#/Size'}}\nSize: {type: integer}\nerrors: {Missing: {description: m}}",
        ),
        (
            "models/Pet.json",
            r#"{"properties": {"friend": {"$ref": "Pet.json"}, "own": {"$ref": "../openapi.yaml#/components/schemas/Pet"}}}"#,
        ),
        ("models/e.yaml", "value: 1\nexternalValue: ./x.json"),
    ]);
    assert_eq!(
        document["paths"]["/a"]["get"],
        json!({
            "parameters": [{ "$ref": "#/components/parameters/Limit" }],
            "responses": {
                "200": { "$ref": "#/components/responses/r" },
                "404": { "$ref": "#/components/responses/Missing" },
            },
        })
    );
    assert_eq!(
        document["components"],
        json!({
            "schemas": {
                "Pet": { "type": "string" },
                "Size": { "type": "integer" },
                "models_Pet": { "properties": {
                    "friend": { "$ref": "#/components/schemas/models_Pet" },
                    "own": { "$ref": "#/components/schemas/Pet" },
                } },
            },
            "parameters": { "Limit": {
                "name": "limit", "in": "query", "schema": { "$ref": "#/components/schemas/Size" } } },
            "responses": {
                "r": { "description": "r", "content": { "a/b": {
                    "schema": { "$ref": "#/components/schemas/models_Pet" },
                    "examples": { "e": { "$ref": "#/components/examples/e" } },
                } } },
                "Missing": { "description": "m" },
            },
            "examples": { "e": { "value": 1, "externalValue": "./x.json" } },
        })
    );
}

#[test]
fn a_component_that_is_only_a_reference_is_where_the_file_goes() {
    let entry = v3(
        "paths: {/a: {get: {responses: {200: {description: r, content: {a/b: {schema: {$ref: Pet.yaml}}}}}}}}\ncomponents: {schemas: {Animal: {$ref: Pet.yaml}, Other: {$ref: Pet.yaml}}}",
    );
    let document = bundled(&[("o.yaml", &entry), ("Pet.yaml", "items: {$ref: Pet.yaml}")]);
    assert_eq!(
        document["components"]["schemas"],
        json!({
            "Animal": { "items": { "$ref": "#/components/schemas/Animal" } },
            "Other": { "$ref": "#/components/schemas/Animal" },
        })
    );
}

#[test]
fn path_items_operations_and_maps_take_the_place_of_what_refers_to_them() {
    let entry = v3(
        "paths:\n  /a: {$ref: paths/a.yaml, summary: own}\n  /b: {get: {$ref: paths/b_get.yaml}, parameters: {$ref: 'paths/a.yaml#/parameters'}}\n  /c: {$ref: 'all.yaml#/~1c'}\n",
    );
    let document = bundled(&[
        ("openapi.yaml", &entry),
        (
            "paths/a.yaml",
            "summary: theirs\nparameters: [{$ref: '../p.yaml'}]\nget: {operationId: a, responses: {$ref: responses.yaml}}",
        ),
        ("paths/b_get.yaml", "operationId: b\nx-code: {$ref: ../code/b.txt}"),
        ("paths/responses.yaml", "200: {$ref: '../r.yaml'}"),
        ("p.yaml", "{name: p, in: query}"),
        ("r.yaml", "description: r"),
        ("code/b.txt", "curl: - x\n\t"),
        ("all.yaml", "/c: {$ref: '#/d'}\nd: {post: {operationId: d}}"),
    ]);
    assert_eq!(
        document["paths"],
        json!({
            "/a": {
                "summary": "own",
                "parameters": [{ "$ref": "#/components/parameters/p" }],
                "get": { "operationId": "a", "responses": { "200": { "$ref": "#/components/responses/r" } } },
            },
            "/b": {
                "get": { "operationId": "b", "x-code": "curl: - x\n\t" },
                "parameters": [{ "$ref": "#/components/parameters/p" }],
            },
            "/c": { "post": { "operationId": "d" } },
        })
    );
}

#[test]
fn definitions_of_2_0_have_their_own_sections() {
    let document = bundled(&[
        (
            "swagger.json",
            r#"{"swagger": "2.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {
                "parameters": [{"$ref": "p.json#/p"}], "responses": {"200": {"$ref": "r.json"}}}}}}"#,
        ),
        ("p.json", r#"{"p": {"name": "b", "in": "body", "schema": {"$ref": "s.json#/definitions/S"}}}"#),
        ("r.json", r#"{"description": "r", "schema": {"$ref": "s.json#/definitions/S"}}"#),
        ("s.json", r##"{"definitions": {"S": {"properties": {"s": {"$ref": "#/definitions/S"}}}}}"##),
    ]);
    assert_eq!(
        document["definitions"],
        json!({ "S": { "properties": { "s": { "$ref": "#/definitions/S" } } } })
    );
    assert_eq!(document["parameters"]["p"]["schema"]["$ref"], "#/definitions/S");
    assert_eq!(document["responses"]["r"]["schema"]["$ref"], "#/definitions/S");
}

#[test]
fn mappings_and_links_follow() {
    let entry = v3(
        "paths:\n  /a: {$ref: a.yaml}\n  /b: {get: {responses: {200: {description: r, links: {next: {operationRef: 'a.yaml#/get'}}}}}}\ncomponents:\n  schemas:\n    Pet: {oneOf: [{$ref: dog.yaml}], discriminator: {propertyName: k, mapping: {dog: dog.yaml, cat: Cat, cow: '#/components/schemas/Pet'}}}\n",
    );
    let document = bundled(&[
        ("openapi.yaml", &entry),
        (
            "a.yaml",
            "get: {responses: {200: {description: r, links: {self: {operationRef: '#/get'}, b: {operationRef: 'openapi.yaml#/paths/~1b/get'}}}}}",
        ),
        (
            "dog.yaml",
            "discriminator: {propertyName: k, mapping: {self: '#', pet: 'openapi.yaml#/components/schemas/Pet'}}",
        ),
    ]);
    let links = |path: &str| document["paths"][path]["get"]["responses"]["200"]["links"].clone();
    assert_eq!(links("/b")["next"]["operationRef"], "#/paths/~1a/get");
    assert_eq!(links("/a")["self"]["operationRef"], "#/paths/~1a/get");
    assert_eq!(links("/a")["b"]["operationRef"], "#/paths/~1b/get");
    let mapping = |name: &str| document["components"]["schemas"][name]["discriminator"]["mapping"].clone();
    assert_eq!(
        mapping("Pet"),
        json!({ "dog": "#/components/schemas/dog", "cat": "Cat", "cow": "#/components/schemas/Pet" })
    );
    assert_eq!(
        mapping("dog"),
        json!({ "self": "#/components/schemas/dog", "pet": "#/components/schemas/Pet" })
    );
}

#[test]
fn parts_of_the_entry_file_that_only_references_reach_are_looked_into() {
    let entry = v3(
        "paths: {/a: {get: {responses: {200: {$ref: '#/x-shared/R'}}}}}\nx-shared: {R: {description: r, content: {a/b: {schema: {$ref: s.yaml}}}}}",
    );
    let document = bundled(&[("openapi.yaml", &entry), ("s.yaml", "type: string")]);
    assert_eq!(
        document["x-shared"]["R"]["content"]["a/b"]["schema"],
        json!({ "$ref": "#/components/schemas/s" })
    );
}

#[test]
fn addresses_are_asked_for_and_need_not_be_had() {
    let entry = v3(
        "paths: {/a: {get: {responses: {200: {$ref: 'https://b.test/x/r.yaml#/R'}, 201: {$ref: 'https://c.test/r.yaml'}, 202: {$ref: none.yaml}}}}}",
    );
    let files = [
        ("https://a.test/v1/openapi.yaml", &*entry),
        ("https://b.test/x/r.yaml", "R: {description: r, content: {a/b: {schema: {$ref: s.yaml}}}}"),
        ("https://b.test/x/s.yaml", "type: string"),
    ];
    let bundle = bundle(&files).unwrap();
    let missing: Vec<_> = bundle.missing.iter().map(Location::as_str).collect();
    assert_eq!(missing, ["https://c.test/r.yaml", "https://a.test/v1/none.yaml"]);
    assert_eq!(bundle.files.len(), 3);
    let warnings: Vec<_> = bundle.document.warnings().iter().map(|warning| &*warning.pointer).collect();
    assert_eq!(warnings, ["/paths/~1a/get/responses/201", "/paths/~1a/get/responses/202"]);
    assert_eq!(bundle.document.as_value()["components"]["schemas"]["s"]["type"], "string");
}

#[test]
fn the_order_in_which_files_come_changes_nothing() {
    let entry = v3(
        "paths: {}\ncomponents: {schemas: {A: {allOf: [{$ref: a/x.yaml}, {$ref: b/x.yaml}, {$ref: c.yaml}]}}}",
    );
    let files = [
        ("a/x.yaml", "$ref: ../c.yaml"),
        ("b/x.yaml", "items: {$ref: y.yaml}"),
        ("b/y.yaml", "{}"),
        ("c.yaml", "{}"),
    ];
    let expected = bundled(&[&[("o.yaml", &*entry)], &files[..]].concat());
    let mut bundler = Bundler::new(Location::File("o.yaml".to_owned()), entry.clone()).unwrap();
    while bundler.needs().unwrap().is_some() {
        let needed: Vec<_> = bundler.files.awaited().cloned().collect();
        for location in needed.iter().rev() {
            let (_, text) = files.iter().find(|(path, _)| *path == location.as_str()).unwrap();
            bundler.give(location, (*text).to_owned()).unwrap();
        }
    }
    assert_eq!(*bundler.finish().unwrap().document.as_value(), expected);
    // And what is in one piece stays so.
    assert_eq!(bundled(&[("o.json", &expected.to_string())]), expected);
}

#[test]
fn faults_name_the_file_and_the_place() {
    let entry = v3("paths: {/a: {$ref: a.yaml}}");
    let with = |text: &str| fault(&[("o.yaml", &entry), ("a.yaml", text)]);
    assert_eq!(
        with("get:\n  responses: {200: text}"),
        "`a.yaml`: `/get/responses/200` is text and must be an object (line 2, column 20); correct it, or write an object there"
    );
    assert!(with("get: {}\nget: {}").starts_with("`a.yaml`: the key `get` occurs twice"));
    assert!(with("get: [").starts_with("`a.yaml`: the document is not YAML: "));
    assert_eq!(
        with("get:\n  requestBody: {$ref: ../../b.yaml}"),
        "`a.yaml`: `/get/requestBody/$ref` refers to `../../b.yaml`, which is outside of the folder (line 2, column 23); send the folder above, too"
    );
    assert_eq!(
        fault(&[("o.yaml", &entry)]),
        "`o.yaml`: `/paths/~1a/$ref` (`a.yaml`) is not to be had, so that the operations are not known (line 3, column 20); send the file, too"
    );
    assert!(with("$ref: a.yaml").contains("is part of itself"), "{}", with("$ref: a.yaml"));
    let fault = bundle(&[("o.yaml", "openapi: 3.0.0\ninfo: {}\npaths: {}")]).unwrap_err();
    assert_eq!((fault.file(), fault.pointer()), (Some("o.yaml"), Some("/info/title")));
    assert_eq!(fault.place().map(|place| place.line), Some(2));
}

#[test]
fn files_that_multiply_are_bounded() {
    let entry = v3("paths: {/a: {get: {x-a: {$ref: 0.yaml}}}}");
    let bomb: Vec<_> = (0..12)
        .map(|level| {
            let reference = format!("{{$ref: {}.yaml}}", level + 1);
            (format!("{level}.yaml"), format!("[{}]", vec![reference; 10].join(", ")))
        })
        .collect();
    let mut files = vec![("o.yaml", &*entry)];
    files.extend(bomb.iter().map(|(path, text)| (&**path, &**text)));
    files.push(("12.yaml", "x"));
    assert!(fault(&files).contains("becomes larger than 128 MiB"), "{}", fault(&files));
}
