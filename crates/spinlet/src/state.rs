//! The state folder: its permissions, its locks, and whether its databases are whole.

use crate::logs::older;
use crate::terminal::say;
use anyhow::{Context, Result, bail, ensure};
use nix::libc::O_NOFOLLOW;
use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// The file that all users of a folder's databases lock.
const LOCK: &str = "spinlet.lock";

/// The file that exists while a restore puts files in place; it has the name of that restore.
const RESTORING: &str = "restore-unfinished";

/// Suffixes of the files that SQLite keeps beside a database.
pub const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// `application_id` in the main file of a database whose newest content is in its write-ahead log.
pub const IN_WAL: i32 = 0x7370_6e31;

/// `application_id` of a database that is whole; while there is a write-ahead log, it is in the log.
pub const WHOLE: i32 = 0x7370_6e32;

/// Creates a folder, and those above it, for its owner only.
///
/// # Errors
/// When it cannot be created.
pub fn make_folder(folder: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))
}

/// Creates a file for the owner of its folder, which is another user's if root runs this for a server. A link is never
/// followed: that user could make root write to any file.
///
/// # Errors
/// When there is anything of this name, or the file cannot be created.
pub fn create_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    let file = options.read(true).write(true).create_new(true).mode(0o600).open(path)?;
    let owner = path.parent().and_then(|folder| std::fs::metadata(folder).ok());
    if let (Some(owner), Ok(own)) = (owner, file.metadata())
        && (owner.uid(), owner.gid()) != (own.uid(), own.gid())
    {
        // A user without the right to do so has created the file for their own use.
        drop(fchown(&file, Some(owner.uid()), Some(owner.gid())));
    }
    Ok(file)
}

/// Opens a file, and creates it as [`create_file`] does if it is missing.
///
/// # Errors
/// When it is a link, or cannot be opened.
fn open_file(path: &Path) -> io::Result<File> {
    match create_file(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            File::options().read(true).write(true).custom_flags(O_NOFOLLOW).open(path)
        }
        created => created,
    }
}

/// A path with `suffix` appended to its name.
#[must_use]
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// A database's path with symbolic links followed: SQLite keeps its companions beside the file itself.
#[must_use]
pub fn resolved(database: &Path) -> PathBuf {
    // A database that does not exist yet has no companions.
    database.canonicalize().unwrap_or_else(|_| database.to_owned())
}

/// Locks on the folders of databases, held until dropped.
pub struct Lock {
    _files: Vec<File>,
}

impl Lock {
    /// Shares the folders with other users of their databases.
    ///
    /// # Errors
    /// While a restore replaces the databases.
    pub fn share(folders: &BTreeSet<PathBuf>) -> Result<Self> {
        Self::take(folders, File::try_lock_shared, "a restore is replacing its databases now")
    }

    /// Locks the folders exclusively.
    ///
    /// # Errors
    /// While a server or a backup uses them.
    pub fn alone(folders: &BTreeSet<PathBuf>) -> Result<Self> {
        Self::take(folders, File::try_lock, "a server or a backup is using it; stop it first")
    }

    fn take(
        folders: &BTreeSet<PathBuf>,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
        taken: &str,
    ) -> Result<Self> {
        let lock = |folder: &PathBuf| {
            make_folder(folder)?;
            let path = folder.join(LOCK);
            let file = open_file(&path);
            let file = file.with_context(|| format!("cannot open {}", path.display()))?;
            match lock(&file) {
                Ok(()) => Ok(file),
                Err(TryLockError::WouldBlock) => bail!("{}: {taken}", folder.display()),
                Err(TryLockError::Error(error)) => {
                    Err(error).with_context(|| format!("cannot lock {}", path.display()))
                }
            }
        };
        Ok(Self { _files: folders.iter().map(lock).collect::<Result<_>>()? })
    }
}

/// The mark of a state folder whose databases a restore has begun to replace.
pub struct Restoring(PathBuf);

impl Restoring {
    /// Sets the mark. Returns the name under which replaced files are kept: that of the restore that was interrupted
    /// here, which may have renamed the log of a database but not the database itself, else `name`.
    ///
    /// # Errors
    /// When the mark cannot be read or written.
    pub fn begin(state_dir: &Path, name: String) -> Result<(Self, String)> {
        let path = state_dir.join(RESTORING);
        let mark = || -> io::Result<String> {
            let mut file = open_file(&path)?;
            let mut interrupted = String::new();
            // Far more than a name.
            Read::by_ref(&mut file).take(100).read_to_string(&mut interrupted)?;
            // Another user may have written the mark; their name must not be a path.
            let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            if !interrupted.is_empty() && interrupted.bytes().all(is_name) {
                return Ok(interrupted);
            }
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(name.as_bytes())?;
            file.sync_all()?;
            Ok(name)
        };
        let name = mark().with_context(|| format!("cannot write {}", path.display()))?;
        sync_folder(state_dir)?;
        Ok((Self(path), name))
    }

    /// Removes the mark.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn end(self) -> Result<()> {
        std::fs::remove_file(&self.0).with_context(|| format!("cannot remove {}", self.0.display()))
    }

    /// Refuses a state folder in which a restore was interrupted.
    ///
    /// # Errors
    /// When the folder has the mark.
    pub fn refuse(state_dir: &Path) -> Result<()> {
        ensure!(
            !state_dir.join(RESTORING).exists(),
            "{}: a restore was interrupted after it had begun to replace databases; run 'spinlet restore' again",
            state_dir.display()
        );
        Ok(())
    }
}

/// Syncs a folder, so that renamed and created files survive a power failure.
///
/// # Errors
/// I/O errors.
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot sync the folder {}", folder.display()))
}

/// Refuses a database file that was copied without its write-ahead log, or a log without its database. Must run
/// before this process opens the database: closing the file here would release SQLite's locks on it.
///
/// # Errors
/// The file, and what to do.
pub fn refuse_halves(database: &Path) -> Result<()> {
    let (shown, wal) = (database.display(), with_suffix(&resolved(database), "-wal"));
    let mut header = [0; 100];
    let read = File::open(database).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Ok(()) => {}
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::UnexpectedEof) => {
            ensure!(
                std::fs::metadata(&wal).map_or(0, |wal| wal.len()) == 0,
                "{shown} is missing or empty, but its write-ahead log {} exists: put the two together, or restore a backup ('spinlet restore')",
                wal.display()
            );
            return Ok(());
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {shown}")),
    }
    let field = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, i32::from_be_bytes)
    };
    // Format versions, size in pages, application_id: https://www.sqlite.org/fileformat.html#the_database_header
    let (versions, pages, application) = (header.get(18..20), field(28), field(68));
    let has_wal = wal.try_exists().with_context(|| format!("cannot look for {}", wal.display()))?;
    if versions != Some(&[2, 2]) || has_wal {
        return Ok(());
    }
    let remedy = match (application == IN_WAL, pages == 1) {
        (true, _) => format!(
            "if you know that nothing is missing, accept it with: sqlite3 {shown} 'PRAGMA application_id = 0'"
        ),
        (_, true) => format!("to start with an empty database, remove {shown}"),
        _ => return Ok(()),
    };
    bail!(
        "{shown} is a copy without its write-ahead log {}, which had its newest content: put the two together, or restore a backup ('spinlet restore'); {remedy}",
        wal.display()
    )
}

/// Removes other users' access to files that earlier versions left open to them, and says so.
#[expect(clippy::verbose_bit_mask, reason = "rights of files are read as a mask")]
pub fn close_to_others(state_dir: &Path, databases: &BTreeSet<PathBuf>, logs: &Path, cache: &Path) {
    let mut changed = 0;
    let mut close = |path: &Path, mode: u32| {
        let Ok(metadata) = std::fs::symlink_metadata(path) else { return };
        let now = metadata.permissions().mode();
        if metadata.is_symlink() || now & 0o077 == 0 {
            return;
        }
        // A folder in which every user may create files, such as /tmp, does not belong to this server alone.
        if now & 0o1000 != 0 {
            say(format!(
                "warning: {} is open to all users; the files in it are not",
                path.display()
            ));
            return;
        }
        match std::fs::set_permissions(path, Permissions::from_mode(mode)) {
            Ok(()) => changed += 1,
            Err(error) => say(format!("warning: others may read {}: {error}", path.display())),
        }
    };
    close(state_dir, 0o700);
    close(logs, 0o700);
    close(cache, 0o700);
    for database in databases {
        let database = resolved(database);
        close(&database, 0o600);
        for companion in COMPANIONS {
            close(&with_suffix(&database, companion), 0o600);
        }
    }
    for log in std::fs::read_dir(logs).into_iter().flatten().flatten() {
        let log = log.path();
        if log.extension().is_some_and(|extension| extension == "txt") {
            close(&log, 0o600);
            close(&older(&log), 0o600);
        }
    }
    if changed > 0 {
        say(format!(
            "{}: {changed} files and folders were open to other users; they no longer are",
            state_dir.display()
        ));
    }
}
