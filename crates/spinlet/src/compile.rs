//! Compiles a wasm file to a component that can be instantiated.

use crate::host::Host;
use anyhow::{Context, Result, anyhow};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmtime::component::{Component, Linker};
use wasmtime::{
    Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig,
};
use wasmtime_wasi_http::p3::bindings::ServicePre;

/// An engine that keeps compiled code in `cache`, so that only changed components are compiled again; with `as_spin`,
/// it has Spin's pool of instances.
///
/// # Errors
/// When the folder cannot be used, or the pool's size is not a number.
pub fn engine(cache: &Path, as_spin: bool) -> Result<Engine> {
    let mut cache_config = CacheConfig::new();
    cache_config.with_directory(cache);
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.cache(Some(Cache::new(cache_config)?));
    if as_spin {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()?));
    }
    Ok(Engine::new(&config)?)
}

/// The pool of Spin 4.1 (its `crates/core/src/lib.rs`): maximum counts and sizes.
fn pool() -> Result<PoolingAllocationConfig> {
    let instances = match std::env::var("SPIN_MAX_INSTANCE_COUNT") {
        Ok(count) => count
            .parse::<u32>()
            .with_context(|| format!("SPIN_MAX_INSTANCE_COUNT={count}: not a number"))?,
        Err(_) => 1_000,
    };
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        .total_memories(instances)
        .total_tables(instances.saturating_mul(2))
        .total_stacks(instances)
        .total_core_instances(instances.saturating_mul(4))
        .table_elements(100_000)
        .max_component_instance_size(10 << 20)
        .max_core_instance_size(10 << 20)
        .max_core_instances_per_component(200)
        .max_tables_per_component(64)
        .max_memories_per_component(32)
        .max_tables_per_module(2)
        .max_memories_per_module(2)
        .max_memory_size(4 << 30)
        .linear_memory_keep_resident(2 << 20)
        .table_keep_resident(1 << 19);
    Ok(pool)
}

/// Checks that a component's wasm file exists and is wasm.
///
/// # Errors
/// A file that is missing or is not wasm.
pub fn check(id: &str, source: &Path) -> Result<()> {
    let shown = source.display();
    let mut header = [0; 8];
    let read = File::open(source).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) => layer(&header).map(drop).with_context(|| format!("component '{id}': {shown}")),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(anyhow!("the file is not wasm"))
                .with_context(|| format!("component '{id}': {shown}"))
        }
        Err(error) => Err(error)
            .with_context(|| format!("component '{id}': cannot read {shown}; has it been built?")),
    }
}

/// The kind of a wasm file.
enum Layer {
    CoreModule,
    Component,
}

/// The kind of a wasm file, by its first eight bytes: magic number, version and layer.
fn layer(bytes: &[u8]) -> Result<Layer> {
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 0, 0]) => Ok(Layer::CoreModule),
        Some([0, b'a', b's', b'm', ..]) => Ok(Layer::Component),
        _ => Err(anyhow!("the file is not wasm")),
    }
}

/// Reads, converts and compiles one component's wasm file.
///
/// # Errors
/// A file that is missing or is not wasm, or a component that imports something that spinlet does
/// not have.
pub fn load(
    engine: &Engine,
    linker: &Linker<Host>,
    id: &str,
    source: &Path,
) -> Result<ServicePre<Host>> {
    let shown = source.display();
    let bytes = std::fs::read(source)
        .with_context(|| format!("component '{id}': cannot read {shown}; has it been built?"))?;
    let bytes = componentize(bytes).with_context(|| format!("component '{id}': {shown}"))?;
    let component = Component::new(engine, &bytes)
        .map_err(anyhow::Error::from)
        .with_context(|| format!("component '{id}': {shown}"))?;
    let instance = linker.instantiate_pre(&component).map_err(|error| {
        anyhow!("component '{id}' ({shown}) needs something spinlet does not have: {error:#}")
    })?;
    ServicePre::new(instance).map_err(|error| {
        anyhow!("component '{id}' ({shown}) is not a WASIp3 HTTP handler (wasi:http/handler@0.3.0): {error:#}")
    })
}

/// Returns a component as it is, and makes a component of a core module (target wasm32-wasip1), as Spin does.
fn componentize(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if matches!(layer(&bytes)?, Layer::Component) {
        return Ok(bytes);
    }
    wit_component::ComponentEncoder::default()
        .validate(false)
        .module(&bytes)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?
        .encode()
}
