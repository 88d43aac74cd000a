//! The embedded runtime: runs a Spin application's `spin.toml` where there is no Spin, with the same flags,
//! environment and state folder as `spin up`. `docs/architecture.md` lists the differences.

mod backup;
mod bindings;
mod cli;
mod compile;
mod host;
mod key_value;
mod logs;
mod manifest;
mod outbound;
mod restore;
mod routes;
mod runtime_config;
mod server;
mod sqlite;
mod state;
mod terminal;
mod up;
mod variables;
mod waits;

use clap::Parser;
use cli::{Cli, Command};
use std::process::ExitCode;
use std::time::Duration;

/// Longest wait at the end for output to be written.
const LAST_LINES: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let command = Cli::parse().command;
    // Files that are created from now on are accessible to their owner only.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    std::panic::set_hook(Box::new(|panic| terminal::say(format_args!("spinlet: {panic}"))));
    let done = match command {
        Command::Up(up) => up::run(&up),
        Command::Backup(backup) => backup::run(&backup),
        Command::Restore(restore) => restore::run(&restore),
    };
    let code = match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::say(format_args!("spinlet: {error:#}"));
            ExitCode::FAILURE
        }
    };
    terminal::flush(LAST_LINES);
    code
}
