//! The catalogue of bad inputs: every row of the tables beside this file is sent to the built program over a socket of its own, and
//! answered as it says. After each row the program lives, says that it is healthy, and has written no line of an error; after all of
//! them, twice, it has no more memory, threads and connections than it needs.
//!
//! A row is data. What its fields mean is in `row.rs`, what may stand in its texts in `text.rs`. What is wrong with a request is wrong
//! whoever asks: nearly every row is sent a second time, with a right signature, to a program that has keys. What can be wrong with a
//! signature is in `identity.toml`, see `sign.rs`.

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

/// Time limits that no slow machine reaches.
const PATIENT: [(&str, &str); 3] = [
    ("METRICSHOT_LIMITS__RENDER", "60s"),
    ("METRICSHOT_LIMITS__RENDER_QUEUE", "60s"),
    ("METRICSHOT_LIMITS__REQUEST_TOTAL", "120s"),
];

/// Rows at once to each program; fewer than connections from one address are allowed.
const AT_ONCE: usize = 8;

/// Limits of the second program: short for clients that are silent or slow, long enough for a client on a busy machine.
const HURRIED: [(&str, &str); 9] = [
    PATIENT[0],
    PATIENT[1],
    PATIENT[2],
    ("METRICSHOT_LIMITS__HEADER_READ", "1s"),
    ("METRICSHOT_LIMITS__IDLE", "2s"),
    ("METRICSHOT_LIMITS__BODY_READ", "1s"),
    ("METRICSHOT_LIMITS__ANSWER_STALL", "1s"),
    ("METRICSHOT_LIMITS__SEND_BUFFER_BYTES", "4096"),
    ("METRICSHOT_LOG_FILTER", "debug"),
];

/// Limits of the programs with keys: who sends all rows is one caller, and asks for more than one may.
const UNMETERED: [(&str, &str); 6] = [
    PATIENT[0],
    PATIENT[1],
    PATIENT[2],
    ("METRICSHOT_LIMITS__KEY_REQUESTS", "1000000"),
    ("METRICSHOT_LIMITS__KEY_BURST", "1000000"),
    ("METRICSHOT_LIMITS__KEY_WORK", "1024s"),
];

const STRICT: &str = "strict = true\nunsigned_account = true\nclient_types = [\"Openapi\", \"Console\"]";

#[test]
fn every_row_is_answered_as_it_says() {
    let rows = rows();
    let silent = SilentSource::start();
    let programs = [
        Program::start(Where::Silent, &silent.configuration(), &PATIENT),
        Program::start(Where::Usual, "", &PATIENT),
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
        std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    };
    round(&sent);
    let mut warm: Vec<_> = programs.iter().map(Program::at_rest).collect();
    let own: Vec<_> = sent.iter().copied().filter(|(row, program)| row.program == program.place).collect();
    // Between two rounds of a program that keeps nothing a tenth was measured; 16 KiB kept of each row are a quarter. What a thread keeps
    // of its first pictures comes once, in whichever round it draws them; what is lost comes again in each.
    let files: Vec<_> = warm.iter().map(|usage| usage.files).collect();
    let rooms: Vec<_> = warm.iter().map(|usage| usage.kibibytes / 4).collect();
    let comes_back = (0..3).any(|_| {
        round(&own);
        let bounded = programs.iter().zip(&warm).zip(&rooms);
        let is_back =
            bounded.map(|((program, warm), room)| soon(|| program.at_rest().kibibytes <= warm.kibibytes + room));
        let is_back = is_back.collect::<Vec<_>>().into_iter().all(|one| one);
        warm = programs.iter().map(Program::at_rest).collect();
        is_back
    });
    assert!(comes_back, "memory grows in every round: {warm:?}");
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
    for (program, files) in programs.iter().zip(files) {
        let [begun, ended] = program.begun_and_ended();
        assert!(begun > 0.0 && begun == ended, "{begun} requests began, and {ended} ended");
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

/// Polls `condition` until it holds; false where it does not in time.
fn soon(condition: impl Fn() -> bool) -> bool {
    (0..2400).any(|_| {
        let holds = condition();
        if !holds {
            std::thread::sleep(Duration::from_millis(25));
        }
        holds
    })
}
