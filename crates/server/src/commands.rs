//! The subcommands.

mod admin;
mod backup;
mod doctor;
mod explain;
mod import;
mod migrate;
mod token;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

pub(crate) use import::new_project;

use crate::cli::{Admin, Cli, Command, Token};
use crate::config::Config;
use crate::{demo, logging, serve};

/// Runs a command to its end.
pub(crate) fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Serve(flags) => {
            let config = Config::load_server(&flags)?;
            block_on(&config, serve::run(&config))
        }
        Command::Demo(flags) => {
            let config = demo::configure(Config::load_server(&flags)?, &flags);
            block_on(&config, demo::run(&config))
        }
        Command::Import(arguments) => {
            let config = Config::load(&arguments.common)?;
            block_on(&config, import::run(&config, arguments))
        }
        Command::Token(Token::Create(arguments)) => {
            let config = Config::load(&arguments.common)?;
            block_on(&config, token::create(&config, arguments))
        }
        Command::Admin(Admin::Invite(arguments)) => {
            let config = Config::load(&arguments.common)?;
            block_on(&config, admin::invite(&config, arguments))
        }
        Command::Migrate(common) => {
            let config = Config::load(&common)?;
            block_on(&config, migrate::run(&config))
        }
        Command::Backup(arguments) => {
            let config = Config::load(&arguments.common)?;
            block_on(&config, backup::run(&config, &arguments.file))
        }
        Command::Explain(arguments) => {
            let config = Config::load(&arguments.common)?;
            block_on(&config, explain::run(&config, arguments))
        }
        Command::Doctor(flags) => doctor::run(&flags),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "portico", &mut std::io::stdout());
            Ok(())
        }
    }
}

fn block_on(config: &Config, command: impl Future<Output = Result<()>>) -> Result<()> {
    logging::start(&config.log)?;
    runtime()?.block_on(command)
}

/// The runtime of everything but calls, which have runtimes of their own.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no thread can be started")
}
