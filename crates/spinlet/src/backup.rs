//! `spinlet backup`: copies the databases, all as of one moment, into a new folder.

use crate::cli;
use crate::runtime_config::Places;
use crate::state::{self, IN_WAL, Lock, Restoring, WHOLE, make_folder, sync_folder, with_suffix};
use crate::terminal::{print, say};
use anyhow::{Context, Result, bail, ensure};
use nix::libc::O_NOFOLLOW;
use rusqlite::backup::StepResult;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The file that marks a folder as a complete backup and lists its contents; written last.
pub const MANIFEST: &str = "backup.toml";

/// The first file in the folder of a backup in progress.
const UNFINISHED: &str = "backup-unfinished";

/// Version of the manifest's format.
const FORMAT: u32 = 1;

/// Maximum time in which a backup tries to hold the write locks of all databases at once.
const LOCKS: Duration = Duration::from_mins(1);

/// Longest wait for one lock while others are held; after it, all are released and taken anew.
const LOCKS_TOGETHER: Duration = Duration::from_millis(500);

/// Pages copied per step.
const PAGES: i32 = 4_096;

/// The interval between progress lines.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// The contents of a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// The moment of the snapshot, UTC, in the format of [`now`].
    pub taken_at: String,
    /// Stores of the application on other servers, which the backup lacks, as `key_value_store.default`.
    #[serde(default)]
    pub not_included: Vec<String>,
    /// The database files.
    pub file: Vec<Copied>,
}

/// One database of a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copied {
    /// Name of the file in the backup's folder.
    pub name: String,
    /// Labels of the databases and stores in the file, as `sqlite_database.default`.
    pub holds: Vec<String>,
    /// Size of the file in bytes.
    pub size: u64,
    /// SHA-256 of the file, in lower-case hex.
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// When the folder is no complete backup, or one of another format.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("{} is not a finished backup: cannot read {}", folder.display(), path.display())
        })?;
        let manifest: Self = toml::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{}: {}", path.display(), error.message()))?;
        ensure!(
            manifest.format == FORMAT,
            "{} has format {}; this spinlet reads format {FORMAT}",
            path.display(),
            manifest.format
        );
        Ok(manifest)
    }
}

/// Makes a backup.
///
/// # Errors
/// One sentence with the problem. The destination is unchanged, unless only its parent could not be
/// synced.
pub fn run(backup: &cli::Backup) -> Result<()> {
    let state_dir = backup.place.state_dir();
    let places = Places::read(backup.place.runtime_config_file.as_deref(), &state_dir)?;
    let files: BTreeMap<_, _> =
        places.files().into_iter().filter(|(path, _)| path.exists()).collect();
    ensure!(!files.is_empty(), "there is no database in {}", state_dir.display());
    let _lock = Lock::share(&places.folders())?;
    Restoring::refuse(&state_dir)?;
    for path in files.keys() {
        state::refuse_halves(path)?;
    }

    // A trailing slash would put the unfinished folder inside the destination.
    let destination: PathBuf = backup.destination.components().collect();
    let unfinished = Unfinished::make(&destination)?;
    let (snapshots, taken_at) = snapshots(files.keys())?;
    let mut sources: Vec<_> = snapshots.into_iter().zip(files).collect();
    // Databases without a write-ahead log come first: their writers wait for the end of the copy.
    sources.sort_by_key(|(snapshot, _)| snapshot.has_log);
    let mut manifest = Manifest {
        format: FORMAT,
        taken_at,
        not_included: places.elsewhere(),
        file: Vec::with_capacity(sources.len()),
    };
    let mut progress = Progress::new();
    for (snapshot, (path, holds)) in sources {
        let name = name(&path, &holds, &manifest.file);
        let target = unfinished.folder.join(&name);
        copy(&snapshot.connection, &target, &mut progress)
            .with_context(|| format!("cannot copy {} to {}", path.display(), target.display()))?;
        drop(snapshot);
        manifest.file.push(Copied { name, holds, size: 0, sha256: String::new() });
    }
    for copied in &mut manifest.file {
        let target = unfinished.folder.join(&copied.name);
        progress.say(|| format!("checking {}", copied.name));
        check_integrity(&target)?;
        (copied.size, copied.sha256) = digest(&target)?;
        let synced = File::open(&target).and_then(|file| file.sync_all());
        synced.with_context(|| format!("cannot sync {}", target.display()))?;
    }
    unfinished.finish(&manifest, &destination)?;

    for copied in &manifest.file {
        print(format_args!("{}: {} bytes ({})", copied.name, copied.size, copied.holds.join(", ")));
    }
    for elsewhere in &manifest.not_included {
        print(format_args!("not included, because it is on another server: {elsewhere}"));
    }
    print(format_args!("the state of {} is in {}", manifest.taken_at, destination.display()));
    Ok(())
}

/// The file name of a database's copy: that of the database, or its labels if another copy has that name.
fn name(path: &Path, holds: &[String], taken: &[Copied]) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_taken = |name: &str| {
        [MANIFEST, UNFINISHED].contains(&name) || taken.iter().any(|other| other.name == name)
    };
    if is_taken(&name) { format!("{}.db", holds.join(".")) } else { name }
}

/// The folder of a backup in progress; removed on drop unless the backup is finished.
struct Unfinished {
    folder: PathBuf,
    /// Held locked, so that no other backup writes here.
    lock: File,
    finished: bool,
}

impl Unfinished {
    fn make(destination: &Path) -> Result<Self> {
        let shown = destination.display();
        // A folder cannot be renamed onto a symbolic link.
        ensure!(
            !destination.is_symlink(),
            "{shown} is a symbolic link; name a folder that does not exist yet, such as one inside the folder that it leads to"
        );
        match std::fs::read_dir(destination) {
            Ok(mut entries) => ensure!(entries.next().is_none(), "{shown} exists already"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("cannot create {shown}")),
        }
        ensure!(destination.file_name().is_some(), "{shown} is not the name of a folder");
        let folder = with_suffix(destination, ".unfinished");
        make_folder(&folder)?;
        let opened = File::options().read(true).custom_flags(O_NOFOLLOW).open(&folder);
        let lock = opened.with_context(|| format!("cannot open {}", folder.display()))?;
        ensure!(lock.try_lock().is_ok(), "another backup writes to {} now", folder.display());
        let left = std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path()));
        let mut left: Vec<PathBuf> = left.collect::<Result<_>>()?;
        let is_mark = |path: &PathBuf| path.ends_with(UNFINISHED) || path.ends_with(MANIFEST);
        ensure!(
            left.is_empty() || left.iter().any(is_mark),
            "{} has files, and no backup has made it; move it away, or give another destination",
            folder.display()
        );
        // The files of an interrupted backup; their mark last, in case that this is interrupted too.
        left.sort_by_key(is_mark);
        for left in left {
            std::fs::remove_file(&left)
                .with_context(|| format!("cannot remove {}", left.display()))?;
        }
        let unfinished = Self { folder, lock, finished: false };
        let mark = unfinished.folder.join(UNFINISHED);
        File::create_new(&mark).with_context(|| format!("cannot write {}", mark.display()))?;
        Ok(unfinished)
    }

    fn finish(mut self, manifest: &Manifest, destination: &Path) -> Result<()> {
        let path = self.folder.join(MANIFEST);
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path);
        let text = toml::to_string(manifest)?;
        file.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .with_context(|| format!("cannot write {}", path.display()))?;
        std::fs::remove_file(self.folder.join(UNFINISHED))?;
        self.lock.sync_all()?;
        std::fs::rename(&self.folder, destination).with_context(|| {
            format!("cannot rename {} to {}", self.folder.display(), destination.display())
        })?;
        self.finished = true;
        match destination.parent() {
            Some(parent) if parent != Path::new("") => sync_folder(parent),
            _ => sync_folder(Path::new(".")),
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the rename, a folder of this name belongs to another backup.
        if !self.finished {
            // If this fails, the next backup of this name removes the files.
            std::fs::remove_dir_all(&self.folder).ok();
        }
    }
}

/// An open read transaction: a database as of one moment, for as long as it is read.
struct Snapshot {
    connection: Connection,
    has_log: bool,
}

/// Snapshots of the databases as of one moment, and that moment. All write locks are held at that moment: of two
/// writes, one after the other to different databases, the snapshots have both, or only the first, or neither.
fn snapshots<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<(Vec<Snapshot>, String)> {
    let open = |path: &'a PathBuf| -> Result<(&'a PathBuf, Connection, Connection)> {
        let had_log = with_suffix(&state::resolved(path), "-wal").exists();
        let open = || -> rusqlite::Result<_> {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let lock = Connection::open_with_flags(path, flags)?;
            let read = Connection::open_with_flags(path, flags)?;
            for connection in [&lock, &read] {
                connection.busy_handler(Some(wait_a_little))?;
                // A backup changes nothing: closing must not checkpoint a log, such as that of a killed server.
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, had_log)?;
            }
            Ok((lock, read))
        };
        let (lock, read) = open().with_context(|| format!("cannot open {}", path.display()))?;
        Ok((path, lock, read))
    };
    let connections = paths.map(open).collect::<Result<Vec<_>>>()?;
    let deadline = Instant::now() + LOCKS;
    let begin = |path: &Path, connection: &Connection, statements: &str| {
        let begun = connection.execute_batch(statements);
        begun.with_context(|| format!("cannot read {}", path.display()))
    };
    let take = || -> Result<String> {
        for (path, lock, _) in &connections {
            begin(path, lock, "BEGIN IMMEDIATE")?;
        }
        for (path, _, read) in &connections {
            begin(path, read, "BEGIN; SELECT count(*) FROM sqlite_schema")?;
        }
        now()
    };
    let taken_at = loop {
        let taken = take();
        for (_, lock, _) in &connections {
            if !lock.is_autocommit() {
                lock.execute_batch("ROLLBACK")?;
            }
        }
        match taken {
            Ok(taken_at) => break taken_at,
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                for (_, _, read) in &connections {
                    if !read.is_autocommit() {
                        read.execute_batch("ROLLBACK")?;
                    }
                }
                std::thread::sleep(LOCKS_TOGETHER / 10);
            }
            Err(error) => return Err(error),
        }
    };
    let snapshot = |(_, _, connection): (&PathBuf, Connection, Connection)| {
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok(Snapshot { connection, has_log: mode == "wal" })
    };
    Ok((connections.into_iter().map(snapshot).collect::<Result<_>>()?, taken_at))
}

/// A busy handler with short pauses: writers hold a lock for less time than SQLite's own handler sleeps.
fn wait_a_little(attempts: i32) -> bool {
    const PAUSE: Duration = Duration::from_micros(500);
    std::thread::sleep(PAUSE);
    PAUSE.saturating_mul(attempts.unsigned_abs()) < LOCKS_TOGETHER
}

fn is_busy(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<rusqlite::Error>();
    error.and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::DatabaseBusy)
}

/// The current time, UTC, in a format that is valid in file names.
///
/// # Errors
/// When SQLite fails.
pub fn now() -> Result<String> {
    let date = "SELECT strftime('%Y-%m-%dT%H-%M-%SZ')";
    Ok(Connection::open_in_memory()?.query_row(date, [], |row| row.get(0))?)
}

/// Copies a database as a connection sees it.
fn copy(from: &Connection, target: &Path, progress: &mut Progress) -> Result<()> {
    File::options().write(true).create_new(true).mode(0o600).open(target)?;
    let mut to = Connection::open(target)?;
    // The caller syncs the complete file.
    to.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    {
        let backup = rusqlite::backup::Backup::new(from, &mut to)?;
        loop {
            match backup.step(PAGES)? {
                StepResult::Done => break,
                StepResult::More => {}
                StepResult::Busy | StepResult::Locked => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                _ => bail!("SQLite's backup ended with an unknown result"),
            }
            let done = backup.progress();
            progress.say(|| {
                let copied = done.pagecount - done.remaining;
                format!("copying {}: {copied} of {} pages", target.display(), done.pagecount)
            });
        }
    }
    // The copy is complete without a log.
    let mark: i32 = to.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if mark == IN_WAL {
        to.pragma_update(None, "application_id", WHOLE)?;
    }
    to.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Prints lines of progress, at most one per interval `PROGRESS_EVERY`.
struct Progress(Instant);

impl Progress {
    fn new() -> Self {
        Self(Instant::now())
    }

    fn say(&mut self, what: impl FnOnce() -> String) {
        if self.0.elapsed() > PROGRESS_EVERY {
            self.0 = Instant::now();
            say(what());
        }
    }
}

/// Checks every page and index of a database that is not in use.
///
/// # Errors
/// The first problem that SQLite finds.
pub fn check_integrity(path: &Path) -> Result<()> {
    let check = || -> rusqlite::Result<String> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(immutable(path), flags)?;
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
    };
    let found = check().with_context(|| format!("{} is damaged", path.display()))?;
    ensure!(found == "ok", "{} is damaged: {}", path.display(), found.replace('\n', " "));
    Ok(())
}

/// The URI with which SQLite reads a file alone, without creating companions beside it.
fn immutable(path: &Path) -> String {
    let escaped: String = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .map(|byte| match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                char::from(*byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    // A leading `//` would name a host.
    let root = if escaped.starts_with("//") { "//" } else { "" };
    format!("file:{root}{escaped}?immutable=1")
}

/// A file's size in bytes, and the SHA-256 of its contents in lower-case hex.
///
/// # Errors
/// I/O errors.
pub fn digest(path: &Path) -> Result<(u64, String)> {
    let read = || -> std::io::Result<_> {
        let mut file = File::open(path)?;
        let (mut size, mut hash) = (0, hmac_sha256::Hash::new());
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer)? {
                0 => break Ok((size, hash.finalize())),
                read => {
                    size += read as u64;
                    hash.update(buffer.get(..read).unwrap_or_default());
                }
            }
        }
    };
    let (size, hash) = read().with_context(|| format!("cannot read {}", path.display()))?;
    let mut digits = String::with_capacity(2 * hash.len());
    for byte in hash {
        write!(digits, "{byte:02x}")?;
    }
    Ok((size, digits))
}
