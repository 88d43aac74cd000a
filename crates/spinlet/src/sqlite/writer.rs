//! The writer thread of a database, which runs its writes in the order of their arrival.
//!
//! SQLite lets one connection write at a time; the others sleep and retry, which at saturation makes some wait long.
//! Commands that wait at the same time share one transaction, so that all of them wait for the disk once. Each is
//! answered after the commit, and a refused one undoes only its own changes.

use super::guest::Settings;
use super::keeper::{self, Keeper};
use super::{Opened, Rows, io, run};
use crate::bindings::spin::sqlite::sqlite::{Error, Value};
use anyhow::Context as _;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;

/// Maximum commands of a transaction: the first one waits for the last.
const GROUP_MAX: usize = 128;

/// A task of the writer thread.
pub enum Work {
    Write(Write),
    /// Runs a checkpoint if the log is due for one, which has this many pages after a commit on another thread.
    Look(i32),
    /// Closes the connections, and confirms that on the channel.
    Close(Sender<()>),
}

/// A statement that writes, and the channel for its result.
pub struct Write {
    pub by: By,
    pub statement: String,
    pub parameters: Vec<Value>,
    pub result: oneshot::Sender<Result<Rows, Error>>,
}

/// The connection that runs a statement.
pub enum By {
    /// The guest's own, locked meanwhile.
    Own(Opened),
    /// Any with these settings: the statement is a command.
    Any(Settings),
}

/// The state of the thread.
struct Writer {
    /// Runs the commands.
    connection: rusqlite::Connection,
    settings: Settings,
    keeper: Keeper,
}

/// Starts the writer thread of the database at a path.
///
/// # Errors
/// When the database cannot be opened, or the thread cannot start.
pub fn start(path: PathBuf) -> anyhow::Result<Sender<Work>> {
    let (work, queue) = channel();
    let connection = keeper::open_existing(&path)?;
    keeper::watch(&connection);
    let settings = Settings::of(&connection)?;
    let mut writer = Writer { connection, settings, keeper: Keeper::new(path) };
    let serve = move || {
        writer.keeper.take_over();
        if let Some(closed) = writer.serve(&queue) {
            let Writer { connection, mut keeper, .. } = writer;
            drop(connection);
            keeper.look(0);
            drop(keeper);
            // `Database::close` may have given up waiting.
            closed.send(()).ok();
        }
    };
    let thread = std::thread::Builder::new().name("sqlite-writer".to_owned());
    thread.spawn(serve).context("cannot start the writer thread")?;
    Ok(work)
}

impl Writer {
    /// Works until `Work::Close`; returns the channel that confirms it.
    fn serve(&mut self, queue: &Receiver<Work>) -> Option<Sender<()>> {
        let mut next = None;
        loop {
            match next.take().or_else(|| queue.recv().ok())? {
                Work::Write(write) => {
                    let mut group = vec![write];
                    while group.iter().all(Write::is_command) && group.len() < GROUP_MAX {
                        match queue.try_recv() {
                            Ok(Work::Write(write)) if write.is_command() => group.push(write),
                            other => {
                                next = other.ok();
                                break;
                            }
                        }
                    }
                    self.write(group);
                }
                Work::Look(pages) => self.keeper.look(pages),
                Work::Close(closed) => return Some(closed),
            }
        }
    }

    /// Runs statements, several of them in one transaction if possible, and answers them.
    fn write(&mut self, group: Vec<Write>) {
        let together = if group.len() > 1 { self.run_together(&group) } else { None };
        let mut results = together.into_iter().flatten();
        for write in group {
            let done = results.next().unwrap_or_else(|| self.run(&write));
            // The checkpoint comes before the answer, and before the guest closes its connection.
            self.keeper.look(keeper::committed());
            // The caller may be gone; the statement has run all the same.
            drop(write.result.send(done));
        }
    }

    /// Runs one statement alone.
    fn run(&mut self, Write { by, statement, parameters, .. }: &Write) -> Result<Rows, Error> {
        match by {
            By::Own(guest) => run(guest, statement, parameters),
            By::Any(settings) => {
                self.set(*settings).map_err(io)?;
                run(&self.connection, statement, parameters)
            }
        }
    }

    /// Runs commands in one transaction. `None` if nothing was committed, for whatever reason: each command then runs
    /// alone, with a result of its own.
    fn run_together(&mut self, group: &[Write]) -> Option<Vec<Result<Rows, Error>>> {
        let settings = group.iter().filter_map(|write| match write.by {
            By::Own(_) => None,
            By::Any(settings) => Some(settings),
        });
        // The strictest `synchronous` and `secure_delete` of the group hold for its commit. No command waits for a lock
        // as long as another one allows.
        let synchronous = settings.clone().map(|it| it.synchronous).max()?;
        let secure_delete = settings.map(|it| it.secure_delete).min_by_key(|it| laxness(*it))?;
        self.set(Settings { synchronous, busy_timeout: 0, secure_delete }).ok()?;
        self.connection.execute_batch("BEGIN IMMEDIATE").ok()?;
        let mut results = Vec::with_capacity(group.len());
        for write in group {
            results.push(run(&self.connection, &write.statement, &write.parameters));
            if self.connection.is_autocommit() {
                return None;
            }
        }
        if self.connection.execute_batch("COMMIT").is_err() {
            // SQLite may already have rolled the transaction back.
            self.connection.execute_batch("ROLLBACK").ok();
            return None;
        }
        Some(results)
    }

    fn set(&mut self, settings: Settings) -> rusqlite::Result<()> {
        if self.settings != settings {
            self.connection.pragma_update(None, "synchronous", settings.synchronous)?;
            self.connection.pragma_update(None, "busy_timeout", settings.busy_timeout)?;
            // The pragma reads any number but 0 as ON.
            let secure_delete = match settings.secure_delete {
                0 => "OFF",
                2 => "FAST",
                _ => "ON",
            };
            self.connection.pragma_update(None, "secure_delete", secure_delete)?;
            self.settings = settings;
        }
        Ok(())
    }
}

/// How little a value of `PRAGMA secure_delete` overwrites.
const fn laxness(secure_delete: i64) -> u8 {
    match secure_delete {
        1 => 0,
        2 => 1,
        _ => 2,
    }
}

impl Write {
    const fn is_command(&self) -> bool {
        matches!(self.by, By::Any(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oneshot::Receiver;
    use oneshot::error::TryRecvError;
    use std::sync::{Arc, Mutex};
    use std::thread::sleep;
    use std::time::{Duration, Instant};
    use tempfile::TempDir;

    const SCHEMA: &str = "PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT); \
        CREATE VIEW note AS SELECT text FROM notes; \
        CREATE TRIGGER noted INSTEAD OF INSERT ON note BEGIN \
          INSERT INTO notes VALUES (NEW.text); \
          SELECT RAISE(ABORT, 'refused') WHERE NEW.text = 'bad'; \
          SELECT RAISE(ROLLBACK, 'undone') WHERE NEW.text = 'worse'; END;";

    type Answer = Receiver<Result<Rows, Error>>;

    fn writer() -> (TempDir, Writer) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("database");
        rusqlite::Connection::open(&path).unwrap().execute_batch(SCHEMA).unwrap();
        let connection = keeper::open_existing(&path).unwrap();
        let settings = Settings::of(&connection).unwrap();
        (folder, Writer { connection, settings, keeper: Keeper::new(path) })
    }

    fn group(texts: &[&str], settings: Settings) -> (Vec<Write>, Vec<Answer>) {
        let write = |text: &&str| {
            let (result, answer) = oneshot::channel();
            let statement = "INSERT INTO note VALUES (?1) RETURNING text".to_owned();
            let parameters = vec![Value::Text((*text).to_owned())];
            (Write { by: By::Any(settings), statement, parameters, result }, answer)
        };
        texts.iter().map(write).unzip()
    }

    /// The answers: for each the text that was written, or the error.
    fn texts(answers: Vec<Answer>) -> Vec<String> {
        let text = |mut answer: Answer| match answer.try_recv().unwrap() {
            Ok((_, rows)) => format!("{:?}", rows[0].values[0]),
            Err(error) => format!("{error:?}"),
        };
        answers.into_iter().map(text).collect()
    }

    fn notes(folder: &TempDir) -> Vec<String> {
        let connection = rusqlite::Connection::open(folder.path().join("database")).unwrap();
        let mut asked = connection.prepare("SELECT text FROM notes ORDER BY rowid").unwrap();
        asked.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    const SETTINGS: Settings = Settings { synchronous: 2, busy_timeout: 0, secure_delete: 0 };

    /// Counts the commits of a connection; one fails if `at_commit` returns true.
    fn count_commits(
        connection: &rusqlite::Connection,
        mut at_commit: impl FnMut() -> bool + Send + 'static,
    ) -> Arc<Mutex<usize>> {
        let count = Arc::<Mutex<usize>>::default();
        let counter = Arc::clone(&count);
        let hook = move || {
            *counter.lock().unwrap() += 1;
            at_commit()
        };
        connection.commit_hook(Some(hook)).unwrap();
        count
    }

    #[test]
    fn a_refused_command_undoes_only_its_own_changes() {
        let (folder, mut writer) = writer();
        let commits = count_commits(&writer.connection, || false);
        let (commands, answers) = group(&["a", "bad", "b", "bad", "c"], SETTINGS);
        writer.write(commands);
        let refused = "Error::Io(\"refused\")";
        let answers = texts(answers);
        assert_eq!(answers[1], refused);
        assert_eq!(answers[3], refused);
        assert_eq!(
            [&answers[0], &answers[2], &answers[4]].map(|it| it.contains("Text")),
            [true; 3]
        );
        assert_eq!(notes(&folder), ["a", "b", "c"]);
        assert_eq!(*commits.lock().unwrap(), 1);
    }

    #[test]
    fn commands_are_answered_only_after_the_commit() {
        let (_folder, mut writer) = writer();
        let (commands, answers) = group(&["a", "b", "c"], SETTINGS);
        let answers = Arc::new(Mutex::new(answers));
        let at_commit = Arc::clone(&answers);
        let commits = count_commits(&writer.connection, move || {
            let mut answers = at_commit.lock().unwrap();
            let waits = |answer: &mut Answer| matches!(answer.try_recv(), Err(TryRecvError::Empty));
            assert!(answers.iter_mut().all(waits));
            false
        });
        writer.write(commands);
        assert_eq!(*commits.lock().unwrap(), 1);
        let answers = std::mem::take(&mut *answers.lock().unwrap());
        assert!(texts(answers).iter().all(|it| it.contains("Text")));
    }

    #[test]
    fn commands_run_alone_after_one_rolls_back_their_transaction() {
        let (folder, mut writer) = writer();
        let (commands, answers) = group(&["a", "worse", "b"], SETTINGS);
        writer.write(commands);
        let answers = texts(answers);
        assert_eq!(answers[1], "Error::Io(\"undone\")");
        assert_eq!(notes(&folder), ["a", "b"]);
    }

    #[test]
    fn a_failed_commit_fails_only_its_own_commands() {
        let (folder, mut writer) = writer();
        let commits = count_commits(&writer.connection, || true);
        let (commands, answers) = group(&["a", "b"], SETTINGS);
        writer.write(commands);
        assert!(texts(answers).iter().all(|it| it.contains("constraint failed")));
        // Once together and once each.
        assert_eq!(*commits.lock().unwrap(), 3);
        writer.connection.commit_hook(None::<fn() -> bool>).unwrap();
        let (commands, answers) = group(&["c", "d"], SETTINGS);
        writer.write(commands);
        assert!(texts(answers).iter().all(|it| it.contains("Text")));
        assert_eq!(notes(&folder), ["c", "d"]);
    }

    #[test]
    fn a_command_waits_for_another_writer_as_long_as_its_busy_timeout() {
        let (folder, mut writer) = writer();
        let other = rusqlite::Connection::open(folder.path().join("database")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let (commands, answers) = group(&["a", "b"], SETTINGS);
        writer.write(commands);
        assert_eq!(texts(answers), ["Error::Io(\"database is locked\")"; 2]);
        let (commands, answers) = group(&["a", "b"], Settings { busy_timeout: 60_000, ..SETTINGS });
        let ends = std::thread::spawn(move || {
            sleep(Duration::from_millis(50));
            other.execute_batch("COMMIT").unwrap();
        });
        let began = Instant::now();
        writer.write(commands);
        ends.join().unwrap();
        assert!(began.elapsed() < Duration::from_secs(50));
        assert!(texts(answers).iter().all(|it| it.contains("Text")));
        assert_eq!(notes(&folder), ["a", "b"]);
    }

    #[test]
    fn a_commit_uses_the_strictest_settings_of_its_group() {
        let (_folder, mut writer) = writer();
        let used = |writer: &Writer| {
            let settings = Settings::of(&writer.connection).unwrap();
            (settings.synchronous, settings.secure_delete)
        };
        let lax = Settings { synchronous: 1, ..SETTINGS };
        writer.write(group(&["a", "b"], lax).0);
        assert_eq!(used(&writer), (1, 0));
        let (mut commands, _lax) = group(&["a"], lax);
        for secure_delete in [2, 1] {
            let (strict, _strict) = group(&["b"], Settings { secure_delete, ..SETTINGS });
            commands.extend(strict);
            writer.write(std::mem::take(&mut commands));
            assert_eq!(used(&writer), (2, secure_delete));
            commands = group(&["c"], Settings { secure_delete: 2, ..lax }).0;
        }
        writer.write(group(&["c"], lax).0);
        assert_eq!(used(&writer), (1, 0));
    }
}
