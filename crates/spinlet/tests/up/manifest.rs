//! Errors in an application are reported in one sentence before anything is served.

use crate::app::{App, MANIFEST};

#[test]
fn errors_in_a_manifest_are_reported_by_name() {
    for (from, to, expected) in [
        ("[application]", "colour = \"blue\"\n[application]", "colour"),
        ("source =", "colour = \"blue\"\nsource =", "colour"),
        ("source =", "files = [\"x\"]\nsource =", "files"),
        ("spin_manifest_version = 2", "spin_manifest_version = 1", "version 2"),
        ("spin_manifest_version = 2", "", "spin_manifest_version is missing"),
        ("spin_manifest_version = 2", "spin_manifest_version = ", "TOML"),
        (
            "[[trigger.http]]",
            "[[trigger.redis]]\nchannel = \"c\"\ncomponent = \"probe\"\n[[trigger.http]]",
            "redis",
        ),
        ("component = \"probe\"", "component = \"nobody\"", "nobody"),
        ("probe.wasm", "missing.wasm", "missing.wasm"),
        ("route = \"/...\"", "route = { private = false }", "private = true"),
        ("[\"default\"]\nkey", "[\"other\"]\nkey", "other"),
        ("key_value_stores = [\"default\"]", "key_value_stores = [\"other\"]", "other"),
        ("source =", "allowed_outbound_hosts = [\"example.com\"]\nsource =", "https://example.com"),
        ("source =", "allowed_outbound_hosts = [\"*://example.com\"]\nsource =", "needs a port"),
        ("source =", "allowed_outbound_hosts = [\"http://self\"]\nsource =", "itself"),
        ("source =", "allowed_outbound_hosts = [\"http://a.spin.internal\"]\nsource =", "chaining"),
        ("{ default = \"from the manifest\" }", "{ required = true }", "SPIN_VARIABLE_GREETING"),
        ("\"{{ greeting }}\"", "\"{{ unknown }}\"", "unknown"),
    ] {
        assert!(MANIFEST.contains(from), "{from}");
        let refusal = App::new(&MANIFEST.replacen(from, to, 1)).refusal(&[]);
        assert!(refusal.contains(expected), "'{expected}' in {refusal}");
        assert!(refusal.starts_with("spinlet: ") && !refusal.contains("panicked"), "{refusal}");
    }
}

#[test]
fn a_flag_for_a_variable_that_is_not_in_the_manifest_is_refused() {
    let refusal = App::new(MANIFEST).refusal(&["--variable", "nothing=1"]);
    assert!(refusal.contains("nothing"), "{refusal}");
}

#[test]
fn a_missing_manifest_is_named() {
    let refusal = App::new(MANIFEST).refusal(&["--from", "nowhere.toml"]);
    assert!(refusal.contains("nowhere.toml"), "{refusal}");
}

#[test]
fn a_file_that_is_not_an_http_component_is_refused() {
    let app = App::new(MANIFEST);
    std::fs::write(app.path("probe.wasm"), b"\0asm\x01\0\0\0").unwrap();
    let refusal = app.refusal(&[]);
    assert!(refusal.contains("wasi:http/handler"), "{refusal}");
    std::fs::write(app.path("probe.wasm"), b"#!/bin/sh").unwrap();
    assert!(app.refusal(&[]).contains("not wasm"));
}

#[test]
fn a_port_in_use_is_reported_with_a_remedy() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let app = App::new(MANIFEST);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_spinlet"));
    command.args(["up", "--listen", &address]).current_dir(app.path(""));
    let refusal = spinlet_process::Process::start(&mut command).unwrap_err();
    assert_eq!(refusal.status.and_then(|status| status.code()), Some(1));
    assert!(
        refusal.output.contains(&address) && refusal.output.contains("--listen"),
        "{refusal:?}"
    );
}
