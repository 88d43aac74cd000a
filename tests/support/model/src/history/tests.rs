use super::*;
use crate::command::{Content, Conversation, Group, Range, Recipient};
use crate::outcome::{Listed, Message, Outcome};
use crate::script::{MOST, of_user};
use longwave_core::Code;
use proptest::collection::vec;
use proptest::prelude::*;

const ANN: User = User(0);
const BOB: User = User(1);
const CID: User = User(2);
const GROUP: Group = Group(0);
const OF: Conversation = Conversation::Group(GROUP);

/// Three users, two of them in a group.
fn start() -> Model {
    let mut model = Model::at(0);
    for user in [ANN, BOB, CID] {
        model.apply(&Command::Register(user)).unwrap();
    }
    let create = Command::Create { by: ANN, group: GROUP, members: vec![BOB], most: MOST };
    model.apply(&create).unwrap();
    model
}

/// The observations of a script. Each call is made and answered the given number of moments before
/// and after the model runs it; all users poll all the time.
fn seen(script: &[(Command, Moment, Moment)]) -> History {
    let mut model = start();
    let mut streams: Vec<Stream> = (0..3)
        .flat_map(|user| [(); 2].map(|()| Stream { user: User(user), received: vec![] }))
        .collect();
    let mut calls = Vec::new();
    for (moment, (command, before, after)) in (1..).map(|n: Moment| n * 100).zip(script) {
        let head = model.head();
        let answer = model.apply(command).map(Outcome::timeless);
        let (called, answered) = (moment.saturating_sub(*before), moment + after);
        calls.push(Call { command: command.clone(), answer, called, answered });
        for stream in &mut streams {
            let frames = model.frames(stream.user, 5, head).unwrap().into_iter();
            let received = frames.map(|(event_id, frame)| Received {
                event_id: 7 * event_id,
                at: moment + 1,
                frame: frame.timeless(),
            });
            stream.received.extend(received);
        }
    }
    History { start: start(), calls, streams }
}

/// The observations of calls that do not overlap.
fn one_by_one(script: &[Command]) -> History {
    let script: Vec<_> = script.iter().map(|command| (command.clone(), 10, 10)).collect();
    seen(&script)
}

fn send(by: User, id: u8) -> Command {
    let to = Recipient::Group(GROUP);
    Command::Send { by, to, id, content: Content::ALL[0], quote: None, reads: true }
}

fn pull(by: User) -> Command {
    Command::Pull { by, of: OF, range: Range::Seqs(1, i64::MAX), limit: 0 }
}

fn kick() -> Command {
    Command::Kick { by: ANN, group: GROUP, user: BOB }
}

fn join(by: User) -> Command {
    Command::Join { by, group: GROUP, most: MOST }
}

impl History {
    fn messages(&mut self, call: usize) -> &mut Vec<Message> {
        match &mut self.calls[call].answer {
            Ok(Outcome::PullResponse { messages, .. }) => messages,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn holds(&self) {
        self.explain().unwrap_or_else(|why| panic!("{why}"));
    }

    #[track_caller]
    fn fails(&self) {
        assert!(self.explain().is_err(), "this must not be explained: {self:#?}");
    }
}

#[test]
fn the_models_own_history_is_explained() {
    one_by_one(&[send(ANN, 1), pull(BOB), send(BOB, 1), kick(), send(ANN, 2), pull(BOB)]).holds();
}

#[test]
fn swapped_acks_are_detected_unless_the_calls_overlap() {
    let swapped = |history: &mut History| {
        let [one, other] = [0, 1].map(|call| history.calls[call].answer.clone());
        (history.calls[0].answer, history.calls[1].answer) = (other, one);
    };
    let mut history = one_by_one(&[send(ANN, 1), send(BOB, 1)]);
    history.holds();
    swapped(&mut history);
    history.fails();

    let mut history = seen(&[(send(ANN, 1), 10, 110), (send(BOB, 1), 110, 10)]);
    history.holds();
    swapped(&mut history);
    history.fails();
    // The order is also visible in the frames, which would have to be swapped too.
    history.streams.clear();
    history.holds();
}

#[test]
fn a_lost_message_is_detected() {
    let mut history = one_by_one(&[send(ANN, 1), send(ANN, 2), pull(BOB)]);
    history.messages(2).remove(0);
    history.fails();

    let mut history = one_by_one(&[send(ANN, 1), send(ANN, 2), pull(BOB)]);
    history.messages(2).pop();
    history.fails();

    let mut history = one_by_one(&[send(ANN, 1), send(ANN, 2)]);
    history.streams[3].received.remove(0);
    history.fails();
}

#[test]
fn repeated_reordered_and_misdirected_frames_are_detected() {
    let calm = one_by_one(&[send(ANN, 1), send(ANN, 2)]);
    let mut history = calm.clone();
    let last = history.streams[2].received.last().unwrap().clone();
    history.streams[2].received.push(last);
    history.fails();

    let mut history = calm.clone();
    history.streams[2].received.swap(0, 1);
    history.fails();

    let mut history = calm.clone();
    history.streams[4].received = history.streams[2].received.clone();
    history.fails();

    let mut history = calm;
    history.streams[2].received[0].at = 1;
    history.fails();
}

#[test]
fn a_kicked_member_sees_no_later_message() {
    let script = [send(ANN, 1), kick(), send(ANN, 2), pull(BOB), pull(ANN)];
    let mut history = one_by_one(&script);
    history.holds();
    let all = history.messages(4).clone();
    *history.messages(3) = all;
    history.fails();

    let mut history = one_by_one(&script);
    let received = history.streams[0].received.last().unwrap().clone();
    history.streams[2].received.push(received);
    history.fails();
}

#[test]
fn a_send_of_a_kicked_member_is_acknowledged_only_during_the_kick() {
    let script = |after| [(send(BOB, 1), 10, after), (kick(), 10, 10), (pull(ANN), 10, 10)];
    let sent_after = |after| {
        // The send is called after the kick, and is not refused.
        let mut history = seen(&script(10));
        (history.calls[0].called, history.calls[0].answered) = (after, after + 20);
        for received in history.streams.iter_mut().flat_map(|stream| &mut stream.received) {
            received.at += 500;
        }
        history
    };
    seen(&script(10)).holds();
    seen(&script(300)).holds();
    sent_after(205).holds();
    sent_after(211).fails();

    let mut refused = one_by_one(&[send(BOB, 1)]);
    refused.calls[0].answer = Err(Code::NotGroupMember);
    refused.fails();
}

#[test]
fn a_stale_answer_is_detected() {
    let mut history = one_by_one(&[pull(BOB), send(ANN, 1), pull(BOB)]);
    history.calls[2].answer = history.calls[0].answer.clone();
    history.fails();
    history.calls[2].called = 150;
    history.holds();
}

#[test]
fn a_wrong_read_position_or_count_is_detected() {
    let read = |seq| Command::Read { by: BOB, of: OF, seq, live: 20 };
    let list = Command::List { by: BOB, limit: 0 };
    let calm = one_by_one(&[send(ANN, 1), send(ANN, 2), read(2), read(1), list]);
    calm.holds();
    let mut history = calm.clone();
    history.calls[3].answer = Ok(Outcome::ReadTo(1));
    history.fails();

    let mut history = calm;
    let Ok(Outcome::Listed(items)) = &mut history.calls[4].answer else { panic!("no list") };
    items[0] = Listed { unread: 1, ..items[0].clone() };
    history.fails();
}

#[test]
fn setting_an_unchanged_value_may_take_effect_after_another_value() {
    let pin = |pin| Command::SetOptions { by: BOB, of: OF, mute: None, pin: Some(pin) };
    seen(&[(pin(true), 10, 250), (pin(false), 150, 10)]).holds();
}

#[test]
fn a_rejoined_member_may_miss_earlier_frames() {
    let script = [send(ANN, 1), kick(), join(BOB), send(ANN, 2)];
    let calm = one_by_one(&script);
    calm.holds();
    let received = calm.streams[2].received.len();
    for (kept, holds) in
        [(received, true), (received - 1, false), (2, true), (1, false), (0, false)]
    {
        let mut history = calm.clone();
        let received = &mut history.streams[2].received;
        *received = received.split_off(received.len() - kept);
        assert_eq!(history.explain().is_ok(), holds, "with the last {kept}");
    }
}

fn commands() -> impl Strategy<Value = Vec<(Command, Moment, Moment)>> {
    let by = (0..3_u8).prop_flat_map(|by| of_user(User(by), &[0, 1, 2], &[0]));
    vec((by, 1..300_u64, 1..300_u64), 1..60)
}

fn is_about_group(command: &Command) -> bool {
    match command {
        Command::Send { to, .. } => *to == Recipient::Group(GROUP),
        Command::Pull { of, .. }
        | Command::Get { of, .. }
        | Command::Read { of, .. }
        | Command::SetOptions { of, .. } => *of == OF,
        Command::Create { .. } | Command::Type { .. } => false,
        _ => true,
    }
}

proptest! {
    #[test]
    fn every_history_of_the_model_is_explained_however_the_calls_overlap(script in commands()) {
        let script: Vec<_> = script.into_iter().filter(|(it, ..)| is_about_group(it)).collect();
        let history = seen(&script);
        prop_assert!(history.explain().is_ok(), "{}", history.explain().unwrap_err());
    }

    #[test]
    fn a_missing_frame_is_always_detected(script in commands(), at in any::<prop::sample::Index>()) {
        let script: Vec<_> = script.into_iter().filter(|(it, ..)| is_about_group(it)).collect();
        let mut history = seen(&script);
        // Ann owns the group until she transfers it, so no rejoin hides earlier events from her.
        let received = &mut history.streams[0].received;
        let joins = received.iter().any(|it| matches!(&it.frame, Frame::Group { users, .. } if users.contains(&ANN)));
        if !received.is_empty() && !joins {
            received.remove(at.index(received.len()));
            prop_assert!(history.explain().is_err());
        }
    }
}
