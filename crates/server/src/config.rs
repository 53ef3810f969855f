//! Configuration: the compiled-in defaults, then a file, then variables, then flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use actions::{ConsoleSso, IdentityRules};
use anyhow::{Result, anyhow, bail};
use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use jiff::{SignedDuration, Timestamp};
use management::{ProjectIdForm, Rate};
use model::secret::KeyMaterial;
use outbound::Exception;
use serde::Deserialize;
use store::Location;

use crate::cli::{Common, Serve};
use crate::tls::Files;

const DEFAULTS: &str = include_str!("../../../config.default.toml");
const FILE: &str = "portico.toml";

/// The settings that are secrets: texts as they are, and never shown.
const SECRETS: [&str; 3] = ["database.url", "mail.password", "control.sso.client_secret"];

/// A setting whose value is a text, even if it looks like a number: a password of digits is none.
fn as_it_is(key: &str, value: String) -> Serialized<String> {
    Serialized::default(key, value)
}

/// All settings. `config.default.toml` says what each is for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) data_dir: PathBuf,
    pub(crate) role: NodeRole,
    pub(crate) take_over: bool,
    pub(crate) database: Database,
    pub(crate) gateway: gateway::Config,
    pub(crate) control: Control,
    pub(crate) portal: Portal,
    pub(crate) sign_in: SignIn,
    pub(crate) mail: Mail,
    pub(crate) operations: Listener,
    pub(crate) documents: Documents,
    pub(crate) outbound: OutboundRules,
    pub(crate) log: Log,
}

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NodeRole {
    /// Everything
    All,
    /// Management API and portal
    Control,
    /// The gateway alone
    Gateway,
}

impl NodeRole {
    pub(crate) fn serves_calls(self) -> bool {
        self != Self::Control
    }

    pub(crate) fn administers(self) -> bool {
        self != Self::Gateway
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    url: Option<String>,
    pub(crate) connections: u32,
    pub(crate) kept_changes: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    pub(crate) address: SocketAddr,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    pub(crate) public_url: Option<String>,
    pub(crate) project_id_form: ProjectIdForm,
    pub(crate) deprecated_until: Option<Timestamp>,
    pub(crate) rate: Rate,
    pub(crate) anonymous_rate: Rate,
    pub(crate) sso: Option<Sso>,
}

/// The identity provider of the console.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sso {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl std::fmt::Debug for Sso {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sso").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// How long people stay signed in.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    idle_minutes: u32,
    absolute_hours: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portal {
    pub(crate) address: SocketAddr,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    pub(crate) public_url: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    tls_certificate: Option<PathBuf>,
    tls_key: Option<PathBuf>,
}

/// How mail leaves the house.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) security: MailSecurity,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) from: String,
}

impl std::fmt::Debug for Mail {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("host", &self.host).field("from", &self.from).finish_non_exhaustive()
    }
}

/// How a connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailSecurity {
    Starttls,
    Tls,
    None,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Documents {
    pub(crate) remote_references: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutboundRules {
    pub(crate) allow: Vec<Exception>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) level: String,
    pub(crate) format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// The settings of a command that is no server.
    pub(crate) fn load(common: &Common) -> Result<Self> {
        let mut config = Self::read(common.config.as_deref())?;
        if let Some(data_dir) = &common.data_dir {
            config.data_dir.clone_from(data_dir);
        }
        if let Some(location) = &common.database {
            config.database.url = Some(match location {
                Location::Sqlite(path) => format!("sqlite:{}", path.display()),
                Location::Postgres(url) => url.clone(),
            });
        }
        Ok(config)
    }

    /// The settings of a server.
    pub(crate) fn load_server(flags: &Serve) -> Result<Self> {
        let mut config = Self::load(&flags.common)?;
        let set = |target: &mut SocketAddr, given: Option<SocketAddr>| *target = given.unwrap_or(*target);
        set(&mut config.gateway.address, flags.gateway);
        set(&mut config.portal.address, flags.portal);
        set(&mut config.control.address, flags.control);
        set(&mut config.operations.address, flags.ops);
        config.role = flags.role.unwrap_or(config.role);
        config.take_over |= flags.take_over;
        config.gateway.take_over = config.take_over;
        Ok(config)
    }

    fn read(file: Option<&Path>) -> Result<Self> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        match file {
            Some(file) if !file.is_file() => bail!("there is no configuration file {}", file.display()),
            Some(file) => figment = figment.merge(Toml::file_exact(file)),
            None if Path::new(FILE).is_file() => figment = figment.merge(Toml::file_exact(FILE)),
            None => {}
        }
        let mut figment = figment.merge(Env::prefixed("PORTICO__").split("__"));
        for key in SECRETS {
            let variable = format!("PORTICO__{}", key.to_uppercase().replace('.', "__"));
            if let Ok(value) = std::env::var(variable) {
                figment = figment.merge(as_it_is(key, value));
            }
        }
        figment.extract().map_err(|error| anyhow!(sentence(&error)))
    }

    /// Whether the control and the portal listener are reached over TLS.
    pub(crate) fn pages_over_tls(&self) -> [bool; 2] {
        [self.control.tls_certificate.is_some(), self.portal.tls_certificate.is_some()]
    }

    /// The files for TLS of the gateway, the control, the portal and the operations listener.
    pub(crate) fn tls(&self) -> [Files<'_>; 4] {
        fn files<'c>(
            section: &'static str,
            certificate: &'c Option<PathBuf>,
            key: &'c Option<PathBuf>,
        ) -> Files<'c> {
            Files { section, certificate: certificate.as_deref(), key: key.as_deref() }
        }
        [
            files("gateway", &self.gateway.tls_certificate, &self.gateway.tls_key),
            files("control", &self.control.tls_certificate, &self.control.tls_key),
            files("portal", &self.portal.tls_certificate, &self.portal.tls_key),
            files("operations", &self.operations.tls_certificate, &self.operations.tls_key),
        ]
    }

    /// How people are let in.
    pub(crate) fn identity_rules(&self) -> IdentityRules {
        IdentityRules {
            idle: SignedDuration::from_mins(self.sign_in.idle_minutes.max(1).into()),
            absolute: SignedDuration::from_hours(self.sign_in.absolute_hours.max(1).into()),
            console_sso: self.control.sso.as_ref().map(|sso| ConsoleSso {
                name: sso.name.clone(),
                issuer: sso.issuer.clone(),
                client_id: sso.client_id.clone(),
                client_secret: KeyMaterial::new(sso.client_secret.clone()),
            }),
        }
    }

    /// Whether the database is the file in the data folder.
    pub(crate) fn is_default_database(&self) -> bool {
        self.database.url.is_none()
    }

    /// Where the database is.
    pub(crate) fn location(&self) -> Result<Location> {
        match &self.database.url {
            None => Ok(Location::Sqlite(self.data_dir.join("portico.db"))),
            Some(url) => url.parse().map_err(|fault| anyhow!("the setting `database.url` {fault}")),
        }
    }
}

/// A fault of the configuration as one sentence that names the key and where it stands.
fn sentence(error: &figment::Error) -> String {
    use figment::error::Kind;
    let Some(first) = error.clone().into_iter().next() else { return error.to_string() };
    let mut path = first.path.clone();
    let what = match &first.kind {
        Kind::UnknownField(field, known) => {
            if path.last() != Some(field) {
                path.push(field.clone());
            }
            format!("is unknown; known here are {}", known.join(", "))
        }
        Kind::MissingField(field) => {
            path.push(field.to_string());
            "is missing".to_owned()
        }
        _ if SECRETS.contains(&path.join(".").as_str()) => {
            "is wrong: it is no text in quotation marks".to_owned()
        }
        kind => format!("is wrong: {}", in_one_line(&kind.to_string())),
    };
    let place = match &first.metadata {
        Some(metadata) if metadata.name.contains("environment") => " (in an environment variable)".to_owned(),
        Some(metadata) => match &metadata.source {
            Some(figment::Source::File(file)) => format!(" (in {})", file.display()),
            _ => String::new(),
        },
        None => String::new(),
    };
    if path.is_empty() {
        return format!("the configuration{place} {what}");
    }
    format!("the setting `{}`{place} {what}", path.join("."))
}

/// A parser's message without the excerpt that it draws with bars.
fn in_one_line(message: &str) -> String {
    message.lines().filter(|line| !line.contains('|')).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> std::result::Result<Config, String> {
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(file));
        figment.extract().map_err(|error: figment::Error| sentence(&error))
    }

    #[test]
    fn the_default_file_says_what_the_gateway_does_by_default() {
        assert_eq!(read("").unwrap().gateway, gateway::Config::default());
    }

    #[test]
    fn an_unknown_key_is_named_with_what_is_known() {
        let fault = read("[gateway]\ncoers = 2").unwrap_err();
        assert!(fault.starts_with("the setting `gateway.coers` is unknown; known here are"), "{fault}");
        assert!(fault.contains("cores"), "{fault}");
        let fault = read("data_dri = 'x'").unwrap_err();
        assert!(fault.starts_with("the setting `data_dri` is unknown"), "{fault}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_key() {
        let fault = read("[database]\nconnections = 'many'").unwrap_err();
        assert!(fault.starts_with("the setting `database.connections` is wrong:"), "{fault}");
        let fault = read("[outbound]\nallow = ['http://10.0.0.1']").unwrap_err();
        assert!(fault.starts_with("the setting `outbound.allow"), "{fault}");
        assert!(fault.contains("`http://10.0.0.1` is neither"), "{fault}");
        let fault = read("[mail]\npassword = 90210").unwrap_err();
        assert_eq!(fault, "the setting `mail.password` is wrong: it is no text in quotation marks");
        let fault = read("role = 'both'").unwrap_err();
        assert!(fault.starts_with("the setting `role`"), "{fault}");
    }

    #[test]
    fn a_secret_of_digits_is_a_text() {
        let settings =
            Figment::from(Toml::string(DEFAULTS)).merge(as_it_is("mail.password", "0090210".to_owned()));
        let config: Config = settings.extract().unwrap();
        assert_eq!(config.mail.password.as_deref(), Some("0090210"));
    }
}
