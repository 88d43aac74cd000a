//! What `spinlet up` does, on the real program with a real component, `guests/probe`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod app;
mod flags;
mod gone;
mod grants;
mod instances;
mod key_value;
mod limits;
mod manifest;
mod requests;
mod stop;
