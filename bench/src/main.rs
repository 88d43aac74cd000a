//! The load generator: measures a server that runs, and fails when it loses a message.
//!
//! Each measure makes its own users, checks what it was told against what the server holds, and
//! prints one row. Its own work is on one thread, so that the server has the rest of the machine.

mod deliver;
mod group;
mod not_found;
mod people;
mod report;
mod send;
mod server;
mod store;

use anyhow::{Context, Result};
use clap::Parser;
use longwave_client::Service;
use report::Report;
use server::Server;
use std::path::PathBuf;
use std::time::Duration;

/// Measures a server that runs.
#[derive(Parser)]
#[command(name = "longwave-bench", version, about)]
struct Options {
    /// The server.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: String,
    /// The server's process, to measure its processor time and memory as well.
    #[arg(long)]
    pid: Option<u32>,
    /// How many seconds each measure takes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Numbers of connections that send or ask in a closed loop, one measure each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 50])]
    connections: Vec<usize>,
    /// How many polls wait while messages are delivered.
    #[arg(long, default_value_t = 100)]
    polls: usize,
    /// Messages a second, to those who poll.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 100])]
    rates: Vec<u32>,
    /// The secret of the service `bench` on the server's internal channel, which a group of 10,000
    /// is made with; without it, there is none.
    #[arg(long, env = "LONGWAVE_BENCH_SERVICE_SECRET", hide_env_values = true)]
    service_secret: Option<String>,
    /// Where to put the figures as JSON as well.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse();
    let mut report = Report::default();
    for row in store::measure().await? {
        report.add(row)?;
    }
    let server = Server::find(&options.url, options.pid).await?;
    let duration = Duration::from_secs(options.seconds);
    for &connections in &options.connections {
        report.add(not_found::measure(&server, connections, duration).await?)?;
    }
    for &connections in &options.connections {
        report.add(send::measure(&server, connections, duration).await?)?;
    }
    if let Some(secret) = &options.service_secret {
        let service = Service::new(&options.url, "bench", secret)?;
        for row in group::measure(&server, &service, duration).await? {
            report.add(row)?;
        }
    }
    if options.polls > 0 {
        let people = people::make(&server, options.polls, "who poll").await?;
        for &rate in &options.rates {
            report.add(deliver::measure(&server, &people, rate, duration).await?)?;
        }
    }
    if let Some(path) = &options.json {
        let json = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))?;
    }
    report.verdict()
}
