//! Every route and everybody who may come to it. What is expected follows from what the route declares,
//! and from nothing that it was seen to answer.

use std::net::SocketAddr;

use actions::TokenDraft;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use management::{Access, Route};
use model::access::{Privilege, Role};
use model::id::ProjectId;
use model::net::{IpRange, IpRules};
use serde_json::Value;

use crate::matching::things;
use crate::openapi::example;
use crate::world::{Answer, World};

/// Who comes to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visitor {
    /// Nobody says who they are.
    Anonymous,
    /// A token that was never issued.
    WrongToken,
    /// A token whose end has come.
    ExpiredToken,
    /// A token that may be used from elsewhere only.
    WrongAddress,
    /// A cookie, such as the one of a site's session.
    Cookie,
    /// A key for calls of the gateway.
    GatewayKey,
    /// A token of this workspace with this role.
    Member(Role),
    /// An administrator's token of another workspace.
    Stranger,
    /// An administrator's token that is restricted to a project in which nothing lies.
    Restricted,
}

/// What a visitor meets.
#[derive(Debug, PartialEq, Eq)]
enum Reception {
    /// It does not matter who they are.
    Open,
    /// They are not let in, and not told why.
    Unknown,
    /// Their role is not enough.
    Lacking,
    /// Their role is enough, and their projects are not.
    OutOfReach,
    /// They are let in.
    Welcome,
    /// They are let in, and what they ask for is not there for them.
    NothingThere,
}

fn declared(route: &Route, visitor: Visitor) -> Reception {
    let is_one_thing = route.path.contains('{');
    match (route.access, visitor) {
        (Access::Anyone, _) => Reception::Open,
        (Access::Needs(privilege), Visitor::Member(role)) if !role.may(privilege) => Reception::Lacking,
        (_, Visitor::Member(_)) => Reception::Welcome,
        (Access::Needs(privilege), Visitor::Restricted) if !privilege.is_of_projects() => {
            Reception::OutOfReach
        }
        // Clients of all projects share the policies.
        (Access::Needs(Privilege::ListPolicies), Visitor::Restricted) => Reception::Welcome,
        (_, Visitor::Stranger | Visitor::Restricted) if is_one_thing => Reception::NothingThere,
        (_, Visitor::Stranger | Visitor::Restricted) => Reception::Welcome,
        _ => Reception::Unknown,
    }
}

fn met(route: &Route, visitor: Visitor, answer: &Answer) -> Reception {
    let message =
        answer.headers.get("content-type").is_some_and(|kind| kind == "application/json").then(|| {
            serde_json::from_str::<Value>(&answer.text).unwrap_or_default()["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        });
    match (answer.status.as_u16(), message.as_deref()) {
        (401, Some("Unauthorized")) => Reception::Unknown,
        (401, Some("Unauthorized: the role of this token does not include this action")) => {
            Reception::Lacking
        }
        (
            401,
            Some("Unauthorized: this token is restricted to projects, and this is about the whole workspace"),
        ) => Reception::OutOfReach,
        (500.., _) => panic!("{visitor:?} {} {}: {}", route.method, route.path, answer.text),
        _ if route.access == Access::Anyone => Reception::Open,
        (404, _)
            if matches!(visitor, Visitor::Stranger | Visitor::Restricted) && route.path.contains('{') =>
        {
            Reception::NothingThere
        }
        _ => Reception::Welcome,
    }
}

/// The path of a route to the things that [`things`] makes. The token that asks is not among them.
pub(crate) fn path(route: &Route) -> String {
    let mut path =
        route.path.replace("{developer_api_client_id}", "2").replace("{api_access_profile_id}", "2");
    while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
        path.replace_range(start..=end, "1");
    }
    path
}

#[test]
fn a_viewer_reads_and_does_nothing_else() {
    for route in management::routes() {
        let Access::Needs(privilege) = route.access else { continue };
        let is_secret =
            matches!(privilege, Privilege::ManageTokens | Privilege::ReadAudit | Privilege::ManageMail);
        // Who asks what would be decided changes nothing; the question is too large for a path.
        let asks = route.method == "GET" || route.path == "/api/portico/v1/explain";
        let reads = asks && !is_secret;
        assert_eq!(Role::Viewer.may(privilege), reads, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn everybody_meets_what_the_route_declares() {
    let description = management::openapi();
    for route in management::routes() {
        // Each route meets a world in which nothing has been deleted.
        let world = World::new().await;
        let ada = world.admin("main").await;
        things(&ada).await;
        let key = ada
            .post("/api/v2/api_clients/1/api_keys", serde_json::json!({ "name": "G", "active": true }))
            .await;
        let key = key.ok()["data"]["auth_token"].as_str().unwrap().to_owned();
        let draft = |name: &str| TokenDraft {
            name: name.to_owned(),
            role: Role::Admin,
            projects: None,
            rules: IpRules::default(),
            expires_at: None,
        };
        let elsewhere = IpRules { allow: vec![IpRange::parse("203.0.113.9").unwrap()], deny: Vec::new() };
        let elsewhere =
            world.token_of(&ada.actor, TokenDraft { rules: elsewhere, ..draft("elsewhere") }).await;
        let end = Some("2025-02-12T04:00:00Z".parse().unwrap());
        let expired = world.token_of(&ada.actor, TokenDraft { expires_at: end, ..draft("expired") }).await;
        let mut members = Vec::new();
        for role in Role::ALL {
            let token = world.token(&ada.actor, &format!("as {role}"), *role).await;
            members.push((Visitor::Member(*role), token));
        }
        let stranger = world.admin("other").await.token;
        let empty = ada.post("/api/folders", serde_json::json!({ "name": "Empty" })).await.ok();
        let empty = ProjectId(empty["project_id"].as_i64().unwrap());
        let restricted = TokenDraft { projects: Some(vec![empty]), ..draft("restricted") };
        let restricted = world.token_of(&ada.actor, restricted).await;
        world.set_clock("2025-02-12T04:00:01Z");

        let mut visitors = vec![
            (Visitor::Anonymous, String::new()),
            (Visitor::WrongToken, format!("portico_{}", "0".repeat(64))),
            (Visitor::ExpiredToken, expired),
            (Visitor::WrongAddress, elsewhere),
            (Visitor::Cookie, ada.token.clone()),
            (Visitor::GatewayKey, key),
            (Visitor::Stranger, stranger),
            (Visitor::Restricted, restricted),
        ];
        // The mightiest last: it may delete what the others ask for.
        members.reverse();
        visitors.extend(members);
        let schema = &description["paths"][&route.path][route.method.to_lowercase()]["requestBody"]["content"]
            ["application/json"]["schema"]["$ref"];
        let body =
            schema.as_str().map(|schema| example(&description, schema).to_string()).unwrap_or_default();
        for (visitor, token) in visitors {
            let request = Request::builder()
                .method(route.method)
                .uri(path(&route))
                .header("content-type", "application/json")
                .header("if-match", "*");
            let request = match visitor {
                Visitor::Anonymous => request,
                Visitor::Cookie => request.header("cookie", format!("session={token}; token={token}")),
                _ => request.header("authorization", format!("Bearer {token}")),
            };
            let mut request = request.body(Body::from(body.clone())).unwrap();
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 40_000))));
            let answer = world.send(request).await;
            let met = met(&route, visitor, &answer);
            assert_eq!(
                met,
                declared(&route, visitor),
                "{visitor:?} {} {}: {}",
                route.method,
                route.path,
                answer.text
            );
        }
    }
}
