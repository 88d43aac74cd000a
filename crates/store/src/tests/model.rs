//! Runs random scripts against the schema and against the model of `tests/support/model`, which
//! must agree on every answer, every refusal, everything that a user can read and every frame that
//! a user receives. A failure shows the shortest script found that still fails.
//!
//! A run has at least 100,000 commands, or the number in `LONGWAVE_MODEL_COMMANDS`. A failure shows its
//! random seed; with `PROPTEST_RNG_SEED`, the run repeats.

use super::driver::{Database, member_of};
use crate::event::{self, Audience, GroupAudience};
use crate::{conversation, group, message, presence, receipt, service, session, user};
use longwave_core::conversation::{ListQuery, MaxSeqsQuery, OptionsRequest, ReadRequest};
use longwave_core::cursor::Place;
use longwave_core::frame::pack;
use longwave_core::group::{CreateRequest, MembersQuery};
use longwave_core::id::{GroupId, UserId, peers};
use longwave_core::internal::UpsertRequest;
use longwave_core::message::{
    ChangesQuery, EditHistory, EditMessageRequest, EditRules, LatestQuery, MessagesQuery,
    PullQuery, RepliesQuery, RevokeMessagesRequest, RevokeRules, SendRequest, VersionsQuery,
};
use longwave_core::presence::{OpenPoll, UserOnPlatform};
use longwave_core::receipt::ReadersQuery;
use longwave_core::retention::{BYTES_MAX, Retention};
use longwave_core::user::{Platform, ProfileUpdate, RegisterRequest};
use longwave_core::{Code, Error};
use longwave_model::command::script;
use longwave_model::model::Answer;
use longwave_model::script::scripts;
use longwave_model::{
    Command, Conversation, Frame, Model, Names, Outcome, ProfileChange, Range, User,
};
use pollster::block_on;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use serde_json::{Value, json};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use uuid::Uuid;

/// The platforms on which users poll.
const PLATFORMS: [u8; 2] = [1, 5];

/// The reason why a command has no answer: a refusal, or a failure that no command may cause.
enum No {
    Refused(Code),
    Wrong(String),
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        // An error with a cause is a failure, which the model never expects.
        match error.cause() {
            Some(cause) => Self::Wrong(format!("{error}: {cause}")),
            None => Self::Refused(error.code()),
        }
    }
}

impl From<String> for No {
    fn from(failure: String) -> Self {
        Self::Wrong(failure)
    }
}

/// The same state twice: in the database and in the model.
struct World<'a> {
    database: &'a Database,
    names: Names,
    model: Model,
}

/// The state of the reader of an instance.
#[derive(Default)]
struct Reader {
    served: i64,
    audiences: HashMap<String, GroupAudience>,
}

fn platform(number: u8) -> Platform {
    i64::from(number).try_into().unwrap()
}

fn uuid(user: User) -> Uuid {
    Uuid::from_u128(0x7000_8000_0000_0000_0000 + u128::from(user.0))
}

/// The body of a request for a change of a profile.
fn change_body(ProfileChange { nickname, avatar, extra }: ProfileChange) -> Value {
    json!({ "nickname": nickname, "avatar": avatar, "extra": extra })
}

impl<'a> World<'a> {
    fn new(database: &'a Database) -> Self {
        database.start_over();
        let id = |user: User| {
            if user.is_native() {
                UserId::native(uuid(user))
            } else {
                UserId::of_platform(i64::from(user.0))
            }
        };
        let groups = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"];
        let groups = groups.map(|id| GroupId::parse(id).unwrap()).to_vec();
        let model = Model::at(database.now.get());
        let names = Names::new(User::all().map(id).collect(), groups);
        Self { database, names, model }
    }

    /// Runs a script. The error names the first command after which database and model differ.
    fn run(database: &'a Database, commands: &[Command]) -> Result<(), String> {
        let mut world = Self::new(database);
        let mut reader = Reader::default();
        let mut heads = vec![0];
        for (number, command) in (1..).zip(commands) {
            let at = |failure| format!("at {number}, {command}:\n{failure}");
            world.step(command).map_err(at)?;
            heads.push(world.model.head());
            if *command == Command::Look {
                reader.compare(&world, &heads).map_err(at)?;
            }
            if number % 40 == 0 {
                world.compare_everything().map_err(at)?;
            }
        }
        world.compare_everything()?;
        world.compare_frames(&heads, commands.len())
    }

    fn step(&mut self, command: &Command) -> Result<(), String> {
        if let Command::Create { group, .. } = command
            && self.model.has_group(*group)
        {
            // Ids of groups are random: none is assigned twice.
            return Ok(());
        }
        let expected = self.model.apply(command);
        let changes = self.database.changes();
        self.compare(command, &expected)?;
        if expected.is_err() && self.database.changes() != changes {
            return Err("it was refused and changed something".to_owned());
        }
        Ok(())
    }

    fn compare(&self, command: &Command, expected: &Answer) -> Result<(), String> {
        let found = match self.answer(command) {
            Ok(outcome) => Ok(outcome),
            Err(No::Refused(code)) => Err(code),
            Err(No::Wrong(failure)) => return Err(failure),
        };
        same(&found, expected)
    }

    fn compare_everything(&mut self) -> Result<(), String> {
        for question in self.model.questions() {
            let expected = self.model.apply(&question);
            self.compare(&question, &expected)
                .map_err(|failure| format!("{question}:\n{failure}"))?;
        }
        Ok(())
    }

    /// Compares the frames after cursors: for every user and platform after the oldest cursor, and
    /// for one of them after each cursor.
    fn compare_frames(&self, heads: &[i64], which: usize) -> Result<(), String> {
        let oldest = block_on(event::position(self.database, 0)).unwrap().oldest;
        let from_oldest = User::all().flat_map(|user| PLATFORMS.map(|on| (user, on, oldest - 1)));
        let (one, on) = (which % usize::from(User::COUNT), PLATFORMS[which % 2]);
        let one = User::all().nth(one).into_iter();
        let from_each = one.flat_map(|user| heads.iter().map(move |after| (user, on, *after)));
        for (user, on, after) in from_oldest.chain(from_each) {
            let found = (after >= oldest - 1).then(|| self.frames(user, on, after));
            let found = found.transpose()?.map(|frames| settle(frames, heads));
            let expected = self.model.frames(user, on, after);
            let expected = expected.map(|frames| settle(frames, heads));
            same(&found, &expected).map_err(|failure| {
                format!("frames of {user} on {on} behind {after}:\n{failure}")
            })?;
        }
        Ok(())
    }

    /// The frames of a user by consecutive polls, each with the cursor of the previous answer.
    fn frames(&self, user: User, on: u8, mut after: i64) -> Result<Vec<(i64, Frame)>, String> {
        let head = block_on(event::position(self.database, 0)).unwrap().head;
        let now = self.database.now.get();
        let present =
            UserOnPlatform { user_id: self.names.user(user).clone(), platform: platform(on) };
        let mut frames = Vec::new();
        while after < head.event_id {
            let found =
                block_on(event::for_user(self.database, &present, after, head.event_id, now));
            let found = found.map_err(|error| format!("{error}: {:?}", error.cause()))?;
            let covered = Place { event_id: found.covered, tag: 0 };
            let (packed, covered) = pack(found.frames_for(present.user_id.as_str()), covered);
            for frame in packed {
                frames.push(self.names.frame(&serde_json::from_str(frame.get()).unwrap())?);
            }
            after = covered.event_id;
        }
        Ok(frames)
    }
}

impl Reader {
    /// Distributes the new events to all waiting users, as the reader of an instance does, and
    /// compares the frames that they receive.
    fn compare(
        &mut self,
        World { database, names, model }: &World<'_>,
        heads: &[i64],
    ) -> Result<(), String> {
        let mut received: HashMap<(User, u8), Vec<(i64, Frame)>> = HashMap::new();
        let waiting = || User::all().flat_map(|user| PLATFORMS.map(|on| (user, on)));
        let behind = self.served;
        let events = block_on(event::since(*database, behind, 10_000)).unwrap();
        if events.first().is_some_and(|first| first.place.event_id > behind + 1) {
            // The next events were pruned: waiting users are reset.
            self.audiences.clear();
            self.served = model.head();
            return same(&None, &model.frames_live(User(0), PLATFORMS[0], behind));
        }
        for event in events {
            let subscribers = match &event.audience {
                Audience::Subscribers(of) => {
                    block_on(presence::subscribers(*database, of)).unwrap()
                }
                Audience::Conversation(id)
                    if event.changes_members || !self.audiences.contains_key(id) =>
                {
                    let audience = block_on(event::group_audience(*database, id)).unwrap();
                    self.audiences.insert(id.clone(), audience);
                    vec![]
                }
                _ => vec![],
            };
            for (user, on) in waiting() {
                let id = names.user(user).as_str();
                let concerns = match &event.audience {
                    Audience::User(one) => one == id,
                    Audience::Conversation(of) => match peers(of) {
                        Some((one, other)) => one == id || other == id,
                        None => self.audiences[of].min_seq(id, &event).is_some(),
                    },
                    Audience::Subscribers(_) => {
                        subscribers.contains(&(id.to_owned(), platform(on)))
                    }
                    Audience::Nobody | Audience::PollHosts(..) => false,
                };
                let min_seq = match &event.audience {
                    Audience::Conversation(of) if peers(of).is_none() => {
                        self.audiences[of].min_seq(id, &event)
                    }
                    _ => None,
                };
                let frames = event.frames_for(id, min_seq.unwrap_or(1)).filter(|_| concerns);
                for frame in frames {
                    let wire = serde_json::to_value(pack(vec![frame], Place::START).0).unwrap();
                    received.entry((user, on)).or_default().push(names.frame(&wire[0])?);
                }
            }
            self.served = event.place.event_id;
        }
        for (user, on) in waiting() {
            let found = settle(received.remove(&(user, on)).unwrap_or_default(), heads);
            let expected = model.frames_live(user, on, behind).ok_or("all must begin anew")?;
            let [certain, possible] = expected.map(|frames| settle(frames, heads));
            if !is_part(&certain, &found) || !is_part(&found, &possible) {
                let failure =
                    format!("found    {found:?}\nexpected {certain:?}\nof       {possible:?}");
                return Err(format!("{user} waits on {on} behind {behind}:\n{failure}"));
            }
        }
        Ok(())
    }
}

/// Leases that end together end in any order, so of several changes of a user's status by one
/// command only the last one counts. `heads` are the newest events after each command.
fn settle(frames: Vec<(i64, Frame)>, heads: &[i64]) -> Vec<(i64, Frame)> {
    let mut online = BTreeMap::new();
    let mut settled = Vec::new();
    for (id, frame) in frames {
        if let Frame::Online(user, _) = frame {
            let command = heads.partition_point(|head| *head < id);
            let head = heads.get(command).copied().unwrap_or(id);
            online.insert((head, user), frame);
        } else {
            settled.push((id, frame));
        }
    }
    settled.extend(online.into_iter().map(|((head, _), frame)| (head, frame)));
    settled.sort_by_key(|(id, _)| *id);
    settled
}

/// Whether `whole` contains the items of `part`, in the same order.
fn is_part<T: PartialEq>(part: &[T], whole: &[T]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|item| whole.any(|other| other == item))
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("found    {found:?}\nexpected {expected:?}"))
}

/// The answers of the schema.
impl World<'_> {
    fn answer(&self, command: &Command) -> Result<Outcome, No> {
        let (sql, names, now) = (self.database, &self.names, self.database.now.get());
        match command {
            Command::Clock(step) => sql.now.set(now + step),
            Command::Look => {}
            Command::Prune { age, count } => {
                let retention = Retention { age: *age, count: *count, bytes: BYTES_MAX };
                return Ok(Outcome::Oldest(block_on(event::prune(sql, retention, now))?));
            }
            Command::Promote { group, user } => sql.batch(&format!(
                "UPDATE group_members SET role = max(role, 2) WHERE group_id = '{}' AND user_id = '{}'",
                names.group(*group),
                names.user(*user)
            )),
            Command::Register(_)
            | Command::Upsert(..)
            | Command::UpdateProfile(..)
            | Command::Profile(_) => return self.answer_of_people(command),
            Command::Send { by, to, id, content, quote, reads } => {
                let body = names.send_body(*to, *id, *content, *quote, *reads);
                let request: SendRequest = serde_json::from_value(body).unwrap();
                let message = request.validate(names.user(*by).clone(), true)?;
                let ack = block_on(message::send(sql, message, 0, Uuid::now_v7(), now))?;
                return Ok(names.sent(&ack)?);
            }
            Command::Pull { .. } | Command::Get { .. } | Command::Latest { .. } => {
                return self.answer_of_reading(command);
            }
            Command::Revoke { by, of, seqs, trace, within } => {
                let body = json!({
                    "conversation_id": names.conversation(*of), "seqs": seqs, "trace": trace,
                });
                let request: RevokeMessagesRequest = serde_json::from_value(body).unwrap();
                let rules = RevokeRules { seconds: *within, unread_members_max: 10_000 };
                let revoke = request.validate()?;
                block_on(message::revoke(sql, names.user(*by), &revoke, rules, now))?;
            }
            Command::Edit { by, of, seq, text, base, within } => {
                let body = names.edit_body(*of, *seq, *text, *base);
                let request: EditMessageRequest = serde_json::from_value(body).unwrap();
                let rules =
                    EditRules { seconds: *within, history: EditHistory::All, per_minute: 0 };
                let edit = request.validate()?;
                let edited = message::edit(sql, names.user(*by), edit, rules, now);
                return Ok(Outcome::Edited(block_on(edited)?.version));
            }
            Command::Versions { by, of, seq } => {
                let conversation_id = Some(names.conversation(*of).to_string());
                let of = VersionsQuery { conversation_id, seq: Some(*seq) }.validate()?;
                return Ok(names.versions(&block_on(message::versions(
                    sql,
                    names.user(*by),
                    &of,
                ))?)?);
            }
            Command::Read { by, of, seq, live } => {
                let body = json!({ "conversation_id": names.conversation(*of), "read_seq": seq });
                let request: ReadRequest = serde_json::from_value(body).unwrap();
                let read = request.validate()?;
                let read = conversation::mark_read(sql, names.user(*by), &read, *live, now);
                return Ok(Outcome::ReadTo(block_on(read)?.read_seq));
            }
            Command::SetOptions { by, of, mute, pin } => {
                let body = json!({
                    "conversation_id": names.conversation(*of), "recv_msg_opt": mute, "is_pinned": pin,
                });
                let request: OptionsRequest = serde_json::from_value(body).unwrap();
                let options = request.validate()?;
                block_on(conversation::set_options(sql, names.user(*by), &options, now))?;
            }
            Command::Type { by, of } => {
                let of = names.conversation(*of);
                block_on(conversation::announce_typing(sql, names.user(*by), &of, now))?;
            }
            Command::List { .. }
            | Command::MaxSeqs { .. }
            | Command::Changes { .. }
            | Command::Readers { .. }
            | Command::Replies { .. }
            | Command::Members { .. } => {
                return self.answer_in_pages(command);
            }
            Command::Login(..)
            | Command::Subscribe { .. }
            | Command::Renew(_)
            | Command::Online(_) => return self.answer_of_presence(command),
            Command::Create { .. }
            | Command::Join { .. }
            | Command::Quit { .. }
            | Command::Kick { .. }
            | Command::Transfer { .. }
            | Command::Dismiss { .. }
            | Command::Info { .. } => return self.answer_of_groups(command),
        }
        Ok(Outcome::Done)
    }

    fn answer_of_reading(&self, command: &Command) -> Result<Outcome, No> {
        let (sql, names, now) = (self.database, &self.names, self.database.now.get());
        let text = |of: &Conversation| names.conversation(*of).to_string();
        match command {
            Command::Pull { by, of, range, limit } => {
                let pull = PullQuery {
                    conversation_id: Some(text(of)),
                    limit: Some(*limit),
                    ..PullQuery::default()
                };
                let pull = match *range {
                    Range::Seqs(begin, end) => {
                        PullQuery { begin_seq: Some(begin), end_seq: Some(end), ..pull }
                    }
                    Range::Back(begin, end) => {
                        let order = Some("desc".to_owned());
                        PullQuery { begin_seq: Some(begin), end_seq: Some(end), order, ..pull }
                    }
                    Range::Around(seq) => PullQuery { around: Some(seq), ..pull },
                    Range::Ago(time) => PullQuery { at: Some(now - time), ..pull },
                };
                let pull = pull.validate()?;
                Ok(names.pulled(&block_on(message::pull(sql, names.user(*by), &pull))?)?)
            }
            Command::Get { by, of, seqs } => {
                let seqs: Vec<String> = seqs.iter().map(i64::to_string).collect();
                let query = MessagesQuery {
                    conversation_id: Some(text(of)),
                    seqs: Some(seqs.join(",")),
                    server_msg_id: None,
                };
                let asked = query.validate()?;
                Ok(names.pulled(&block_on(message::get(sql, names.user(*by), &asked))?)?)
            }
            Command::Latest { by, of, limit } => {
                let ids: Vec<String> = of.iter().map(text).collect();
                let query =
                    LatestQuery { conversation_ids: Some(ids.join(",")), limit: Some(*limit) };
                let asked = query.validate()?;
                let latest = block_on(message::latest(sql, names.user(*by), &asked))?;
                Ok(names.latest(&latest.conversations)?)
            }
            _ => Err(No::Wrong("no command of reading".to_owned())),
        }
    }

    fn answer_of_people(&self, command: &Command) -> Result<Outcome, No> {
        let (sql, names, now) = (self.database, &self.names, self.database.now.get());
        let profile = match command {
            Command::Register(by) => {
                let body = json!({ "username": by.to_string(), "password": "secret" });
                let request: RegisterRequest = serde_json::from_value(body).unwrap();
                let request = request.validate()?;
                block_on(user::register(sql, request, "hash".into(), uuid(*by), now))?
            }
            Command::Upsert(by, change) => {
                let mut body = change_body(*change);
                body["id"] = json!(names.user(*by));
                let request: UpsertRequest = serde_json::from_value(body).unwrap();
                block_on(service::upsert_user(sql, request.validate()?, now))?
            }
            Command::UpdateProfile(by, change) => {
                let update: ProfileUpdate = serde_json::from_value(change_body(*change)).unwrap();
                block_on(user::update_profile(sql, names.user(*by), update.validate()?, now))?
            }
            Command::Profile(of) => block_on(user::profile(sql, names.user(*of)))?,
            _ => return Err(No::Wrong("no command of people".to_owned())),
        };
        Ok(Outcome::Profile(names.profile(profile)?))
    }

    fn answer_of_groups(&self, command: &Command) -> Result<Outcome, No> {
        let (sql, names, now) = (self.database, &self.names, self.database.now.get());
        match command {
            Command::Create { by, group, members, most } => {
                let by = names.user(*by);
                let ids: Vec<&UserId> = members.iter().map(|member| names.user(*member)).collect();
                let body = json!({ "name": "g", "member_ids": ids });
                let create = serde_json::from_value::<CreateRequest>(body).unwrap().validate(by)?;
                let made = group::create(sql, by, create, names.group(*group), *most, now);
                return Ok(names.group_info(&block_on(made)?)?);
            }
            Command::Info { by, group } => {
                let info = block_on(group::info(sql, names.user(*by), names.group(*group)))?;
                return Ok(names.group_info(&info)?);
            }
            Command::Join { by, group, most } => {
                block_on(group::join(sql, names.user(*by), names.group(*group), *most, now))?;
            }
            Command::Quit { by, group } => {
                block_on(group::quit(sql, names.user(*by), names.group(*group), now))?;
            }
            Command::Kick { by, group, user } => {
                let whom = member_of(names.group(*group), names.user(*user));
                block_on(group::kick(sql, names.user(*by), &whom, now))?;
            }
            Command::Transfer { by, group, user } => {
                let whom = member_of(names.group(*group), names.user(*user));
                block_on(group::transfer(sql, names.user(*by), &whom, now))?;
            }
            Command::Dismiss { by, group } => {
                block_on(group::dismiss(sql, names.user(*by), names.group(*group), now))?;
            }
            _ => return Err(No::Wrong("no command of groups".to_owned())),
        }
        Ok(Outcome::Done)
    }

    fn answer_of_presence(&self, command: &Command) -> Result<Outcome, No> {
        let (sql, names, now) = (self.database, &self.names, self.database.now.get());
        let present = |user: &User, on: &u8| UserOnPlatform {
            user_id: names.user(*user).clone(),
            platform: platform(*on),
        };
        let ids = |users: &[User]| -> Vec<UserId> {
            users.iter().map(|user| names.user(*user).clone()).collect()
        };
        match command {
            Command::Login(user, on) => {
                block_on(session::begin(sql, &present(user, on), "jti", now))?;
            }
            Command::Subscribe { by, on, to } => {
                block_on(presence::subscribe(sql, &present(by, on), &ids(to)))?;
            }
            Command::Renew(polls) => {
                let poll = |(user, on): &(User, u8)| OpenPoll {
                    present: present(user, on),
                    login_id: "login".into(),
                    since: now,
                    until: now + 25_000,
                };
                let polls: Vec<OpenPoll> = polls.iter().map(poll).collect();
                block_on(presence::renew(sql, "instance", &polls, now))?;
            }
            Command::Online(users) => {
                let status = block_on(presence::online_status(sql, &ids(users), now))?;
                return Ok(Outcome::Online(names.online(&status.items)?));
            }
            _ => return Err(No::Wrong("no command of presence".to_owned())),
        }
        Ok(Outcome::Done)
    }

    /// All pages of a list in one.
    fn answer_in_pages(&self, command: &Command) -> Result<Outcome, No> {
        let (sql, names) = (self.database, &self.names);
        match command {
            Command::List { by, limit } => {
                let items = in_pages(*limit, |cursor| {
                    let page = ListQuery {
                        cursor,
                        limit: Some(*limit),
                        with_last_message: Some("true".to_owned()),
                    }
                    .validate()?;
                    let page = block_on(conversation::list(sql, names.user(*by), &page))?;
                    Ok((page.conversations, page.next_cursor, page.has_more))
                })?;
                Ok(Outcome::Listed(names.listed(*by, &items)?))
            }
            Command::Changes { by, of, limit } => {
                let items = in_pages(*limit, |since| {
                    let conversation_id = Some(names.conversation(*of).to_string());
                    let asked =
                        ChangesQuery { conversation_id, since, limit: Some(*limit) }.validate()?;
                    let page = block_on(message::changes(sql, names.user(*by), &asked))?;
                    let next = if page.has_more { page.version } else { String::new() };
                    Ok((page.messages, next, page.has_more))
                })?;
                Ok(names.changed(&items)?)
            }
            Command::MaxSeqs { by, limit } => {
                let items = in_pages(*limit, |cursor| {
                    let page = MaxSeqsQuery { cursor, limit: Some(*limit) }.validate()?;
                    let page = block_on(conversation::max_seqs(sql, names.user(*by), &page))?;
                    Ok((page.items, page.next_cursor, page.has_more))
                })?;
                Ok(Outcome::Positions(names.positions(&items)?))
            }
            Command::Replies { by, of, seq, limit } => {
                let messages = in_pages(*limit, |cursor| {
                    let (seq, limit) = (Some(*seq), Some(*limit));
                    let conversation_id = Some(names.conversation(*of).to_string());
                    let asked = RepliesQuery { conversation_id, seq, cursor, limit }.validate()?;
                    let page = block_on(message::replies(sql, names.user(*by), &asked))?;
                    Ok((page.messages, page.next_cursor, page.has_more))
                })?;
                Ok(names.replies(&messages)?)
            }
            Command::Readers { by, of, seq, read, limit } => {
                let counts = Cell::new((0, 0));
                let users = in_pages(*limit, |cursor| {
                    let asked = ReadersQuery {
                        conversation_id: Some(names.conversation(*of).to_string()),
                        seq: Some(*seq),
                        state: Some(if *read { "read" } else { "unread" }.to_owned()),
                        cursor,
                        limit: Some(*limit),
                    };
                    let page =
                        block_on(receipt::readers(sql, names.user(*by), &asked.validate()?))?;
                    counts.set((page.read_count, page.unread_count));
                    Ok((page.users, page.next_cursor, page.has_more))
                })?;
                let (read, unread) = counts.get();
                Ok(names.readers(users, read, unread)?)
            }
            Command::Members { by, group, limit } => {
                let items = in_pages(*limit, |cursor| {
                    let group_id = Some(names.group(*group).to_string());
                    let page = MembersQuery { group_id, cursor, limit: Some(*limit) }.validate()?;
                    let page = block_on(group::members(sql, names.user(*by), &page))?;
                    Ok((page.members, page.next_cursor, page.has_more))
                })?;
                Ok(Outcome::Members(names.members(&items)?))
            }
            _ => Err(No::Wrong("no command in pages".to_owned())),
        }
    }
}

fn in_pages<T>(
    limit: i64,
    page: impl Fn(Option<String>) -> Result<(Vec<T>, String, bool), Error>,
) -> Result<Vec<T>, No> {
    let mut items = Vec::new();
    let mut cursor = None;
    loop {
        let (page, next, has_more) = page(cursor.take())?;
        let full = limit == 0 || i64::try_from(page.len()).unwrap() == limit;
        if has_more == next.is_empty() || has_more && !full {
            return Err(No::Wrong(format!("a page of {} says more: {has_more}", page.len())));
        }
        items.extend(page);
        if !has_more {
            return Ok(items);
        }
        cursor = Some(next);
    }
}

/// Removes all commands from a failing script without which it still fails.
fn shorten(database: &Database, script: Vec<Command>, failure: String) -> (Vec<Command>, String) {
    let (mut script, mut failure) = (script, failure);
    for place in (0..script.len()).rev() {
        let mut shorter = script.clone();
        shorter.remove(place);
        if let Err(why) = World::run(database, &shorter) {
            (script, failure) = (shorter, why);
        }
    }
    (script, failure)
}

#[test]
fn random_scripts_give_what_the_model_gives() {
    let wanted = std::env::var("LONGWAVE_MODEL_COMMANDS");
    let wanted = wanted.map_or(100_000, |number| number.parse::<usize>().unwrap());
    let (done, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let seed = match Config::default().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => Uuid::new_v4().as_u64_pair().0,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let started = std::time::Instant::now();
    let run = |thread: u64| {
        let config = Config {
            rng_seed: RngSeed::Fixed(seed.wrapping_add(thread)),
            failure_persistence: None,
            max_shrink_iters: 20_000,
            ..Config::default()
        };
        let mut runner = TestRunner::new(config);
        let database = Database::new();
        let scripts = scripts(1..=120);
        while done.load(Ordering::Relaxed) < wanted && !failed.load(Ordering::Relaxed) {
            let tree = scripts.new_tree(&mut runner).unwrap();
            done.fetch_add(tree.current().len(), Ordering::Relaxed);
            let result = runner.run_one(tree, |commands| {
                World::run(&database, &commands).map_err(TestCaseError::fail)
            });
            if let Err(TestError::Fail(why, commands)) = result {
                failed.store(true, Ordering::Relaxed);
                let tried = done.load(Ordering::Relaxed);
                let (commands, failure) = shorten(&database, commands, why.to_string());
                let script = script(&commands);
                return Err(format!("{script}{failure}\nafter {tried} commands, seed {seed}"));
            }
        }
        Ok(())
    };
    let results: Vec<Result<(), String>> = std::thread::scope(|scope| {
        let threads = 0..u64::try_from(threads).unwrap();
        let threads: Vec<_> = threads.map(|thread| scope.spawn(move || run(thread))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for result in results {
        result.unwrap_or_else(|failure| panic!("\n{failure}"));
    }
    println!("{} commands in {:?}", done.into_inner(), started.elapsed());
}
