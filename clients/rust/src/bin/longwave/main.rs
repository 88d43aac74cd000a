//! `longwave`: two users chat from their terminals. A small example of the client library.

mod chat;
mod list;
mod login;
mod text;

use anyhow::{Result, anyhow};
use clap::{Parser, Subcommand};
use login::Login;
use longwave_client::{Client, Error, Platform, Reason};
use std::process::ExitCode;
use tokio::signal::ctrl_c;

/// A chat client of Longwave for the terminal.
#[derive(Parser)]
#[command(name = "longwave", version)]
struct Cli {
    /// The command to run.
    #[command(subcommand)]
    command: Command,
}

/// The commands of longwave.
#[derive(Subcommand)]
enum Command {
    /// Make an account and print its user id; the password is a line of the standard input.
    Register {
        /// The name to log in with, 1 to 64 bytes.
        username: String,
        /// The name that others see; the username unless given.
        #[arg(long)]
        nickname: Option<String>,
        /// The URL of the server.
        #[arg(long, env = "LONGWAVE_SERVER", default_value = "http://127.0.0.1:3000")]
        server: String,
    },
    /// Log in and keep the token; the password is a line of the standard input.
    Login {
        /// The name of the account.
        username: String,
        /// The kind of device, 1 to 10, of which each has one login at a time; 7 is Linux.
        #[arg(long, default_value = "7", value_parser = platform)]
        platform: Platform,
        /// The URL of the server.
        #[arg(long, env = "LONGWAVE_SERVER", default_value = "http://127.0.0.1:3000")]
        server: String,
    },
    /// List the conversations, the latest first, with unread counts and last messages.
    List,
    /// Chat with a user or in a group: print messages, and send the lines of the standard input.
    Chat {
        /// A user's id (nx__..., u___..., ag__...) or a group's (16 characters).
        id: String,
    },
}

fn platform(text: &str) -> Result<Platform, String> {
    let number: i64 = text.parse().map_err(|_| format!("'{text}' is not a number from 1 to 10"))?;
    number.try_into().map_err(str::to_owned)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let ended = tokio::select! {
        biased;
        // The system's own reaction to Ctrl-C would leave a terminal hidden that a password is typed on.
        Ok(()) = ctrl_c() => return ExitCode::from(130),
        ended = run(Cli::parse().command) => ended,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("longwave: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Register { username, nickname, server } => {
            let client = Client::new(&server)?;
            let password = login::password().await?;
            let nickname = nickname.as_deref().unwrap_or(&username);
            let made = client.register(&username, &password, nickname).await;
            let made = explained(made, || {
                format!("cannot register '{}' at {server}", text::name(&username))
            })?;
            println!("{}", made.user_id);
        }
        Command::Login { username, platform, server } => {
            let client = Client::new(&server)?;
            let password = login::password().await?;
            let session = client.login_on(platform, &username, &password).await;
            let session = explained(session, || {
                format!("cannot log in as '{}' at {server}", text::name(&username))
            })?;
            Login::new(&server, &session).keep()?;
            println!("{}", session.user_id());
        }
        Command::List => {
            let login = Login::kept()?;
            let listed = list::list(&login.session()?).await;
            explained(listed, || format!("cannot list the conversations at {}", login.server))?;
        }
        Command::Chat { id } => {
            let login = Login::kept()?;
            let with = chat::With::parse(&id)?;
            let ended = chat::chat(login.session()?, with).await;
            explained(ended, || {
                format!("cannot chat with '{}' at {}", text::name(&id), login.server)
            })?;
        }
    }
    Ok(())
}

/// An error in one sentence: the failed operation, the cause, and advice.
fn explained<T>(
    result: Result<T, impl Into<anyhow::Error>>,
    what: impl Fn() -> String,
) -> Result<T> {
    result.map_err(|error| {
        let error = error.into();
        let advice = error.downcast_ref().and_then(advice).unwrap_or_default();
        // Most of the text comes from a server.
        anyhow!("{}: {}{advice}", what(), text::plain(&format!("{error:#}")))
    })
}

fn advice(error: &Error) -> Option<&'static str> {
    match error {
        Error::Transport(_) => Some("; check the address, and that the server runs"),
        _ if error.reason() == Some(Reason::NewLogin) => Some(
            "; this account was signed in elsewhere on the same platform; 'longwave login' signs in here instead",
        ),
        _ if error.reason() == Some(Reason::Unknown) => {
            Some("; the server does not know this login; 'longwave login' makes a new one")
        }
        _ if error.code() == Some(10105) => Some("; check the username and the password"),
        _ if error.code() == Some(10202) => Some("; choose another username"),
        _ if error.is_unauthorized() => Some("; 'longwave login' makes a new login"),
        _ => None,
    }
}
