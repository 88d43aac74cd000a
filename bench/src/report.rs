//! The figures of a run.

use crate::server::Used;
use anyhow::{Result, ensure};
use serde::Serialize;
use std::io::Write;
use std::time::Duration;

/// The rows of a run, in the order measured.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub struct Report(Vec<Row>);

/// The figures of one measure.
#[derive(Serialize)]
pub struct Row {
    /// The name of the measure.
    pub what: String,
    /// Connections, or waiting polls, at a time.
    pub at_a_time: usize,
    /// Operations a second.
    pub per_second: f64,
    /// Time of one operation, in milliseconds.
    pub latency: Latency,
    /// Resources that the server used meanwhile, if its process is known.
    pub server: Option<Used>,
    /// Memory that each waiting poll adds to the server, in kilobytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kilobytes_each: Option<f64>,
    /// Everything that is wrong: lost, doubled, out of order or late.
    pub wrong: Vec<String>,
}

/// Percentiles, in milliseconds.
#[derive(Serialize)]
pub struct Latency {
    p50: f64,
    p99: f64,
    max: f64,
}

impl Row {
    /// A row of the times of single operations, all done in `elapsed`.
    ///
    /// # Errors
    /// When there are more times than can be counted.
    pub fn new(
        what: String,
        at_a_time: usize,
        times: Vec<Duration>,
        elapsed: Duration,
        server: Option<Used>,
        wrong: Vec<String>,
    ) -> Result<Self> {
        let per_second = f64::from(u32::try_from(times.len())?) / elapsed.as_secs_f64();
        let latency = Latency::of(times);
        Ok(Self { what, at_a_time, per_second, latency, server, kilobytes_each: None, wrong })
    }
}

impl Latency {
    /// The percentiles of some times, in any order; zeros for none.
    #[must_use]
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let index = (times.len() * percent / 100).min(times.len().saturating_sub(1));
            times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1_000.0)
        };
        Self { p50: at(50), p99: at(99), max: at(100) }
    }
}

impl Report {
    /// Adds a row and prints it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn add(&mut self, row: Row) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if self.0.is_empty() {
            writeln!(
                out,
                "{:<26} {:>9} {:>10} {:>9} {:>9} {:>9} {:>6} {:>8}  wrong",
                "what", "at a time", "per second", "p50 ms", "p99 ms", "max ms", "cores", "MB"
            )?;
        }
        let Latency { p50, p99, max } = row.latency;
        write!(
            out,
            "{:<26} {:>9} {:>10.0} {p50:>9.2} {p99:>9.2} {max:>9.2} ",
            row.what, row.at_a_time, row.per_second
        )?;
        match &row.server {
            Some(used) => write!(out, "{:>6.2} {:>8.0}", used.cores, used.megabytes)?,
            None => write!(out, "{:>6} {:>8}", "-", "-")?,
        }
        if let Some(kilobytes) = row.kilobytes_each {
            write!(out, " ({kilobytes:.0} KB each)")?;
        }
        writeln!(
            out,
            "  {}",
            if row.wrong.is_empty() { "nothing".to_owned() } else { row.wrong.join("; ") }
        )?;
        self.0.push(row);
        Ok(())
    }

    /// Adds rows and prints them.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn add_all(&mut self, rows: impl IntoIterator<Item = Row>) -> Result<()> {
        rows.into_iter().try_for_each(|row| self.add(row))
    }

    /// Marks as wrong every row in which something took longer than `limit`.
    pub fn late_beyond(&mut self, limit: Duration) {
        let limit = limit.as_secs_f64() * 1_000.0;
        for row in self.0.iter_mut().filter(|row| row.latency.max > limit) {
            row.wrong.push(format!("{:.0} ms is late", row.latency.max));
        }
    }

    /// The verdict of the run.
    ///
    /// # Errors
    /// When a row is wrong.
    pub fn verdict(&self) -> Result<()> {
        let wrong = self.0.iter().filter(|row| !row.wrong.is_empty()).count();
        ensure!(
            wrong == 0,
            "in {wrong} of {} measures something was lost, doubled, out of order or late",
            self.0.len()
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_taken_from_the_sorted_times() {
        let latency = Latency::of((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!((latency.p50, latency.p99, latency.max), (51.0, 100.0, 100.0));
        assert_eq!(Latency::of(vec![]).max.total_cmp(&0.0), std::cmp::Ordering::Equal);
    }
}
