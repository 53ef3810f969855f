use jiff::Timestamp;
use model::{
    AuthType, BaseUrl, Forwarding, IpRange, IpRules, PackedIpRules, PathTemplate, RecipeId, RecipeKind,
};
use store::serving::{ServedCollection, ServedEndpoint, ServedKey};

use super::*;
use crate::keys::tests::{client, key, token};
use crate::mock::shelf::Shelf;
use crate::origin::Origins;
use crate::refusal::Methods;

/// Headers as a caller would send them.
pub(crate) struct Sent(Vec<(String, String)>);

impl Sent {
    pub(crate) fn new(headers: &[(&str, &str)]) -> Self {
        Self(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

impl Headers for Sent {
    fn all<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h [u8]> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_bytes())
    }
}

/// Stands still.
struct At(Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn instant(&self) -> std::time::Instant {
        unreachable!("no duration is measured here")
    }
}

fn endpoint(id: i64, method: Method, path: &str) -> ServedEndpoint {
    ServedEndpoint {
        id: EndpointId(id),
        method,
        path: PathTemplate::parse(path).unwrap(),
        active: true,
        recipe: RecipeId(1),
        kind: RecipeKind::Proxy,
        running: true,
        base_url: Some(BaseUrl::parse("http://backend.test:81/api").unwrap()),
        authorities: None,
        credential: None,
        forwarding: Forwarding::default(),
    }
}

/// Collection 1, `/acme/quotes-v1`, is assigned to client 1; collection 2, `/acme/other-v1`, is
/// not. Key 1 has token 1.
struct World {
    routes: RouteTable,
    keys: KeyRing,
    desk: Desk,
}

/// What the world serves.
pub(crate) fn everything() -> crate::gate::Everything {
    crate::gate::Everything {
        collections: collections(),
        policies: Vec::new(),
        clients: vec![client(1, &[1])],
        keys: vec![key(1, 1)],
        signing_secret: None,
        revocations: Vec::new(),
    }
}

/// Where time stands still, and chance too.
pub(crate) fn environment() -> model::Environment {
    struct Still(std::time::Instant);
    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }

        fn instant(&self) -> std::time::Instant {
            self.0
        }
    }
    impl model::Random for Still {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }
    #[expect(clippy::disallowed_methods, reason = "the one moment of these tests")]
    let now = std::time::Instant::now();
    model::Environment { clock: Arc::new(Still(now)), random: Arc::new(Still(now)) }
}

fn collections() -> Vec<ServedCollection> {
    let collection = |id, handle: &str, endpoints| ServedCollection {
        id: CollectionId(id),
        workspace: WorkspaceId(1),
        workspace_handle: "acme".to_owned(),
        handle: handle.to_owned(),
        cors: None,
        portals: Vec::new(),
        max_body_bytes: None,
        document: None,
        endpoints,
    };
    let endpoints = vec![
        endpoint(1, Method::Get, "/quotes/{id}"),
        ServedEndpoint { active: false, ..endpoint(2, Method::Get, "/inactive") },
        ServedEndpoint { running: false, ..endpoint(3, Method::Get, "/stopped") },
        ServedEndpoint { base_url: None, ..endpoint(4, Method::Get, "/nowhere") },
        ServedEndpoint { kind: RecipeKind::Mock, ..endpoint(5, Method::Get, "/mock") },
        ServedEndpoint { active: false, running: false, ..endpoint(6, Method::Get, "/off") },
        ServedEndpoint {
            base_url: Some(BaseUrl::parse("http://backend.test:81/base").unwrap()),
            forwarding: Forwarding { timeout_seconds: Some(2), to_base_url: true },
            ..endpoint(8, Method::Get, "/one/{id}")
        },
    ];
    let other = vec![endpoint(7, Method::Get, "/quotes/{id}")];
    vec![collection(1, "quotes-v1", endpoints), collection(2, "other-v1", other)]
}

impl World {
    fn new() -> Self {
        let routes = RouteTable::new(collections(), &Origins::default(), &Shelf::default());
        let keys = KeyRing::new();
        keys.put_client(client(1, &[1]));
        keys.put_key(&key(1, 1));
        Self { routes, keys, desk: Desk::new(jiff::SignedDuration::ZERO) }
    }

    fn call(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
    ) -> (Result<String, Refusal>, Known) {
        let mut known = Known::default();
        let target = match Target::parse(target) {
            Ok(target) => target,
            Err(refusal) => return (Err(refusal), known),
        };
        let call = Call {
            method,
            target: &target,
            headers: &Sent::new(headers),
            peer: "203.0.113.7".parse().unwrap(),
            clock: &At("2026-01-01T00:00:00Z".parse().unwrap()),
            uptime_ms: 1,
            counting: Counting::Count,
            caller: Presented::Headers,
            may_wait: false,
        };
        let view = View { routes: &self.routes, keys: &self.keys, desk: &self.desk };
        let permit = decide(view, &call, &mut known).map(|permit| match permit {
            Permit::Preflight => "preflight".to_owned(),
            Permit::Mock(_) => "mock".to_owned(),
            Permit::Wait(_) => unreachable!("nothing is waited for"),
            Permit::Forward { origin, target, in_authorization, patience, .. } => {
                assert_eq!(patience.is_some(), target.contains("/base"));
                assert!(!in_authorization);
                format!("{}{target}", origin.authority)
            }
        });
        (permit, known)
    }

    fn get(&self, target: &str) -> Result<String, Refusal> {
        self.call(Method::Get, target, &[("api-token", &token(1))]).0
    }

    fn get_with(&self, row: &ServedKey) -> Result<String, Refusal> {
        self.keys.put_key(row);
        self.get("/acme/quotes-v1/quotes/7")
    }
}

#[test]
fn a_known_caller_is_forwarded_with_the_path_that_was_checked() {
    let world = World::new();
    assert_eq!(world.get("/acme/quotes-v1/quotes/7?a=1").unwrap(), "backend.test:81/api/quotes/7?a=1");
    assert_eq!(world.get("//acme/./quotes-v1/quotes/%37").unwrap(), "backend.test:81/api/quotes/7");
    let (_, known) = world.call(Method::Get, "/acme/quotes-v1/quotes/7", &[("api-token", &token(1))]);
    let expected = Known {
        pass: Some(Pass { generation: 0, until_us: i64::MAX }),
        workspace: Some(WorkspaceId(1)),
        collection: Some(CollectionId(1)),
        endpoint: Some(EndpointId(1)),
        client: Some(ClientId(1)),
        key: Some(KeyId(1)),
        limits: Standings::default(),
        max_body_bytes: None,
    };
    assert_eq!(known, expected);
}

#[test]
fn an_endpoint_may_lead_to_the_base_url_alone() {
    let world = World::new();
    assert_eq!(world.get("/acme/quotes-v1/one/7?a=1").unwrap(), "backend.test:81/base?a=1");
}

#[test]
fn head_goes_where_get_goes() {
    let world = World::new();
    let headers = [("api-token", &*token(1))];
    assert!(world.call(Method::Head, "/acme/quotes-v1/quotes/7", &headers).0.is_ok());
}

#[test]
fn an_ambiguous_path_is_refused_before_anything_else() {
    let world = World::new();
    for target in ["/acme/../x", "/acme/%2e%2e/x", "/acme/quotes-v1/a%2fb", "/acme/a%00", "*", "/acme/\\x"] {
        let (refused, _) = world.call(Method::Get, target, &[]);
        assert_eq!(refused.unwrap_err().code(), 4000, "{target}");
    }
}

#[test]
fn a_stranger_learns_nothing_about_paths() {
    let world = World::new();
    for target in ["/acme/quotes-v1/quotes/7", "/acme/quotes-v1/inactive", "/acme/nothing/x", "/", "/acme"] {
        for method in [Method::Get, Method::Delete, Method::Options] {
            let refused = |headers: &[(&str, &str)]| world.call(method, target, headers).0;
            assert_eq!(refused(&[]), Err(Refusal::NoCredential), "{target}");
            assert_eq!(refused(&[("api-token", &token(2))]), Err(Refusal::UnknownCredential), "{target}");
        }
    }
    // The log may know what the caller may not.
    let (_, known) = world.call(Method::Get, "/acme/quotes-v1/quotes/7", &[]);
    assert_eq!((known.endpoint, known.key), (Some(EndpointId(1)), None));
}

#[test]
fn keys_and_clients_can_be_switched_off() {
    let world = World::new();
    let past = Some("2025-12-31T23:59:59Z".parse().unwrap());
    let future = Some("2026-01-01T00:00:01Z".parse().unwrap());
    assert_eq!(world.get_with(&ServedKey { active: false, ..key(1, 1) }), Err(Refusal::KeyDisabled));
    assert_eq!(
        world.get_with(&ServedKey { expires_at: past, ..key(1, 1) }),
        Err(Refusal::Expired("the key has expired"))
    );
    assert!(world.get_with(&ServedKey { expires_at: future, ..key(1, 1) }).is_ok());
    world.keys.put_client(store::serving::ServedClient { active: false, ..client(1, &[1]) });
    assert_eq!(world.get("/acme/quotes-v1/quotes/7"), Err(Refusal::ClientDisabled));
}

#[test]
fn a_token_opens_nothing_for_clients_that_authenticate_otherwise() {
    let world = World::new();
    for auth_type in [AuthType::Jwt, AuthType::Oauth2, AuthType::Oidc] {
        assert_eq!(world.get_with(&ServedKey { auth_type, ..key(1, 1) }), Err(TokenFault::NotByToken.into()));
    }
    assert!(world.get_with(&key(1, 1)).is_ok());
}

#[test]
fn an_access_profile_has_collections_of_its_own() {
    let world = World::new();
    let own = |ids: &[i64]| Some(ids.iter().map(|id| CollectionId(*id)).collect());
    let with = |ids: &[i64]| world.get_with(&ServedKey { collections: own(ids), ..key(1, 1) });
    assert_eq!(with(&[]), Err(Refusal::CollectionNotAssigned));
    assert_eq!(with(&[2]), Err(Refusal::CollectionNotAssigned));
    assert!(with(&[2, 1]).is_ok());
    // Whatever its client may call.
    world.keys.put_client(client(1, &[]));
    assert!(world.get("/acme/quotes-v1/quotes/7").is_ok());
}

#[test]
fn a_denied_address_beats_an_allowed_one() {
    let world = World::new();
    let list = |text: &str| vec![IpRange::parse(text).unwrap()];
    let with = |allow, deny| {
        world.get_with(&ServedKey { rules: PackedIpRules::from(&IpRules { allow, deny }), ..key(1, 1) })
    };
    assert!(with(list("203.0.113.0/24"), vec![]).is_ok());
    assert_eq!(with(list("203.0.113.0/24"), list("203.0.113.7")), Err(Refusal::AddressDenied));
    assert_eq!(with(list("198.51.100.0/24"), vec![]), Err(Refusal::AddressNotAllowed));
}

#[test]
fn a_known_caller_learns_what_is_wrong_with_the_path() {
    let world = World::new();
    let refused = |path: &str| world.get(path).unwrap_err();
    assert_eq!(refused("/acme/nothing-v1/x"), Refusal::UnknownPath);
    assert_eq!(refused("/acme/quotes-v1/nothing"), Refusal::UnknownPath);
    assert_eq!(refused("/acme/other-v1/quotes/7"), Refusal::CollectionNotAssigned);
    assert_eq!(refused("/acme/other-v1/nothing"), Refusal::CollectionNotAssigned);
    assert_eq!(refused("/acme/quotes-v1/inactive"), Refusal::EndpointInactive);
    assert_eq!(refused("/acme/quotes-v1/off"), Refusal::EndpointInactive);
    assert_eq!(refused("/acme/quotes-v1/stopped"), Refusal::RecipeStopped);
    assert_eq!(refused("/acme/quotes-v1/nowhere").code(), 5031);
    assert_eq!(refused("/acme/quotes-v1/mock").code(), 5031);
    let allowed: Methods = [Method::Get, Method::Head].into_iter().collect();
    let (put, _) = world.call(Method::Put, "/acme/quotes-v1/quotes/7", &[("api-token", &token(1))]);
    assert_eq!(put, Err(Refusal::MethodNotAllowed(allowed)));
}

#[test]
fn nothing_crosses_a_workspace() {
    let world = World::new();
    world.keys.put_client(store::serving::ServedClient { workspace: WorkspaceId(2), ..client(1, &[1]) });
    assert_eq!(world.get("/acme/quotes-v1/quotes/7"), Err(Refusal::CollectionNotAssigned));
}

#[test]
fn a_preflight_is_answered_alike_everywhere() {
    let world = World::new();
    let asks = [("origin", "https://portal.test"), ("access-control-request-method", "GET")];
    for target in ["/acme/quotes-v1/quotes/7", "/acme/nothing/x", "/", "/x"] {
        assert_eq!(
            world.call(Method::Options, target, &asks),
            (Ok("preflight".to_owned()), Known::default())
        );
    }
    assert_eq!(world.call(Method::Options, "/x", &asks[..1]).0, Err(Refusal::NoCredential));
    assert_eq!(world.call(Method::Get, "/x", &asks).0, Err(Refusal::NoCredential));
}

#[test]
fn before_anything_is_loaded_nothing_is_denied() {
    let world = World { routes: RouteTable::default(), ..World::new() };
    assert_eq!(world.get("/acme/quotes-v1/quotes/7").unwrap_err().code(), 5032);
}
