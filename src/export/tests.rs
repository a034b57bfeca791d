//! CSV and JSON of one frame with a value, a gap, and a series that failed.

use super::{csv, json, max_bytes};
use crate::error::Reason;
use crate::limits::Limits;
use crate::request::{DisplayText, Period, Span, Statistic, Unit, Zone};
use crate::series::{Buckets, Frame, Grid, Line, Notes, Outcome};
use std::sync::Arc;

const START: i64 = 1_779_289_200; // 2026-05-21T00:00:00+09:00

fn frame(labels: [&str; 2]) -> Frame {
    let limits = Limits::default();
    let (span, zone) = (Span::new(START, START + 180, &limits).unwrap(), Zone::parse("Asia/Seoul").unwrap());
    let period = Period::new(60, &limits).unwrap();
    let grid = Arc::new(Grid::new(span, period, &zone));
    let line = |index: usize, unit, outcome| Line {
        metric: index,
        label: DisplayText::lossy(labels[index]),
        colour: None,
        statistic: Statistic::Average,
        period,
        unit,
        outcome,
    };
    let values = Buckets::new(grid, [Some(0.1), None, Some(-3.0)]);
    let notes = Notes { pooled: 16, ..Notes::default() };
    let lines = vec![
        line(0, Unit::PERCENT, Outcome::Answered(values, notes)),
        line(1, Unit::NONE, Outcome::Missing(Reason::Timeout)),
    ];
    Frame { span, zone, lines, complete_until: None }
}

#[test]
fn csv_has_a_row_per_bucket_in_the_zone_of_the_request_and_empty_cells_for_gaps() {
    let text = String::from_utf8(csv(&frame(["CPU", "disk, \"root\""]))).unwrap();
    assert_eq!(
        text,
        "time,CPU (PERCENT),\"disk, \"\"root\"\"\"\n\
         2026-05-21T00:00:00+09:00,0.1,\n\
         2026-05-21T00:01:00+09:00,,\n\
         2026-05-21T00:02:00+09:00,-3,\n"
    );
}

#[test]
fn json_says_in_words_what_the_image_marks() {
    let text = json(&frame(["CPU", "disk"]), "One line.", "ab");
    let chart: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(
        chart,
        serde_json::json!({
            "start": START,
            "end": START + 180,
            "timezone": "Asia/Seoul",
            "period": 60,
            "series": [
                {
                    "label": "CPU",
                    "unit": "PERCENT",
                    "statistic": "AVG",
                    "period": 60,
                    "status": "ok",
                    "notes": [{"name": "pooled", "count": 16, "text": "16 series were combined into one line"}],
                    "points": [[START, 0.1], [START + 60, null], [START + 120, -3.0]],
                },
                {
                    "label": "disk",
                    "unit": "NONE",
                    "statistic": "AVG",
                    "period": 60,
                    "status": "timeout",
                    "notes": [],
                    "points": [],
                },
            ],
            "alt": "One line.",
            "warnings": ["CPU: 16 series were combined into one line", "disk: missing: timeout"],
            "digest": "ab",
        })
    );
}

#[test]
fn the_texts_are_no_longer_than_their_estimate() {
    let frame = frame(["CPU", "disk"]);
    let estimate = max_bytes(&frame);
    assert!(csv(&frame).capacity() as u64 <= estimate);
    assert!(json(&frame, "", "").capacity() as u64 <= estimate);
}
