//! Random scripts over few users, groups and ids, so that they often interact.
//!
//! A command is made of a few dice rolls. A lower roll means a simpler command, so that a failing
//! script shrinks to a readable one.

use crate::command::{
    Command, Content, Conversation, Group, Platform, ProfileChange, Range, Recipient, User,
};
use longwave_core::Millis;
use proptest::array::uniform12;
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::ops::RangeInclusive;

/// Maximum number of members of a group, unless a command gives another one.
pub const MOST: i64 = 500;

const MINUTE: Millis = 60_000;

/// Scripts of `length` random commands. Most begin by creating users and a group; shrinking drops
/// the parts of this opening that a failure does not need.
pub fn scripts(length: RangeInclusive<usize>) -> impl Strategy<Value = Vec<Command>> {
    let opening = || {
        let nickname = ProfileChange { nickname: Some("x"), avatar: None, extra: None };
        [
            Command::Register(User(0)),
            Command::Register(User(1)),
            Command::Register(User(2)),
            Command::Upsert(User(4), nickname),
            Command::Create { by: User(0), group: Group(0), members: vec![User(1)], most: MOST },
        ]
    };
    let commands = vec(uniform12(any::<u8>()), length);
    ([(); 5].map(|()| weighted(0.95)), commands).prop_map(move |(said, commands)| {
        let opening = opening().into_iter().zip(said).filter(|(_, said)| *said);
        let commands = commands.iter().map(|rolls| Dice::of_all(rolls).command());
        opening.map(|(command, _)| command).chain(commands).collect()
    })
}

/// A command of one user through the public routes, with these users and groups.
pub fn of_user(
    by: User,
    others: &'static [u8],
    groups: &'static [u8],
) -> impl Strategy<Value = Command> {
    uniform12(any::<u8>()).prop_map(move |rolls| {
        let mut dice = Dice { rolls: rolls.iter(), by: Some(by), users: others, groups };
        match dice.below(20) {
            0 => Command::UpdateProfile(by, dice.change()),
            1 => Command::Profile(by),
            2..=6 => dice.group_life(),
            _ => dice.talk(),
        }
    })
}

/// The commands of each of these clients in sequence, as [`of_user`] makes them; a seed always
/// gives the same ones.
#[must_use]
pub fn of_clients(
    seed: u64,
    clients: &[User],
    length: usize,
    others: &'static [u8],
    groups: &'static [u8],
) -> Vec<Vec<Command>> {
    let config = Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let mut script = |user: &User| {
        let commands = vec(of_user(*user, others, groups), length);
        commands.new_tree(&mut runner).map(|tree| tree.current()).unwrap_or_default()
    };
    clients.iter().map(&mut script).collect()
}

/// Rolls to be read in sequence, and the users and groups to choose from.
struct Dice<'a> {
    rolls: std::slice::Iter<'a, u8>,
    by: Option<User>,
    users: &'static [u8],
    groups: &'static [u8],
}

impl<'a> Dice<'a> {
    fn of_all(rolls: &'a [u8]) -> Self {
        let users = &[0, 0, 0, 1, 1, 1, 2, 2, 2, 4, 4, 3, 5];
        Self { rolls: rolls.iter(), by: None, users, groups: &[0, 0, 0, 0, 0, 0, 1, 1, 2] }
    }

    fn below(&mut self, end: u8) -> u8 {
        self.rolls.next().map_or(0, |roll| roll % end)
    }

    fn of<T: Copy>(&mut self, choice: &[T]) -> T {
        let end = u8::try_from(choice.len()).unwrap_or(u8::MAX);
        choice[usize::from(self.below(end))]
    }

    fn user(&mut self) -> User {
        User(self.of(self.users))
    }

    fn by(&mut self) -> User {
        self.by.unwrap_or_else(|| self.user())
    }

    fn users(&mut self) -> Vec<User> {
        (0..self.below(4)).map(|_| self.user()).collect()
    }

    fn group(&mut self) -> Group {
        Group(self.of(self.groups))
    }

    /// Usually a conversation that `by` may take part in.
    fn conversation(&mut self, by: User) -> Conversation {
        if self.below(2) == 0 {
            return Conversation::Group(self.group());
        }
        let one = if self.below(10) < 9 { by } else { self.user() };
        Conversation::single(one, self.user())
    }

    fn seq(&mut self) -> i64 {
        match self.below(32) {
            roll @ 0..=28 => i64::from(1 + roll % 9),
            29 => 0,
            30 => -1,
            _ => i64::MAX,
        }
    }

    fn range(&mut self) -> Range {
        let kind = self.below(7);
        if kind == 6 {
            return Range::Ago(self.of(&[0, 1, -1, MINUTE / 2, MINUTE, 60 * MINUTE]));
        }
        let seq = self.seq();
        let end = |length| seq.saturating_add(length - 1);
        match kind {
            0..=2 => Range::Seqs(seq, end(self.seq())),
            3..=4 => Range::Back(seq, end(self.seq())),
            _ => Range::Around(seq),
        }
    }

    fn limit(&mut self, max: i64) -> i64 {
        match self.below(15) {
            roll @ 0..=11 => i64::from(roll % 4),
            12 => max,
            13 => max + 1,
            _ => -1,
        }
    }

    fn most(&mut self) -> i64 {
        self.of(&[MOST, MOST, MOST, MOST, MOST, MOST, 1, 2, 3])
    }

    fn platform(&mut self) -> Platform {
        self.of(&[1, 5])
    }

    fn change(&mut self) -> ProfileChange {
        let mut value = || self.of(&[None, Some(""), Some("x"), Some("y \"z\"")]);
        ProfileChange { nickname: value(), avatar: value(), extra: value() }
    }

    fn command(&mut self) -> Command {
        match self.below(80) {
            0..=3 => Command::Look,
            4..=6 => self.time(),
            7..=12 => self.people(),
            13..=18 => self.presence(),
            19..=39 => self.group_life(),
            _ => self.talk(),
        }
    }

    /// Messages, read positions and options.
    fn talk(&mut self) -> Command {
        let (kind, by) = (self.below(51), self.by());
        match kind {
            0..=15 => {
                let to = match self.below(2) {
                    0 => Recipient::Group(self.group()),
                    _ => Recipient::User(self.user()),
                };
                let content = Content::ALL[self.of(&[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2])];
                let id = self.below(12);
                let (reads, is_quote) = (self.below(5) < 4, self.below(4) == 3);
                let quote = is_quote.then(|| self.seq());
                Command::Send { by, to, id, content, quote, reads }
            }
            16..=19 => {
                let (of, limit) = (self.conversation(by), self.limit(100));
                Command::Pull { by, of, range: self.range(), limit }
            }
            20..=25 => {
                let (of, seq) = (self.conversation(by), self.seq());
                Command::Read { by, of, seq, live: self.of(&[20, 20, 2, 0]) }
            }
            26..=28 => {
                let of = self.conversation(by);
                let mute = self.of(&[None, None, Some(0), Some(1), Some(1), Some(2)]);
                Command::SetOptions { by, of, mute, pin: self.of(&[None, Some(false), Some(true)]) }
            }
            29..=30 => Command::Type { by, of: self.conversation(by) },
            31..=32 => Command::List { by, limit: self.limit(100) },
            33..=36 => {
                let of = self.conversation(by);
                let seqs = (0..self.of(&[1, 1, 1, 2, 3, 0])).map(|_| self.seq()).collect();
                let trace = self.below(4) > 0;
                Command::Revoke {
                    by,
                    of,
                    seqs,
                    trace,
                    within: self.of(&[3_600, 3_600, 120, -1, 0]),
                }
            }
            37..=41 => {
                let (of, seq, text) = (self.conversation(by), self.seq(), self.of(&['y', 'x']));
                let base = self.of(&[None, None, None, Some(1), Some(2), Some(0)]);
                let within = self.of(&[86_400, 86_400, 120, -1, 0]);
                Command::Edit { by, of, seq, text, base, within }
            }
            42 => Command::Versions { by, of: self.conversation(by), seq: self.seq() },
            43 => Command::Changes { by, of: self.conversation(by), limit: self.limit(100) },
            44 => {
                let of = self.conversation(by);
                Command::Get { by, of, seqs: (0..self.below(4)).map(|_| self.seq()).collect() }
            }
            45 => {
                let limit = self.limit(20);
                let of = (0..self.of(&[1, 2, 3, 0])).map(|_| self.conversation(by)).collect();
                Command::Latest { by, of, limit }
            }
            46..=47 => {
                let (of, seq) = (self.conversation(by), self.seq());
                let read = self.below(2) == 0;
                Command::Readers { by, of, seq, read, limit: self.limit(100) }
            }
            48..=49 => {
                let (of, seq) = (self.conversation(by), self.seq());
                Command::Replies { by, of, seq, limit: self.limit(100) }
            }
            _ => Command::MaxSeqs { by, limit: self.limit(200) },
        }
    }

    /// Groups and their members.
    fn group_life(&mut self) -> Command {
        let (kind, by, group) = (self.below(36), self.by(), self.group());
        match kind {
            0..=2 => {
                let most = self.most();
                Command::Create { by, group, members: self.users(), most }
            }
            3..=10 => Command::Join { by, group, most: self.most() },
            11..=16 => Command::Quit { by, group },
            17..=22 => Command::Kick { by, group, user: self.user() },
            23..=24 => Command::Transfer { by, group, user: self.user() },
            25..=30 => Command::Promote { group, user: self.user() },
            31 => Command::Dismiss { by, group },
            32..=33 => Command::Info { by, group },
            _ => Command::Members { by, group, limit: self.limit(500) },
        }
    }

    fn people(&mut self) -> Command {
        match self.below(6) {
            0 => Command::Register(User(self.below(User::NATIVE))),
            1..=2 => Command::Upsert(self.user(), self.change()),
            3..=4 => Command::UpdateProfile(self.user(), self.change()),
            _ => Command::Profile(self.user()),
        }
    }

    fn presence(&mut self) -> Command {
        match self.below(7) {
            0..=2 => {
                let mut polls: Vec<_> =
                    self.users().into_iter().map(|user| (user, self.platform())).collect();
                polls.sort_unstable();
                polls.dedup();
                Command::Renew(polls)
            }
            3..=4 => Command::Subscribe { by: self.user(), on: self.platform(), to: self.users() },
            5 => Command::Login(self.user(), self.platform()),
            _ => Command::Online(self.users()),
        }
    }

    /// The clock, which may go back, and the pruning of the log, which depends on it.
    fn time(&mut self) -> Command {
        const STEPS: [Millis; 12] = [
            1,
            999,
            MINUTE / 2,
            MINUTE,
            70_000 - 1,
            70_000,
            2 * MINUTE,
            60 * MINUTE,
            -1,
            -MINUTE,
            -60 * MINUTE,
            10_000,
        ];
        if self.below(5) > 0 {
            return Command::Clock(self.of(&STEPS));
        }
        let age = self.of(&[10_000, 10_000, 10_000, 10_000, 60, 1, 0]) * MINUTE;
        let few = i64::from(1 + self.below(40));
        Command::Prune { age, count: self.of(&[1_000_000, 1_000_000, few, 1]) }
    }
}
