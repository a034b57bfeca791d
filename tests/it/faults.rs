//! What happens to the program from outside: signals, files and threads that it lacks, callers that read nothing, a log that nobody reads.
//! F-10 to F-27.

use crate::support::http::{Connection, Response, request};
use crate::support::running::{PATIENT, Program, address_in, assert_balanced, free, number, put, serving, until};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

const IMAGE: &str = "/v1/metrics/data/download/image";
const JSON: (&str, &str) = ("Content-Type", "application/json");

/// A notice far longer than a test waits for the end: a program that ends did not wait for it.
const LONG_NOTICE: &str = "[limits]\nsource_total = \"600s\"\nrequest_total = \"600s\"\ndrain_notice = \"600s\"\n";

/// A configuration with these lines, the folder that it is in, and where the numbers are shown.
fn configured(lines: &str) -> (TempDir, std::path::PathBuf, SocketAddr) {
    let (folder, numbers) = (tempfile::tempdir().unwrap(), free());
    let file = folder.path().join("m.toml");
    put(&file, &format!("metrics_listen = \"{numbers}\"\n{lines}"));
    (folder, file, numbers)
}

/// A picture of some metrics of this namespace.
fn body(namespace: &str, metrics: usize, (width, height): (u32, u32)) -> String {
    let metric = |n: usize| format!(r#"{{"namespace_name":"{namespace}","name":"m{n}","dimensions":[]}}"#);
    let metrics: Vec<String> = (0..metrics).map(metric).collect();
    format!(
        r#"{{"start":1640995200,"end":1641016800,"period":300,"statistic_type":"AVG","title":"T","width":{width},"height":{height},"metrics":[{}]}}"#,
        metrics.join(",")
    )
}

fn post(address: SocketAddr, body: &str) -> Response {
    Connection::open(address).send(request("POST", IMAGE, &[JSON], body)).response()
}

fn draws(program: &Program) -> bool {
    post(program.address, &body("Demo", 2, (600, 400))).status == 200
}

/// A program that asks a source that takes the question and says nothing, and the source.
fn behind_silence(lines: &str) -> (Program, SocketAddr, TcpListener, TempDir) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = silent.local_addr().unwrap();
    let source = format!(
        "[sources.s]\ntype = \"prometheus\"\nurl = \"http://{url}\"\n[[default]]\nsource = \"s\"\nnamespaces = [\"S\"]\n"
    );
    let (folder, file, numbers) = configured(&format!("{lines}{source}"));
    (Program::start(&file), numbers, silent, folder)
}

/// A request whose answer waits for that source.
fn waiting(program: &Program, silent: &TcpListener) -> (Connection, TcpStream) {
    let mut caller = Connection::open(program.address);
    caller.send(request("POST", IMAGE, &[JSON], body("S", 1, (600, 400))));
    let asked = silent.accept().unwrap().0;
    (caller, asked)
}

/// F-10.
#[test]
fn told_to_stop_while_a_source_is_asked_it_says_so_takes_nobody_new_and_answers_before_it_ends() {
    let (mut program, _, silent, _folder) =
        behind_silence("[limits]\nsource_total = \"4s\"\ndrain_notice = \"500ms\"\ndrain = \"600s\"\n");
    let (mut caller, _asked) = waiting(&program, &silent);
    program.signal("TERM");
    let ready = || {
        let stream = TcpStream::connect(program.address).ok()?;
        drop(stream);
        Some(Connection::open(program.address).send(request("GET", "/readyz", &[], "")).next()?.status)
    };
    until("it is not ready, or takes nobody new", || ready() != Some(200));
    until("it takes nobody new", || TcpStream::connect(program.address).is_err());
    assert_eq!(caller.response().verdict(), (504, "source_timeout"));
    assert_eq!(program.end().code(), Some(0));
}

/// F-10.
#[test]
fn told_to_stop_with_nothing_to_do_it_ends_soon() {
    for signal in ["TERM", "INT"] {
        // Far longer than a test waits for the end.
        let (_folder, file, _) = configured("[limits]\ndrain = \"600s\"\n");
        let mut program = Program::start(&file);
        assert!(draws(&program));
        program.signal(signal);
        assert_eq!(program.end().code(), Some(0), "{signal}");
    }
}

/// Sends `caller` a picture of which it reads nothing yet, until the service has done its part.
fn unread(mut caller: Connection, numbers: SocketAddr) -> Connection {
    caller.send(request("POST", IMAGE, &[JSON], body("Demo", 20, (2800, 2800))));
    until("the picture is drawn", || number(numbers, "metricshot_request_seconds_count{kind=\"image\"") > 0.0);
    caller
}

/// F-10.
#[test]
fn told_to_stop_while_a_picture_is_written_it_writes_all_of_it_before_it_ends() {
    let (_folder, file, numbers) =
        configured("[limits]\nsend_buffer_bytes = 16384\ndrain_notice = \"100ms\"\ndrain = \"600s\"\n");
    let mut program = Program::start(&file);
    let mut caller = unread(Connection::open(program.address), numbers);
    assert!(unsent(program.address, caller.local()) > 0, "it is not written yet");
    program.signal("TERM");
    until("it takes nobody new", || TcpStream::connect(program.address).is_err());
    let picture = caller.response();
    assert_eq!(picture.status, 200);
    assert!(picture.body.ends_with(b"IEND\xaeB`\x82"), "it is whole");
    assert_eq!(program.end().code(), Some(0), "{}", program.log());
}

/// Bytes that the system holds of what `from` sent and `to` has not taken.
fn unsent(from: SocketAddr, to: SocketAddr) -> u64 {
    let hex = |address: SocketAddr| match address {
        SocketAddr::V4(address) => {
            format!("{:08X}:{:04X}", u32::from_le_bytes(address.ip().octets()), address.port())
        }
        SocketAddr::V6(_) => panic!("the tests are on IPv4"),
    };
    let connections = fs::read_to_string("/proc/net/tcp").unwrap();
    let ours = connections.lines().find(|line| line.contains(&format!("{} {}", hex(from), hex(to)))).unwrap();
    let queued = ours.split_whitespace().nth(4).unwrap().split(':').next().unwrap();
    u64::from_str_radix(queued, 16).unwrap()
}

#[test]
fn of_a_picture_that_is_not_read_the_system_holds_no_more_than_it_may() {
    let held = |bytes: u64| {
        let (_folder, file, numbers) = configured(&format!("[limits]\nsend_buffer_bytes = {bytes}\n"));
        let program = Program::start(&file);
        let caller = Connection::open(program.address);
        caller.take_little();
        let caller = unread(caller, numbers);
        until("some of it waits", || unsent(program.address, caller.local()) > 0);
        unsent(program.address, caller.local())
    };
    // The system doubles it, and a segment that has begun is taken as a whole: 64 KiB where there is no network between.
    let most = |bytes: u64| 2 * bytes + 65_536;
    let (little, much) = (held(16_384), held(262_144));
    assert!(little <= most(16_384) && most(16_384) < much && much <= most(262_144), "{little}, {much}");
}

/// H-28, H-29.
#[test]
fn who_gets_half_a_picture_was_not_answered_and_who_gets_all_of_it_was() {
    for (what, [answered, gone]) in [("leaves", [0.0, 1.0]), ("reads nothing", [0.0, 1.0]), ("reads all", [1.0, 0.0])] {
        let stall = if what == "reads nothing" { "2s" } else { "60s" };
        let limits = format!("[limits]\nsend_buffer_bytes = 16384\nanswer_stall = \"{stall}\"\n");
        let (_folder, file, numbers) = configured(&limits);
        let program = Program::start(&file);
        let caller = Connection::open(program.address);
        caller.take_a_part();
        let mut caller = Some(unread(caller, numbers));
        assert_eq!(number(numbers, "metricshot_requests_in_flight"), 1.0, "{what}: it is not written yet");
        match what {
            "leaves" => drop(caller.take()),
            "reads all" => assert_eq!(caller.as_mut().unwrap().response().status, 200),
            _ => {}
        }
        assert_balanced(numbers);
        let ends = ["answered", "gone"].map(|end| number(numbers, &format!("metricshot_requests_{end}_total")));
        assert_eq!(ends, [answered, gone], "{what}");
        let line = || program.log().lines().find(|line| line.contains(IMAGE)).map(str::to_owned);
        until("its line is written", || line().is_some());
        let (line, has, lacks) = match answered > 0.0 {
            true => (line().unwrap(), "status=200", "client_gone"),
            false => (line().unwrap(), "fault=\"client_gone\"", "status"),
        };
        assert!(line.contains(has) && !line.contains(lacks), "{what}: {line}");
    }
}

/// Two requests at once, the first of whose answers is read, and of the second one less than there is.
#[test]
fn a_picture_that_waits_behind_another_is_not_answered_with_it() {
    let (_folder, file, numbers) = configured("[limits]\nsend_buffer_bytes = 16384\n");
    let program = Program::start(&file);
    let mut caller = Connection::open(program.address);
    caller.take_a_part();
    let picture = request("POST", IMAGE, &[JSON], body("Demo", 20, (2800, 2800)));
    caller.send([picture.clone(), picture].concat());
    assert_eq!(caller.response().status, 200);
    until("the second is drawn", || number(numbers, "metricshot_request_seconds_count{kind=\"image\"") == 2.0);
    until("the first is over", || number(numbers, "metricshot_requests_answered_total") == 1.0);
    assert_eq!(number(numbers, "metricshot_requests_in_flight"), 1.0, "the second is not written yet");
    drop(caller);
    assert_balanced(numbers);
    assert_eq!(number(numbers, "metricshot_requests_gone_total"), 1.0);
}

/// F-11.
#[test]
fn told_to_stop_a_second_time_it_ends_at_once() {
    for second in ["TERM", "INT"] {
        let (mut program, _, silent, _folder) = behind_silence(LONG_NOTICE);
        let (mut caller, _asked) = waiting(&program, &silent);
        program.signal("TERM");
        until("it was heard", || program.log().contains("shutdown requested"));
        program.signal(second);
        assert_eq!(program.end().code(), Some(1), "{second}");
        assert_eq!(caller.next(), None);
        until("its last line is read", || program.log().contains("second shutdown signal"));
    }
}

/// F-11, F-26.
#[test]
fn told_to_stop_a_second_time_it_ends_at_once_also_where_nobody_reads_its_log() {
    let (_folder, file, numbers) = configured(&format!("log_filter = \"info\"\n{LONG_NOTICE}"));
    let (_reader, writer) = std::io::pipe().unwrap();
    let mut program = Program::of(serving(&file).stderr(writer));
    let mut connection = Connection::open(program.address);
    let ready = || Connection::open(numbers).send(request("GET", "/readyz", &[], "")).response().status;
    // More than the pipe takes, and fewer lines than may wait for it.
    for _ in 0..1000 {
        assert_eq!(connection.send(request("GET", "/nowhere", &[], "")).response().status, 404);
    }
    program.signal("TERM");
    until("it was heard", || ready() != 200);
    program.signal("TERM");
    assert_eq!(program.end().code(), Some(1));
}

/// F-11.
#[test]
fn killed_it_loses_what_was_under_way_and_the_next_one_begins_as_if_nothing_had_been() {
    let (mut program, _, silent, folder) = behind_silence("");
    let (mut caller, _asked) = waiting(&program, &silent);
    let before: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    program.signal("KILL");
    assert_eq!(program.end().signal(), Some(9));
    assert_eq!(caller.next(), None);
    let after: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(before, after, "nothing is written");
    // At the same address.
    let mut command = Command::new(env!("CARGO_BIN_EXE_metricshot"));
    command
        .arg("--listen")
        .arg(program.address.to_string())
        .arg("serve")
        .env_clear()
        .envs(PATIENT)
        .stderr(Stdio::piped());
    assert!(draws(&Program::of(&mut command)));
}

/// F-14.
#[test]
fn where_nothing_can_be_written_nothing_is_missed() {
    let (folder, file, numbers) = configured("");
    let command = serving(&file);
    let words: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
    // No file may grow beyond 0 bytes: who writes one is ended by SIGXFSZ. Pipes and sockets are no files.
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -f 0; cd /proc; exec \"$@\"", "sh"])
        .args(words)
        .env_clear()
        .envs(PATIENT)
        .env("TMPDIR", "/nowhere");
    let mut program = Program::of(limited.stderr(Stdio::piped()));
    assert!(draws(&program));
    let large = post(program.address, &body("Demo", 10, (1200, 800)));
    assert_eq!(large.status, 200);
    assert_balanced(numbers);
    program.signal("TERM");
    assert_eq!(program.end().code(), Some(0), "{}", program.log());
    drop(folder);
}

const MANY_CONNECTIONS: [(&str, &str); 2] =
    [("METRICSHOT_LIMITS__CONNECTIONS", "200"), ("METRICSHOT_LIMITS__CONNECTIONS_PER_ADDRESS", "200")];

/// The program with nothing configured, under limits of the system as `prlimit` sets them.
fn limited(limit: &str) -> Command {
    let mut command = Command::new("prlimit");
    command.arg(limit).arg(env!("CARGO_BIN_EXE_metricshot")).args(["--listen", "127.0.0.1:0", "serve"]);
    command.env_clear().envs(PATIENT).stderr(Stdio::piped());
    command
}

/// F-16: what the heap and the stacks of all threads may have. That larger pictures are refused where a control group says so is tested
/// with the admission.
#[test]
fn with_64_mib_of_memory_it_starts_and_draws() {
    let mut program = Program::of(&mut limited("--data=67108864"));
    assert!((0..20).all(|_| draws(&program)));
    program.signal("TERM");
    assert_eq!(program.end().code(), Some(0), "{}", program.log());
}

/// F-19: stopped for 80 of each 100 ms, as a control group does it that may use a fifth of a processor.
#[test]
fn with_a_fifth_of_a_processor_it_refuses_what_it_cannot_do_and_nothing_runs_out_of_time() {
    let (_folder, file, numbers) = configured("[limits]\nsource_total = \"600s\"\n");
    let program = Program::start(&file);
    assert!(draws(&program));
    let ended = AtomicBool::new(false);
    let verdicts: Vec<(u16, String)> = thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                program.signal("STOP");
                thread::sleep(Duration::from_millis(80));
                program.signal("CONT");
                thread::sleep(Duration::from_millis(20));
            }
        });
        let ask = |caller: usize| {
            let address = program.address;
            let ask = move |n: usize| {
                // No two are equal.
                let body = body("Demo", 5, (400 + caller as u32, 300 + n as u32));
                let response = post(address, &body);
                (response.status, response.fault().to_owned())
            };
            scope.spawn(move || (0..5).map(ask).collect::<Vec<_>>())
        };
        let callers: Vec<_> = (0..40).map(ask).collect();
        let verdicts = callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect();
        ended.store(true, Ordering::SeqCst);
        verdicts
    });
    let drawn = verdicts.iter().filter(|(status, _)| *status == 200).count();
    let refused = verdicts.iter().filter(|(status, fault)| (*status, fault.as_str()) == (503, "overloaded")).count();
    assert!(drawn > 0 && drawn + refused == verdicts.len(), "{drawn} drawn, {refused} refused: {verdicts:?}");
    assert_balanced(numbers);
    assert!(draws(&program));
}

#[test]
fn more_callers_are_connected_than_the_soft_limit_of_open_files_has_room_for() {
    let mut command = limited("--nofile=64:4096");
    let program = Program::of(command.envs(MANY_CONNECTIONS));
    let mut callers: Vec<Connection> = (0..200).map(|_| Connection::open(program.address)).collect();
    for (number, caller) in callers.iter_mut().enumerate() {
        assert_eq!(caller.send(request("GET", "/healthz", &[], "")).response().status, 200, "caller {number}");
    }
    assert!(!program.log().contains("open fewer files"), "{}", program.log());
}

#[test]
fn where_the_hard_limit_of_open_files_is_too_low_the_log_says_so_at_the_start() {
    let mut command = limited("--nofile=128:128");
    let program = Program::of(command.envs(MANY_CONNECTIONS));
    let lines = || program.log().lines().filter(|line| line.contains("the open-file limit is too low")).count();
    until("the log says so", || lines() == 1);
    assert!(program.log().contains("max_fds=128 ") && draws(&program), "{}", program.log());
}

/// Connections that send nothing, or a part of a head, for longer than the test lasts.
#[test]
fn with_64_open_files_and_more_silent_connections_health_checks_are_answered_and_charts_rejected() {
    let mut command = limited("--nofile=64:64");
    let never = [("METRICSHOT_LIMITS__HEADER_READ", "600s"), ("METRICSHOT_LIMITS__IDLE", "600s")];
    let program = Program::of(command.envs(never).envs(MANY_CONNECTIONS));
    let silent = |n: usize| {
        let mut connection = Connection::open(program.address);
        connection.send(["", "GET / HTTP/1.1\r\n"][n % 2]);
        connection
    };
    let silent: Vec<Connection> = (0..150).map(silent).collect();
    let own = || fs::read_dir(format!("/proc/{}/fd", program.id())).unwrap().count();
    for target in ["/healthz", "/readyz"].repeat(20) {
        let response = Connection::open(program.address).send(request("GET", target, &[], "")).response();
        assert_eq!(response.status, 200, "{target}, {} open files: {}", own(), program.log());
        let chart = post(program.address, &body("Demo", 2, (600, 400)));
        assert_eq!((chart.status, chart.fault()), (503, "too_many_connections"));
    }
    assert!(!program.log().contains("no connection accepted"), "{}", program.log());
    drop(silent);
    until("charts are drawn again", || draws(&program));
}

/// The program with nothing configured as a user of whom there are no other processes, with a limit of threads. Root may start as many
/// threads as it likes, so it becomes another user; without root the threads of the tests count as well.
fn with_threads(threads: usize) -> Command {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let limited = limited(&format!("--nproc={threads}"));
    let words = std::iter::once(limited.get_program()).chain(limited.get_args());
    let mut other = Command::new(if is_root { "setpriv" } else { "env" });
    other.args(if is_root { &["--reuid=64999", "--regid=64999", "--clear-groups"][..] } else { &[] }).args(words);
    other.env_clear().envs(PATIENT).stdout(Stdio::piped()).stderr(Stdio::piped());
    other
}

/// F-18.
#[test]
fn with_any_limit_of_threads_it_says_that_it_has_too_few_and_ends_or_it_draws() {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    // The first can start none at all, the last all that it wants: two runtimes and the workers with one a core, and a few more.
    let mut started = Vec::new();
    for threads in 1..=3 * cores + 8 {
        let mut program = with_threads(threads).spawn().expect("util-linux is installed");
        let mut greeting = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut greeting).unwrap();
        started.push(!greeting.is_empty());
        if greeting.is_empty() {
            let ended = program.wait_with_output().unwrap();
            let text = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), Some(1), "{threads}: {text}");
            assert!(text.starts_with("error: no thread could be started: ") && text.lines().count() == 1, "{text}");
            continue;
        }
        let address = address_in(&greeting);
        // No two are equal, so that each is drawn.
        let draw = |n: usize| post(address, &body("Demo", 2, (600, 400 + n as u32))).status;
        let statuses: Vec<u16> = thread::scope(|scope| {
            let drawn: Vec<_> = (0..2 * cores).map(|n| scope.spawn(move || draw(n))).collect();
            drawn.into_iter().map(|drawn| drawn.join().unwrap()).collect()
        });
        let _ = program.kill();
        let _ = program.wait();
        assert!(statuses.iter().all(|status| *status == 200), "{threads}: {statuses:?}");
    }
    assert!(!started[0], "one thread is too few");
    assert!(!is_root || started.last() == Some(&true), "the last limit is enough");
}

/// F-26.
#[test]
fn a_log_that_nobody_reads_any_more_keeps_no_request_from_being_answered() {
    let (_folder, file, numbers) = configured("log_filter = \"trace\"\n[limits]\nlog_lines = 100\n");
    let (reader, writer) = std::io::pipe().unwrap();
    let mut program = Program::of(serving(&file).stderr(writer));
    // Nothing is read: soon the pipe is full.
    let mut connection = Connection::open(program.address);
    for _ in 0..2000 {
        assert_eq!(connection.send(request("GET", "/nowhere", &[], "")).response().status, 404);
    }
    assert!(draws(&program), "the pipe is full");
    assert_balanced(numbers);
    assert!(number(numbers, "metricshot_log_lines_lost_total") > 0.0, "what was lost is counted");
    let before = number(numbers, "metricshot_log_lines_lost_total");
    drop(reader);
    for _ in 0..20 {
        assert!(draws(&program), "closed");
    }
    assert_balanced(numbers);
    until("lines for a closed pipe are counted", || number(numbers, "metricshot_log_lines_lost_total") > before);
    program.signal("TERM");
    assert_eq!(program.end().code(), Some(0));
}

#[test]
fn a_log_on_a_full_disk_is_counted_and_keeps_no_request_from_being_answered() {
    let (_folder, file, numbers) = configured("log_filter = \"trace\"\n");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut program = Program::of(serving(&file).stderr(full));
    assert!(draws(&program));
    until("lines are counted", || number(numbers, "metricshot_log_lines_lost_total") > 0.0);
    assert_balanced(numbers);
    program.signal("TERM");
    assert_eq!(program.end().code(), Some(0));
}

/// F-27.
#[test]
fn the_numbers_can_be_asked_for_a_hundred_times_a_second() {
    let (_folder, file, numbers) = configured("");
    let program = Program::start(&file);
    assert!(draws(&program));
    let ticks = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", program.id())).unwrap();
        let fields: Vec<u64> =
            stat.rsplit(") ").next().unwrap().split(' ').filter_map(|field| field.parse().ok()).collect();
        // utime and stime, in hundredths of a second; the state is no number.
        fields[10] + fields[11]
    };
    let taken_by = |work: &mut dyn FnMut()| {
        let before = ticks();
        (0..200).for_each(|_| work());
        ticks() - before
    };
    let mut connection = Connection::open(numbers);
    let pages = taken_by(&mut || {
        assert_eq!(connection.send(request("GET", "/metrics", &[], "")).response().status, 200);
    });
    let charts = taken_by(&mut || assert!(draws(&program)));
    // Both are processor time of the same build: how fast the machine is, and what else it does, does not count.
    assert!(pages <= charts, "{pages} hundredths of a second for 200 pages, {charts} for 200 small charts");
}

#[test]
fn signals_without_a_meaning_end_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("m.toml");
    put(&file, "");
    let program = Program::start(&file);
    for signal in ["USR1", "USR2", "HUP"] {
        program.signal(signal);
    }
    until("a later signal was handled", || program.log().contains("configuration reloaded"));
}
