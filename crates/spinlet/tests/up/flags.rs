//! `spinlet up`'s flags and environment.

use crate::app::{App, MANIFEST, Server};
use spinlet_process::Process;

#[test]
fn a_manifest_is_found_by_its_path_or_its_folder() {
    let app = App::new(MANIFEST);
    std::fs::create_dir(app.path("elsewhere")).unwrap();
    for from in [app.path("spin.toml"), app.path("")] {
        let mut command = app.command(&["--from"]);
        command.arg(from).current_dir(app.path("elsewhere"));
        let server = Server { process: Process::start(&mut command).unwrap() };
        assert_eq!(server.text("/served"), "1");
    }
    assert!(
        app.path(".spin/sqlite_db.db").parent().unwrap().exists(),
        "state is beside the manifest"
    );
}

#[test]
fn a_variable_is_taken_from_the_flag_then_the_environment_then_the_manifest() {
    let app = App::new(MANIFEST);
    let greeting = |flags: &[&str], environment: Option<&str>| {
        let mut command = app.command(flags);
        command.envs(environment.map(|value| ("SPIN_VARIABLE_GREETING", value)));
        let server = Server { process: Process::start(&mut command).unwrap() };
        server.text("/variable?name=greeting")
    };
    assert_eq!(greeting(&[], None), "from the manifest");
    assert_eq!(greeting(&[], Some("environment")), "environment");
    assert_eq!(greeting(&["--variable", "greeting=a=b"], Some("environment")), "a=b");
}

#[test]
fn statements_are_run_before_the_first_request() {
    let app = App::new(MANIFEST);
    std::fs::write(app.path("more.sql"), "CREATE TABLE u (x); INSERT INTO u VALUES (2);").unwrap();
    let flags =
        ["--sqlite", "CREATE TABLE t (x); INSERT INTO t VALUES (1)", "--sqlite", "@more.sql"];
    let server = app.start(&flags);
    let sql = "/sqlite?database=default&sql=SELECT+t.x,+u.x+FROM+t,+u";
    assert_eq!(server.text(sql), "[[Integer(1), Integer(2)]]");
}

#[test]
fn quiet_keeps_the_output_of_components_off_the_terminal() {
    let (app, server) = Server::usual(&["--quiet"]);
    server.text("/print?text=hello");
    let log = std::fs::read_to_string(app.path(".spin/logs/probe_stdout.txt")).unwrap();
    assert_eq!(log, "out: hello\n");
    assert!(!server.process.output().contains("hello"), "{}", server.process.output());
}

#[test]
fn state_is_in_the_folder_of_the_flag() {
    let (app, server) = Server::usual(&["--state-dir", "somewhere/else"]);
    server.text("/sqlite?database=default&sql=CREATE+TABLE+t+(x)");
    server.text("/set?store=default&key=k&value=v");
    for file in ["sqlite_db.db", "sqlite_key_value.db", "logs/probe_stdout.txt"] {
        assert!(app.path("somewhere/else").join(file).exists(), "{file}");
    }
    assert!(!app.path(".spin").exists());
}

#[test]
fn a_runtime_config_places_databases_and_stores() {
    let app = App::new(&MANIFEST.replace(
        "sqlite_databases = [\"default\"]",
        "sqlite_databases = [\"default\", \"second\"]",
    ));
    let config = "[sqlite_database.second]\ntype = \"spin\"\npath = \"second-file.db\"\n\
                  [key_value_store.default]\ntype = \"spin\"\npath = \"keys.db\"\n";
    std::fs::write(app.path("runtime.toml"), config).unwrap();
    let server = app.start(&["--runtime-config-file", "runtime.toml"]);
    server.text("/sqlite?database=second&sql=CREATE+TABLE+t+(x)");
    server.text("/set?store=default&key=k&value=v");
    assert!(app.path("second-file.db").exists() && app.path("keys.db").exists());
}

#[test]
fn an_unsupported_runtime_config_is_refused_by_name() {
    let app = App::new(MANIFEST);
    for (config, message) in [
        ("[sqlite_database.default]\ntype = \"libsql\"\nurl = \"x\"\n", "libsql"),
        ("[sqlite_database.default]\ntype = \"spin\"\nurl = \"x\"\n", "url"),
        ("[key_value_store.default]\ntype = \"redis\"\n", "url"),
        ("[key_value_store.default]\ntype = \"azure_cosmos\"\n", "azure_cosmos"),
        ("[llm_compute]\ntype = \"spin\"\n", "llm_compute"),
    ] {
        std::fs::write(app.path("runtime.toml"), config).unwrap();
        let refusal = app.refusal(&["--runtime-config-file", "runtime.toml"]);
        assert!(refusal.contains(message), "{refusal}");
    }
}

#[test]
fn a_second_start_compiles_nothing() {
    let app = App::new(MANIFEST);
    let entries = || {
        let mut files = Vec::new();
        let mut folders = vec![app.path("compiled")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        // The cache records its use in separate files, with the extension `stats`.
        files.retain(|path| path.extension().is_none());
        files.sort();
        files
    };
    let flags = ["--state-dir", "."];
    let start = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_spinlet"));
        command.args(["up", "--listen", "127.0.0.1:0", "--cache-dir", "compiled"]).args(flags);
        Server { process: Process::start(command.current_dir(app.path(""))).unwrap() }
    };
    assert_eq!(start().text("/served"), "1");
    let first = entries();
    assert!(!first.is_empty());
    assert_eq!(start().text("/served"), "1");
    assert_eq!(entries(), first);
}
