//! The health check, and warnings at the start.

use crate::app::{App, MANIFEST};

/// An application whose probe also has the route `/healthz`; the probe acts by the last segment of the path.
fn app() -> App {
    let route = "[[trigger.http]]\nroute = \"/healthz\"\ncomponent = \"probe\"\n[component.probe]";
    App::new(&MANIFEST.replace("[component.probe]", route))
}

#[test]
fn an_application_that_fails_its_health_check_is_not_served() {
    let app = app();
    assert_eq!(app.start(&[]).text("/healthz"), "well");
    let refusal = app.refusal(&["--variable", "greeting=unwell"]);
    let logged = refusal.find("greeting is 'unwell'").expect(&refusal);
    let refused = refusal.find("not healthy").expect(&refusal);
    assert!(logged < refused, "the log line is above the refusal: {refusal}");
    assert!(refusal.contains("GET /healthz is answered 400"), "{refusal}");
    assert!(!refusal.contains("Serving http"), "{refusal}");
}

#[test]
fn a_misspelled_variable_is_reported_at_the_start_without_its_value() {
    let app = app();
    let mut command = app.command(&[]);
    command.env("SPIN_VARIABLE_GREETNG", "secret-value").env("SPIN_VARIABLE_GREETING", "hello");
    let server = spinlet_process::Process::start(&mut command).unwrap();
    let server = crate::app::Server { process: server };
    server.wait_for_output("SPIN_VARIABLE_GREETNG is set, and the manifest has no such variable");
    let output = server.process.output();
    assert!(!output.contains("SPIN_VARIABLE_GREETING") && !output.contains("secret-value"));
}
