//! The server under load.

use anyhow::{Context, Result, bail};
use longwave_client::{Client, Service};
use serde::Serialize;
use std::time::{Duration, Instant};

/// Longest wait for a server that is starting.
const START: Duration = Duration::from_mins(2);
/// Ticks of a process's clock in a second, as Linux reports them to user space.
const TICKS: f64 = 100.0;

/// The server under load.
pub struct Server {
    /// A client of the public API.
    pub client: Client,
    /// A client of the internal channel.
    pub service: Service,
    /// The secret that signs the tokens of platform users.
    pub external_secret: String,
    pid: Option<u32>,
}

/// The secrets that the server shares with the bench.
pub struct Secrets {
    /// The secret of the service `bench` on the internal channel.
    pub service: String,
    /// The secret of the platform's tokens.
    pub external: String,
}

/// Resources that the server's process used during a measure.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Used {
    /// Processor time a second: the average number of busy cores.
    pub cores: f64,
    /// Resident memory at the end of the measure.
    pub megabytes: f64,
}

impl Server {
    /// Waits until the server answers.
    ///
    /// # Errors
    /// When the server does not answer within two minutes, or reports that it cannot serve.
    pub async fn find(url: &str, pid: Option<u32>, secrets: Secrets) -> Result<Self> {
        let client = Client::new(url)?;
        let service = Service::new(url, "bench", &secrets.service)?;
        let started = Instant::now();
        loop {
            match client.healthy().await {
                Ok(true) => {
                    let external_secret = secrets.external;
                    return Ok(Self { client, service, external_secret, pid });
                }
                Ok(false) => bail!("the server at {url} says that it cannot serve"),
                Err(error) if started.elapsed() > START => {
                    return Err(error).with_context(|| format!("no server at {url}"));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// The resident memory of the server's process, in kilobytes.
    #[must_use]
    pub fn kilobytes(&self) -> Option<f64> {
        kilobytes(self.pid?)
    }

    /// Starts to measure the resources of the server's process, if that is known.
    #[must_use]
    pub fn watch(&self) -> Option<Watch> {
        let pid = self.pid?;
        Some(Watch { pid, started: Instant::now(), ticks: ticks(pid)? })
    }
}

/// A measurement of resources that is running.
pub struct Watch {
    pid: u32,
    started: Instant,
    ticks: f64,
}

impl Watch {
    /// The resources used since the start; `None` if the process is gone.
    #[must_use]
    pub fn used(&self) -> Option<Used> {
        let cores = (ticks(self.pid)? - self.ticks) / TICKS / self.started.elapsed().as_secs_f64();
        Some(Used { cores, megabytes: kilobytes(self.pid)? / 1024.0 })
    }
}

fn kilobytes(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    resident.split_whitespace().next()?.parse().ok()
}

/// The processor time of a process so far, in ticks: fields 14 and 15 of its stat, counted after the name, which may
/// contain anything (proc(5)).
fn ticks(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11).map(str::parse::<f64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}
