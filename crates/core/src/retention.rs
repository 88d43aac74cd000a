//! How much the log of events keeps (design, "Data"). A client that was away for longer is told to
//! synchronise anew; messages are kept for ever.

use crate::Millis;

/// What is kept: events that are both young enough and among the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How old an event may be.
    pub age: Millis,
    /// How many are kept.
    pub count: i64,
}
