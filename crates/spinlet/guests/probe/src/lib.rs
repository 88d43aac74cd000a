//! A component for spinlet's tests: the path names an action and the query its arguments; the answer is text, 200
//! with the result or 400 with the error.

mod bindings {
    //! The interfaces for which the SDK has no module.
    #![allow(missing_docs, clippy::pedantic, reason = "generated")]
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package probe:guest;
            world probe {
                import wasi:keyvalue/store@0.2.0-draft2;
                import wasi:keyvalue/atomics@0.2.0-draft2;
                import wasi:keyvalue/batch@0.2.0-draft2;
            }
        ",
        world: "probe:guest/probe",
        generate_all,
    });
}

use bindings::wasi::keyvalue::{atomics, batch, store};
use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::{join, join_all};
use futures::stream::{Stream, unfold};
use http::header::CONTENT_LENGTH;
use http::{Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Either, Full, StreamBody};
use spin_sdk::http::{IntoResponse, Request};
use spin_sdk::key_value::Store;
use spin_sdk::sqlite::wit::sqlite as synchronous;
use spin_sdk::sqlite::{Connection, Value};
use spin_sdk::{http_service, time, variables};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

type Done = Result<String, String>;

type Frames = Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, Infallible>>>>;
type Answer = Response<Either<Full<Bytes>, StreamBody<Frames>>>;

#[http_service]
async fn probe(request: Request) -> impl IntoResponse {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let query: HashMap<String, String> = form_urlencoded::parse(query).into_owned().collect();
    let get = |name: &str| query.get(name).cloned().unwrap_or_default();
    let number = |name: &str| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(0_u32);
    match request.uri().path().rsplit('/').next().unwrap_or_default() {
        "stream" => stream(get("name"), number("ms")),
        "large" => large(get("name"), number("chunks"), !get("length").is_empty()),
        "refuse" => text(StatusCode::PAYLOAD_TOO_LARGE, "refused".to_owned()),
        _ => match act(request).await {
            Ok(done) => text(StatusCode::OK, done),
            Err(error) => text(StatusCode::BAD_REQUEST, error),
        },
    }
}

fn text(status: StatusCode, text: String) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(Bytes::from(text))));
    *answer.status_mut() = status;
    answer
}

/// Prints a line when the body of a stream is dropped.
struct DropNotice(String);

impl Drop for DropNotice {
    fn drop(&mut self) {
        println!("dropped: {}", self.0);
    }
}

/// Streams `first`, and `last` after `ms` milliseconds.
fn stream(name: String, ms: u32) -> Answer {
    let frames = unfold((0, DropNotice(name)), move |(step, notice)| async move {
        let text = match step {
            0 => "first\n",
            1 => {
                sleep(&notice.0, Duration::from_millis(ms.into())).await;
                "last\n"
            }
            _ => return None,
        };
        Some((Ok(Frame::data(Bytes::from(text))), (step + 1, notice)))
    });
    let frames: Frames = Box::pin(frames);
    Response::new(Either::Right(StreamBody::new(frames)))
}

/// Streams `chunks` chunks of 64 KiB, with a `Content-Length` if `length`.
fn large(name: String, chunks: u32, length: bool) -> Answer {
    let frames = unfold((0, DropNotice(name)), move |(step, notice)| async move {
        let frame = Frame::data(Bytes::from(vec![b'x'; CHUNK as usize]));
        (step < chunks).then_some((Ok(frame), (step + 1, notice)))
    });
    let frames: Frames = Box::pin(frames);
    let mut answer = Response::new(Either::Right(StreamBody::new(frames)));
    if length {
        answer.headers_mut().insert(CONTENT_LENGTH, (chunks * CHUNK).into());
    }
    answer
}

const CHUNK: u32 = 64 << 10;

/// Sleeps, and prints the beginning and the end if the sleep has a name.
async fn sleep(name: &str, duration: Duration) {
    if !name.is_empty() {
        println!("sleeps: {name}");
    }
    time::sleep(duration).await;
    if !name.is_empty() {
        println!("slept: {name}");
    }
}

async fn act(request: Request) -> Done {
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let query: HashMap<String, String> = form_urlencoded::parse(query).into_owned().collect();
    let get = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    match request.uri().path().rsplit('/').next().unwrap_or_default() {
        "echo" => echo(request).await,
        "values" => values(get("binding")).await,
        "sqlite" => sqlite(get("database"), get("sql"), !get("keep").is_empty()).await,
        "shared" => shared(get("sql")).await,
        "beside" => beside(get("write"), get("beside")).await,
        "set" => {
            let store = Store::open(get("store")).await.map_err(shown)?;
            store.set(get("key"), get("value")).await.map_err(shown)?;
            Ok(String::new())
        }
        "get" => {
            let store = Store::open(get("store")).await.map_err(shown)?;
            let value = store.get(get("key")).await.map_err(shown)?;
            Ok(format!("{:?}", value.map(|value| String::from_utf8_lossy(&value).into_owned())))
        }
        "delete" => {
            let store = Store::open(get("store")).await.map_err(shown)?;
            store.delete(get("key")).await.map_err(shown)?;
            Ok(format!("{:?}", store.exists(get("key")).await.map_err(shown)?))
        }
        "keys" => {
            let store = Store::open(get("store")).await.map_err(shown)?;
            let mut keys = store.get_keys().await.collect().await.map_err(shown)?;
            keys.sort_unstable();
            Ok(keys.join(" "))
        }
        "increment" => {
            let bucket = store::open(get("store")).map_err(shown)?;
            atomics::increment(&bucket, get("key"), 1).map(|sum| sum.to_string()).map_err(shown)
        }
        "many" => many(get("store"), get("set"), get("delete")),
        "swap" => {
            let again = !get("again").is_empty();
            swap(get("store"), get("key"), get("value"), get("meanwhile"), again)
        }
        "variable" => variables::get(get("name")).await.map_err(shown),
        "healthz" => match variables::get("greeting").await.map_err(shown)?.as_str() {
            "unwell" => {
                eprintln!("greeting is 'unwell'");
                Err("unwell".to_owned())
            }
            _ => Ok("well".to_owned()),
        },
        "environment" => std::env::var(get("name")).map_err(shown),
        "fetch" => {
            let response = spin_sdk::http::get(get("url")).await.map_err(shown)?;
            let status = response.status();
            let body = response.into_body().collect().await.map_err(shown)?.to_bytes();
            Ok(format!("{} {}", status.as_u16(), String::from_utf8_lossy(&body)))
        }
        "print" => {
            println!("out: {}", get("text"));
            eprintln!("err: {}", get("text"));
            Ok(String::new())
        }
        "trap" => std::process::abort(),
        "sleep" => {
            let served = served();
            sleep(get("name"), Duration::from_millis(get("ms").parse().map_err(shown)?)).await;
            Ok(served)
        }
        "naps" => {
            sleep(get("name"), Duration::from_hours(1)).await;
            let (begun, mut naps) = (Instant::now(), 0);
            while begun.elapsed() < Duration::from_millis(500) {
                time::sleep(Duration::from_hours(1)).await;
                naps += 1;
            }
            Ok(format!("{naps} {}", begun.elapsed().as_millis()))
        }
        "served" => Ok(served()),
        "wait" => {
            let (waker, woken) = oneshot::channel();
            WAITERS.with_borrow_mut(|waiters| waiters.push(waker));
            woken.await.map_err(shown)
        }
        "wake" => {
            let waiters = WAITERS.take();
            let woken =
                waiters.into_iter().filter_map(|waiter| waiter.send(get("text").to_owned()).ok());
            Ok(woken.count().to_string())
        }
        other => Err(format!("there is no '{other}'")),
    }
}

thread_local! {
    static SHARED: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
    static SERVED: Cell<u32> = const { Cell::new(0) };
    static KEPT: RefCell<Vec<Connection>> = const { RefCell::new(Vec::new()) };
    static WAITERS: RefCell<Vec<oneshot::Sender<String>>> = const { RefCell::new(Vec::new()) };
}

/// The number of requests that this instance has served in this way, including this one.
fn served() -> String {
    SERVED.set(SERVED.get() + 1);
    SERVED.get().to_string()
}

fn shown(error: impl Debug) -> String {
    format!("{error:?}")
}

/// The URL and the headers as received, and the length of the body.
async fn echo(request: Request) -> Done {
    let (parts, body) = request.into_parts();
    let headers = parts.headers.iter().map(|(name, value)| {
        [name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()]
    });
    let headers: Vec<[String; 2]> = headers.collect();
    let body = body.collect().await.map_err(shown)?.to_bytes();
    let url = parts.uri.to_string();
    Ok(serde_json::json!({ "url": url, "headers": headers, "body": body.len() }).to_string())
}

/// Sends one value of each type to the database and back.
async fn values(binding: &str) -> Done {
    let values = || {
        vec![
            Value::Null,
            Value::Integer(-7),
            Value::Real(0.5),
            Value::Text("\u{1f30a}".to_owned()),
            Value::Blob(vec![0, 255]),
        ]
    };
    let sql = "SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, ?5 AS e";
    if binding == "synchronous" {
        let connection = synchronous::Connection::open("default").map_err(shown)?;
        let result = connection.execute(sql, &values()).map_err(shown)?;
        return Ok(
            format!("{:?} {:?}", result.columns, result.rows[0].values).replace("Value::", "")
        );
    }
    let connection = Connection::open_default().await.map_err(shown)?;
    let result = connection.execute(sql, values()).await.map_err(shown)?;
    let columns = format!("{:?}", result.columns());
    let rows = result.collect().await.map_err(shown)?;
    Ok(format!("{columns} {:?}", rows[0].values).replace("Value::", ""))
}

/// Runs statements on one connection, each of which must succeed; returns the last one's rows. With `keep`, the
/// connection stays open as long as the instance lives.
async fn sqlite(database: &str, statements: &str, keep: bool) -> Done {
    let connection = Connection::open(database).await.map_err(shown)?;
    let mut rows = Vec::new();
    for statement in statements.split(';').filter(|statement| !statement.trim().is_empty()) {
        let result = connection.execute(statement, vec![]).await.map_err(shown)?;
        rows = result.collect().await.map_err(shown)?;
    }
    if keep {
        KEPT.with_borrow_mut(|kept| kept.push(connection));
    }
    let rows: Vec<_> = rows.into_iter().map(|row| row.values).collect();
    Ok(format!("{rows:?}").replace("Value::", ""))
}

/// Runs a statement on the one connection that all requests of this instance share.
async fn shared(statement: &str) -> Done {
    let opened = Rc::new(Connection::open_default().await.map_err(shown)?);
    let connection = SHARED.with_borrow_mut(|shared| Rc::clone(shared.get_or_insert(opened)));
    let result = connection.execute(statement, vec![]).await.map_err(shown)?;
    Ok(format!("{:?}", result.collect().await.map_err(shown)?.len()))
}

/// Runs one statement four times at once, asynchronously, and another one synchronously at the same time, all on one
/// connection.
async fn beside(write: &str, other: &str) -> Done {
    let connection = synchronous::Connection::open("default").map_err(shown)?;
    let writes = (0..4).map(async |_| {
        let (_, rows, ended) = connection.execute_async(write.to_owned(), vec![]).await?;
        rows.collect().await;
        ended.await
    });
    let other = async { connection.execute(other, &[]).map(drop) };
    let (written, other) = join(join_all(writes), other).await;
    written.into_iter().collect::<Result<(), _>>().and(other).map_err(shown)?;
    Ok(String::new())
}

/// Sets keys to their own names, deletes keys, and reads `a` and `b`, with one batch call each.
fn many(label: &str, set: &str, delete: &str) -> Done {
    let list = |names: &str| -> Vec<String> {
        names.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect()
    };
    let bucket = store::open(label).map_err(shown)?;
    let entry = |key: String| (key.clone(), key.into_bytes());
    let entries: Vec<(String, Vec<u8>)> = list(set).into_iter().map(entry).collect();
    batch::set_many(&bucket, &entries).map_err(shown)?;
    batch::delete_many(&bucket, &list(delete)).map_err(shown)?;
    batch::get_many(&bucket, &[]).map_err(shown)?;
    let read = batch::get_many(&bucket, &list("a,b")).map_err(shown)?;
    let shown = read.into_iter().map(|(key, value)| {
        format!("{key}: {:?}", value.map(|value| String::from_utf8_lossy(&value).into_owned()))
    });
    Ok(format!("[{}]", shown.collect::<Vec<_>>().join(", ")))
}

/// Compares and swaps a key; `meanwhile` is a value that the key is set to in between. After a failure, `again` swaps
/// with the returned handle.
fn swap(label: &str, key: &str, value: &str, meanwhile: &str, again: bool) -> Done {
    let bucket = store::open(label).map_err(shown)?;
    let cas = atomics::Cas::new(&bucket, key).map_err(shown)?;
    let current = cas.current().map_err(shown)?;
    if !meanwhile.is_empty() {
        bucket.set(key, meanwhile.as_bytes()).map_err(shown)?;
    }
    match atomics::swap(cas, value.as_bytes()) {
        Ok(()) => Ok(format!(
            "swapped {:?}",
            current.map(|value| String::from_utf8_lossy(&value).into_owned())
        )),
        Err(atomics::CasError::CasFailed(cas)) if again => {
            match atomics::swap(cas, value.as_bytes()) {
                Ok(()) => Ok("swapped again".to_owned()),
                Err(error) => Err(shown(error)),
            }
        }
        Err(atomics::CasError::CasFailed(_)) => Ok("failed".to_owned()),
        Err(atomics::CasError::StoreError(error)) => Err(shown(error)),
    }
}
