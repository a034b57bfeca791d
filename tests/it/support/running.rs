//! The built program with a configuration of the test and a recorded log, for tests of signals, faults and other programs.

use super::http::{Connection, Response, request};
use super::signing::mac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The time after which a test fails instead of waiting longer, far above what a slow machine needs.
const TIMEOUT: Duration = Duration::from_secs(240);

/// Variables that raise time limits of the service above what a slow machine needs.
pub const PATIENT: [(&str, &str); 3] = [
    ("METRICSHOT_LIMITS__RENDER", "600s"),
    ("METRICSHOT_LIMITS__RENDER_QUEUE", "600s"),
    ("METRICSHOT_LIMITS__REQUEST_TOTAL", "600s"),
];

/// A running `metricshot serve`, killed when dropped.
pub struct Program {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
}

/// Returns a command that serves with this configuration file on a free port, without the environment of the test run.
pub fn serving(file: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    command.arg("--config").arg(file).args(["--listen", "127.0.0.1:0", "serve"]).env_clear().envs(PATIENT);
    command
}

/// Returns a local address on which no program listens.
pub fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port")
}

/// Returns the address in the greeting of the program.
pub fn address_in(greeting: &str) -> SocketAddr {
    let address = greeting.split_once("http://").expect("an address").1;
    let end = address.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':').unwrap_or(address.len());
    address[..end].trim_end_matches(':').parse().expect("an address")
}

/// Replaces a file atomically.
pub fn put(file: &Path, text: &str) {
    let new = file.with_extension("new");
    fs::write(&new, text).expect("a file");
    fs::rename(new, file).expect("a file");
}

/// Polls until `is_so` returns true. Fails with `what` after [`TIMEOUT`].
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < TIMEOUT, "timeout: {what} did not happen");
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Program {
    /// Starts the service with this configuration file.
    pub fn start(file: &Path) -> Self {
        Self::of(serving(file).stderr(Stdio::piped()))
    }

    /// Runs a command that serves, and waits for the line with its address. Records the log if standard error is a pipe.
    pub fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut greeting = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let first = greeting.next().expect("the program prints its address");
        let address = address_in(&first);
        let log = Arc::new(Mutex::new(first));
        if let Some(errors) = child.stderr.take() {
            let written = Arc::clone(&log);
            let keep = move |line: String| written.lock().expect("no panic").extend(["\n", &line]);
            std::thread::spawn(move || BufReader::new(errors).lines().map_while(Result::ok).for_each(keep));
        }
        std::thread::spawn(move || greeting.for_each(drop));
        Self { child, address, log }
    }

    /// Returns the log so far, with the lines of standard output.
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    /// Sends a signal such as `HUP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits until the program ends, and returns its status.
    pub fn end(&mut self) -> ExitStatus {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(begin.elapsed() < TIMEOUT, "the program does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Posts a body, and returns the response.
    pub fn post(&self, target: &str, headers: &[(String, String)], body: &str) -> Response {
        Connection::open(self.address).send(bytes(target, headers, body)).response()
    }

    /// Returns the process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The program may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the bytes of a POST request with these headers.
pub fn bytes(target: &str, headers: &[(String, String)], body: &str) -> Vec<u8> {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
    request("POST", target, &headers, body)
}

/// Returns the headers of a JSON body that is signed for this URL.
pub fn signed(access_key: &str, secret: &str, url: &str, timestamp_ms: i64) -> Vec<(String, String)> {
    let timestamp = timestamp_ms.to_string();
    let signature = STANDARD.encode(mac(secret, &["POST", url, &timestamp, access_key, "Openapi"]));
    let headers = [
        ("Content-Type", "application/json"),
        ("Scp-Accesskey", access_key),
        ("Scp-ClientType", "Openapi"),
        ("Scp-Signature", &signature),
        ("Scp-Timestamp", &timestamp),
    ];
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// Returns the sum of all metrics whose lines begin with `begin`, as scraped from `numbers`.
pub fn number(numbers: SocketAddr, begin: &str) -> f64 {
    let page = Connection::open(numbers).send(request("GET", "/metrics", &[], "")).response();
    let lines = page.text().lines().filter(|line| line.starts_with(begin));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// Waits until no request is in flight, and checks that each accepted request was answered or is gone.
pub fn assert_balanced(numbers: SocketAddr) {
    until("no request is in flight", || number(numbers, "metricshot_requests_in_flight") == 0.0);
    let [begun, answered, gone] = ["accepted_total", "answered_total", "gone_total"]
        .map(|name| number(numbers, &format!("metricshot_requests_{name}")));
    assert!(begun > 0.0 && begun == answered + gone, "{begun} accepted, {answered} answered, {gone} gone");
}
