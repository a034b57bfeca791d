//! The built program as a service on a free port, with a configuration of the test.

use super::running::PATIENT;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `metricshot serve`, killed when dropped.
pub struct Service {
    child: Child,
    address: String,
}

/// A response.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Service {
    /// Starts the program, and waits for the line with its address.
    pub fn start(configuration: Option<&Path>) -> Self {
        Self::logging_to(Stdio::inherit(), configuration)
    }

    /// Starts the program with its log redirected to `log`.
    pub fn logging_to(log: impl Into<Stdio>, configuration: Option<&Path>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
        command.env_clear().envs(PATIENT);
        if let Some(file) = configuration {
            command.arg("--config").arg(file);
        }
        command.args(["--listen", "127.0.0.1:0", "serve"]).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let rest = line.split_once("http://")?.1;
                Some(rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect())
            })
            .expect("the program prints its address");
        // Further output is read, so that the program never blocks on the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Posts a JSON body for the newest API version.
    pub fn post(&self, path: &str, body: &str) -> Answer {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        self.exchange(&[head.as_bytes(), body.as_bytes()].concat())
    }

    /// Returns the status and values of each metric from ListMetricData.
    pub fn data(&self, body: &serde_json::Value) -> Vec<(String, Vec<(i64, f64)>)> {
        let answer = self.post("/v1/metrics/data", &body.to_string());
        assert_eq!(answer.status, 200, "{}{}", answer.head, String::from_utf8_lossy(&answer.body));
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        let number = |value: &serde_json::Value| value.as_str().expect("a string").parse().expect("a number");
        let metric = |metric: &serde_json::Value| {
            let values = metric["values"].as_array().expect("an array").iter();
            let values = values.map(|pair| (pair[0].as_i64().expect("seconds"), number(&pair[1]))).collect();
            (metric["status"].as_str().expect("a status").to_owned(), values)
        };
        answer["metrics"].as_array().expect("an array").iter().map(metric).collect()
    }

    /// Most bytes of memory that it had at once, so far.
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process of Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
        line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
    }

    /// Sends the process a signal, as in `HUP`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Sends SIGTERM, waits for the end of the program and returns its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        self.signal("TERM");
        let begin = Instant::now();
        loop {
            if let Some(ended) = self.child.try_wait().expect("a child of ours") {
                return ended.code();
            }
            assert!(begin.elapsed() < Duration::from_secs(60), "the program does not stop");
            std::thread::yield_now();
        }
    }

    /// Sends raw bytes, and reads until the service closes the connection.
    pub fn exchange(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).expect("the service accepts");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
        stream.write_all(request).expect("the service reads");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("the service answers and closes");
        let split = bytes.windows(4).position(|w| w == b"\r\n\r\n").expect("a head") + 4;
        let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Answer { status, head, body: bytes.split_off(split) }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
