//! A real Prometheus 2.42 and a real VictoriaMetrics 1.79 (the versions of Debian 12), on free ports and with the same data.
//!
//! `METRICSHOT_TEST_PROMETHEUS` and `METRICSHOT_TEST_VICTORIA_METRICS` name other versions' programs. promtool is always the installed one.
//!
//! Both serve below the prefix `/prometheus`, and end when their value is dropped.

use super::fixture::{Series, remote_write};
use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Both servers.
pub struct Servers {
    pub prometheus: Server,
    pub victoria_metrics: Server,
    _folder: TempDir,
}

/// One running server.
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Servers {
    /// Starts both servers with the samples of an OpenMetrics text, in which each line has a time, and waits until they are ready.
    pub fn start(openmetrics: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let prometheus = start_prometheus(folder.path(), openmetrics);
        let victoria_metrics = start_victoria_metrics(folder.path(), openmetrics);
        Self { prometheus, victoria_metrics, _folder: folder }
    }
}

impl Server {
    /// Returns the base URL of the API.
    pub fn url(&self) -> String {
        format!("http://{}/prometheus", self.address)
    }

    /// Starts a Prometheus that scrapes itself every second; returns it with the folder of its data.
    pub fn scraping_itself() -> (Self, TempDir) {
        Self::scraping(1, |address| (address, "/prometheus/metrics"))
    }

    /// Starts a Prometheus that scrapes a target every `interval_seconds`; returns it with the folder of its data. `target` maps the
    /// server's own address to the target's address and path.
    pub fn scraping(
        interval_seconds: u32,
        target: impl Fn(SocketAddr) -> (SocketAddr, &'static str),
    ) -> (Self, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("prometheus.yml");
        let server = start(folder.path(), "/prometheus/-/ready", |address| {
            let (target, path) = target(address);
            let scrape = format!(
                "global: {{scrape_interval: {interval_seconds}s}}\nscrape_configs:\n  - job_name: self\n    metrics_path: {path}\n"
            );
            fs::write(&config, format!("{scrape}    static_configs: [{{targets: ['{target}']}}]\n")).unwrap();
            let mut command = Command::new(prometheus());
            command
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
                .arg(format!("--web.listen-address={address}"))
                .args(["--web.route-prefix=/prometheus", "--log.level=error"]);
            command
        });
        (server, folder)
    }

    /// Returns the value of the label `instance` in the series of the server about itself.
    pub fn instance(&self) -> String {
        self.address.to_string()
    }

    /// Writes samples that are later than those at the start.
    pub fn write(&self, series: &[Series]) {
        let headers = "Content-Encoding: snappy\r\nContent-Type: application/x-protobuf\r\n";
        let status = post(self.address, "/prometheus/api/v1/write", headers, &remote_write(series));
        assert_eq!(status, Some(204), "remote write");
    }

    /// Returns the number of range queries answered so far (Prometheus only).
    pub fn range_queries(&self) -> u64 {
        self.requests("/api/v1/query_range")
    }

    /// Returns the number of instant queries answered so far (Prometheus only).
    pub fn instant_queries(&self) -> u64 {
        self.requests("/api/v1/query")
    }

    fn requests(&self, path: &str) -> u64 {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = format!("GET /prometheus/metrics HTTP/1.0\r\nHost: {}\r\n\r\n", self.address);
        stream.write_all(head.as_bytes()).unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        let lines = page.lines().filter(|line| line.starts_with("prometheus_http_requests_total"));
        let of_path = lines.filter(|line| line.contains(&format!("{path}\"")));
        of_path.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Makes written samples visible at once (VictoriaMetrics only).
    pub fn flush(&self) {
        assert_eq!(post(self.address, "/internal/force_flush", "", b""), Some(200), "flush");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn prometheus() -> OsString {
    program("METRICSHOT_TEST_PROMETHEUS", "prometheus")
}

/// Returns the program that the environment names, else the installed one.
fn program(variable: &str, installed: &str) -> OsString {
    std::env::var_os(variable).unwrap_or_else(|| installed.into())
}

fn start_prometheus(folder: &Path, openmetrics: &str) -> Server {
    let (text, blocks, config) = (folder.join("samples.txt"), folder.join("blocks"), folder.join("prometheus.yml"));
    fs::write(&text, openmetrics).unwrap();
    fs::write(&config, "global: {scrape_interval: 1h}\n").unwrap();
    let made =
        Command::new("promtool").args(["tsdb", "create-blocks-from", "openmetrics"]).args([&text, &blocks]).output();
    let made = made.expect("promtool, of the package prometheus, is installed");
    assert!(made.status.success(), "promtool: {}", String::from_utf8_lossy(&made.stderr));
    start(folder, "/prometheus/-/ready", |address| {
        let mut command = Command::new(prometheus());
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", blocks.display()))
            .arg(format!("--web.listen-address={address}"))
            .args(["--storage.tsdb.retention.time=100y", "--web.route-prefix=/prometheus"])
            .args(["--web.enable-remote-write-receiver", "--log.level=error"]);
        command
    })
}

fn start_victoria_metrics(folder: &Path, openmetrics: &str) -> Server {
    let server = start(folder, "/health", |address| {
        let mut command = Command::new(program("METRICSHOT_TEST_VICTORIA_METRICS", "victoria-metrics"));
        command
            .arg(format!("-storageDataPath={}", folder.join("victoria").display()))
            .arg(format!("-httpListenAddr={address}"))
            .args(["-retentionPeriod=100y", "-loggerLevel=ERROR", "-memory.allowedPercent=10"]);
        command
    });
    let status = post(server.address, "/api/v1/import/prometheus", "", in_milliseconds(openmetrics).as_bytes());
    assert_eq!(status, Some(204), "import");
    server.flush();
    server
}

/// Converts to the older text format that VictoriaMetrics imports: times are milliseconds, without an end marker.
fn in_milliseconds(openmetrics: &str) -> String {
    let line = |line: &str| {
        let (sample, second) = line.rsplit_once(' ').expect("a time in each line");
        let (whole, decimals) = second.split_once('.').unwrap_or((second, ""));
        format!("{sample} {whole}{decimals:0<3.3}\n")
    };
    openmetrics.lines().filter(|text| !text.starts_with('#')).map(line).collect()
}

/// Starts a server on a free port. If another program takes the port first, the server ends at once, and the next attempt uses another port.
fn start(folder: &Path, ready: &str, command: impl Fn(SocketAddr) -> Command) -> Server {
    for _ in 0..5 {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let mut command = command(free);
        let process = command.current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let program = command.get_program().to_string_lossy().into_owned();
        let process = process.unwrap_or_else(|error| panic!("{program} is installed: {error}"));
        let mut server = Server { process, address: free };
        if becomes_ready(&mut server, ready) {
            return server;
        }
    }
    panic!("no server became ready");
}

fn becomes_ready(server: &mut Server, path: &str) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(90) {
        if get(server.address, path) == Some(200) {
            return true;
        }
        if server.process.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

fn get(address: SocketAddr, path: &str) -> Option<u16> {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"), b"")
}

fn post(address: SocketAddr, path: &str, headers: &str, body: &[u8]) -> Option<u16> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    exchange(address, &head, body)
}

/// Sends a request, and returns the status of the response.
fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(30)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}
