//! How much the log of events keeps. A client that was offline for longer synchronises from scratch; messages are
//! kept for ever.

use crate::Millis;

/// About the most bytes that the bodies of all events may have together: what many large changes may fill of a
/// disk, and more than a million usual events have.
pub const BYTES_MAX: i64 = 256 * 1024 * 1024;

/// What is kept: events that are both young enough and among the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How old an event may be.
    pub age: Millis,
    /// How many are kept.
    pub count: i64,
    /// How many bytes the bodies of those that are kept have together, at most.
    pub bytes: i64,
}
