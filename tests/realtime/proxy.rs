//! A real nginx in front of a server: with its defaults, and configured by `deploy/nginx.conf`.

use crate::support::server::{INTERNAL_SECRETS, Server, project, run, run_with, unique};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use longwave_client::{Client, Draft, Event, Feed, Service, Session, UserId};
use serde_json::json;
use spinlet_process::{Process, free_port};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An nginx in front of a server.
pub struct Nginx {
    process: Process,
    /// Port of the second host in its configuration; 0 if it has one host.
    second: u16,
    _folder: TempDir,
}

impl Nginx {
    fn start(port: u16, second: u16, site: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("site.conf"), site).unwrap();
        let process = Process::start_nginx(port, folder.path());
        let process = process.unwrap_or_else(|error| panic!("{}\n{site}", error.output));
        Self { process, second, _folder: folder }
    }

    /// An nginx on a port, configured only with the server's address.
    pub fn with_defaults(port: u16, server: &Server) -> Self {
        let site = "server { listen 127.0.0.1:PORT; location / { proxy_pass SERVER; } }";
        let site = site.replace("PORT", &port.to_string()).replace("SERVER", &server.url);
        Self::start(port, 0, &site)
    }

    /// An nginx with the configuration of deployments, but on ports of this machine and without
    /// TLS.
    fn as_deployed(server: &Server) -> Self {
        let text = std::fs::read_to_string(project().join("deploy/nginx.conf")).unwrap();
        let lines = text.lines().filter(|line| !line.trim().starts_with("ssl_certificate"));
        let mut site: String = lines.flat_map(|line| [line, "\n"]).collect();
        let ports = [(); 3].map(|()| free_port().unwrap());
        for (written, port) in
            ["listen 80;", "listen 443 ssl http2;", "listen 443 ssl http2;"].into_iter().zip(ports)
        {
            assert!(site.contains(written), "{written}");
            site = site.replacen(written, &format!("listen 127.0.0.1:{port};"), 1);
        }
        let address = server.url.strip_prefix("http://").unwrap();
        assert!(site.contains("127.0.0.1:3000"));
        Self::start(ports[1], ports[2], &site.replace("127.0.0.1:3000", address))
    }

    pub fn url(&self) -> &str {
        self.process.url()
    }

    /// The same login, with its requests going through this nginx.
    fn session(&self, session: &Session) -> Session {
        let client = Client::new(self.url()).unwrap();
        client.with_token(session.user_id().clone(), session.token().to_owned())
    }

    /// Sends a message while a stream is open through this nginx, and waits until the stream
    /// delivers it.
    async fn streams_a_message_at_once(&self, server: &Server) {
        const STREAM: Duration = Duration::from_secs(40);
        let (alice, bob) = server.two_users().await;
        let cursor = bob.poll(None, Duration::ZERO).await.unwrap().cursor;
        let address = self.url().strip_prefix("http://").unwrap();
        let asked = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "GET /api/v1/realtime/stream?timeout={}&cursor={cursor} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
            STREAM.as_secs(),
            bob.token()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let begun = read_until(&mut stream, "retry:").await;
        assert!(begun.starts_with("HTTP/1.1 200 "), "{begun}");
        let sent = alice.send(&Draft::text(bob.user_id(), "m1", "hi")).await.unwrap();
        read_until(&mut stream, &sent.server_msg_id).await;
        // A proxy that buffers delivers the message only when the stream ends.
        assert!(asked.elapsed() < STREAM / 2, "it came after {:?}", asked.elapsed());
    }
}

/// Reads until `text` has arrived, and returns everything read.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        let count = stream.read_buf(&mut read).await.unwrap();
        assert_ne!(count, 0, "'{text}' did not come: {}", String::from_utf8_lossy(&read));
    }
    String::from_utf8(read).unwrap()
}

#[test]
#[ignore = "starts an nginx"]
fn nginx_with_default_buffering_forwards_a_streams_message_at_once() {
    run(async |server| {
        let nginx = Nginx::with_defaults(free_port().unwrap(), server);
        nginx.streams_a_message_at_once(server).await;
    });
}

#[test]
#[ignore = "starts an nginx"]
fn the_example_nginx_forwards_a_streams_message_at_once() {
    run(async |server| Nginx::as_deployed(server).streams_a_message_at_once(server).await);
}

#[test]
#[ignore = "takes 50 s"]
fn the_example_nginx_does_not_cut_the_longest_poll() {
    run(async |server| {
        let nginx = Nginx::as_deployed(server);
        let user = nginx.session(&server.user().await);
        let cursor = user.poll(None, Duration::ZERO).await.unwrap().cursor;
        let polled = user.poll(Some(&cursor), Duration::from_secs(50)).await.unwrap();
        assert!(polled.frames.is_empty() && !polled.reset);
    });
}

/// Registers a user from a local address, and returns the status of the answer.
async fn register(nginx: &Nginx, from: [u8; 4], claimed: Option<&str>) -> u16 {
    let mut connector = HttpConnector::new();
    connector.set_local_address(Some(IpAddr::V4(Ipv4Addr::from(from))));
    let body = json!({ "username": unique("user"), "password": "correct horse" }).to_string();
    let url = format!("{}/api/v1/auth/register", nginx.url());
    let mut request = Request::post(url).header("content-type", "application/json");
    if let Some(claimed) = claimed {
        request = request.header("x-forwarded-for", claimed);
    }
    let http = Http::builder(TokioExecutor::new()).build(connector);
    let request = request.body(Full::new(Bytes::from(body))).unwrap();
    http.request(request).await.unwrap().status().as_u16()
}

#[test]
#[ignore = "starts a server of its own"]
fn behind_the_example_nginx_limits_use_the_real_client_address() {
    let variables = [("client_address_header", "X-Forwarded-For"), ("register_per_minute", "1")];
    run_with(&variables, async |server| {
        let nginx = Nginx::as_deployed(server);
        let (one, other) = ([127, 0, 0, 2], [127, 0, 0, 3]);
        assert_eq!(register(&nginx, one, None).await, 200);
        assert_eq!(register(&nginx, one, None).await, 429);
        assert_eq!(register(&nginx, one, Some("203.0.113.7")).await, 429, "the claim is ignored");
        assert_eq!(register(&nginx, other, Some("127.0.0.2")).await, 200, "nobody else's quota");
    });
}

#[test]
#[ignore = "starts an nginx"]
fn the_rust_client_works_under_a_path_of_the_example_nginx() {
    run(async |server| {
        let nginx = Nginx::as_deployed(server);
        for slash in ["", "/"] {
            let base = format!("http://127.0.0.1:{}/chat{slash}", nginx.second);
            let client = Client::new(&base).unwrap();
            assert!(client.healthy().await.unwrap());
            assert_eq!(client.status_of("/").await.unwrap(), 200, "the page");
            let name = unique("user");
            client.register(&name, "correct horse", "").await.unwrap();
            let bob = client.login(&name, "correct horse").await.unwrap();
            let alice = server.user().await;
            let mut feed = Feed::start(bob.clone()).await.unwrap();
            bob.send(&Draft::text(alice.user_id(), "m1", "hi")).await.unwrap();
            assert!(
                matches!(feed.next().await.unwrap(), Event::Message(message) if message.seq == 1)
            );
            // A service signs the path that the server sees.
            let service = Service::new(&base, "app", INTERNAL_SECRETS[0]).unwrap();
            let id = UserId::of_platform(i64::from(nginx.second));
            assert_eq!(service.upsert_user(&id, "Ann").await.unwrap().nickname, "Ann");
        }
    });
}
