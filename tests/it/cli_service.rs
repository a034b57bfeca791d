//! The built program with its demo, end to end: an image by the service, and one by `render`.

use metricshot::config::{ConfigInputs, load};
use metricshot::http::{Version, wire};
use metricshot::request::{Language, Statistic};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn metricshot() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    command.current_dir(root()).env_clear();
    command
}

/// A running service, killed when dropped.
struct Service {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Service {
    fn start() -> Self {
        let mut process = metricshot().args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The service may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends the request of the printed curl command: URL, header and body are the texts in single quotes.
fn follow(command: &str) -> Vec<u8> {
    let quoted: Vec<&str> = command.split('\'').skip(1).step_by(2).collect();
    let [url, header, body] = quoted[..] else { panic!("{command}") };
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(stream, "POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{header}\r\nContent-Length: {length}\r\n\r\n{body}")
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}

#[test]
fn the_printed_command_returns_an_image_and_sigterm_exits_with_0() {
    let mut service = Service::start();
    assert!(service.line().starts_with("metricshot listens on http://127.0.0.1:"));
    let command = service.line().trim_end().to_owned();
    let answer = follow(&command);
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]);
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(answer[end + 4..].starts_with(PNG), "{head}");
    // SIGHUP must not end the process; the exit code below would not be 0.
    let hung_up = Command::new("kill").args(["-HUP", &service.process.id().to_string()]).status().unwrap();
    assert!(hung_up.success());
    assert!(follow(&command).starts_with(b"HTTP/1.1 200 "), "no image after SIGHUP");
    let terminated = Command::new("kill").args(["-TERM", &service.process.id().to_string()]).status().unwrap();
    assert!(terminated.success());
    assert_eq!(service.process.wait().unwrap().code(), Some(0));
}

#[test]
fn the_documented_request_renders_to_standard_output() {
    let drawn = metricshot().args(["render", "examples/requests/documented.json", "-o", "-"]).output().unwrap();
    assert_eq!(drawn.status.code(), Some(0), "{}", String::from_utf8_lossy(&drawn.stderr));
    assert!(drawn.stdout.starts_with(PNG));
}

#[test]
fn an_unreachable_source_is_reported_with_the_reason() {
    let arguments = ["--config", "examples/prometheus.toml", "render", "examples/requests/host-cpu.json", "-o", "-"];
    // No program listens on port 1.
    let server = ("METRICSHOT_SOURCES__PROMETHEUS__URL", "http://127.0.0.1:1");
    let drawn = metricshot().args(arguments).envs([server]).output().unwrap();
    let said = String::from_utf8_lossy(&drawn.stderr);
    assert_eq!(drawn.status.code(), Some(1), "{said}");
    assert!(said.contains("error: no source returned data: its source cannot be reached"), "{said}");
    assert!(drawn.stdout.is_empty());
}

#[test]
fn every_example_request_is_valid_and_has_a_plan() {
    let of = |file: &str| ConfigInputs { file: Some(root().join("examples").join(file)), ..ConfigInputs::default() };
    let files = ["prometheus.toml", "nhn.toml", "gnocchi.toml", "ovh.toml", "paasta.toml"].map(of);
    let catalogs: Vec<_> = [ConfigInputs::default()].iter().chain(&files).map(|given| load(given).unwrap()).collect();
    let files = fs::read_dir(root().join("examples/requests")).unwrap().map(|entry| entry.unwrap().path());
    for file in files.collect::<Vec<PathBuf>>() {
        let limits = &catalogs[0].limits;
        let rules =
            wire::Rules { version: Version::NEWEST, statistic: Statistic::parse, zones: &catalogs[0].zones, limits };
        let request = wire::image_request(&fs::read(&file).unwrap(), Language::English, &rules).unwrap();
        let planned = catalogs.iter().any(|loaded| loaded.catalog.plan(&request.query, &loaded.limits).is_ok());
        assert!(planned, "no catalogue knows the metrics of {}", file.display());
    }
}

#[test]
fn the_health_command_reports_readiness() {
    let mut service = Service::start();
    let line = service.line();
    let address = line.split("http://").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let asked = |address: &str| {
        let output = metricshot().args(["--listen", address, "health"]).output().unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    assert_eq!(asked(&address), (Some(0), "ready\n".to_owned()));
    drop(service);
    let (code, text) = asked(&address);
    assert_eq!(code, Some(1));
    assert!(text.starts_with(&format!("error: no answer at {address}: ")), "{text}");
}
