//! Lines on standard output and standard error. `println!` panics where a line cannot be written, on a
//! full disk say, and a panic ends the instance with all its requests: here, the line is lost.

use longwave_core::{Error, Millis};
use std::io::Write;

/// A line of the log.
pub(crate) fn line(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// A line about an error outside a request.
pub(crate) fn error(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// A line about background work that failed: what was done, the error and its cause.
pub(crate) fn failure(work: &str, failed: &Error) {
    error(&format!("{work}: {failed} ({})", failed.cause().unwrap_or_default()));
}

/// Most lines a second about refusals of callers who are not known.
const REFUSALS_MAX: u32 = 20;

/// Which refusals of callers who are not known are logged: the first ones of each second. Anybody can
/// cause them, and a line each would fill the disk.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    second: Millis,
    written: u32,
    left_out: u64,
}

/// What becomes of a refusal's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is written.
    Written,
    /// It is written, and none behind it in this second.
    Last,
    /// It is counted.
    LeftOut,
}

impl Refusals {
    /// What becomes of a refusal at `now`.
    pub(crate) fn admit(&mut self, now: Millis) -> Fate {
        if self.second != now / 1000 {
            (self.second, self.written) = (now / 1000, 0);
        }
        if self.written == REFUSALS_MAX {
            self.left_out += 1;
            return Fate::LeftOut;
        }
        self.written += 1;
        if self.written == REFUSALS_MAX { Fate::Last } else { Fate::Written }
    }

    /// How many were left out since this was asked last.
    pub(crate) fn untold(&mut self) -> u64 {
        std::mem::take(&mut self.left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_refusals_is_twenty_lines_a_second_and_the_rest_is_counted_once() {
        let mut refusals = Refusals::default();
        let fates: Vec<Fate> = (0..1_000).map(|_| refusals.admit(5_000)).collect();
        assert!(fates[..19].iter().all(|fate| *fate == Fate::Written));
        assert_eq!(fates[19], Fate::Last, "a reader of the log knows that there may be more");
        assert!(fates[20..].iter().all(|fate| *fate == Fate::LeftOut));
        assert_eq!([refusals.untold(), refusals.untold()], [980, 0]);
        assert_eq!(refusals.admit(6_000), Fate::Written);
        assert_eq!(refusals.untold(), 0);
    }

    #[test]
    fn a_few_refusals_are_all_written_and_a_clock_that_goes_back_begins_a_new_second() {
        let mut refusals = Refusals::default();
        assert!((0..100).all(|second| refusals.admit(second * 1_000) == Fate::Written));
        for _ in 0..30 {
            refusals.admit(99_000);
        }
        assert_eq!(refusals.untold(), 11);
        assert_eq!(refusals.admit(42_000), Fate::Written);
    }
}
