//! Longwave's ids, model, rules, errors, cursors, frames and token claims: no Spin, no I/O, no clock.
