//! What the gateway would decide about a call, without the call being made.

use std::net::IpAddr;

use serde::Serialize;

use crate::endpoint::Method;
use crate::id::{ClientId, CollectionId, EndpointId, KeyId};
use crate::secret::Digest;

/// A call that could be made.
#[derive(Debug, Clone)]
pub struct Question {
    /// Who would make it.
    pub caller: Presented,
    /// Where the connection would come from.
    pub from: IpAddr,
    /// With which method.
    pub method: Method,
    /// Path and query, as they would be sent.
    pub target: String,
    /// Names in lower case and values of other headers, such as `origin` or `x-forwarded-for`.
    pub headers: Vec<(String, String)>,
}

/// Who would make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// Somebody with a credential in [`Question::headers`], or without any.
    Headers,
    /// Somebody with the token that has this digest.
    Token(Digest),
    /// Somebody with a valid credential of this key, whatever its kind.
    Key(KeyId),
}

/// What would be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What would become of the call.
    pub decision: Decision,
    /// The status that the gateway would answer with; absent if somebody else answers.
    pub status: Option<u16>,
    /// The code of the refusal, as the call log has it.
    pub code: Option<u16>,
    /// The rule that decides, as a sentence.
    pub rule: String,
    /// The address that rules about addresses go by.
    pub address: IpAddr,
    /// The path as it is matched; absent if it is malformed.
    pub path: Option<String>,
    /// Where the call would be forwarded to.
    pub upstream: Option<String>,
    /// As far as the decision gets.
    #[serde(rename = "api_collection_id")]
    pub collection: Option<CollectionId>,
    /// As far as the decision gets.
    #[serde(rename = "api_endpoint_id")]
    pub endpoint: Option<EndpointId>,
    /// As far as the decision gets.
    #[serde(rename = "api_client_id")]
    pub client: Option<ClientId>,
    /// As far as the decision gets.
    #[serde(rename = "api_key_id")]
    pub key: Option<KeyId>,
    /// How far the limits are, if the decision gets there.
    pub limits: Vec<ExplainedLimit>,
}

/// What would become of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// An upstream would answer.
    Forward,
    /// An example would answer.
    Mock,
    /// A browser's question would be answered.
    Preflight,
    /// The gateway would refuse it.
    Refuse,
}

impl Decision {
    /// As it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Mock => "mock",
            Self::Preflight => "preflight",
            Self::Refuse => "refuse",
        }
    }
}

/// How far a limit is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedLimit {
    /// As the header `RateLimit` names it.
    pub name: &'static str,
    /// Calls in a window.
    pub limit: u32,
    /// The length of the window, in seconds.
    pub window_s: u32,
    /// Calls left in the window, as far as this node knows.
    pub remaining: u32,
    /// Seconds until the window is over.
    pub reset_s: u32,
}
