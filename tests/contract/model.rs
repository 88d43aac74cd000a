//! The server under concurrent clients, checked against the model of `tests/support/model`: for
//! each conversation and each profile, the model must have an order of the calls that explains
//! every answer, its time, and every frame that the polls received.
//!
//! `PROPTEST_RNG_SEED` makes the clients repeat their calls; the order in which the server gets
//! them is up to chance.

use crate::support::server::{Ask, Server, run, unique};
use futures::future::{join, join_all};
use http::Method;
use longwave_client::{Session, UserId};
use longwave_core::id::GroupId;
use longwave_core::{Code, receipt};
use longwave_model::history::{Call, History, Moment, Received, Stream};
use longwave_model::model::Answer;
use longwave_model::script::{MOST, of_clients};
use longwave_model::{Command, Conversation, Frame, Group, Model, Names, Outcome, Range, User};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::BTreeSet;

/// Number of users; each is logged in on two platforms.
const USERS: u8 = 4;
/// Number of commands of each of these clients.
const LENGTH: usize = 50;
/// `revoke_seconds` of tests/server.env.
const REVOKE_SECONDS: i64 = 3_600;
/// The default of `edit_seconds`.
const EDIT_SECONDS: i64 = 86_400;
/// The default of `receipts_live_max`.
const RECEIPTS_LIVE_MAX: i64 = 20;

/// The initial members of the groups, each owner first.
const GROUPS: [&[User]; 2] = [&[User(0), User(1)], &[User(1), User(0), User(2)]];

/// The server under test and the state that its clients share.
struct Crowd<'a> {
    server: &'a Server,
    names: Names,
    clock: Cell<Moment>,
    /// All clients have finished their calls.
    over: Cell<bool>,
}

/// A conversation or profile, each checked separately.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Conversation(Conversation),
    Profile(User),
}

fn create(group: u8) -> Command {
    let [by, members @ ..] = GROUPS[usize::from(group)] else { panic!("no owner") };
    Command::Create { by: *by, group: Group(group), members: members.to_vec(), most: MOST }
}

impl Thing {
    /// The model's state at the start, for this thing.
    fn start(self) -> Model {
        let mut model = Model::at(0);
        for user in (0..USERS).map(User) {
            model.apply(&Command::Register(user)).unwrap();
        }
        if let Self::Conversation(Conversation::Group(Group(group))) = self {
            model.apply(&create(group)).unwrap();
        }
        model
    }

    fn all() -> Vec<Self> {
        let users = || (0..USERS).map(User);
        let singles =
            users().flat_map(|one| users().map(move |other| Conversation::single(one, other)));
        let groups = (0..2).map(|group| Conversation::Group(Group(group)));
        let conversations: BTreeSet<_> = singles.chain(groups).map(Self::Conversation).collect();
        conversations.into_iter().chain(users().map(Self::Profile)).collect()
    }

    /// The part of a call that concerns this thing, if any.
    fn part_of(self, call: &Call) -> Option<Call> {
        let of = match &call.command {
            Command::Send { by, to, .. } => Self::Conversation(to.conversation(*by)),
            Command::Pull { of, .. }
            | Command::Get { of, .. }
            | Command::Revoke { of, .. }
            | Command::Edit { of, .. }
            | Command::Versions { of, .. }
            | Command::Readers { of, .. }
            | Command::Replies { of, .. }
            | Command::Changes { of, .. }
            | Command::Read { of, .. }
            | Command::SetOptions { of, .. } => Self::Conversation(*of),
            Command::Join { group, .. }
            | Command::Quit { group, .. }
            | Command::Kick { group, .. }
            | Command::Transfer { group, .. }
            | Command::Dismiss { group, .. }
            | Command::Info { group, .. }
            | Command::Members { group, .. } => Self::Conversation(Conversation::Group(*group)),
            Command::UpdateProfile(user, _) | Command::Profile(user) => Self::Profile(*user),
            _ => self,
        };
        let mut call = call.clone();
        match (self, &mut call.answer) {
            (Self::Conversation(own), Ok(Outcome::Listed(items))) => {
                items.retain(|item| item.position.of == own);
            }
            (Self::Conversation(own), Ok(Outcome::Positions(items))) => {
                items.retain(|item| item.of == own);
            }
            (Self::Conversation(own), Ok(Outcome::Latest(items))) => {
                items.retain(|(of, ..)| *of == own);
            }
            (
                Self::Profile(_),
                Ok(Outcome::Listed(_) | Outcome::Positions(_) | Outcome::Latest(_)),
            ) => return None,
            _ => {}
        }
        (of == self).then_some(call)
    }

    fn concerns(self, frame: &Frame) -> bool {
        match (self, frame) {
            (Self::Profile(user), Frame::Profile(profile)) => profile.user == user,
            (Self::Conversation(of), frame) => frame.conversation() == Some(of),
            _ => false,
        }
    }
}

/// The command as one HTTP call, if it can be one.
fn over_http(command: Command) -> Option<Command> {
    let one_page = |limit: i64, max: i64| if (0..=max).contains(&limit) { 0 } else { limit };
    match command {
        Command::List { by, limit } => Some(Command::List { by, limit: one_page(limit, 100) }),
        Command::MaxSeqs { by, limit } => {
            Some(Command::MaxSeqs { by, limit: one_page(limit, 200) })
        }
        Command::Members { by, group, limit } => {
            Some(Command::Members { by, group, limit: one_page(limit, 500) })
        }
        Command::Changes { by, of, limit } => {
            Some(Command::Changes { by, of, limit: one_page(limit, 100) })
        }
        Command::Revoke { by, of, seqs, trace, .. } => {
            Some(Command::Revoke { by, of, seqs, trace, within: REVOKE_SECONDS })
        }
        Command::Edit { by, of, seq, text, base, .. } => {
            Some(Command::Edit { by, of, seq, text, base, within: EDIT_SECONDS })
        }
        Command::Read { by, of, seq, .. } => {
            Some(Command::Read { by, of, seq, live: RECEIPTS_LIVE_MAX })
        }
        Command::Replies { by, of, seq, limit } => {
            Some(Command::Replies { by, of, seq, limit: one_page(limit, 100) })
        }
        Command::Readers { by, of, seq, read, limit } => {
            Some(Command::Readers { by, of, seq, read, limit: one_page(limit, 100) })
        }
        Command::Join { by, group, .. } => Some(Command::Join { by, group, most: MOST }),
        // The model of this test has no times.
        Command::Pull { range: Range::Ago(_), .. }
        | Command::Create { .. }
        | Command::Promote { .. }
        | Command::Type { .. } => None,
        other => Some(other),
    }
}

fn read<T: DeserializeOwned>(data: &Value, field: &str) -> T {
    let value = if field.is_empty() { data } else { &data[field] };
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {data}"))
}

/// The items of a list in a query.
fn listed<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(",")
}

impl Crowd<'_> {
    fn tick(&self) -> Moment {
        self.clock.update(|moment| moment + 1);
        self.clock.get()
    }

    async fn call(&self, session: &Session, command: Command) -> Call {
        let called = self.tick();
        let answer = self.answer(session, &command).await.map(Outcome::timeless);
        Call { command, answer, called, answered: self.tick() }
    }

    async fn answer(&self, session: &Session, command: &Command) -> Answer {
        let (method, path, body) = self.request(command);
        let path = format!("/api/v1/{path}");
        let ask = Ask::new(method, &path).token(session.token());
        let ask = if body.is_null() { ask } else { ask.json(&body) };
        let answer = self.server.ask(ask).await.json();
        match answer["code"].as_u64().unwrap() {
            0 => Ok(self.outcome(command, &answer["data"]).unwrap_or_else(|why| panic!("{why}"))),
            code => {
                let code = Code::from_number(code.try_into().unwrap()).unwrap();
                assert!(!code.is_ours(), "{command}: {answer}");
                Err(code)
            }
        }
    }

    fn request(&self, command: &Command) -> (Method, String, Value) {
        let names = &self.names;
        let get = |path: String| (Method::GET, path, Value::Null);
        let post = |path: &str, body: Value| (Method::POST, path.to_owned(), body);
        let put = |path: &str, body: Value| (Method::PUT, path.to_owned(), body);
        let about = |group: &Group, user: &User| json!({ "group_id": names.group(*group).as_str(), "user_id": names.user(*user) });
        match command {
            Command::Send { to, id, content, quote, reads, .. } => {
                post("message/send", names.send_body(*to, *id, *content, *quote, *reads))
            }
            Command::Pull { of, range, limit, .. } => {
                let of = names.conversation(*of);
                let range = match range {
                    Range::Seqs(begin, end) => format!("begin_seq={begin}&end_seq={end}"),
                    Range::Back(begin, end) => {
                        format!("begin_seq={begin}&end_seq={end}&order=desc")
                    }
                    Range::Around(seq) => format!("around={seq}"),
                    Range::Ago(_) => panic!("{command} has no time here"),
                };
                get(format!("message/pull?conversation_id={of}&{range}&limit={limit}"))
            }
            Command::Get { of, seqs, .. } => {
                let (of, seqs) = (names.conversation(*of), listed(seqs.iter()));
                get(format!("message/get?conversation_id={of}&seqs={seqs}"))
            }
            Command::Latest { of, limit, .. } => {
                let ids = listed(of.iter().map(|of| names.conversation(*of)));
                get(format!("message/latest?conversation_ids={ids}&limit={limit}"))
            }
            Command::Revoke { of, seqs, trace, .. } => {
                let of = names.conversation(*of);
                let body = json!({ "conversation_id": of, "seqs": seqs, "trace": trace });
                post("message/revoke", body)
            }
            Command::Edit { of, seq, text, base, .. } => {
                post("message/edit", names.edit_body(*of, *seq, *text, *base))
            }
            Command::Versions { of, seq, .. } => {
                let of = names.conversation(*of);
                get(format!("message/versions?conversation_id={of}&seq={seq}"))
            }
            Command::Changes { of, limit, .. } => {
                let of = names.conversation(*of);
                get(format!("message/changes?conversation_id={of}&limit={limit}"))
            }
            Command::List { limit, .. } => {
                get(format!("conversation/list?with_last_message=true&limit={limit}"))
            }
            Command::MaxSeqs { limit, .. } => get(format!("message/max_seqs?limit={limit}")),
            Command::Replies { of, seq, limit, .. } => {
                let of = names.conversation(*of);
                get(format!("message/replies?conversation_id={of}&seq={seq}&limit={limit}"))
            }
            Command::Readers { of, seq, read, limit, .. } => {
                let (of, state) = (names.conversation(*of), if *read { "read" } else { "unread" });
                get(format!(
                    "message/readers?conversation_id={of}&seq={seq}&state={state}&limit={limit}"
                ))
            }
            Command::Read { of, seq, .. } => {
                let of = names.conversation(*of);
                post("conversation/read", json!({ "conversation_id": of, "read_seq": seq }))
            }
            Command::SetOptions { of, mute, pin, .. } => {
                let of = names.conversation(*of);
                let body = json!({ "conversation_id": of, "recv_msg_opt": mute, "is_pinned": pin });
                put("conversation/opt", body)
            }
            Command::Join { by, group, .. } => post("group/join", about(group, by)),
            Command::Quit { by, group } => post("group/quit", about(group, by)),
            Command::Dismiss { by, group } => post("group/dismiss", about(group, by)),
            Command::Kick { group, user, .. } => post("group/kick", about(group, user)),
            Command::Transfer { group, user, .. } => post("group/transfer", about(group, user)),
            Command::Info { group, .. } => {
                get(format!("group/info?group_id={}", names.group(*group)))
            }
            Command::Members { group, limit, .. } => {
                get(format!("group/members?group_id={}&limit={limit}", names.group(*group)))
            }
            Command::UpdateProfile(_, change) => {
                let fields = ("nickname", "avatar", "extra");
                put(
                    "user/me",
                    json!({ fields.0: change.nickname, fields.1: change.avatar, fields.2: change.extra }),
                )
            }
            Command::Profile(user) => get(format!("user/profile/{}", names.user(*user))),
            other => panic!("no route does this: {other}"),
        }
    }

    fn outcome(&self, command: &Command, data: &Value) -> Result<Outcome, String> {
        let names = &self.names;
        Ok(match command {
            Command::Send { .. } => names.sent(&read(data, ""))?,
            Command::Pull { .. } | Command::Get { .. } => names.pulled(&read(data, ""))?,
            Command::Latest { .. } => names.latest(&read::<Vec<_>>(data, "conversations"))?,
            Command::Replies { .. } => names.replies(&read::<Vec<_>>(data, "messages"))?,
            Command::Readers { .. } => {
                let readers: receipt::Readers = read(data, "");
                names.readers(readers.users, readers.read_count, readers.unread_count)?
            }
            Command::Edit { .. } => Outcome::Edited(read(data, "version")),
            Command::Versions { .. } => names.versions(&read(data, ""))?,
            Command::Changes { .. } => names.changed(&read::<Vec<_>>(data, "messages"))?,
            Command::List { by, .. } => {
                Outcome::Listed(names.listed(*by, &read::<Vec<_>>(data, "conversations"))?)
            }
            Command::MaxSeqs { .. } => {
                Outcome::Positions(names.positions(&read::<Vec<_>>(data, "items"))?)
            }
            Command::Read { .. } => Outcome::ReadTo(read(data, "read_seq")),
            Command::Info { .. } => names.group_info(&read(data, ""))?,
            Command::Members { .. } => {
                Outcome::Members(names.members(&read::<Vec<_>>(data, "members"))?)
            }
            Command::UpdateProfile(..) | Command::Profile(_) => {
                Outcome::Profile(names.profile(read(data, ""))?)
            }
            _ => Outcome::Done,
        })
    }

    /// Follows the log from a cursor until all calls have ended and all frames have arrived.
    async fn follow(&self, session: &Session, user: User, mut cursor: String) -> Stream {
        let mut received = Vec::new();
        loop {
            let last = self.over.get();
            let timeout = u8::from(!last);
            let path = format!("/api/v1/realtime/poll?cursor={cursor}&timeout={timeout}");
            let data = self.server.ask(Ask::get(&path).token(session.token())).await.data();
            let at = self.tick();
            assert_eq!(data["reset"], false);
            let frames = data["frames"].as_array().unwrap();
            for frame in frames {
                let frame = self.names.frame(frame).unwrap_or_else(|why| panic!("{why}"));
                received.push(Received { event_id: frame.0, at, frame: frame.1.timeless() });
            }
            cursor = read(&data, "cursor");
            if last && frames.is_empty() {
                return Stream { user, received };
            }
        }
    }
}

/// The users, each logged in twice, and the groups.
async fn crowd(server: &Server) -> (Crowd<'_>, Vec<(User, Session)>) {
    let client = server.client();
    let user = async |_| {
        let name = unique("user");
        client.register(&name, "correct horse", "").await.unwrap();
        let on =
            |platform: i64| client.login_on(platform.try_into().unwrap(), &name, "correct horse");
        let (web, linux) = join(on(5), on(7)).await;
        [web.unwrap(), linux.unwrap()]
    };
    let mut sessions = join_all((0..USERS).map(user)).await;
    // The server lists by id, the model by user.
    sessions.sort_by_key(|[session, _]| session.user_id().clone());
    let users = (0..USERS).map(User).zip(sessions);
    let sessions: Vec<(User, Session)> =
        users.flat_map(|(user, sessions)| sessions.map(|session| (user, session))).collect();
    let ids: Vec<UserId> = sessions.iter().step_by(2).map(|(_, it)| it.user_id().clone()).collect();
    let mut groups = Vec::new();
    for group in GROUPS {
        let [owner, members @ ..] = group else { panic!("no owner") };
        let id = |user: &User| ids[usize::from(user.0)].clone();
        let members: Vec<UserId> = members.iter().map(id).collect();
        let owner = &sessions[2 * usize::from(owner.0)].1;
        let made = owner.create_group("g", &members).await.unwrap();
        groups.push(GroupId::parse(&made.group_id).unwrap());
    }
    let names = Names::new(ids, groups);
    (Crowd { server, names, clock: Cell::new(0), over: Cell::new(false) }, sessions)
}

#[test]
fn concurrent_clients_see_only_what_the_model_allows() {
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    run(async |server| {
        let (crowd, sessions) = crowd(server).await;
        let cursor = async |(_, session): &(User, Session)| {
            session.poll(None, std::time::Duration::ZERO).await.unwrap().cursor
        };
        let cursors = join_all(sessions.iter().map(cursor)).await;
        let users: Vec<User> = sessions.iter().map(|(user, _)| *user).collect();
        let scripts = of_clients(seed, &users, LENGTH, &[0, 1, 2, 3], &[0, 0, 1]);
        let act = async |((_, session), script): (&(User, Session), Vec<Command>)| {
            let mut calls = Vec::new();
            for command in script.into_iter().filter_map(over_http) {
                calls.push(crowd.call(session, command).await);
            }
            calls
        };
        let act = async {
            let calls = join_all(sessions.iter().zip(scripts).map(act)).await.concat();
            crowd.over.set(true);
            calls
        };
        let follow = sessions.iter().zip(cursors);
        let follow = follow.map(|((user, session), cursor)| crowd.follow(session, *user, cursor));
        let (calls, streams) = join(act, join_all(follow)).await;

        for stream in &streams {
            let in_order = stream.received.is_sorted_by_key(|received| received.event_id);
            assert!(in_order, "seed {seed}: {stream:#?}");
        }
        let mut explained = 0;
        for thing in Thing::all() {
            let of_thing = |stream: &Stream| {
                let received =
                    stream.received.iter().filter(|received| thing.concerns(&received.frame));
                Stream { user: stream.user, received: received.cloned().collect() }
            };
            let history = History {
                start: thing.start(),
                calls: calls.iter().filter_map(|call| thing.part_of(call)).collect(),
                streams: streams.iter().map(of_thing).collect(),
            };
            explained += history
                .explain()
                .map_or_else(|why| panic!("seed {seed}, {thing:?}:\n{why}"), |order| order.len());
        }
        assert!(explained >= calls.len(), "every call was about something");
    });
}
