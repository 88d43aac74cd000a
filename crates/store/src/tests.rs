//! The rules of the schema, natively on rusqlite.

mod driver;
mod events;
mod messages;
mod schema;
mod users;
