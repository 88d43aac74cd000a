//! The plans of SQLite for the hot queries.

use super::driver::{Database, login, read_to, text_message};
use crate::{
    conversation, event, group, message, presence, receipt, revocation, service, session, throttle,
    user,
};
use longwave_core::address::Address;
use longwave_core::conversation::{ListQuery, MaxSeqsQuery};
use longwave_core::group::MembersQuery;
use longwave_core::id::{ConversationId, GroupId, UserId};
use longwave_core::internal::Revoke;
use longwave_core::message::{
    Changes, EditHistory, EditMessage, EditRules, Latest, MessageStatus, Messages, OneMessage,
    Order, Pull, PullRange, RepliesPage, RevokeMessages, RevokeRules,
};
use longwave_core::presence::{OpenPoll, UserOnPlatform};
use longwave_core::receipt::{ReadState, ReadersPage};
use longwave_core::retention::Retention;
use longwave_core::throttle::Quota;
use longwave_core::token::{Origin, Token};
use longwave_core::user::Platform;
use pollster::block_on;
use std::slice::from_ref;

fn database() -> (Database, [UserId; 2], GroupId) {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    for number in ["0", "1"] {
        database.send(&ann, &bob, number, "hi").unwrap();
        database.send_to_group(&ann, &group_id, number).unwrap();
    }
    (database, [ann, bob], group_id)
}

/// Runs the hot queries. `nonce` must be new, because a nonce and a name can be used only once.
fn ask(database: &Database, [ann, bob]: &[UserId; 2], group_id: &GroupId, nonce: &str) {
    let conversation_id = ConversationId::single(ann, bob);
    block_on(event::position(database, 1)).unwrap();
    block_on(event::head(database)).unwrap();
    block_on(event::since(database, 0, 10)).unwrap();
    let here = UserOnPlatform { user_id: ann.clone(), platform: Platform::WEB };
    // Near the head, and far from it.
    block_on(event::for_user(database, &here, 0, 10, 1)).unwrap();
    block_on(event::for_user(database, &here, 0, 10_000, 1)).unwrap();
    let retention = Retention { age: 1, count: 1, bytes: 1 };
    block_on(event::prune(database, retention, database.now.get())).unwrap();
    block_on(event::group_audience(database, &format!("sg_{group_id}"))).unwrap();
    let revoke = Revoke { user_id: ann.clone(), platforms: Platform::all().collect() };
    block_on(revocation::revoke(database, &revoke, i64::MAX / 2)).unwrap();
    let (user_id, platform, origin) = (ann.clone(), Platform::WEB, Origin::External(1));
    let token = Token { user_id, platform, origin, expires_at: 2 };
    block_on(session::check(database, &token, 1)).unwrap();
    block_on(session::begin(database, &here, nonce, 2)).unwrap();
    block_on(session::latest(database, &here)).unwrap();
    block_on(session::end(database, &here, nonce, 2)).unwrap();
    block_on(message::visible(database, ann, &conversation_id)).unwrap();
    for range in [
        PullRange::Seqs { begin: 1, end: 9, order: Order::Desc },
        PullRange::Around(1),
        PullRange::At(1),
    ] {
        let asked = Pull { conversation_id: conversation_id.clone(), range, limit: 9 };
        block_on(message::pull(database, ann, &asked)).unwrap();
    }
    let seqs = vec![1, 2];
    let asked = Messages::Seqs { conversation_id: conversation_id.clone(), seqs };
    let found = block_on(message::get(database, ann, &asked)).unwrap().messages.remove(0);
    block_on(message::get(database, ann, &Messages::Id(found.server_msg_id))).unwrap();
    let conversation_ids = vec![conversation_id, ConversationId::group(group_id)];
    block_on(message::latest(database, ann, &Latest { conversation_ids, limit: 9 })).unwrap();
    let rules = RevokeRules { seconds: -1, unread_members_max: 9 };
    let edits = EditRules { seconds: -1, history: EditHistory::All, per_minute: 9 };
    for (of, status) in [
        (ConversationId::single(ann, bob), MessageStatus::Revoked),
        (ConversationId::group(group_id), MessageStatus::Removed),
    ] {
        let seqs = vec![1];
        let messages = RevokeMessages { conversation_id: of.clone(), seqs, status };
        block_on(message::revoke(database, ann, &messages, rules, 1)).unwrap();
        let (content, base_version) = (nonce.to_owned(), None);
        let edited = EditMessage { conversation_id: of.clone(), seq: 2, content, base_version };
        block_on(message::edit(database, ann, edited, edits, 1)).unwrap();
        let one = OneMessage { conversation_id: of.clone(), seq: 2 };
        block_on(message::versions(database, ann, &one)).unwrap();
        let (state, after) = (ReadState::Unread, String::new());
        let asked = RepliesPage { of: one.clone(), after: 0, limit: 9 };
        block_on(message::replies(database, ann, &asked)).unwrap();
        let asked = ReadersPage { of: one, state, after, limit: 9 };
        block_on(receipt::readers(database, ann, &asked)).unwrap();
        let asked = Changes { conversation_id: of, since: None, limit: 9 };
        block_on(message::changes(database, ann, &asked)).unwrap();
    }
    database.register(&format!("eve-{nonce}"));
    block_on(user::credentials(database, &login("ann"))).unwrap();
    block_on(user::profile(database, ann)).unwrap();
    block_on(user::profiles(database, &[ann.clone(), bob.clone()])).unwrap();
    let page = ListQuery { with_last_message: Some("true".to_owned()), ..ListQuery::default() }
        .validate()
        .unwrap();
    block_on(conversation::list(database, ann, &page)).unwrap();
    let page = MaxSeqsQuery::default().validate().unwrap();
    block_on(conversation::max_seqs(database, ann, &page)).unwrap();
    block_on(group::info(database, ann, group_id)).unwrap();
    let page = MembersQuery { group_id: Some(group_id.to_string()), ..MembersQuery::default() }
        .validate()
        .unwrap();
    block_on(group::members(database, ann, &page)).unwrap();
    block_on(presence::online_status(database, from_ref(ann), 1)).unwrap();
    block_on(presence::subscribe(database, &here, from_ref(bob))).unwrap();
    block_on(presence::subscribers(database, bob.as_str())).unwrap();
    let poll = OpenPoll { present: here, login_id: "login".into(), since: 1, until: 2 };
    block_on(presence::elsewhere(database, "here", from_ref(&poll), 1)).unwrap();
    block_on(presence::renew(database, "here", &[poll], 1)).unwrap();
    database.send_within(9, text_message(ann, bob, "2", "hi")).unwrap();
    database.send_to_group(ann, group_id, "1").unwrap();
    let conversation_id = ConversationId::single(ann, bob);
    block_on(conversation::mark_read(database, bob, &read_to(&conversation_id, 1), 20, 1)).unwrap();
    block_on(conversation::announce_typing(database, bob, &conversation_id, 1)).unwrap();
    block_on(throttle::spend(database, &Quota::login(&Address::last_of("::1"), "ann", 9), 1))
        .unwrap();
    block_on(service::use_nonce(database, "app", nonce, 2, 1)).unwrap();
}

#[test]
fn hot_queries_scan_no_table_and_sort_only_a_users_own_list() {
    let (database, users, group_id) = database();
    database.record_statements();
    ask(&database, &users, &group_id, "n");
    for (statement, plan) in database.plans() {
        // Not tables, or tables of a few rows: inner queries, the values of a parameter, the only
        // row of the log, the running instances.
        let few = ["found", "listed", "halves", "log", "instances", "oldest"];
        let no_table = ["(subquery-", "VIRTUAL TABLE", "VALUES CLAUSE", "CONSTANT ROW"];
        let table = |line: &&str| {
            !no_table.iter().any(|other| line.contains(other))
                && !line.split(' ').any(|word| few.contains(&word))
        };
        let scan = plan.lines().filter(|line| line.starts_with("SCAN")).find(table);
        assert_eq!(scan, None, "{statement}\n{plan}");
        // A poll looks up the events of its user and its conversations, not all events after its
        // cursor.
        let is_poll = statement.contains("AS found");
        for index in ["events_by_conversation", "events_by_user"] {
            let looks_up = is_poll && statement.contains("UNION ALL");
            assert!(!looks_up || plan.contains(index), "{plan}");
        }
        let is_replies = statement.contains("AND quote_seq =");
        assert!(!is_replies || plan.contains("messages_by_quote"), "{plan}");
        let sorts = plan.contains("USE TEMP B-TREE");
        let may_sort = is_poll || statement.contains("ORDER BY position");
        assert!(!sorts || may_sort, "{statement}\n{plan}");
    }
}

#[test]
fn hot_queries_are_planned_once() {
    let (database, users, group_id) = database();
    database.record_statements();
    ask(&database, &users, &group_id, "n");
    ask(&database, &users, &group_id, "m");
    assert_eq!(database.planned_again(), [""; 0]);
}
