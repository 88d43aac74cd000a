//! A store on a Redis server, laid out as by Spin: a store is a database of Redis, with the same keys.

use anyhow::Context as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Timeout for connecting to Redis, and for each answer.
const LIMIT: Duration = Duration::from_secs(2);

/// Keys that Redis examines in one `SCAN`.
const SCANNED: usize = 1_000;

/// `KEYS[1]`: the key; `ARGV[1]`: the new value; `ARGV[2]`: the expected value, absent for no value.
const SWAP: &str = "if redis.call('GET', KEYS[1]) ~= (ARGV[2] or false) then return 0 end \
     redis.call('SET', KEYS[1], ARGV[1]) \
     return 1";

/// A store: one database of a Redis server.
#[derive(Clone)]
pub struct Store {
    client: Client,
    connection: Arc<OnceCell<ConnectionManager>>,
}

impl Store {
    /// A store at `redis://[user:password@]host[:port][/database]`; the first use connects to it.
    ///
    /// # Errors
    /// When `url` is no such URL.
    pub fn at(url: &str) -> anyhow::Result<Self> {
        let tcp = TcpSettings::default().set_nodelay(true);
        // Without this timeout, a vanished server is waited for as long as the kernel retransmits: minutes.
        #[cfg(target_os = "linux")]
        let tcp = tcp.set_user_timeout(LIMIT);
        let info = url.into_connection_info().context("no URL of a Redis server")?;
        let client = Client::open(info.set_tcp_settings(tcp))?;
        Ok(Self { client, connection: Arc::default() })
    }

    async fn ask_once<R: FromRedisValue>(&self, command: &Cmd) -> RedisResult<R> {
        let connect = async || {
            let config = ConnectionManagerConfig::new()
                .set_number_of_retries(0)
                .set_connection_timeout(Some(LIMIT))
                .set_response_timeout(Some(LIMIT));
            ConnectionManager::new_lazy_with_config(self.client.clone(), config)
        };
        let mut connection = self.connection.get_or_try_init(connect).await?.clone();
        command.query_async(&mut connection).await
    }

    async fn ask<R: FromRedisValue>(
        &self,
        command: &Cmd,
        again: impl FnOnce(&RedisError) -> bool,
    ) -> Result<R, String> {
        let mut answer = self.ask_once(command).await;
        // The error may come from a connection, or an attempt at one, that had failed before; this makes a new one.
        if answer.as_ref().is_err_and(again) {
            answer = self.ask_once(command).await;
        }
        answer.map_err(|error| error.to_string())
    }

    /// Runs a command that changes nothing, and so may run twice.
    async fn read<R: FromRedisValue>(&self, command: &Cmd) -> Result<R, String> {
        self.ask(command, RedisError::is_connection_dropped).await
    }

    /// Runs a command that changes something, at most once: again only if Redis cannot have received it.
    async fn write<R: FromRedisValue>(&self, command: &Cmd) -> Result<R, String> {
        self.ask(command, RedisError::is_connection_refusal).await
    }

    pub(super) async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        self.read(&Cmd::get(key)).await
    }

    pub(super) async fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, String> {
        // Redis accepts no empty list, here and below.
        if keys.is_empty() { Ok(Vec::new()) } else { self.read(&Cmd::mget(keys)).await }
    }

    pub(super) async fn exists(&self, key: &str) -> Result<bool, String> {
        self.read(&Cmd::exists(key)).await
    }

    pub(super) async fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), String> {
        if entries.is_empty() { Ok(()) } else { self.write(&Cmd::mset(entries)).await }
    }

    pub(super) async fn delete_many(&self, keys: &[String]) -> Result<(), String> {
        if keys.is_empty() { Ok(()) } else { self.write(&Cmd::del(keys)).await }
    }

    pub(super) async fn keys(&self) -> Result<Vec<String>, String> {
        // `SCAN` may return a key twice while others are added and removed.
        let mut keys = BTreeSet::new();
        let mut cursor = 0;
        loop {
            let scan = redis::cmd("SCAN").arg(cursor).arg("COUNT").arg(SCANNED).take();
            let found: Vec<String>;
            (cursor, found) = self.read(&scan).await?;
            keys.extend(found);
            if cursor == 0 {
                return Ok(keys.into_iter().collect());
            }
        }
    }

    /// A value is a number in decimal digits; a missing one counts as 0.
    pub(super) async fn increment(&self, key: &str, delta: i64) -> Result<i64, String> {
        self.write(&Cmd::incr(key, delta)).await
    }

    pub(super) async fn swap(
        &self,
        key: &str,
        seen: Option<&[u8]>,
        value: &[u8],
    ) -> Result<bool, String> {
        self.write(&redis::cmd("EVAL").arg(SWAP).arg(1).arg(key).arg(value).arg(seen).take()).await
    }
}
