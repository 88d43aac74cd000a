//! The commands of users, as a readable script.

use longwave_core::Millis;
use std::fmt::{self, Display};

/// A user. The first ones register here, the others belong to the platform.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User(pub u8);

impl User {
    /// Number of users.
    pub const COUNT: u8 = 6;
    /// Number of users that register here.
    pub const NATIVE: u8 = 4;

    /// All users.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// Whether this user registers here.
    #[must_use]
    pub const fn is_native(self) -> bool {
        self.0 < Self::NATIVE
    }
}

impl Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = ["ann", "bob", "cid", "dan", "pam", "pip"].get(usize::from(self.0));
        f.write_str(name.copied().unwrap_or("somebody"))
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// A group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group(pub u8);

impl Group {
    /// Number of groups.
    pub const COUNT: u8 = 3;

    /// All groups.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }
}

impl Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "group {}", char::from(b'A'.saturating_add(self.0)))
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// A conversation, ordered as the ids on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Conversation {
    /// The conversation of a group.
    Group(Group),
    /// A conversation of two users, in ascending order.
    Single(User, User),
}

impl Conversation {
    /// The conversation of two users, given in any order.
    #[must_use]
    pub fn single(one: User, other: User) -> Self {
        Self::Single(one.min(other), one.max(other))
    }
}

impl Display for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => group.fmt(f),
            Self::Single(one, other) => write!(f, "{one}-{other}"),
        }
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

/// The recipient of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// One user.
    User(User),
    /// A group.
    Group(Group),
}

impl Recipient {
    /// The conversation of a message from `sender`.
    #[must_use]
    pub fn conversation(self, sender: User) -> Conversation {
        match self {
            Self::User(user) => Conversation::single(sender, user),
            Self::Group(group) => Conversation::Group(group),
        }
    }
}

impl Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => user.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

/// The content of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Content {
    /// `content_type`
    pub kind: i64,
    /// The text, a single character.
    pub text: char,
}

impl Content {
    /// All contents that scripts use: few, so that they repeat.
    pub const ALL: [Self; 4] = [
        Self { kind: 1, text: 'x' },
        Self { kind: 1, text: 'y' },
        Self { kind: 100, text: 'x' },
        Self { kind: 100, text: 'y' },
    ];

    /// What is left of it once it was erased, or where its version is not kept.
    #[must_use]
    pub const fn erased(self) -> Self {
        Self { kind: self.kind, text: ' ' }
    }
}

/// New values for some fields of a profile; absent fields stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileChange {
    /// The new nickname.
    pub nickname: Option<&'static str>,
    /// The new avatar.
    pub avatar: Option<&'static str>,
    /// The new extra.
    pub extra: Option<&'static str>,
}

impl Display for ProfileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = [("nickname", self.nickname), ("avatar", self.avatar), ("extra", self.extra)];
        let given = fields.into_iter().filter_map(|(field, value)| Some((field, value?)));
        let given: Vec<_> = given.map(|(field, value)| format!("{field} '{value}'")).collect();
        f.write_str(&if given.is_empty() { "nothing".to_owned() } else { given.join(", ") })
    }
}

/// Which messages a pull asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// The seqs `begin_seq` to `end_seq`, in ascending order.
    Seqs(i64, i64),
    /// The same, in descending order.
    Back(i64, i64),
    /// `around`
    Around(i64),
    /// `at`, so many milliseconds ago.
    Ago(Millis),
}

impl Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Seqs(begin, end) => write!(f, "{} to {}", Number(begin), Number(end)),
            Self::Back(begin, end) => write!(f, "{} back to {}", Number(end), Number(begin)),
            Self::Around(seq) => write!(f, "around {}", Number(seq)),
            Self::Ago(time) => write!(f, "since {time} ms ago"),
        }
    }
}

/// The platform of a login or a poll: 1 to 10.
pub type Platform = u8;

/// A command. Ids, numbers and limits may be invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Moves the clock forwards or back, by milliseconds.
    Clock(Millis),
    /// The log forgets events that are older than `age` or not among the newest `count`.
    Prune {
        /// Maximum age of an event, in milliseconds.
        age: Millis,
        /// Number of newest events to keep.
        count: i64,
    },
    /// Waiting polls receive the new events of the log.
    Look,
    /// A user registers with the user's own name as username.
    Register(User),
    /// The platform creates or updates a user.
    Upsert(User, ProfileChange),
    /// A user updates the user's own profile.
    UpdateProfile(User, ProfileChange),
    /// A profile is read.
    Profile(User),
    /// A user sends a message.
    Send {
        /// The sender.
        by: User,
        /// The recipient.
        to: Recipient,
        /// `client_msg_id`
        id: u8,
        /// The content.
        content: Content,
        /// `quote_seq`
        quote: Option<i64>,
        /// `sender_read`
        reads: bool,
    },
    /// A user pulls messages.
    Pull {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// Which messages.
        range: Range,
        /// `limit`
        limit: i64,
    },
    /// A user reads single messages.
    Get {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// `seqs`
        seqs: Vec<i64>,
    },
    /// A user reads the newest messages of conversations.
    Latest {
        /// The caller.
        by: User,
        /// The conversations.
        of: Vec<Conversation>,
        /// `limit`
        limit: i64,
    },
    /// A user revokes messages.
    Revoke {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// `seqs`
        seqs: Vec<i64>,
        /// `trace`
        trace: bool,
        /// `revoke_seconds`
        within: i64,
    },
    /// A user edits a message.
    Edit {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// `seq`
        seq: i64,
        /// The text of the new content.
        text: char,
        /// `base_version`
        base: Option<i64>,
        /// `edit_seconds`
        within: i64,
    },
    /// A user reads the versions of a message.
    Versions {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// `seq`
        seq: i64,
    },
    /// A user reads the messages that quote a message, page by page.
    Replies {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// `seq`
        seq: i64,
        /// The page size.
        limit: i64,
    },
    /// A user reads all changed messages, page by page.
    Changes {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// The page size.
        limit: i64,
    },
    /// A user lists all conversations, page by page.
    List {
        /// The caller.
        by: User,
        /// The page size.
        limit: i64,
    },
    /// A user lists all positions, page by page.
    MaxSeqs {
        /// The caller.
        by: User,
        /// The page size.
        limit: i64,
    },
    /// A user marks a conversation read.
    Read {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// `read_seq`
        seq: i64,
        /// `receipts_live_max`
        live: i64,
    },
    /// A user reads who has read a message, page by page.
    Readers {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// `seq`
        seq: i64,
        /// Whether those are asked for who have read it.
        read: bool,
        /// The page size.
        limit: i64,
    },
    /// A user sets options of a conversation.
    SetOptions {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
        /// `recv_msg_opt`
        mute: Option<i64>,
        /// `is_pinned`
        pin: Option<bool>,
    },
    /// A user types.
    Type {
        /// The caller.
        by: User,
        /// The conversation.
        of: Conversation,
    },
    /// A user creates a group.
    Create {
        /// The creator and owner.
        by: User,
        /// The new group.
        group: Group,
        /// The other members.
        members: Vec<User>,
        /// `group_max_members`
        most: i64,
    },
    /// A user joins a group.
    Join {
        /// The caller.
        by: User,
        /// The group.
        group: Group,
        /// `group_max_members`
        most: i64,
    },
    /// A member quits a group.
    Quit {
        /// The caller.
        by: User,
        /// The group.
        group: Group,
    },
    /// A member kicks another one.
    Kick {
        /// The caller.
        by: User,
        /// The group.
        group: Group,
        /// The kicked member.
        user: User,
    },
    /// An owner transfers a group.
    Transfer {
        /// The caller.
        by: User,
        /// The group.
        group: Group,
        /// The new owner.
        user: User,
    },
    /// An owner dismisses a group.
    Dismiss {
        /// The caller.
        by: User,
        /// The group.
        group: Group,
    },
    /// A member becomes an admin. No route does this yet.
    Promote {
        /// The group.
        group: Group,
        /// The member.
        user: User,
    },
    /// A user reads a group.
    Info {
        /// The caller.
        by: User,
        /// The group.
        group: Group,
    },
    /// A user lists members, page by page.
    Members {
        /// The caller.
        by: User,
        /// The group.
        group: Group,
        /// The page size.
        limit: i64,
    },
    /// A user logs in again.
    Login(User, Platform),
    /// A login subscribes to the online status of users.
    Subscribe {
        /// The caller.
        by: User,
        /// The platform of the login.
        on: Platform,
        /// The observed users.
        to: Vec<User>,
    },
    /// These logins poll, all others do not.
    Renew(Vec<(User, Platform)>),
    /// The online status of these users is read.
    Online(Vec<User>),
}

/// A script with one numbered command per line; failures refer to the numbers.
#[must_use]
pub fn script(commands: &[Command]) -> String {
    let line = |(number, command)| format!("  {number}. {command}\n");
    (1..).zip(commands).map(line).collect()
}

fn names(users: &[User]) -> String {
    let names: Vec<String> = users.iter().map(ToString::to_string).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

fn numbers(seqs: &[i64]) -> String {
    let seqs: Vec<String> = seqs.iter().map(|seq| Number(*seq).to_string()).collect();
    seqs.join(", ")
}

struct Number(i64);

impl Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            i64::MAX => f.write_str("the largest number"),
            number => number.fmt(f),
        }
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock(step) => write!(f, "the clock moves by {step} ms"),
            Self::Prune { age, count } => {
                let (age, count) = (Number(*age), Number(*count));
                write!(f, "the log keeps {count} events of the last {age} ms")
            }
            Self::Look => write!(f, "waiting polls receive new events"),
            Self::Register(user) => write!(f, "{user} registers"),
            Self::Upsert(user, change) => write!(f, "the platform sets {change} of {user}"),
            Self::UpdateProfile(user, change) => write!(f, "{user} sets {change}"),
            Self::Profile(user) => write!(f, "{user} is looked up"),
            Self::Send { by, to, id, content: Content { kind, text }, quote, reads } => {
                let kind = if *kind == 1 { String::new() } else { format!(" of type {kind}") };
                let unread = if *reads { "" } else { " without reading" };
                let quote = quote.map_or_else(String::new, |seq| format!(" about {}", Number(seq)));
                write!(f, "{by} sends {to} m{id} '{text}'{kind}{quote}{unread}")
            }
            Self::Pull { by, of, range, limit } => {
                write!(f, "{by} pulls {range} of {of}, limit {limit}")
            }
            Self::Get { by, of, seqs } => write!(f, "{by} gets {} of {of}", numbers(seqs)),
            Self::Latest { by, of, limit } => {
                let of: Vec<_> = of.iter().map(ToString::to_string).collect();
                write!(f, "{by} reads the latest {limit} of {}", of.join(", "))
            }
            Self::Revoke { by, of, seqs, trace, within } => {
                let trace = if *trace { "" } else { " without a trace" };
                write!(f, "{by} revokes {} of {of}{trace} within {within} s", numbers(seqs))
            }
            Self::Edit { by, of, seq, text, base, within } => {
                let seq = Number(*seq);
                write!(f, "{by} edits {seq} of {of} to '{text}' from {base:?} within {within} s")
            }
            Self::Replies { by, of, seq, limit } => {
                write!(f, "{by} reads the replies to {} of {of} by {limit}", Number(*seq))
            }
            Self::Versions { by, of, seq } => {
                write!(f, "{by} reads the versions of {} of {of}", Number(*seq))
            }
            Self::Changes { by, of, limit } => {
                write!(f, "{by} reads the changes of {of} by {limit}")
            }
            Self::List { by, limit } => write!(f, "{by} lists conversations by {limit}"),
            Self::MaxSeqs { by, limit } => write!(f, "{by} lists positions by {limit}"),
            Self::Read { by, of, seq, live } => {
                let seq = Number(*seq);
                write!(f, "{by} has read {of} up to {seq}, groups of {live} receive it")
            }
            Self::Readers { by, of, seq, read, limit } => {
                let (seq, not) = (Number(*seq), if *read { "" } else { "not " });
                write!(f, "{by} reads who has {not}read {seq} of {of} by {limit}")
            }
            Self::SetOptions { by, of, mute, pin } => {
                write!(f, "{by} sets mute {mute:?} and pin {pin:?} of {of}")
            }
            Self::Type { by, of } => write!(f, "{by} types in {of}"),
            Self::Create { by, group, members, most } => {
                write!(f, "{by} makes {group} of at most {most} with {}", names(members))
            }
            Self::Join { by, group, most } => write!(f, "{by} joins {group} of at most {most}"),
            Self::Quit { by, group } => write!(f, "{by} quits {group}"),
            Self::Kick { by, group, user } => write!(f, "{by} kicks {user} from {group}"),
            Self::Transfer { by, group, user } => write!(f, "{by} gives {group} to {user}"),
            Self::Dismiss { by, group } => write!(f, "{by} dismisses {group}"),
            Self::Promote { group, user } => write!(f, "{user} becomes an admin of {group}"),
            Self::Info { by, group } => write!(f, "{by} looks at {group}"),
            Self::Members { by, group, limit } => {
                write!(f, "{by} lists the members of {group} by {limit}")
            }
            Self::Login(user, platform) => write!(f, "{user} logs in on platform {platform}"),
            Self::Subscribe { by, on, to } => {
                write!(f, "{by} on platform {on} asks to hear of {}", names(to))
            }
            Self::Renew(polls) => {
                let polls: Vec<_> =
                    polls.iter().map(|(user, platform)| format!("{user} on {platform}")).collect();
                write!(f, "these poll: {}", polls.join(", "))
            }
            Self::Online(users) => write!(f, "are these online: {}", names(users)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_readable_text() {
        let send = Command::Send {
            by: User(0),
            to: Recipient::Group(Group(1)),
            id: 3,
            content: Content::ALL[2],
            quote: Some(2),
            reads: false,
        };
        let read = Command::Read {
            by: User(4),
            of: Conversation::single(User(4), User(1)),
            seq: i64::MAX,
            live: 20,
        };
        let expected = "  1. ann sends group B m3 'x' of type 100 about 2 without reading\n  \
             2. pam has read bob-pam up to the largest number, groups of 20 receive it\n";
        assert_eq!(script(&[send, read]), expected);
    }
}
