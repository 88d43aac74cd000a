//! What one instance of a component has of the host: its grants, and the state of WASI.

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

/// A component and what its manifest grants it; nothing else is within its reach.
pub struct Component {
    /// Its id in the manifest.
    pub id: String,
    /// Its environment variables.
    pub environment: Vec<(String, String)>,
    /// The databases it may open.
    pub sqlite_databases: HashSet<String>,
    /// The stores it may open.
    pub key_value_stores: HashSet<String>,
    /// What its variables stand for.
    pub variables: ComponentVariables,
    /// Where it may send requests.
    pub allowed_outbound_hosts: Arc<AllowedHosts>,
    /// Every database there is, by label.
    pub databases: Arc<HashMap<String, Arc<Database>>>,
    /// Every store there is, by label.
    pub stores: Arc<BTreeMap<String, key_value::Store>>,
    /// Where its output goes.
    pub log: ComponentLog,
}

/// The data of one instance's store.
pub struct Host {
    /// The component this is an instance of.
    pub component: Arc<Component>,
    /// The resources the guest holds.
    pub table: ResourceTable,
    /// What ends the guest's waits.
    pub waits: Waits,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: Outbound,
}

impl Host {
    /// A fresh instance's data; its waits end when the server is `stopping`.
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
