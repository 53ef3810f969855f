//! The routes that are served: collections by the two handles that their paths begin with.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use foldhash::fast::RandomState;
use model::endpoint::Forwarding;
use model::{CanonicalPath, CollectionId, EndpointId, RecipeKind, WorkspaceId};
use store::serving::{ServedCollection, ServedEndpoint};

use crate::cors::{self, Rules};
use crate::mock::Mock;
use crate::mock::shelf::{PreparedMocks, Shelf};
use crate::origin::{Origin, Origins};
use crate::proof::Proof;
use crate::route::Routes;

/// All collections. A change makes a copy, in which all but the changed ones are shared.
#[derive(Debug, Clone, Default)]
pub(crate) struct RouteTable {
    is_loaded: bool,
    /// By workspace and collection with a slash between them.
    by_handles: HashMap<Arc<str>, Arc<Collection>, RandomState>,
    handles: HashMap<CollectionId, Arc<str>>,
    /// What pages of other sites may do, by workspace; nothing for those that allow nothing.
    cors: HashMap<Arc<str>, Arc<cors::Workspace>, RandomState>,
}

/// A collection as a call meets it.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) id: CollectionId,
    pub(crate) workspace: WorkspaceId,
    /// How large the body of a call may be, if not as large as for all.
    pub(crate) max_body_bytes: Option<u64>,
    pub(crate) endpoints: Routes<Endpoint>,
    /// Which pages of other sites may call it.
    pub(crate) cors: Option<Rules>,
    workspace_handle: Arc<str>,
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
        /// What proves to it who calls.
        proof: Option<Proof>,
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
            table.put_alone(row, origins, shelf);
        }
        let workspaces = table.by_handles.values().filter(|collection| collection.cors.is_some());
        let workspaces: HashSet<_> =
            workspaces.map(|collection| Arc::clone(&collection.workspace_handle)).collect();
        workspaces.iter().for_each(|workspace| table.allow(workspace));
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

    /// What pages of other sites may do in the workspace of a path, if they may do anything.
    pub(crate) fn cors(&self, path: &CanonicalPath<'_>) -> Option<&cors::Workspace> {
        if self.cors.is_empty() {
            return None;
        }
        let workspace = path.as_str().strip_prefix('/')?.split('/').next()?;
        self.cors.get(workspace).map(|workspace| &**workspace)
    }

    /// The collection with this id.
    pub(crate) fn by_id(&self, id: CollectionId) -> Option<&Collection> {
        self.collection(self.handles.get(&id)?).filter(|collection| collection.id == id)
    }

    pub(crate) fn put(&mut self, row: ServedCollection, origins: &Origins, shelf: &Shelf) {
        let before = self.by_id(row.id).filter(|before| before.cors.is_some());
        let before = before.map(|before| Arc::clone(&before.workspace_handle));
        let now: Arc<str> = row.workspace_handle.as_str().into();
        let allows = row.cors.is_some() || !row.portals.is_empty();
        self.put_alone(row, origins, shelf);
        if allows {
            self.allow(&now);
        }
        if let Some(before) = before.filter(|before| !allows || *before != now) {
            self.allow(&before);
        }
    }

    /// Puts together what the collections of a workspace allow.
    fn allow(&mut self, workspace: &Arc<str>) {
        let collections =
            self.by_handles.values().filter(|collection| collection.workspace_handle == *workspace);
        match cors::Workspace::new(&collections.filter_map(|collection| collection.cors.as_ref())) {
            Some(all) => self.cors.insert(Arc::clone(workspace), Arc::new(all)),
            None => self.cors.remove(workspace),
        };
    }

    fn put_alone(&mut self, row: ServedCollection, origins: &Origins, shelf: &Shelf) {
        self.forget(row.id);
        let handles: Arc<str> = format!("{}/{}", row.workspace_handle, row.handle).into();
        self.handles.insert(row.id, Arc::clone(&handles));
        self.by_handles.insert(handles, Arc::new(Collection::new(row, origins, shelf)));
    }

    pub(crate) fn remove(&mut self, id: CollectionId) {
        let before = self.by_id(id).filter(|before| before.cors.is_some());
        let before = before.map(|before| Arc::clone(&before.workspace_handle));
        self.forget(id);
        if let Some(before) = before {
            self.allow(&before);
        }
    }

    fn forget(&mut self, id: CollectionId) {
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
        let cors = Rules::new(row.cors.as_ref(), &row.portals);
        let workspace_handle = row.workspace_handle.as_str().into();
        let mut endpoints = Routes::new();
        let count = row.endpoints.len();
        for row in row.endpoints {
            let (method, path) = (row.method, row.path.clone());
            let endpoint = Endpoint::new(row, mocks.as_deref(), origins);
            endpoints.insert(method, &path, endpoint);
        }
        let max_body_bytes = row.max_body_bytes.and_then(|bytes| u64::try_from(bytes).ok());
        Self {
            id: row.id,
            workspace: row.workspace,
            max_body_bytes,
            endpoints,
            cors,
            workspace_handle,
            count,
        }
    }
}

impl Endpoint {
    fn new(row: ServedEndpoint, mocks: Option<&PreparedMocks>, origins: &Origins) -> Self {
        let credential = row.credential.as_ref();
        let proof = credential.and_then(Proof::new);
        let backing = match (row.kind, row.base_url) {
            // Without it the upstream would take the call for anybody's.
            (RecipeKind::Proxy, Some(_)) if credential.is_some() && proof.is_none() => {
                Backing::Nothing("the connection's credential cannot stand in a header")
            }
            (RecipeKind::Proxy, Some(url)) => match origins.of(&url, row.authorities.as_ref()) {
                Some(origin) => Backing::Upstream {
                    origin,
                    base: url.path().into(),
                    to_base: row.forwarding.to_base_url,
                    patience: patience(row.forwarding),
                    proof,
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
