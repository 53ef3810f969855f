//! What is asked of every target: the same request, the same answer, in the same way.

use serde::Serialize;

/// One kind of call and how it is made.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Scenario {
    /// As the command line and the report name it.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) title: &'static str,
    /// The request's method.
    pub(crate) method: &'static str,
    /// The request's path at the upstream.
    pub(crate) path: &'static str,
    /// The length of the request's body.
    pub(crate) body_bytes: usize,
    /// The length of the answer's body; anything else is a fault.
    pub(crate) answer_bytes: usize,
    /// How many connections there are at the same time.
    pub(crate) connections: usize,
    /// How many calls a second they make together; without it, each as fast as it is answered.
    pub(crate) rate: Option<u32>,
    /// Whether each call opens a connection of its own.
    pub(crate) reconnects: bool,
    /// What calls carry.
    pub(crate) credential: Credential,
    /// How many more connections are open, each of which has made one call and makes none any more.
    pub(crate) idle: usize,
}

/// What a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Credential {
    /// The token of one of all keys.
    Key,
    /// The token of a key whose client has a policy.
    Governed,
    /// A token that somebody signed.
    Signed,
}

impl Credential {
    /// What stands before it in a request.
    pub(crate) const fn header(self) -> &'static str {
        match self {
            Self::Key | Self::Governed => "api-token: ",
            Self::Signed => "Authorization: Bearer ",
        }
    }
}

/// 1 KiB, the length of the usual answer.
const KIB: usize = 1024;

/// The usual call, of which each scenario says how it differs.
const GET_1K: Scenario = Scenario {
    name: "get1k",
    title: "GET, answer of 1 KiB, 64 keep-alive connections",
    method: "GET",
    path: "/kib",
    body_bytes: 0,
    answer_bytes: KIB,
    connections: 64,
    rate: None,
    reconnects: false,
    credential: Credential::Key,
    idle: 0,
};

/// All of them, in the order in which they run.
pub(crate) const SCENARIOS: &[Scenario] = &[
    GET_1K,
    Scenario {
        name: "steady",
        title: "GET, answer of 1 KiB, 5,000 calls a second over 64 keep-alive connections",
        rate: Some(5_000),
        ..GET_1K
    },
    Scenario {
        name: "get100k",
        title: "GET, answer of 100 KiB, 64 keep-alive connections",
        path: "/hundred",
        answer_bytes: 100 * KIB,
        ..GET_1K
    },
    Scenario {
        name: "post4k",
        title: "POST of 4 KiB, answer of 1 KiB, 64 keep-alive connections",
        method: "POST",
        body_bytes: 4 * KIB,
        ..GET_1K
    },
    Scenario {
        name: "newconn",
        title: "GET, answer of 1 KiB, a new connection for each call, 16 at a time",
        connections: 16,
        reconnects: true,
        ..GET_1K
    },
    Scenario {
        name: "governed",
        title: "GET, answer of 1 KiB, 64 keep-alive connections, keys under a rate limit and a quota",
        credential: Credential::Governed,
        ..GET_1K
    },
    Scenario {
        name: "jwt",
        title: "GET, answer of 1 KiB, 64 keep-alive connections, tokens signed with RS256",
        credential: Credential::Signed,
        ..GET_1K
    },
    Scenario {
        name: "idle",
        title: "GET, answer of 1 KiB, 5,000 calls a second over 64 keep-alive connections, beside 1,000 that are idle",
        rate: Some(5_000),
        idle: 1_000,
        ..GET_1K
    },
];

/// The scenario of this name.
pub(crate) fn named(name: &str) -> Result<&'static Scenario, String> {
    SCENARIOS.iter().find(|scenario| scenario.name == name).ok_or_else(|| {
        let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        format!("there is no scenario `{name}`; there are {}", names.join(", "))
    })
}
