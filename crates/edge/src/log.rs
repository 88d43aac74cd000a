//! Log lines on standard output and standard error. `println!` panics if a line cannot be written, for example on a
//! full disk, and a panic ends the instance with all its requests. Here only the line is lost.

use longwave_core::{Error, Millis};
use std::io::Write;

/// Writes a line of the log.
pub(crate) fn line(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Writes a line about an error outside a request.
pub(crate) fn error(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// Writes a line about failed background work: its name, the error and the cause.
pub(crate) fn failure(work: &str, failed: &Error) {
    error(&format!("{work}: {failed} ({})", failed.cause().unwrap_or_default()));
}

/// Maximum number of log lines of a [`Limit`] per second.
const LINES_MAX: u32 = 20;

/// Limits the log lines about anonymous requests to the first ones of each second. Anybody can cause them, and a line
/// for each would fill the disk.
#[derive(Debug, Default)]
pub(crate) struct Limit {
    second: Millis,
    written: u32,
    left_out: u64,
}

/// Whether the log line of a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The line is written.
    Written,
    /// The line is written, as the last one of this second.
    Last,
    /// The line is left out and counted.
    LeftOut,
}

impl Limit {
    /// Decides about a line at `now`.
    pub(crate) fn admit(&mut self, now: Millis) -> Fate {
        if self.second != now / 1000 {
            (self.second, self.written) = (now / 1000, 0);
        }
        if self.written == LINES_MAX {
            self.left_out += 1;
            return Fate::LeftOut;
        }
        self.written += 1;
        if self.written == LINES_MAX { Fate::Last } else { Fate::Written }
    }

    /// Returns the number of lines left out since the last call.
    pub(crate) fn take_left_out(&mut self) -> u64 {
        std::mem::take(&mut self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_writes_twenty_lines_a_second_and_counts_the_rest() {
        let mut limit = Limit::default();
        let fates: Vec<Fate> = (0..1_000).map(|_| limit.admit(5_000)).collect();
        assert!(fates[..19].iter().all(|fate| *fate == Fate::Written));
        assert_eq!(fates[19], Fate::Last, "a reader of the log knows that there may be more");
        assert!(fates[20..].iter().all(|fate| *fate == Fate::LeftOut));
        assert_eq!([limit.take_left_out(), limit.take_left_out()], [980, 0]);
        assert_eq!(limit.admit(6_000), Fate::Written);
        assert_eq!(limit.take_left_out(), 0);
    }

    #[test]
    fn a_few_lines_are_all_written_and_setting_the_clock_back_begins_a_new_second() {
        let mut limit = Limit::default();
        assert!((0..100).all(|second| limit.admit(second * 1_000) == Fate::Written));
        for _ in 0..30 {
            limit.admit(99_000);
        }
        assert_eq!(limit.take_left_out(), 11);
        assert_eq!(limit.admit(42_000), Fate::Written);
    }
}
