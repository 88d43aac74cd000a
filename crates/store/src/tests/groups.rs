//! Groups: who may do what, and what a member sees.

use super::driver::Database;
use crate::conversation::mark_read;
use crate::group::{dismiss, info, join, kick, members, quit, transfer};
use crate::message::pull;
use longwave_core::group::MembersPage;
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::message::Pull;
use longwave_core::{Code, Result};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn seqs(database: &Database, user_id: &UserId, group_id: &GroupId) -> Result<Vec<i64>> {
    let conversation_id = ConversationId::group(group_id);
    let asked = Pull { conversation_id, begin: 1, end: i64::MAX, limit: 100 };
    let pulled = block_on(pull(database, user_id, &asked))?;
    Ok(pulled.messages.iter().map(|message| message.seq).collect())
}

#[test]
fn a_group_is_in_the_lists_of_all_its_members_from_the_start_f28() {
    let database = Database::new();
    let [ann, bob, eve] = ["ann", "bob", "eve"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    let group = block_on(info(&database, &bob, &group_id)).unwrap();
    assert_eq!((group.owner_id.as_str(), group.member_count, group.status), (ann.as_str(), 2, 0));
    for member in [&ann, &bob] {
        let [conversation] = &database.list(member)[..] else { panic!("one conversation") };
        assert_eq!(conversation.group_id.as_deref(), Some(group_id.as_str()));
        assert_eq!((conversation.kind, conversation.unread), (2, 0));
    }
    assert!(database.list(&eve).is_empty());
    let outsider = block_on(info(&database, &eve, &group_id)).unwrap_err();
    assert_eq!(outsider.code(), Code::NotGroupMember);
}

#[test]
fn a_group_with_somebody_who_does_not_exist_is_not_made_f28() {
    let database = Database::new();
    let ann = database.register("ann");
    let before = database.dump();
    let nobody = UserId::parse("u___1").unwrap();
    let refused = database.create_group(&ann, &[&nobody]).unwrap_err();
    assert_eq!(refused.code(), Code::UserNotFound);
    assert_eq!(database.dump(), before);
}

#[test]
fn a_late_joiner_sees_only_what_is_sent_from_then_on_a_second_time_too_f13() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[]).unwrap();
    let send = |id: &str| database.send_to_group(&ann, &group_id, id).unwrap();
    send("1");
    block_on(join(&database, &bob, &group_id, 500, 1)).unwrap();
    send("2");
    send("3");
    assert_eq!(seqs(&database, &bob, &group_id).unwrap(), [2, 3]);
    assert_eq!(database.list(&bob)[0].unread, 2);
    block_on(quit(&database, &bob, &group_id, 2)).unwrap();
    send("4");
    assert_eq!(seqs(&database, &bob, &group_id).unwrap(), [2, 3], "the past stays readable");
    block_on(join(&database, &bob, &group_id, 500, 3)).unwrap();
    assert_eq!(seqs(&database, &bob, &group_id).unwrap(), [0_i64; 0]);
    send("5");
    assert_eq!(seqs(&database, &bob, &group_id).unwrap(), [5]);
}

#[test]
fn a_kicked_member_hears_of_it_and_of_nothing_after_f11_f21() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    database.send_to_group(&ann, &group_id, "1").unwrap();
    block_on(kick(&database, &ann, (&group_id, &bob), 2)).unwrap();
    database.send_to_group(&ann, &group_id, "2").unwrap();
    let refused = database.send_to_group(&bob, &group_id, "3").unwrap_err();
    assert_eq!(refused.code(), Code::NotGroupMember);
    let frames = database.frames(&bob, 0);
    let numbers: Vec<_> = frames.iter().map(|frame| frame["req_id"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [2006, 2001, 2006]);
    assert_eq!(
        frames[2]["data"],
        json!({
            "event_id": 3, "group_id": group_id.as_str(), "conversation_id": format!("sg_{group_id}"),
            "change": "kicked", "operator_id": ann, "user_ids": [bob],
        })
    );
    assert_eq!(database.frames(&ann, 3).len(), 2, "a message, and the own read position");
}

#[test]
fn a_message_to_a_group_writes_the_same_rows_whatever_its_size_f22() {
    let written = |members: usize| {
        let database = Database::new();
        let ann = database.register("ann");
        let others: Vec<_> =
            (0..members).map(|number| database.register(&format!("user{number}"))).collect();
        let group_id = database.create_group(&ann, &others.iter().collect::<Vec<_>>()).unwrap();
        let changes = database.changes();
        database.send_to_group(&ann, &group_id, "1").unwrap();
        database.changes() - changes
    };
    assert_eq!(written(1), written(100));
}

#[test]
fn members_are_paged_by_their_id() {
    let database = Database::new();
    let users = ["a", "b", "c", "d", "e"].map(|name| database.register(name));
    let group_id =
        database.create_group(&users[0], &users[1..].iter().collect::<Vec<_>>()).unwrap();
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page =
            MembersPage::validate(Some(group_id.as_str()), cursor.as_deref(), Some(2)).unwrap();
        let page = block_on(members(&database, &users[1], &page)).unwrap();
        found.extend(page.members.iter().map(|member| (member.user_id.clone(), member.role)));
        assert_eq!(page.has_more, !page.next_cursor.is_empty());
        if !page.has_more {
            break;
        }
        cursor = Some(page.next_cursor);
    }
    let mut expected: Vec<_> = users.iter().map(|user| (user.to_string(), 1)).collect();
    expected[0].1 = 3;
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn when_a_conversation_last_changed_does_not_go_back_with_the_clock() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    database.now.update(|now| now + 5_000);
    let sent = database.send_to_group(&ann, &group_id, "1").unwrap().send_time;
    let updated_at = || database.list(&bob)[0].updated_at;
    block_on(quit(&database, &bob, &group_id, sent - 9_000)).unwrap();
    assert_eq!(updated_at(), sent, "of the last message that is visible");
    block_on(join(&database, &bob, &group_id, 500, sent - 8_000)).unwrap();
    assert_eq!(updated_at(), sent);
}

/// What a group is, in plain Rust.
#[derive(Default)]
struct Model {
    dismissed: bool,
    roles: BTreeMap<usize, i64>,
    /// The senders, in the order of the seqs.
    messages: Vec<usize>,
    views: BTreeMap<usize, View>,
}

#[derive(Clone, Copy)]
struct View {
    min: i64,
    frozen: Option<i64>,
    read: i64,
}

#[derive(Clone, Copy, Debug)]
enum Command {
    Join(usize),
    Quit(usize),
    Kick(usize, usize),
    Send(usize),
    Read(usize, i64),
    Transfer(usize, usize),
    Promote(usize),
    Dismiss(usize),
}

impl Model {
    fn newest(&self) -> i64 {
        i64::try_from(self.messages.len()).unwrap()
    }

    fn is_member(&self, user: usize) -> Result<i64> {
        self.roles.get(&user).copied().ok_or_else(|| Code::NotGroupMember.into())
    }

    fn is_open(&self) -> Result<()> {
        if self.dismissed { Err(Code::GroupDismissed.into()) } else { Ok(()) }
    }

    fn remove(&mut self, user: usize) {
        let newest = self.newest();
        self.roles.remove(&user);
        self.views.get_mut(&user).unwrap().frozen = Some(newest);
    }

    fn visible(&self, user: usize) -> Option<View> {
        self.views.get(&user).copied().filter(|view| view.frozen.is_none_or(|max| max >= view.min))
    }

    fn apply(&mut self, command: Command) -> Result<()> {
        let newest = self.newest();
        match command {
            Command::Join(user) => {
                self.is_open()?;
                if self.roles.contains_key(&user) {
                    return Err(Code::AlreadyGroupMember.into());
                }
                self.roles.insert(user, 1);
                self.views.insert(user, View { min: newest + 1, frozen: None, read: newest });
            }
            Command::Quit(user) => {
                if self.is_member(user)? == 3 && !self.dismissed {
                    return Err(Code::InvalidParam.into());
                }
                self.remove(user);
            }
            Command::Kick(operator, user) => {
                let role = self.is_member(operator)?;
                self.is_open()?;
                if role == 1 {
                    return Err(Code::NotGroupAdmin.into());
                }
                if user == operator {
                    return Err(Code::InvalidParam.into());
                }
                match self.is_member(user)? {
                    3 => return Err(Code::CannotKickOwner.into()),
                    2 if role == 2 => return Err(Code::NoPermission.into()),
                    _ => self.remove(user),
                }
            }
            Command::Send(user) => {
                self.is_member(user)?;
                self.is_open()?;
                self.messages.push(user);
                let view = self.views.get_mut(&user).unwrap();
                if view.read == newest {
                    view.read += 1;
                }
            }
            Command::Read(user, seq) => {
                let max = self.visible(user).ok_or(Code::NoPermission)?.frozen.unwrap_or(newest);
                let view = self.views.get_mut(&user).unwrap();
                view.read = view.read.max(seq.min(max));
            }
            Command::Transfer(operator, user) => {
                let role = self.is_member(operator)?;
                self.is_open()?;
                if role != 3 {
                    return Err(Code::NotGroupOwner.into());
                }
                if user == operator {
                    return Err(Code::InvalidParam.into());
                }
                self.is_member(user)?;
                self.roles.extend([(operator, 1), (user, 3)]);
            }
            Command::Promote(user) => {
                self.roles.entry(user).and_modify(|role| *role = (*role).max(2));
            }
            Command::Dismiss(operator) => {
                if self.is_member(operator)? != 3 {
                    return Err(Code::NotGroupOwner.into());
                }
                self.is_open()?;
                self.dismissed = true;
            }
        }
        Ok(())
    }
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let user = || 0..4_usize;
    let command = prop_oneof![
        3 => user().prop_map(Command::Join),
        2 => user().prop_map(Command::Quit),
        2 => (user(), user()).prop_map(|(operator, user)| Command::Kick(operator, user)),
        6 => user().prop_map(Command::Send),
        3 => (user(), 1..12_i64).prop_map(|(user, seq)| Command::Read(user, seq)),
        1 => (user(), user()).prop_map(|(operator, user)| Command::Transfer(operator, user)),
        1 => user().prop_map(Command::Promote),
        1 => user().prop_map(Command::Dismiss),
    ];
    proptest::collection::vec(command, 1..50)
}

proptest! {
    #[test]
    fn whatever_happens_in_a_group_members_see_what_a_plain_model_says(commands in commands()) {
        let database = Database::new();
        let users: Vec<UserId> =
            (0..4).map(|number| database.register(&format!("user{number}"))).collect();
        let group_id = database.create_group(&users[0], &[&users[1]]).unwrap();
        let conversation_id = ConversationId::group(&group_id);
        let mut model = Model::default();
        let view = View { min: 1, frozen: None, read: 0 };
        model.roles.extend([(0, 3), (1, 1)]);
        model.views.extend([(0, view), (1, view)]);

        for (number, command) in commands.into_iter().enumerate() {
            let before = database.dump();
            let result = match command {
                Command::Join(user) => block_on(join(&database, &users[user], &group_id, 500, 1)),
                Command::Quit(user) => block_on(quit(&database, &users[user], &group_id, 1)),
                Command::Kick(operator, user) => {
                    block_on(kick(&database, &users[operator], (&group_id, &users[user]), 1))
                }
                Command::Send(user) => {
                    database.send_to_group(&users[user], &group_id, &number.to_string()).map(drop)
                }
                Command::Read(user, seq) => {
                    block_on(mark_read(&database, &users[user], &conversation_id, seq, 1)).map(drop)
                }
                Command::Transfer(operator, user) => {
                    block_on(transfer(&database, &users[operator], (&group_id, &users[user]), 1))
                }
                Command::Promote(user) => {
                    database.batch(&format!(
                        "UPDATE group_members SET role = max(role, 2) WHERE user_id = '{}'", users[user]
                    ));
                    Ok(())
                }
                Command::Dismiss(operator) => {
                    block_on(dismiss(&database, &users[operator], &group_id, 1))
                }
            };
            let code = |result: Result<()>| result.map_err(|error| error.code());
            let result = code(result);
            prop_assert_eq!(result, code(model.apply(command)), "{:?}", command);
            if result.is_err() {
                prop_assert_eq!(database.dump(), before, "{:?} was refused and changed something", command);
            }
        }

        for (user, user_id) in users.iter().enumerate() {
            let listed = database.list(user_id);
            let Some(view) = model.visible(user) else {
                prop_assert!(listed.is_empty());
                continue;
            };
            let max = view.frozen.unwrap_or(model.newest());
            let others = (view.read.max(view.min - 1)..max)
                .filter(|before| model.messages[usize::try_from(*before).unwrap()] != user);
            let unread = i64::try_from(others.count()).unwrap();
            let [item] = &listed[..] else { panic!("{listed:?}") };
            prop_assert_eq!(
                (item.min_seq, item.max_seq, item.read_seq, item.unread),
                (view.min, max, view.read, unread)
            );
            let visible: Vec<i64> = (view.min..=max).collect();
            prop_assert_eq!(item.last_message.as_ref().map(|it| it.seq), visible.last().copied());
            prop_assert_eq!(&seqs(&database, user_id, &group_id).unwrap(), &visible);
            let frames = database.frames(user_id, 0);
            let told = frames.iter().filter(|frame| frame["req_id"] == 2001);
            let told: Vec<i64> = told.map(|frame| frame["data"]["seq"].as_i64().unwrap()).collect();
            prop_assert_eq!(told, visible, "the poll tells what a pull gives");
        }
    }
}
