//! The catalogue of hostile inputs: every row of the tables beside this file is sent to the built program on a connection of its own, and the
//! response is compared with the row. After each row the program runs, is healthy and has logged no error; after two rounds of all rows it
//! holds no additional memory, threads and connections.
//!
//! `row.rs` describes the fields of a row, `text.rs` the escapes of its texts. Most rows are sent a second time, with a valid signature, to a
//! program with keys, because an invalid request is invalid for every client. Rows with invalid signatures are in `identity.toml`, see
//! `sign.rs`.

mod program;
mod row;
mod run;
mod sign;
mod silent_source;
mod text;

use program::Program;
use row::{Row, Where, rows};
use silent_source::SilentSource;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Variables that raise time limits above what a slow machine needs.
const LONG_LIMITS: [(&str, &str); 3] = [
    ("METRICSHOT_LIMITS__RENDER", "60s"),
    ("METRICSHOT_LIMITS__RENDER_QUEUE", "60s"),
    ("METRICSHOT_LIMITS__REQUEST_TOTAL", "120s"),
];

/// The number of concurrent rows, fewer than connections from one address are allowed.
const CONCURRENT_ROWS: usize = 8;

/// Limits of the hurried program: short for silent or slow clients, long enough for a client on a busy machine.
const HURRIED: [(&str, &str); 9] = [
    LONG_LIMITS[0],
    LONG_LIMITS[1],
    LONG_LIMITS[2],
    ("METRICSHOT_LIMITS__HEADER_READ", "1s"),
    ("METRICSHOT_LIMITS__IDLE", "2s"),
    ("METRICSHOT_LIMITS__BODY_READ", "1s"),
    ("METRICSHOT_LIMITS__ANSWER_STALL", "1s"),
    ("METRICSHOT_LIMITS__SEND_BUFFER_BYTES", "4096"),
    ("METRICSHOT_LOG_FILTER", "debug"),
];

/// Limits of the programs with keys: all rows come from one key, which would exceed its rate limit.
const UNMETERED: [(&str, &str); 6] = [
    LONG_LIMITS[0],
    LONG_LIMITS[1],
    LONG_LIMITS[2],
    ("METRICSHOT_LIMITS__KEY_REQUESTS", "1000000"),
    ("METRICSHOT_LIMITS__KEY_BURST", "1000000"),
    ("METRICSHOT_LIMITS__KEY_WORK", "1024s"),
];

const STRICT: &str = "strict = true\nunsigned_account = true\nclient_types = [\"Openapi\", \"Console\"]";

#[test]
fn every_row_gets_the_expected_response() {
    let rows = rows();
    let silent = SilentSource::start();
    let programs = [
        Program::start(Where::Silent, &silent.configuration(), &LONG_LIMITS),
        Program::start(Where::Usual, "", &LONG_LIMITS),
        Program::start(Where::Hurried, "", &HURRIED),
        Program::start(Where::Signed, &sign::configuration(""), &UNMETERED),
        Program::start(Where::Strict, &sign::configuration(STRICT), &UNMETERED),
    ];
    let sent = rows.iter().flat_map(|row| row.programs().iter().map(move |place| (row, *place)));
    let sent: Vec<(&Row, &Program)> = sent
        .map(|(row, place)| (row, programs.iter().find(|program| program.place == place).expect("it is started")))
        .collect();
    let failures = Mutex::new(Vec::new());
    let round = |sent: &[(&Row, &Program)]| {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some((row, program)) = sent.get(next.fetch_add(1, Ordering::Relaxed)) {
                let checked = catch_unwind(AssertUnwindSafe(|| run::check(row, program, &silent)));
                let checked = checked.unwrap_or_else(|_| Err("this test panicked, see above".to_owned()));
                if let Err(why) = checked {
                    failures.lock().unwrap().push(format!("{} {} ({:?}): {why}", row.id, row.what, program.place));
                }
            }
        };
        std::thread::scope(|scope| (0..CONCURRENT_ROWS).for_each(|_| drop(scope.spawn(work))));
    };
    round(&sent);
    let mut warm: Vec<_> = programs.iter().map(Program::at_rest).collect();
    let own: Vec<_> = sent.iter().copied().filter(|(row, program)| row.program == program.place).collect();
    // The memory of a program without leaks was measured to differ by a tenth between rounds; a leak of 16 KiB per row adds a quarter. Caches of
    // a thread grow once, in any round; a leak grows in each.
    let files: Vec<_> = warm.iter().map(|usage| usage.files).collect();
    let margins: Vec<_> = warm.iter().map(|usage| usage.kibibytes / 4).collect();
    let comes_back = (0..3).any(|_| {
        round(&own);
        let bounded = programs.iter().zip(&warm).zip(&margins);
        let is_back =
            bounded.map(|((program, warm), margin)| soon(|| program.at_rest().kibibytes <= warm.kibibytes + margin));
        let is_back = is_back.collect::<Vec<_>>().into_iter().all(|one| one);
        warm = programs.iter().map(Program::at_rest).collect();
        is_back
    });
    assert!(comes_back, "memory grows in every round: {warm:?}");
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
    for (program, files) in programs.iter().zip(files) {
        let [begun, ended] = program.begun_and_ended();
        assert!(begun > 0.0 && begun == ended, "{begun} requests were accepted, and {ended} ended");
        let after = program.at_rest();
        assert!(after.files <= files, "files stay open: {files}, then {after:?}");
        for planted in std::iter::once("203.0.113.77").chain(sign::secrets()) {
            let lines = program.lines_with(planted);
            assert_eq!(lines, Vec::<String>::new(), "an address that a caller made up, or a secret, is in the log");
        }
    }
}

#[test]
fn no_two_rows_are_the_same() {
    let rows = rows();
    let mut names: Vec<_> = rows.iter().map(|row| (&row.id, &row.what)).collect();
    names.sort();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(rows.len() > 200, "the tables are where this test looks: {}", rows.len());
}

/// Polls `condition` until it holds; returns false if it does not in time.
fn soon(condition: impl Fn() -> bool) -> bool {
    (0..2400).any(|_| {
        let holds = condition();
        if !holds {
            std::thread::sleep(Duration::from_millis(25));
        }
        holds
    })
}
