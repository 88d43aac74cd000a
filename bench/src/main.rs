//! The load generator: measures a running server, and fails when it loses a message.
//!
//! Each measure creates its own users, compares the messages and acknowledgements that they received with the
//! server's data, and prints its rows. The generator runs on one thread, so that the server has the rest of the
//! machine.

mod deliver;
mod fan_out;
mod group;
mod idle;
mod not_found;
mod people;
mod progress;
mod report;
mod send;
mod server;
mod store;
mod storm;
mod waiting;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use report::Report;
use server::{Secrets, Server};
use std::path::PathBuf;
use std::time::Duration;

/// The measures.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// The SQL on SQLite alone, without a server.
    Store,
    /// A component that only refuses: the floor of the runtime.
    Empty,
    /// Sends in a closed loop.
    Send,
    /// Sends to a small and to a large group, and lists of many conversations.
    Group,
    /// Messages at a steady rate to users who poll.
    Deliver,
    /// Messages to a group, until the last waiting member has each.
    FanOut,
    /// All polls lose their connections and are repeated at once.
    Storm,
    /// Polls during which nothing happens.
    Idle,
}

/// Measures a running server.
#[derive(Parser)]
#[command(name = "longwave-bench", version, about)]
struct Options {
    /// The URL of the server.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: String,
    /// The id of the server's process, to measure its processor time and memory as well.
    #[arg(long)]
    pid: Option<u32>,
    /// The measures to run.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Scenario::value_variants().to_vec())]
    scenarios: Vec<Scenario>,
    /// Duration of each measure in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Numbers of connections that send or ask in a closed loop, one measure each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 50])]
    connections: Vec<usize>,
    /// Number of polls that wait; they begin a thousand in ten seconds.
    #[arg(long, default_value_t = 100)]
    polls: usize,
    /// Messages a second to users who poll.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 100])]
    rates: Vec<u32>,
    /// Members of the groups for fan-out, of whom at most `--polls` wait.
    #[arg(long, value_delimiter = ',', default_values_t = [100])]
    members: Vec<usize>,
    /// Longest time in milliseconds that anything may take; anything longer is an error.
    #[arg(long)]
    late: Option<u64>,
    /// The secret of the service `bench` on the server's internal channel.
    #[arg(long, env = "LONGWAVE_BENCH_SERVICE_SECRET", hide_env_values = true)]
    service_secret: String,
    /// The secret of the server's external tokens.
    #[arg(long, env = "LONGWAVE_BENCH_EXTERNAL_SECRET", hide_env_values = true)]
    external_secret: String,
    /// A file for the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse();
    let secrets = Secrets {
        service: options.service_secret.clone(),
        external: options.external_secret.clone(),
    };
    let server = Server::find(&options.url, options.pid, secrets).await?;
    let mut report = Report::default();
    for scenario in &options.scenarios {
        measure(*scenario, &server, &options, &mut report).await?;
    }
    if let Some(late) = options.late {
        report.late_beyond(Duration::from_millis(late));
    }
    if let Some(path) = &options.json {
        let json = serde_json::to_string_pretty(&report)?;
        std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))?;
    }
    report.verdict()
}

async fn measure(
    scenario: Scenario,
    server: &Server,
    options: &Options,
    report: &mut Report,
) -> Result<()> {
    let duration = Duration::from_secs(options.seconds);
    let pollers = async || people::make(server, options.polls, "who poll").await;
    match scenario {
        Scenario::Store => report.add_all(store::measure().await?),
        Scenario::Empty => {
            for &connections in &options.connections {
                report.add(not_found::measure(server, connections, duration).await?)?;
            }
            Ok(())
        }
        Scenario::Send => {
            for &connections in &options.connections {
                report.add(send::measure(server, connections, duration).await?)?;
            }
            Ok(())
        }
        Scenario::Group => report.add_all(group::measure(server, duration).await?),
        Scenario::Deliver => {
            let people = pollers().await?;
            for &rate in &options.rates {
                report.add(deliver::measure(server, &people, rate, duration).await?)?;
            }
            Ok(())
        }
        Scenario::FanOut => {
            for &members in &options.members {
                report.add_all(fan_out::measure(server, members, options.polls).await?)?;
            }
            Ok(())
        }
        Scenario::Storm => report.add(storm::measure(server, &pollers().await?).await?),
        Scenario::Idle => report.add(idle::measure(server, &pollers().await?, duration).await?),
    }
}
