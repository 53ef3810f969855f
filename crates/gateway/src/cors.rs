//! Which pages of other sites browsers let call (CORS, in the Fetch standard, section 3.3).
//!
//! The answer to a browser's question is the same for every path of a workspace, since it is asked before
//! anybody is known: it is what any of the workspace's collections allows the page's site. Whether a page
//! may read the answer to its call is up to the collection; refusals, again, are the same for all.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue};
use model::cors::{Cors, Origin};

/// The headers of ours that pages may always read.
const OURS: [&str; 7] = [
    "x-request-id",
    "retry-after",
    "ratelimit",
    "ratelimit-policy",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
];

/// Every header; `Authorization` has to be named (Fetch standard, section 4.8).
const ANY_HEADER: &str = "*, authorization";

/// What a collection allows: its own setting, and the portals on which it is published.
#[derive(Debug)]
pub(crate) struct Rules {
    grants: Vec<(Origin, Grant)>,
    sites: Sites,
}

/// What pages of a site may do. `None` is everything.
#[derive(Debug, Clone)]
struct Grant {
    methods: Option<Vec<String>>,
    headers: Option<Vec<String>>,
    exposed: Option<Vec<String>>,
    max_age: i64,
}

impl Grant {
    /// For the pages of portals, on which everything can be tried out.
    const PORTAL: Self = Self { methods: None, headers: None, exposed: None, max_age: 600 };

    fn of(cors: &Cors) -> Self {
        let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        let exposed = OURS.iter().map(|name| (*name).to_owned()).chain(cors.exposed_headers.iter().cloned());
        Self {
            methods: some(&cors.methods),
            headers: some(&cors.headers),
            exposed: Some(exposed.collect()),
            max_age: cors.max_age,
        }
    }

    /// What one or the other allows.
    fn or(&self, other: &Self) -> Self {
        Self {
            methods: both(self.methods.as_ref(), other.methods.as_ref()),
            headers: both(self.headers.as_ref(), other.headers.as_ref()),
            exposed: both(self.exposed.as_ref(), other.exposed.as_ref()),
            max_age: self.max_age.min(other.max_age),
        }
    }
}

fn both(one: Option<&Vec<String>>, other: Option<&Vec<String>>) -> Option<Vec<String>> {
    let mut all: Vec<_> = one?.iter().chain(other?).cloned().collect();
    all.sort_unstable();
    all.dedup();
    Some(all)
}

impl Rules {
    /// The rules of a collection; none if no page of another site may call it.
    pub(crate) fn new(cors: Option<&Cors>, portals: &[String]) -> Option<Self> {
        let own =
            cors.iter().flat_map(|cors| cors.origins.iter().map(|origin| (origin.clone(), Grant::of(cors))));
        let portals = portals.iter().map(|portal| (Origin::Of(portal.clone()), Grant::PORTAL));
        let grants: Vec<_> = own.chain(portals).collect();
        let sites = Sites::new(&grants.iter())?;
        Some(Self { grants, sites })
    }
}

/// What the collections of a workspace allow together.
#[derive(Debug)]
pub(crate) struct Workspace(Sites);

/// What is allowed to whom, as headers, so that no call has to write them.
#[derive(Debug)]
struct Sites {
    by_site: HashMap<Box<str>, Arc<Answers>, RandomState>,
    /// Of every other site.
    any: Option<Arc<Answers>>,
}

/// A grant as headers.
#[derive(Debug)]
struct Answers {
    methods: HeaderValue,
    headers: HeaderValue,
    exposed: HeaderValue,
    max_age: HeaderValue,
}

impl Answers {
    fn new(grant: &Grant) -> Self {
        let list = |list: Option<&Vec<String>>, all: &'static str| match list {
            Some(list) => HeaderValue::try_from(list.join(", ")).unwrap_or(HeaderValue::from_static("")),
            None => HeaderValue::from_static(all),
        };
        Self {
            methods: list(grant.methods.as_ref(), "*"),
            headers: list(grant.headers.as_ref(), ANY_HEADER),
            exposed: list(grant.exposed.as_ref(), "*"),
            max_age: HeaderValue::from(grant.max_age),
        }
    }
}

impl Workspace {
    /// None if no collection allows anything.
    pub(crate) fn new<'r>(collections: &(impl Iterator<Item = &'r Rules> + Clone)) -> Option<Self> {
        Sites::new(&collections.clone().flat_map(|rules| &rules.grants)).map(Self)
    }
}

impl Sites {
    /// None if nothing is allowed.
    fn new<'g>(grants: &(impl Iterator<Item = &'g (Origin, Grant)> + Clone)) -> Option<Self> {
        let grants = || grants.clone();
        let any = grants().filter(|(origin, _)| *origin == Origin::Any).map(|(_, grant)| grant.clone());
        let any = any.reduce(|one, other| one.or(&other));
        let mut by_site: HashMap<&str, Grant, RandomState> = HashMap::default();
        for (origin, grant) in grants().filter(|(origin, _)| *origin != Origin::Any) {
            let before = by_site.remove(origin.as_str()).or_else(|| any.clone());
            by_site.insert(origin.as_str(), before.map_or_else(|| grant.clone(), |before| before.or(grant)));
        }
        if any.is_none() && by_site.is_empty() {
            return None;
        }
        let answers = |grant: &Grant| Arc::new(Answers::new(grant));
        let by_site = by_site.into_iter().map(|(site, grant)| (site.into(), answers(&grant))).collect();
        Some(Self { by_site, any: any.as_ref().map(answers) })
    }

    fn answers(&self, site: &HeaderValue) -> Option<Arc<Answers>> {
        let site = std::str::from_utf8(site.as_bytes()).ok()?;
        self.by_site.get(site).or(self.any.as_ref()).cloned()
    }
}

/// How the answer to a call in a workspace with such rules is dressed. Without a site of its own the call
/// is no page's, or a page's that may read nothing.
#[derive(Debug)]
pub(crate) struct Dress {
    site: Option<(HeaderValue, Arc<Answers>)>,
    /// Whether what the upstream says does not count.
    is_ours: bool,
}

impl Dress {
    /// As any collection of the workspace would have it.
    pub(crate) fn of(workspace: &Workspace, headers: &HeaderMap) -> Self {
        let mut origins = headers.get_all(ORIGIN).iter();
        let site = match (origins.next(), origins.next()) {
            (Some(site), None) => workspace.0.answers(site).map(|answers| (site.clone(), answers)),
            _ => None,
        };
        Self { site, is_ours: false }
    }

    /// As this collection would have it.
    pub(crate) fn narrow(&mut self, rules: Option<&Rules>) {
        self.is_ours = rules.is_some();
        self.site = self.site.take().and_then(|(site, _)| {
            let answers = rules?.sites.answers(&site)?;
            Some((site, answers))
        });
    }

    /// What a browser is told that asks.
    pub(crate) fn preflight(&self, headers: &mut HeaderMap) {
        headers.append(VARY, HeaderValue::from_static("origin"));
        let Some((site, answers)) = &self.site else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, site.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, answers.methods.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, answers.headers.clone());
        headers.insert(ACCESS_CONTROL_MAX_AGE, answers.max_age.clone());
    }

    /// What a page may read. An upstream's own word on that counts only if the collection says nothing.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        headers.append(VARY, HeaderValue::from_static("origin"));
        if self.is_ours {
            for name in
                [ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_EXPOSE_HEADERS]
            {
                headers.remove(name);
            }
        }
        let Some((site, answers)) = &self.site else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, site.clone());
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, answers.exposed.clone());
    }
}

#[cfg(test)]
mod tests;
