//! The host's side of an instance: the grants of its component, and the state of WASI.

use crate::bindings;
use crate::key_value;
use crate::logs::ComponentLog;
use crate::outbound::{AllowedHosts, Outbound};
use crate::sqlite::Database;
use crate::variables::ComponentVariables;
use crate::waits::{self, Waits};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p3::{WasiHttpCtxView, WasiHttpView};

/// A component and its grants from the manifest; nothing else is within its reach.
pub struct Component {
    /// The component's id in the manifest.
    pub id: String,
    /// The guest's environment variables.
    pub environment: Vec<(String, String)>,
    /// Labels of the databases that it may open.
    pub sqlite_databases: HashSet<String>,
    /// Labels of the stores that it may open.
    pub key_value_stores: HashSet<String>,
    /// The component's variables: names and values.
    pub variables: ComponentVariables,
    /// Hosts that it may send requests to.
    pub allowed_outbound_hosts: Arc<AllowedHosts>,
    /// All databases, by label.
    pub databases: Arc<HashMap<String, Arc<Database>>>,
    /// All stores, by label.
    pub stores: Arc<BTreeMap<String, key_value::Store>>,
    /// The log of its output.
    pub log: ComponentLog,
}

/// The data of one instance's store.
pub struct Host {
    /// The component of the instance.
    pub component: Arc<Component>,
    /// The resources the guest holds.
    pub table: ResourceTable,
    /// The tokens that end the guest's waits.
    pub waits: Waits,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl Host {
    /// The data of a new instance; its waits end when `stopping` is cancelled.
    #[must_use]
    pub fn new(component: Arc<Component>, stopping: CancellationToken) -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.envs(&component.environment)
            .stdout(component.log.stdout())
            .stderr(component.log.stderr());
        let outbound = Outbound::new(&component);
        Self {
            table: ResourceTable::new(),
            waits: Waits::new(stopping),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            outbound,
            component,
        }
    }

    /// Everything a component can import.
    ///
    /// # Errors
    /// When two definitions clash.
    pub fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Self>> {
        let mut linker = Linker::new(engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi::p3::add_to_linker(&mut linker)?;
        waits::add_to_linker(&mut linker)?;
        wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
        bindings::Host_::add_to_linker::<_, HasSelf<Self>>(&mut linker, |host| host)?;
        Ok(linker)
    }
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Host {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.outbound }
    }
}
