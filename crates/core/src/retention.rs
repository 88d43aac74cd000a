//! The limits of the event log. A client that was offline for longer synchronises from scratch.
//! Messages are kept forever.

use crate::Millis;

/// Approximate maximum size of the bodies of all events together, in bytes. It limits the disk space of many large
/// changes, and is larger than a million usual events.
pub const BYTES_MAX: i64 = 256 * 1024 * 1024;

/// The limits of the log: an event is kept while it is within all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Maximum age of an event.
    pub age: Millis,
    /// Maximum number of events.
    pub count: i64,
    /// Maximum size of the bodies of all events together, in bytes.
    pub bytes: i64,
}
