//! How SQLite goes about the hot queries.

use super::driver::Database;
use crate::{conversation, event, group, message, user};
use longwave_core::conversation::{ListPage, MaxSeqsPage};
use longwave_core::group::MembersPage;
use longwave_core::id::ConversationId;
use longwave_core::message::Pull;
use pollster::block_on;

#[test]
fn hot_queries_scan_no_table_and_sort_only_a_users_own_list() {
    let database = Database::new();
    let [ann, bob] = ["ann", "bob"].map(|name| database.register(name));
    let group_id = database.create_group(&ann, &[&bob]).unwrap();
    database.send(&ann, &bob, "1", "hi").unwrap();
    let conversation_id = ConversationId::single(&ann, &bob);

    database.record_statements();
    block_on(event::position(&database)).unwrap();
    block_on(event::since(&database, 0, 10)).unwrap();
    block_on(event::for_user(&database, &ann, 0, 10)).unwrap();
    block_on(event::group_audience(&database, &format!("sg_{group_id}"))).unwrap();
    block_on(message::visible_range(&database, &ann, &conversation_id)).unwrap();
    let asked = Pull { conversation_id, begin: 1, end: 9, limit: 9 };
    block_on(message::pull(&database, &ann, &asked)).unwrap();
    block_on(user::credentials(&database, "ann")).unwrap();
    block_on(user::profile(&database, &ann)).unwrap();
    block_on(user::profiles(&database, &[ann.clone(), bob])).unwrap();
    let page = ListPage::validate(None, None, Some("true")).unwrap();
    block_on(conversation::list(&database, &ann, &page)).unwrap();
    let page = MaxSeqsPage::validate(None, None).unwrap();
    block_on(conversation::max_seqs(&database, &ann, &page)).unwrap();
    block_on(group::info(&database, &ann, &group_id)).unwrap();
    let page = MembersPage::validate(Some(group_id.as_str()), None, None).unwrap();
    block_on(group::members(&database, &ann, &page)).unwrap();

    for (statement, plan) in database.plans() {
        // Not tables: an inner query's few rows, a parameter's values, and the log of one row.
        let table = |line: &&str| {
            !["found", "listed", "json_each", "log"].iter().any(|other| line.contains(other))
        };
        let scan = plan.lines().filter(|line| line.starts_with("SCAN")).find(table);
        assert_eq!(scan, None, "{statement}\n{plan}");
        let sorts = plan.contains("USE TEMP B-TREE");
        let may_sort = statement.contains("ORDER BY position") || statement.contains("UNION ALL");
        assert!(!sorts || may_sort, "{statement}\n{plan}");
    }
}
