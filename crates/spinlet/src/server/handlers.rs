//! The handlers of the components, which may compile while the server already serves.

use super::Handler;
use crate::host::Component;
use crate::terminal::say;
use anyhow::Result;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime;
use tokio::sync::{SetOnce, oneshot};
use wasmtime_wasi_http::handler::ProxyHandler;

/// The interval of the lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// The handlers by component. Those that a request waits for are compiled first.
pub struct Handlers {
    handlers: HashMap<String, SetOnce<ProxyHandler<Handler>>>,
    wanted: Mutex<HashSet<String>>,
}

/// Completes when all components are compiled, or with the error of the first that cannot be.
pub type Compiled = oneshot::Receiver<Result<()>>;

impl Handlers {
    /// Begins to compile the components by `load`, on a thread of its own, in their order unless a request waits for
    /// one.
    #[must_use]
    pub fn compile(
        components: Vec<Component>,
        load: impl Fn(Component) -> Result<ProxyHandler<Handler>> + Send + 'static,
    ) -> (Arc<Self>, Compiled) {
        let handlers = components.iter().map(|it| (it.id.clone(), SetOnce::new())).collect();
        let handlers = Arc::new(Self { handlers, wanted: Mutex::default() });
        let (done, compiled) = oneshot::channel();
        let (worker, runtime) = (Arc::clone(&handlers), runtime::Handle::current());
        std::thread::spawn(move || {
            let _runtime = runtime.enter();
            // The receiver is gone once the server stops.
            drop(done.send(worker.compile_all(components.into(), load)));
        });
        (handlers, compiled)
    }

    fn compile_all(
        &self,
        mut components: VecDeque<Component>,
        load: impl Fn(Component) -> Result<ProxyHandler<Handler>>,
    ) -> Result<()> {
        let (started, total) = (Instant::now(), components.len());
        let mut reported = started;
        while let Some(component) = self.next(&mut components) {
            let id = component.id.clone();
            let handler = load(component)?;
            if let Some(slot) = self.handlers.get(&id) {
                // Each component is loaded once.
                drop(slot.set(handler));
            }
            if reported.elapsed() > PROGRESS_EVERY {
                reported = Instant::now();
                let (done, seconds) = (total - components.len(), started.elapsed().as_secs());
                say(format_args!("compiling components: {done} of {total} done after {seconds} s"));
            }
        }
        Ok(())
    }

    /// Takes the next component to compile.
    fn next(&self, components: &mut VecDeque<Component>) -> Option<Component> {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let first = components.iter().position(|it| wanted.contains(&it.id)).unwrap_or(0);
        components.remove(first)
    }

    /// The handler of a component, as soon as it is compiled; `None` if there is no such component.
    pub async fn get(&self, id: &str) -> Option<&ProxyHandler<Handler>> {
        let slot = self.handlers.get(id)?;
        if let Some(handler) = slot.get() {
            return Some(handler);
        }
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        Some(slot.wait().await)
    }
}
