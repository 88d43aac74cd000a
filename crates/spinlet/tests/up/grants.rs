//! SQLite and variables, with and without a grant.

use crate::app::{App, MANIFEST, Server, encode};

#[test]
fn values_of_every_type_survive_the_database_over_both_bindings() {
    let (_app, server) = Server::usual(&[]);
    let expected =
        r#"["a", "b", "c", "d", "e"] [Null, Integer(-7), Real(0.5), Text("🌊"), Blob([0, 255])]"#;
    assert_eq!(server.text("/values?binding=synchronous"), expected);
    assert_eq!(server.text("/values?binding=asynchronous"), expected);
}

fn sql(statements: &str) -> String {
    format!("/sqlite?database=default&sql={}", encode(statements))
}

#[test]
fn written_data_survives_a_restart() {
    let app = App::new(MANIFEST);
    let server = app.start(&[]);
    server.text(&sql("CREATE TABLE t (x); INSERT INTO t VALUES (17)"));
    server.text("/set?store=default&key=k&value=v");
    drop(server);
    let server = app.start(&[]);
    assert_eq!(server.text(&sql("SELECT x FROM t")), "[[Integer(17)]]");
    assert_eq!(server.text("/get?store=default&key=k"), "Some(\"v\")");
}

#[test]
fn a_component_receives_the_errors_of_the_database() {
    let (app, server) = Server::usual(&[]);
    assert!(server.error(&sql("SELEKT")).contains("syntax error"));
    server.text(&sql("CREATE TABLE t (x UNIQUE); INSERT INTO t VALUES (1)"));
    assert!(server.error(&sql("INSERT INTO t VALUES (1)")).contains("UNIQUE constraint failed"));
    let file = app.path("other.db").display().to_string();
    let attach = server.error(&sql(&format!("ATTACH DATABASE '{file}' AS other")));
    assert!(attach.contains("not authorized"), "{attach}");
    assert!(!app.path("other.db").exists());
}

#[test]
fn concurrent_writers_all_get_their_turn() {
    let (_app, server) = Server::usual(&[]);
    server.text(&sql("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    server.text(&sql("INSERT INTO t VALUES (1)"));
                    server.text(&sql("BEGIN IMMEDIATE; INSERT INTO t VALUES (1); COMMIT"));
                }
            });
        }
    });
    assert_eq!(server.text(&sql("SELECT count(*) FROM t")), "[[Integer(160)]]");
}

#[test]
fn access_without_a_grant_is_denied() {
    let manifest = MANIFEST
        .replace("sqlite_databases = [\"default\"]\n", "")
        .replace("key_value_stores = [\"default\"]\n", "");
    let app = App::new(&manifest);
    let server = app.start(&[]);
    for path in [
        "/values?binding=synchronous",
        "/values?binding=asynchronous",
        "/sqlite?database=other&sql=SELECT+1",
        "/get?store=default&key=a",
        "/increment?store=default&key=a",
    ] {
        let error = server.error(path);
        assert!(error.contains("AccessDenied"), "{path}: {error}");
    }
}

#[test]
fn a_component_sees_only_its_own_variables_and_environment() {
    let (_app, server) = Server::usual(&["--env", "COLOUR=blue"]);
    assert_eq!(server.text("/variable?name=greeting"), "from the manifest");
    assert!(server.error("/variable?name=other").contains("Undefined"));
    assert!(server.error("/variable?name=No-Name").contains("InvalidName"));
    assert_eq!(server.text("/environment?name=COLOUR"), "blue");
    assert!(server.error("/environment?name=PATH").contains("NotPresent"));

    let app =
        App::new(&MANIFEST.replace("greeting = \"{{ greeting }}\"", "own = \"<{{ greeting }}>\""));
    let server = app.start(&[]);
    assert_eq!(server.text("/variable?name=own"), "<from the manifest>");
    assert!(server.error("/variable?name=greeting").contains("Undefined"), "not passed on");
}
