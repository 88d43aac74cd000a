use super::hub::{QUIET_AFTER, TICK_MOVING, TICK_QUIET};
use super::*;
use longwave_core::Code;
use longwave_core::frame::FRAMES_MAX;
use longwave_core::group::CreateRequest;
use longwave_core::id::{GroupId, UserId};
use longwave_core::message::SendRequest;
use longwave_core::user::{Platform, RegisterRequest};
use longwave_store::native::Native;
use longwave_store::schema::{Synchronous, prepare};
use longwave_store::{Row, Value, group, message, presence, user};
use std::cell::Cell;
use tokio::task::{JoinHandle, LocalSet, spawn_local};
use tokio::time::Instant;
use uuid::Uuid;

/// An instance with its database; time is tokio's, which the tests hold.
struct Instance {
    hub: Rc<RefCell<Hub>>,
    database: Counted,
}

/// Counts the looks at the log, and may run something in the middle of one.
struct Counted {
    native: Native,
    looks: Cell<u32>,
    renewals: Cell<u32>,
    after_position: RefCell<Option<Box<dyn FnOnce()>>>,
}

impl Sql for Counted {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        let rows = self.native.execute(statement, parameters).await;
        if statement.contains("INTO renew_leases") {
            self.renewals.set(self.renewals.get() + 1);
        }
        if statement == "SELECT max(id) FROM events" {
            self.looks.set(self.looks.get() + 1);
        }
        if statement.contains("oldest_event") {
            let hook = self.after_position.borrow_mut().take();
            if let Some(hook) = hook {
                hook();
                // What the hook spawned runs before this poll goes on.
                tokio::task::yield_now().await;
            }
        }
        rows
    }
}

/// Tokio's time, from an arbitrary day on.
struct Held;

impl Clock for Held {
    fn now(&self) -> Millis {
        thread_local!(static START: Instant = Instant::now());
        1_800_000_000_000 + i64::try_from(START.with(Instant::elapsed).as_millis()).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// A login, until it is over.
#[derive(Clone)]
struct Device {
    id: String,
    present: Present,
    expires_at: Millis,
    over: Rc<Cell<bool>>,
    checks: Rc<Cell<u32>>,
}

impl Device {
    /// A login of its own.
    fn new(user_id: &UserId, platform: Platform) -> Self {
        let present = Present { user_id: user_id.clone(), platform };
        let (over, checks) = Default::default();
        Self { id: Uuid::now_v7().to_string(), present, expires_at: Millis::MAX, over, checks }
    }
}

impl Login for Device {
    fn login_id(&self) -> &str {
        &self.id
    }

    fn present(&self) -> &Present {
        &self.present
    }

    fn expires_at(&self) -> Millis {
        self.expires_at
    }

    async fn check(&self) -> Result<()> {
        self.checks.set(self.checks.get() + 1);
        let over = self.over.get() || self.expires_at <= Held.now();
        if over { Err(Code::TokenInvalid.into()) } else { Ok(()) }
    }
}

impl Instance {
    async fn new() -> Rc<Self> {
        let native = Native::in_memory().unwrap();
        prepare(&native, Synchronous::Normal).await.unwrap();
        let (looks, renewals, after_position) = Default::default();
        let database = Counted { native, looks, renewals, after_position };
        Rc::new(Self { hub: Hub::new(Uuid::now_v7().to_string()), database })
    }

    async fn register(&self, name: &str) -> UserId {
        let request = serde_json::json!({ "username": name, "password": "a password" });
        let register = serde_json::from_value::<RegisterRequest>(request).unwrap().validate();
        let hash = "$argon2id$".to_owned();
        let profile = user::register(&self.database, register.unwrap(), hash, Uuid::now_v7(), 1);
        profile.await.unwrap().user_id
    }

    async fn send(&self, from: &UserId, to: &UserId, client_msg_id: &str) -> i64 {
        let request: SendRequest = serde_json::from_value(serde_json::json!({
            "client_msg_id": client_msg_id, "session_type": 1, "recv_id": to.as_str(),
            "content_type": 1, "content": "{}",
        }))
        .unwrap();
        let message = request.validate(from.clone(), true).unwrap();
        message::send(&self.database, message, 0, Uuid::now_v7(), Held.now()).await.unwrap().seq
    }

    async fn poll(&self, user_id: &UserId, cursor: Option<&str>, seconds: u64) -> Polled {
        let device = Device::new(user_id, Platform::WEB);
        self.poll_with(&device, cursor, Duration::from_secs(seconds)).await.unwrap()
    }

    async fn poll_with(
        &self,
        login: &Device,
        cursor: Option<&str>,
        timeout: Duration,
    ) -> Result<Polled> {
        let retention = Retention { age: 3_600_000, count: 1000 };
        let ask = Ask { cursor, timeout, retention };
        let (hub, sql) = (&self.hub, &self.database);
        let answered =
            Poller { hub, clock: &Held, sql, background: sql, login, ask }.answer().await?;
        Ok(answered.polled)
    }

    /// The poll of a device, in a task of its own.
    async fn poll_device(
        self: &Rc<Self>,
        device: &Device,
        cursor: &str,
    ) -> JoinHandle<Result<Polled>> {
        let (instance, device, cursor) = (Rc::clone(self), device.clone(), cursor.to_owned());
        let timeout = Duration::from_secs(50);
        let task =
            spawn_local(async move { instance.poll_with(&device, Some(&cursor), timeout).await });
        tokio::task::yield_now().await;
        task
    }

    /// Ends a device's login, as a login, a logout or a revocation does.
    async fn end(&self, device: &Device) {
        device.over.set(true);
        let Present { user_id, platform } = &device.present;
        event::doubt_logins(&self.database, user_id, *platform, Held.now()).await.unwrap();
    }

    /// A poll in a task of its own, which has come as far as it can before this returns.
    async fn poll_aside(
        self: &Rc<Self>,
        user_id: &UserId,
        cursor: &str,
        seconds: u64,
    ) -> JoinHandle<Polled> {
        let (instance, user_id, cursor) = (Rc::clone(self), user_id.clone(), cursor.to_owned());
        let task =
            spawn_local(async move { instance.poll(&user_id, Some(&cursor), seconds).await });
        tokio::task::yield_now().await;
        task
    }

    async fn is_online(&self, user_id: &UserId) -> bool {
        let users = std::slice::from_ref(user_id);
        let statuses = presence::online_status(&self.database, users, Held.now()).await.unwrap();
        statuses.items[0].online
    }

    fn waiting(&self) -> usize {
        self.hub.borrow().waiting()
    }
}

/// Runs a test on one thread whose clock stands still while anything can run, and jumps to the next
/// timer when nothing can.
fn run(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    LocalSet::new().block_on(&runtime.unwrap(), test);
}

/// The numbers of the frames.
fn numbers(polled: &Polled) -> Vec<u64> {
    let number = |frame: &Rc<serde_json::value::RawValue>| {
        serde_json::from_str::<serde_json::Value>(frame.get()).unwrap()["req_id"].as_u64().unwrap()
    };
    polled.frames.iter().map(number).collect()
}

fn seqs(polled: &Polled) -> Vec<i64> {
    let seq = |frame: &Rc<serde_json::value::RawValue>| {
        let frame: serde_json::Value = serde_json::from_str(frame.get()).unwrap();
        (frame["req_id"] == 2001).then(|| frame["data"]["seq"].as_i64().unwrap())
    };
    polled.frames.iter().filter_map(seq).collect()
}

#[test]
fn a_waiting_poll_is_woken_by_a_message_long_before_its_deadline() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let poll = instance.poll_aside(&bob, &start, 50).await;
        let before = Instant::now();
        instance.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&poll.await.unwrap()), [1]);
        assert!(before.elapsed() <= TICK_QUIET, "one tick, on a clock that only timers move");
        assert_eq!(instance.waiting(), 0);
    });
}

#[test]
fn many_polls_cost_one_reader() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let mut polls = Vec::new();
        for _ in 0..50 {
            polls.push(instance.poll_aside(&bob, &start, 50).await);
        }
        assert_eq!(instance.waiting(), 50);
        let looks = instance.database.looks.get();
        tokio::time::sleep(TICK_MOVING * 20).await;
        let looks = instance.database.looks.get() - looks;
        assert!((19..=21).contains(&looks), "{looks} looks in 20 ticks");
        instance.send(&alice, &bob, "m1").await;
        for poll in polls {
            assert_eq!(seqs(&poll.await.unwrap()), [1]);
        }
    });
}

#[test]
fn nobody_waits_nothing_is_read() {
    run(async {
        let instance = Instance::new().await;
        let bob = instance.register("bob").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        assert_eq!(instance.poll(&bob, Some(&start), 1).await.frames.len(), 0);
        let looks = instance.database.looks.get();
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(instance.database.looks.get(), looks);
    });
}

#[test]
fn a_quiet_log_is_looked_at_less_often_until_it_moves() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let poll = instance.poll_aside(&bob, &start, 50).await;
        tokio::time::sleep(TICK_MOVING * (QUIET_AFTER + 2)).await;
        assert_eq!(instance.hub.borrow().tick(), TICK_QUIET);
        instance.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&poll.await.unwrap()), [1]);
        assert_eq!(instance.hub.borrow().tick(), TICK_MOVING);
    });
}

#[test]
fn the_next_waiter_reads_when_the_readers_poll_ends() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let reader = instance.poll_aside(&alice, &start, 1).await;
        let waiter = instance.poll_aside(&bob, &start, 50).await;
        assert!(reader.await.unwrap().frames.is_empty());
        let before = Instant::now();
        instance.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&waiter.await.unwrap()), [1]);
        assert!(before.elapsed() <= TICK_QUIET);
    });
}

#[test]
fn a_reader_whose_client_has_gone_is_replaced_and_so_is_the_one_that_was_to_replace_it() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let mut polls = Vec::new();
        for _ in 0..10 {
            polls.push(instance.poll_aside(&bob, &start, 50).await);
        }
        // All but one leave at once: whoever is woken to read is gone before it runs.
        let last = polls.pop().unwrap();
        polls.iter().for_each(JoinHandle::abort);
        tokio::task::yield_now().await;
        assert_eq!(instance.waiting(), 1);
        let before = Instant::now();
        instance.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&last.await.unwrap()), [1]);
        assert!(before.elapsed() <= TICK_QUIET);
    });
}

#[test]
fn a_timeout_answers_a_cursor_that_goes_on_where_nothing_was_missed() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let poll = instance.poll_aside(&bob, &start, 5).await;
        instance.send(&alice, &carol, "not for bob").await;
        let empty = poll.await.unwrap();
        assert!(empty.frames.is_empty() && !empty.reset);
        assert_ne!(
            empty.cursor, start,
            "what does not concern bob need not be looked through again"
        );
        instance.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&instance.poll(&bob, Some(&empty.cursor), 5).await), [1]);
        assert_eq!(seqs(&instance.poll(&bob, Some(&start), 5).await), [1], "so does the old one");
    });
}

#[test]
fn what_the_reader_passed_while_a_poll_was_on_its_way_is_not_missed() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let reader = instance.poll_aside(&carol, &start, 5).await;
        // Bob's poll has read the position; now a message comes, and the reader hands it round
        // before the poll has taken its seat.
        let during = Rc::clone(&instance);
        let (from, to) = (alice.clone(), bob.clone());
        *instance.database.after_position.borrow_mut() = Some(Box::new(move || {
            spawn_local(async move {
                during.send(&from, &to, "m1").await;
                let served = during.hub.borrow().served();
                let events = event::since(&during.database, served, READ_MAX).await.unwrap();
                for event in &events {
                    during.hub.borrow_mut().serve(event, &[]);
                }
            });
        }));
        let before = Instant::now();
        assert_eq!(seqs(&instance.poll(&bob, Some(&start), 50).await), [1]);
        assert!(before.elapsed() <= TICK_QUIET);
        assert!(reader.await.unwrap().frames.is_empty());
    });
}

#[test]
fn a_cursor_that_is_of_no_use_here_is_reset() {
    run(async {
        let (here, elsewhere) = (Instance::new().await, Instance::new().await);
        let bob = here.register("bob").await;
        let foreign = elsewhere.poll(&bob, None, 0).await.cursor;
        let ahead = Cursor {
            database_id: event::position(&here.database).await.unwrap().database_id,
            event_id: 1_000_000,
        };
        for cursor in ["", "garbled", &foreign, &ahead.encode()] {
            let polled = here.poll(&bob, Some(cursor), 50).await;
            assert!(polled.reset && polled.frames.is_empty(), "{cursor}");
            assert!(!here.poll(&bob, Some(&polled.cursor), 0).await.reset);
        }
    });
}

#[test]
fn a_burst_larger_than_an_answer_arrives_in_full_and_in_order() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let mut cursor = instance.poll(&bob, None, 0).await.cursor;
        let poll = instance.poll_aside(&bob, &cursor, 50).await;
        for number in 0..250 {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        let mut polled = poll.await.unwrap();
        let mut received = Vec::new();
        while !polled.frames.is_empty() {
            assert!(polled.frames.len() <= FRAMES_MAX);
            received.extend(seqs(&polled));
            cursor = polled.cursor;
            polled = instance.poll(&bob, Some(&cursor), 0).await;
        }
        assert_eq!(received, (1..=250).collect::<Vec<_>>());
    });
}

#[test]
fn who_polls_is_online_and_a_minute_after_the_last_poll_no_longer() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        assert!(instance.is_online(&bob).await && !instance.is_online(&alice).await);
        let polls = [&bob, &alice].map(|user_id| instance.poll_aside(user_id, &start, 50));
        for poll in futures::future::join_all(polls).await {
            poll.await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(59)).await;
        assert!(instance.is_online(&bob).await && instance.is_online(&alice).await);
        tokio::time::sleep(Duration::from_secs(12)).await;
        assert!(!instance.is_online(&bob).await && !instance.is_online(&alice).await);
    });
}

#[test]
fn who_polls_again_and_again_without_waiting_gets_one_lease_an_interval() {
    run(async {
        let instance = Instance::new().await;
        let device = Device::new(&instance.register("bob").await, Platform::WEB);
        let before = instance.database.renewals.get();
        for expected in 1..=3 {
            for _ in 0..20 {
                instance.poll_with(&device, None, Duration::ZERO).await.unwrap();
            }
            assert_eq!(instance.database.renewals.get() - before, expected);
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    });
}

#[test]
fn an_instance_renews_all_its_leases_in_one_statement_an_interval() {
    run(async {
        let instance = Instance::new().await;
        let start = instance.poll(&instance.register("alice").await, None, 0).await.cursor;
        let mut polls = Vec::new();
        for number in 0..50 {
            polls.push(instance.poll_aside(&UserId::of_platform(number), &start, 50).await);
        }
        let before = instance.database.renewals.get();
        for poll in polls {
            poll.await.unwrap();
        }
        let renewals = instance.database.renewals.get() - before;
        assert!((4..=6).contains(&renewals), "{renewals} renewals in 50 s");
    });
}

#[test]
fn events_that_are_no_frames_leave_nothing_out_of_what_was_missed_f1() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let mut cursor = instance.poll(&bob, None, 0).await.cursor;
        let phone = Device::new(&bob, 1.try_into().unwrap());
        // One among the first hundred, and then more than one answer holds.
        for logins in [1, 150] {
            for _ in 0..logins {
                event::doubt_logins(&instance.database, &bob, Platform::WEB, 1).await.unwrap();
            }
            for _ in 0..150 {
                instance.send(&alice, &bob, &Uuid::now_v7().to_string()).await;
            }
        }
        let mut told = Vec::new();
        while told.last() != Some(&300) {
            let polled = instance.poll_with(&phone, Some(&cursor), Duration::ZERO).await.unwrap();
            assert!(!polled.frames.is_empty(), "told {told:?}");
            told.extend(seqs(&polled));
            cursor = polled.cursor;
        }
        assert_eq!(told, (1..=300).collect::<Vec<_>>());
    });
}

#[test]
fn what_no_longer_fits_for_who_waits_is_left_to_the_next_poll_f1() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let poll = instance.poll_aside(&bob, &start, 50).await;
        for number in 1..FRAMES_MAX {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        // Two frames of one event, of which the first is the last that fits.
        instance.send(&bob, &carol, "own").await;
        instance.send(&alice, &bob, "late").await;
        let polled = poll.await.unwrap();
        assert_eq!(polled.frames.len(), FRAMES_MAX + 1);
        let rest = instance.poll(&bob, Some(&polled.cursor), 0).await;
        assert_eq!(seqs(&rest), [100]);
    });
}

#[test]
fn a_login_that_ends_ends_its_waiting_poll_within_a_tick_and_no_other() {
    run(async {
        let instance = Instance::new().await;
        let bob = instance.register("bob").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let [web, also_web] = [(); 2].map(|()| Device::new(&bob, Platform::WEB));
        let phone = Device::new(&bob, 1.try_into().unwrap());
        let alice = Device::new(&instance.register("alice").await, Platform::WEB);
        let mut polls = Vec::new();
        for device in [&alice, &web, &also_web, &phone] {
            polls.push(instance.poll_device(device, &start).await);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let checks = [&alice, &also_web, &phone].map(|device| device.checks.get());
        let before = Instant::now();
        instance.end(&web).await;
        let ended = polls.remove(1).await.unwrap();
        assert_eq!(ended.unwrap_err().code(), Code::TokenInvalid);
        assert!(before.elapsed() <= TICK_QUIET);
        assert_eq!(instance.waiting(), 3);
        let after = [&alice, &also_web, &phone].map(|device| device.checks.get());
        assert_eq!(after, [checks[0], checks[1] + 1, checks[2]], "only who may be concerned looks");
        for poll in polls {
            assert!(poll.await.unwrap().unwrap().frames.is_empty(), "a kick is no frame");
        }
    });
}

#[test]
fn a_login_that_ended_before_its_poll_took_its_seat_is_not_left_waiting() {
    run(async {
        let instance = Instance::new().await;
        let bob = instance.register("bob").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let web = Device::new(&bob, Platform::WEB);
        instance.end(&web).await;
        let before = Instant::now();
        let ended = instance.poll_device(&web, &start).await.await.unwrap();
        assert_eq!(ended.unwrap_err().code(), Code::TokenInvalid);
        assert_eq!(before.elapsed(), Duration::ZERO);
    });
}

#[test]
fn a_token_whose_time_is_over_ends_its_poll() {
    run(async {
        let instance = Instance::new().await;
        let bob = instance.register("bob").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let web = Device { expires_at: Held.now() + 3_000, ..Device::new(&bob, Platform::WEB) };
        let before = Instant::now();
        let ended = instance.poll_device(&web, &start).await.await.unwrap();
        assert_eq!(ended.unwrap_err().code(), Code::TokenInvalid);
        assert!(before.elapsed() <= Duration::from_secs(3) + TICK_QUIET);
    });
}

#[test]
fn a_second_poll_of_a_login_answers_the_first_at_once_and_empty() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&alice, None, 0).await.cursor;
        let web = Device::new(&bob, Platform::WEB);
        // Both where the first poll reads and where another one does.
        for reader in [None, Some(instance.poll_aside(&alice, &start, 50).await)] {
            let start = instance.poll(&bob, None, 0).await.cursor;
            let first = instance.poll_device(&web, &start).await;
            let before = Instant::now();
            let second = instance.poll_device(&web, &start).await;
            let first = first.await.unwrap().unwrap();
            assert!(first.frames.is_empty() && !first.reset);
            assert!(before.elapsed() <= TICK_QUIET);
            instance.send(&alice, &bob, &Uuid::now_v7().to_string()).await;
            assert!(!second.await.unwrap().unwrap().frames.is_empty());
            reader.inspect(JoinHandle::abort);
        }
    });
}

#[test]
fn a_cursor_behind_what_the_log_has_forgotten_is_reset_and_the_reader_forgets_a_little_at_a_time() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let start = instance.poll(&carol, None, 0).await.cursor;
        for number in 0..2_500 {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        assert!(!instance.poll(&carol, Some(&start), 1).await.reset);
        let kept = event::position(&instance.database).await.unwrap();
        assert_eq!((kept.oldest, kept.head), (1_501, 2_500), "1,000 are kept");
        assert!(instance.poll(&carol, Some(&start), 0).await.reset);
    });
}

#[test]
fn a_member_who_waits_hears_of_the_group_until_leaving_and_a_stranger_never() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let asked = serde_json::json!({ "name": "group", "member_ids": [bob] });
        let asked = serde_json::from_value::<CreateRequest>(asked).unwrap().validate(&alice);
        let (group_id, database) = (GroupId::random(Uuid::new_v4()), &instance.database);
        let made = group::create(database, &alice, asked.unwrap(), &group_id, 500, Held.now());
        made.await.unwrap();
        let start = instance.poll(&bob, None, 0).await.cursor;
        let stranger = instance.poll_aside(&carol, &start, 50).await;

        let waiting = instance.poll_aside(&bob, &start, 50).await;
        group::join(database, &instance.register("dave").await, &group_id, 500, Held.now())
            .await
            .unwrap();
        let joined = waiting.await.unwrap();
        let waiting = instance.poll_aside(&bob, &joined.cursor, 50).await;
        group::quit(database, &bob, &group_id, Held.now()).await.unwrap();
        let left = waiting.await.unwrap();
        assert_eq!((numbers(&joined), numbers(&left)), (vec![2006], vec![2006]));
        let waiting = instance.poll_aside(&bob, &left.cursor, 5).await;
        group::dismiss(database, &alice, &group_id, Held.now()).await.unwrap();
        assert!(waiting.await.unwrap().frames.is_empty());
        assert!(stranger.await.unwrap().frames.is_empty());
    });
}

#[test]
fn who_subscribed_and_waits_hears_who_comes() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let bob_on_the_web = Present { user_id: bob.clone(), platform: Platform::WEB };
        presence::subscribe(&instance.database, &bob_on_the_web, std::slice::from_ref(&alice))
            .await
            .unwrap();
        let waiting = instance.poll_aside(&bob, &start, 50).await;
        instance.poll(&alice, None, 0).await;
        assert_eq!(numbers(&waiting.await.unwrap()), [2005]);
    });
}

#[test]
fn a_later_poll_of_a_login_in_another_instance_answers_the_one_here_empty() {
    run(async {
        let instance = Instance::new().await;
        let bob = instance.register("bob").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let web = Device::new(&bob, Platform::WEB);
        let here = instance.poll_device(&web, &start).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let (since, before) = (Held.now(), Instant::now());
        let poll = OpenPoll {
            present: web.present.clone(),
            login_id: web.login_id().into(),
            since,
            until: since + 50_000,
        };
        let renewed = presence::renew(&instance.database, "another", &[poll], since).await;
        assert_eq!(renewed.unwrap(), 2);
        let ended = here.await.unwrap().unwrap();
        assert!(ended.frames.is_empty() && !ended.reset);
        assert!(before.elapsed() <= TICK_QUIET);
    });
}

#[test]
fn what_the_log_forgets_while_a_poll_reads_it_resets_the_poll_f1() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        for number in 0..10 {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        let during = Rc::clone(&instance);
        *instance.database.after_position.borrow_mut() = Some(Box::new(move || {
            spawn_local(async move {
                let retention = Retention { age: 3_600_000, count: 4 };
                event::prune(&during.database, retention, Held.now()).await.unwrap();
            });
        }));
        let polled = instance.poll(&bob, Some(&start), 50).await;
        assert!(polled.reset && polled.frames.is_empty(), "not the four that were left");
        assert!(instance.poll(&bob, Some(&polled.cursor), 0).await.frames.is_empty());
    });
}

#[test]
fn a_login_that_is_over_is_not_told_what_came_with_its_end() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let ended = Device::new(&bob, Platform::WEB);
        instance.end(&ended).await;
        let expired = Device { expires_at: Held.now(), ..Device::new(&bob, Platform::WEB) };
        instance.send(&alice, &bob, "m1").await;
        for device in [ended, expired] {
            for timeout in [Duration::ZERO, Duration::from_secs(50)] {
                let polled = instance.poll_with(&device, Some(&start), timeout).await;
                assert_eq!(polled.unwrap_err().code(), Code::TokenInvalid);
            }
        }
        assert_eq!(seqs(&instance.poll(&bob, Some(&start), 50).await), [1], "others are");
    });
}

#[test]
fn who_waits_begins_anew_when_the_log_forgot_what_nobody_had_read() {
    run(async {
        let instance = Instance::new().await;
        let (ann, bob) = (instance.register("ann").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let waits = instance.poll_aside(&bob, &start, 50).await;
        for id in ["m1", "m2", "m3"] {
            instance.send(&ann, &bob, id).await;
        }
        let retention = Retention { age: 3_600_000, count: 1 };
        event::prune(&instance.database, retention, Held.now()).await.unwrap();
        let polled = waits.await.unwrap();
        assert!(polled.reset && polled.frames.is_empty(), "{polled:?}");
        instance.send(&ann, &bob, "m4").await;
        assert_eq!(seqs(&instance.poll(&bob, Some(&polled.cursor), 50).await), [4]);
    });
}
