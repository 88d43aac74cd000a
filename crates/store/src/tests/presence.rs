//! Who is online.

use super::driver::Database;
use crate::presence::{online_status, renew};
use longwave_core::id::UserId;
use longwave_core::presence::{LEASE, Present};
use longwave_core::user::Platform;
use pollster::block_on;

fn present(user_id: &UserId, platform: i64) -> Present {
    Present { user_id: user_id.clone(), platform: Platform::try_from(platform).unwrap() }
}

fn online(database: &Database, user_ids: &[UserId]) -> Vec<(bool, Vec<i64>)> {
    let statuses = block_on(online_status(database, user_ids, database.now.get())).unwrap();
    assert!(statuses.items.iter().map(|item| &item.user_id).eq(user_ids));
    let platforms = |ids: Vec<Platform>| ids.into_iter().map(i64::from).collect();
    statuses.items.into_iter().map(|item| (item.online, platforms(item.platform_ids))).collect()
}

#[test]
fn somebody_is_online_on_each_platform_until_its_lease_ends() {
    let database = Database::new();
    let [ann, bob, eve] = [1, 2, 3].map(UserId::of_platform);
    let (start, all) = (database.now.get(), [ann.clone(), bob.clone(), eve]);
    assert_eq!(online(&database, &all), [(false, vec![]), (false, vec![]), (false, vec![])]);

    let some = [present(&ann, 5), present(&ann, 1), present(&bob, 10)];
    block_on(renew(&database, &some, start)).unwrap();
    assert_eq!(online(&database, &all), [(true, vec![1, 5]), (true, vec![10]), (false, vec![])]);

    block_on(renew(&database, &[present(&ann, 5)], start + 10_000)).unwrap();
    database.now.set(start + LEASE);
    assert_eq!(online(&database, &all), [(true, vec![5]), (false, vec![]), (false, vec![])]);
    database.now.set(start + LEASE + 10_000);
    assert_eq!(online(&database, &all), [(false, vec![]), (false, vec![]), (false, vec![])]);
}

#[test]
fn an_instance_whose_clock_is_behind_does_not_shorten_a_lease() {
    let database = Database::new();
    let (start, ann) = (database.now.get(), UserId::of_platform(1));
    block_on(renew(&database, &[present(&ann, 5)], start)).unwrap();
    block_on(renew(&database, &[present(&ann, 5)], start - 30_000)).unwrap();
    database.now.set(start + LEASE - 1);
    assert_eq!(online(&database, &[ann]), [(true, vec![5])]);
}
