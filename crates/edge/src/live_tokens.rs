//! The live token of each user and platform, in the key-value store.

use longwave_core::token::{Token, logged_out};
use longwave_core::{Code, Error, Result};
use spin_sdk::key_value::{self, Store};
use std::cell::RefCell;
use std::rc::Rc;

mod bindings {
    //! The compare-and-swap of the key-value store, for which the SDK has no module.
    #![allow(missing_docs, clippy::pedantic, reason = "generated")]
    wit_bindgen::generate!({
        inline: "
            package longwave:edge;

            world slots {
                import wasi:keyvalue/store@0.2.0-draft2;
                import wasi:keyvalue/atomics@0.2.0-draft2;
            }

            package wasi:keyvalue@0.2.0-draft2 {
                interface store {
                    variant error { no-such-store, access-denied, other(string) }
                    resource bucket {}
                    open: func(identifier: string) -> result<bucket, error>;
                }

                interface atomics {
                    use store.{bucket, error};
                    variant cas-error { store-error(error), cas-failed(cas) }
                    resource cas {
                        new: static func(bucket: borrow<bucket>, key: string) -> result<cas, error>;
                        current: func() -> result<option<list<u8>>, error>;
                    }
                    swap: func(cas: cas, value: list<u8>) -> result<_, cas-error>;
                }
            }
        ",
        world: "longwave:edge/slots",
        generate_all,
    });
}

use bindings::wasi::keyvalue::{atomics, store};

/// Checks that a token is the live one of its slot.
///
/// # Errors
/// `10101` with the reason if it is not; `20101` if the store does not answer.
pub async fn check(token: &Token) -> Result<()> {
    token.check_slot(read(&token.slot()).await?.as_deref())
}

/// Checks that slots can be read.
///
/// # Errors
/// `20101` if they cannot.
pub async fn check_store() -> Result<()> {
    read("").await.map(drop)
}

async fn read(slot: &str) -> Result<Option<Vec<u8>>> {
    let unavailable = |error| Error::failed(Code::AuthUnavailable, format!("token slots: {error}"));
    with_store(async |slots| slots.get(slot).await).await.map_err(unavailable)
}

/// Uses the store of this instance, which is opened at its first use and again after an error: Spin reconnects to Redis
/// when it opens a store.
async fn with_store<T>(
    act: impl AsyncFnOnce(&Store) -> Result<T, key_value::Error>,
) -> Result<T, key_value::Error> {
    thread_local!(static STORE: RefCell<Option<Rc<Store>>> = const { RefCell::new(None) });
    let open = STORE.with_borrow(Option::clone);
    let store = if let Some(store) = open { store } else { Rc::new(Store::open_default().await?) };
    let result = act(&store).await;
    STORE.set(result.is_ok().then_some(store));
    result
}

/// Writes a slot: the `jti` of the live token, or the time of a revocation.
///
/// # Errors
/// `20001` if the slot cannot be written.
pub async fn fill(slot: &str, content: &str) -> Result<()> {
    let failed = |error| Error::failed(Code::Internal, format!("token slots: {error}"));
    with_store(async |slots| slots.set(slot, content).await).await.map_err(failed)
}

/// Marks the login with this `jti` as logged out in the slot of its token, if the slot still holds
/// that login. A later login stays, even one at the same moment.
///
/// # Errors
/// `20001` if the slot cannot be written.
pub fn log_out(token: &Token, jti: &str) -> Result<()> {
    let failed = |error| Error::failed(Code::Internal, format!("token slots: {error:?}"));
    let bucket = store::open("default").map_err(failed)?;
    let cas = atomics::Cas::new(&bucket, &token.slot()).map_err(failed)?;
    if token.check_slot(cas.current().map_err(failed)?.as_deref()).is_err() {
        return Ok(());
    }
    match atomics::swap(cas, logged_out(jti).as_bytes()) {
        Ok(()) | Err(atomics::CasError::CasFailed(_)) => Ok(()),
        Err(atomics::CasError::StoreError(error)) => Err(failed(error)),
    }
}
