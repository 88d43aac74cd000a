//! The command line: `spin up`'s flags and environment, as far as spinlet has them.

use clap::{Args, Parser, Subcommand};
use rand::Rng;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Runs a Spin application where there is no Spin.
#[derive(Parser)]
#[command(name = "spinlet", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What spinlet can do.
#[derive(Subcommand)]
pub enum Command {
    /// Serve an application.
    Up(Box<Up>),
    /// Copy the databases into a new folder, all of them as they are at one moment, while a server runs.
    Backup(Backup),
    /// Put the databases of a backup in place, while no server runs.
    Restore(Restore),
}

/// Where an application's databases are.
#[derive(Args)]
pub struct Place {
    /// The manifest, or the folder of a spin.toml, that the state folder is beside unless given.
    #[arg(short, long, value_name = "APP", default_value = "spin.toml")]
    pub from: PathBuf,
    /// Where the databases are; `.spin` beside the manifest unless given.
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// Where the databases and stores are, if not in the state folder.
    #[arg(long, env = "RUNTIME_CONFIG_FILE")]
    pub runtime_config_file: Option<PathBuf>,
}

/// `spinlet backup`
#[derive(Args)]
pub struct Backup {
    /// Where the databases are.
    #[command(flatten)]
    pub place: Place,
    /// The folder to make; it must not exist, or be empty.
    pub destination: PathBuf,
}

/// `spinlet restore`
#[derive(Args)]
pub struct Restore {
    /// Where the databases are to be.
    #[command(flatten)]
    pub place: Place,
    /// The folder that `spinlet backup` made.
    pub backup: PathBuf,
    /// Replace the databases that are there; they are kept under another name.
    #[arg(long)]
    pub replace: bool,
}

/// The manifest of an application, and its folder.
#[must_use]
pub fn manifest(from: &Path) -> (PathBuf, PathBuf) {
    let path = if from.is_dir() { from.join("spin.toml") } else { from.to_owned() };
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    (path, folder)
}

impl Place {
    /// The state folder.
    #[must_use]
    pub fn state_dir(&self) -> PathBuf {
        self.state_dir.clone().unwrap_or_else(|| manifest(&self.from).1.join(".spin"))
    }
}

/// `spinlet up`
#[derive(Args)]
pub struct Up {
    /// The manifest, or the folder of a spin.toml.
    #[arg(short, long, value_name = "APP", default_value = "spin.toml")]
    pub from: PathBuf,
    /// Where to listen; port 0 takes a free one and prints it.
    #[arg(long, env = "SPIN_HTTP_LISTEN_ADDR", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Where databases, stores and logs are; `.spin` beside the manifest unless given.
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// Where compiled code is kept; `cache` in the state folder unless given.
    #[arg(long)]
    pub cache_dir: Option<PathBuf>,
    /// A variable of the application; wins over `SPIN_VARIABLE_<NAME>`.
    #[arg(long = "variable", value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// An environment variable of every component; wins over the manifest's.
    #[arg(short, long = "env", value_name = "KEY=VALUE", value_parser = key_value)]
    pub environment: Vec<(String, String)>,
    /// Statements, or `@` and a file of them, to run on the default database (or `name:...`) first.
    #[arg(long = "sqlite", value_name = "SQL")]
    pub sqlite: Vec<String>,
    /// Print nothing of what components write; the log files still get it.
    #[arg(short, long)]
    pub quiet: bool,
    /// The largest size of a log file, in bytes; then it is renamed to `<name>.1` and begun anew. 0: no limit.
    #[arg(long, default_value = "16777216")]
    pub log_file_max: u64,
    /// Where the databases and stores are, if not in the state folder.
    #[arg(long, env = "RUNTIME_CONFIG_FILE")]
    pub runtime_config_file: Option<PathBuf>,
    /// How many requests one instance serves before it is dropped.
    #[arg(long, default_value = "128")]
    pub max_instance_reuse_count: Range<usize>,
    /// How many requests one instance serves at a time.
    #[arg(long, default_value = "16")]
    pub max_instance_concurrent_reuse_count: Range<usize>,
    /// How long an idle instance is kept: seconds, or a number with s, ms, us or ns.
    #[arg(long, default_value = "1s")]
    pub idle_instance_timeout: Range<Seconds>,
    /// How long a request may take; without it, as long as it likes.
    #[arg(long)]
    pub request_timeout: Option<Range<Seconds>>,
    /// How much of a request's body a component can read, in bytes; more is an error to it.
    #[arg(long, default_value = "10485760")]
    pub max_request_body: u64,
    /// How long a connection without a request is kept.
    #[arg(long, default_value = "75s")]
    pub keep_alive_timeout: Seconds,
    /// How long the head of a request may take to come, from its first byte.
    #[arg(long, default_value = "30s")]
    pub head_timeout: Seconds,
    /// How long the body of a request may take to come; it is answered 408 then.
    #[arg(long, default_value = "60s")]
    pub body_timeout: Seconds,
    /// How long a client may leave an answer unread before it is cut off.
    #[arg(long, default_value = "30s")]
    pub write_timeout: Seconds,
    /// Do no better than Spin where that costs speed: as many requests begin at a time as come, what writes to a
    /// database waits in SQLite, answers wait for acknowledgements of TCP, and no more than 1,000 instances live
    /// (`SPIN_MAX_INSTANCE_COUNT`). To see before a deployment how an application does there.
    #[arg(long, env = "SPINLET_AS_SPIN")]
    pub as_spin: bool,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| format!("'{text}' must have the form KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// One value, or `first..end`, of which each instance draws one (the end not included).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T> {
    first: T,
    end: Option<T>,
}

impl<T: FromStr<Err: std::fmt::Display> + PartialOrd> FromStr for Range<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |part: &str| part.parse::<T>().map_err(|error| format!("'{part}': {error}"));
        let Some((first, end)) = text.split_once("..") else {
            return Ok(Self { first: parse(text)?, end: None });
        };
        let (first, end) = (parse(first)?, parse(end)?);
        if first >= end {
            return Err(format!("'{text}' is empty: the first value must be below the end"));
        }
        Ok(Self { first, end: Some(end) })
    }
}

impl<T: Copy> Range<T> {
    fn draw(self, between: impl FnOnce(T, T) -> T) -> T {
        self.end.map_or(self.first, |end| between(self.first, end))
    }
}

impl Range<usize> {
    /// The one value, or one drawn from the range.
    #[must_use]
    pub fn sample(self) -> usize {
        self.draw(|first, end| rand::rng().random_range(first..end))
    }
}

impl Range<Seconds> {
    /// The one value, or one drawn from the range.
    #[must_use]
    pub fn sample(self) -> Duration {
        self.draw(|first, end| Seconds(rand::rng().random_range(first.0..end.0))).0
    }
}

/// A duration: a number of seconds, or one with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub struct Seconds(Duration);

impl Seconds {
    /// The duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(unit);
        let number = number.parse().map_err(|_| {
            format!("'{text}' must be a whole number of seconds, or one with s, ms, us or ns")
        })?;
        match unit {
            "" | "s" => Ok(Self(Duration::from_secs(number))),
            "ms" => Ok(Self(Duration::from_millis(number))),
            "us" | "\u{3bc}s" => Ok(Self(Duration::from_micros(number))),
            "ns" => Ok(Self(Duration::from_nanos(number))),
            _ => Err(format!("'{text}' has the unit '{unit}'; there are s, ms, us and ns")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_unless_they_say_otherwise() {
        let parse = |text: &str| text.parse::<Range<Seconds>>().map(Range::<Seconds>::sample);
        assert_eq!(parse("3"), Ok(Duration::from_secs(3)));
        assert_eq!(parse("3s"), Ok(Duration::from_secs(3)));
        assert_eq!(parse("3ms"), Ok(Duration::from_millis(3)));
        assert_eq!(parse("3us"), Ok(Duration::from_micros(3)));
        assert_eq!(parse("3ns"), Ok(Duration::from_nanos(3)));
        for bad in ["", "s", "-1", "1m", "1.5"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_range_is_drawn_from_without_its_end() {
        for _ in 0..100 {
            assert!((2..4).contains(&"2..4".parse::<Range<usize>>().unwrap().sample()));
        }
        for bad in ["4..4", "4..2", "..", "1..", "a..b"] {
            assert!(bad.parse::<Range<usize>>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_flags_are_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
