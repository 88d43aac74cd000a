//! The rules of the schema, natively on rusqlite.

mod conversations;
mod driver;
mod events;
mod groups;
mod messages;
mod model;
mod plans;
mod presence;
mod schema;
mod throttles;
mod users;
