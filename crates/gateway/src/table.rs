//! The routes that are served: collections by the two handles that their paths begin with.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use model::endpoint::Forwarding;
use model::{CollectionId, EndpointId, RecipeKind, WorkspaceId};
use store::serving::{ServedCollection, ServedEndpoint};

use crate::mock::Mock;
use crate::mock::shelf::{PreparedMocks, Shelf};
use crate::origin::{Origin, Origins};
use crate::route::Routes;

/// All collections. A change makes a copy, in which all but the changed ones are shared.
#[derive(Debug, Clone, Default)]
pub(crate) struct RouteTable {
    is_loaded: bool,
    /// By workspace and collection with a slash between them.
    by_handles: HashMap<Arc<str>, Arc<Collection>, RandomState>,
    handles: HashMap<CollectionId, Arc<str>>,
}

/// A collection as a call meets it.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) id: CollectionId,
    pub(crate) workspace: WorkspaceId,
    /// How large the body of a call may be, if not as large as for all.
    pub(crate) max_body_bytes: Option<u64>,
    pub(crate) endpoints: Routes<Endpoint>,
    count: usize,
}

/// An endpoint as a call meets it.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) id: EndpointId,
    pub(crate) active: bool,
    /// Whether its recipe is started.
    pub(crate) running: bool,
    pub(crate) backing: Backing,
}

/// What stands behind an endpoint.
#[derive(Debug)]
pub(crate) enum Backing {
    Upstream {
        origin: Arc<Origin>,
        /// The base URL's path, without a trailing slash.
        base: Box<str>,
        /// Whether the endpoint's own path is left out.
        to_base: bool,
        /// How long the upstream may take to begin its answer, if not as long as for all.
        patience: Option<Duration>,
    },
    Mock(Arc<Mock>),
    /// Nothing that could answer; says why.
    Nothing(&'static str),
}

impl RouteTable {
    /// A table that holds these collections and no others.
    pub(crate) fn new(collections: Vec<ServedCollection>, origins: &Origins, shelf: &Shelf) -> Self {
        let mut table = Self { is_loaded: true, ..Self::default() };
        for row in collections {
            table.put(row, origins, shelf);
        }
        table
    }

    /// Whether it was ever filled. Before that an unknown path means nothing.
    pub(crate) fn is_loaded(&self) -> bool {
        self.is_loaded
    }

    /// The collection with these handles, written `workspace/collection`.
    pub(crate) fn collection(&self, handles: &str) -> Option<&Collection> {
        self.by_handles.get(handles).map(|collection| &**collection)
    }

    /// How many endpoints there are.
    pub(crate) fn endpoints(&self) -> usize {
        self.by_handles.values().map(|collection| collection.count).sum()
    }

    pub(crate) fn put(&mut self, row: ServedCollection, origins: &Origins, shelf: &Shelf) {
        self.remove(row.id);
        let handles: Arc<str> = format!("{}/{}", row.workspace_handle, row.handle).into();
        self.handles.insert(row.id, Arc::clone(&handles));
        self.by_handles.insert(handles, Arc::new(Collection::new(row, origins, shelf)));
    }

    pub(crate) fn remove(&mut self, id: CollectionId) {
        let Some(handles) = self.handles.remove(&id) else { return };
        // Another collection may have taken the handles over in the meantime.
        if self.by_handles.get(&handles).is_some_and(|collection| collection.id == id) {
            self.by_handles.remove(&handles);
        }
    }
}

impl Collection {
    fn new(row: ServedCollection, origins: &Origins, shelf: &Shelf) -> Self {
        let mocks = shelf.of(&row);
        let mut endpoints = Routes::new();
        let count = row.endpoints.len();
        for row in row.endpoints {
            let (method, path) = (row.method, row.path.clone());
            let endpoint = Endpoint::new(row, mocks.as_deref(), origins);
            endpoints.insert(method, &path, endpoint);
        }
        let max_body_bytes = row.max_body_bytes.and_then(|bytes| u64::try_from(bytes).ok());
        Self { id: row.id, workspace: row.workspace, max_body_bytes, endpoints, count }
    }
}

impl Endpoint {
    fn new(row: ServedEndpoint, mocks: Option<&PreparedMocks>, origins: &Origins) -> Self {
        let backing = match (row.kind, row.base_url) {
            (RecipeKind::Proxy, Some(url)) => match origins.of(&url, row.authorities.as_ref()) {
                Some(origin) => Backing::Upstream {
                    origin,
                    base: url.path().into(),
                    to_base: row.forwarding.to_base_url,
                    patience: patience(row.forwarding),
                },
                None => Backing::Nothing("there can be no TLS with the upstream"),
            },
            (RecipeKind::Proxy, None) => Backing::Nothing("the recipe has no connection"),
            (RecipeKind::Mock, _) => match mocks.and_then(|mocks| mocks.get(row.method, &row.path)) {
                Some(mock) => Backing::Mock(Arc::clone(mock)),
                None => Backing::Nothing("the document has no answer for the operation"),
            },
        };
        Self { id: row.id, active: row.active, running: row.running, backing }
    }
}

fn patience(forwarding: Forwarding) -> Option<Duration> {
    let seconds = forwarding.timeout_seconds?;
    u64::try_from(seconds).ok().map(Duration::from_secs)
}
