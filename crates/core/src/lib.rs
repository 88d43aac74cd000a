//! The rules of Longwave, independent of the runtime: no Spin, no I/O, no clock.
//!
//! Time and randomness are arguments, so every rule here is a pure function.
//!
//! | module | holds |
//! | --- | --- |
//! | [`error`] | the code table and the one error type |
//! | [`id`] | user, group, conversation ids |
//! | [`text`] | the limits of text fields |
//! | [`json`] | JSON that every parser can read |
//! | [`address`] | the client's address |
//! | [`origin`] | the origins whose pages may use the API |
//! | [`user`] | registration, login, profiles |
//! | [`password`] | argon2id hashes |
//! | [`token`] | JWTs, native and external, and their slots |
//! | [`message`] | sending and reading messages |
//! | [`group`] | groups and their members |
//! | [`conversation`] | a user's lists, read positions and options |
//! | [`throttle`] | rate limits |
//! | [`secret`] | the rules for secrets in the configuration |
//! | [`internal`] | calls that a service signs |
//! | [`presence`] | the users who are online |
//! | [`page`] | pages of lists |
//! | [`cursor`] | a position in the event log |
//! | [`retention`] | the limits of the event log |
//! | [`frame`] | the events that polls and streams return |
//! | `numbered` | enums that are numbers on the wire |
//! | `schema` | the wire types as JSON Schema, for `openapi.yaml` |

pub mod address;
pub mod conversation;
pub mod cursor;
pub mod error;
pub mod frame;
pub mod group;
pub mod id;
pub mod internal;
pub mod json;
pub mod message;
mod numbered;
pub mod origin;
pub mod page;
pub mod password;
pub mod presence;
pub mod receipt;
pub mod retention;
#[cfg(feature = "schema")]
pub mod schema;
pub mod secret;
pub mod text;
pub mod throttle;
pub mod token;
pub mod user;

pub use error::{Code, Error, Reason, Result};

/// A time in milliseconds since the Unix epoch, as on the wire; also a duration in milliseconds.
pub type Millis = i64;
