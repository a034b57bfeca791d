//! The built program with its demo, and its resource usage.

use super::row::Where;
use super::soon;
use crate::support::http::{Connection, request};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// Variables that keep the allocator from caching memory, so that resident memory is that of the program.
const MALLOC: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "1"), ("MALLOC_TRIM_THRESHOLD_", "65536"), ("MALLOC_MMAP_THRESHOLD_", "16384")];

/// A running `metricshot serve`, killed when dropped.
pub struct Program {
    child: Child,
    /// The kind of program.
    pub place: Where,
    pub address: SocketAddr,
    /// The address of `/metrics`.
    numbers: SocketAddr,
    /// The number of threads before the first request.
    threads: u64,
    /// The number of sockets before the first request.
    sockets: usize,
    log: Arc<Mutex<Vec<String>>>,
    /// The folder of the configuration.
    _folder: TempDir,
}

/// The resources of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory.
    pub kibibytes: u64,
    /// Open files, including sockets.
    pub files: usize,
}

impl Program {
    /// Starts a program with this configuration and these variables, and waits for the line with its address.
    pub fn start(place: Where, configuration: &str, variables: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("m.toml");
        fs::write(&file, configuration).expect("a file");
        let numbers = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
        command.env_clear().env("METRICSHOT_METRICS_LISTEN", numbers.to_string());
        command.arg("--config").arg(file).args(["--listen", "127.0.0.1:0", "serve"]);
        command.envs(variables.iter().copied()).envs(MALLOC);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let (written, lines) = (Arc::clone(&log), BufReader::new(child.stderr.take().expect("a pipe")).lines());
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| written.lock().unwrap().push(line)));
        let mut greeting = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let first = greeting.next().expect("the program prints its address");
        let address = first.split_once("http://").expect("an address").1;
        let address = address.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect::<String>();
        let address = address.trim_end_matches(':').parse().expect("an address with its port");
        std::thread::spawn(move || greeting.for_each(drop));
        let mut program = Self { child, place, address, numbers, threads: 0, sockets: 0, log, _folder: folder };
        (program.threads, program.sockets) = (program.number("Threads:"), program.files("socket:"));
        program
    }

    /// Reports whether the process has not ended.
    pub fn lives(&self) -> bool {
        // The state Z is that of a process that has ended, but was not waited for.
        self.status("State:").is_some_and(|state| !state.starts_with('Z'))
    }

    /// Returns the log lines with this text.
    pub fn lines_with(&self, text: &str) -> Vec<String> {
        self.log.lock().unwrap().iter().filter(|line| line.contains(text)).cloned().collect()
    }

    /// Returns the numbers of accepted requests and of answered or gone ones, once none is in flight.
    pub fn begun_and_ended(&self) -> [f64; 2] {
        let page = || {
            let answer = Connection::open(self.numbers).send(request("GET", "/metrics", &[], "")).response();
            String::from_utf8(answer.body).expect("text")
        };
        let sum = |page: &str, name: &str| -> f64 {
            let lines = page.lines().filter(|line| line.starts_with(&format!("metricshot_requests_{name}")));
            lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
        };
        assert!(soon(|| sum(&page(), "in_flight") == 0.0), "a request never ends");
        let page = page();
        [sum(&page, "accepted_total"), sum(&page, "answered_total") + sum(&page, "gone_total")]
    }

    /// Waits until no client is connected and additional threads have ended; returns the resources then.
    pub fn at_rest(&self) -> Usage {
        assert!(soon(|| self.files("socket:") <= self.sockets), "connections stay open: {}", self.files("socket:"));
        let workers = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
        let max_threads = self.threads + 2 * workers;
        assert!(
            soon(|| self.number("Threads:") <= max_threads),
            "{} threads, not {max_threads}",
            self.number("Threads:")
        );
        Usage { kibibytes: self.number("VmRSS:"), files: self.files("") }
    }

    /// Returns the number of open files whose name begins with `begin`.
    fn files(&self, begin: &str) -> usize {
        let files = fs::read_dir(self.proc("fd")).expect("a folder").map_while(Result::ok);
        let names = files.filter_map(|file| fs::read_link(file.path()).ok());
        names.filter(|name| name.to_string_lossy().starts_with(begin)).count()
    }

    fn number(&self, name: &str) -> u64 {
        self.status(name).and_then(|text| text.split(' ').next()?.parse().ok()).expect(name)
    }

    fn status(&self, name: &str) -> Option<String> {
        let text = fs::read_to_string(self.proc("status")).ok()?;
        text.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
    }

    fn proc(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
