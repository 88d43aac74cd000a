//! Key-value stores, in a file and on Redis.

use crate::app::{App, MANIFEST, Server};
use spinlet_process::{Process, free_port};
use std::time::{Duration, Instant};

/// An application whose store is a database of Redis, and the port of that Redis, which is not started yet.
fn on_redis(database: u8) -> (App, u16) {
    let (app, port) = (App::new(MANIFEST), free_port().unwrap());
    let url = format!("redis://127.0.0.1:{port}/{database}");
    let config = format!("[key_value_store.default]\ntype = \"redis\"\nurl = \"{url}\"\n");
    std::fs::write(app.path("runtime.toml"), config).unwrap();
    (app, port)
}

const ON_REDIS: [&str; 2] = ["--runtime-config-file", "runtime.toml"];

/// Runs a test on a store in a file, then on one on Redis.
fn on_each(test: impl Fn(&Server)) {
    println!("in a file:");
    let (_app, server) = Server::usual(&[]);
    test(&server);
    println!("on Redis:");
    let (app, port) = on_redis(0);
    let _redis = Process::start_redis(port, &app.path("redis")).unwrap();
    test(&app.start(&ON_REDIS));
    assert!(!app.path(".spin/sqlite_key_value.db").exists());
}

#[test]
fn keys_are_set_read_listed_and_deleted() {
    on_each(|server| {
        assert_eq!(server.text("/get?store=default&key=a"), "None");
        for key in ["a", "b"] {
            server.text(&format!("/set?store=default&key={key}&value=1"));
        }
        server.text("/set?store=default&key=a&value=2");
        assert_eq!(server.text("/get?store=default&key=a"), "Some(\"2\")");
        assert_eq!(server.text("/keys?store=default"), "a b");
        assert_eq!(server.text("/delete?store=default&key=a"), "false");
        assert_eq!(server.text("/keys?store=default"), "b");
    });
}

#[test]
fn keys_are_set_read_and_deleted_in_batches() {
    on_each(|server| {
        assert_eq!(server.text("/many?store=default"), "[a: None, b: None]");
        assert_eq!(server.text("/many?store=default&set=a,b"), "[a: Some(\"a\"), b: Some(\"b\")]");
        assert_eq!(server.text("/many?store=default&delete=a,c"), "[a: None, b: Some(\"b\")]");
    });
}

#[test]
fn thousands_of_keys_are_each_listed_once() {
    on_each(|server| {
        let keys: Vec<String> = (0..2_500).map(|number| format!("key{number:04}")).collect();
        for some in keys.chunks(500) {
            server.text(&format!("/many?store=default&set={}", some.join(",")));
        }
        assert_eq!(server.text("/keys?store=default"), keys.join(" "));
    });
}

#[test]
fn concurrent_increments_all_count() {
    on_each(|server| {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        server.text("/increment?store=default&key=n");
                    }
                });
            }
        });
        assert_eq!(server.text("/increment?store=default&key=n"), "201");
        server.text("/set?store=default&key=n&value=many");
        let error = server.error("/increment?store=default&key=n");
        assert!(error.starts_with("Error::Other") && error.contains("not an integer"), "{error}");
    });
}

#[test]
fn a_swap_fails_if_the_value_has_changed() {
    on_each(|server| {
        assert_eq!(server.text("/swap?store=default&key=k&value=1&meanwhile=9"), "failed");
        server.text("/delete?store=default&key=k");
        assert_eq!(server.text("/swap?store=default&key=k&value=1"), "swapped None");
        assert_eq!(server.text("/swap?store=default&key=k&value=2"), "swapped Some(\"1\")");
        assert_eq!(server.text("/swap?store=default&key=k&value=3&meanwhile=9"), "failed");
        assert_eq!(server.text("/get?store=default&key=k"), "Some(\"9\")");
    });
}

#[test]
fn a_failed_swap_returns_a_handle_for_the_new_value() {
    on_each(|server| {
        let swap = "/swap?store=default&key=k&again=1";
        assert_eq!(server.text(&format!("{swap}&value=1&meanwhile=9")), "swapped again");
        assert_eq!(server.text(&format!("{swap}&value=2&meanwhile=8")), "swapped again");
        assert_eq!(server.text("/get?store=default&key=k"), "Some(\"2\")");
    });
}

#[test]
fn a_store_on_redis_is_one_redis_database_as_in_spin() {
    let (app, port) = on_redis(3);
    let (other, _) = on_redis(0);
    std::fs::copy(app.path("runtime.toml"), other.path("runtime.toml")).unwrap();
    let _redis = Process::start_redis(port, &app.path("redis")).unwrap();
    app.start(&ON_REDIS).text("/set?store=default&key=k&value=v");
    assert_eq!(
        other.start(&ON_REDIS).text("/keys?store=default"),
        "k",
        "no other name, no other key"
    );
    let config = std::fs::read_to_string(app.path("runtime.toml")).unwrap();
    std::fs::write(app.path("runtime.toml"), config.replace("/3", "/4")).unwrap();
    assert_eq!(app.start(&ON_REDIS).text("/keys?store=default"), "");
}

#[test]
fn a_component_receives_errors_without_redis_and_recovers_when_redis_is_back() {
    let (app, port) = on_redis(0);
    let server = app.start(&ON_REDIS);
    let every = [
        "/get?store=default&key=a",
        "/set?store=default&key=a&value=1",
        "/delete?store=default&key=a",
        "/keys?store=default",
        "/many?store=default",
        "/increment?store=default&key=a",
        "/swap?store=default&key=a&value=1",
    ];
    for round in 0..2 {
        for path in every {
            let error = server.error(path);
            assert!(error.contains("refused"), "{round} {path}: {error}");
        }
        let mut redis = Process::start_redis(port, &app.path("redis")).unwrap();
        assert_eq!(server.text("/increment?store=default&key=n"), (round + 1).to_string());
        redis.kill();
        // No request arrives meanwhile, so the next one is the first to notice.
        let mut redis = Process::start_redis(port, &app.path("redis")).unwrap();
        let count = server.text("/get?store=default&key=n");
        assert_eq!(count, format!("Some(\"{}\")", round + 1));
        redis.kill();
    }
}

#[test]
fn a_redis_that_does_not_answer_times_out() {
    let (app, port) = on_redis(0);
    let redis = Process::start_redis(port, &app.path("redis")).unwrap();
    let server = app.start(&ON_REDIS);
    server.text("/set?store=default&key=a&value=1");
    redis.signal("STOP").unwrap();
    for path in ["/get?store=default&key=a", "/increment?store=default&key=n"] {
        let asked = Instant::now();
        assert!(server.error(path).contains("timed out"));
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    }
    redis.signal("CONT").unwrap();
    assert_eq!(server.text("/get?store=default&key=a"), "Some(\"1\")");
}

#[test]
fn an_invalid_redis_url_is_refused_at_the_start() {
    let (app, port) = on_redis(0);
    let config = std::fs::read_to_string(app.path("runtime.toml")).unwrap();
    for (wrong, message) in [
        (config.replace("redis://", "http://"), "key_value_store.default"),
        (config.replace("redis://", "rediss://"), "TLS"),
        (config.replace(&port.to_string(), "port"), "key_value_store.default"),
    ] {
        std::fs::write(app.path("runtime.toml"), wrong).unwrap();
        let refusal = app.refusal(&ON_REDIS);
        assert!(refusal.contains(message), "{refusal}");
    }
}
