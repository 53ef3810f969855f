//! Puts the parts together: command line, configuration, listeners, background work, shutdown.

mod addresses;
mod background;
mod cli;
mod commands;
mod config;
mod console;
mod demo;
mod environment;
mod house;
mod listen;
mod logging;
mod mail;
mod operations;
mod portal;
mod serve;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

/// Runs `portico` with these arguments. Exit codes: 0 done, 1 failed, 2 wrong usage.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match cli::Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are "errors" to clap and go to standard output. That neither can
            // be written is not worth another exit code.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match commands::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::complain(&error);
            ExitCode::FAILURE
        }
    }
}
