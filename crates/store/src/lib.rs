//! Longwave's SQL: one function a command or query, over a small [`Sql`] trait with two drivers,
//! Spin's connection in a component and rusqlite in this crate's tests.
//!
//! The rules are in the schema (`migrations/`): a command is one `INSERT` into its command view,
//! atomic by itself, so that nothing here holds a transaction open or reads before it writes.

mod command;
pub mod conversation;
pub mod event;
pub mod group;
pub mod message;
#[cfg(any(test, feature = "native"))]
pub mod native;
pub mod presence;
pub mod revocation;
pub mod schema;
pub mod service;
pub mod session;
pub mod sql;
pub mod throttle;
pub mod user;

pub use sql::{Row, Sql, Value};

#[cfg(test)]
mod tests;
