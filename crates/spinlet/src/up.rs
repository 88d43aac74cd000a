//! `spinlet up`: from the manifest to a running server.

use crate::cli::{Seconds, Up};
use crate::host::{Component, Host};
use crate::logs::Logs;
use crate::manifest::Manifest;
use crate::outbound::AllowedHosts;
use crate::routes::Routes;
use crate::runtime_config::{Backends, Places};
use crate::server::{
    Compiled, Handler, Handlers, Limits, Reuse, Server, Stopping, Timeouts, raise_file_limit,
};
use crate::state::{self, Lock, Restoring};
use crate::terminal::{print, say};
use crate::{compile, variables};
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Maximum time that a start waits for its components to be compiled. With compiled code in the
/// cache that is enough for all; otherwise the address answers while the others still compile.
const COMPILING_MAX: Duration = Duration::from_secs(2);

/// Serves the application until it is asked to stop.
///
/// # Errors
/// One sentence with the problem, its place and the remedy.
pub fn run(up: &Up) -> Result<()> {
    // Guests run on these threads and may block them in SQLite.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Before anything else: a start may compile for minutes, and an unhandled SIGHUP ends the process.
    let hangup = {
        let _runtime = runtime.enter();
        Hangup::new()?
    };
    let (path, folder) = crate::cli::manifest(&up.from);
    let manifest = Manifest::read(&path)?;
    let state_dir = up.state_dir.clone().unwrap_or_else(|| folder.join(".spin"));

    let variables = variables::resolve(&manifest, &up.variables)?;
    let routes = Routes::new(manifest.routes())?;
    let places = Places::read(up.runtime_config_file.as_deref(), &state_dir)?;
    let _lock = Lock::share(&places.folders())?;
    Restoring::refuse(&state_dir)?;
    let (logs, cache) = (state_dir.join("logs"), cache_folder(up, &state_dir)?);
    state::make_folder(&logs)?;
    state::close_to_others(&state_dir, &places.files().into_keys().collect(), &logs, &cache);
    let backends = Backends::open(&places, up.as_spin)?;
    run_sqlite_flags(up, &backends)?;
    let logs = Arc::new(Logs::new(logs, up.log_file_max, up.quiet));
    let components = components(up, &manifest, variables, &backends, &logs)?;
    let databases = Arc::clone(&backends.databases);
    drop(backends);

    raise_file_limit();
    let served = runtime.block_on(async {
        let stopping = Stopping::default();
        let (handlers, mut compiling) =
            load(up, &manifest, &folder, &cache, components, &stopping)?;
        let server =
            Server::bind(up.listen, &manifest.application, routes, handlers, limits(up), stopping)?;
        compiled(&mut compiling, up.as_spin).await?;
        let url = format!("http://{}", server.address()?);
        let mut cannot_compile = pin!(async {
            if !compiling.is_terminated() {
                match compiling.await.unwrap_or_else(|ended| Err(ended.into())) {
                    Ok(()) => print(format_args!("all components are compiled: {url}")),
                    Err(error) => return error,
                }
            }
            std::future::pending().await
        });
        // The health check may wait for a component that cannot be compiled.
        let healthy = tokio::select! {
            healthy = server.check_health() => healthy,
            error = &mut cannot_compile => return Err(error),
        };
        healthy.with_context(|| {
            format!(
                "the application is not healthy; its log has the reason ({})",
                logs.folder().display()
            )
        })?;
        let stop = stopped(hangup, logs)?;
        announce(&manifest, &url);
        tokio::select! {
            ended = server.serve(stop) => ended,
            error = cannot_compile => Err(error),
        }
    });
    // Ends the requests that outlived the grace period, and with them the guests' connections to the databases.
    runtime.shutdown_timeout(Duration::from_secs(1));
    for database in databases.values() {
        database.close();
    }
    served
}

/// Runs the statements of `--sqlite`: `[database:]statements` or `[database:]@file`.
fn run_sqlite_flags(up: &Up, backends: &Backends) -> Result<()> {
    for flag in &up.sqlite {
        let named =
            flag.split_once(':').filter(|(label, _)| backends.databases.contains_key(*label));
        let (label, statements) = named.unwrap_or(("default", flag));
        let statements = match statements.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file)
                .with_context(|| format!("--sqlite: cannot read {file}"))?,
            None => statements.to_owned(),
        };
        let database =
            backends.databases.get(label).context("the label 'default' has no database")?;
        database.run_batch(&statements).with_context(|| format!("--sqlite {flag}"))?;
    }
    Ok(())
}

/// The components with their grants.
fn components(
    up: &Up,
    manifest: &Manifest,
    mut variables: BTreeMap<String, variables::ComponentVariables>,
    backends: &Backends,
    logs: &Logs,
) -> Result<Vec<Component>> {
    let component = |(id, from): (&String, &crate::manifest::Component)| {
        for (grant, known) in [
            (&from.sqlite_databases, backends.databases.keys().cloned().collect::<Vec<_>>()),
            (&from.key_value_stores, backends.stores.keys().cloned().collect()),
        ] {
            if let Some(unknown) = grant.iter().find(|label| !known.contains(label)) {
                bail!(
                    "component '{id}' is granted '{unknown}', which does not exist; these exist: {}",
                    known.join(", ")
                );
            }
        }
        let mut environment = from.environment.clone();
        environment.extend(up.environment.iter().cloned());
        Ok(Component {
            id: id.clone(),
            environment: environment.into_iter().collect(),
            sqlite_databases: from.sqlite_databases.iter().cloned().collect(),
            key_value_stores: from.key_value_stores.iter().cloned().collect(),
            variables: variables.remove(id).unwrap_or_default(),
            allowed_outbound_hosts: Arc::new(
                AllowedHosts::parse(&from.allowed_outbound_hosts)
                    .with_context(|| format!("component '{id}'"))?,
            ),
            databases: Arc::clone(&backends.databases),
            stores: Arc::clone(&backends.stores),
            log: logs.component(id)?,
        })
    };
    manifest.component.iter().map(component).collect()
}

/// Begins to compile the components, or to load them from the cache.
fn load(
    up: &Up,
    manifest: &Manifest,
    folder: &Path,
    cache: &Path,
    components: Vec<Component>,
    stopping: &Stopping,
) -> Result<(Arc<Handlers>, Compiled)> {
    let engine = compile::engine(cache, up.as_spin)?;
    let linker = Host::linker(&engine)?;
    let reuse = Reuse {
        max_instance_reuse_count: up.max_instance_reuse_count,
        max_instance_concurrent_reuse_count: up.max_instance_concurrent_reuse_count,
        idle_instance_timeout: up.idle_instance_timeout,
        request_timeout: up.request_timeout,
    };
    let mut sources = HashMap::new();
    for (id, component) in &manifest.component {
        let source = folder.join(&component.source);
        compile::check(id, &source)?;
        sources.insert(id.clone(), source);
    }
    let (stopping, as_spin) = (stopping.clone(), up.as_spin);
    Ok(Handlers::compile(components, move |component| {
        let source = sources.get(&component.id).context("a component has no source")?;
        let service = compile::load(&engine, &linker, &component.id, source)?;
        Ok(Handler::new(&engine, component, service, reuse, stopping.clone(), as_spin))
    }))
}

/// Waits until the components are compiled; at most for [`COMPILING_MAX`], unless all of them are wanted, as in Spin.
///
/// # Errors
/// The error of a component that cannot be compiled.
async fn compiled(compiled: &mut Compiled, all: bool) -> Result<()> {
    if all {
        return compiled.await?;
    }
    if let Ok(done) = tokio::time::timeout(COMPILING_MAX, &mut *compiled).await {
        return done?;
    }
    print("the address answers already; a request waits for its component to be compiled");
    Ok(())
}

fn limits(up: &Up) -> Limits {
    // A year is as good as no limit, and can be added to a clock's time.
    let time = |flag: Seconds| flag.duration().min(Duration::from_hours(24 * 365));
    Limits {
        request_body: usize::try_from(up.max_request_body).unwrap_or(usize::MAX),
        timeouts: Timeouts {
            keep_alive: time(up.keep_alive_timeout),
            head: time(up.head_timeout),
            body: time(up.body_timeout),
            write: time(up.write_timeout),
        },
        delays_answers: up.as_spin,
    }
}

/// By default compiled code is kept in the state folder, so that deleting the state deletes it too.
fn cache_folder(up: &Up, state_dir: &Path) -> Result<PathBuf> {
    let cache = up.cache_dir.clone().unwrap_or_else(|| state_dir.join("cache"));
    state::make_folder(&cache)?;
    cache.canonicalize().with_context(|| format!("cannot use the folder {}", cache.display()))
}

/// Ends with the address, so that a person who started the server finds it without scrolling.
fn announce(manifest: &Manifest, url: &str) {
    print("Available Routes:");
    for (pattern, component) in manifest.routes() {
        print(format_args!("  {component}: {url}{pattern}"));
    }
    print(format_args!("Serving {url}"));
}

/// Completes at the first SIGINT or SIGTERM, or when the terminal is gone; a second signal ends the process at once.
fn stopped(hangup: Hangup, logs: Arc<Logs>) -> Result<impl Future<Output = ()>> {
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        let mut hangup = pin!(hangup.terminal_gone(logs));
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {}, () = &mut hangup => {} }
        say("stopping: running requests may take another 5 s");
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            std::process::exit(130);
        });
    })
}

/// SIGHUP, which asks to reopen the log files, or reports that the terminal is gone.
struct Hangup {
    signal: Signal,
    /// Whether the server was started on a terminal, and so ends with it.
    on_terminal: bool,
}

impl Hangup {
    fn new() -> Result<Self> {
        // `nohup` and similar commands ignore SIGHUP.
        let ignored = std::fs::read_to_string("/proc/self/status").is_ok_and(|status| {
            let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
            let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
            mask.is_some_and(|mask| mask & 1 != 0)
        });
        Ok(Self { signal: signal(SignalKind::hangup())?, on_terminal: !ignored && has_terminal() })
    }

    /// Reopens the log files at each signal, and completes at the one that reports the end of the terminal.
    async fn terminal_gone(mut self, logs: Arc<Logs>) {
        while self.signal.recv().await.is_some() {
            if self.on_terminal && !has_terminal() {
                return;
            }
            logs.reopen();
        }
        std::future::pending::<()>().await;
    }
}

/// Whether the process has a terminal that still exists.
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}
