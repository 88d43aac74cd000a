//! What must hold of whatever comes from outside: one function a kind of input, which takes any bytes
//! and panics where the rule is broken.
//!
//! `tests/properties.rs` asks them with what it makes of `fuzz/corpus`, at every `cargo test`;
//! `scripts/fuzz` lets libFuzzer look for what breaks them (`fuzz/fuzz_targets`).
//!
//! | function | bytes are |
//! | --- | --- |
//! | [`bodies`] | the body of any request |
//! | [`contents`] | the content of a message |
//! | [`queries`] | the query of a URL |
//! | [`headers`] | the value of a header |
//! | [`ids`] | an id |
//! | [`cursors`] | a cursor |
//! | [`tokens`] | a token, and changes of a good one |
//! | [`claims`] | what a good signature stands under |
//! | [`signed_calls`] | a service's call, and changes of a signed one |
//! | [`frames`] | an answer of a poll, and texts within one |

#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a broken rule is told by a panic: that is what both callers look for"
)]

mod bodies;
mod calls;
mod contents;
mod frames;
mod names;
mod tokens;
mod urls;

pub use bodies::bodies;
pub use calls::signed_calls;
pub use contents::contents;
pub use frames::frames;
pub use names::{cursors, ids};
pub use tokens::{claims, tokens};
pub use urls::{headers, queries};

use longwave_core::{Code, Error, Millis};

/// When all of this happens.
const NOW: Millis = 1_800_000_000_000;

/// Checks that a refusal is one of the caller's problem, names one of `fields`, and is no longer than
/// somebody reads.
fn refuses(error: &Error, fields: &[&str]) {
    assert!(!error.code().is_ours(), "{error}");
    assert!(error.cause().is_none(), "{error}");
    assert!(error.message().len() <= 600, "{error}");
    if error.code() == Code::InvalidParam {
        assert!(fields.iter().any(|field| error.message().contains(field)), "{error}");
    }
}
