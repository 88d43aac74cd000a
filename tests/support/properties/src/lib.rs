//! Properties of untrusted input: one function for each kind, which takes any bytes and panics if
//! the rule is broken.
//!
//! `tests/properties.rs` checks them with variations of `fuzz/corpus` at every `cargo test`;
//! `scripts/fuzz` lets libFuzzer search for violations (`fuzz/fuzz_targets`).
//!
//! | function | bytes are |
//! | --- | --- |
//! | [`bodies`] | the body of any request |
//! | [`contents`] | the content of a message |
//! | [`queries`] | the query of a URL |
//! | [`headers`] | the value of a header |
//! | [`ids`] | an id |
//! | [`cursors`] | a cursor |
//! | [`tokens`] | a token, and variations of a valid one |
//! | [`claims`] | the claims of a validly signed token |
//! | [`signed_calls`] | a service's call, and variations of a signed one |
//! | [`frames`] | an answer of a poll, and texts within one |

#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic reports a broken rule to both callers"
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

/// The current time of all checks.
const NOW: Millis = 1_800_000_000_000;

/// Checks that a refusal blames the caller, names one of `fields` if a parameter is invalid, and
/// has at most 600 bytes.
fn refuses(error: &Error, fields: &[&str]) {
    assert!(!error.code().is_ours(), "{error}");
    assert!(error.cause().is_none(), "{error}");
    assert!(error.message().len() <= 600, "{error}");
    if error.code() == Code::InvalidParam {
        assert!(fields.iter().any(|field| error.message().contains(field)), "{error}");
    }
}
