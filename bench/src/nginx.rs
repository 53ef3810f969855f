//! nginx, as a bare reverse proxy and doing as much of a gateway's job as it can.

use std::fmt::Write as _;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::process::{Server, on_core};
use crate::target::{About, Target, Tokens};
use crate::{clock, probe};

/// Forwards, and nothing else.
const BARE: About = About {
    name: "nginx-bare",
    does: "forwards over kept connections, sets X-Forwarded-*",
    missing: "keys, address rules, request ids, metrics, call log",
    refuses: false,
    forwards: true,
};

/// The gateway's job, as far as its configuration language goes.
const SAME_JOB: About = About {
    name: "nginx-same-job",
    does: "the same as nginx-bare, and a map of all keys, 64 address ranges, request ids, a formatted log line, 401 and 403",
    missing: "hashed keys, address rules per key, metrics, routing by endpoint",
    refuses: true,
    forwards: true,
};

/// How many prefixes its address rules have.
const PREFIXES: usize = 64;

/// What both need to know.
pub(crate) struct Setting<'a> {
    /// The program.
    pub(crate) program: &'a Path,
    /// The core that it runs on.
    pub(crate) core: usize,
    /// Where its files go.
    pub(crate) folder: &'a Path,
    /// Where the answers come from.
    pub(crate) upstream: SocketAddr,
    /// What the paths begin with.
    pub(crate) prefix: &'a str,
    /// The files with what calls carry.
    pub(crate) tokens: &'a Tokens,
    /// One of them.
    pub(crate) token: &'a str,
}

/// As `nginx -v` gives it.
pub(crate) fn version(program: &Path) -> anyhow::Result<String> {
    let output = Command::new(program).arg("-v").output();
    let output = output.with_context(|| format!("cannot run {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stderr);
    Ok(text.trim().trim_start_matches("nginx version: ").to_owned())
}

impl Setting<'_> {
    /// Starts it as a bare reverse proxy.
    pub(crate) async fn bare(&self) -> anyhow::Result<Target> {
        self.start(BARE, "access_log off;", "").await
    }

    /// Starts it with the gateway's job.
    pub(crate) async fn same_job(&self) -> anyhow::Result<Target> {
        let keys = self.folder.join("keys.map");
        let count = write_keys(&self.tokens.keys, &keys)?;
        let http = format!(
            r#"
    map_hash_max_size {size};
    map_hash_bucket_size 1024;
    map $http_api_token $client {{
        default "";
        include {keys};
    }}
    geo $denied {{
{ranges}    }}
    log_format call '$msec $client $remote_addr "$request_method $uri" $status $bytes_sent '
                    '$request_time $upstream_response_time $request_id';
    access_log /dev/null call buffer=64k;
    add_header X-Request-Id $request_id always;
    default_type application/json;
"#,
            size = count.next_power_of_two(),
            keys = keys.display(),
            ranges = ranges(),
        );
        let location = r#"
            if ($client = "") { return 401 '{"error":"access to this API has been disallowed"}'; }
            if ($denied) { return 403 '{"error":"access from this address is not allowed"}'; }
            proxy_set_header Api-Token "";
"#;
        self.start(SAME_JOB, &http, location).await
    }

    async fn start(&self, about: About, http: &str, location: &str) -> anyhow::Result<Target> {
        let folder = self.folder.join(about.name);
        fs::create_dir(&folder)?;
        let address = free_address()?;
        let configuration = folder.join("nginx.conf");
        fs::write(&configuration, self.configuration(address, http, location))?;
        let mut command = on_core(self.core, self.program);
        command.arg("-p").arg(&folder).arg("-c").arg(&configuration);
        let began = clock::now();
        let mut server = Server::start(command, about.name, self.folder)?;
        let path = format!("{}/kib", self.prefix);
        probe::first_answer(&mut server, address, &path, self.token).await.context(about.name)?;
        let start_ms = Some((clock::now() - began).as_secs_f64() * 1000.0);
        let prefix = self.prefix.to_owned();
        // Both get the same requests, though one of them does not look at the key. The other one looks at
        // keys only.
        let all = self.tokens.clone();
        let tokens = Some(if about.refuses { Tokens { governed: None, signed: None, ..all } } else { all });
        Ok(Target { about, address, prefix, tokens, server: Some(server), metrics: None, start_ms })
    }

    fn configuration(&self, address: SocketAddr, http: &str, location: &str) -> String {
        let Self { upstream, prefix, .. } = self;
        format!(
            r#"daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path temp;
    proxy_temp_path temp;
    fastcgi_temp_path temp;
    uwsgi_temp_path temp;
    scgi_temp_path temp;
    keepalive_timeout 300s;
    keepalive_requests 1000000000;
    client_body_buffer_size 64k;
    # Room for the largest answer, so that nothing goes through a file.
    proxy_buffer_size 16k;
    proxy_buffers 8 32k;
    proxy_busy_buffers_size 64k;
    proxy_max_temp_file_size 0;
    upstream answers {{
        server {upstream};
        keepalive 256;
        keepalive_requests 1000000000;
        keepalive_timeout 300s;
    }}
{http}
    server {{
        listen {address} backlog=1024;
        location {prefix}/ {{
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
{location}
            proxy_pass http://answers/;
        }}
    }}
}}
"#
        )
    }
}

/// Writes the tokens in the form that `map` reads, and gives their number.
fn write_keys(tokens: &Path, keys: &Path) -> anyhow::Result<usize> {
    let tokens = fs::read_to_string(tokens)?;
    let mut map = String::with_capacity(tokens.len() * 2);
    let mut count = 0;
    for token in tokens.lines() {
        writeln!(map, "{token} {};", count / 20 + 1)?;
        count += 1;
    }
    fs::write(keys, map)?;
    Ok(count)
}

/// Address rules for `geo`: everything but loopback is denied, and one range of that as well.
fn ranges() -> String {
    let mut ranges = format!("        default 1;\n        127.0.0.0/8 0;\n        {}/16 1;\n", probe::DENIED);
    for n in 2..PREFIXES {
        ranges += &format!("        10.{n}.0.0/16 {};\n", n % 2);
    }
    ranges
}

/// An address on loopback that was free a moment ago.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
