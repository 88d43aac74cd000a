//! Checks whether the model allows the observations of concurrent clients of one thing (a
//! conversation, a profile). There has to be an order of their calls that respects the times of
//! each call and answer, in which the model gives every call the server's answer, and gives every
//! poller exactly the received frames in their order. The search is that of Wing and Gong; seqs in
//! acks and event ids in frames keep it short.

use crate::command::{Command, User};
use crate::model::{Answer, Model};
use crate::outcome::{Frame, GroupChangeKind, Message, Quoted};
use std::collections::HashSet;
use std::fmt::Write;

#[cfg(test)]
mod tests;

/// A moment of the clients' logical clock, a counter.
pub type Moment = u64;

/// A call and its answer, without times, as [`Outcome::timeless`] returns it.
///
/// [`Outcome::timeless`]: crate::Outcome::timeless
#[derive(Clone, Debug)]
pub struct Call {
    /// The command.
    pub command: Command,
    /// The answer of the server.
    pub answer: Answer,
    /// The moment of the request.
    pub called: Moment,
    /// The moment of the answer.
    pub answered: Moment,
}

impl Call {
    /// Whether a call without effect now would have no effect later either. Setting a value again
    /// may have one, after another value was set meanwhile.
    fn is_idle(&self) -> bool {
        let idle = matches!(
            self.command,
            Command::Pull { .. }
                | Command::Get { .. }
                | Command::Latest { .. }
                | Command::Changes { .. }
                | Command::Versions { .. }
                | Command::Replies { .. }
                | Command::Readers { .. }
                | Command::List { .. }
                | Command::MaxSeqs { .. }
                | Command::Info { .. }
                | Command::Members { .. }
                | Command::Profile(_)
                // A repeated send, and a read position that does not move, stay without effect.
                | Command::Send { .. }
                | Command::Read { .. }
        );
        idle || self.answer.is_err()
    }
}

/// A received frame.
#[derive(Clone, Debug)]
pub struct Received {
    /// The id of its event.
    pub event_id: i64,
    /// The moment of its arrival.
    pub at: Moment,
    /// The frame, without times.
    pub frame: Frame,
}

/// All frames about the thing that a user received, until all calls had ended.
#[derive(Clone, Debug)]
pub struct Stream {
    /// The receiver.
    pub user: User,
    /// The frames, in the order of arrival.
    pub received: Vec<Received>,
}

/// All observations of one thing.
#[derive(Clone, Debug)]
pub struct History {
    /// The model before the first call, at time 0.
    pub start: Model,
    /// All calls about the thing.
    pub calls: Vec<Call>,
    /// The streams of the pollers.
    pub streams: Vec<Stream>,
}

/// A partial order of the calls.
#[derive(Clone)]
struct State {
    model: Model,
    order: Vec<usize>,
    done: Vec<bool>,
    /// For each stream, the number of frames that the calls so far explain.
    heard: Vec<usize>,
    /// The id of the last explained event.
    event_id: i64,
}

impl History {
    /// Finds an order of the calls, as indices, that explains all observations.
    ///
    /// # Errors
    /// Describes where the longest attempt got stuck, if there is no such order.
    pub fn explain(&self) -> Result<Vec<usize>, String> {
        let start = State {
            model: self.start.clone(),
            order: Vec::new(),
            done: vec![false; self.calls.len()],
            heard: vec![0; self.streams.len()],
            event_id: 0,
        };
        let mut longest = start.clone();
        let found = self.search(start, &mut HashSet::new(), &mut longest);
        found.ok_or_else(|| self.describe(&longest))
    }

    fn search(
        &self,
        mut state: State,
        tried: &mut HashSet<(Vec<bool>, u64)>,
        longest: &mut State,
    ) -> Option<Vec<usize>> {
        // A call that fits, and would have no effect later either, can be placed now.
        let calm = |state: &State| {
            let (head, fingerprint) = (state.model.head(), state.model.fingerprint());
            self.steps(state).find(|next| {
                let last = next.order.last().map(|call| &self.calls[*call]);
                last.is_some_and(Call::is_idle)
                    && (next.model.head(), next.model.fingerprint()) == (head, fingerprint)
            })
        };
        while let Some(next) = calm(&state) {
            state = next;
        }
        if state.order.len() >= longest.order.len() {
            longest.clone_from(&state);
        }
        if state.order.len() == self.calls.len() {
            let all = self.streams.iter().zip(&state.heard);
            return all
                .into_iter()
                .all(|(it, heard)| it.received.len() == *heard)
                .then_some(state.order);
        }
        if !tried.insert((state.done.clone(), state.model.fingerprint())) {
            return None;
        }
        self.steps(&state).find_map(|next| self.search(next, tried, longest))
    }

    /// The calls that can come next: open, and made before any open call was answered.
    fn candidates(&self, state: &State) -> Vec<usize> {
        let open = || (0..self.calls.len()).filter(|call| !state.done[*call]);
        let first = open().map(|call| self.calls[call].answered).min().unwrap_or_default();
        open().filter(|call| self.calls[*call].called <= first).collect()
    }

    fn steps(&self, state: &State) -> impl Iterator<Item = State> {
        let candidates = self.candidates(state);
        candidates.into_iter().filter_map(|call| self.step(state, call).ok())
    }

    /// The state after a call, if the model gives the observed answer and frames.
    fn step(&self, state: &State, call: usize) -> Result<State, String> {
        let Call { command, answer, called, .. } = &self.calls[call];
        let mut next = state.clone();
        let expected = next.model.apply(command).map(crate::Outcome::timeless);
        if expected != *answer {
            return Err(format!("found    {answer:?}\nexpected {expected:?}"));
        }
        // A revocation of several messages appends several events.
        for event in state.model.head() + 1..=next.model.head() {
            self.hear(&mut next, event, *called)?;
        }
        next.done[call] = true;
        next.order.push(call);
        Ok(next)
    }

    /// Takes from each stream the frames of the model's event `event`, of a call made at `called`.
    fn hear(&self, state: &mut State, event: i64, called: Moment) -> Result<(), String> {
        let received = |(stream, heard): (&Stream, &usize)| {
            let frames = state.model.frames(stream.user, 5, event - 1).unwrap_or_default();
            let of_event = frames.into_iter().filter(|(id, _)| *id == event);
            let frames: Vec<Frame> = of_event.map(|(_, frame)| frame.timeless()).collect();
            let next = stream.received[*heard..].iter().take(frames.len());
            let event_id = next.clone().next().map(|received| received.event_id);
            let same = next.clone().count() == frames.len()
                && (*heard..).zip(&frames).all(|(place, frame)| stream.has(place, frame))
                && next
                    .clone()
                    .all(|received| Some(received.event_id) == event_id && received.at > called);
            (frames, event_id.filter(|_| same))
        };
        let received: Vec<_> = self.streams.iter().zip(&state.heard).map(received).collect();
        // All streams must have the same event.
        let event_id = received.iter().filter_map(|(_, event_id)| *event_id).min();
        if event_id.is_some_and(|event_id| event_id <= state.event_id) {
            return Err(format!("it is event {event_id:?}, which is older than the previous one"));
        }
        for ((stream, heard), (frames, found)) in
            self.streams.iter().zip(&mut state.heard).zip(received)
        {
            if frames.is_empty() {
                continue;
            }
            if found.is_some() && found == event_id {
                *heard += frames.len();
            } else if !joins_again(stream.user, &frames, &stream.received[*heard..]) {
                let (user, next) = (stream.user, stream.received.get(*heard));
                return Err(format!("{user} received {next:?}\nexpected {frames:?}"));
            }
        }
        state.event_id = event_id.unwrap_or(state.event_id);
        Ok(())
    }

    fn describe(&self, longest: &State) -> String {
        let mut report = format!(
            "{} of {} calls fit, the last of them:\n",
            longest.order.len(),
            self.calls.len()
        );
        let line = |call: &Call| {
            let Call { command, answer, called, answered } = call;
            format!("  [{called}..{answered}] {command}: {answer:?}\n")
        };
        let last = longest.order.len().saturating_sub(12);
        report.extend(longest.order[last..].iter().map(|call| line(&self.calls[*call])));
        report.push_str("the next candidates do not fit:\n");
        for call in self.candidates(longest) {
            let why = self.step(longest, call).err();
            let why = why.unwrap_or_else(|| "it fits, but no call after it does".to_owned());
            report.push_str(&line(&self.calls[call]));
            report.extend(why.lines().map(|line| format!("      {line}\n")));
        }
        for (stream, heard) in self.streams.iter().zip(&longest.heard) {
            let rest = &stream.received[*heard..];
            let (user, next) = (stream.user, rest.first());
            // Writing to a string does not fail.
            writeln!(report, "{user} received {} more frames: {next:?}", rest.len()).unwrap_or(());
        }
        report
    }
}

impl Stream {
    /// Whether the frame at `place` is `frame`. A profile or a message is delivered as of its reading: after
    /// another change it may already be newer, and comes again with that change.
    fn has(&self, place: usize, frame: &Frame) -> bool {
        let Some(Received { frame: found, .. }) = self.received.get(place) else { return false };
        let is_of = |it: &Frame, user| matches!(it, Frame::Profile(it) if it.user == user);
        let later = |user| self.received[place + 1..].iter().any(|it| is_of(&it.frame, user));
        let changes = |seq| {
            self.received[place + 1..].iter().filter_map(move |it| match &it.frame {
                Frame::MessageChange { message, .. } if message.seq == seq => Some(message),
                _ => None,
            })
        };
        // What a message quotes may be newer too.
        let unquoted = |message: &Message| Message { quote: None, ..message.clone() };
        let is_newer_quote = |then: &Message, found: &Message| match (&then.quote, &found.quote) {
            (Some(then), Some(found)) if then.seq == found.seq => {
                then == found || changes(then.seq).any(|it| Some(Quoted::of(it)) == found.seen)
            }
            (_, found) => found.is_none(),
        };
        let is_newer = |then: &Message, found: &Message| {
            let (old, new) = (unquoted(then), unquoted(found));
            (old == new || changes(then.seq).any(|it| unquoted(it) == new))
                && is_newer_quote(then, found)
        };
        match (frame, found) {
            _ if found == frame => true,
            (Frame::Profile(then), _) => is_of(found, then.user) && later(then.user),
            (Frame::Message(then), Frame::Message(found)) => is_newer(then, found),
            (
                Frame::MessageChange { change, operator, message: then },
                Frame::MessageChange { change: kind, operator: by, message: found },
            ) => (change, operator) == (kind, by) && is_newer(then, found),
            _ => false,
        }
    }
}

/// Whether `user` may have missed `frames` of a group: a member who rejoins starts afresh and does
/// not receive earlier events.
fn joins_again(user: User, frames: &[Frame], rest: &[Received]) -> bool {
    let of_group = |frame: &&Frame| {
        matches!(frame, Frame::Message(_) | Frame::MessageChange { .. } | Frame::Group { .. })
    };
    let next = rest.iter().map(|received| &received.frame).find(of_group);
    let joins = |frame: &Frame| matches!(frame, Frame::Group { change: GroupChangeKind::Joined, users, .. } if *users == [user]);
    frames.iter().any(|frame| of_group(&frame)) && next.is_some_and(joins)
}
