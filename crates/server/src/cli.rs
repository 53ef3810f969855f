//! The command line. Names that scripts rely on do not change.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use model::access::Role;
use model::people::MemberRole;
use store::Location;

/// An API platform in one program: publish, govern, serve and share APIs.
#[derive(Debug, Parser)]
#[command(name = "portico", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the platform
    ///
    /// Prints one line per listener, `listening gateway=http://127.0.0.1:8080`, and `ready` when
    /// calls are served. Ends on SIGTERM or Ctrl-C once the calls in flight are answered.
    Serve(Serve),
    /// Run the platform with sample data, and print a call that works
    ///
    /// Sample data goes into `portico-demo` unless --data-dir says otherwise, with a sample backend
    /// inside this process, a published collection, a client and a key.
    Demo(Serve),
    /// Publish an OpenAPI document as a collection, or give a collection another document
    ///
    /// Works beside a running server, which serves the collection at once. With --into endpoints are
    /// matched by method and path: those that stay keep their ids, their keys and their state.
    Import(Import),
    /// Manage tokens for the management API
    #[command(subcommand)]
    Token(Token),
    /// Tell what the gateway would decide about a call, and which rule decides
    ///
    /// No call is made, and nothing is counted. Works beside a running server, and without one.
    Explain(Explain),
    /// Let people into the console
    #[command(subcommand)]
    Admin(Admin),
    /// Bring the database schema up to this version
    Migrate(Common),
    /// Write a consistent copy of the database while it is in use
    ///
    /// SQLite: a database file. PostgreSQL: an archive for `pg_restore`, made by `pg_dump`, which
    /// must be installed. The master key is not part of it: keep a copy of `master.key` elsewhere.
    Backup(Backup),
    /// Check configuration, store, master key, clock, ports and mail
    Doctor(Serve),
    /// Print a completion script for a shell
    Completions {
        /// The shell to print it for
        shell: clap_complete::Shell,
    },
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// The configuration file [default: portico.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "PORTICO_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The folder for database, master key and whatever else is kept [default: portico-data]
    #[arg(long, value_name = "DIR", env = "PORTICO_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// The database, `sqlite:PATH` or `postgres://…` [default: a SQLite file in the data folder]
    #[arg(long, value_name = "URL", env = "PORTICO_DATABASE", hide_env_values = true)]
    pub(crate) database: Option<Location>,
}

/// The flags of a server.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Where calls arrive; port 0 picks a free one [default: 0.0.0.0:8080]
    #[arg(long, value_name = "ADDR", env = "PORTICO_GATEWAY")]
    pub(crate) gateway: Option<SocketAddr>,
    /// Where developer portals listen [default: 127.0.0.1:8070]
    #[arg(long, value_name = "ADDR", env = "PORTICO_PORTAL")]
    pub(crate) portal: Option<SocketAddr>,
    /// Where the management API listens [default: 127.0.0.1:8090]
    #[arg(long, value_name = "ADDR", env = "PORTICO_CONTROL")]
    pub(crate) control: Option<SocketAddr>,
    /// Where /healthz, /readyz and /metrics listen [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDR", env = "PORTICO_OPS")]
    pub(crate) ops: Option<SocketAddr>,
    /// What this node does [default: all]
    #[arg(long, value_enum, env = "PORTICO_ROLE")]
    pub(crate) role: Option<crate::config::NodeRole>,
    /// Share the addresses with the process before this one, which is to end when this one is ready
    #[arg(long)]
    pub(crate) take_over: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The OpenAPI document, 2.0 to 3.2 in JSON or YAML: a file, a folder, a zip archive or a URL
    pub(crate) spec: String,
    /// The file of a folder or archive in which the document begins [default: openapi.yaml and the
    /// like, or the only document at the top]
    #[arg(long, value_name = "FILE")]
    pub(crate) entry: Option<String>,
    /// How the document is written [default: as it looks]
    #[arg(long, value_enum)]
    pub(crate) format: Option<SpecFormat>,
    /// Fetch what the document refers to by URL, from public addresses and those in `outbound.allow`
    #[arg(long)]
    pub(crate) remote_references: bool,
    /// The handle of a collection that gets the document, instead of a new one
    #[arg(long, value_name = "HANDLE", conflicts_with_all = ["name", "collection_version", "project", "upstream"])]
    pub(crate) into: Option<String>,
    /// Say what would come of it, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Show no progress
    #[arg(long)]
    pub(crate) quiet: bool,
    /// The collection's name [default: the document's title]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The collection's version, 1 to 10 characters [default: 1.0]
    // `--version` would read as the program's.
    #[arg(long, value_name = "VERSION")]
    pub(crate) collection_version: Option<String>,
    /// The name of the project that it goes into
    #[arg(long)]
    pub(crate) project: Option<String>,
    /// The base URL of the backend; without one, endpoints answer from the document's examples
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Option<String>,
    /// Let the endpoints that are made be called at once
    #[arg(long)]
    pub(crate) activate: bool,
    /// The handle of the workspace
    #[arg(long, value_name = "HANDLE", default_value = model::workspace::DEFAULT_WORKSPACE)]
    pub(crate) workspace: String,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SpecFormat {
    /// JSON
    Json,
    /// YAML
    Yaml,
}

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Print a new token for the management API, and nothing else
    ///
    /// It is shown this once. A running server takes it at once.
    Create(TokenCreate),
}

#[derive(Debug, Args)]
pub(crate) struct TokenCreate {
    #[command(flatten)]
    pub(crate) common: Common,
    /// What the token is for; unique in the workspace
    #[arg(long)]
    pub(crate) name: String,
    /// The handle of the workspace
    #[arg(long, value_name = "HANDLE", default_value = model::workspace::DEFAULT_WORKSPACE)]
    pub(crate) workspace: String,
    /// What the token may do: admin, publisher or viewer
    #[arg(long, default_value_t = Role::Admin)]
    pub(crate) role: Role,
    /// A project that the token is to be restricted to, by its name; may be given several times
    #[arg(long = "project", value_name = "NAME")]
    pub(crate) projects: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Print a link with which somebody signs in to the console, and nothing else
    ///
    /// It works once, for 7 days. Whoever is not a member of the workspace yet becomes one. For those who
    /// are, it is a way back in: their role stays unless --role is given.
    Invite(AdminInvite),
}

#[derive(Debug, Args)]
pub(crate) struct AdminInvite {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Their e-mail address
    pub(crate) email: String,
    /// What they may do: owner, admin, publisher or viewer [default: admin]
    #[arg(long)]
    pub(crate) role: Option<MemberRole>,
    /// The handle of the workspace
    #[arg(long, value_name = "HANDLE", default_value = model::workspace::DEFAULT_WORKSPACE)]
    pub(crate) workspace: String,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The id of the key that would be used, or `-` to read a token from standard input
    ///
    /// Without it the token in the variable `PORTICO_API_TOKEN`; else a call without a credential.
    #[arg(long, value_name = "ID")]
    pub(crate) key: Option<String>,
    /// The address that the connection would come from
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1")]
    pub(crate) from: std::net::IpAddr,
    /// The method
    #[arg(long, default_value = "GET")]
    pub(crate) method: String,
    /// Path and query, such as `/main/product-catalog-v1/products/2`
    #[arg(long)]
    pub(crate) path: String,
    /// Another header, as `name: value`; can be given several times
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Output::Text)]
    pub(crate) format: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The file to write; it must not exist
    pub(crate) file: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
