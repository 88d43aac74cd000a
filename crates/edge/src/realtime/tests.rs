use super::hub::{GROUPS_MAX, KNOWN_FOR, QUIET_AFTER, TICK_MOVING, TICK_QUIET};
use super::stream::{STREAM_MAX, Streamed};
use super::*;
use futures::StreamExt;
use longwave_core::Code;
use longwave_core::frame::FRAMES_MAX;
use longwave_core::group::CreateRequest;
use longwave_core::id::{GroupId, UserId};
use longwave_core::message::SendRequest;
use longwave_core::presence::{INSTANCES_KEPT, LEASE, RENEWAL, UserOnPlatform};
use longwave_core::retention::BYTES_MAX;
use longwave_core::user::{Platform, RegisterRequest};
use longwave_store::native::Native;
use longwave_store::schema::{Synchronous, prepare};
use longwave_store::{Row, Value, group, message, presence, session, user};
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::path::Path;
use std::pin::Pin;
use std::task::{Poll, Waker};
use tokio::task::{JoinHandle, LocalSet, spawn_local};
use tokio::time::Instant;
use uuid::Uuid;

/// An instance with its database. Time is tokio's, which the tests control.
struct Instance {
    hub: Rc<RefCell<Hub>>,
    host: Host,
    database: Rc<Counted>,
    background: Rc<Background>,
}

/// A connection that counts the queries of the log, and can run a hook during a poll.
struct Counted {
    native: Native,
    looks: Cell<u32>,
    positions: Cell<u32>,
    audiences: Cell<u32>,
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
        if statement.starts_with("SELECT database_id") {
            self.positions.set(self.positions.get() + 1);
        }
        if statement.starts_with("SELECT owner_id, first_event") {
            self.audiences.set(self.audiences.get() + 1);
        }
        if statement.contains("oldest_event") {
            let hook = self.after_position.borrow_mut().take();
            if let Some(hook) = hook {
                hook();
                // The task that the hook spawned runs before this poll continues.
                tokio::task::yield_now().await;
            }
        }
        rows
    }
}

/// The connection of the background work, which can be slow.
struct Background {
    database: Rc<Counted>,
    /// How long a statement takes; `None`: forever.
    takes: Cell<Option<Duration>>,
    under_way: Cell<u32>,
    most_under_way: Cell<u32>,
}

impl Sql for Background {
    async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<Vec<Row>, String> {
        self.under_way.set(self.under_way.get() + 1);
        self.most_under_way.set(self.most_under_way.get().max(self.under_way.get()));
        match self.takes.get() {
            Some(Duration::ZERO) => {}
            Some(takes) => tokio::time::sleep(takes).await,
            None => pending().await,
        }
        let rows = self.database.execute(statement, parameters).await;
        self.under_way.set(self.under_way.get() - 1);
        rows
    }
}

/// The runtime of polls: tokio's time, starting at an arbitrary day, and a clock that can be wrong.
#[derive(Clone, Default)]
struct Host(Rc<Hosting>);

#[derive(Default)]
struct Hosting {
    ahead: Cell<Millis>,
    stops: Cell<bool>,
    /// The number of times the instance was closed, minus the times it was opened.
    closed: Cell<i32>,
    sleepers: RefCell<Vec<Waker>>,
}

/// The time of day.
fn now() -> Millis {
    1_800_000_000_000 + Millis::try_from(elapsed().as_millis()).unwrap()
}

fn elapsed() -> Duration {
    thread_local!(static START: Instant = Instant::now());
    START.with(Instant::elapsed)
}

impl Host {
    /// Cuts short all current and future sleeps.
    fn stop(&self) {
        self.0.stops.set(true);
        self.0.sleepers.take().into_iter().for_each(Waker::wake);
    }
}

impl Runtime for Host {
    fn now(&self) -> Millis {
        now() + self.0.ahead.get()
    }

    fn elapsed(&self) -> Duration {
        elapsed()
    }

    async fn sleep(&self, duration: Duration) -> Slept {
        let stopped = poll_fn(|context| {
            if self.0.stops.get() {
                return Poll::Ready(());
            }
            self.0.sleepers.borrow_mut().push(context.waker().clone());
            Poll::Pending
        });
        match select(pin!(stopped), pin!(tokio::time::sleep(duration))).await {
            Either::Left(_) => Slept::CutShort,
            Either::Right(_) => Slept::Enough,
        }
    }

    async fn close(&self) {
        self.0.closed.set(self.0.closed.get() + 1);
    }

    fn open(&self) {
        self.0.closed.set(self.0.closed.get() - 1);
    }

    fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        spawn_local(task);
    }
}

/// A login that a test can end.
#[derive(Clone)]
struct Device {
    id: String,
    present: UserOnPlatform,
    expires_at: Millis,
    over: Rc<Cell<bool>>,
    checks: Rc<Cell<u32>>,
    /// How long a check takes.
    check_takes: Rc<Cell<Duration>>,
}

impl Device {
    /// A new login.
    fn new(user_id: &UserId, platform: Platform) -> Self {
        let present = UserOnPlatform { user_id: user_id.clone(), platform };
        let (over, checks, check_takes) = Default::default();
        let (id, expires_at) = (Uuid::now_v7().to_string(), Millis::MAX);
        Self { id, present, expires_at, over, checks, check_takes }
    }
}

impl Login for Device {
    fn login_id(&self) -> &str {
        &self.id
    }

    fn present(&self) -> &UserOnPlatform {
        &self.present
    }

    fn expires_at(&self) -> Millis {
        self.expires_at
    }

    async fn check(&self) -> Result<()> {
        self.checks.set(self.checks.get() + 1);
        if !self.check_takes.get().is_zero() {
            tokio::time::sleep(self.check_takes.get()).await;
        }
        let over = self.over.get() || self.expires_at <= now();
        if over { Err(Code::TokenInvalid.into()) } else { Ok(()) }
    }
}

impl Instance {
    async fn new() -> Rc<Self> {
        let native = Native::in_memory().unwrap();
        prepare(&native, Synchronous::Normal).await.unwrap();
        Self::on(native)
    }

    /// An instance with a database in a file.
    async fn open(path: &Path) -> Rc<Self> {
        Self::on(Native::open(path, Synchronous::Normal).await.unwrap())
    }

    fn on(native: Native) -> Rc<Self> {
        let (looks, positions, audiences, renewals, after_position) = Default::default();
        let counts = Counted { native, looks, positions, audiences, renewals, after_position };
        Self::of(&Rc::new(counts))
    }

    /// An instance with a database that other instances can share.
    fn of(database: &Rc<Counted>) -> Rc<Self> {
        let (under_way, most_under_way) = Default::default();
        let takes = Cell::new(Some(Duration::ZERO));
        let database = Rc::clone(database);
        let background =
            Background { database: Rc::clone(&database), takes, under_way, most_under_way };
        Rc::new(Self {
            hub: Hub::new(Uuid::now_v7().to_string()),
            host: Host::default(),
            database,
            background: Rc::new(background),
        })
    }

    async fn register(&self, name: &str) -> UserId {
        let request = serde_json::json!({ "username": name, "password": "a password" });
        let register = serde_json::from_value::<RegisterRequest>(request).unwrap().validate();
        let hash = "$argon2id$".to_owned();
        let profile = user::register(&*self.database, register.unwrap(), hash, Uuid::now_v7(), 1);
        profile.await.unwrap().user_id
    }

    async fn send(&self, from: &UserId, to: &UserId, client_msg_id: &str) -> i64 {
        self.send_as(from, client_msg_id, serde_json::json!({ "session_type": 1, "recv_id": to }))
            .await
    }

    async fn send_to_group(&self, from: &UserId, group: &GroupId, client_msg_id: &str) -> i64 {
        let to = serde_json::json!({ "session_type": 2, "group_id": group.as_str() });
        self.send_as(from, client_msg_id, to).await
    }

    async fn send_as(
        &self,
        from: &UserId,
        client_msg_id: &str,
        mut request: serde_json::Value,
    ) -> i64 {
        request["client_msg_id"] = client_msg_id.into();
        request["content_type"] = 1.into();
        request["content"] = "{}".into();
        let request: SendRequest = serde_json::from_value(request).unwrap();
        let message = request.validate(from.clone(), true).unwrap();
        message::send(&*self.database, message, 0, Uuid::now_v7(), now()).await.unwrap().seq
    }

    async fn poll(&self, user_id: &UserId, cursor: Option<&str>, seconds: u64) -> PollResponse {
        let device = Device::new(user_id, Platform::WEB);
        self.poll_with(&device, cursor, Duration::from_secs(seconds)).await.unwrap()
    }

    async fn poll_with(
        &self,
        login: &Device,
        cursor: Option<&str>,
        timeout: Duration,
    ) -> Result<PollResponse> {
        self.poll_on(&self.host, login, cursor, timeout).await
    }

    /// As [`poll_with`](Self::poll_with) with another runtime, for a request that ends on its own.
    async fn poll_on(
        &self,
        runtime: &Host,
        login: &Device,
        cursor: Option<&str>,
        timeout: Duration,
    ) -> Result<PollResponse> {
        let ask = Ask { cursor, timeout, retention: RETENTION };
        let Self { hub, database, background, .. } = self;
        let turn = Turn::begin(hub, runtime.now());
        let sql = &**database;
        let poller = Poller { hub, runtime, sql, background, login, ask, turn };
        let answered = poller.answer().await?;
        // Background work that the answer does not wait for can run now.
        tokio::task::yield_now().await;
        Ok(answered.polled)
    }

    /// A stream of a device, as texts.
    fn stream(
        &self,
        login: &Device,
        cursor: &str,
        timeout: Duration,
    ) -> Pin<Box<dyn futures::Stream<Item = String>>> {
        let (hub, runtime) = (Rc::clone(&self.hub), self.host.clone());
        let (turn, ends_at) = (Turn::begin(&hub, runtime.now()), runtime.elapsed() + timeout);
        let (sql, background) = (Rc::clone(&self.database), Rc::clone(&self.background));
        let (login, cursor) = (login.clone(), Some(cursor.to_owned()));
        let streamed = Streamed {
            hub,
            runtime,
            sql,
            background,
            login,
            cursor,
            retention: RETENTION,
            turn,
            ends_at,
        };
        Box::pin(streamed.texts().map(|text| String::from_utf8(text.to_vec()).unwrap()))
    }

    /// Runs a stream of a device in a task, which returns all its texts.
    async fn stream_aside(&self, login: &Device, cursor: &str) -> JoinHandle<Vec<String>> {
        let task = spawn_local(self.stream(login, cursor, STREAM_MAX).collect());
        tokio::task::yield_now().await;
        task
    }

    /// Runs a poll of a user with another runtime, in a task.
    async fn poll_aside_on(
        self: &Rc<Self>,
        host: &Host,
        user_id: &UserId,
        cursor: &str,
    ) -> JoinHandle<PollResponse> {
        let (instance, host, cursor) = (Rc::clone(self), host.clone(), cursor.to_owned());
        let device = Device::new(user_id, Platform::WEB);
        let task = spawn_local(async move {
            let timeout = Duration::from_secs(50);
            instance.poll_on(&host, &device, Some(&cursor), timeout).await.unwrap()
        });
        tokio::task::yield_now().await;
        task
    }

    /// Runs a poll of a device in a task.
    async fn poll_device(
        self: &Rc<Self>,
        device: &Device,
        cursor: &str,
    ) -> JoinHandle<Result<PollResponse>> {
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
        session::begin(&*self.database, &device.present, "later", now()).await.unwrap();
    }

    /// Runs a poll in a task, which has advanced as far as it can when this returns.
    async fn poll_aside(
        self: &Rc<Self>,
        user_id: &UserId,
        cursor: &str,
        seconds: u64,
    ) -> JoinHandle<PollResponse> {
        let (instance, user_id, cursor) = (Rc::clone(self), user_id.clone(), cursor.to_owned());
        let task =
            spawn_local(async move { instance.poll(&user_id, Some(&cursor), seconds).await });
        tokio::task::yield_now().await;
        task
    }

    async fn is_online(&self, user_id: &UserId) -> bool {
        let users = std::slice::from_ref(user_id);
        let at = self.host.now();
        let statuses = presence::online_status(&*self.database, users, at).await.unwrap();
        statuses.items[0].online
    }

    fn waiting(&self) -> usize {
        self.hub.borrow().waiting()
    }
}

const RETENTION: Retention = Retention { age: 3_600_000, count: 1000, bytes: BYTES_MAX };

/// Runs a test on one thread. Its clock stands still while any task can run, and jumps to the next timer otherwise.
fn run(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    LocalSet::new().block_on(&runtime.unwrap(), test);
}

/// The frame numbers of an answer.
fn numbers(polled: &PollResponse) -> Vec<u64> {
    let number = |frame: &Rc<serde_json::value::RawValue>| {
        serde_json::from_str::<serde_json::Value>(frame.get()).unwrap()["req_id"].as_u64().unwrap()
    };
    polled.frames.iter().map(number).collect()
}

fn seqs(polled: &PollResponse) -> Vec<i64> {
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
fn a_note_to_oneself_reaches_each_poll_once() {
    run(async {
        let instance = Instance::new().await;
        let alice = instance.register("alice").await;
        let start = instance.poll(&alice, None, 0).await.cursor;
        let poll = instance.poll_aside(&alice, &start, 50).await;
        instance.send(&alice, &alice, "m1").await;
        assert_eq!(numbers(&poll.await.unwrap()), [2001, 2003]);
    });
}

#[test]
fn many_polls_share_one_reader() {
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
fn the_log_is_not_read_while_no_poll_waits() {
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
fn a_quiet_log_is_read_less_often_until_it_moves() {
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
fn another_waiter_becomes_the_reader_when_the_readers_poll_ends() {
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
fn a_reader_that_disconnects_is_replaced_even_if_its_successor_disconnects_too() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let mut polls = Vec::new();
        for _ in 0..10 {
            polls.push(instance.poll_aside(&bob, &start, 50).await);
        }
        // All but one leave at once: a waiter that is woken to read is gone before it runs.
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
fn an_unreadable_event_delays_no_other_event() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let waits = instance.poll_aside(&bob, &start, 50).await;
        let damaged = format!(
            "INSERT INTO events (kind, user_id, body, created_at) VALUES (2003, '{bob}', 'not JSON', {})",
            now()
        );
        instance.database.execute(&damaged, vec![]).await.unwrap();
        instance.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&waits.await.unwrap()), [1], "the reader passes it");
        let caught_up = instance.poll(&bob, Some(&start), 50).await;
        assert_eq!(seqs(&caught_up), [1], "and so does a catch-up read");
    });
}

#[test]
fn a_slow_check_of_the_readers_login_delays_no_other_poll() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let reader = Device::new(&alice, Platform::WEB);
        reader.check_takes.set(Duration::from_secs(5));
        // The reader's login changes, or its poll times out.
        for (seq, login_changes) in [(1, true), (2, false)] {
            let start = instance.poll(&bob, None, 0).await.cursor;
            let reads = instance.poll_device(&reader, &start).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let waits = instance.poll_aside(&bob, &start, 50).await;
            if login_changes {
                session::begin(&*instance.database, &reader.present, "new", now()).await.unwrap();
            } else {
                tokio::time::sleep(Duration::from_secs(49)).await;
            }
            tokio::time::sleep(TICK_QUIET * 2).await;
            assert_eq!(reader.checks.get(), u32::try_from(seq).unwrap());
            let before = Instant::now();
            instance.send(&alice, &bob, &seq.to_string()).await;
            assert_eq!(seqs(&waits.await.unwrap()), [seq]);
            assert!(before.elapsed() <= TICK_QUIET, "{:?}", before.elapsed());
            let polled = reads.await.unwrap().unwrap();
            assert_eq!(seqs(&polled), [seq], "after its check");
        }
    });
}

#[test]
fn polls_that_reach_the_head_together_share_one_query_and_miss_nothing() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let mut cursor = instance.poll(&bob, None, 0).await.cursor;
        let positions = instance.database.positions.get();
        let carol = instance.register("carol").await;
        let reader = instance.poll_aside(&carol, &cursor, 4).await;
        for number in 1..=3 {
            let mut polls = Vec::new();
            for _ in 0..10 {
                polls.push(instance.poll_aside(&bob, &cursor, 50).await);
            }
            instance.send(&alice, &bob, &number.to_string()).await;
            for poll in polls {
                let polled = poll.await.unwrap();
                assert_eq!(seqs(&polled), [number]);
                cursor = polled.cursor;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(instance.database.positions.get() - positions, 1, "the reader's");
        assert!(reader.await.unwrap().frames.is_empty());
    });
}

#[test]
fn a_poll_queries_the_head_if_the_known_one_is_old_or_no_poll_waits_or_its_timeout_is_zero() {
    run(async {
        let instance = Instance::new().await;
        let (bob, carol) = (instance.register("bob").await, instance.register("carol").await);
        let cursor = instance.poll(&bob, None, 0).await.cursor;
        let second = Duration::from_secs(1);
        for (pause, somebody_waits, timeout, positions) in [
            (KNOWN_FOR.saturating_sub(second), true, 1, 0),
            (KNOWN_FOR, true, 1, 1),
            (second, false, 1, 1),
            (second, true, 0, 1),
        ] {
            let waits = instance.poll_aside(&carol, &cursor, 50).await;
            if !somebody_waits {
                waits.abort();
            }
            tokio::time::sleep(pause).await;
            let before = instance.database.positions.get();
            assert!(instance.poll(&bob, Some(&cursor), timeout).await.frames.is_empty());
            let asked = instance.database.positions.get() - before;
            assert_eq!(asked, positions, "after {pause:?}, {somebody_waits}, for {timeout} s");
            waits.abort();
            tokio::time::sleep(KNOWN_FOR).await;
        }
    });
}

#[test]
fn a_login_that_ends_between_two_polls_is_refused_at_the_second() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let (web, carol) = (Device::new(&bob, Platform::WEB), instance.register("carol").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let reader = instance.poll_aside(&carol, &start, 4).await;
        let poll = instance.poll_device(&web, &start).await;
        instance.send(&alice, &bob, "m1").await;
        let answered = poll.await.unwrap().unwrap().cursor;
        instance.end(&web).await;
        let before = Instant::now();
        let ended = instance.poll_device(&web, &answered).await.await.unwrap();
        assert_eq!(ended.unwrap_err().code(), Code::TokenInvalid);
        assert!(before.elapsed() <= TICK_QUIET);
        assert!(reader.await.unwrap().frames.is_empty());
    });
}

#[test]
fn the_members_of_a_group_are_read_once_for_consecutive_polls() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let asked = serde_json::json!({ "name": "group", "member_ids": [bob] });
        let asked = serde_json::from_value::<CreateRequest>(asked).unwrap().validate(&alice);
        let (group_id, database) = (GroupId::random(Uuid::new_v4()), &*instance.database);
        group::create(database, &alice, asked.unwrap(), &group_id, 500, now()).await.unwrap();
        let mut cursor = instance.poll(&bob, None, 0).await.cursor;
        for (number, reads) in [(1, 1), (2, 1), (3, 1)] {
            let poll = instance.poll_aside(&bob, &cursor, 50).await;
            instance.send_to_group(&alice, &group_id, &number.to_string()).await;
            let polled = poll.await.unwrap();
            assert_eq!(seqs(&polled), [number]);
            assert_eq!(instance.database.audiences.get(), reads);
            cursor = polled.cursor;
        }
        group::quit(database, &bob, &group_id, now()).await.unwrap();
        let polled = instance.poll(&bob, Some(&cursor), 1).await;
        let poll = instance.poll_aside(&bob, &polled.cursor, 1).await;
        instance.send_to_group(&alice, &group_id, "not for bob").await;
        assert!(poll.await.unwrap().frames.is_empty());
    });
}

#[test]
fn the_members_of_an_active_group_stay_known_among_many_others() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let waits = instance.poll_aside(&bob, &start, 50).await;
        let tick = async || tokio::time::sleep(TICK_QUIET).await;
        let create = async || {
            let asked = serde_json::json!({ "name": "group" });
            let asked = serde_json::from_value::<CreateRequest>(asked).unwrap().validate(&alice);
            let (group_id, database) = (GroupId::random(Uuid::new_v4()), &*instance.database);
            group::create(database, &alice, asked.unwrap(), &group_id, 500, now()).await.unwrap();
            tick().await;
            group_id
        };
        let active = create().await;
        let mut others = Vec::new();
        for number in 0..GROUPS_MAX {
            others.push(create().await);
            instance.send_to_group(&alice, &active, &number.to_string()).await;
            tick().await;
        }
        let reads = async |group_id| {
            let before = instance.database.audiences.get();
            instance.send_to_group(&alice, group_id, "last").await;
            tick().await;
            instance.database.audiences.get() - before
        };
        assert_eq!(reads(&active).await, 0);
        assert_eq!(reads(&others[1]).await, 0);
        assert_eq!(reads(&others[0]).await, 1, "the group that was quiet for longest is forgotten");
        assert!(!waits.is_finished(), "bob is a member of none");
    });
}

#[test]
fn a_poll_that_times_out_returns_a_cursor_that_misses_nothing() {
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
fn a_starting_poll_misses_no_event_that_the_reader_passes_meanwhile() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let reader = instance.poll_aside(&carol, &start, 10).await;
        tokio::time::sleep(KNOWN_FOR).await;
        // Bob's poll has read the position. Now a message arrives, and the reader distributes it before the poll has
        // taken its seat.
        let during = Rc::clone(&instance);
        let (from, to) = (alice.clone(), bob.clone());
        *instance.database.after_position.borrow_mut() = Some(Box::new(move || {
            spawn_local(async move {
                during.send(&from, &to, "m1").await;
                let served = during.hub.borrow().served();
                let events = event::since(&*during.database, served, READ_MAX).await.unwrap();
                for event in &events {
                    during.hub.borrow_mut().serve(event, &[]);
                }
            });
        }));
        let before = Instant::now();
        assert_eq!(seqs(&instance.poll(&bob, Some(&start), 50).await), [1]);
        assert!(instance.database.after_position.borrow().is_none(), "bob's poll has asked");
        assert!(before.elapsed() <= TICK_QUIET);
        assert!(reader.await.unwrap().frames.is_empty());
    });
}

#[test]
fn a_cursor_that_cannot_be_continued_is_reset_with_the_reason() {
    run(async {
        let (here, elsewhere) = (Instance::new().await, Instance::new().await);
        let (alice, bob) = (here.register("alice").await, here.register("bob").await);
        let foreign = elsewhere.poll(&bob, None, 0).await.cursor;
        for number in 0..3 {
            here.send(&alice, &bob, &number.to_string()).await;
        }
        let Position { database_id, head, .. } = event::position(&*here.database, 0).await.unwrap();
        let cursor =
            |event_id, tag| Cursor { database_id: database_id.clone(), event_id, tag }.encode();
        for (cursor, reason) in [
            (String::new(), ResetReason::OtherHistory),
            ("garbled".to_owned(), ResetReason::OtherHistory),
            (foreign, ResetReason::OtherHistory),
            (cursor(1_000_000, Some(head.tag)), ResetReason::OtherHistory),
            (cursor(1_000_000, None), ResetReason::OtherHistory),
            (cursor(head.event_id, Some(head.tag ^ 1)), ResetReason::OtherHistory),
            (cursor(head.event_id - 1, Some(head.tag)), ResetReason::OtherHistory),
            (cursor(0, Some(1)), ResetReason::OtherHistory),
            (cursor(head.event_id, None), ResetReason::TooOld),
            (cursor(0, None), ResetReason::TooOld),
        ] {
            let polled = here.poll(&bob, Some(&cursor), 50).await;
            assert!(polled.reset && polled.frames.is_empty(), "{cursor}");
            assert_eq!(polled.reset_reason, Some(reason), "{cursor}");
            let again = here.poll(&bob, Some(&polled.cursor), 0).await;
            assert_eq!((again.reset, again.reset_reason), (false, None));
        }
        assert_eq!(seqs(&here.poll(&bob, Some(&cursor(0, Some(0))), 50).await), [1, 2, 3]);
    });
}

#[test]
fn cursors_of_a_history_that_a_restored_backup_replaced_are_reset() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("backup.db");
        let before = Instance::open(&folder.path().join("longwave.db")).await;
        let (alice, bob) = (before.register("alice").await, before.register("bob").await);
        let send = async |instance: &Instance, count| {
            for _ in 0..count {
                instance.send(&alice, &bob, &Uuid::now_v7().to_string()).await;
            }
        };
        send(&before, 3).await;
        let kept = before.poll(&bob, None, 0).await.cursor;
        let statement = format!("VACUUM INTO '{}'", backup.display());
        before.database.execute(&statement, vec![]).await.unwrap();
        let waits = before.poll_aside(&bob, &kept, 50).await;
        send(&before, 1).await;
        // All kinds of cursors: of a waiting poll, of a partial and a full catch-up, and of the head.
        let handed = waits.await.unwrap().cursor;
        send(&before, 149).await;
        let part = before.poll(&bob, Some(&kept), 50).await;
        assert_eq!(part.frames.len(), FRAMES_MAX);
        let all = before.poll(&bob, Some(&part.cursor), 50).await.cursor;
        let head = before.poll(&bob, None, 0).await.cursor;
        assert_eq!(all, head);
        let timed_out = before.poll(&alice, Some(&head), 1).await.cursor;
        assert_eq!(timed_out, head);

        let after = Instance::open(&backup).await;
        for written in [0, 500] {
            send(&after, written).await;
            for lost in [&handed, &part.cursor, &all] {
                let polled = after.poll(&bob, Some(lost), 50).await;
                assert!(polled.reset && polled.frames.is_empty(), "{polled:?}");
                assert_eq!(polled.reset_reason, Some(ResetReason::OtherHistory));
            }
        }
        let polled = after.poll(&bob, Some(&kept), 50).await;
        assert_eq!((polled.reset, seqs(&polled)[0]), (false, 4), "from before it was taken");
        for same in [&handed, &part.cursor, &all] {
            assert!(!before.poll(&bob, Some(same), 0).await.reset, "where it is from");
        }
        // The same after the log has pruned the events of all cursors.
        let few = Retention { count: 1, ..RETENTION };
        for (instance, reason) in
            [(&after, ResetReason::OtherHistory), (&before, ResetReason::TooOld)]
        {
            send(instance, 2).await;
            for _ in 0..4 {
                event::prune(&*instance.database, few, now()).await.unwrap();
            }
            for lost in [&handed, &part.cursor, &all] {
                let polled = instance.poll(&bob, Some(lost), 0).await;
                assert_eq!(polled.reset_reason, Some(reason), "{lost}");
            }
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
fn a_user_is_online_until_a_minute_after_the_last_poll() {
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
fn repeated_polls_without_waiting_write_one_lease_per_interval() {
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
fn an_instance_renews_all_its_leases_in_one_statement_per_interval() {
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
fn events_without_frames_do_not_hide_missed_messages_f1() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let mut cursor = instance.poll(&bob, None, 0).await.cursor;
        let web = UserOnPlatform { user_id: bob.clone(), platform: Platform::WEB };
        let phone = Device::new(&bob, 1.try_into().unwrap());
        // First one such event among the first hundred, then more than fit into an answer.
        for logins in [1, 150] {
            for _ in 0..logins {
                session::begin(&*instance.database, &web, "jti", 1).await.unwrap();
            }
            for _ in 0..150 {
                instance.send(&alice, &bob, &Uuid::now_v7().to_string()).await;
            }
        }
        let mut received = Vec::new();
        while received.last() != Some(&300) {
            let polled = instance.poll_with(&phone, Some(&cursor), Duration::ZERO).await.unwrap();
            assert!(!polled.frames.is_empty(), "received {received:?}");
            received.extend(seqs(&polled));
            cursor = polled.cursor;
        }
        assert_eq!(received, (1..=300).collect::<Vec<_>>());
    });
}

#[test]
fn events_that_do_not_fit_into_an_answer_are_left_to_the_next_poll_f1() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let poll = instance.poll_aside(&bob, &start, 50).await;
        for number in 1..FRAMES_MAX {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        // An event with two frames, of which only the first fits.
        instance.send(&bob, &carol, "own").await;
        instance.send(&alice, &bob, "late").await;
        let polled = poll.await.unwrap();
        assert_eq!(polled.frames.len(), FRAMES_MAX + 1);
        let rest = instance.poll(&bob, Some(&polled.cursor), 0).await;
        assert_eq!(seqs(&rest), [100]);
    });
}

#[test]
fn the_end_of_a_login_ends_its_waiting_poll_within_a_tick_and_no_other() {
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
            assert!(poll.await.unwrap().unwrap().frames.is_empty(), "a kick is not a frame");
        }
    });
}

#[test]
fn a_login_that_ended_before_its_poll_waits_is_refused_at_once() {
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
fn a_token_that_expires_ends_its_poll() {
    run(async {
        let instance = Instance::new().await;
        let bob = instance.register("bob").await;
        let start = instance.poll(&bob, None, 0).await.cursor;
        let web = Device { expires_at: now() + 3_000, ..Device::new(&bob, Platform::WEB) };
        let before = Instant::now();
        let ended = instance.poll_device(&web, &start).await.await.unwrap();
        assert_eq!(ended.unwrap_err().code(), Code::TokenInvalid);
        assert!(before.elapsed() <= Duration::from_secs(3) + TICK_QUIET);
    });
}

#[test]
fn a_second_poll_of_a_login_ends_the_first_at_once_with_an_empty_answer() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&alice, None, 0).await.cursor;
        let web = Device::new(&bob, Platform::WEB);
        // With the first poll as the reader, and with another one.
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
fn waiting_polls_prune_the_log_in_steps_and_cursors_before_it_are_reset() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let start = instance.poll(&carol, None, 0).await.cursor;
        for number in 0..2_500 {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        assert!(!instance.poll(&carol, Some(&start), 1).await.reset);
        let kept = event::position(&*instance.database, 0).await.unwrap();
        assert_eq!((kept.oldest, kept.head.event_id), (1_501, 2_500), "1,000 are kept");
        let polled = instance.poll(&carol, Some(&start), 0).await;
        assert_eq!((polled.reset, polled.reset_reason), (true, Some(ResetReason::TooOld)));
    });
}

#[test]
fn a_waiting_member_receives_events_of_the_group_until_leaving_and_a_stranger_none() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let carol = instance.register("carol").await;
        let asked = serde_json::json!({ "name": "group", "member_ids": [bob] });
        let asked = serde_json::from_value::<CreateRequest>(asked).unwrap().validate(&alice);
        let (group_id, database) = (GroupId::random(Uuid::new_v4()), &*instance.database);
        let made = group::create(database, &alice, asked.unwrap(), &group_id, 500, now());
        made.await.unwrap();
        let start = instance.poll(&bob, None, 0).await.cursor;
        let stranger = instance.poll_aside(&carol, &start, 50).await;

        let waiting = instance.poll_aside(&bob, &start, 50).await;
        group::join(database, &instance.register("dave").await, &group_id, 500, now())
            .await
            .unwrap();
        let joined = waiting.await.unwrap();
        let waiting = instance.poll_aside(&bob, &joined.cursor, 50).await;
        group::quit(database, &bob, &group_id, now()).await.unwrap();
        let left = waiting.await.unwrap();
        assert_eq!((numbers(&joined), numbers(&left)), (vec![2006], vec![2006]));
        let waiting = instance.poll_aside(&bob, &left.cursor, 5).await;
        group::dismiss(database, &alice, &group_id, now()).await.unwrap();
        assert!(waiting.await.unwrap().frames.is_empty());
        assert!(stranger.await.unwrap().frames.is_empty());
    });
}

#[test]
fn a_waiting_subscriber_is_notified_when_a_user_comes_online() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let bob_on_the_web = UserOnPlatform { user_id: bob.clone(), platform: Platform::WEB };
        presence::subscribe(&*instance.database, &bob_on_the_web, std::slice::from_ref(&alice))
            .await
            .unwrap();
        let waiting = instance.poll_aside(&bob, &start, 50).await;
        instance.poll(&alice, None, 0).await;
        assert_eq!(numbers(&waiting.await.unwrap()), [2005]);
    });
}

#[test]
fn a_later_poll_or_stream_in_another_instance_ends_the_earlier_one_within_a_renewal() {
    run(async {
        let here = Instance::new().await;
        let there = Instance::of(&here.database);
        let bob = here.register("bob").await;
        let start = here.poll(&bob, None, 0).await.cursor;
        let stream = Device::new(&bob, 1.try_into().unwrap());
        let poll = Device::new(&bob, Platform::WEB);
        let waits = here.poll_device(&poll, &start).await;
        let streams = here.stream_aside(&stream, &start).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = Instant::now();
        // A stream replaces the poll, and a poll replaces the stream.
        let others =
            (there.stream_aside(&poll, &start).await, there.poll_device(&stream, &start).await);
        let ended = waits.await.unwrap().unwrap();
        assert!(ended.frames.is_empty() && !ended.reset);
        streams.await.unwrap();
        let renewal = Duration::from_millis(RENEWAL.try_into().unwrap());
        assert!(before.elapsed() <= renewal + TICK_QUIET);
        assert!(!others.0.is_finished() && !others.1.is_finished());
        assert_eq!(event::head(&*here.database).await.unwrap(), 0, "nothing is written of it");
    });
}

#[test]
fn polls_that_move_between_instances_write_no_events() {
    run(async {
        let instances = {
            let first = Instance::new().await;
            let others = [(); 2].map(|()| Instance::of(&first.database));
            [vec![first], others.into()].concat()
        };
        let (alice, bob) =
            (instances[0].register("alice").await, instances[0].register("bob").await);
        let start = instances[0].poll(&bob, None, 0).await.cursor;
        let devices: Vec<Device> = (0..20).map(|_| Device::new(&bob, Platform::WEB)).collect();
        let follow = async |number: usize| {
            let (mut cursor, mut received, mut at) = (start.clone(), Vec::new(), number);
            while received.len() < 40 {
                let instance = &instances[at % instances.len()];
                let timeout = Duration::from_secs(25);
                let polled = instance.poll_with(&devices[number], Some(&cursor), timeout).await;
                let polled = polled.unwrap();
                received.extend(seqs(&polled));
                (cursor, at) = (polled.cursor, at + 1 + number % 2);
            }
            received
        };
        let send = async {
            for number in 0..40 {
                instances[0].send(&alice, &bob, &number.to_string()).await;
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
        };
        let all = futures::future::join_all((0..devices.len()).map(follow));
        let (received, ()) = futures::future::join(all, send).await;
        assert!(received.iter().all(|received| received.iter().copied().eq(1..=40)));
        assert_eq!(event::head(&*instances[0].database).await.unwrap(), 40);
    });
}

#[test]
fn no_answer_waits_for_leases_and_one_renewal_is_under_way_at_a_time() {
    run(async {
        let instance = Instance::new().await;
        let users: Vec<UserId> = (0..200).map(UserId::of_platform).collect();
        instance.background.takes.set(Some(Duration::from_secs(2)));
        let before = Instant::now();
        let start = instance.poll(&users[0], None, 0).await.cursor;
        for user in &users {
            instance.poll(user, None, 0).await;
        }
        let mut waiting = Vec::new();
        for user in &users {
            waiting.push(instance.poll_aside(user, &start, 50).await);
        }
        assert_eq!(before.elapsed(), Duration::ZERO, "nobody waited for the disk");
        // The first user's lease, the polls in other instances, pruning: one statement after the other.
        tokio::time::sleep(Duration::from_secs(9)).await;
        assert_eq!(instance.background.most_under_way.get(), 1);
        for user in &users {
            assert!(instance.is_online(user).await, "who came meanwhile joined the next renewal");
        }
        let renewals = instance.database.renewals.get();
        assert!((2..=4).contains(&renewals), "{renewals} renewals for {} people", users.len());
        waiting.iter().for_each(JoinHandle::abort);
    });
}

#[test]
fn a_poll_without_waiting_during_a_renewal_joins_the_next_renewal() {
    run(async {
        let instance = Instance::new().await;
        let users = [1, 2, 3].map(UserId::of_platform);
        instance.background.takes.set(Some(Duration::from_secs(2)));
        for user in &users {
            instance.poll(user, None, 0).await;
        }
        tokio::time::sleep(Duration::from_secs(9)).await;
        for user in &users {
            assert!(instance.is_online(user).await, "although nobody has come since");
        }
        assert_eq!(instance.database.renewals.get(), 2);
    });
}

#[test]
fn messages_are_delivered_even_if_the_background_work_hangs() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        instance.background.takes.set(None);
        let mut cursor = instance.poll(&bob, None, 0).await.cursor;
        for seq in 1..=3 {
            let poll = instance.poll_aside(&bob, &cursor, 50).await;
            tokio::time::sleep(Duration::from_secs(20)).await;
            let before = Instant::now();
            instance.send(&alice, &bob, &seq.to_string()).await;
            let polled = poll.await.unwrap();
            assert_eq!(seqs(&polled), [seq]);
            assert!(before.elapsed() <= TICK_QUIET);
            cursor = polled.cursor;
        }
        assert_eq!(instance.background.most_under_way.get(), 1);
    });
}

#[test]
fn correcting_a_clock_that_ran_an_hour_ahead_spins_no_poll_and_keeps_no_user_online() {
    const HOUR: Millis = 3_600_000;
    run(async {
        let here = Instance::new().await;
        let there = Instance::of(&here.database);
        let (alice, bob) = (here.register("alice").await, here.register("bob").await);
        let web = Device::new(&bob, Platform::WEB);
        let set = |ahead| [&here, &there].map(|instance| instance.host.0.ahead.set(ahead));
        set(HOUR);
        let start = here.poll(&alice, None, 0).await.cursor;
        let gone = there.poll_device(&web, &start).await;
        let streams = here.stream_aside(&Device::new(&alice, Platform::WEB), &start).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        gone.abort();
        set(0);
        let renewals = here.database.renewals.get();
        let before = Instant::now();
        for _ in 0..2 {
            let polled = here.poll_with(&web, Some(&start), Duration::from_secs(25)).await.unwrap();
            assert!(polled.frames.is_empty() && !polled.reset);
        }
        assert!(before.elapsed() >= Duration::from_secs(50), "each waited as long as it said");
        let renewals = here.database.renewals.get() - renewals;
        assert!((4..=12).contains(&renewals), "{renewals} renewals in 50 s");
        assert_eq!(event::head(&*here.database).await.unwrap(), 0);
        streams.await.unwrap();
        assert!(before.elapsed() <= STREAM_MAX, "nor does a stream last an hour longer");
        tokio::time::sleep(Duration::from_millis(LEASE.try_into().unwrap())).await;
        assert!(!here.is_online(&bob).await && !here.is_online(&alice).await);
        assert_eq!(here.hub.borrow().leases.instances(), 1, "the other instance no longer counts");
    });
}

#[test]
fn setting_the_clock_back_delays_neither_leases_nor_pruning() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        instance.host.0.ahead.set(3_600_000);
        let start = instance.poll(&bob, None, 0).await.cursor;
        instance.poll(&bob, Some(&start), 2).await;
        instance.host.0.ahead.set(0);
        let renewals = instance.database.renewals.get();
        instance.poll(&bob, Some(&start), 0).await;
        assert_eq!(instance.database.renewals.get() - renewals, 1, "who does not wait is online");
        for number in 0..1_500 {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        let carol = instance.register("carol").await;
        instance.poll(&carol, Some(&start), 1).await;
        let kept = event::position(&*instance.database, 0).await.unwrap();
        assert_eq!((kept.oldest, kept.head.event_id), (501, 1_500), "1,000 are kept");
    });
}

#[test]
fn setting_the_clock_back_makes_no_waiting_user_appear_offline() {
    run(async {
        let instance = Instance::new().await;
        let bob = instance.register("bob").await;
        instance.host.0.ahead.set(3_600_000);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let waits = instance.poll_aside(&bob, &start, 50).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        instance.host.0.ahead.set(0);
        let renewals = instance.database.renewals.get();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(instance.database.renewals.get() - renewals, 1);
        waits.await.unwrap();
    });
}

#[test]
fn a_stopping_host_ends_every_wait_at_once_and_nothing_spins() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let mut polls = Vec::new();
        for _ in 0..10 {
            polls.push(instance.poll_aside(&bob, &start, 50).await);
        }
        let stream = instance.stream_aside(&Device::new(&alice, Platform::WEB), &start).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        let (looks, before) = (instance.database.looks.get(), Instant::now());
        instance.host.stop();
        let texts = stream.await.unwrap();
        assert!(texts.last().unwrap().ends_with("retry: 1000\n\n"), "{texts:?}");
        assert!(texts.last().unwrap().contains(&format!("id: {start}\n")), "{texts:?}");
        for poll in polls {
            let polled = poll.await.unwrap();
            assert!(polled.frames.is_empty() && !polled.reset);
            assert_eq!(polled.cursor, start);
        }
        // A poll that arrives only now ends at once as well.
        assert_eq!(instance.poll(&bob, Some(&start), 50).await.cursor, start);
        assert_eq!(before.elapsed(), Duration::ZERO);
        assert_eq!((instance.database.looks.get(), instance.waiting()), (looks, 0));
    });
}

#[test]
fn a_surplus_instance_takes_no_requests_and_ends_its_polls() {
    run(async {
        let first = Instance::new().await;
        let (alice, bob) = (first.register("alice").await, first.register("bob").await);
        let start = first.poll(&bob, None, 0).await.cursor;
        for _ in 0..INSTANCES_KEPT {
            let id = Uuid::now_v7().to_string();
            presence::renew(&*first.database, &id, &[], now()).await.unwrap();
        }
        let surplus = Instance::of(&first.database);
        let poll = surplus.poll_aside(&bob, &start, 50).await;
        let device = Device::new(&alice, Platform::WEB);
        let stream = surplus.stream_aside(&device, &start).await;
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert_eq!((surplus.waiting(), surplus.host.0.closed.get()), (2, 1), "not at once");
        let instances =
            async || presence::renew(&*first.database, "00", &[], now()).await.unwrap().instances;
        assert_eq!(
            instances().await,
            INSTANCES_KEPT + 3,
            "with the first one, and the one that counts"
        );

        let polled = poll.await.unwrap();
        assert!(polled.frames.is_empty() && !polled.reset);
        assert!(stream.await.unwrap().last().unwrap().ends_with("\nretry: 1000\n\n"));
        tokio::task::yield_now().await;
        assert_eq!(surplus.host.0.closed.get(), 1);
        assert_eq!(instances().await, INSTANCES_KEPT + 2);
        // A poll that was already on its way in ends as well, and receives its events in another instance.
        first.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&first.poll(&bob, Some(&polled.cursor), 50).await), [1]);
        let cursor = first.poll(&bob, None, 0).await.cursor;
        let before = Instant::now();
        assert!(surplus.poll(&bob, Some(&cursor), 50).await.frames.is_empty());
        assert_eq!(before.elapsed(), Duration::ZERO);
    });
}

#[test]
fn a_client_that_disconnects_stops_reading_and_goes_offline_as_after_any_poll() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let host = Host::default();
        let reads = instance.poll_aside_on(&host, &alice, &start).await;
        let waits = instance.poll_aside(&bob, &start, 50).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let before = Instant::now();
        host.stop();
        assert_eq!(reads.await.unwrap().cursor, start);
        instance.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&waits.await.unwrap()), [1], "another one reads");
        assert!(before.elapsed() <= TICK_QUIET);
        tokio::time::sleep(Duration::from_millis(LEASE.try_into().unwrap())).await;
        assert!(!instance.is_online(&alice).await);
    });
}

#[test]
fn the_stream_of_a_disconnected_client_ends_even_if_another_poll_reads() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let reads = instance.poll_aside_on(&Host::default(), &alice, &start).await;
        let stream = instance.stream_aside(&Device::new(&bob, Platform::WEB), &start).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let before = Instant::now();
        instance.host.stop();
        assert!(stream.await.unwrap().last().unwrap().ends_with("retry: 1000\n\n"));
        assert_eq!((before.elapsed(), instance.waiting()), (Duration::ZERO, 1));
        reads.abort();
    });
}

#[test]
fn a_stream_sends_a_comment_at_once_and_after_every_silence() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let device = Device::new(&bob, Platform::WEB);
        let mut stream = instance.stream(&device, &start, Duration::from_secs(40));
        let before = Instant::now();
        let mut next = async || (stream.next().await, before.elapsed().as_secs());
        let (text, at) = next().await;
        assert!(text.unwrap().starts_with(':') && at == 0);
        for seconds in [15, 30] {
            let (text, at) = next().await;
            assert_eq!((text, at), (Some(format!(": silence\nid: {start}\n\n")), seconds));
        }
        instance.send(&alice, &bob, "m1").await;
        let (text, at) = next().await;
        assert!(text.unwrap().contains("\"seq\":1") && at == 30);
        assert!(next().await.0.unwrap().starts_with(':'));
        let (text, at) = next().await;
        assert!(text.unwrap().starts_with(':') && at == 40);
        assert_eq!(next().await, (None, 40));
    });
}

#[test]
fn only_the_latest_poll_or_stream_of_a_login_continues() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let device = Device::new(&bob, Platform::WEB);
        let first = instance.stream_aside(&device, &start).await;
        let second = instance.poll_device(&device, &start).await;
        first.await.unwrap();
        let third = instance.stream_aside(&device, &start).await;
        assert!(second.await.unwrap().unwrap().frames.is_empty());
        third.abort();

        // A stream that stalls for a while, and continues when there is a later poll.
        let mut stalled = instance.stream(&device, &start, STREAM_MAX);
        assert!(stalled.next().await.unwrap().starts_with(':'));
        let fourth = instance.poll_device(&device, &start).await;
        let before = Instant::now();
        while stalled.next().await.is_some() {}
        assert_eq!((before.elapsed(), fourth.is_finished()), (Duration::ZERO, false));
        instance.send(&alice, &bob, "m1").await;
        assert_eq!(seqs(&fourth.await.unwrap().unwrap()), [1]);
    });
}

#[test]
fn pruning_the_log_while_a_poll_reads_it_resets_the_poll_f1() {
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
                let retention = Retention { count: 4, ..RETENTION };
                event::prune(&*during.database, retention, now()).await.unwrap();
            });
        }));
        let polled = instance.poll(&bob, Some(&start), 50).await;
        assert!(polled.reset && polled.frames.is_empty(), "not the four that were left");
        assert!(instance.poll(&bob, Some(&polled.cursor), 0).await.frames.is_empty());
    });
}

#[test]
fn pruning_a_small_old_log_while_a_poll_reads_its_end_resets_the_poll() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        for number in 0..6 {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        let cursor = instance.poll(&bob, None, 0).await.cursor;
        for number in 6..10 {
            instance.send(&alice, &bob, &number.to_string()).await;
        }
        let during = Rc::clone(&instance);
        *instance.database.after_position.borrow_mut() = Some(Box::new(move || {
            spawn_local(async move {
                let retention = Retention { count: 1, ..RETENTION };
                event::prune(&*during.database, retention, now()).await.unwrap();
            });
        }));
        let polled = instance.poll(&bob, Some(&cursor), 50).await;
        assert!(polled.reset && polled.frames.is_empty(), "not only the one that was left");
    });
}

#[test]
fn an_ended_login_receives_no_events_that_arrived_after_its_end() {
    run(async {
        let instance = Instance::new().await;
        let (alice, bob) = (instance.register("alice").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let ended = Device::new(&bob, Platform::WEB);
        instance.end(&ended).await;
        let expired = Device { expires_at: now(), ..Device::new(&bob, Platform::WEB) };
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
fn a_waiting_poll_is_reset_if_unread_events_are_pruned() {
    run(async {
        let instance = Instance::new().await;
        let (ann, bob) = (instance.register("ann").await, instance.register("bob").await);
        let start = instance.poll(&bob, None, 0).await.cursor;
        let waits = instance.poll_aside(&bob, &start, 50).await;
        for id in ["m1", "m2", "m3"] {
            instance.send(&ann, &bob, id).await;
        }
        let retention = Retention { count: 1, ..RETENTION };
        event::prune(&*instance.database, retention, now()).await.unwrap();
        let polled = waits.await.unwrap();
        assert!(polled.reset && polled.frames.is_empty(), "{polled:?}");
        instance.send(&ann, &bob, "m4").await;
        assert_eq!(seqs(&instance.poll(&bob, Some(&polled.cursor), 50).await), [4]);
    });
}
