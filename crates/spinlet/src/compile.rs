//! From a wasm file to a component that can be instantiated.

use crate::host::Host;
use anyhow::{Context, Result, anyhow};
use std::path::Path;
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wasmtime::component::{Component, Linker};
use wasmtime::{Cache, CacheConfig, Config, Engine};
use wasmtime_wasi_http::p3::bindings::ServicePre;

/// An engine whose compiled code is kept in `cache`, so that only what changed is compiled again.
///
/// # Errors
/// When the folder cannot be used.
pub fn engine(cache: &Path) -> Result<Engine> {
    let mut cache_config = CacheConfig::new();
    cache_config.with_directory(cache);
    let mut config = Config::new();
    config.wasm_component_model_async(true);
    config.cache(Some(Cache::new(cache_config)?));
    Ok(Engine::new(&config)?)
}

/// Reads, converts and compiles one component's wasm file.
///
/// # Errors
/// A missing file, one that is no wasm, or one that needs something no host here offers.
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
        anyhow!("component '{id}' ({shown}) is no WASIp3 HTTP handler (wasi:http/handler@0.3.0): {error:#}")
    })
}

/// A component as it is; a core module (target wasm32-wasip1) as a component, as Spin does it.
fn componentize(bytes: Vec<u8>) -> Result<Vec<u8>> {
    // The eight bytes of the header end in the layer: 0 for a core module, 1 for a component.
    match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 0, 0]) => {}
        Some([0, b'a', b's', b'm', ..]) => return Ok(bytes),
        _ => return Err(anyhow!("the file is no wasm")),
    }
    wit_component::ComponentEncoder::default()
        .validate(false)
        .module(&bytes)?
        .adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?
        .encode()
}
