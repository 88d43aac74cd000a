//! `longwave`, the terminal client, as a process over pipes.

use crate::clients::rust::backup;
use crate::realtime::proxy::Nginx;
use crate::support::server::{Server, programs, run, run_alone, unique};
use longwave_client::{Draft, Event, Feed, Message, UserId};
use spinlet_process::free_port;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const PASSWORD: &str = "correct horse";

/// A user at a terminal, with a configuration folder.
struct Person {
    server: String,
    username: String,
    config: TempDir,
}

/// A running chat.
struct Chat {
    process: Child,
    typed: ChildStdin,
    shown: Lines<BufReader<ChildStdout>>,
}

impl Person {
    /// A user with an account of this nickname, logged in; also returns the user id.
    async fn arrive(server: &Server, nickname: &str) -> (Self, String) {
        let config = tempfile::tempdir().unwrap();
        let person = Self { server: server.url.clone(), username: unique("user"), config };
        let register = ["register", &person.username, "--nickname", nickname];
        let registered = printed(&person.run(&register, PASSWORD).await);
        assert_eq!(printed(&person.run(&["login", &person.username], PASSWORD).await), registered);
        (person, registered)
    }

    fn login(&self) -> PathBuf {
        self.config.path().join("longwave/login.json")
    }

    /// Points this login at another address of the server, and returns the saved login.
    fn moves_to(&mut self, url: &str) -> String {
        let kept = std::fs::read_to_string(self.login()).unwrap().replace(&self.server, url);
        std::fs::write(self.login(), &kept).unwrap();
        url.clone_into(&mut self.server);
        kept
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(programs().join("longwave"));
        command.args(arguments).env("XDG_CONFIG_HOME", self.config.path());
        command.env("LONGWAVE_SERVER", &self.server).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command with one line of input.
    async fn run(&self, arguments: &[&str], line: &str) -> Output {
        let mut process = self.command(arguments).spawn().expect("'make build' makes longwave");
        let mut stdin = process.stdin.take().unwrap();
        // A command that needs no input may have ended already.
        drop(stdin.write_all(format!("{line}\n").as_bytes()).await);
        drop(stdin);
        process.wait_with_output().await.unwrap()
    }

    fn chat(&self, with: &str) -> Chat {
        let mut process = self.command(&["chat", with]).spawn().unwrap();
        let typed = process.stdin.take().unwrap();
        let shown = BufReader::new(process.stdout.take().unwrap()).lines();
        Chat { process, typed, shown }
    }
}

impl Chat {
    async fn types(&mut self, line: &str) {
        self.typed.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn shows(&mut self, line: &str) {
        assert_eq!(self.shown.next_line().await.unwrap().as_deref(), Some(line));
    }

    /// Ends the chat with Ctrl-D.
    async fn ends(self) {
        drop(self.typed);
        let mut shown = self.shown;
        assert_eq!(shown.next_line().await.unwrap(), None, "nothing more is shown");
        printed(&self.process.wait_with_output().await.unwrap());
    }
}

/// The output of a command that succeeds.
#[track_caller]
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Asserts that a command fails and that its last line contains each of these texts.
#[track_caller]
fn fails(output: &Output, parts: &[&str]) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error = error.lines().last().unwrap();
    assert!(error.starts_with("longwave: "), "{output:?}");
    for part in parts {
        assert!(error.contains(part), "'{error}' does not contain '{part}'");
    }
}

#[test]
fn two_users_chat_from_their_terminals() {
    run(async |server| {
        let (alice, alice_id) = Person::arrive(server, "Alice").await;
        let (bob, bob_id) = Person::arrive(server, "Bob").await;
        let mut alices = alice.chat(&bob_id);
        alices.types("before bob came").await;
        let mut bobs = bob.chat(&alice_id);
        bobs.shows("Alice: before bob came").await;
        for number in 0..10 {
            bobs.types(&format!("question {number}")).await;
            alices.shows(&format!("Bob: question {number}")).await;
            alices.types(&format!("answer {number}")).await;
            bobs.shows(&format!("Alice: answer {number}")).await;
        }
        bobs.ends().await;
        alices.types("after bob went").await;
        alices.ends().await;

        let listed = printed(&bob.run(&["list"], "").await);
        assert_eq!(listed, format!("{alice_id}  Alice  1 unread  after bob went"));
        // The latest 20 of 22 messages.
        let mut bobs = bob.chat(&alice_id);
        bobs.shows("Alice: answer 0").await;
        for number in 1..10 {
            bobs.shows(&format!("you: question {number}")).await;
            bobs.shows(&format!("Alice: answer {number}")).await;
        }
        bobs.shows("Alice: after bob went").await;
        bobs.ends().await;
        let listed = printed(&bob.run(&["list"], "").await);
        assert!(listed.contains("0 unread"), "{listed}");
    });
}

#[test]
fn a_chat_says_that_a_message_was_revoked_and_no_longer_shows_it() {
    run(async |server| {
        let (alice, alice_id) = Person::arrive(server, "Alice").await;
        let bob = server.user().await;
        let alice_id = UserId::parse(&alice_id).unwrap();
        let ack = bob.send(&Draft::text(&alice_id, "m1", "secret")).await.unwrap();
        let bob_id = bob.user_id().as_str();
        let mut alices = alice.chat(bob_id);
        alices.shows(&format!("{bob_id}: secret")).await;
        bob.revoke(&ack.conversation_id, &[1], true).await.unwrap();
        alices.shows(&format!("* {bob_id} revoked a message of {bob_id}")).await;
        alices.ends().await;
        let mut alices = alice.chat(bob_id);
        alices.shows(&format!("{bob_id}: [revoked]")).await;
        alices.ends().await;
    });
}

#[test]
fn a_message_of_another_user_is_shown_whatever_its_client_msg_id() {
    run(async |server| {
        let (alice, alice_id) = Person::arrive(server, "Alice").await;
        let bob = server.user().await;
        let mut feed = Feed::start(bob.clone()).await.unwrap();
        let mut alices = alice.chat(bob.user_id().as_str());
        alices.types("hello").await;
        let copied = arrived(&mut feed).await.client_msg_id;
        let alice_id = UserId::parse(&alice_id).unwrap();
        bob.send(&Draft::text(&alice_id, &copied, "hidden?")).await.unwrap();
        alices.shows(&format!("{}: hidden?", bob.user_id())).await;
        alices.ends().await;
    });
}

/// Asserts that a terminal displays each character in place; names may be isolated.
#[track_caller]
fn harmless(line: &str) {
    let isolates = ['\u{2068}', '\u{2069}'].map(|isolate| line.matches(isolate).count());
    assert_eq!(isolates[0], isolates[1], "{line:?}");
    let steers = |it: &char| {
        it.is_control()
            || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2067}')
            || matches!(it, '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    };
    assert_eq!(line.chars().find(steers), None, "{line:?}");
}

#[test]
fn texts_of_other_users_cannot_control_the_terminal_or_reverse_a_sentence() {
    run(async |server| {
        let (alice, alice_id) = Person::arrive(server, "Alice").await;
        // The server refuses control characters in a name; the lines below contain some.
        let evil = "Remove \u{202e}puorg siht morf\u{2066}\u{2028}Evil";
        let (mallory, mallory_id) = Person::arrive(server, evil).await;
        let (shalom, _) = Person::arrive(server, "\u{5e9}\u{5dc}\u{5d5}\u{5dd}").await;
        let (hidden, hidden_id) = Person::arrive(server, "\u{200b}\u{202e}").await;
        // One after the other: the name identifies each.
        let shown = "Remove puorg siht morf Evil";
        let mut mallorys = mallory.chat(&alice_id);
        let mut alices = alice.chat(&mallory_id);
        for (line, expected) in [
            ("\u{202e}abc\u{2067}", "abc"),
            ("\u{1b}[31mred\u{1b}[0m", " [31mred [0m"),
            ("\u{1b}]0;a title\u{7}", " ]0;a title "),
            ("hi\rBob: fake", "hi Bob: fake"),
        ] {
            mallorys.types(line).await;
            alices.shows(&format!("{shown}: {expected}")).await;
        }
        mallorys.ends().await;
        alices.ends().await;
        for (person, id, name) in [
            (shalom, None, "\u{2068}\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{2069}"),
            (hidden, Some(hidden_id), ""),
        ] {
            let mut theirs = person.chat(&alice_id);
            theirs.types("hi").await;
            theirs.ends().await;
            let listed = printed(&alice.run(&["list"], "").await);
            let line = listed.lines().next().unwrap();
            assert!(line.contains(&format!("  {name}  1 unread  hi")), "{line:?}");
            assert!(id.is_none_or(|id| line.starts_with(&id)));
        }
        let listed = printed(&alice.run(&["list"], "").await);
        assert!(listed.contains(shown), "{listed:?}");
        listed.lines().for_each(harmless);
        for (arguments, line) in
            [(&["chat", &mallory_id][..], ""), (&["chat", evil], ""), (&["login", evil], "x")]
        {
            let output = alice.run(arguments, line).await;
            for stream in [&output.stdout, &output.stderr] {
                String::from_utf8_lossy(stream).lines().for_each(harmless);
            }
        }
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn a_login_that_the_server_lost_is_reported_as_unknown_and_kept() {
    run_alone(async |server, state| {
        let (mut alice, _) = Person::arrive(&server, "Alice").await;
        server.kill();
        for entry in std::fs::read_dir(state.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.file_name().unwrap().to_string_lossy().starts_with("sqlite_key_value") {
                std::fs::remove_file(path).unwrap();
            }
        }
        let server = Server::start(state);
        let kept = alice.moves_to(&server.url);
        let message = ["the server does not know this login", "'longwave login' makes a new one"];
        fails(&alice.run(&["list"], "").await, &message);
        assert_eq!(std::fs::read_to_string(alice.login()).unwrap(), kept);
        printed(&alice.run(&["login", &alice.username], PASSWORD).await);
        printed(&alice.run(&["list"], "").await);
    });
}

#[test]
#[ignore = "starts servers of its own"]
fn a_chat_continues_after_a_restored_backup_with_a_notice() {
    run_alone(async |server, state| {
        let (mut alice, _) = Person::arrive(&server, "Alice").await;
        let bob = server.user().await;
        let bob_at = |server: &Server| {
            server.client().with_token(bob.user_id().clone(), bob.token().to_owned())
        };
        let alice_id = printed(&alice.run(&["login", &alice.username], PASSWORD).await);
        let alice_id = UserId::parse(&alice_id).unwrap();
        server.kill();
        let backup = backup(state);

        let server = Server::start(state);
        let port = free_port().unwrap();
        let nginx = Nginx::with_defaults(port, &server);
        alice.moves_to(nginx.url());
        let mut alices = alice.chat(bob.user_id().as_str());
        let mut notices = BufReader::new(alices.process.stderr.take().unwrap()).lines();
        assert!(notices.next_line().await.unwrap().unwrap().starts_with("Chatting with"));
        for number in 1..=3 {
            let text = format!("lost {number}");
            bob_at(&server).send(&Draft::text(&alice_id, &text, &text)).await.unwrap();
            alices.shows(&format!("{}: {text}", bob.user_id())).await;
        }
        server.kill();

        let server = Server::start(&backup);
        drop(nginx);
        let _nginx = Nginx::with_defaults(port, &server);
        let line = notices.next_line().await.unwrap().unwrap();
        assert!(line.contains("the server was restored or replaced"), "{line}");
        bob_at(&server).send(&Draft::text(&alice_id, "m1", "what counts")).await.unwrap();
        alices.shows(&format!("{}: what counts", bob.user_id())).await;
        alices.ends().await;
    });
}

#[test]
fn members_chat_in_a_group_and_see_new_members() {
    run(async |server| {
        let (alice, alice_id) = Person::arrive(server, "Alice").await;
        let (owner, carol) = server.two_users().await;
        let members = [UserId::parse(&alice_id).unwrap()];
        let group_id = owner.create_group("the group", &members).await.unwrap().group_id;
        let mut feed = Feed::start(owner.clone()).await.unwrap();
        let mut alices = alice.chat(&group_id);
        alices.types("hello all").await;
        arrived(&mut feed).await;
        carol.join_group(&group_id).await.unwrap();
        alices.shows(&format!("* joined: {}", carol.user_id())).await;
        carol.send(&Draft::text_to_group(&group_id, "m1", "hi \u{1b}[2J\nyou")).await.unwrap();
        alices.shows(&format!("{}: hi  [2J you", carol.user_id())).await;
        alices.ends().await;
        let listed = printed(&alice.run(&["list"], "").await);
        assert_eq!(listed, format!("{group_id}  the group  0 unread  hi  [2J you"));
    });
}

/// Waits for a message, and returns it.
async fn arrived(feed: &mut Feed) -> Message {
    loop {
        if let Event::Message(message) = feed.next().await.unwrap() {
            return *message;
        }
    }
}

#[test]
fn a_chat_ends_with_the_reason_when_its_user_logs_in_elsewhere() {
    run(async |server| {
        let (alice, alice_id) = Person::arrive(server, "Alice").await;
        let bob = server.user().await;
        let mut feed = Feed::start(bob.clone()).await.unwrap();
        let mut alices = alice.chat(bob.user_id().as_str());
        alices.types("hello").await;
        arrived(&mut feed).await;
        let again = alice.run(&["login", &alice.username], PASSWORD).await;
        assert_eq!(printed(&again), alice_id);
        // The input stays open: the chat ends by itself.
        let Chat { process, typed, .. } = alices;
        let ended = process.wait_with_output().await.unwrap();
        drop(typed);
        fails(&ended, &["cannot chat with", bob.user_id().as_str(), "signed in elsewhere"]);
        printed(&alice.run(&["list"], "").await);
    });
}

#[test]
fn the_login_file_is_readable_only_by_its_owner() {
    run(async |server| {
        let (alice, _) = Person::arrive(server, "Alice").await;
        let folder = alice.config.path().join("longwave");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join("login.json"))), (0o700, 0o600));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        let kept = std::fs::read_to_string(folder.join("login.json")).unwrap();
        assert!(!kept.contains(PASSWORD));
    });
}

#[test]
fn a_terminal_shows_typed_text_again_after_ctrl_c_at_the_password_prompt() {
    // `script` runs the command on a terminal of its own, whose keyboard is its standard input.
    let login = programs().join("longwave");
    let line = format!("trap : INT; {} login somebody; stty -a", login.display());
    let mut script = std::process::Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut script = script.spawn().unwrap();
    let mut screen = script.stdout.take().unwrap();
    let mut shown = Vec::new();
    while !shown.ends_with(b"Password: ") {
        let mut byte = [0];
        screen.read_exact(&mut byte).unwrap();
        shown.extend(byte);
    }
    script.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    screen.read_to_end(&mut shown).unwrap();
    assert!(script.wait().unwrap().success());
    let shown = String::from_utf8_lossy(&shown);
    assert!(shown.contains(" echo ") && !shown.contains(" -echo "), "{shown}");
}

#[test]
fn an_error_message_says_what_to_do() {
    run(async |server| {
        let (alice, alice_id) = Person::arrive(server, "Alice").await;
        let name = alice.username.as_str();
        let nobody = "u___-987654321";
        let long = "x".repeat(8_192);
        for (arguments, line, parts) in [
            (&["chat", "bob"][..], "", &["'bob' is neither a user's id", "'longwave list'"][..]),
            (&["chat", nobody], "", &[nobody, "no such user"]),
            (&["chat", &alice_id], &long, &["1 of 1 lines were not sent"]),
            (&["chat", "abcdefghijklmno2"], "", &["abcdefghijklmno2", "10301"]),
            (&["login", name], "a wrong one", &[name, "check the username and the password"]),
            (&["login", name], "", &["no password"]),
            (&["register", name], PASSWORD, &[name, "choose another username"]),
            (&["register", "x"], "short", &["'x'", "password is 5 bytes long"]),
            (
                &["login", name, "--server", "chat.example"],
                "",
                &["'chat.example' is not an address"],
            ),
            (
                &["login", name, "--server", "http://127.0.0.1:1"],
                PASSWORD,
                &["127.0.0.1:1", "check"],
            ),
        ] {
            fails(&alice.run(arguments, line).await, parts);
        }
        std::fs::write(alice.config.path().join("longwave/login.json"), "{").unwrap();
        fails(
            &alice.run(&["list"], "").await,
            &["login.json is not a saved login", "'longwave login'"],
        );
        std::fs::remove_file(alice.config.path().join("longwave/login.json")).unwrap();
        fails(&alice.run(&["list"], "").await, &["login.json does not exist", "'longwave login'"]);

        let usage = alice.run(&["login", name, "--platform", "11"], PASSWORD).await;
        assert_eq!(usage.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&usage.stderr).contains("platform_id must be 1..10"));
    });
}
