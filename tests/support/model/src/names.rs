//! Maps ids on the wire to users and groups of a script, and answers to the script's terms.

use crate::command::{Content, Conversation, Group, Recipient, User};
use crate::outcome::{
    Erased, Frame, GroupInfo, Listed, Member, Message, Outcome, Position, Profile, Quote, Quoted,
};
use longwave_core::frame::{
    ConversationOptions, GROUP, GroupChange, MESSAGE, MESSAGE_CHANGE, MessageChange, ONLINE,
    OPTIONS, PROFILE, READ, RECEIPT, ReadPosition, Receipt, TYPING, Typing,
};
use longwave_core::id::{ConversationId, GroupId, UserId, peers};
use longwave_core::message::MessageStatus;
use longwave_core::presence::{OnlineStatus, OnlineStatuses};
use longwave_core::{conversation, group, message, receipt, user};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;

/// Describes an answer that no command of the script could have caused.
pub type Foreign = String;

/// The ids of a script's users and groups.
#[derive(Debug)]
pub struct Names {
    users: Vec<UserId>,
    groups: Vec<GroupId>,
    /// The conversation and seq of each message, by `server_msg_id`.
    messages: RefCell<HashMap<String, (Conversation, i64)>>,
}

impl Names {
    /// Maps the users and groups of the script to these ids, in the script's order.
    #[must_use]
    pub fn new(users: Vec<UserId>, groups: Vec<GroupId>) -> Self {
        Self { users, groups, messages: RefCell::default() }
    }

    /// The id of a user.
    #[must_use]
    pub fn user(&self, user: User) -> &UserId {
        &self.users[usize::from(user.0)]
    }

    /// The id of a group.
    #[must_use]
    pub fn group(&self, group: Group) -> &GroupId {
        &self.groups[usize::from(group.0)]
    }

    /// The id of a conversation.
    #[must_use]
    pub fn conversation(&self, of: Conversation) -> ConversationId {
        match of {
            Conversation::Group(group) => ConversationId::group(self.group(group)),
            Conversation::Single(one, other) => {
                ConversationId::single(self.user(one), self.user(other))
            }
        }
    }

    /// The body of a request that sends a message.
    #[must_use]
    pub fn send_body(
        &self,
        to: Recipient,
        id: u8,
        content: Content,
        quote: Option<i64>,
        reads: bool,
    ) -> Value {
        let mut body = json!({
            "client_msg_id": format!("m{id}"), "content_type": content.kind,
            "content": text(content), "quote_seq": quote, "sender_read": reads,
        });
        (body["session_type"], body["recv_id"], body["group_id"]) = match to {
            Recipient::User(user) => (json!(1), json!(self.user(user)), json!(null)),
            Recipient::Group(group) => (json!(2), json!(null), json!(self.group(group).as_str())),
        };
        body
    }

    /// The body of a request that edits a message.
    #[must_use]
    pub fn edit_body(&self, of: Conversation, seq: i64, new: char, base: Option<i64>) -> Value {
        json!({
            "conversation_id": self.conversation(of), "seq": seq,
            "content": text(Content { kind: 1, text: new }), "base_version": base,
        })
    }

    /// The user with an id.
    ///
    /// # Errors
    /// If no user has this id.
    pub fn user_of(&self, id: &str) -> Result<User, Foreign> {
        let index = self.users.iter().position(|user| user.as_str() == id);
        let index = index.and_then(|index| u8::try_from(index).ok());
        index.map(User).ok_or_else(|| format!("nobody is {id}"))
    }

    fn users_of(&self, ids: &[String]) -> Result<Vec<User>, Foreign> {
        let mut users: Vec<User> =
            ids.iter().map(|id| self.user_of(id)).collect::<Result<_, _>>()?;
        users.sort_unstable();
        Ok(users)
    }

    fn group_of(&self, id: &str) -> Result<Group, Foreign> {
        let index = self.groups.iter().position(|group| group.as_str() == id);
        let index = index.and_then(|index| u8::try_from(index).ok());
        index.map(Group).ok_or_else(|| format!("no group is {id}"))
    }

    fn conversation_of(&self, id: &str) -> Result<Conversation, Foreign> {
        match (peers(id), id.strip_prefix("sg_")) {
            (Some((one, other)), _) => {
                Ok(Conversation::single(self.user_of(one)?, self.user_of(other)?))
            }
            (None, Some(group)) => Ok(Conversation::Group(self.group_of(group)?)),
            (None, None) => Err(format!("no conversation is {id}")),
        }
    }

    /// Checks that an id always belongs to the same message.
    fn stands(&self, id: &str, of: Conversation, seq: i64) -> Result<(), Foreign> {
        let mut messages = self.messages.borrow_mut();
        let known = messages.entry(id.to_owned()).or_insert((of, seq));
        ensure(*known == (of, seq), || format!("{id} was {known:?} and is {of:?} {seq}"))
    }

    /// The outcome of a send.
    ///
    /// # Errors
    /// As for all answers: if no command of the script could have caused this one.
    pub fn sent(&self, ack: &message::Ack) -> Result<Outcome, Foreign> {
        let of = self.conversation_of(&ack.conversation_id)?;
        self.stands(&ack.server_msg_id, of, ack.seq)?;
        Ok(Outcome::Sent { of, seq: ack.seq, send_time: ack.send_time })
    }

    fn message(&self, wire: &message::Message) -> Result<Message, Foreign> {
        let odd = || format!("this message contradicts itself: {wire:?}");
        let of = self.conversation_of(&wire.conversation_id)?;
        self.stands(&wire.server_msg_id, of, wire.seq)?;
        let sender = self.user_of(&wire.sender_id)?;
        let kept = match (of, i64::from(wire.session_type), &wire.recv_id, &wire.group_id) {
            (Conversation::Single(..), 1, Some(recv), None) => {
                Conversation::single(sender, self.user_of(recv)?) == of
            }
            (Conversation::Group(group), 2, None, Some(id)) => self.group_of(id)? == group,
            _ => false,
        };
        ensure(kept, odd)?;
        let said = |content: &&Content| {
            content.kind == i64::from(wire.content_type) && text(**content) == wire.content
        };
        let edited = match (wire.version, wire.edited_at) {
            (Some(version), Some(at)) if version > 1 => Some((version, at)),
            (None, None) => None,
            _ => return Err(odd()),
        };
        let lost = Content { kind: wire.content_type.into(), text: ' ' };
        let (content, erased) = match (wire.status, &wire.changed_by, wire.changed_at) {
            (MessageStatus::Normal, None, None) if wire.content == "{}" => (lost, None),
            (MessageStatus::Normal, None, None) => {
                (*Content::ALL.iter().find(said).ok_or_else(odd)?, None)
            }
            (status @ (MessageStatus::Revoked | MessageStatus::Removed), Some(by), Some(at)) => {
                ensure(wire.content == "{}" && edited.is_none(), odd)?;
                let (by, trace) = (self.user_of(by)?, status == MessageStatus::Revoked);
                (lost, Some(Erased { by, at, trace }))
            }
            _ => return Err(odd()),
        };
        let id = wire.client_msg_id.strip_prefix('m').and_then(|id| id.parse().ok());
        let id = id.ok_or_else(odd)?;
        let (seq, send_time) = (wire.seq, wire.send_time);
        let quote = wire.quote.as_ref().map(|quote| self.quote(quote)).transpose()?;
        ensure(quote.is_none() || erased.is_none(), odd)?;
        Ok(Message { of, seq, sender, id, content, send_time, erased, edited, quote })
    }

    fn quote(&self, wire: &message::Quote) -> Result<Quote, Foreign> {
        let odd = || format!("this quote contradicts itself: {wire:?}");
        let erased = match wire.status {
            MessageStatus::Hidden => {
                ensure(*wire == message::Quote::hidden(wire.seq), odd)?;
                return Ok(Quote { seq: wire.seq, seen: None });
            }
            MessageStatus::Normal => None,
            MessageStatus::Revoked => Some(true),
            MessageStatus::Removed => Some(false),
            MessageStatus::Other(_) => return Err(odd()),
        };
        let sender = self.user_of(wire.sender_id.as_deref().ok_or_else(odd)?)?;
        let kind = wire.content_type.ok_or_else(odd)?.into();
        let preview = wire.preview.as_ref().map(|text| text.parse().map_err(|_| odd()));
        let seen = Quoted { sender, kind, preview: preview.transpose()?, erased };
        Ok(Quote { seq: wire.seq, seen: Some(seen) })
    }

    /// The messages that quote a message, with all pages in one list.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn replies(&self, wire: &[message::Message]) -> Result<Outcome, Foreign> {
        Ok(Outcome::Replies(self.messages(wire)?))
    }

    /// Who has, or has not, read a message, with all pages in one list.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn readers(
        &self,
        users: Vec<receipt::Reader>,
        read: i64,
        unread: i64,
    ) -> Result<Outcome, Foreign> {
        let user = |user: receipt::Reader| Ok((self.user_of(&user.user_id)?, user.read_at));
        let users = users.into_iter().map(user).collect::<Result<_, Foreign>>()?;
        Ok(Outcome::Readers { users, read, unread })
    }

    /// The versions of a message.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn versions(&self, wire: &message::Versions) -> Result<Outcome, Foreign> {
        let version = |it: &message::MessageVersion| {
            let content = Content::ALL.iter().find(|content| text(**content) == it.content);
            let content = content.ok_or_else(|| format!("this version is odd: {it:?}"))?;
            Ok((it.version, content.text, it.written_at))
        };
        Ok(Outcome::Versions(wire.versions.iter().map(version).collect::<Result<_, Foreign>>()?))
    }

    /// The changed messages of a conversation, with all pages in one list.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn changed(&self, wire: &[message::Message]) -> Result<Outcome, Foreign> {
        Ok(Outcome::Changed(self.messages(wire)?))
    }

    /// The outcome of a pull, or of reading single messages.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn pulled(&self, wire: &message::PullResponse) -> Result<Outcome, Foreign> {
        Ok(Outcome::PullResponse {
            messages: self.messages(&wire.messages)?,
            has_more: wire.has_more,
        })
    }

    /// The newest messages of conversations.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn latest(&self, wire: &[message::LatestMessages]) -> Result<Outcome, Foreign> {
        let item = |wire: &message::LatestMessages| {
            let of = self.conversation_of(&wire.conversation_id)?;
            Ok((of, self.messages(&wire.messages)?, wire.has_more))
        };
        Ok(Outcome::Latest(wire.iter().map(item).collect::<Result<_, Foreign>>()?))
    }

    fn messages(&self, wire: &[message::Message]) -> Result<Vec<Message>, Foreign> {
        wire.iter().map(|message| self.message(message)).collect()
    }

    /// A user's conversations, with all pages in one list.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn listed(
        &self,
        owner: User,
        wire: &[conversation::Conversation],
    ) -> Result<Vec<Listed>, Foreign> {
        wire.iter().map(|item| self.listed_item(owner, item)).collect()
    }

    fn listed_item(
        &self,
        owner: User,
        wire: &conversation::Conversation,
    ) -> Result<Listed, Foreign> {
        let of = self.conversation_of(&wire.conversation_id)?;
        let kept = match (of, i64::from(wire.kind), &wire.peer_user_id, &wire.group_id) {
            (Conversation::Single(..), 1, Some(peer), None) => {
                Conversation::single(owner, self.user_of(peer)?) == of
            }
            (Conversation::Group(group), 2, None, Some(id)) => self.group_of(id)? == group,
            _ => false,
        };
        ensure(kept, || format!("this conversation contradicts itself: {wire:?}"))?;
        Ok(Listed {
            position: Position {
                of,
                min_seq: wire.min_seq,
                max_seq: wire.max_seq,
                read_seq: wire.read_seq,
                last_change: wire.last_change,
            },
            unread: wire.unread,
            mute: wire.recv_msg_opt.into(),
            pin: wire.is_pinned,
            updated_at: wire.updated_at,
            peer_read: (wire.peer_read_seq, wire.peer_read_at),
            last: wire.last_message.as_ref().map(|last| self.message(last)).transpose()?,
        })
    }

    /// A user's positions, with all pages in one list.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn positions(&self, wire: &[conversation::MaxSeq]) -> Result<Vec<Position>, Foreign> {
        let position = |wire: &conversation::MaxSeq| {
            Ok(Position {
                of: self.conversation_of(&wire.conversation_id)?,
                min_seq: wire.min_seq,
                max_seq: wire.max_seq,
                read_seq: wire.read_seq,
                last_change: wire.last_change,
            })
        };
        wire.iter().map(position).collect()
    }

    /// A user's profile.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn profile(&self, wire: user::Profile) -> Result<Profile, Foreign> {
        Ok(Profile {
            user: self.user_of(wire.user_id.as_str())?,
            nickname: wire.nickname,
            avatar: wire.avatar,
            extra: wire.extra.unwrap_or_default(),
            created_at: wire.created_at,
            updated_at: wire.updated_at,
        })
    }

    /// The outcome of reading a group.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn group_info(&self, wire: &group::Group) -> Result<Outcome, Foreign> {
        Ok(Outcome::Group(GroupInfo {
            group: self.group_of(&wire.group_id)?,
            owner: self.user_of(&wire.owner_id)?,
            status: wire.status.into(),
            member_count: wire.member_count,
            created_at: wire.created_at,
            updated_at: wire.updated_at,
        }))
    }

    /// The members of a group, with all pages in one list.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn members(&self, wire: &[group::Member]) -> Result<Vec<Member>, Foreign> {
        let member = |wire: &group::Member| {
            let inviter = Some(wire.inviter_user_id.as_str()).filter(|id| !id.is_empty());
            Ok(Member {
                user: self.user_of(&wire.user_id)?,
                role: wire.role.into(),
                inviter: inviter.map(|id| self.user_of(id)).transpose()?,
                joined_at: wire.joined_at,
            })
        };
        wire.iter().map(member).collect()
    }

    /// The online status of users.
    ///
    /// # Errors
    /// As [`Names::sent`].
    pub fn online(&self, wire: &[OnlineStatus]) -> Result<Vec<(User, Vec<u8>)>, Foreign> {
        let status = |status: &OnlineStatus| {
            let platforms = status.platform_ids.iter();
            let platforms = platforms.map(|id| u8::try_from(i64::from(*id)).unwrap_or(0));
            let platforms: Vec<u8> = platforms.collect();
            let kept = status.online != platforms.is_empty();
            ensure(kept, || format!("this status contradicts itself: {status:?}"))?;
            Ok((self.user_of(status.user_id.as_str())?, platforms))
        };
        wire.iter().map(status).collect()
    }

    /// A frame of a poll, and the id of its event.
    ///
    /// # Errors
    /// As [`Names::sent`], and for an unreadable frame.
    pub fn frame(&self, wire: &Value) -> Result<(i64, Frame), Foreign> {
        let Wire { req_id, data } = read(wire)?;
        let Event { event_id } = read(&data)?;
        let frame = match req_id {
            MESSAGE => Frame::Message(self.message(&read(&data)?)?),
            MESSAGE_CHANGE => {
                let MessageChange { change, message } = read(&data)?;
                let about = (message.conversation_id.as_str(), message.seq);
                let kept = about == (change.conversation_id.as_str(), change.seq);
                ensure(kept, || format!("this change contradicts itself: {wire}"))?;
                Frame::MessageChange {
                    change: change.change,
                    operator: self.user_of(&change.operator_id)?,
                    message: self.message(&message)?,
                }
            }
            RECEIPT => {
                let Receipt { conversation_id, user_id, read_seq, read_at: at } = read(&data)?;
                let of = self.conversation_of(&conversation_id)?;
                Frame::Receipt { of, user: self.user_of(&user_id)?, read_seq, at }
            }
            READ => {
                let ReadPosition { conversation_id, read_seq, unread } = read(&data)?;
                Frame::Read { of: self.conversation_of(&conversation_id)?, read_seq, unread }
            }
            ONLINE => {
                let OnlineStatuses { items } = read(&data)?;
                let mut online = self.online(&items)?;
                let one = online.pop().filter(|_| online.is_empty());
                let (user, platforms) = one.ok_or_else(|| format!("not one user: {wire}"))?;
                Frame::Online(user, platforms)
            }
            GROUP => {
                let change: GroupChange = read(&data)?;
                let group = self.group_of(&change.group_id)?;
                let of = self.conversation_of(&change.conversation_id)?;
                let kept = of == Conversation::Group(group);
                ensure(kept, || format!("this change contradicts itself: {wire}"))?;
                Frame::Group {
                    group,
                    change: change.change,
                    operator: self.user_of(&change.operator_id)?,
                    users: self.users_of(&change.user_ids)?,
                }
            }
            OPTIONS => {
                let ConversationOptions { conversation_id, recv_msg_opt, is_pinned } = read(&data)?;
                let of = self.conversation_of(&conversation_id)?;
                Frame::Options { of, mute: recv_msg_opt.into(), pin: is_pinned }
            }
            PROFILE => Frame::Profile(self.profile(read(&data)?)?),
            TYPING => {
                let Typing { conversation_id, user_id } = read(&data)?;
                let of = self.conversation_of(&conversation_id)?;
                Frame::Typing { of, user: self.user_of(&user_id)? }
            }
            _ => return Err(format!("no frame has the number of {wire}")),
        };
        Ok((event_id, frame))
    }
}

/// The content of a message as JSON text.
fn text(content: Content) -> String {
    json!({ "text": content.text }).to_string()
}

#[derive(Deserialize)]
struct Wire {
    req_id: u32,
    data: Value,
}

#[derive(Deserialize)]
struct Event {
    event_id: i64,
}

fn read<T: DeserializeOwned>(data: &Value) -> Result<T, Foreign> {
    T::deserialize(data).map_err(|error| format!("{error}: {data}"))
}

fn ensure(kept: bool, message: impl FnOnce() -> String) -> Result<(), Foreign> {
    if kept { Ok(()) } else { Err(message()) }
}
