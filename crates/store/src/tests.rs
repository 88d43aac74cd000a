//! The rules of the schema, natively on rusqlite.

mod conversations;
mod driver;
mod editing;
mod events;
mod groups;
mod membership;
mod messages;
mod model;
mod notes;
mod plans;
mod presence;
mod quotes;
mod reading;
mod receipts;
mod revocations;
mod revoking;
mod schema;
mod sessions;
mod throttles;
mod unread;
mod users;
