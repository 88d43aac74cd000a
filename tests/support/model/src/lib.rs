//! What Longwave promises, in plain Rust: only tests use it.
//!
//! A [`Command`] is what somebody does, and [`Model::apply`] says what has to come of it: the same
//! answer or the same refusal, and the same frames for the same users. The model writes every event
//! to everybody it concerns and counts by looking at every message, so it shares no idea with the
//! schema that could be wrong in both.
//!
//! | module | holds |
//! | --- | --- |
//! | [`command`] | what somebody does, as a script that people can read |
//! | [`outcome`] | what an answer or a frame says |
//! | [`model`] | the rules |
//! | [`script`] | random scripts |
//! | [`names`] | which id of the wire is who of a script |
//! | [`history`] | whether what concurrent clients saw is something the model allows |

pub mod command;
pub mod history;
pub mod model;
pub mod names;
pub mod outcome;
pub mod script;

pub use command::{Command, Content, Conversation, Group, ProfileChange, Recipient, User};
pub use model::Model;
pub use names::Names;
pub use outcome::{Frame, Outcome};
