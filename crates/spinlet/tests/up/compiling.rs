//! The server answers while components that no request waits for still compile.

use crate::app::{App, MANIFEST, Server};
use spinlet_process::{NotServing, Process};
use std::fmt::Write;
use std::path::Path;

/// The number of components; compiling all of them takes far longer than a start waits.
const COUNT: usize = 60;

/// A copy of a wasm file with a custom section, so that it compiles separately.
fn with_section(wasm: &[u8], number: usize) -> Vec<u8> {
    let mut copy = wasm.to_vec();
    copy.extend([0, 4, 1, b'n', b'0' + u8::try_from(number / 10).unwrap()]);
    copy.push(b'0' + u8::try_from(number % 10).unwrap());
    copy
}

/// The number of files in a folder and its subfolders.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    let count = |entry: std::fs::DirEntry| {
        if entry.file_type().unwrap().is_dir() { files(&entry.path()) } else { 1 }
    };
    entries.map(count).sum()
}

/// An application of `COUNT` components, which are not compiled yet, and more lines of its manifest.
fn many_components(more: &str) -> App {
    let mut manifest = "spin_manifest_version = 2\n[application]\nname = \"tests\"\n".to_owned();
    for number in 0..COUNT {
        write!(
            manifest,
            "[[trigger.http]]\nroute = \"/{number}/...\"\ncomponent = \"probe{number}\"\n\
             [component.probe{number}]\nsource = \"probe{number}.wasm\"\n"
        )
        .unwrap();
    }
    manifest.push_str(more);
    let app = App::new(&manifest);
    let wasm = std::fs::read(app.path("probe.wasm")).unwrap();
    for number in 0..COUNT {
        std::fs::write(app.path(&format!("probe{number}.wasm")), with_section(&wasm, number))
            .unwrap();
    }
    app
}

#[test]
fn a_request_waits_for_its_own_component_and_not_for_the_others() {
    let app = many_components("");
    let cache = app.path("cache");
    let mut command = app.command_with_cache(&cache);
    let process = Process::start(&mut command);
    let Ok(process) = process.map_err(|NotServing { output, .. }| panic!("{output}"));
    let server = Server { process };
    assert_eq!(server.get(&format!("/{}/refuse", COUNT - 1)).status, 413);
    assert!(files(&cache) < COUNT, "all were compiled first: {}", server.process.output());
    assert_eq!(server.get("/30/refuse").status, 413);
}

/// A module that cannot be compiled: it imports the function `f` of the module `nowhere`.
fn broken() -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x0d\x01".to_vec();
    wasm.extend(b"\x07nowhere\x01f\0\0");
    wasm
}

#[test]
fn a_component_that_cannot_be_compiled_ends_the_start() {
    let app = App::new(MANIFEST);
    std::fs::write(app.path("probe.wasm"), broken()).unwrap();
    let refusal = app.refusal(&[]);
    assert!(refusal.contains("component 'probe'") && refusal.contains("nowhere"), "{refusal}");
}

#[test]
fn a_health_check_that_cannot_be_compiled_ends_the_start() {
    let health = "[[trigger.http]]\nroute = \"/healthz\"\ncomponent = \"well\"\n\
                  [component.well]\nsource = \"well.wasm\"\n";
    let app = many_components(health);
    std::fs::write(app.path("well.wasm"), broken()).unwrap();
    let Err(NotServing { status, output }) =
        Process::start(&mut app.command_with_cache(&app.path("cache")))
    else {
        panic!("it serves");
    };
    assert_eq!(status.and_then(|status| status.code()), Some(1), "{output}");
    assert!(output.contains("component 'well'") && output.contains("nowhere"), "{output}");
}
