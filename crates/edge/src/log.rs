//! Lines on standard output and standard error. `println!` panics where a line cannot be written, on a
//! full disk say, and a panic ends the instance with all its requests: here, the line is lost.

use std::io::Write;

/// A line of the log.
pub(crate) fn line(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// A line about what went wrong beside a request.
pub(crate) fn trouble(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
