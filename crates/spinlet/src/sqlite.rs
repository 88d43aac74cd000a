//! `spin:sqlite@3.1.0` on rusqlite.
//!
//! As in Spin, each connection resource is an SQLite connection of its own, opened at its first
//! statement, with a cache of prepared statements; a call runs one statement; files cannot be
//! attached; every error is SQLite's text.

mod keeper;

use crate::bindings::spin::sqlite::sqlite::{
    Error, Host as SqliteHost, HostConnection, HostConnectionWithStore, QueryResult, RowResult,
    Value,
};
use crate::host::Host;
use crate::state::make_folder;
use anyhow::Context as _;
use keeper::Keeper;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, oneshot};
use wasmtime::component::{Accessor, FutureReader, HasSelf, Resource, StreamReader};

/// Most bytes of one row, and of all rows of a synchronous call (Spin's limit on what the host
/// buffers).
const RESULT_MAX: usize = 128 << 20;

/// How long a database may take to be closed at the end.
const CLOSING: Duration = Duration::from_secs(5);

/// A database that components may be granted.
pub struct Database {
    path: PathBuf,
    /// To the thread that runs what writes, in the order it came. SQLite itself lets one write at a
    /// time and the others sleep and retry, which at saturation lets some wait long; the order of
    /// commits is all that differs, and nobody is promised one. `None`: as in Spin, nothing but SQLite orders them.
    work: Option<Sender<Work>>,
}

/// What the thread of a database does.
enum Work {
    Write(Write),
    /// Looks after the log, which had so many pages after a commit elsewhere.
    Look(i32),
    /// Closes its connection, and says so.
    Close(Sender<()>),
}

/// A statement that writes, and where its result is awaited.
struct Write {
    connection: Opened,
    statement: String,
    parameters: Vec<Value>,
    result: oneshot::Sender<Result<Rows, Error>>,
}

impl Database {
    /// The database at a path. It and its folder are made here when they are missing, and nowhere else: a
    /// database that is missing later was moved away, and an empty one in its place would hide that.
    ///
    /// # Errors
    /// When the folder or the file cannot be made, or no thread started.
    pub fn new(path: PathBuf) -> anyhow::Result<Arc<Self>> {
        make(&path)?;
        let (work, queue) = channel::<Work>();
        let mut keeper = Keeper::new(path.clone());
        let serve = move || {
            keeper.take_over();
            for work in queue {
                match work {
                    Work::Write(Write { connection, statement, parameters, result }) => {
                        let done = run(&connection, &statement, &parameters);
                        // Before anybody hears of it, and before the guest closes its connection.
                        keeper.look(keeper::committed());
                        // Whoever asked may be gone; the statement was asked for all the same.
                        drop(result.send(done));
                    }
                    Work::Look(pages) => keeper.look(pages),
                    Work::Close(closed) => {
                        keeper.look(0);
                        drop(keeper);
                        // Who waited for it may have given up.
                        closed.send(()).ok();
                        return;
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("sqlite-writer".to_owned());
        thread.spawn(serve).context("cannot start a thread for what writes")?;
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

    fn connect(&self) -> rusqlite::Result<rusqlite::Connection> {
        let connection = keeper::open_existing(&self.path)?;
        if self.work.is_some() {
            keeper::watch(&connection);
        }
        connection.authorizer(Some(|context: AuthContext<'_>| match context.action {
            AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => {
                Authorization::Deny
            }
            _ => Authorization::Allow,
        }))?;
        Ok(connection)
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
    opened: Arc<Mutex<Option<rusqlite::Connection>>>,
}

/// A connection that is open, and nobody else's meanwhile.
type Opened = OwnedMappedMutexGuard<Option<rusqlite::Connection>, rusqlite::Connection>;

/// Names of the columns, and the rows.
type Rows = (Vec<String>, Vec<RowResult>);

impl Connection {
    async fn opened(&self) -> Result<Opened, Error> {
        let mut opened = Arc::clone(&self.opened).lock_owned().await;
        let connection = match opened.take() {
            Some(connection) => connection,
            None => self.database.connect().map_err(io)?,
        };
        Ok(OwnedMutexGuard::map(opened, |opened| opened.insert(connection)))
    }

    /// Runs one statement. What only reads runs at once on this thread: it takes less than handing
    /// it to another would. What writes waits for its turn, and for the disk, on the thread for that:
    /// the instance may have other requests, and one of them the transaction that is waited for.
    async fn execute(&self, statement: String, parameters: Vec<Value>) -> Result<Rows, Error> {
        let connection = self.opened().await?;
        let Some(work) = &self.database.work else {
            let run = move || run(&connection, &statement, &parameters);
            return tokio::task::spawn_blocking(run).await.map_err(|_| ended())?;
        };
        if !connection.is_autocommit() {
            // Inside a transaction of its own the connection may have SQLite's write lock already.
            return in_transaction(work.clone(), connection, statement, parameters).await;
        }
        if connection.prepare_cached(&statement).map_err(io)?.readonly() {
            return run(&connection, &statement, &parameters);
        }
        let (result, written) = oneshot::channel();
        let write = Write { connection, statement, parameters, result };
        work.send(Work::Write(write)).map_err(|_| ended())?;
        written.await.map_err(|_| ended())?
    }
}

/// Runs a statement of a transaction, which may be its end and wait for the disk.
async fn in_transaction(
    work: Sender<Work>,
    connection: Opened,
    statement: String,
    parameters: Vec<Value>,
) -> Result<Rows, Error> {
    let run = move || {
        let done = run(&connection, &statement, &parameters);
        drop(connection);
        match keeper::committed() {
            0 => {}
            // The thread only ends with the server.
            pages => drop(work.send(Work::Look(pages))),
        }
        done
    };
    tokio::task::spawn_blocking(run).await.map_err(|_| ended())?
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
        last_insert_rowid(self.connection(&connection)?).await
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        changes(self.connection(&connection)?).await
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        Ok(())
    }
}

async fn last_insert_rowid(connection: Connection) -> wasmtime::Result<i64> {
    let opened = connection.opened().await;
    Ok(opened.map_err(|error| wasmtime::format_err!("{error:?}"))?.last_insert_rowid())
}

async fn changes(connection: Connection) -> wasmtime::Result<u64> {
    let opened = connection.opened().await;
    Ok(opened.map_err(|error| wasmtime::format_err!("{error:?}"))?.changes())
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
        last_insert_rowid(accessor.with(|mut access| access.get().connection(&connection))?).await
    }

    async fn changes_async(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<u64> {
        changes(accessor.with(|mut access| access.get().connection(&connection))?).await
    }
}
