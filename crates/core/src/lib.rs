//! What Longwave is about, without the platform it runs on: no Spin, no I/O, no clock.
//!
//! Time and randomness come in as arguments, so every rule here is a plain function.
//!
//! | module | holds |
//! | --- | --- |
//! | [`error`] | the code table and the one error type |
//! | [`id`] | user, group, conversation ids |
//! | [`text`] | the limits of text fields |
//! | [`json`] | JSON that every parser reads |
//! | [`address`] | where a call comes from |
//! | [`origin`] | the origins of pages that may use the API |
//! | [`user`] | registration, login, profiles |
//! | [`password`] | argon2id hashes |
//! | [`token`] | JWTs, native and external, and their slots |
//! | [`message`] | sending and reading messages |
//! | [`group`] | groups and their members |
//! | [`conversation`] | a user's lists, read positions and options |
//! | [`throttle`] | how often something may be done |
//! | [`secret`] | what a secret of the configuration must be |
//! | [`internal`] | calls that a service signs |
//! | [`presence`] | who is online |
//! | [`page`] | lists in pages |
//! | [`cursor`] | a place in the log of events |
//! | [`retention`] | how much the log keeps |
//! | [`frame`] | what a poll answers |

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
pub mod origin;
pub mod page;
pub mod password;
pub mod presence;
pub mod retention;
pub mod secret;
pub mod text;
pub mod throttle;
pub mod token;
pub mod user;

pub use error::{Code, Error, Reason, Result};

/// A moment, in milliseconds since the Unix epoch, as everywhere on the wire.
pub type Millis = i64;
