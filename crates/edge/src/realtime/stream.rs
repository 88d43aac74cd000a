//! Streams: a sequence of polls, whose frames and cursors are sent as server-sent events (WHATWG HTML, "Server-sent
//! events").

use super::hub::Hub;
use super::{Answered, Ask, End, Login, Poller, Turn, hub_of_instance};
use crate::clock::{Runtime, System};
use crate::response::refusal;
use bytes::Bytes;
use futures::stream::{Stream, StreamExt, once, unfold};
use longwave_core::frame::{PollResponse, ResetReason};
use longwave_core::retention::Retention;
use longwave_store::Sql;
use serde::Serialize;
use std::cell::RefCell;
use std::future::ready;
use std::rc::Rc;
use std::time::Duration;

/// Maximum duration of a stream. Its client then reconnects with the last id.
pub const STREAM_MAX: Duration = Duration::from_mins(5);

/// How long a stream is silent before it sends a comment: proxies close a connection that is silent for a minute.
const SILENCE_MAX: Duration = Duration::from_secs(15);

/// Milliseconds after which a client reconnects.
const RETRY: u32 = 1_000;

/// Streams the frames after a cursor, as they arrive, for `timeout`.
///
/// Each frame is the data of one event. The last event of those read together has the cursor as its id. Without a
/// cursor, or with one that cannot be continued, the first event is `sync` with `{"cursor","reset"}` and, for a reset,
/// `"reset_reason"`: the client synchronises from there. If the login ends or the log cannot be read, the last event is
/// `end` with the envelope that a poll would return. A comment is sent at once, and one with an id after each 15 s of
/// silence. If the host ends the request, `retry` is sent last.
pub fn stream<S: Sql + 'static, B: Sql + 'static, L: Login + 'static>(
    sql: Rc<S>,
    background: Rc<B>,
    login: L,
    cursor: Option<String>,
    timeout: Duration,
    retention: Retention,
) -> impl Stream<Item = Bytes> + 'static {
    let (hub, runtime) = (hub_of_instance("stream"), System);
    let (turn, ends_at) = (Turn::begin(&hub, runtime.now()), runtime.elapsed() + timeout);
    Streamed { hub, runtime, sql, background, login, cursor, retention, turn, ends_at }.texts()
}

pub(super) struct Streamed<R, S, B, L> {
    pub(super) hub: Rc<RefCell<Hub>>,
    pub(super) runtime: R,
    pub(super) sql: Rc<S>,
    pub(super) background: Rc<B>,
    pub(super) login: L,
    pub(super) cursor: Option<String>,
    pub(super) retention: Retention,
    pub(super) turn: Turn,
    /// When the stream ends, in the runtime's elapsed time.
    pub(super) ends_at: Duration,
}

impl<R: Runtime, S: Sql, B: Sql + 'static, L: Login> Streamed<R, S, B, L> {
    pub(super) fn texts(self) -> impl Stream<Item = Bytes> {
        let begin = format!(": a stream\n{}", retry());
        once(ready(Bytes::from(begin))).chain(unfold(Some(self), async |streamed| {
            let mut streamed = streamed?;
            let (text, goes_on) = streamed.next().await;
            Some((Bytes::from(text), goes_on.then_some(streamed)))
        }))
    }

    /// The next text, and whether others follow.
    async fn next(&mut self) -> (String, bool) {
        let timeout = SILENCE_MAX.min(self.ends_at.saturating_sub(self.runtime.elapsed()));
        let ask = Ask { cursor: self.cursor.as_deref(), timeout, retention: self.retention };
        let Self { hub, runtime, sql, background, login, turn, .. } = &*self;
        let poller = Poller { hub, runtime, sql: &**sql, background, login, ask, turn: *turn };
        match poller.answer().await {
            Ok(Answered { polled, end }) => {
                let mut text = if self.cursor.is_none() || polled.reset {
                    begin(&polled)
                } else {
                    frames(&polled)
                };
                if end == End::CutShort {
                    text += &retry();
                }
                self.cursor = Some(polled.cursor);
                (text, end == End::Done && !timeout.is_zero())
            }
            Err(error) => (format!("event: end\ndata: {}\n\n", refusal(&error)), false),
        }
    }
}

fn retry() -> String {
    format!("retry: {RETRY}\n\n")
}

fn begin(polled: &PollResponse) -> String {
    #[derive(Serialize)]
    struct Sync<'a> {
        cursor: &'a str,
        reset: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        reset_reason: Option<ResetReason>,
    }
    let PollResponse { cursor, reset, reset_reason, .. } = polled;
    let sync = Sync { cursor, reset: *reset, reset_reason: *reset_reason };
    let sync = serde_json::to_string(&sync).unwrap_or_default();
    format!("id: {cursor}\nevent: sync\ndata: {sync}\n\n")
}

/// The frames as events. Without frames it is a comment, which shows proxies that the stream is alive, with an id,
/// which moves the client's cursor without an event.
fn frames(PollResponse { cursor, frames, .. }: &PollResponse) -> String {
    let Some((last, others)) = frames.split_last() else {
        return format!(": silence\nid: {cursor}\n\n");
    };
    let others = others.iter().map(|frame| format!("data: {frame}\n\n"));
    others.collect::<String>() + &format!("id: {cursor}\ndata: {last}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn polled(frames: &[&str], reset_reason: Option<ResetReason>) -> PollResponse {
        let frame = |text: &&str| RawValue::from_string((*text).to_owned()).unwrap().into();
        let frames = frames.iter().map(frame).collect();
        PollResponse { cursor: "c".into(), frames, reset: reset_reason.is_some(), reset_reason }
    }

    #[test]
    fn only_the_last_frame_of_a_read_moves_the_cursor() {
        assert_eq!(
            frames(&polled(&["{\"a\":1}", "{\"b\":2}"], None)),
            "data: {\"a\":1}\n\nid: c\ndata: {\"b\":2}\n\n"
        );
        assert_eq!(frames(&polled(&[], None)), ": silence\nid: c\n\n");
    }

    #[test]
    fn a_stream_that_is_reset_states_the_reason() {
        for (reset, message) in [
            (None, r#"{"cursor":"c","reset":false}"#),
            (Some(ResetReason::TooOld), r#"{"cursor":"c","reset":true,"reset_reason":"too_old"}"#),
            (
                Some(ResetReason::OtherHistory),
                r#"{"cursor":"c","reset":true,"reset_reason":"other_history"}"#,
            ),
        ] {
            let expected = format!("id: c\nevent: sync\ndata: {message}\n\n");
            assert_eq!(begin(&polled(&[], reset)), expected);
        }
    }
}
