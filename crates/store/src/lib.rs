//! Longwave's SQL: one function per command or query, over a small [`Sql`] trait with two drivers,
//! Spin's connection in a component and rusqlite in native tests and benchmarks.
//!
//! The rules are in the schema (`migrations/`): a command is one `INSERT` into its command view,
//! which is atomic, so it needs neither a transaction nor a read before the write.
//!
//! The errors of a function are the refusals of its command. If the database fails, the error is
//! `20002`, unless the function names another code.

mod command;
pub mod conversation;
pub mod event;
pub mod group;
pub mod message;
#[cfg(any(test, feature = "native"))]
pub mod native;
pub mod presence;
pub mod receipt;
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
