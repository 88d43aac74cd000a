//! The embedded runtime: runs a Spin application's `spin.toml` where there is no Spin, with the same
//! flags, environment and state folder as `spin up`. `docs/architecture.md` says where the two differ.

mod bindings;
mod cli;
mod compile;
mod host;
mod key_value;
mod logs;
mod manifest;
mod outbound;
mod routes;
mod runtime_config;
mod server;
mod sqlite;
mod up;
mod variables;
mod waits;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Command::Up(up) = Cli::parse().command;
    match up::run(&up) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("spinlet: {error:#}");
            ExitCode::FAILURE
        }
    }
}
