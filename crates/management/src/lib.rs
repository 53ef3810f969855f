//! The REST management API: scripts, command lines and pipelines make collections, clients and
//! keys through it. A handler reads from the store and writes through an action; who may call it
//! stands beside its route, in [`table`].

mod activity_logs;
mod answer;
mod api_collections;
mod api_endpoints;
mod authentication;
mod caller;
mod deprecation;
mod describe;
mod developer_api_clients;
mod doc;
mod exchange;
mod explorer;
mod export_manifests;
mod folders;
mod given;
mod json;
mod managed_users;
mod matching;
mod once;
mod openapi_spec;
mod page;
mod portico;
mod problem;
mod project_id;
mod projects;
mod rate;
mod recipes;
pub mod request;
mod users;
mod v1;
mod v2;
mod zone;

use std::sync::Arc;

use actions::Actions;
use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use jiff::Timestamp;
use model::access::Privilege as P;
use model::environment::Environment;
use model::explain::{Explanation, Question};
use model::workspace::Workspace;
use prometheus_client::registry::Registry;
use store::Db;
use utoipa_axum::router::{UtoipaMethodRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use caller::Guard;
pub use caller::{Access, Route};
use deprecation::Deprecations;
pub use describe::openapi;
pub use once::KEPT_FOR as IDEMPOTENCY_KEYS_KEPT_FOR;
use once::UnderWay;
use portico::{
    access_requests, connections, document_previews, documents, logos, mails, members, portal_pages,
    portal_settings, portal_users, publications, workspace,
};
pub use project_id::ProjectIdForm;
use rate::Meters;
pub use rate::Rate;

/// The most bytes of a body, unless it carries a document.
const BODY_BYTES: usize = 1 << 20;

/// The most bytes of a body that carries an OpenAPI document.
const DOCUMENT_BYTES: usize = 32 << 20;

/// What the operator decides about this API.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where callers reach the gateway, such as `https://api.example.com`.
    pub gateway_url: String,
    /// Where callers reach this API, such as `https://control.example.com`.
    pub control_url: String,
    /// How answers write the project of a collection.
    pub project_id_form: ProjectIdForm,
    /// When the deprecated rows will be gone, if that is decided.
    pub sunset: Option<Timestamp>,
    /// How often each token may call.
    pub rate: Rate,
    /// How often each address may call without a valid token.
    pub anonymous_rate: Rate,
}

/// The management API on a database. Cheap to clone.
#[derive(Clone)]
pub struct Management {
    db: Db,
    actions: Actions,
    environment: Environment,
    settings: Arc<Settings>,
    description: Bytes,
    specifications: Arc<doc::Cache>,
    deprecations: Deprecations,
    meters: Arc<Meters>,
    under_way: UnderWay,
    explainer: Option<Explainer>,
}

/// Tells what the gateway of this node would decide about a call.
pub type Explainer = Arc<dyn Fn(&Question) -> Explanation + Send + Sync>;

impl Management {
    /// The API on this database, with this clock and this source of chance.
    pub fn new(db: Db, actions: Actions, environment: Environment, mut settings: Settings) -> Self {
        for url in [&mut settings.gateway_url, &mut settings.control_url] {
            url.truncate(url.trim_end_matches('/').len());
        }
        Self {
            db,
            actions,
            environment,
            meters: Arc::new(Meters::new(settings.rate, settings.anonymous_rate)),
            settings: Arc::new(settings),
            under_way: UnderWay::default(),
            description: describe::json(),
            specifications: Arc::new(doc::Cache::new()),
            deprecations: Deprecations::default(),
            explainer: None,
        }
    }

    /// With a gateway that can be asked what it would decide.
    #[must_use]
    pub fn with_explainer(self, explainer: Explainer) -> Self {
        Self { explainer: Some(explainer), ..self }
    }

    /// Shows what this API counts among the metrics.
    pub fn register(&self, registry: &mut Registry) {
        self.deprecations.register(registry);
    }

    /// All routes, and a `404` for everything else. Address rules of tokens need the caller's
    /// address: serve it with `into_make_service_with_connect_info::<SocketAddr>()`.
    pub fn router(self) -> Router {
        let mut router = Router::new();
        for (access, (_, paths, methods)) in table() {
            let operations = paths.paths.values().flat_map(|item| [&item.put, &item.delete]).flatten();
            let must_match = operations.into_iter().any(matching::is_required);
            let is_post = paths.paths.values().any(|item| item.post.is_some());
            let guarded = |in_managed: bool| {
                let guard = Guard { management: self.clone(), access, must_match, in_managed };
                let mut methods = methods.clone();
                if is_post {
                    methods = methods.route_layer(from_fn_with_state(self.clone(), once::once));
                }
                methods = methods.route_layer(from_fn_with_state(guard, caller::guard));
                for route in Route::all(access, &paths) {
                    if let Some(notice) = self.deprecations.notice(&route.operation, self.settings.sunset) {
                        methods = methods.route_layer(from_fn_with_state(notice, deprecation::announce));
                    }
                }
                methods
            };
            for path in paths.paths.keys() {
                router = router.route(path, guarded(false));
                for path in managed_users::embedded(path) {
                    router = router.route(&path, guarded(true));
                }
            }
        }
        router
            .merge(explorer::router())
            .method_not_allowed_fallback(problem::no_such_method)
            .fallback(problem::no_such_route)
            .layer(DefaultBodyLimit::max(BODY_BYTES))
            .layer(from_fn_with_state(self.clone(), exchange::exchange))
            .with_state(self)
    }

    /// The public URL of a collection.
    fn collection_url(&self, workspace: &Workspace, handle: &str) -> String {
        format!("{}/{}/{handle}", self.settings.gateway_url, workspace.handle)
    }
}

/// Every route and who may call it.
fn table() -> Vec<(Access, UtoipaMethodRouter<Management>)> {
    use Access::{AnyToken, Anyone, Needs};
    let large = DefaultBodyLimit::max(DOCUMENT_BYTES);
    let image = DefaultBodyLimit::max(actions::LOGO_BYTES);
    vec![
        (Needs(P::ListCollections), routes!(api_collections::list_api_collections)),
        (Needs(P::CreateCollection), routes!(api_collections::create_api_collection).layer(large)),
        (Needs(P::ManageCollections), routes!(api_collections::update_api_collection)),
        (Needs(P::ManageCollections), routes!(api_collections::delete_api_collection)),
        (Needs(P::ListCollections), routes!(portico::cors::get_cors)),
        (Needs(P::ManageCollections), routes!(portico::cors::set_cors)),
        (Needs(P::ManageCollections), routes!(portico::cors::delete_cors)),
        (Needs(P::ListCollections), routes!(documents::list_documents)),
        (Needs(P::CreateCollection), routes!(documents::create_document).layer(large)),
        (Needs(P::CreateCollection), routes!(documents::preview_reimport).layer(large)),
        (Needs(P::ListCollections), routes!(documents::get_document)),
        (Needs(P::ListCollections), routes!(documents::get_document_content)),
        (Needs(P::ListCollections), routes!(documents::get_document_difference)),
        (Needs(P::CreateCollection), routes!(documents::restore_document)),
        (Needs(P::CreateCollection), routes!(document_previews::preview_document).layer(large)),
        (Needs(P::ListCollections), routes!(api_endpoints::list_api_endpoints)),
        (Needs(P::CreateCollection), routes!(api_endpoints::create_api_endpoint)),
        (Needs(P::ManageCollections), routes!(api_endpoints::update_api_endpoint)),
        (Needs(P::ToggleEndpoints), routes!(api_endpoints::enable_api_endpoint)),
        (Needs(P::ToggleEndpoints), routes!(api_endpoints::disable_api_endpoint)),
        (Needs(P::ListClients), routes!(v1::api_clients::list_legacy_api_clients)),
        (Needs(P::ManageClients), routes!(v1::api_clients::create_legacy_api_client)),
        (Needs(P::ListClients), routes!(v1::api_access_profiles::list_api_access_profiles)),
        (Needs(P::ManageKeys), routes!(v1::api_access_profiles::create_api_access_profile)),
        (Needs(P::ManageKeys), routes!(v1::api_access_profiles::update_api_access_profile)),
        (Needs(P::ManageKeys), routes!(v1::api_access_profiles::enable_api_access_profile)),
        (Needs(P::ManageKeys), routes!(v1::api_access_profiles::disable_api_access_profile)),
        (Needs(P::ManageKeys), routes!(v1::api_access_profiles::refresh_api_access_profile_secret)),
        (Needs(P::ListClients), routes!(v2::api_clients::list_api_clients)),
        (Needs(P::ManageClients), routes!(v2::api_clients::create_api_client)),
        (Needs(P::ListClients), routes!(v2::api_clients::get_api_client)),
        (Needs(P::ManageClients), routes!(v2::api_clients::update_api_client)),
        (Needs(P::ManageClients), routes!(v2::api_clients::delete_api_client)),
        (Needs(P::ListClients), routes!(v2::api_keys::list_api_keys)),
        (Needs(P::ListClients), routes!(v2::api_keys::list_client_api_keys)),
        (Needs(P::ManageKeys), routes!(v2::api_keys::create_api_key)),
        (Needs(P::ManageKeys), routes!(v2::api_keys::update_api_key)),
        (Needs(P::ManageKeys), routes!(v2::api_keys::enable_api_key)),
        (Needs(P::ManageKeys), routes!(v2::api_keys::disable_api_key)),
        (Needs(P::ManageKeys), routes!(v2::api_keys::refresh_api_key_secret)),
        (Needs(P::ManageKeys), routes!(v2::api_keys::delete_api_key)),
        (Needs(P::ListPortals), routes!(portico::api_portals::list_api_portals)),
        (Needs(P::ManagePortals), routes!(portico::api_portals::create_api_portal)),
        (Needs(P::ListPortals), routes!(portico::api_portals::get_api_portal)),
        (Needs(P::ManagePortals), routes!(portico::api_portals::update_api_portal)),
        (Needs(P::ManagePortals), routes!(portico::api_portals::delete_api_portal)),
        (Needs(P::ListPortals), routes!(portal_settings::get_api_portal_settings)),
        (Needs(P::ManagePortals), routes!(portal_settings::update_api_portal_settings)),
        (Needs(P::ListPortals), routes!(publications::list_published_collections)),
        (Needs(P::ManagePortals), routes!(publications::publish_collection)),
        (Needs(P::ManagePortals), routes!(publications::withdraw_collection)),
        (Needs(P::ListPortals), routes!(portal_pages::list_api_portal_pages)),
        (Needs(P::ManagePortals), routes!(portal_pages::create_api_portal_page)),
        (Needs(P::ListPortals), routes!(portal_pages::get_api_portal_page)),
        (Needs(P::ManagePortals), routes!(portal_pages::update_api_portal_page)),
        (Needs(P::ManagePortals), routes!(portal_pages::delete_api_portal_page)),
        (Needs(P::ManagePortals), routes!(logos::put_api_portal_logo).layer(image)),
        (Needs(P::ManagePortals), routes!(logos::delete_api_portal_logo)),
        (Needs(P::ManageClients), routes!(logos::put_api_client_logo).layer(image)),
        (Needs(P::ManageClients), routes!(logos::delete_api_client_logo)),
        (Needs(P::ListPortalUsers), routes!(portal_users::list_portal_users)),
        (Needs(P::ManagePortalUsers), routes!(portal_users::create_portal_user)),
        (Needs(P::ManagePortalUsers), routes!(portal_users::create_portal_users)),
        (Needs(P::ListPortalUsers), routes!(portal_users::get_portal_user)),
        (Needs(P::ManagePortalUsers), routes!(portal_users::update_portal_user)),
        (Needs(P::ManagePortalUsers), routes!(portal_users::invite_portal_user_again)),
        (Needs(P::ManagePortalUsers), routes!(portal_users::delete_portal_user)),
        (Needs(P::ListPortalUsers), routes!(access_requests::list_access_requests)),
        (Needs(P::ListPortalUsers), routes!(access_requests::get_access_request)),
        (Needs(P::DecideRequests), routes!(access_requests::approve_access_request)),
        (Needs(P::DecideRequests), routes!(access_requests::reject_access_request)),
        (Needs(P::ListConnections), routes!(connections::list_connections)),
        (Needs(P::ManageConnections), routes!(connections::create_connection)),
        (Needs(P::ListConnections), routes!(connections::get_connection)),
        (Needs(P::ManageConnections), routes!(connections::update_connection)),
        (Needs(P::ManageConnections), routes!(connections::delete_connection)),
        (Needs(P::ManageConnections), routes!(connections::test_connection)),
        (AnyToken, routes!(workspace::get_workspace)),
        (Needs(P::ManageWorkspace), routes!(workspace::update_workspace)),
        (Needs(P::ListMembers), routes!(members::list_members)),
        (Needs(P::ManageMembers), routes!(members::create_member)),
        (Needs(P::ListMembers), routes!(members::get_member)),
        (Needs(P::ManageMembers), routes!(members::update_member)),
        (Needs(P::ManageMembers), routes!(members::invite_member_again)),
        (Needs(P::ManageMembers), routes!(members::delete_member)),
        (Needs(P::ManageMail), routes!(mails::list_mails)),
        (Needs(P::ManageMail), routes!(mails::get_mail)),
        (Needs(P::ManageMail), routes!(mails::retry_mail)),
        (Needs(P::ManageMail), routes!(mails::show_mail_link)),
        (Needs(P::ListPolicies), routes!(portico::api_policies::list_api_policies)),
        (Needs(P::ManagePolicies), routes!(portico::api_policies::create_api_policy)),
        (Needs(P::ListPolicies), routes!(portico::api_policies::get_api_policy)),
        (Needs(P::ManagePolicies), routes!(portico::api_policies::update_api_policy)),
        (Needs(P::ManagePolicies), routes!(portico::api_policies::delete_api_policy)),
        (Needs(P::ExplainCalls), routes!(portico::explain::explain_call)),
        (Needs(P::ListClients), routes!(portico::client_policies::get_client_policy)),
        (Needs(P::ManageClients), routes!(portico::client_policies::update_client_policy)),
        (Needs(P::ListCollections), routes!(portico::forwarding::get_collection_forwarding)),
        (Needs(P::ManageCollections), routes!(portico::forwarding::update_collection_forwarding)),
        (Needs(P::ListCollections), routes!(portico::forwarding::get_endpoint_forwarding)),
        (Needs(P::ManageCollections), routes!(portico::forwarding::update_endpoint_forwarding)),
        (Needs(P::ListProjects), routes!(projects::list_projects)),
        (Needs(P::ManageProjects), routes!(projects::update_project)),
        (Needs(P::ManageProjects), routes!(projects::delete_project)),
        (Needs(P::ListProjects), routes!(folders::list_folders)),
        (Needs(P::ManageProjects), routes!(folders::create_folder)),
        (Needs(P::ManageProjects), routes!(folders::update_folder)),
        (Needs(P::ManageProjects), routes!(folders::delete_folder)),
        (Needs(P::ListRecipes), routes!(recipes::list_recipes)),
        (Needs(P::RunRecipes), routes!(recipes::start_recipe)),
        (Needs(P::RunRecipes), routes!(recipes::stop_recipe)),
        (Needs(P::ListProjects), routes!(export_manifests::list_folder_assets)),
        (Needs(P::ManageTokens), routes!(developer_api_clients::list_developer_api_clients)),
        (Needs(P::ManageTokens), routes!(developer_api_clients::create_developer_api_client)),
        (Needs(P::ManageTokens), routes!(developer_api_clients::get_developer_api_client)),
        (Needs(P::ManageTokens), routes!(developer_api_clients::update_developer_api_client)),
        (Needs(P::ManageTokens), routes!(developer_api_clients::delete_developer_api_client)),
        (Needs(P::ManageTokens), routes!(developer_api_clients::regenerate_developer_api_client)),
        (Needs(P::ManageTokens), routes!(developer_api_clients::list_developer_api_client_roles)),
        (Needs(P::ReadAudit), routes!(activity_logs::list_activity_logs)),
        (Needs(P::ListManaged), routes!(managed_users::list_managed_users)),
        (Needs(P::ManageManaged), routes!(managed_users::create_managed_user)),
        (Needs(P::ListManaged), routes!(managed_users::get_managed_user)),
        (Needs(P::ManageManaged), routes!(managed_users::update_managed_user)),
        (Needs(P::ManageManaged), routes!(managed_users::delete_managed_user)),
        (AnyToken, routes!(users::get_current_user)),
        (Anyone, routes!(doc::get_specification)),
        (Anyone, routes!(logos::get_logo)),
        (Anyone, routes!(describe::get_openapi)),
    ]
}

/// Every route with its operation and who may call it, for whoever checks that all are guarded.
pub fn routes() -> Vec<Route> {
    table().into_iter().flat_map(|(access, (_, paths, _))| Route::all(access, &paths)).collect()
}
