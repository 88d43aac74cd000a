//! `spin:sqlite@3.1.0` on rusqlite.
//!
//! As in Spin, each connection resource has its own SQLite connection, opened at the first statement and with a cache
//! of prepared statements. A call runs one statement, files cannot be attached, and errors carry SQLite's text.

mod guest;
mod keeper;
mod writer;

use crate::bindings::spin::sqlite::sqlite::{
    Error, Host as SqliteHost, HostConnection, HostConnectionWithStore, QueryResult, RowResult,
    Value,
};
use crate::host::Host;
use crate::state::make_folder;
use guest::{Guest, Kind, Settings};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot};
use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};
use writer::{By, Work, Write};

/// Maximum bytes of a call's result, all rows together: Spin's limit on the rows that the host
/// buffers.
const RESULT_MAX: usize = 128 << 20;

/// Longest wait for a writer thread to close its connections at shutdown.
const CLOSING: Duration = Duration::from_secs(5);

/// A database that components may be granted.
pub struct Database {
    path: PathBuf,
    /// The queue of the writer thread. `None`: SQLite's locks alone order the writes, as in Spin.
    work: Option<Sender<Work>>,
}

impl Database {
    /// The database at a path. A missing file or folder is created here, at the start, and never later: a database
    /// that is missing later was moved away, and an empty one in its place would hide that.
    ///
    /// # Errors
    /// When the folder or the file cannot be created, or the thread cannot start.
    pub fn new(path: PathBuf) -> anyhow::Result<Arc<Self>> {
        make(&path)?;
        let work = writer::start(path.clone())?;
        Ok(Arc::new(Self { path, work: Some(work) }))
    }

    /// The same without a writer thread: writes and checkpoints are SQLite's own, as in Spin.
    ///
    /// # Errors
    /// When the folder or the file cannot be created.
    pub fn as_in_spin(path: PathBuf) -> anyhow::Result<Arc<Self>> {
        make(&path)?;
        Ok(Arc::new(Self { path, work: None }))
    }

    /// Runs the statements of `--sqlite`.
    ///
    /// # Errors
    /// When SQLite fails.
    pub fn run_batch(&self, statements: &str) -> anyhow::Result<()> {
        self.connect()?.execute_batch(statements)?;
        Ok(())
    }

    fn connect(&self) -> rusqlite::Result<Guest> {
        Guest::open(&self.path, self.work.is_some())
    }

    /// Stops the writer thread and closes its connections; later writes through it fail.
    pub fn close(&self) {
        let (closed, wait) = channel();
        if self.work.as_ref().is_some_and(|work| work.send(Work::Close(closed)).is_ok()) {
            wait.recv_timeout(CLOSING).ok();
        }
    }
}

/// Creates the file and its folder if missing.
fn make(path: &Path) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    drop(rusqlite::Connection::open(path)?);
    Ok(())
}

/// The host's side of a connection resource.
#[derive(Clone)]
pub struct Connection {
    database: Arc<Database>,
    /// Locked while a statement runs, on whichever thread; other statements wait for it off the event loop. `None`
    /// until the first statement.
    opened: Arc<Mutex<Option<Guest>>>,
}

/// An open connection, locked by its holder.
type Opened = OwnedMappedMutexGuard<Option<Guest>, Guest>;

/// A statement that has run, or is queued.
enum Begun {
    Done(Result<Rows, Error>),
    /// In the queue of the writer thread, which sends the result here.
    Queued(oneshot::Receiver<Result<Rows, Error>>),
}

/// Column names and rows.
type Rows = (Vec<String>, Vec<RowResult>);

impl Connection {
    /// Runs one statement. A read runs at once on this thread, which is cheaper than handing it to another one. A
    /// write waits for its turn, and for the disk, on the writer thread: the instance can have other requests, and
    /// one of them can hold the transaction that the write waits for.
    ///
    /// A call that waits here holds no connection. During a guest's synchronous call its asynchronous calls are
    /// suspended, so the synchronous one would wait forever for a connection that one of them holds.
    async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<Rows, Error> {
        let begun = if let Some(opened) = self.at_hand() {
            self.begin(opened, statement, parameters)?
        } else {
            self.in_turn(|it, opened| it.begin(opened, statement, parameters)).await??
        };
        match begun {
            Begun::Done(done) => done,
            Begun::Queued(written) => written.await.map_err(|_| ended())?,
        }
    }

    /// The connection, if it is free and in no transaction, so that only reads run on it at once.
    fn at_hand(&self) -> Option<OwnedMutexGuard<Option<Guest>>> {
        self.database.work.as_ref()?;
        let opened = Arc::clone(&self.opened).try_lock_owned().ok()?;
        opened.as_ref().is_none_or(|guest| guest.is_autocommit()).then_some(opened)
    }

    /// Waits for the connection on a blocking thread, and runs `act` with it there.
    async fn in_turn<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Self, OwnedMutexGuard<Option<Guest>>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let connection = self.clone();
        let act = move || {
            let opened = Arc::clone(&connection.opened).blocking_lock_owned();
            act(&connection, opened)
        };
        tokio::task::spawn_blocking(act).await.map_err(|_| ended())
    }

    /// Runs a statement, or queues it for the writer thread.
    fn begin(
        &self,
        opened: OwnedMutexGuard<Option<Guest>>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<Begun, Error> {
        let mut guest = self.open(opened)?;
        let Some(work) = &self.database.work else {
            return Ok(Begun::Done(run(&guest, &statement, &parameters)));
        };
        if !guest.is_autocommit() {
            // In its own transaction the connection may already hold SQLite's write lock.
            let done = run(&guest, &statement, &parameters);
            drop(guest);
            match keeper::committed() {
                0 => {}
                // The writer thread ends only with the server.
                pages => drop(work.send(Work::Look(pages))),
            }
            return Ok(Begun::Done(done));
        }
        let by = match guest.kind(&statement).map_err(io)? {
            Kind::Read => return Ok(Begun::Done(run(&guest, &statement, &parameters))),
            Kind::Command => By::Any(Settings::of(&guest).map_err(io)?),
            Kind::Write => By::Own(guest),
        };
        let (result, written) = oneshot::channel();
        work.send(Work::Write(Write { by, statement, parameters, result })).map_err(|_| ended())?;
        Ok(Begun::Queued(written))
    }

    fn open(&self, mut opened: OwnedMutexGuard<Option<Guest>>) -> Result<Opened, Error> {
        let guest = match opened.take() {
            Some(guest) => guest,
            None => self.database.connect().map_err(io)?,
        };
        Ok(OwnedMutexGuard::map(opened, |opened| opened.insert(guest)))
    }

    /// Reads a value that SQLite keeps for the connection, such as the last rowid.
    async fn ask<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Guest) -> T + Send + 'static,
    ) -> wasmtime::Result<T> {
        let asked = self.in_turn(|it, opened| it.open(opened).map(|guest| what(&guest))).await;
        asked.flatten().map_err(|error| wasmtime::format_err!("{error:?}"))
    }
}

fn ended() -> Error {
    Error::Io("the writer thread has ended".to_owned())
}

/// Runs one statement to completion.
fn run(
    connection: &rusqlite::Connection,
    statement: &str,
    parameters: &[Value],
) -> Result<Rows, Error> {
    rows(connection, statement, parameters).map_err(io)?
}

fn rows(
    connection: &rusqlite::Connection,
    statement: &str,
    parameters: &[Value],
) -> rusqlite::Result<Result<Rows, Error>> {
    let mut statement = connection.prepare_cached(statement)?;
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
    let mut results = Vec::new();
    let mut size = 0;
    while let Some(row) = rows.next()? {
        let values: rusqlite::Result<Vec<Value>> =
            (0..columns.len()).map(|index| Ok(value(row.get_ref(index)?))).collect();
        let values = values?;
        size += values.iter().map(size_of_value).sum::<usize>();
        if size > RESULT_MAX {
            return Ok(Err(Error::Io(format!("query result exceeds limit of {RESULT_MAX} bytes"))));
        }
        results.push(RowResult { values });
    }
    Ok(Ok((columns, results)))
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes it by value")]
fn io(error: rusqlite::Error) -> Error {
    Error::Io(error.to_string())
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
    }
}

fn size_of_value(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Blob(blob) => blob.len(),
            _ => 0,
        }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(integer) => ValueRef::Integer(*integer),
            Self::Real(real) => ValueRef::Real(*real),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(blob) => ValueRef::Blob(blob),
        }))
    }
}

impl Host {
    fn open_database(
        &mut self,
        name: &str,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        if !self.component.sqlite_databases.contains(name) {
            return Ok(Err(Error::AccessDenied));
        }
        let Some(database) = self.component.databases.get(name) else {
            return Ok(Err(Error::NoSuchDatabase));
        };
        let connection = Connection { database: Arc::clone(database), opened: Arc::default() };
        Ok(Ok(self.table.push(connection)?))
    }

    fn connection(&self, connection: &Resource<Connection>) -> wasmtime::Result<Connection> {
        Ok(self.table.get(connection)?.clone())
    }
}

impl SqliteHost for Host {}

impl HostConnection for Host {
    async fn open(
        &mut self,
        database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        self.open_database(&database)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<QueryResult, Error>> {
        let connection = self.connection(&connection)?;
        let result = connection.execute(statement, parameters).await;
        Ok(result.map(|(columns, rows)| QueryResult { columns, rows }))
    }

    async fn last_insert_rowid(
        &mut self,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        self.connection(&connection)?.ask(|guest| guest.last_insert_rowid()).await
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        self.connection(&connection)?.ask(|guest| guest.changes()).await
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

/// The result of the asynchronous call: column names, a stream of rows, and the outcome at its end.
type Streamed = (Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>);

impl<T: Send> HostConnectionWithStore<T> for HasSelf<Host> {
    async fn open_async(
        accessor: &Accessor<T, Self>,
        database: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        accessor.with(|mut access| access.get().open_database(&database))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> wasmtime::Result<Result<Streamed, Error>> {
        let connection = accessor.with(|mut access| access.get().connection(&connection))?;
        // Spin streams rows while it reads; here all rows are read first. An error arrives as in Spin: last, after an
        // empty stream.
        let (columns, rows, end) = match connection.execute(statement, parameters).await {
            Ok((columns, rows)) => (columns, rows, Ok(())),
            Err(error) => (Vec::new(), Vec::new(), Err(error)),
        };
        accessor.with(|mut access| {
            let rows = StreamReader::new(&mut access, rows)?;
            let end = FutureReader::new(&mut access, async move { wasmtime::error::Ok(end) })?;
            Ok(Ok((columns, rows, end)))
        })
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        let connection = accessor.with(|mut access| access.get().connection(&connection))?;
        connection.ask(|guest| guest.last_insert_rowid()).await
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        let connection = accessor.with(|mut access| access.get().connection(&connection))?;
        connection.ask(|guest| guest.changes()).await
    }
}
