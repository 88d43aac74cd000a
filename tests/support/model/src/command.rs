//! What somebody does, as a script that people can read.

use longwave_core::Millis;
use std::fmt::{self, Display};

/// Somebody. The first ones register here, the others are the platform's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User(pub u8);

impl User {
    /// How many there are.
    pub const COUNT: u8 = 6;
    /// How many of them register here.
    pub const NATIVE: u8 = 4;

    /// Everybody.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self)
    }

    /// Whether this one registers here.
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
    /// How many there are.
    pub const COUNT: u8 = 3;

    /// All of them.
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

/// A conversation; in the order of the ids on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Conversation {
    /// Of a group.
    Group(Group),
    /// Of two, the lesser one first.
    Single(User, User),
}

impl Conversation {
    /// Of two, whichever of them asks.
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

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// One user.
    User(User),
    /// A group.
    Group(Group),
}

impl Recipient {
    /// Where a message of `sender` goes.
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

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Content {
    /// `content_type`
    pub kind: i64,
    /// Its text.
    pub text: char,
}

impl Content {
    /// All that is ever said: few things, so that they are said again.
    pub const ALL: [Self; 3] =
        [Self { kind: 1, text: 'x' }, Self { kind: 1, text: 'y' }, Self { kind: 100, text: 'x' }];
}

/// New values for some fields of a profile; the others stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProfileChange {
    /// The nickname.
    pub nickname: Option<&'static str>,
    /// The avatar.
    pub avatar: Option<&'static str>,
    /// The extra.
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

/// A platform somebody polls or logs in on: 1 to 10.
pub type Platform = u8;

/// What somebody does. Ids, numbers and limits may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The clock moves, forwards or back.
    Clock(Millis),
    /// The log forgets what is older than `age` or beyond the newest `count`.
    Prune {
        /// How old an event may be.
        age: Millis,
        /// How many are kept.
        count: i64,
    },
    /// Who waits is told what the log has gained.
    Look,
    /// Somebody registers, under the own name.
    Register(User),
    /// The platform makes or changes a user.
    Upsert(User, ProfileChange),
    /// Somebody changes the own profile.
    UpdateProfile(User, ProfileChange),
    /// Somebody asks for a profile.
    Profile(User),
    /// Somebody sends a message.
    Send {
        /// Who.
        by: User,
        /// To whom.
        to: Recipient,
        /// `client_msg_id`
        id: u8,
        /// What.
        content: Content,
        /// `sender_read`
        reads: bool,
    },
    /// Somebody reads messages.
    Pull {
        /// Who.
        by: User,
        /// Where.
        of: Conversation,
        /// `begin_seq`
        begin: i64,
        /// `end_seq`
        end: i64,
        /// `limit`
        limit: i64,
    },
    /// Somebody lists the own conversations, page by page.
    List {
        /// Who.
        by: User,
        /// Of a page.
        limit: i64,
    },
    /// Somebody lists the own positions, page by page.
    MaxSeqs {
        /// Who.
        by: User,
        /// Of a page.
        limit: i64,
    },
    /// Somebody has read a conversation.
    Read {
        /// Who.
        by: User,
        /// Where.
        of: Conversation,
        /// Up to where.
        seq: i64,
    },
    /// Somebody sets the own options of a conversation.
    SetOptions {
        /// Who.
        by: User,
        /// Where.
        of: Conversation,
        /// `recv_msg_opt`
        mute: Option<i64>,
        /// `is_pinned`
        pin: Option<bool>,
    },
    /// Somebody types.
    Type {
        /// Who.
        by: User,
        /// Where.
        of: Conversation,
    },
    /// Somebody makes a group.
    Create {
        /// Who.
        by: User,
        /// Which.
        group: Group,
        /// With whom.
        members: Vec<User>,
        /// `group_max_members`
        most: i64,
    },
    /// Somebody joins.
    Join {
        /// Who.
        by: User,
        /// What.
        group: Group,
        /// `group_max_members`
        most: i64,
    },
    /// Somebody leaves.
    Quit {
        /// Who.
        by: User,
        /// What.
        group: Group,
    },
    /// Somebody removes somebody.
    Kick {
        /// Who.
        by: User,
        /// From what.
        group: Group,
        /// Whom.
        user: User,
    },
    /// Somebody gives a group away.
    Transfer {
        /// Who.
        by: User,
        /// What.
        group: Group,
        /// To whom.
        user: User,
    },
    /// Somebody closes a group.
    Dismiss {
        /// Who.
        by: User,
        /// What.
        group: Group,
    },
    /// A member becomes an admin. There is no route for that yet.
    Promote {
        /// Of what.
        group: Group,
        /// Who.
        user: User,
    },
    /// Somebody looks at a group.
    Info {
        /// Who.
        by: User,
        /// What.
        group: Group,
    },
    /// Somebody lists members, page by page.
    Members {
        /// Who.
        by: User,
        /// Of what.
        group: Group,
        /// Of a page.
        limit: i64,
    },
    /// Somebody logs in anew.
    Login(User, Platform),
    /// Somebody asks to hear who comes and goes.
    Subscribe {
        /// Who.
        by: User,
        /// Where.
        on: Platform,
        /// Of whom.
        to: Vec<User>,
    },
    /// These poll, and everybody else does not.
    Renew(Vec<(User, Platform)>),
    /// Somebody asks who is online.
    Online(Vec<User>),
}

/// A script, a command a line, numbered as a failure names them.
#[must_use]
pub fn script(commands: &[Command]) -> String {
    let line = |(number, command)| format!("  {number}. {command}\n");
    (1..).zip(commands).map(line).collect()
}

fn names(users: &[User]) -> String {
    let names: Vec<String> = users.iter().map(ToString::to_string).collect();
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
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
            Self::Look => write!(f, "who waits is told"),
            Self::Register(user) => write!(f, "{user} registers"),
            Self::Upsert(user, change) => write!(f, "the platform sets {change} of {user}"),
            Self::UpdateProfile(user, change) => write!(f, "{user} sets {change}"),
            Self::Profile(user) => write!(f, "{user} is looked up"),
            Self::Send { by, to, id, content: Content { kind, text }, reads } => {
                let kind = if *kind == 1 { String::new() } else { format!(" of type {kind}") };
                let unread = if *reads { "" } else { " without reading" };
                write!(f, "{by} sends {to} m{id} '{text}'{kind}{unread}")
            }
            Self::Pull { by, of, begin, end, limit } => {
                let (begin, end) = (Number(*begin), Number(*end));
                write!(f, "{by} pulls {begin} to {end} of {of}, limit {limit}")
            }
            Self::List { by, limit } => write!(f, "{by} lists conversations by {limit}"),
            Self::MaxSeqs { by, limit } => write!(f, "{by} lists positions by {limit}"),
            Self::Read { by, of, seq } => write!(f, "{by} has read {of} up to {}", Number(*seq)),
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
    fn a_script_reads_like_a_story() {
        let send = Command::Send {
            by: User(0),
            to: Recipient::Group(Group(1)),
            id: 3,
            content: Content::ALL[2],
            reads: false,
        };
        let read = Command::Read {
            by: User(4),
            of: Conversation::single(User(4), User(1)),
            seq: i64::MAX,
        };
        let told = "  1. ann sends group B m3 'x' of type 100 without reading\n  \
             2. pam has read bob-pam up to the largest number\n";
        assert_eq!(script(&[send, read]), told);
    }
}
