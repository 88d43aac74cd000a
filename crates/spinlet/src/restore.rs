//! `spinlet restore`: puts the databases of a backup in place of the existing ones.

use crate::backup::{Copied, MANIFEST, Manifest, check_integrity, digest, now};
use crate::cli;
use crate::runtime_config::Places;
use crate::state::{
    COMPANIONS, Lock, Restoring, create_file, make_folder, sync_folder, with_suffix,
};
use crate::terminal::print;
use anyhow::{Context, Result, bail, ensure};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind::NotFound};
use std::path::{Component, Path, PathBuf};

/// Restores a backup.
///
/// # Errors
/// One sentence with the problem. If databases were already being replaced, the mark of `Restoring`
/// remains; otherwise nothing has changed.
pub fn run(restore: &cli::Restore) -> Result<()> {
    let manifest = Manifest::read(&restore.backup)?;
    for copied in &manifest.file {
        check(&restore.backup, copied)?;
    }
    let state_dir = restore.place.state_dir();
    let places = Places::read(restore.place.runtime_config_file.as_deref(), &state_dir)?;
    let targets = targets(&places, &manifest)?;
    make_folder(&state_dir)?;
    let mut folders = places.folders();
    folders.insert(state_dir.clone());
    let _lock = Lock::alone(&folders)?;

    // A store that the backup lacks did not exist at its time: an existing one is set aside as well.
    let files = places.files();
    let there: Vec<&PathBuf> = files.keys().filter(|path| is_there(path)).collect();
    if !restore.replace && !there.is_empty() {
        let there: Vec<_> = there.iter().map(|path| path.display().to_string()).collect();
        bail!(
            "databases exist already: {}; --replace renames them and puts the backup in their place",
            there.join(", ")
        );
    }
    for path in &there {
        refuse_if_used(path)?;
    }
    let _staged = Staged(targets.iter().map(|(_, target)| beside(target)).collect());
    for (copied, target) in &targets {
        stage(&restore.backup, copied, &beside(target))?;
    }

    let (restoring, date) = Restoring::begin(&state_dir, now()?)?;
    for path in there {
        let kept = set_aside(path, &date)?;
        print(format_args!("{} is kept as {}", path.display(), kept.display()));
    }
    for (copied, target) in &targets {
        std::fs::rename(beside(target), target)
            .with_context(|| format!("cannot put {} in place", target.display()))?;
        print(format_args!("{} has {}", target.display(), copied.holds.join(", ")));
    }
    for folder in &folders {
        sync_folder(folder)?;
    }
    restoring.end()?;
    for elsewhere in &manifest.not_included {
        print(format_args!("not in the backup, because it is on another server: {elsewhere}"));
    }
    print(format_args!("restored the state of {}", manifest.taken_at));
    Ok(())
}

/// Checks that a database of a backup is unchanged since it was written.
fn check(backup: &Path, copied: &Copied) -> Result<()> {
    let is_name = matches!(
        Path::new(&copied.name).components().collect::<Vec<_>>()[..],
        [Component::Normal(_)]
    );
    ensure!(is_name, "{MANIFEST} names the file '{}', which is not a file name", copied.name);
    let path = backup.join(&copied.name);
    let (size, sha256) = digest(&path)?;
    ensure!(
        (size, &sha256) == (copied.size, &copied.sha256),
        "{} is damaged: its content is not what the backup wrote",
        path.display()
    );
    check_integrity(&path)
}

/// The target path of each database of a backup.
fn targets<'a>(places: &Places, manifest: &'a Manifest) -> Result<Vec<(&'a Copied, PathBuf)>> {
    let mut place: BTreeMap<String, PathBuf> = BTreeMap::new();
    for (path, holds) in places.files() {
        place.extend(holds.into_iter().map(|label| (label, path.clone())));
    }
    let target = |copied: &'a Copied| {
        let targets: Vec<_> = copied.holds.iter().map(|label| place.get(label)).collect();
        match targets.first() {
            Some(Some(first)) if targets.iter().all(|target| *target == Some(first)) => {
                Ok((copied, (*first).clone()))
            }
            _ => bail!(
                "the backup's {} holds {}, which this configuration does not keep in one file; give the --runtime-config-file that the backup was made with",
                copied.name,
                copied.holds.join(", ")
            ),
        }
    };
    manifest.file.iter().map(target).collect()
}

/// Whether there is a database, or a companion that SQLite would take for part of a new one.
fn is_there(path: &Path) -> bool {
    path.exists() || COMPANIONS.iter().any(|companion| with_suffix(path, companion).exists())
}

/// Refuses to replace a database that a program other than spinlet has open, such as Spin.
fn refuse_if_used(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let lock = || -> rusqlite::Result<()> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.busy_timeout(std::time::Duration::from_millis(500))?;
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema; BEGIN IMMEDIATE; ROLLBACK",
        )
    };
    match lock() {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            bail!("{} is in use; stop the program that uses it first", path.display())
        }
        // A damaged database may be the reason for the restore.
        _ => Ok(()),
    }
}

/// The path of a database until it is put in place.
fn beside(target: &Path) -> PathBuf {
    with_suffix(target, ".restoring")
}

/// The databases that are copied beside their places; dropping this removes those that were not put in place.
struct Staged(Vec<PathBuf>);

impl Drop for Staged {
    fn drop(&mut self) {
        for path in &self.0 {
            // The file is in place by now, or the next restore removes it.
            std::fs::remove_file(path).ok();
        }
    }
}

/// Copies a database of a backup to a path beside its place, and checks the copy.
fn stage(backup: &Path, copied: &Copied, target: &Path) -> Result<()> {
    let stage = || -> io::Result<()> {
        let mut from = File::open(backup.join(&copied.name))?;
        remove_if_there(target)?;
        let mut to = create_file(target)?;
        std::io::copy(&mut from, &mut to)?;
        to.sync_all()
    };
    stage().with_context(|| format!("cannot write {}", target.display()))?;
    let copy = digest(target)?;
    ensure!(
        (copy.0, &copy.1) == (copied.size, &copied.sha256),
        "{} changed while it was copied to {}",
        copied.name,
        target.display()
    );
    Ok(())
}

/// Removes a file, or does nothing if it is missing.
fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Suffixes of the files without which SQLite cannot read a database whole.
const PARTS: [&str; 3] = ["", "-wal", "-journal"];

/// Renames a database and the companions without which SQLite cannot read it whole; returns the new path.
fn set_aside(path: &Path, date: &str) -> Result<PathBuf> {
    let mut kept = with_suffix(path, &format!(".replaced-{date}"));
    let mut number = 1;
    // An interrupted restore may have renamed the database and not its log, which then still belongs to it.
    let is_taken = |kept: &Path| {
        let both = |suffix: &&str| {
            with_suffix(kept, suffix).exists() && with_suffix(path, suffix).exists()
        };
        PARTS.iter().any(both)
    };
    while is_taken(&kept) {
        number += 1;
        kept = with_suffix(path, &format!(".replaced-{date}-{number}"));
    }
    // The database first: opening one whose log is gone, as the next restore does, would give it another log.
    for suffix in PARTS {
        let from = with_suffix(path, suffix);
        if from.exists() {
            std::fs::rename(&from, with_suffix(&kept, suffix))
                .with_context(|| format!("cannot rename {}", from.display()))?;
        }
    }
    // SQLite creates this file anew from the log.
    remove_if_there(&with_suffix(path, "-shm"))
        .with_context(|| format!("cannot remove {}-shm", path.display()))?;
    Ok(kept)
}
