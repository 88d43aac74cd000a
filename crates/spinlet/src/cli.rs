//! The command line: the flags and environment of `spin up` that spinlet supports.

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
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands of spinlet.
#[derive(Subcommand)]
pub enum Command {
    /// Serve an application.
    Up(Box<Up>),
    /// Copy the databases, all as of one moment, into a new folder; a server may be running.
    Backup(Backup),
    /// Put the databases of a backup in place; no server may be running.
    Restore(Restore),
}

/// The location of an application's databases.
#[derive(Args)]
pub struct Place {
    /// The manifest, or the folder of a spin.toml; the default state folder is beside it.
    #[arg(short, long, value_name = "APP", default_value = "spin.toml")]
    pub from: PathBuf,
    /// The folder of the databases; by default `.spin` beside the manifest.
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// The file that places databases and stores outside the state folder.
    #[arg(long, env = "RUNTIME_CONFIG_FILE")]
    pub runtime_config_file: Option<PathBuf>,
}

/// `spinlet backup`
#[derive(Args)]
pub struct Backup {
    /// The location of the databases.
    #[command(flatten)]
    pub place: Place,
    /// The folder to create; it must not exist, or be empty.
    pub destination: PathBuf,
}

/// `spinlet restore`
#[derive(Args)]
pub struct Restore {
    /// The place to restore to.
    #[command(flatten)]
    pub place: Place,
    /// The folder that `spinlet backup` created.
    pub backup: PathBuf,
    /// Replace existing databases; they are kept under another name.
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
    /// The address to listen on; port 0 takes a free port and prints it.
    #[arg(long, env = "SPIN_HTTP_LISTEN_ADDR", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// The folder of databases, stores and logs; by default `.spin` beside the manifest.
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// The folder of compiled code; by default `cache` in the state folder.
    #[arg(long)]
    pub cache_dir: Option<PathBuf>,
    /// A variable of the application; overrides `SPIN_VARIABLE_<NAME>`.
    #[arg(long = "variable", value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// An environment variable of every component; overrides the manifest's.
    #[arg(short, long = "env", value_name = "KEY=VALUE", value_parser = key_value)]
    pub environment: Vec<(String, String)>,
    /// Statements, or `@` and a file of them, to run at the start on the default database (or `name:...`).
    #[arg(long = "sqlite", value_name = "SQL")]
    pub sqlite: Vec<String>,
    /// Do not print the output of components; the log files still get it.
    #[arg(short, long)]
    pub quiet: bool,
    /// The largest size of a log file, in bytes; a full one is renamed to `<name>.1`. 0: no limit.
    #[arg(long, default_value = "16777216")]
    pub log_file_max: u64,
    /// The file that places databases and stores outside the state folder.
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
    /// How long a request may take; by default without limit.
    #[arg(long)]
    pub request_timeout: Option<Range<Seconds>>,
    /// Maximum bytes of a request's body that a component can read; beyond them it gets an error.
    #[arg(long, default_value = "10485760")]
    pub max_request_body: u64,
    /// How long a connection without a request is kept.
    #[arg(long, default_value = "75s")]
    pub keep_alive_timeout: Seconds,
    /// How long the head of a request may take to arrive, from its first byte.
    #[arg(long, default_value = "30s")]
    pub head_timeout: Seconds,
    /// How long the body of a request may take to arrive; after that the answer is 408.
    #[arg(long, default_value = "60s")]
    pub body_timeout: Seconds,
    /// How long a client may leave an answer unread before it is cut off.
    #[arg(long, default_value = "30s")]
    pub write_timeout: Seconds,
    /// Perform no better than Spin, to test an application before its deployment: any number of requests begin at a
    /// time, writes to a database wait in SQLite, answers wait for TCP acknowledgements, and at most 1,000 instances
    /// live (`SPIN_MAX_INSTANCE_COUNT`).
    #[arg(long, env = "SPINLET_AS_SPIN")]
    pub as_spin: bool,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| format!("'{text}' must have the form KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// One value, or `first..end` without the end, from which each instance draws one.
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
    /// The value, or one drawn from the range.
    #[must_use]
    pub fn sample(self) -> usize {
        self.draw(|first, end| rand::rng().random_range(first..end))
    }
}

impl Range<Seconds> {
    /// The value, or one drawn from the range.
    #[must_use]
    pub fn sample(self) -> Duration {
        self.draw(|first, end| Seconds(rand::rng().random_range(first.0..end.0))).0
    }
}

/// A duration: a whole number of seconds, or one with the unit s, ms, us or ns.
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
    fn durations_are_in_seconds_unless_they_have_a_unit() {
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
    fn a_range_excludes_its_end() {
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
