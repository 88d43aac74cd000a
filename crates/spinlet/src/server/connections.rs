//! The connections that are open, and room for more.

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

/// How many connections may wait to be accepted: as many as Linux allows unless told otherwise.
const BACKLOG: u32 = 4096;

/// Most that the system keeps, in bytes, of what a client has not read.
const SEND_BUFFER: u32 = 256 << 10;

/// Most of the files that may be open is for connections: these many are left for everything else, or a
/// quarter where that is less.
const OTHER_FILES: u64 = 1024;

/// How long to wait for room before another look at who could make some.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a connection has at least, from its accept or its last answer, to begin a request.
const SPARED: Duration = Duration::from_secs(1);

/// How often it is told that there is no room.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// Lets this process open as many files as it may, and says so where that is more than before.
pub fn raise_file_limit() {
    let Ok((before, most)) = getrlimit(Resource::RLIMIT_NOFILE) else { return };
    if before < most && setrlimit(Resource::RLIMIT_NOFILE, most, most).is_ok() {
        let now = if most == RLIM_INFINITY { "any number" } else { &*most.to_string() };
        say(format_args!("open files: the limit of {before} was raised to {now}"));
    }
}

/// Takes connections as long as there is room.
pub struct Listener {
    listener: TcpListener,
    /// Those it took.
    pub connections: Arc<Connections>,
}

impl Listener {
    /// Takes the address. What a client does not acknowledge within `unread` ends its connection, where
    /// the system can tell.
    ///
    /// # Errors
    /// The system's.
    pub fn bind(listen: SocketAddr, unread: Duration) -> io::Result<Self> {
        let socket = if listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A connection has what its listener has.
        socket.set_send_buffer_size(SEND_BUFFER)?;
        #[cfg(target_os = "linux")]
        {
            use nix::sys::socket::{setsockopt, sockopt};
            // Linux reads this as a signed number.
            let most = i32::MAX.unsigned_abs();
            let unread = u32::try_from(unread.as_millis()).map_or(most, |unread| unread.min(most));
            setsockopt(&socket, sockopt::TcpUserTimeout, &unread)?;
        }
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        Ok(Self { listener: socket.listen(BACKLOG)?, connections: Arc::new(Connections::new()) })
    }

    /// The address taken.
    ///
    /// # Errors
    /// The system's.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The next connection, as soon as there is one and there is room for it.
    ///
    /// # Errors
    /// When there cannot be another one.
    pub async fn accept(&self) -> Result<(TcpStream, SocketAddr, Place)> {
        loop {
            let permit = self.connections.permit().await;
            let error = match self.listener.accept().await {
                Ok((stream, client)) => {
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
                // It is of this one connection and says nothing about the next.
                _ => {}
            }
        }
    }
}

/// The connections that are open.
pub struct Connections {
    places: Arc<Semaphore>,
    most: u32,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last_id: u64,
    activities: HashMap<u64, Arc<Activity>>,
    told: Option<Instant>,
}

/// A connection's place among those that are open.
pub struct Place {
    connections: Arc<Connections>,
    id: u64,
    /// What the connection is doing.
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
        let most = u32::try_from(files - (files / 4).min(OTHER_FILES)).unwrap_or(u32::MAX);
        let most = most.min(u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        let places = usize::try_from(most).unwrap_or(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(places)), most, open: Mutex::default() }
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

    /// Room for another connection, as soon as there is.
    async fn permit(&self) -> OwnedSemaphorePermit {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return permit;
        }
        loop {
            self.make_room("all files that are for connections are open");
            let free = Arc::clone(&self.places).acquire_owned();
            if let Ok(Ok(permit)) = timeout(PAUSE, free).await {
                return permit;
            }
        }
    }

    /// Ends a tenth of the connections on which no whole request waits for its answer: idle ones first, then
    /// those with half a head, then those with half a body, and of each those that have been so for the longest time.
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
        if open.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            open.told = Some(Instant::now());
            say(format_args!(
                "no room for another connection: {why} ({} are connected); idle connections end first, \
                 then those whose requests take long to come, others wait; a higher `ulimit -n` makes room",
                open.activities.len()
            ));
        }
    }

    /// Tells every connection to end, and waits until all have.
    pub async fn end(&self) {
        for activity in self.opened().activities.values() {
            activity.ending.notify_one();
        }
        // The places are there as long as this is.
        drop(self.places.acquire_many(self.most).await);
    }
}
