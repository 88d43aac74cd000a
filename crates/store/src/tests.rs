//! The rules of the schema, natively on rusqlite.

mod conversations;
mod driver;
mod events;
mod groups;
mod messages;
mod plans;
mod schema;
mod users;
