//! Runs the platform: listeners, the follower of the change feed, background work, and the way
//! down.

use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use actions::Prober;
use admin::Console;
use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use gateway::{Gate, Gateway};
use management::{Explainer, Management, Settings};
use model::people::MemberRole;
use model::workspace::DEFAULT_WORKSPACE;
use portal::Portals;
use prometheus_client::registry::Registry;
use store::Db;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Config;
use crate::house::House;
use crate::listen::{Listener, bind, bind_error, own_url};
use crate::mail::Carrier;
use crate::operations::Operations;
use crate::tls::Pair;
use crate::{addresses, background, console, descriptors, listen, mail, tls};

/// How long an answer waits for the gateway. It takes a millisecond or two; a gateway that cannot
/// read the store at the moment keeps nobody waiting.
const IN_FORCE_TIMEOUT: Duration = Duration::from_millis(500);

/// A server that answers. It stops when told to; see [`Server::stop`].
pub(crate) struct Server {
    pub(crate) house: House,
    pub(crate) urls: Urls,
    administers: bool,
    gateway: Option<Gateway>,
    drain: Duration,
    stop: watch::Sender<bool>,
    /// Stops the probes, after everything that they tell of, and what calls need up to the last.
    stop_probes: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Where the server is reached: as it is configured, else at its listeners' own addresses.
pub(crate) struct Urls {
    pub(crate) gateway: String,
    pub(crate) control: String,
    pub(crate) operations: String,
}

impl Urls {
    /// Tells the URLs, and prints one line per listener as scripts read it.
    fn of(config: &Config, gateway: Option<&Gateway>, listeners: &Listeners) -> Result<Self> {
        let announce = |name: &str, url: &str| console::say(format_args!("listening {name}={url}"));
        let trimmed = |url: &Option<String>| url.as_deref().map(|url| url.trim_end_matches('/').to_owned());

        let address = gateway.map_or(config.gateway.address, Gateway::address);
        let gateway_own = own_url(address, listeners.pairs.gateway.is_some());
        if gateway.is_some() {
            announce("gateway", &gateway_own);
        }
        let mut urls = Self {
            gateway: trimmed(&config.gateway.public_url).unwrap_or(gateway_own),
            control: own_url(config.control.address, listeners.pairs.control.is_some()),
            operations: listeners.operations.url()?,
        };
        if let Some(portal) = &listeners.portal {
            announce("portal", &portal.url()?);
        }
        if let Some(control) = &listeners.control {
            urls.control = control.url()?;
            announce("control", &urls.control);
        }
        announce("ops", &urls.operations);
        urls.control = trimmed(&config.control.public_url).unwrap_or(urls.control);
        Ok(urls)
    }
}

/// Certificates and keys of the listeners that have some.
struct Pairs {
    gateway: Option<Arc<Pair>>,
    control: Option<Arc<Pair>>,
    portal: Option<Arc<Pair>>,
    operations: Option<Arc<Pair>>,
}

impl Pairs {
    fn read(config: &Config) -> Result<Self> {
        let [gateway, control, portal, operations] = config.tls();
        Ok(Self {
            gateway: gateway.pair()?,
            control: control.pair()?,
            portal: portal.pair()?,
            operations: operations.pair()?,
        })
    }

    fn all(&self) -> Vec<Arc<Pair>> {
        [&self.gateway, &self.control, &self.portal, &self.operations]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }
}

/// The listeners beside the gateway, bound before anything is served.
struct Listeners {
    pairs: Pairs,
    control: Option<Listener>,
    portal: Option<Listener>,
    operations: Listener,
}

impl Listeners {
    fn bind(config: &Config) -> Result<Self> {
        let pairs = Pairs::read(config)?;
        let (mut control, mut portal) = (None, None);
        if config.role.administers() {
            let (address, pair) = (config.control.address, pairs.control.as_ref());
            control = Some(bind("the management API", "control.address", address, pair, config.take_over)?);
            let (address, pair) = (config.portal.address, pairs.portal.as_ref());
            portal = Some(bind("the developer portal", "portal.address", address, pair, config.take_over)?);
        }
        let (address, pair) = (config.operations.address, pairs.operations.as_ref());
        let operations =
            bind("the operations listener", "operations.address", address, pair, config.take_over)?;
        Ok(Self { pairs, control, portal, operations })
    }

    /// The addresses that no upstream may be: nobody gets to them through the gateway.
    fn addresses(&self) -> Result<Vec<SocketAddr>> {
        [self.control.as_ref(), self.portal.as_ref(), Some(&self.operations)]
            .into_iter()
            .flatten()
            .map(Listener::address)
            .collect()
    }
}

impl Server {
    /// Starts everything and returns when calls are served. Prints one line per listener.
    pub(crate) async fn start(config: &Config) -> Result<Self> {
        descriptors::raise();
        let carrier = Carrier::of(&config.mail)?;
        let mut house = House::open(config).await?;
        let listeners = Listeners::bind(config)?;
        let gateway = match config.role.serves_calls() {
            true => Some(start_gateway(config, &house, &listeners)?),
            false => None,
        };
        let prober = prober(gateway.as_ref(), &house, &listeners)?;
        house.actions = house.actions.with_prober(prober);
        let urls = Urls::of(config, gateway.as_ref(), &listeners)?;
        if let (Some(control), Some(portal)) = (&listeners.control, &listeners.portal) {
            let addresses = addresses::of(config, control.address()?, portal.address()?)?;
            addresses::announce(&house.db, &addresses).await?;
            house.actions = house.actions.with_addresses(addresses);
        }
        let registry = Arc::new(RwLock::new(Registry::default()));
        if let (Some(gateway), Ok(mut registry)) = (&gateway, registry.write()) {
            gateway.register(&mut registry);
        }

        let (stop, stop_probes) = (watch::Sender::new(false), watch::Sender::new(false));
        let mut tasks = JoinSet::new();
        let pairs = listeners.pairs.all();
        if !pairs.is_empty() {
            tasks.spawn(tls::follow(pairs, stop.subscribe()));
        }
        let gate = gateway.as_ref().map(Gateway::gate);
        if let Some(gate) = &gate {
            let listens = listeners.portal.as_ref().map(Listener::address).transpose()?;
            let listens = listens.unwrap_or(config.portal.address);
            gate.portals_at(&addresses::of(config, config.control.address, listens)?.portals);
            tasks.spawn(gateway::follow::run(Arc::clone(gate), house.db.clone(), stop.subscribe()));
            // Until the last call is answered; then what is left is given back.
            let (quotas, db) = (Arc::clone(gate), house.db.clone());
            let stop_quotas = stop_probes.subscribe();
            tasks.spawn(gateway::quotas::run(quotas, db, house.environment.clone(), stop_quotas));
            let (db, environment) = (house.db.clone(), house.environment.clone());
            let fetching = (Arc::clone(gate), house.outbound.clone(), environment.clone());
            tasks.spawn(gateway::oauth::revoking::run(Arc::clone(gate), db, environment, stop.subscribe()));
            let (gate, outbound, environment) = fetching;
            tasks.spawn(gateway::issuers::fetching::run(gate, outbound, environment, stop.subscribe()));
        }
        let operations = Operations {
            gate: gate.clone(),
            db: house.db.clone(),
            registry: Arc::clone(&registry),
            stopping: stop.subscribe(),
        };
        tasks.spawn(listen::serve(listeners.operations, operations.router(), stop_probes.subscribe()));
        if let Some(listener) = listeners.portal {
            let settings = portal::Settings {
                gateway_url: urls.gateway.clone(),
                portals_url: house.actions.addresses().portals.clone(),
            };
            let portals =
                Portals::new(house.db.clone(), house.actions.clone(), house.environment.clone(), settings);
            let router = match &gate {
                Some(gate) => in_force(portals.router(), Arc::clone(gate), house.db.clone()),
                None => portals.router(),
            };
            tasks.spawn(listen::serve(listener, router, stop.subscribe()));
        }
        if let Some(listener) = listeners.control {
            let settings = Settings {
                gateway_url: urls.gateway.clone(),
                control_url: urls.control.clone(),
                project_id_form: config.control.project_id_form,
                sunset: config.control.deprecated_until,
                rate: config.control.rate,
                anonymous_rate: config.control.anonymous_rate,
            };
            let management =
                Management::new(house.db.clone(), house.actions.clone(), house.environment.clone(), settings);
            let management = match &gate {
                Some(gate) => management.with_explainer(explainer(gate, config, &house)),
                None => management,
            };
            if let Ok(mut registry) = registry.write() {
                management.register(&mut registry);
            }
            let settings = admin::Settings {
                gateway_url: urls.gateway.clone(),
                secure: house.actions.addresses().console.starts_with("https:"),
            };
            let console =
                Console::new(house.db.clone(), house.actions.clone(), house.environment.clone(), settings);
            let router = management.router().merge(console.router());
            let router = match &gate {
                Some(gate) => in_force(router, Arc::clone(gate), house.db.clone()),
                None => router,
            };
            tasks.spawn(listen::serve(listener, router, stop.subscribe()));
            let environment = house.environment.clone();
            tasks.spawn(background::forget_answers(house.db.clone(), environment, stop.subscribe()));
        }
        if config.role.administers() {
            tasks.spawn(mail::deliver(house.actions.clone(), carrier, stop.subscribe()));
            tasks.spawn(background::sweep_identity(house.actions.clone(), stop.subscribe()));
        }
        let kept = config.database.kept_changes;
        tasks.spawn(background::trim_changes(house.db.clone(), kept, stop.subscribe()));

        let drain = Duration::from_millis(config.gateway.drain_timeout_ms);
        let administers = config.role.administers();
        let server = Self { house, urls, administers, gateway, drain, stop, stop_probes, tasks };
        server.catch_up().await?;
        Ok(server)
    }

    /// Returns when everything that is in the database now can be called.
    pub(crate) async fn catch_up(&self) -> Result<()> {
        match &self.gateway {
            Some(gateway) => Ok(catch_up(&gateway.gate(), &self.house.db).await?),
            None => Ok(()),
        }
    }

    /// A link for the owner of the workspace, as long as nobody has come into it.
    pub(crate) async fn first_owner(&self) -> Result<Option<String>> {
        if !self.administers {
            return Ok(None);
        }
        let actor = self.house.operator(DEFAULT_WORKSPACE, "portico serve").await?;
        Ok(self.house.actions.first_owner(&actor).await?)
    }

    /// A link that signs somebody in as the owner of the workspace, whoever came before.
    pub(crate) async fn owner(&self) -> Result<String> {
        let actor = self.house.operator(DEFAULT_WORKSPACE, "portico demo").await?;
        let email = actor.workspace.contact_email.clone();
        Ok(self.house.actions.admit_member(&actor, &email, Some(MemberRole::Owner)).await?)
    }

    /// Stops accepting, answers what is in flight, and ends.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(gateway) = self.gateway.take() {
            gateway.drain(self.drain).await;
        }
        self.stop_probes.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Returns when the gateway has every change that is committed now.
async fn catch_up(gate: &Gate, db: &Db) -> store::Result<()> {
    gate.reached(store::changes::latest(db).await?).await;
    Ok(())
}

/// Answers a change only when this node's gateway has it, so that whoever makes a key can call with
/// it at once. Other nodes follow on their own.
fn in_force(router: Router, gate: Arc<Gate>, db: Db) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let (gate, db) = (Arc::clone(&gate), db.clone());
        async move {
            let may_change = !request.method().is_safe();
            let answer = next.run(request).await;
            // A page leads on to another one after a change.
            if may_change && (answer.status().is_success() || answer.status().is_redirection()) {
                // A store that fails now has done its part: the change is committed.
                let _ = tokio::time::timeout(IN_FORCE_TIMEOUT, catch_up(&gate, &db)).await;
            }
            answer
        }
    }))
}

/// Answers what this node's gateway would decide.
fn explainer(gate: &Arc<Gate>, config: &Config, house: &House) -> Explainer {
    let (gate, environment) = (Arc::clone(gate), house.environment.clone());
    let config = config.gateway.clone();
    Arc::new(move |question| gateway::explain(&gate, &config, &environment, question))
}

/// Tries connections as this node's gateway would use them, whether it has one or not.
fn prober(gateway: Option<&Gateway>, house: &House, listeners: &Listeners) -> Result<Prober> {
    let forbidden = listeners.addresses()?.into_iter().chain(gateway.map(Gateway::address)).collect();
    let (prober, environment) = (Arc::new(gateway::Prober::new(forbidden)), house.environment.clone());
    Ok(Arc::new(move |connection| {
        let (prober, environment) = (Arc::clone(&prober), environment.clone());
        Box::pin(async move { prober.probe(&connection, &environment).await })
    }))
}

fn start_gateway(config: &Config, house: &House, listeners: &Listeners) -> Result<Gateway> {
    let address = config.gateway.address;
    let protocols: &[&str] = if config.gateway.http2 { &["h2", "http/1.1"] } else { &["http/1.1"] };
    let tls = listeners.pairs.gateway.as_ref().map(|pair| pair.config(protocols));
    gateway::start(config.gateway.clone(), listeners.addresses()?, tls.as_ref(), house.environment.clone())
        .map_err(|error| bind_error(&error, "the gateway", "gateway.address", address))
}

/// Runs a server until it is told to stop: SIGTERM or Ctrl-C once, to finish what is in flight;
/// twice, to stop at once.
pub(crate) async fn run(config: &Config) -> Result<()> {
    let mut signals = Signals::watch()?;
    let Some(server) = signals.unless_told(Server::start(config)).await? else { return Ok(()) };
    console::say("ready");
    if let Some(link) = server.first_owner().await? {
        console::say(format_args!("to become the owner, open within 7 days: {link}"));
    }
    signals.end(server).await;
    Ok(())
}

/// The signals that end a server. Watched before anything is started, so that none is missed.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn watch() -> Result<Self> {
        let terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be watched")?;
        let interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be watched")?;
        Ok(Self { terminate, interrupt })
    }

    /// Starts something, unless a signal comes first: a database that does not answer is no
    /// reason not to end.
    pub(crate) async fn unless_told<T>(
        &mut self,
        starting: impl Future<Output = Result<T>>,
    ) -> Result<Option<T>> {
        tokio::select! {
            started = starting => started.map(Some),
            () = self.next() => Ok(None),
        }
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Waits for a signal, then lets the server finish.
    pub(crate) async fn end(mut self, server: Server) {
        self.next().await;
        tracing::info!("stopping: no new calls, those in flight are answered");
        tokio::select! {
            () = server.stop() => tracing::info!("stopped"),
            () = self.next() => tracing::warn!("stopped at once, as asked a second time"),
        }
    }
}
