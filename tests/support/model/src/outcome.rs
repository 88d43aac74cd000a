//! Answers and frames.

use crate::command::{Content, Conversation, Group, Platform, User};
use longwave_core::Millis;
pub use longwave_core::frame::{GroupChangeKind, MessageChangeKind};

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// The conversation.
    pub of: Conversation,
    /// Its number in the conversation, from 1.
    pub seq: i64,
    /// The sender.
    pub sender: User,
    /// `client_msg_id`
    pub id: u8,
    /// The content.
    pub content: Content,
    /// The time at which the server stored it.
    pub send_time: Millis,
    /// Who erased the content, if anybody did.
    pub erased: Option<Erased>,
    /// The version, 2 or more, and the time of the edit, if it was edited.
    pub edited: Option<(i64, Millis)>,
    /// The message that it quotes, if any.
    pub quote: Option<Quote>,
}

/// A quoted message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quote {
    /// Its number in the conversation.
    pub seq: i64,
    /// What the reader sees of it, if anything.
    pub seen: Option<Quoted>,
}

/// What a reader sees of a quoted message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quoted {
    /// The sender.
    pub sender: User,
    /// `content_type`
    pub kind: i64,
    /// The text, if there is one.
    pub preview: Option<char>,
    /// If the content is erased: whether clients show that it was revoked.
    pub erased: Option<bool>,
}

impl Quoted {
    /// What is seen of a message in the messages that quote it.
    #[must_use]
    pub fn of(message: &Message) -> Self {
        let Content { kind, text } = message.content;
        let preview = Some(text).filter(|text| kind == 1 && *text != ' ');
        let erased = message.erased.as_ref().map(|erased| erased.trace);
        Self { sender: message.sender, kind, preview, erased }
    }
}

/// How the content of a message was erased.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Erased {
    /// The user who erased it.
    pub by: User,
    /// The time of that.
    pub at: Millis,
    /// Whether clients show that it was revoked.
    pub trace: bool,
}

impl Message {
    /// Sets all times to 0.
    #[must_use]
    pub fn timeless(self) -> Self {
        let erased = self.erased.map(|erased| Erased { at: 0, ..erased });
        let edited = self.edited.map(|(version, _)| (version, 0));
        Self { send_time: 0, erased, edited, ..self }
    }
}

/// A conversation in a user's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The user's position in it.
    pub position: Position,
    /// Number of unread messages by others.
    pub unread: i64,
    /// `recv_msg_opt`
    pub mute: i64,
    /// `is_pinned`
    pub pin: bool,
    /// The time of the last change.
    pub updated_at: Millis,
    /// The last seq that the other user of a single conversation has read, 0 if none, and when.
    pub peer_read: (i64, Option<Millis>),
    /// The last visible message.
    pub last: Option<Message>,
}

/// A user's position in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The conversation.
    pub of: Conversation,
    /// The first visible seq.
    pub min_seq: i64,
    /// The last visible seq.
    pub max_seq: i64,
    /// The last seq that the user has read.
    pub read_seq: i64,
    /// The event of the latest change of a message; 0 if none changed.
    pub last_change: i64,
}

impl Position {
    /// Sets the event to 1 if there is one, to compare answers of different logs.
    fn timeless(self) -> Self {
        Self { last_change: self.last_change.min(1), ..self }
    }
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    /// The user.
    pub user: User,
    /// The display name.
    pub nickname: String,
    /// The URL of a picture.
    pub avatar: String,
    /// Free text of the application.
    pub extra: String,
    /// The time of creation.
    pub created_at: Millis,
    /// The time of the last change.
    pub updated_at: Millis,
}

/// A group as its members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// The group.
    pub group: Group,
    /// The owner.
    pub owner: User,
    /// 0, or 1 if dismissed.
    pub status: i64,
    /// Number of members, the owner included.
    pub member_count: i64,
    /// The time of creation.
    pub created_at: Millis,
    /// The time of the last change of the group itself, without its members.
    pub updated_at: Millis,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user: User,
    /// 1 member, 2 admin, 3 owner.
    pub role: i64,
    /// The user who added this member, if any.
    pub inviter: Option<User>,
    /// The time of joining.
    pub joined_at: Millis,
}

/// The answer to a command that was not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Success without data.
    Done,
    /// The position of a sent message.
    Sent {
        /// The conversation.
        of: Conversation,
        /// Its number in the conversation, from 1.
        seq: i64,
        /// The time at which the server stored it.
        send_time: Millis,
    },
    /// Some messages.
    PullResponse {
        /// In the order of the request.
        messages: Vec<Message>,
        /// Whether messages that were asked for are missing.
        has_more: bool,
    },
    /// The newest messages of each conversation, and whether it has others before them.
    Latest(Vec<(Conversation, Vec<Message>, bool)>),
    /// The version that is stored after an edit.
    Edited(i64),
    /// The versions of a message: their numbers, texts and times.
    Versions(Vec<(i64, char, Millis)>),
    /// All messages that quote a message, in their order.
    Replies(Vec<Message>),
    /// All changed messages, in the order of their latest changes.
    Changed(Vec<Message>),
    /// All conversations, latest message first.
    Listed(Vec<Listed>),
    /// All positions, ordered by conversation.
    Positions(Vec<Position>),
    /// The stored read position.
    ReadTo(i64),
    /// Who has, or has not, read a message, and how many there are of each.
    Readers {
        /// Ordered by user, each with the time of reading.
        users: Vec<(User, Option<Millis>)>,
        /// Number of those who have.
        read: i64,
        /// Number of those who have not.
        unread: i64,
    },
    /// A profile.
    Profile(Profile),
    /// A group.
    Group(GroupInfo),
    /// Members, ordered by user.
    Members(Vec<Member>),
    /// The platforms on which each requested user is online.
    Online(Vec<(User, Vec<Platform>)>),
    /// The id of the oldest event in the log.
    Oldest(i64),
}

impl Outcome {
    /// Sets all times to 0, to compare answers of different clocks.
    #[must_use]
    pub fn timeless(self) -> Self {
        let still = Message::timeless;
        match self {
            Self::Sent { of, seq, .. } => Self::Sent { of, seq, send_time: 0 },
            Self::PullResponse { messages, has_more } => {
                Self::PullResponse { messages: messages.into_iter().map(still).collect(), has_more }
            }
            Self::Latest(conversations) => {
                let item = |(of, messages, has_more): (Conversation, Vec<Message>, bool)| {
                    (of, messages.into_iter().map(still).collect(), has_more)
                };
                Self::Latest(conversations.into_iter().map(item).collect())
            }
            Self::Readers { users, read, unread } => {
                let user = |(user, at): (User, Option<Millis>)| (user, at.map(|_| 0));
                Self::Readers { users: users.into_iter().map(user).collect(), read, unread }
            }
            Self::Versions(versions) => {
                let version = |(number, text, _)| (number, text, 0);
                Self::Versions(versions.into_iter().map(version).collect())
            }
            Self::Replies(messages) => Self::Replies(messages.into_iter().map(still).collect()),
            Self::Changed(messages) => Self::Changed(messages.into_iter().map(still).collect()),
            Self::Positions(positions) => {
                Self::Positions(positions.into_iter().map(Position::timeless).collect())
            }
            Self::Listed(items) => {
                let item = |item: Listed| Listed {
                    updated_at: 0,
                    peer_read: (item.peer_read.0, item.peer_read.1.map(|_| 0)),
                    position: item.position.timeless(),
                    last: item.last.map(still),
                    ..item
                };
                Self::Listed(items.into_iter().map(item).collect())
            }
            Self::Profile(profile) => {
                Self::Profile(Profile { created_at: 0, updated_at: 0, ..profile })
            }
            Self::Group(group) => Self::Group(GroupInfo { created_at: 0, updated_at: 0, ..group }),
            Self::Members(members) => {
                let member = |member| Member { joined_at: 0, ..member };
                Self::Members(members.into_iter().map(member).collect())
            }
            other => other,
        }
    }
}

/// One event as a poll receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A message, `req_id` 2001.
    Message(Message),
    /// A change of a message, `req_id` 2010.
    MessageChange {
        /// The kind of change.
        change: MessageChangeKind,
        /// The user who made the change.
        operator: User,
        /// The message as it is now.
        message: Message,
    },
    /// A read position, `req_id` 2003.
    Read {
        /// The conversation.
        of: Conversation,
        /// The last read seq.
        read_seq: i64,
        /// Number of unread messages by others.
        unread: i64,
    },
    /// How far another user has read, `req_id` 2011.
    Receipt {
        /// The conversation.
        of: Conversation,
        /// The user who has read.
        user: User,
        /// The last read seq.
        read_seq: i64,
        /// The time of reading.
        at: Millis,
    },
    /// The online status of a user, `req_id` 2005.
    Online(User, Vec<Platform>),
    /// A change of a group, `req_id` 2006.
    Group {
        /// The group.
        group: Group,
        /// The kind of change.
        change: GroupChangeKind,
        /// The user who made the change.
        operator: User,
        /// The affected users.
        users: Vec<User>,
    },
    /// The options of a conversation, `req_id` 2007.
    Options {
        /// The conversation.
        of: Conversation,
        /// `recv_msg_opt`
        mute: i64,
        /// `is_pinned`
        pin: bool,
    },
    /// A profile, `req_id` 2008.
    Profile(Profile),
    /// Typing, `req_id` 2009.
    Typing {
        /// The conversation.
        of: Conversation,
        /// The user who types.
        user: User,
    },
}

impl Frame {
    /// The conversation of this frame, if it has one.
    #[must_use]
    pub fn conversation(&self) -> Option<Conversation> {
        match self {
            Self::Message(message) | Self::MessageChange { message, .. } => Some(message.of),
            Self::Read { of, .. }
            | Self::Receipt { of, .. }
            | Self::Options { of, .. }
            | Self::Typing { of, .. } => Some(*of),
            Self::Group { group, .. } => Some(Conversation::Group(*group)),
            Self::Online(..) | Self::Profile(_) => None,
        }
    }

    /// Sets all times to 0.
    #[must_use]
    pub fn timeless(self) -> Self {
        match self {
            Self::Message(message) => Self::Message(message.timeless()),
            Self::MessageChange { change, operator, message } => {
                Self::MessageChange { change, operator, message: message.timeless() }
            }
            Self::Receipt { of, user, read_seq, .. } => Self::Receipt { of, user, read_seq, at: 0 },
            Self::Profile(profile) => {
                Self::Profile(Profile { created_at: 0, updated_at: 0, ..profile })
            }
            other => other,
        }
    }
}
