//! The same frames and cursors as server-sent events (WHATWG HTML, "Server-sent events"): one poll
//! after the other, written down as they are answered.

use super::{Answered, Ask, Login, Poller, hub_of_instance};
use crate::answer::refusal;
use crate::clock::{Clock, System};
use bytes::Bytes;
use futures::stream::{Stream, StreamExt, once, unfold};
use longwave_core::Millis;
use longwave_core::frame::Polled;
use longwave_core::retention::Retention;
use longwave_store::Sql;
use std::future::ready;
use std::rc::Rc;
use std::time::Duration;

/// How long a stream may last; its client comes again with the last id.
pub const STREAM_MAX: Duration = Duration::from_mins(5);

/// How long a stream is silent before it says that it is still there: proxies cut what says nothing
/// for a minute.
const SILENCE_MAX: Duration = Duration::from_secs(15);

/// How soon a client comes again, in milliseconds.
const RETRY: u32 = 1_000;

/// What happens behind a cursor, as it happens, for as long as `timeout`.
///
/// Each frame is an event whose data is the frame; the last one of what was read together has the
/// cursor as its id. Where there is no cursor, or it is of no use here, the first event is `sync`,
/// with `{"cursor","reset"}`: synchronise from there. When the login ends, or nothing can be read, the
/// last event is `end`, with the envelope that a poll would have answered.
pub fn stream<S: Sql + 'static, B: Sql + 'static, L: Login + 'static>(
    sql: Rc<S>,
    background: Rc<B>,
    login: L,
    cursor: Option<String>,
    timeout: Duration,
    retention: Retention,
) -> impl Stream<Item = Bytes> + 'static {
    let ends_at = System.now() + Millis::try_from(timeout.as_millis()).unwrap_or(0);
    let begun = Streamed { sql, background, login, cursor, retention, ends_at };
    let retry = once(ready(Bytes::from(format!("retry: {RETRY}\n\n"))));
    retry.chain(unfold(Some(begun), async |streamed| {
        let mut streamed = streamed?;
        let (text, goes_on) = streamed.next().await;
        Some((Bytes::from(text), goes_on.then_some(streamed)))
    }))
}

struct Streamed<S, B, L> {
    sql: Rc<S>,
    background: Rc<B>,
    login: L,
    cursor: Option<String>,
    retention: Retention,
    ends_at: Millis,
}

impl<S: Sql, B: Sql, L: Login> Streamed<S, B, L> {
    /// The next text, and whether there is more behind it.
    async fn next(&mut self) -> (String, bool) {
        let left = u64::try_from(self.ends_at - System.now()).unwrap_or(0);
        let timeout = SILENCE_MAX.min(Duration::from_millis(left));
        let ask = Ask { cursor: self.cursor.as_deref(), timeout, retention: self.retention };
        let (hub, login) = (&hub_of_instance(), &self.login);
        let (sql, background) = (&*self.sql, &*self.background);
        match (Poller { hub, clock: &System, sql, background, login, ask }).answer().await {
            Ok(Answered { polled, replaced }) => {
                let text = if self.cursor.is_none() || polled.reset {
                    begin(&polled)
                } else {
                    frames(&polled)
                };
                self.cursor = Some(polled.cursor);
                (text, !replaced && !timeout.is_zero())
            }
            Err(error) => (format!("event: end\ndata: {}\n\n", refusal(&error)), false),
        }
    }
}

fn begin(Polled { cursor, reset, .. }: &Polled) -> String {
    format!("id: {cursor}\nevent: sync\ndata: {{\"cursor\":\"{cursor}\",\"reset\":{reset}}}\n\n")
}

/// The frames as events; an id alone, which moves the client's cursor and is no event to it, where
/// there is none.
fn frames(Polled { cursor, frames, .. }: &Polled) -> String {
    let Some((last, others)) = frames.split_last() else { return format!("id: {cursor}\n\n") };
    let others = others.iter().map(|frame| format!("data: {frame}\n\n"));
    others.collect::<String>() + &format!("id: {cursor}\ndata: {last}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn polled(frames: &[&str]) -> Polled {
        let frame = |text: &&str| RawValue::from_string((*text).to_owned()).unwrap().into();
        Polled { cursor: "c".into(), frames: frames.iter().map(frame).collect(), reset: false }
    }

    #[test]
    fn only_the_last_of_what_was_read_together_moves_the_cursor() {
        assert_eq!(
            frames(&polled(&["{\"a\":1}", "{\"b\":2}"])),
            "data: {\"a\":1}\n\nid: c\ndata: {\"b\":2}\n\n"
        );
        assert_eq!(frames(&polled(&[])), "id: c\n\n");
    }
}
