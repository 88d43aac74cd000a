//! The login that is kept between calls: `longwave/login.json` in `$XDG_CONFIG_HOME`, else in
//! `~/.config`. Anyone who can read it can act as the user, so only its owner can.

use anyhow::{Context, Result, ensure};
use longwave_client::{Client, Session, UserId};
use serde::{Deserialize, Serialize};
use std::env::var_os;
use std::fs::{DirBuilder, OpenOptions, read, remove_file, rename};
use std::io::{ErrorKind, IsTerminal, Write, stdin};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use tokio::sync::oneshot;

/// A login in its stored form.
#[derive(Deserialize, Serialize)]
pub struct Login {
    /// The URL of the server.
    pub server: String,
    user_id: UserId,
    token: String,
}

impl Login {
    /// The login of a session at a server.
    pub fn new(server: &str, session: &Session) -> Self {
        let (user_id, token) = (session.user_id().clone(), session.token().to_owned());
        Self { server: server.to_owned(), user_id, token }
    }

    /// The login that was kept last.
    ///
    /// # Errors
    /// If there is no login, or it is unreadable.
    pub fn kept() -> Result<Self> {
        let path = path()?;
        let json = match read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let what = format!("{} does not exist; 'longwave login' makes it", path.display());
                return Err(error).context(what);
            }
            json => json.with_context(|| format!("cannot read {}", path.display()))?,
        };
        serde_json::from_slice(&json).with_context(|| {
            format!("{} is not a saved login; 'longwave login' makes one", path.display())
        })
    }

    /// Keeps this login and no other.
    ///
    /// # Errors
    /// The system's.
    pub fn keep(&self) -> Result<()> {
        let path = path()?;
        self.write(&path).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Writes another file first, so that the login is never incomplete or readable by others.
    fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let new = path.with_extension("new");
        match remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        Ok(rename(&new, path)?)
    }

    /// The session of this login.
    ///
    /// # Errors
    /// If the server's address is invalid.
    pub fn session(&self) -> Result<Session> {
        Ok(Client::new(&self.server)?.with_token(self.user_id.clone(), self.token.clone()))
    }
}

fn path() -> Result<PathBuf> {
    // The XDG base directory specification says to ignore a relative path.
    let config = var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(var_os("HOME")?).join(".config"));
    let folder = config.or_else(home).context("neither XDG_CONFIG_HOME nor HOME is set")?;
    Ok(folder.join("longwave/login.json"))
}

/// A password: the first line of the standard input, which a terminal does not show.
///
/// # Errors
/// If the line is missing or empty.
pub async fn password() -> Result<String> {
    let _hidden = stdin().is_terminal().then(|| {
        let hidden = Hidden::start();
        eprint!("Password: ");
        hidden
    });
    // On a thread of its own, so that Ctrl-C ends the wait and with it the hiding.
    let (sender, read) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        sender.send(stdin().read_line(&mut line).map(|_| line))
    });
    let line = read.await?.context("cannot read a password from the standard input")?;
    let password = line.trim_end_matches(['\r', '\n']);
    ensure!(!password.is_empty(), "no password: give it as one line of the standard input");
    Ok(password.to_owned())
}

/// While this value lives, the terminal does not show typed text.
struct Hidden;

impl Hidden {
    fn start() -> Self {
        Self::set("-echo");
        Self
    }

    /// A terminal that cannot be set, or a system without `stty`, shows the password; that is no
    /// reason to stop.
    fn set(setting: &str) {
        drop(Command::new("stty").arg(setting).status());
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        Self::set("echo");
        eprintln!();
    }
}
