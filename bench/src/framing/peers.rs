//! The proxies, each with an upstream of its own, configured to forward what they are willing to.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::recorder::Recorder;
use crate::clock;
use crate::nginx::free_address;
use crate::portico::{self, Published};
use crate::process::Server;

/// How long a proxy may take until it listens.
const LISTENS_WITHIN: Duration = Duration::from_secs(20);

/// A running proxy.
pub(crate) struct Peer {
    /// With its version.
    pub(crate) name: String,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What its upstream got.
    pub(crate) recorder: Recorder,
    pub(crate) server: Server,
    /// What paths begin with, and what calls carry; the same for all.
    pub(crate) prefix: String,
    pub(crate) token: String,
}

async fn recorder() -> anyhow::Result<Recorder> {
    Recorder::start((Ipv4Addr::LOCALHOST, 0).into()).await
}

impl Peer {
    /// Portico, with endpoints for every path of two or three segments.
    pub(crate) async fn portico(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let recorder = recorder().await?;
        let folder = folder.join("portico");
        fs::create_dir(&folder)?;
        let published = portico::publish(program, &folder, &document(), recorder.address).await?;
        let Published { server, gateway, api, collection } = published;
        let tokens = api.make_keys(collection.id, 1).await?;
        let token = tokens.into_iter().next().context("there is no key")?;
        let name = portico::version(program)?;
        Ok(Self { name, address: gateway, recorder, server, prefix: collection.prefix, token })
    }

    /// nginx as a bare reverse proxy.
    pub(crate) async fn nginx(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let (recorder, address) = (recorder().await?, free_address()?);
        let folder = folder.join("nginx");
        fs::create_dir(&folder)?;
        let file = folder.join("nginx.conf");
        let text = format!(
            r#"daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    upstream recorder {{ server {upstream}; keepalive 8; }}
    server {{
        listen {address};
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_pass http://recorder;
        }}
    }}
}}
"#,
            upstream = recorder.address
        );
        fs::write(&file, text)?;
        let mut command = Command::new(program);
        command.arg("-p").arg(&folder).arg("-c").arg(&file);
        let name = crate::nginx::version(program)?;
        Self::start(name, command, address, recorder, &folder).await
    }

    /// `HAProxy` as a bare reverse proxy.
    pub(crate) async fn haproxy(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let (recorder, address) = (recorder().await?, free_address()?);
        let folder = folder.join("haproxy");
        fs::create_dir(&folder)?;
        let file = folder.join("haproxy.cfg");
        let text = format!(
            "defaults\n  mode http\n  timeout connect 2s\n  timeout client 5s\n  timeout server 5s\n  option forwardfor\n\
             frontend in\n  bind {address}\n  default_backend out\n\
             backend out\n  http-reuse always\n  server recorder {upstream}\n",
            upstream = recorder.address
        );
        fs::write(&file, text)?;
        let mut command = Command::new(program);
        command.arg("-db").arg("-f").arg(&file);
        let said = Command::new(program).arg("-v").output().context("cannot run haproxy")?;
        let said = String::from_utf8_lossy(&said.stdout);
        let version = said.split_whitespace().nth(2).unwrap_or_default();
        Self::start(format!("HAProxy {version}"), command, address, recorder, &folder).await
    }

    /// Envoy as a bare reverse proxy, with what its handbook recommends at the edge of a network.
    pub(crate) async fn envoy(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let (recorder, address) = (recorder().await?, free_address()?);
        let folder = folder.join("envoy");
        fs::create_dir(&folder)?;
        let file = folder.join("envoy.json");
        fs::write(&file, serde_json::to_vec_pretty(&envoy(address, recorder.address))?)?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&file).args([
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "--log-level",
            "error",
        ]);
        let said = Command::new(program).arg("--version").output().context("cannot run envoy")?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let version = said.split('/').find(|part| part.split('.').count() == 3).unwrap_or_default();
        Self::start(format!("Envoy {version}"), command, address, recorder, &folder).await
    }

    async fn start(
        name: String,
        command: Command,
        address: SocketAddr,
        recorder: Recorder,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let mut server = Server::start(command, "proxy", folder)?;
        let start = clock::now();
        while TcpStream::connect(address).await.is_err() {
            server.alive()?;
            ensure!(clock::now() - start < LISTENS_WITHIN, "it does not listen on {address}");
            sleep(Duration::from_millis(5)).await;
        }
        Ok(Self { name, address, recorder, server, prefix: String::new(), token: String::new() })
    }
}

/// Every path of two or three segments, for `GET` and `POST`.
fn document() -> Value {
    let operation = |id: &str| json!({"operationId": id, "responses": {"200": {"description": "OK"}}});
    let item =
        |id: &str| json!({"get": operation(&format!("get{id}")), "post": operation(&format!("post{id}"))});
    json!({
        "openapi": "3.0.3",
        "info": {"title": "odd", "version": "1.0"},
        "paths": { "/{a}/{b}": item("2"), "/{a}/{b}/{c}": item("3") },
    })
}

fn envoy(address: SocketAddr, upstream: SocketAddr) -> Value {
    let socket = |address: SocketAddr| json!({"socket_address": {"address": address.ip().to_string(), "port_value": address.port()}});
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "in",
        "codec_type": "HTTP1",
        "use_remote_address": true,
        "normalize_path": true,
        "merge_slashes": true,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT",
        "http_protocol_options": {"accept_http_10": true},
        "common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"},
        "route_config": {"virtual_hosts": [{
            "name": "all", "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "recorder"}}]
        }]},
        "http_filters": [{
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
        }]
    });
    json!({
        "static_resources": {
            "listeners": [{
                "name": "in", "address": socket(address),
                "filter_chains": [{"filters": [{
                    "name": "envoy.filters.network.http_connection_manager", "typed_config": manager
                }]}]
            }],
            "clusters": [{
                "name": "recorder", "type": "STATIC", "connect_timeout": "2s",
                "load_assignment": {"cluster_name": "recorder", "endpoints": [{"lb_endpoints": [
                    {"endpoint": {"address": socket(upstream)}}
                ]}]}
            }]
        }
    })
}
