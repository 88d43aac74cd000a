//! The open connections, and making room for more.

use super::connection::Activity;
use crate::terminal::say;
use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

/// Connections that may wait to be accepted: Linux's default maximum.
const BACKLOG: u32 = 4096;

/// Maximum bytes that the system buffers for a client that does not read.
const SEND_BUFFER: u32 = 256 << 10;

/// File descriptors that are kept for everything besides connections; a quarter of the limit if that is less.
const OTHER_FILES: u64 = 1024;

/// Wait for a free place before another attempt to make room.
const PAUSE: Duration = Duration::from_millis(50);

/// Minimum time in its current state, such as idle since its last answer, before a connection is closed to make room.
const SPARED: Duration = Duration::from_secs(1);

/// Interval between messages that there is no room.
const WARN_EVERY: Duration = Duration::from_mins(1);

/// Raises this process's limit on open files to the maximum, and prints both if that is more than before.
pub fn raise_file_limit() {
    let Ok((before, max)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    if before < max && setrlimit(Resource::RLIMIT_NOFILE, max, max).is_ok() {
        let now = if max == RLIM_INFINITY { "any number" } else { &*max.to_string() };
        say(format_args!("open files: the limit of {before} was raised to {now}"));
    }
}

/// Accepts connections while there is room.
pub struct Listener {
    listener: TcpListener,
    /// The accepted connections.
    pub connections: Arc<Connections>,
}

impl Listener {
    /// Binds the address. On Linux, a connection ends when the client does not acknowledge data within `unread`.
    ///
    /// # Errors
    /// I/O errors.
    pub fn bind(listen: SocketAddr, unread: Duration) -> io::Result<Self> {
        let socket = if listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // Connections inherit the options of their listener.
        socket.set_send_buffer_size(SEND_BUFFER)?;
        #[cfg(target_os = "linux")]
        {
            use nix::sys::socket::{setsockopt, sockopt};
            // Linux reads this as a signed number.
            let max = i32::MAX.unsigned_abs();
            let unread = u32::try_from(unread.as_millis()).map_or(max, |unread| unread.min(max));
            setsockopt(&socket, sockopt::TcpUserTimeout, &unread)?;
        }
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        Ok(Self { listener: socket.listen(BACKLOG)?, connections: Arc::new(Connections::new()) })
    }

    /// The bound address.
    ///
    /// # Errors
    /// I/O errors.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Waits for the next connection and for room. Only a client that waits ends the idle connections of others.
    ///
    /// # Errors
    /// When the listener can accept no more connections.
    pub async fn accept(&self) -> Result<(TcpStream, SocketAddr, Place)> {
        loop {
            let error = match self.listener.accept().await {
                Ok((stream, client)) => {
                    let permit = self.connections.permit().await;
                    return Ok((stream, client, self.connections.open(permit)));
                }
                Err(error) => error,
            };
            match error.raw_os_error().map(Errno::from_raw) {
                Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM) => {
                    self.connections.make_room(&error.to_string());
                    sleep(PAUSE).await;
                }
                Some(Errno::EBADF | Errno::EFAULT | Errno::EINVAL | Errno::ENOTSOCK) => {
                    return Err(error).context("cannot accept connections any more");
                }
                // The error concerns this one connection and not the next.
                _ => {}
            }
        }
    }
}

/// The open connections.
pub struct Connections {
    places: Arc<Semaphore>,
    max: u32,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last_id: u64,
    activities: HashMap<u64, Arc<Activity>>,
    warned: Option<Instant>,
}

/// A connection's place among the open ones.
pub struct Place {
    connections: Arc<Connections>,
    id: u64,
    /// The state of the connection.
    pub activity: Arc<Activity>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.opened().activities.remove(&self.id);
    }
}

impl Connections {
    fn new() -> Self {
        let files = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(files, _)| files);
        let max = u32::try_from(files - (files / 4).min(OTHER_FILES)).unwrap_or(u32::MAX);
        let max = max.min(u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        let places = usize::try_from(max).unwrap_or(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(places)), max, open: Mutex::default() }
    }

    fn opened(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Place {
        let activity = Arc::new(Activity::new());
        let mut open = self.opened();
        open.last_id += 1;
        let id = open.last_id;
        open.activities.insert(id, Arc::clone(&activity));
        Place { connections: Arc::clone(self), id, activity, _permit: permit }
    }

    /// Waits for room for another connection, and makes some if there is none.
    async fn permit(&self) -> OwnedSemaphorePermit {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return permit;
        }
        loop {
            self.make_room("the limit of open connections is reached");
            let free = Arc::clone(&self.places).acquire_owned();
            if let Ok(Ok(permit)) = timeout(PAUSE, free).await {
                return permit;
            }
        }
    }

    /// Ends a tenth of the connections on which no complete request waits for its answer: idle ones first, then those
    /// with part of a head, then those with part of a body, and of each the ones that have been so for longest.
    fn make_room(&self, why: &str) {
        let mut open = self.opened();
        let mut spare: Vec<_> = open
            .activities
            .values()
            .filter_map(|activity| Some((activity.spare()?, activity)))
            .filter(|((_, since), _)| since.elapsed() >= SPARED)
            .collect();
        spare.sort_unstable_by_key(|(spare, _)| *spare);
        for (_, activity) in &spare[..spare.len().div_ceil(10)] {
            activity.ending.notify_one();
        }
        if open.warned.is_none_or(|warned| warned.elapsed() >= WARN_EVERY) {
            open.warned = Some(Instant::now());
            say(format_args!(
                "no room for another connection: {why} ({} are connected); idle connections end first, \
                 then those whose requests take long to come, others wait; a higher `ulimit -n` makes room",
                open.activities.len()
            ));
        }
    }

    /// Notifies every connection to end, and waits until all have.
    pub async fn end(&self) {
        for activity in self.opened().activities.values() {
            activity.ending.notify_one();
        }
        // The semaphore of places is never closed.
        drop(self.places.acquire_many(self.max).await);
    }
}
