//! The catalogue of bad inputs: every row of the tables beside this file is sent to the built program over a socket of its own, and
//! answered as it says. After each row the program lives, says that it is healthy, and has written no line of an error; after all of
//! them, twice, it has no more memory, threads and connections than it needs.
//!
//! A row is data. What its fields mean is in `row.rs`, what may stand in its texts in `text.rs`.

#[path = "../support/http.rs"]
mod http;
mod program;
mod row;
mod run;
mod text;

use program::Program;
use row::{Row, Where, rows};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Rows at once to each program; fewer than connections from one address are allowed.
const AT_ONCE: usize = 8;

/// How fast the machine of the tests draws is no matter here.
const PATIENT: [(&str, &str); 2] = [("METRICSHOT_LIMITS__RENDER", "8s"), ("METRICSHOT_LIMITS__RENDER_QUEUE", "8s")];

/// Limits of the second program, so that what takes time takes little.
const HURRIED: [(&str, &str); 8] = [
    PATIENT[0],
    PATIENT[1],
    ("METRICSHOT_LIMITS__HEADER_READ", "300ms"),
    ("METRICSHOT_LIMITS__IDLE", "600ms"),
    ("METRICSHOT_LIMITS__BODY_READ", "300ms"),
    ("METRICSHOT_LIMITS__ANSWER_STALL", "300ms"),
    ("METRICSHOT_LIMITS__SEND_BUFFER_BYTES", "4096"),
    ("METRICSHOT_LOG_FILTER", "debug"),
];

#[test]
fn every_row_is_answered_as_it_says() {
    let rows = rows();
    let (usual, hurried) = (Program::start(&PATIENT), Program::start(&HURRIED));
    let program = |row: &Row| match row.program {
        Where::Usual => &usual,
        Where::Hurried => &hurried,
    };
    let failures = Mutex::new(Vec::new());
    let round = || {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                let checked = catch_unwind(AssertUnwindSafe(|| run::check(row, program(row))));
                let checked = checked.unwrap_or_else(|_| Err("this test panicked, see above".to_owned()));
                if let Err(why) = checked {
                    failures.lock().unwrap().push(format!("{} {}: {why}", row.id, row.what));
                }
            }
        };
        std::thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    };
    round();
    let warm = [&usual, &hurried].map(Program::at_rest);
    round();
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} rows:\n{}", failures.len(), rows.len(), failures.join("\n"));
    for (program, warm) in [&usual, &hurried].into_iter().zip(warm) {
        // Between two rounds of a program that keeps nothing a tenth was measured; 16 KiB kept of each row are a quarter.
        let most = warm.kibibytes + warm.kibibytes / 4;
        let comes_back = soon(|| program.at_rest().kibibytes <= most);
        let after = program.at_rest();
        assert!(comes_back, "memory grew: {warm:?}, then {after:?}");
        assert!(after.files <= warm.files, "files stay open: {warm:?}, then {after:?}");
        assert_eq!(
            program.lines_with("203.0.113.77"),
            Vec::<String>::new(),
            "an address that a caller made up is in the log"
        );
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
    (0..800).any(|_| {
        let holds = condition();
        if !holds {
            std::thread::sleep(Duration::from_millis(25));
        }
        holds
    })
}
