//! `spin:sqlite@3.1.0` on rusqlite.
//!
//! As in Spin, each connection resource is an SQLite connection of its own, opened at its first
//! statement, with a cache of prepared statements; a call runs one statement; files cannot be
//! attached; every error is SQLite's text.

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

/// Most bytes of one row, and of all rows of a synchronous call (Spin's limit on what the host
/// buffers).
const RESULT_MAX: usize = 128 << 20;

/// How long a database may take to be closed at the end.
const CLOSING: Duration = Duration::from_secs(5);

/// A database that components may be granted.
pub struct Database {
    path: PathBuf,
    /// To the thread that runs what writes. `None`: as in Spin, nothing but SQLite orders them.
    work: Option<Sender<Work>>,
}

impl Database {
    /// The database at a path. It and its folder are made here when they are missing, and nowhere else: a
    /// database that is missing later was moved away, and an empty one in its place would hide that.
    ///
    /// # Errors
    /// When the folder or the file cannot be made, or no thread started.
    pub fn new(path: PathBuf) -> anyhow::Result<Arc<Self>> {
        make(&path)?;
        let work = writer::start(path.clone())?;
        Ok(Arc::new(Self { path, work: Some(work) }))
    }

    /// The same, with writes and checkpoints as Spin has them.
    ///
    /// # Errors
    /// When the folder or the file cannot be made.
    pub fn as_in_spin(path: PathBuf) -> anyhow::Result<Arc<Self>> {
        make(&path)?;
        Ok(Arc::new(Self { path, work: None }))
    }

    /// Runs statements at the start, as `--sqlite` asks.
    ///
    /// # Errors
    /// SQLite's.
    pub fn run_batch(&self, statements: &str) -> anyhow::Result<()> {
        self.connect()?.execute_batch(statements)?;
        Ok(())
    }

    fn connect(&self) -> rusqlite::Result<Guest> {
        Guest::open(&self.path, self.work.is_some())
    }

    /// Closes what is open besides the guests' connections: nothing can be written from now on.
    pub fn close(&self) {
        let (closed, wait) = channel();
        if self.work.as_ref().is_some_and(|work| work.send(Work::Close(closed)).is_ok()) {
            wait.recv_timeout(CLOSING).ok();
        }
    }
}

/// Makes the file and its folder where they are missing.
fn make(path: &Path) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    drop(rusqlite::Connection::open(path)?);
    Ok(())
}

/// What is behind a connection resource.
#[derive(Clone)]
pub struct Connection {
    database: Arc<Database>,
    /// Held by whoever runs a statement, on whichever thread; the others wait without keeping theirs.
    opened: Arc<Mutex<Option<Guest>>>,
}

/// A connection that is open, and nobody else's meanwhile.
type Opened = OwnedMappedMutexGuard<Option<Guest>, Guest>;

/// A statement on its way.
enum Begun {
    Done(Result<Rows, Error>),
    /// The thread for what writes has it.
    Queued(oneshot::Receiver<Result<Rows, Error>>),
}

/// Names of the columns, and the rows.
type Rows = (Vec<String>, Vec<RowResult>);

impl Connection {
    /// Runs one statement. What only reads runs at once on this thread: it takes less than handing
    /// it to another would. What writes waits for its turn, and for the disk, on the thread for that:
    /// the instance may have other requests, and one of them the transaction that is waited for.
    ///
    /// A call that waits here holds no connection. While a guest is in a synchronous call its asynchronous ones stand
    /// still, so the synchronous one would wait for ever for a connection that one of them holds.
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

    /// The connection, if nobody uses it and nothing that it runs itself can take long.
    fn at_hand(&self) -> Option<OwnedMutexGuard<Option<Guest>>> {
        self.database.work.as_ref()?;
        let opened = Arc::clone(&self.opened).try_lock_owned().ok()?;
        opened.as_ref().is_none_or(|guest| guest.is_autocommit()).then_some(opened)
    }

    /// Does something with the connection, on a thread that waits for it.
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

    /// Runs a statement, or hands it to the thread for what writes.
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
            // In a transaction of its own the connection may have SQLite's write lock already.
            let done = run(&guest, &statement, &parameters);
            drop(guest);
            match keeper::committed() {
                0 => {}
                // The thread only ends with the server.
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

    /// Asks the connection for something that SQLite keeps for it.
    async fn ask<T: Send + 'static>(
        &self,
        what: impl FnOnce(&Guest) -> T + Send + 'static,
    ) -> wasmtime::Result<T> {
        let asked = self.in_turn(|it, opened| it.open(opened).map(|guest| what(&guest))).await;
        asked.flatten().map_err(|error| wasmtime::format_err!("{error:?}"))
    }
}

fn ended() -> Error {
    Error::Io("the thread for what writes has ended".to_owned())
}

/// Runs one statement to its end.
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

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
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

/// A result as the asynchronous call gives it: the columns, a stream of the rows, and how it ended.
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
        // Where Spin streams while it reads, the rows are all read here first: an error that Spin
        // tells last, behind an empty stream, is told in the same place.
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
