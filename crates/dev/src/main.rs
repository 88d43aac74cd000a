//! `cargo dev`: the tasks of this repository that are written in Rust instead of shell.

use clap::{Parser, Subcommand};
use longwave_dev::{check, generate, project};
use std::process::ExitCode;

/// The tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev")]
struct Options {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write spin.toml, openapi.yaml and the tables of docs/ from the declarations of the
    /// components.
    Generate {
        /// Write nothing, and fail if a file differs from the declarations.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let Task::Generate { check: only_check } = Options::parse().task;
    let done = if only_check { check(&project()) } else { generate(&project()) };
    match done {
        Ok(changed) => {
            for path in changed {
                println!("wrote {path}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("cargo dev generate: {error:#}");
            ExitCode::FAILURE
        }
    }
}
