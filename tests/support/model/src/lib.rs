//! Longwave's behaviour in plain Rust, for tests only.
//!
//! [`Model::apply`] runs a [`Command`] and gives its specified result: the same answer or refusal,
//! and the same frames for the same users. The model writes every event to each of its receivers
//! and counts by looking at every message, so it shares no idea with the schema that could be wrong
//! in both.
//!
//! | module | holds |
//! | --- | --- |
//! | [`command`] | the commands of users, as a readable script |
//! | [`outcome`] | answers and frames |
//! | [`model`] | the rules |
//! | [`script`] | random scripts |
//! | [`names`] | ids on the wire and their users and groups in a script |
//! | [`history`] | the check of concurrent observations against the model |

pub mod command;
pub mod history;
pub mod model;
pub mod names;
pub mod outcome;
pub mod script;

pub use command::{Command, Content, Conversation, Group, ProfileChange, Range, Recipient, User};
pub use model::Model;
pub use names::Names;
pub use outcome::{Frame, Outcome};
