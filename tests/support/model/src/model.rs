//! The rules: who may run which command, its effect, and who receives which frames.
//!
//! Refusals are checked in this order: invalid requests, missing objects, membership, state, role.

use crate::command::{
    Command, Content, Conversation, Group, Platform, ProfileChange, Range, Recipient, User,
};
use crate::outcome::{
    Erased, Frame, GroupChangeKind, GroupInfo, Listed, Member, Message, MessageChangeKind, Outcome,
    Position, Profile, Quote, Quoted,
};
use longwave_core::conversation::{LIST_MAX, MAX_SEQS_MAX};
use longwave_core::group::MEMBERS_MAX;
use longwave_core::message::{LATEST_CONVERSATIONS_MAX, LATEST_MAX, PULL_MAX, SEQS_MAX};
use longwave_core::presence::{AHEAD_MAX, LEASE};
use longwave_core::receipt::READERS_MAX;
use longwave_core::{Code, Millis};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// An outcome, or the code of the refusal.
pub type Answer = Result<Outcome, Code>;

/// Maximum number of events that one prune forgets.
const FORGOTTEN_MAX: i64 = 500;
/// Maximum age, in milliseconds, of a typing event that a poll with an older cursor receives.
const TYPES: Millis = 4_000;

/// Number of versions that are kept before the current one, the first one not counted.
const VERSIONS_KEPT: i64 = 19;

/// The roles of members.
const MEMBER: i64 = 1;
const ADMIN: i64 = 2;
const OWNER: i64 = 3;

/// The whole state.
#[derive(Clone, Debug, Default)]
pub struct Model {
    now: Millis,
    profiles: BTreeMap<User, Profile>,
    groups: BTreeMap<Group, GroupState>,
    talks: BTreeMap<Conversation, Talk>,
    leases: BTreeMap<(User, Platform), Millis>,
    subscriptions: BTreeSet<(User, Platform, User)>,
    /// Event n is at index n - 1.
    log: Vec<Event>,
    /// Number of the oldest events that are forgotten.
    forgotten: i64,
}

#[derive(Clone, Debug, Hash)]
struct GroupState {
    owner: User,
    dismissed: bool,
    members: BTreeMap<User, Membership>,
    created_at: Millis,
    updated_at: Millis,
}

#[derive(Clone, Debug, Hash)]
struct Membership {
    role: i64,
    inviter: Option<User>,
    joined_at: Millis,
}

/// The state of a conversation.
#[derive(Clone, Debug, Default, Hash)]
struct Talk {
    messages: Vec<Message>,
    /// The versions of each message: repeats of the first one have the same content.
    versions: Vec<Vec<Version>>,
    /// The event and the seq of each change of a message.
    changes: Vec<(i64, i64)>,
    /// The event of each joining of a group, the user, and the first seq that is visible since then.
    joins: Vec<(i64, User, i64)>,
    parts: BTreeMap<User, Part>,
    /// The event of the newest message, or of the group's creation.
    position: i64,
}

/// A version of a message.
#[derive(Clone, Debug, Hash)]
struct Version {
    content: Content,
    at: Millis,
    /// The event of the edit; 0 for the first version.
    since: i64,
}

/// A user's part in a conversation.
#[derive(Clone, Debug, Hash)]
struct Part {
    /// The first visible seq.
    first: i64,
    /// For a former member: how the conversation was on leaving.
    left: Option<Left>,
    read: i64,
    read_at: Option<Millis>,
    mute: i64,
    pin: bool,
    /// The event with which this part began.
    since: i64,
    touched_at: Millis,
}

/// The conversation as a former member left it.
#[derive(Clone, Copy, Debug, Hash)]
struct Left {
    /// The last visible seq.
    last: i64,
    /// The conversation's position.
    position: i64,
    /// The event of leaving.
    event: i64,
}

#[derive(Clone, Debug)]
struct Event {
    at: Millis,
    audience: Audience,
    frames: Vec<(Option<User>, Frame)>,
}

/// When the frames of a poll are read.
#[derive(Clone, Copy, Debug)]
enum Read {
    /// As the events come, for all polls together: messages are as of the event.
    Live,
    /// By the poll itself: messages are as the user sees them now.
    Later,
}

/// The receivers of an event.
#[derive(Clone, Debug)]
enum Audience {
    /// One user.
    User(User),
    /// The participants of the conversation at the time of the event.
    Talk(Conversation, BTreeSet<User>),
    /// The other participants: only those who wait, or who poll within 4 s.
    Waiting(Conversation, BTreeSet<User>),
    /// The subscribers to this user's online status.
    Subscribers(User),
    /// No client.
    Nobody,
}

fn count<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap_or(i64::MAX)
}

fn ensure(kept: bool, code: Code) -> Result<(), Code> {
    if kept { Ok(()) } else { Err(code) }
}

/// The page size for a requested `limit`, of which 0 means `max`.
fn page(limit: i64, max: i64) -> Result<usize, Code> {
    ensure((0..=max).contains(&limit), Code::InvalidParam)?;
    usize::try_from(if limit == 0 { max } else { limit }).map_err(|_| Code::InvalidParam)
}

/// Refuses seqs that no call may name.
fn named(seqs: &[i64]) -> Result<(), Code> {
    ensure((1..=SEQS_MAX).contains(&seqs.len()), Code::InvalidParam)?;
    ensure(seqs.iter().all(|seq| *seq >= 1), Code::InvalidParam)
}

impl Talk {
    fn max_seq(&self) -> i64 {
        count(&self.messages)
    }

    fn send_time(&self) -> Millis {
        self.messages.last().map_or(0, |last| last.send_time)
    }

    /// A message as it was at the event `until`, or `lost` if that version is not kept, for a reader who sees the messages
    /// from `first` on. What is erased is erased at any event, and quotes nothing.
    fn message(
        &self,
        seq: i64,
        until: i64,
        first: i64,
        lost: impl Fn(&Message) -> Content,
    ) -> Option<Message> {
        let message = self.version(seq, until, &lost)?;
        let quote = message.quote.as_ref().filter(|_| message.erased.is_none()).map(|quote| {
            let quoted = self.version(quote.seq, until, &lost).filter(|it| it.seq >= first);
            Quote { seq: quote.seq, seen: quoted.as_ref().map(Quoted::of) }
        });
        Some(Message { quote, ..message })
    }

    /// A message as in [`Talk::message`], with the quote as it is stored.
    fn version(&self, seq: i64, until: i64, lost: impl Fn(&Message) -> Content) -> Option<Message> {
        let place = usize::try_from(seq - 1).ok()?;
        let (message, versions) = (self.messages.get(place)?, self.versions.get(place)?);
        let then = count(&versions.iter().filter(|it| it.since <= until).collect::<Vec<_>>());
        if message.erased.is_some() || then == count(versions) {
            return Some(message.clone());
        }
        let kept = Self::kept(versions).find(|(number, _)| *number == then);
        let (content, at) = kept.map_or((lost(message), None), |(_, it)| (it.content, Some(it.at)));
        let edited = at.filter(|_| then > 1).map(|at| (then, at));
        Some(Message { content, edited, ..message.clone() })
    }

    /// The versions of a message that are still there, with their numbers.
    fn kept(versions: &[Version]) -> impl Iterator<Item = (i64, &Version)> {
        let last = count(versions);
        let kept = move |number| number == 1 || number >= last - VERSIONS_KEPT;
        (1..).zip(versions).filter(move |(number, _)| kept(*number))
    }

    /// The part of `user`, if any. A former member without visible messages has none.
    fn part(&self, user: User) -> Option<&Part> {
        self.parts.get(&user).filter(|part| part.left.is_none_or(|left| left.last >= part.first))
    }

    fn last_visible(&self, part: &Part) -> i64 {
        part.left.map_or(self.max_seq(), |left| left.last)
    }

    /// The visible messages, as `part` sees them.
    fn visible(&self, part: &Part) -> impl DoubleEndedIterator<Item = Message> {
        let until = part.until();
        let lost = |message: &Message| message.content.erased();
        let seqs = part.first..=self.last_visible(part);
        seqs.filter_map(move |seq| self.message(seq, until, part.first, lost))
    }

    /// Number of visible messages by others that `user` has not read.
    fn unread(&self, user: User, part: &Part) -> i64 {
        let unread = |message: &Message| {
            message.seq > part.read && message.sender != user && message.erased.is_none()
        };
        count(&self.visible(part).filter(unread).collect::<Vec<_>>())
    }

    fn position(&self, of: Conversation, part: &Part) -> Position {
        let max_seq = self.last_visible(part);
        let last_change = self.changes.last().map_or(0, |(event, _)| *event);
        Position { of, min_seq: part.first, max_seq, read_seq: part.read, last_change }
    }

    fn updated_at(&self, part: &Part) -> Millis {
        if part.left.is_some() { part.touched_at } else { part.touched_at.max(self.send_time()) }
    }

    /// How far the other user of a single conversation has read, and when.
    fn peer_read(&self, of: Conversation, user: User) -> (i64, Option<Millis>) {
        let peer = self.parts.iter().find(|(other, _)| **other != user);
        match (of, peer) {
            (Conversation::Single(..), Some((_, part))) => (part.read, part.read_at),
            _ => (0, None),
        }
    }

    /// The first seq that `user` could see at an event.
    fn first_at(&self, user: User, event: i64) -> i64 {
        let last = self.joins.iter().rfind(|(at, who, _)| *who == user && *at <= event);
        last.map_or(1, |(.., first)| *first)
    }

    /// The current participants.
    fn present(&self) -> BTreeSet<User> {
        let present = self.parts.iter().filter(|(_, part)| part.left.is_none());
        present.map(|(user, _)| *user).collect()
    }
}

impl Model {
    /// An empty state at this time.
    #[must_use]
    pub fn at(now: Millis) -> Self {
        Self { now, ..Self::default() }
    }

    /// The time, in milliseconds.
    #[must_use]
    pub const fn now(&self) -> Millis {
        self.now
    }

    /// The id of the newest event; 0 before the first one.
    #[must_use]
    pub fn head(&self) -> i64 {
        count(&self.log)
    }

    /// Whether the group exists.
    #[must_use]
    pub fn has_group(&self, group: Group) -> bool {
        self.groups.contains_key(&group)
    }

    /// A hash of the state without the log.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.profiles, &self.groups).hash(&mut hasher);
        for talk in self.talks.values() {
            (&talk.messages, &talk.versions, &talk.parts).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Every query that a user could send: two states that answer all of them alike are equal.
    #[must_use]
    pub fn questions(&self) -> Vec<Command> {
        let mut questions = vec![Command::Online(User::all().collect())];
        for by in User::all() {
            questions.extend([
                Command::Profile(by),
                Command::List { by, limit: 3 },
                Command::MaxSeqs { by, limit: 3 },
            ]);
            questions.extend(self.groups.keys().flat_map(|&group| {
                [Command::Info { by, group }, Command::Members { by, group, limit: 2 }]
            }));
            questions.extend(self.talks.keys().flat_map(|&of| {
                [
                    Command::Pull { by, of, range: Range::Seqs(1, i64::MAX), limit: 0 },
                    Command::Changes { by, of, limit: 3 },
                    Command::Versions { by, of, seq: 1 },
                    Command::Replies { by, of, seq: 1, limit: 3 },
                ]
            }));
        }
        questions
    }

    /// The frames that a poll after event `after` receives, each with its event; `None` if the log
    /// has forgotten the next one.
    #[must_use]
    pub fn frames(&self, user: User, on: Platform, after: i64) -> Option<Vec<(i64, Frame)>> {
        // A member who rejoins starts afresh: earlier events are gone, as from pulls.
        let still = |id: i64, event: &Event| match &event.audience {
            Audience::Waiting(of, _) => {
                self.since(*of, user) <= id && (event.at - self.now).abs() <= TYPES
            }
            Audience::Talk(of, _) => self.since(*of, user) <= id,
            _ => true,
        };
        (after >= self.forgotten).then(|| self.received(user, on, after, still, Read::Later))
    }

    /// The frames of a poll that has waited since event `after`: those it must receive, and those
    /// it may receive, which include events from before the user rejoined a group. `None` if the
    /// log has forgotten the next one.
    #[must_use]
    pub fn frames_live(
        &self,
        user: User,
        on: Platform,
        after: i64,
    ) -> Option<[Vec<(i64, Frame)>; 2]> {
        let still = |id: i64, event: &Event| match &event.audience {
            Audience::Talk(of, _) | Audience::Waiting(of, _) => self.since(*of, user) <= id,
            _ => true,
        };
        (after >= self.forgotten).then(|| {
            [
                self.received(user, on, after, still, Read::Live),
                self.received(user, on, after, |_, _| true, Read::Live),
            ]
        })
    }

    /// The event with which a user's part in a conversation began.
    fn since(&self, of: Conversation, user: User) -> i64 {
        let part = self.talks.get(&of).and_then(|talk| talk.parts.get(&user));
        part.map_or(i64::MAX, |part| part.since)
    }

    fn received(
        &self,
        user: User,
        on: Platform,
        after: i64,
        still: impl Fn(i64, &Event) -> bool,
        read: Read,
    ) -> Vec<(i64, Frame)> {
        let concerns = |audience: &Audience| match audience {
            Audience::User(one) => *one == user,
            Audience::Talk(_, users) | Audience::Waiting(_, users) => users.contains(&user),
            Audience::Subscribers(of) => self.subscriptions.contains(&(user, on, *of)),
            Audience::Nobody => false,
        };
        let later = (1..).zip(&self.log).filter(|(id, _)| *id > after);
        let received = later.filter(|(id, event)| concerns(&event.audience) && still(*id, event));
        let frames = received.flat_map(|(id, event)| {
            let for_user = event.frames.iter().filter(|(only, _)| only.is_none_or(|it| it == user));
            for_user.map(move |(_, frame)| (id, self.as_read(frame, id, user, read)))
        });
        frames.collect()
    }

    /// A frame as `user` receives it: profiles are current, and messages as of the read. All other data is as of the
    /// event.
    fn as_read(&self, frame: &Frame, event: i64, user: User, read: Read) -> Frame {
        let current = |then: &Message| {
            let message = self.talks.get(&then.of).and_then(|talk| {
                let first = talk.first_at(user, event);
                match read {
                    Read::Later => {
                        let until = talk.parts.get(&user).map_or(i64::MAX, Part::until);
                        talk.message(then.seq, until, first, |message| message.content.erased())
                    }
                    Read::Live => talk.message(then.seq, event, first, |message| message.content),
                }
            });
            message.unwrap_or_else(|| then.clone())
        };
        match frame {
            Frame::Profile(then) => {
                Frame::Profile(self.profiles.get(&then.user).unwrap_or(then).clone())
            }
            Frame::Message(then) => Frame::Message(current(then)),
            Frame::MessageChange { change, operator, message } => Frame::MessageChange {
                change: *change,
                operator: *operator,
                message: current(message),
            },
            other => other.clone(),
        }
    }

    fn append(&mut self, audience: Audience, frame: Frame) {
        let frames = vec![(None, frame)];
        self.log.push(Event { at: self.now, audience, frames });
    }

    /// Appends a change of a group for its current participants.
    fn notify_group(&mut self, group: Group, change: GroupChangeKind, by: User, users: Vec<User>) {
        let of = Conversation::Group(group);
        let present = self.talks.get(&of).map(Talk::present).unwrap_or_default();
        self.append(
            Audience::Talk(of, present),
            Frame::Group { group, change, operator: by, users },
        );
    }

    fn group(&self, group: Group) -> Result<&GroupState, Code> {
        self.groups.get(&group).ok_or(Code::GroupNotFound)
    }

    /// A group and the role of one of its members.
    fn role(&self, group: Group, user: User) -> Result<(&GroupState, i64), Code> {
        let state = self.group(group)?;
        let membership = state.members.get(&user).ok_or(Code::NotGroupMember)?;
        Ok((state, membership.role))
    }

    /// Like `role`, but refuses a dismissed group.
    fn role_in_open(&self, group: Group, user: User) -> Result<(&GroupState, i64), Code> {
        let (state, role) = self.role(group, user)?;
        ensure(!state.dismissed, Code::GroupDismissed)?;
        Ok((state, role))
    }

    fn part(&self, of: Conversation, user: User) -> Result<(&Talk, &Part), Code> {
        let talk = self.talks.get(&of).ok_or(Code::NoPermission)?;
        Ok((talk, talk.part(user).ok_or(Code::NoPermission)?))
    }

    fn known(&self, user: User) -> Result<&Profile, Code> {
        self.profiles.get(&user).ok_or(Code::UserNotFound)
    }

    /// Runs a command. A refused command changes nothing.
    ///
    /// # Errors
    /// The code of the refusal.
    pub fn apply(&mut self, command: &Command) -> Answer {
        match *command {
            Command::Clock(step) => self.now += step,
            Command::Prune { age, count } => return Ok(Outcome::Oldest(self.prune(age, count))),
            Command::Look => {}
            Command::Register(user) => return self.register(user),
            Command::Upsert(user, change) => return self.upsert(user, change),
            Command::UpdateProfile(user, change) => return self.update_profile(user, change),
            Command::Profile(user) => return Ok(Outcome::Profile(self.known(user)?.clone())),
            Command::Send { by, to, id, content, quote, reads } => {
                return self.send(by, to, id, (content, quote), reads);
            }
            Command::Pull { by, of, range, limit } => return self.pull(by, of, range, limit),
            Command::Get { by, of, ref seqs } => return self.get(by, of, seqs),
            Command::Latest { by, ref of, limit } => return self.latest(by, of, limit),
            Command::Revoke { by, of, ref seqs, trace, within } => {
                self.revoke(by, of, seqs, trace, within)?;
            }
            Command::Edit { by, of, seq, text, base, within } => {
                return self.edit(by, of, seq, text, base, within);
            }
            Command::Replies { by, of, seq, limit } => return self.replies(by, of, seq, limit),
            Command::Versions { by, of, seq } => return self.versions(by, of, seq),
            Command::Changes { by, of, limit } => return self.changes(by, of, limit),
            Command::List { by, limit } => return self.list(by, limit),
            Command::MaxSeqs { by, limit } => return self.max_seqs(by, limit),
            Command::Read { by, of, seq, live } => return self.read(by, of, seq, live),
            Command::Readers { by, of, seq, read, limit } => {
                return self.readers(by, of, seq, read, limit);
            }
            Command::SetOptions { by, of, mute, pin } => self.set_options(by, of, mute, pin)?,
            Command::Type { by, of } => self.announce_typing(by, of)?,
            Command::Create { by, group, ref members, most } => {
                return self.create(by, group, members, most);
            }
            Command::Join { by, group, most } => self.join(by, group, most)?,
            Command::Quit { by, group } => self.quit(by, group)?,
            Command::Kick { by, group, user } => self.kick(by, group, user)?,
            Command::Transfer { by, group, user } => self.transfer(by, group, user)?,
            Command::Dismiss { by, group } => self.dismiss(by, group)?,
            Command::Promote { group, user } => self.promote(group, user),
            Command::Info { by, group } => {
                self.role(group, by)?;
                return Ok(Outcome::Group(self.info(group)?));
            }
            Command::Members { by, group, limit } => return self.members(by, group, limit),
            Command::Login(user, on) => self.log_in(user, on),
            Command::Subscribe { by, on, ref to } => self.subscribe(by, on, to),
            Command::Renew(ref polls) => self.renew(polls),
            Command::Online(ref users) => return Ok(self.online_status(users)),
        }
        Ok(Outcome::Done)
    }
}

/// The log.
impl Model {
    fn prune(&mut self, age: Millis, keep: i64) -> i64 {
        let (head, kept) = (self.head(), self.forgotten);
        let forgettable = |(id, event): &(i64, &Event)| {
            let due = event.at < self.now - age || *id <= head - keep;
            due && *id < head && *id <= kept + FORGOTTEN_MAX
        };
        let last = (1..).zip(&self.log).filter(forgettable).map(|(id, _)| id).last();
        self.forgotten = kept.max(last.unwrap_or(0));
        self.forgotten + 1
    }
}

/// Users and profiles.
impl Model {
    fn register(&mut self, user: User) -> Answer {
        ensure(!self.profiles.contains_key(&user), Code::UserExists)?;
        Ok(Outcome::Profile(self.insert_profile(user).clone()))
    }

    fn insert_profile(&mut self, user: User) -> &mut Profile {
        let now = self.now;
        let empty = || Profile {
            user,
            nickname: String::new(),
            avatar: String::new(),
            extra: String::new(),
            created_at: now,
            updated_at: now,
        };
        self.profiles.entry(user).or_insert_with(empty)
    }

    fn upsert(&mut self, user: User, change: ProfileChange) -> Answer {
        ensure(!user.is_native(), Code::InvalidParam)?;
        if self.profiles.contains_key(&user) {
            return self.update_profile(user, change);
        }
        let profile = self.insert_profile(user);
        set(profile, change);
        Ok(Outcome::Profile(profile.clone()))
    }

    fn update_profile(&mut self, user: User, change: ProfileChange) -> Answer {
        let now = self.now;
        let profile = self.profiles.get_mut(&user).ok_or(Code::UserNotFound)?;
        if set(profile, change) {
            profile.updated_at = profile.updated_at.max(now);
            let profile = profile.clone();
            self.append(Audience::User(user), Frame::Profile(profile));
        }
        Ok(Outcome::Profile(self.known(user)?.clone()))
    }
}

/// Sets the given fields; returns whether any value changed.
fn set(profile: &mut Profile, ProfileChange { nickname, avatar, extra }: ProfileChange) -> bool {
    let fields = [
        (&mut profile.nickname, nickname),
        (&mut profile.avatar, avatar),
        (&mut profile.extra, extra),
    ];
    let mut changed = false;
    for (field, value) in fields {
        if let Some(value) = value.filter(|value| value != field) {
            value.clone_into(field);
            changed = true;
        }
    }
    changed
}

/// Messages, read positions and options.
impl Model {
    fn send(
        &mut self,
        by: User,
        to: Recipient,
        id: u8,
        (content, quote): (Content, Option<i64>),
        reads: bool,
    ) -> Answer {
        ensure(quote.is_none_or(|seq| seq >= 1), Code::InvalidParam)?;
        let of = to.conversation(by);
        let sent = self.talks.get(&of);
        let sent = sent.map(|talk| talk.messages.iter().zip(&talk.versions)).into_iter().flatten();
        let repeats = |(first, _): &(&Message, &Vec<Version>)| first.sender == by && first.id == id;
        if let Some((first, versions)) = sent.into_iter().find(repeats) {
            let is_same = versions.first().is_some_and(|sent| sent.content == content)
                && first.quote.as_ref().map(|quote| quote.seq) == quote;
            ensure(is_same, Code::MessageDuplicate)?;
            return Ok(Outcome::Sent { of, seq: first.seq, send_time: first.send_time });
        }
        match to {
            Recipient::User(user) if user == by => {}
            Recipient::User(user) => drop(self.known(user)?),
            Recipient::Group(group) => drop(self.role_in_open(group, by)?),
        }

        if let Some(seq) = quote {
            let part = self.talks.get(&of).and_then(|talk| Some((talk, talk.part(by)?)));
            let quoted = part.and_then(|(talk, part)| talk.visible(part).find(|it| it.seq == seq));
            ensure(quoted.ok_or(Code::MessageNotFound)?.erased.is_none(), Code::MessageGone)?;
        }

        // A platform user who writes gets a profile, so that others can reply.
        if !by.is_native() {
            self.insert_profile(by);
        }

        let (now, event) = (self.now, self.head() + 1);
        let talk = self.talks.entry(of).or_default();
        if let Recipient::User(user) = to {
            for user in [by, user] {
                talk.parts.entry(user).or_insert(Part::new(1, event, now));
            }
        }
        let message = Message {
            of,
            seq: talk.max_seq() + 1,
            sender: by,
            id,
            content,
            send_time: talk.send_time().max(now),
            erased: None,
            edited: None,
            quote: quote.map(|seq| Quote { seq, seen: None }),
        };
        let (seq, send_time) = (message.seq, message.send_time);
        let mut frames = vec![(None, Frame::Message(message.clone()))];
        if let Some(part) = talk.parts.get_mut(&by)
            && reads
            && part.read == seq - 1
        {
            part.read = seq;
            part.read_at = Some(now);
            frames.push((Some(by), Frame::Read { of, read_seq: seq, unread: 0 }));
        }
        talk.messages.push(message);
        talk.versions.push(vec![Version { content, at: send_time, since: 0 }]);
        talk.position = event;
        self.log.push(Event { at: now, audience: Audience::Talk(of, talk.present()), frames });
        Ok(Outcome::Sent { of, seq, send_time })
    }

    fn pull(&self, by: User, of: Conversation, range: Range, limit: i64) -> Answer {
        let valid = match range {
            Range::Seqs(begin, end) | Range::Back(begin, end) => begin >= 1 && end >= begin,
            Range::Around(seq) => seq >= 1,
            Range::Ago(_) => true,
        };
        ensure(valid, Code::InvalidParam)?;
        let limit = page(limit, PULL_MAX)?;
        let (talk, part) = self.part(of, by)?;
        let is_asked = |message: &Message| match range {
            Range::Seqs(begin, end) | Range::Back(begin, end) => {
                (begin..=end).contains(&message.seq)
            }
            Range::Around(_) => true,
            Range::Ago(time) => message.send_time >= self.now - time,
        };
        let mut asked: Vec<Message> = talk.visible(part).filter(is_asked).collect();
        if let Range::Back(..) = range {
            asked.reverse();
        }
        let distance = |seq| move |(_, message): &(usize, &Message)| message.seq.abs_diff(seq);
        let (skipped, taken) = match range {
            Range::Around(seq) => {
                let nearest = asked.iter().enumerate().min_by_key(distance(seq));
                let before = nearest.map_or(0, |(place, _)| place);
                let skipped = before.saturating_sub(limit / 2);
                (skipped, before - skipped + limit - limit / 2)
            }
            _ => (0, limit),
        };
        let messages = asked.iter().skip(skipped).take(taken).cloned();
        let messages: Vec<Message> = messages.collect();
        let has_more = messages.len() < asked.len();
        Ok(Outcome::PullResponse { messages, has_more })
    }

    fn get(&self, by: User, of: Conversation, seqs: &[i64]) -> Answer {
        named(seqs)?;
        let (talk, part) = self.part(of, by)?;
        let asked = talk.visible(part).filter(|message| seqs.contains(&message.seq));
        Ok(Outcome::PullResponse { messages: asked.collect(), has_more: false })
    }

    fn latest(&self, by: User, of: &[Conversation], limit: i64) -> Answer {
        ensure((1..=LATEST_CONVERSATIONS_MAX).contains(&of.len()), Code::InvalidParam)?;
        let limit = page(limit, LATEST_MAX)?;
        let mut latest: Vec<(Conversation, Vec<Message>, bool)> = Vec::new();
        for &of in of {
            let Ok((talk, part)) = self.part(of, by) else { continue };
            if latest.iter().all(|(other, ..)| *other != of) {
                let visible: Vec<Message> = talk.visible(part).collect();
                let older = visible.len().saturating_sub(limit);
                let messages = visible.iter().skip(older).cloned().collect();
                latest.push((of, messages, older > 0));
            }
        }
        Ok(Outcome::Latest(latest))
    }

    fn revoke(
        &mut self,
        by: User,
        of: Conversation,
        seqs: &[i64],
        trace: bool,
        within: i64,
    ) -> Result<(), Code> {
        named(seqs)?;
        let (talk, part) = self.part(of, by)?;
        ensure(part.left.is_none(), Code::NotGroupMember)?;
        let mut erased: Vec<i64> = Vec::new();
        for &seq in seqs {
            let mut visible = talk.visible(part);
            let message = visible.find(|it| it.seq == seq).ok_or(Code::MessageNotFound)?;
            if message.erased.is_none() && !erased.contains(&seq) {
                self.ensure_revocable(by, &message, within)?;
                erased.push(seq);
            }
        }
        for seq in erased {
            self.erase(by, of, seq, trace);
        }
        Ok(())
    }

    fn ensure_revocable(&self, by: User, message: &Message, within: i64) -> Result<(), Code> {
        let is_own = message.sender == by;
        let in_time = self.is_within(within, message);
        let role = |user| match message.of {
            Conversation::Group(group) => self.role(group, user).map_or(MEMBER, |(_, role)| role),
            Conversation::Single(..) => MEMBER,
        };
        if let Conversation::Group(group) = message.of {
            ensure(is_own || !self.group(group)?.dismissed, Code::GroupDismissed)?;
        }
        let in_charge = role(by) == OWNER || role(by) == ADMIN && role(message.sender) == MEMBER;
        let refused = if is_own { Code::NotRevocable } else { Code::NoPermission };
        ensure(is_own && in_time || in_charge, refused)
    }

    /// Whether a message was sent within so many seconds.
    fn is_within(&self, seconds: i64, message: &Message) -> bool {
        match seconds {
            -1 => true,
            0 => false,
            seconds => message.send_time >= self.now - seconds * 1_000,
        }
    }

    fn erase(&mut self, by: User, of: Conversation, seq: i64, trace: bool) {
        let at = self.now;
        let talk = self.talks.entry(of).or_default();
        for message in talk.messages.iter_mut().filter(|message| message.seq == seq) {
            message.content = message.content.erased();
            message.erased = Some(Erased { by, at, trace });
            message.edited = None;
        }
        let change = if trace { MessageChangeKind::Revoked } else { MessageChangeKind::Removed };
        self.notify_change(by, of, seq, change);
    }

    /// Appends a change of a message for the participants who can see the message.
    fn notify_change(&mut self, by: User, of: Conversation, seq: i64, change: MessageChangeKind) {
        let event = self.head() + 1;
        let talk = self.talks.entry(of).or_default();
        talk.changes.retain(|(_, changed)| *changed != seq);
        talk.changes.push((event, seq));
        let mut users = talk.present();
        users.retain(|user| talk.parts.get(user).is_some_and(|part| part.first <= seq));
        let current = talk.message(seq, i64::MAX, 1, |message| message.content);
        let Some(message) = current else { return };
        let frame = Frame::MessageChange { change, operator: by, message };
        self.append(Audience::Talk(of, users), frame);
    }

    fn edit(
        &mut self,
        by: User,
        of: Conversation,
        seq: i64,
        text: char,
        base: Option<i64>,
        within: i64,
    ) -> Answer {
        ensure(seq >= 1 && base.is_none_or(|base| base >= 1), Code::InvalidParam)?;
        let (talk, part) = self.part(of, by)?;
        ensure(part.left.is_none(), Code::NotGroupMember)?;
        let message = talk.visible(part).find(|it| it.seq == seq).ok_or(Code::MessageNotFound)?;
        ensure(message.erased.is_none(), Code::MessageGone)?;
        let stored = message.edited.map_or(1, |(version, _)| version);
        if message.sender == by && message.content.text == text {
            return Ok(Outcome::Edited(stored));
        }
        if let Conversation::Group(group) = of {
            ensure(!self.group(group)?.dismissed, Code::GroupDismissed)?;
        }
        let is_editable = message.sender == by && self.is_within(within, &message);
        ensure(is_editable, Code::NotEditable)?;
        ensure(base.is_none_or(|base| base == stored), Code::VersionConflict)?;
        let (at, since) = (self.now, self.head() + 1);
        let content = Content { text, ..message.content };
        let talk = self.talks.entry(of).or_default();
        let versions = talk.messages.iter_mut().zip(&mut talk.versions);
        for (message, versions) in versions.filter(|(message, _)| message.seq == seq) {
            message.content = content;
            message.edited = Some((stored + 1, at));
            versions.push(Version { content, at, since });
        }
        self.notify_change(by, of, seq, MessageChangeKind::Edited);
        Ok(Outcome::Edited(stored + 1))
    }

    fn versions(&self, by: User, of: Conversation, seq: i64) -> Answer {
        ensure(seq >= 1, Code::InvalidParam)?;
        let (talk, part) = self.part(of, by)?;
        let message = talk.visible(part).find(|it| it.seq == seq).ok_or(Code::MessageNotFound)?;
        ensure(message.erased.is_none(), Code::MessageGone)?;
        let place = usize::try_from(seq - 1).unwrap_or(usize::MAX);
        let versions = talk.versions.get(place).map(Vec::as_slice).unwrap_or_default();
        let visible = Talk::kept(versions).filter(|(_, version)| version.since <= part.until());
        let version =
            |(number, version): (i64, &Version)| (number, version.content.text, version.at);
        Ok(Outcome::Versions(visible.map(version).collect()))
    }

    fn changes(&self, by: User, of: Conversation, limit: i64) -> Answer {
        page(limit, PULL_MAX)?;
        let (talk, part) = self.part(of, by)?;
        let seqs = talk.changes.iter().map(|(_, seq)| *seq);
        let visible = |seq| talk.visible(part).find(|message| message.seq == seq);
        Ok(Outcome::Changed(seqs.filter_map(visible).collect()))
    }

    fn replies(&self, by: User, of: Conversation, seq: i64, limit: i64) -> Answer {
        ensure(seq >= 1, Code::InvalidParam)?;
        page(limit, PULL_MAX)?;
        let (talk, part) = self.part(of, by)?;
        ensure(talk.visible(part).any(|it| it.seq == seq), Code::MessageNotFound)?;
        let quotes = |it: &Message| it.quote.as_ref().is_some_and(|quote| quote.seq == seq);
        Ok(Outcome::Replies(talk.visible(part).filter(quotes).collect()))
    }

    fn parts_of(&self, user: User) -> impl Iterator<Item = (Conversation, &Talk, &Part)> {
        self.talks.iter().filter_map(move |(of, talk)| Some((*of, talk, talk.part(user)?)))
    }

    fn list(&self, by: User, limit: i64) -> Answer {
        page(limit, LIST_MAX)?;
        let mut parts: Vec<_> = self.parts_of(by).collect();
        parts.sort_by_key(|(_, talk, part)| {
            // Joining moves the group up for the one who joins.
            -part.left.map_or(talk.position, |left| left.position).max(part.since)
        });
        let item = |(of, talk, part): (Conversation, &Talk, &Part)| Listed {
            position: talk.position(of, part),
            unread: talk.unread(by, part),
            mute: part.mute,
            pin: part.pin,
            updated_at: talk.updated_at(part),
            peer_read: talk.peer_read(of, by),
            last: talk.visible(part).next_back(),
        };
        Ok(Outcome::Listed(parts.into_iter().map(item).collect()))
    }

    fn max_seqs(&self, by: User, limit: i64) -> Answer {
        page(limit, MAX_SEQS_MAX)?;
        let positions = self.parts_of(by).map(|(of, talk, part)| talk.position(of, part));
        Ok(Outcome::Positions(positions.collect()))
    }

    fn read(&mut self, by: User, of: Conversation, seq: i64, live: i64) -> Answer {
        ensure(seq >= 1, Code::InvalidParam)?;
        let (talk, part) = self.part(of, by)?;
        let read_seq = part.read.max(seq.min(talk.last_visible(part)));
        if read_seq > part.read {
            let at = self.now;
            let read = Part { read: read_seq, read_at: Some(at), ..part.clone() };
            let unread = talk.unread(by, &read);
            let mut others = talk.present();
            others.remove(&by);
            let is_live = read.left.is_none()
                && match of {
                    Conversation::Single(one, other) => one != other,
                    Conversation::Group(group) => self.info(group)?.member_count <= live,
                };
            self.append(Audience::User(by), Frame::Read { of, read_seq, unread });
            self.replace_part(of, by, read);
            if is_live {
                let receipt = Frame::Receipt { of, user: by, read_seq, at };
                let audience = match (of, others.first()) {
                    (Conversation::Single(..), Some(other)) => Audience::User(*other),
                    _ => Audience::Talk(of, others),
                };
                self.append(audience, receipt);
            }
        }
        Ok(Outcome::ReadTo(read_seq))
    }

    fn readers(&self, by: User, of: Conversation, seq: i64, read: bool, limit: i64) -> Answer {
        ensure(seq >= 1, Code::InvalidParam)?;
        page(limit, READERS_MAX)?;
        let (talk, part) = self.part(of, by)?;
        let message = talk.visible(part).find(|it| it.seq == seq).ok_or(Code::MessageNotFound)?;
        ensure(part.left.is_none(), Code::NotGroupMember)?;
        let is_recipient = |user: User, part: &Part| {
            user != message.sender && part.first <= seq && seq <= talk.last_visible(part)
        };
        let recipients = talk.parts.iter().filter(|(user, part)| is_recipient(**user, part));
        let (have, have_not): (Vec<_>, Vec<_>) = recipients.partition(|(_, part)| part.read >= seq);
        let (read_count, unread) = (count(&have), count(&have_not));
        let users = if read {
            have.into_iter().map(|(user, part)| (*user, part.read_at)).collect()
        } else {
            have_not.into_iter().map(|(user, _)| (*user, None)).collect()
        };
        Ok(Outcome::Readers { users, read: read_count, unread })
    }

    fn replace_part(&mut self, of: Conversation, user: User, part: Part) {
        self.talks.entry(of).or_default().parts.insert(user, part);
    }

    fn set_options(
        &mut self,
        by: User,
        of: Conversation,
        mute: Option<i64>,
        pin: Option<bool>,
    ) -> Result<(), Code> {
        ensure(mute.is_none_or(|mute| (0..=1).contains(&mute)), Code::InvalidParam)?;
        let (_, part) = self.part(of, by)?;
        let (mute, pin) = (mute.unwrap_or(part.mute), pin.unwrap_or(part.pin));
        if (mute, pin) != (part.mute, part.pin) {
            let touched_at = part.touched_at.max(self.now);
            let part = Part { mute, pin, touched_at, ..part.clone() };
            self.replace_part(of, by, part);
            self.append(Audience::User(by), Frame::Options { of, mute, pin });
        }
        Ok(())
    }

    fn announce_typing(&mut self, by: User, of: Conversation) -> Result<(), Code> {
        let (talk, part) = self.part(of, by)?;
        ensure(part.left.is_none(), Code::NotGroupMember)?;
        let mut others = talk.present();
        others.remove(&by);
        if let Conversation::Group(group) = of {
            ensure(!self.group(group)?.dismissed, Code::GroupDismissed)?;
        }
        self.append(Audience::Waiting(of, others), Frame::Typing { of, user: by });
        Ok(())
    }
}

impl Part {
    /// The last event whose edits are visible.
    fn until(&self) -> i64 {
        self.left.map_or(i64::MAX, |left| left.event)
    }

    /// A part that sees everything from `first` on.
    const fn new(first: i64, since: i64, touched_at: Millis) -> Self {
        let read = first - 1;
        Self { first, left: None, read, read_at: None, mute: 0, pin: false, since, touched_at }
    }
}

/// Groups.
impl Model {
    fn create(&mut self, by: User, group: Group, members: &[User], most: i64) -> Answer {
        let mut others: BTreeSet<User> = members.iter().copied().collect();
        others.remove(&by);
        let all: Vec<User> = others.iter().copied().chain([by]).collect();
        ensure(count(&all) <= most, Code::GroupFull)?;
        all.iter().try_for_each(|user| self.known(*user).map(drop))?;

        let (now, event) = (self.now, self.head() + 1);
        let membership = |user: User| {
            let (role, inviter) = if user == by { (OWNER, None) } else { (MEMBER, Some(by)) };
            (user, Membership { role, inviter, joined_at: now })
        };
        let members: BTreeMap<User, Membership> = all.into_iter().map(membership).collect();
        let users: Vec<User> = members.keys().copied().collect();
        let parts = users.iter().map(|user| (*user, Part::new(1, event, now))).collect();
        let of = Conversation::Group(group);
        self.talks.insert(of, Talk { parts, position: event, ..Talk::default() });
        let state =
            GroupState { owner: by, dismissed: false, members, created_at: now, updated_at: now };
        self.groups.insert(group, state);
        self.notify_group(group, GroupChangeKind::Created, by, users);
        Ok(Outcome::Group(self.info(group)?))
    }

    fn info(&self, group: Group) -> Result<GroupInfo, Code> {
        let state = self.group(group)?;
        Ok(GroupInfo {
            group,
            owner: state.owner,
            status: i64::from(state.dismissed),
            member_count: count(&state.members.keys().collect::<Vec<_>>()),
            created_at: state.created_at,
            updated_at: state.updated_at,
        })
    }

    fn members(&self, by: User, group: Group, limit: i64) -> Answer {
        page(limit, MEMBERS_MAX)?;
        let (state, _) = self.role(group, by)?;
        let member = |(user, membership): (&User, &Membership)| Member {
            user: *user,
            role: membership.role,
            inviter: membership.inviter,
            joined_at: membership.joined_at,
        };
        Ok(Outcome::Members(state.members.iter().map(member).collect()))
    }

    fn change_group(&mut self, group: Group, change: impl FnOnce(&mut GroupState)) {
        self.groups.entry(group).and_modify(change);
    }

    fn join(&mut self, by: User, group: Group, most: i64) -> Result<(), Code> {
        let state = self.group(group)?;
        ensure(!state.dismissed, Code::GroupDismissed)?;
        self.known(by)?;
        ensure(!state.members.contains_key(&by), Code::AlreadyGroupMember)?;
        ensure(self.info(group)?.member_count < most, Code::GroupFull)?;

        let (now, event) = (self.now, self.head() + 1);
        let membership = Membership { role: MEMBER, inviter: None, joined_at: now };
        self.change_group(group, |state| {
            state.members.insert(by, membership);
        });
        let talk = self.talks.entry(Conversation::Group(group)).or_default();
        let fresh = Part::new(talk.max_seq() + 1, event, now);
        talk.joins.push((event, by, fresh.first));
        // A user's own options survive leaving.
        let part = match talk.parts.get(&by) {
            Some(&Part { mute, pin, touched_at, .. }) => {
                Part { mute, pin, touched_at: touched_at.max(now), ..fresh }
            }
            None => fresh,
        };
        talk.parts.insert(by, part);
        self.notify_group(group, GroupChangeKind::Joined, by, vec![by]);
        Ok(())
    }

    /// Removes a member, who receives this change as the last one.
    fn remove(&mut self, group: Group, user: User, change: GroupChangeKind, by: User) {
        self.change_group(group, |state| {
            state.members.remove(&user);
        });
        self.notify_group(group, change, by, vec![user]);
        let (now, event) = (self.now, self.head());
        let talk = self.talks.entry(Conversation::Group(group)).or_default();
        let left = Left { last: talk.max_seq(), position: talk.position, event };
        let send_time = talk.send_time();
        talk.parts.entry(user).and_modify(|part| {
            part.left = Some(left);
            part.touched_at = part.touched_at.max(send_time).max(now);
        });
    }

    fn quit(&mut self, by: User, group: Group) -> Result<(), Code> {
        let (state, role) = self.role(group, by)?;
        ensure(role != OWNER || state.dismissed, Code::InvalidParam)?;
        self.remove(group, by, GroupChangeKind::Left, by);
        Ok(())
    }

    fn kick(&mut self, by: User, group: Group, user: User) -> Result<(), Code> {
        let (state, role) = self.role_in_open(group, by)?;
        ensure(role >= ADMIN, Code::NotGroupAdmin)?;
        ensure(user != by, Code::InvalidParam)?;
        let of_user = state.members.get(&user).ok_or(Code::NotGroupMember)?.role;
        ensure(of_user != OWNER, Code::CannotKickOwner)?;
        ensure(of_user < role, Code::NoPermission)?;
        self.remove(group, user, GroupChangeKind::Kicked, by);
        Ok(())
    }

    fn transfer(&mut self, by: User, group: Group, user: User) -> Result<(), Code> {
        let (state, role) = self.role_in_open(group, by)?;
        ensure(role == OWNER, Code::NotGroupOwner)?;
        ensure(user != by, Code::InvalidParam)?;
        ensure(state.members.contains_key(&user), Code::NotGroupMember)?;
        let now = self.now;
        self.change_group(group, |state| {
            state.owner = user;
            state.updated_at = state.updated_at.max(now);
            for (user, role) in [(user, OWNER), (by, MEMBER)] {
                state.members.entry(user).and_modify(|membership| membership.role = role);
            }
        });
        self.notify_group(group, GroupChangeKind::Transferred, by, vec![user]);
        Ok(())
    }

    fn dismiss(&mut self, by: User, group: Group) -> Result<(), Code> {
        let (state, role) = self.role(group, by)?;
        ensure(role == OWNER, Code::NotGroupOwner)?;
        ensure(!state.dismissed, Code::GroupDismissed)?;
        let now = self.now;
        self.change_group(group, |state| {
            state.dismissed = true;
            state.updated_at = state.updated_at.max(now);
        });
        self.notify_group(group, GroupChangeKind::Dismissed, by, vec![]);
        Ok(())
    }

    fn promote(&mut self, group: Group, user: User) {
        self.change_group(group, |state| {
            state.members.entry(user).and_modify(|it| it.role = it.role.max(ADMIN));
        });
    }
}

/// Online status.
impl Model {
    fn log_in(&mut self, user: User, on: Platform) {
        self.subscriptions.retain(|(by, platform, _)| (*by, *platform) != (user, on));
        self.log.push(Event { at: self.now, audience: Audience::Nobody, frames: vec![] });
    }

    fn subscribe(&mut self, by: User, on: Platform, to: &[User]) {
        self.subscriptions.retain(|(user, platform, _)| (*user, *platform) != (by, on));
        self.subscriptions.extend(to.iter().map(|user| (by, on, *user)));
    }

    /// The platforms on which a user has a lease, expired or not.
    fn leased(&self, user: User) -> Vec<Platform> {
        let own = self.leases.keys().filter(|(by, _)| *by == user);
        own.map(|(_, platform)| *platform).collect()
    }

    /// Notifies the subscribers of a user.
    fn tell_online(&mut self, user: User) {
        if self.subscriptions.iter().any(|(_, _, of)| *of == user) {
            self.append(Audience::Subscribers(user), Frame::Online(user, self.leased(user)));
        }
    }

    /// Whether a lease ends later than a correct clock can have set it.
    fn is_ahead(&self, until: Millis) -> bool {
        until > self.now + LEASE + AHEAD_MAX
    }

    /// Shortens leases that are too far ahead, as if they were granted now.
    fn bound_leases(&mut self) {
        let ahead = self.leases.iter().filter(|(_, until)| self.is_ahead(**until));
        for who in ahead.map(|(who, _)| *who).collect::<Vec<_>>() {
            self.leases.insert(who, self.now + LEASE);
        }
    }

    fn renew(&mut self, polls: &[(User, Platform)]) {
        let over = self.leases.iter().filter(|(_, until)| **until <= self.now);
        for who in over.map(|(who, _)| *who).collect::<Vec<_>>() {
            self.leases.remove(&who);
            self.tell_online(who.0);
        }
        self.bound_leases();
        for who in polls {
            let until = self.now + LEASE;
            let before = self.leases.get(who).copied();
            self.leases.insert(*who, before.map_or(until, |before| before.max(until)));
            if before.is_none() {
                self.tell_online(who.0);
            }
        }
    }

    fn online_status(&mut self, users: &[User]) -> Outcome {
        let asked = self.leases.iter().filter(|((user, _), _)| users.contains(user));
        if asked.into_iter().any(|(_, until)| self.is_ahead(*until)) {
            self.bound_leases();
        }
        let online = |user: &User| {
            let lasting = |on: &Platform| {
                self.leases.get(&(*user, *on)).is_some_and(|until| *until > self.now)
            };
            (*user, self.leased(*user).into_iter().filter(lasting).collect())
        };
        Outcome::Online(users.iter().map(online).collect())
    }
}
