//! What an answer or a frame says.

use crate::command::{Content, Conversation, Group, Platform, User};
use longwave_core::Millis;
pub use longwave_core::frame::GroupChangeKind;

/// A message where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// Where.
    pub of: Conversation,
    /// Its number there.
    pub seq: i64,
    /// Who sent it.
    pub sender: User,
    /// `client_msg_id`
    pub id: u8,
    /// What it says.
    pub content: Content,
    /// When the server took it.
    pub send_time: Millis,
}

/// A conversation in its owner's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Where the owner stands in it.
    pub position: Position,
    /// How many messages of others are left.
    pub unread: i64,
    /// `recv_msg_opt`
    pub mute: i64,
    /// `is_pinned`
    pub pin: bool,
    /// When something last happened in it.
    pub updated_at: Millis,
    /// The last visible message.
    pub last: Option<Message>,
}

/// Where somebody stands in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Which.
    pub of: Conversation,
    /// The first visible seq.
    pub min_seq: i64,
    /// The last visible seq.
    pub max_seq: i64,
    /// Up to where it was read.
    pub read_seq: i64,
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    /// Whose.
    pub user: User,
    /// The name to show.
    pub nickname: String,
    /// A picture.
    pub avatar: String,
    /// Something of the application.
    pub extra: String,
    /// Since when.
    pub created_at: Millis,
    /// The last change.
    pub updated_at: Millis,
}

/// A group as its members see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupInfo {
    /// Which.
    pub group: Group,
    /// Whose.
    pub owner: User,
    /// 1 when dismissed.
    pub status: i64,
    /// How many are in it.
    pub member_count: i64,
    /// Since when.
    pub created_at: Millis,
    /// The last change of the group itself.
    pub updated_at: Millis,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: User,
    /// 1 member, 2 admin, 3 owner.
    pub role: i64,
    /// Who brought the user in.
    pub inviter: Option<User>,
    /// Since when.
    pub joined_at: Millis,
}

/// What a command that was not refused answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing more than that it is done.
    Done,
    /// A message stands here.
    Sent {
        /// In which conversation.
        of: Conversation,
        /// Its number there.
        seq: i64,
        /// When the server took it.
        send_time: Millis,
    },
    /// Messages.
    PullResponse {
        /// Ascending.
        messages: Vec<Message>,
        /// Whether the range goes on.
        has_more: bool,
    },
    /// All conversations, the one with the latest event first.
    Listed(Vec<Listed>),
    /// All positions, by conversation.
    Positions(Vec<Position>),
    /// A read position as it is stored.
    ReadTo(i64),
    /// A profile.
    Profile(Profile),
    /// A group.
    Group(GroupInfo),
    /// Members, by user.
    Members(Vec<Member>),
    /// Where each of those asked for is online.
    Online(Vec<(User, Vec<Platform>)>),
    /// The oldest event that is kept.
    Oldest(i64),
}

impl Outcome {
    /// The same, all times 0: what can be compared where the clock is another's.
    #[must_use]
    pub fn timeless(self) -> Self {
        let still = |message: Message| Message { send_time: 0, ..message };
        match self {
            Self::Sent { of, seq, .. } => Self::Sent { of, seq, send_time: 0 },
            Self::PullResponse { messages, has_more } => {
                Self::PullResponse { messages: messages.into_iter().map(still).collect(), has_more }
            }
            Self::Listed(items) => {
                let item =
                    |item: Listed| Listed { updated_at: 0, last: item.last.map(still), ..item };
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

/// One thing that somebody who polls is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// 2001
    Message(Message),
    /// 2003
    Read {
        /// Where.
        of: Conversation,
        /// Up to where.
        read_seq: i64,
        /// What is left.
        unread: i64,
    },
    /// 2005
    Online(User, Vec<Platform>),
    /// 2006
    Group {
        /// Which.
        group: Group,
        /// What happened.
        change: GroupChangeKind,
        /// Who did it.
        operator: User,
        /// To whom.
        users: Vec<User>,
    },
    /// 2007
    Options {
        /// Of what.
        of: Conversation,
        /// `recv_msg_opt`
        mute: i64,
        /// `is_pinned`
        pin: bool,
    },
    /// 2008
    Profile(Profile),
    /// 2009
    Typing {
        /// Where.
        of: Conversation,
        /// Who.
        user: User,
    },
}

impl Frame {
    /// The conversation it is about.
    #[must_use]
    pub fn conversation(&self) -> Option<Conversation> {
        match self {
            Self::Message(message) => Some(message.of),
            Self::Read { of, .. } | Self::Options { of, .. } | Self::Typing { of, .. } => Some(*of),
            Self::Group { group, .. } => Some(Conversation::Group(*group)),
            Self::Online(..) | Self::Profile(_) => None,
        }
    }

    /// The same, all times 0.
    #[must_use]
    pub fn timeless(self) -> Self {
        match self {
            Self::Message(message) => Self::Message(Message { send_time: 0, ..message }),
            Self::Profile(profile) => {
                Self::Profile(Profile { created_at: 0, updated_at: 0, ..profile })
            }
            other => other,
        }
    }
}
