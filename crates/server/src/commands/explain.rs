//! `portico explain`: what the gateway would decide about a call.

use std::io::Read as _;
use std::net::IpAddr;

use anyhow::{Context as _, Result, anyhow, bail};
use gateway::Gate;
use model::explain::{Decision, Explanation, Presented, Question};
use model::{Digest, KeyId, Method, SecretKind};

use crate::cli::{Explain, Output};
use crate::config::Config;
use crate::console;
use crate::house::House;

/// The variable that holds a token, which has no place on the command line: everyone can see that.
const TOKEN_VARIABLE: &str = "PORTICO_API_TOKEN";

/// Longer than any token.
const TOKEN_BYTES: u64 = 1024;

pub(super) async fn run(config: &Config, arguments: Explain) -> Result<()> {
    let question = question(&arguments)?;
    let house = House::open_as_it_is(config).await?;
    let gate = Gate::new();
    gate.portals_at(&config.portal.url(config.portal.address.port()));
    gateway::follow::once(&gate, &house.db).await.context("what is served cannot be read")?;
    let told = gateway::explain(&gate, &config.gateway, &house.environment, &question);
    match arguments.format {
        Output::Json => console::say(serde_json::to_string_pretty(&told)?),
        Output::Text => say(&told),
    }
    Ok(())
}

fn question(arguments: &Explain) -> Result<Question> {
    let method = Method::from_request(&arguments.method.to_ascii_uppercase())
        .ok_or_else(|| anyhow!("no endpoint can have the method `{}`", arguments.method))?;
    let from: IpAddr = arguments.from;
    let headers = arguments.header.iter().map(|header| named(header)).collect::<Result<_>>()?;
    let caller = match arguments.key.as_deref() {
        Some("-") => {
            let mut token = String::new();
            std::io::stdin()
                .take(TOKEN_BYTES)
                .read_to_string(&mut token)
                .context("no token could be read")?;
            presented(&token)?
        }
        Some(id) => Presented::Key(KeyId(id.parse().map_err(|_| {
            anyhow!(
                "`--key` takes the id of a key, or `-` for a token on standard input; never a token itself"
            )
        })?)),
        None => match std::env::var(TOKEN_VARIABLE) {
            Ok(token) => presented(&token)?,
            Err(_) => Presented::Headers,
        },
    };
    Ok(Question { caller, from, method, target: arguments.path.clone(), headers })
}

fn presented(token: &str) -> Result<Presented> {
    match Digest::presented(SecretKind::Key, token.trim().as_bytes()) {
        Some(digest) => Ok(Presented::Token(digest)),
        None => bail!("what was given as a token has not the form of one: 64 lowercase hex digits"),
    }
}

fn named(header: &str) -> Result<(String, String)> {
    let (name, value) =
        header.split_once(':').ok_or_else(|| anyhow!("a header is written `name: value`; got `{header}`"))?;
    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}

fn say(told: &Explanation) {
    let line = |what: &str, text: &str| console::say(format_args!("{what:<11}{text}"));
    let status = told.status.map(|status| format!(" {status}")).unwrap_or_default();
    let code = told.code.map(|code| format!(", code {code}")).unwrap_or_default();
    line("decision", &format!("{}{status}{code}", told.decision.as_str()));
    line("because", &told.rule);
    line("caller", &told.address.to_string());
    if let Some(path) = &told.path {
        line("path", path);
    }
    let ids = [
        ("key", told.key.map(|id| id.0)),
        ("client", told.client.map(|id| id.0)),
        ("collection", told.collection.map(|id| id.0)),
        ("endpoint", told.endpoint.map(|id| id.0)),
    ];
    for (what, id) in ids {
        if let Some(id) = id {
            line(what, &id.to_string());
        }
    }
    if let Some(upstream) = &told.upstream {
        line("upstream", upstream);
    }
    for limit in &told.limits {
        line("limit", &format!("{}: {} calls in {} s", limit.name, limit.limit, limit.window_s));
    }
    if !told.limits.is_empty() && told.decision != Decision::Refuse {
        line("", "how many calls are left only the running gateway knows: `POST /api/portico/v1/explain`");
    }
}
