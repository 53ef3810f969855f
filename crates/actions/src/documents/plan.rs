//! What a new document means for the endpoints that are there. No I/O.

use std::collections::HashMap;

use model::endpoint::{Endpoint, Method};

use crate::import::Servable;

/// What is to be done so that the endpoints agree with a document.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// To be made.
    pub(crate) add: Vec<&'a Servable>,
    /// To be described in the words of the new document.
    pub(crate) describe: Vec<(&'a Endpoint, Words<'a>)>,
    /// To be removed: the former document had them, and the new one does not.
    pub(crate) remove: Vec<&'a Endpoint>,
}

/// What an endpoint is to be called.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Words<'a> {
    pub(crate) name: &'a str,
    pub(crate) description: Option<&'a str>,
    /// With the parameters' names.
    pub(crate) operation: &'a Servable,
}

/// What a call is matched by: two operations with the same are the same one.
type Key = (Method, String);

fn by_key(operations: &[Servable]) -> HashMap<Key, &Servable> {
    operations.iter().map(|operation| ((operation.method, operation.path.shape()), operation)).collect()
}

/// Compares the endpoints of a collection with what its former and its new document say.
///
/// An endpoint that neither document has was made by hand and stays as it is. Name and description
/// are the document's only where they still are what the former document says; whoever changed them
/// meant it. The names of parameters always follow the document, since they are how both are matched
/// when it is published.
pub(crate) fn plan<'a>(endpoints: &'a [Endpoint], before: &'a [Servable], after: &'a [Servable]) -> Plan<'a> {
    let (former, present) = (by_key(before), by_key(after));
    let mut missing = present.clone();
    let mut plan = Plan { add: Vec::new(), describe: Vec::new(), remove: Vec::new() };
    for endpoint in endpoints {
        let key = (endpoint.method, endpoint.path.shape());
        match (former.get(&key), missing.remove(&key)) {
            (old, Some(operation)) => {
                let words = words(endpoint, old.copied(), operation);
                if !words.are_those_of(endpoint) {
                    plan.describe.push((endpoint, words));
                }
            }
            (Some(_), None) => plan.remove.push(endpoint),
            (None, None) => {}
        }
    }
    let is_missing =
        |operation: &&Servable| missing.contains_key(&(operation.method, operation.path.shape()));
    plan.add = after.iter().filter(is_missing).collect();
    plan
}

fn words<'a>(endpoint: &'a Endpoint, old: Option<&Servable>, operation: &'a Servable) -> Words<'a> {
    let (own_name, own_description) = (endpoint.name.as_str(), endpoint.description.as_deref());
    let has_old_name = old.is_some_and(|old| old.name == own_name);
    let has_old_description = old.is_some_and(|old| old.description.as_deref() == own_description);
    Words {
        name: if has_old_name { &operation.name } else { own_name },
        description: if has_old_description { operation.description.as_deref() } else { own_description },
        operation,
    }
}

impl Words<'_> {
    fn are_those_of(&self, endpoint: &Endpoint) -> bool {
        self.name == endpoint.name
            && self.description == endpoint.description.as_deref()
            && self.operation.path == endpoint.path
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use model::id::{CollectionId, EndpointId, RecipeId};
    use model::path::PathTemplate;

    use super::*;

    fn operation(method: Method, path: &str, name: &str) -> Servable {
        Servable {
            name: name.to_owned(),
            description: None,
            method,
            path: PathTemplate::parse(path).unwrap(),
        }
    }

    fn endpoint(id: i64, operation: &Servable) -> Endpoint {
        Endpoint {
            id: EndpointId(id),
            collection: CollectionId(1),
            recipe: RecipeId(id),
            name: operation.name.clone(),
            description: operation.description.clone(),
            method: operation.method,
            path: operation.path.clone(),
            active: true,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// What is added, described and removed, each by its name.
    fn told(plan: &Plan<'_>) -> (Vec<String>, Vec<String>, Vec<String>) {
        (
            plan.add.iter().map(|operation| operation.name.clone()).collect(),
            plan.describe
                .iter()
                .map(|(_, words)| format!("{} /{}", words.name, words.operation.path))
                .collect(),
            plan.remove.iter().map(|endpoint| endpoint.name.clone()).collect(),
        )
    }

    fn names(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn operations_are_matched_by_method_and_shape() {
        let before = [
            operation(Method::Get, "/quotes/{id}", "Read"),
            operation(Method::Get, "/quotes", "List"),
            operation(Method::Delete, "/quotes/{id}", "Delete"),
        ];
        let after = [
            operation(Method::Post, "/quotes", "Make"),
            operation(Method::Get, "/quotes", "List"),
            operation(Method::Get, "/quotes/{number}", "Read"),
        ];
        let endpoints: Vec<_> = (1..).zip(&before).map(|(id, one)| endpoint(id, one)).collect();
        let plan = plan(&endpoints, &before, &after);
        assert_eq!(told(&plan), (names(&["Make"]), names(&["Read /quotes/{number}"]), names(&["Delete"])));
    }

    #[test]
    fn words_that_people_have_changed_stay() {
        let (old, new) = (operation(Method::Get, "/a", "Old"), operation(Method::Get, "/a", "New"));
        let (before, after) = ([old.clone()], [new]);
        let untouched = [endpoint(1, &old)];
        assert_eq!(told(&plan(&untouched, &before, &after)).1, ["New /a"]);
        let renamed = [Endpoint { name: "Mine".to_owned(), ..endpoint(1, &old) }];
        assert_eq!(told(&plan(&renamed, &before, &after)).1, names(&[]));
        let described = [Endpoint { description: Some("Mine".to_owned()), ..endpoint(1, &old) }];
        let plan = plan(&described, &before, &after);
        assert_eq!((plan.describe[0].1.name, plan.describe[0].1.description), ("New", Some("Mine")));
    }

    #[test]
    fn an_endpoint_that_no_document_had_stays() {
        let (listed, by_hand) = (operation(Method::Get, "/a", "A"), operation(Method::Get, "/b/{x}", "Mine"));
        let endpoints = [endpoint(1, &listed), endpoint(2, &by_hand)];
        let before = [listed];
        assert_eq!(told(&plan(&endpoints, &before, &[])), (vec![], vec![], names(&["A"])));
        // Once a document has it too, it is the same endpoint still, under its own name.
        let after = [operation(Method::Get, "/b/{id}", "B")];
        let plan = plan(&endpoints, &before, &after);
        assert_eq!(told(&plan), (vec![], names(&["Mine /b/{id}"]), names(&["A"])));
    }

    #[test]
    fn nothing_is_to_be_done_when_nothing_changed() {
        let operations = [operation(Method::Get, "/a", "A"), operation(Method::Put, "/a", "B")];
        let endpoints: Vec<_> = (1..).zip(&operations).map(|(id, one)| endpoint(id, one)).collect();
        assert_eq!(told(&plan(&endpoints, &operations, &operations)), (vec![], vec![], vec![]));
    }
}
