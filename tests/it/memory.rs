//! What drawing takes of memory at its peak stays within what is estimated for it, by which requests are let in.
//!
//! Only Linux tells a process's memory as a file. One test, because its peak is the process's.

#![cfg(target_os = "linux")]

use crate::loads;
use crate::soaking;
use loads::{Chart, Load};
use metricshot::admission::Cost;
use metricshot::cancel::Stop;
use metricshot::catalog::{Kind, Missing, PlannedFetch, PlannedLine, QueryPlan, Selector, SeriesQuery, Wanted};
use metricshot::limits::Limits;
use metricshot::render::{self, Format, Output};
use metricshot::request::{Size, Statistic, Unit};
use metricshot::series::Outcome;
use std::fs;

#[test]
fn no_picture_takes_more_memory_than_its_estimate_and_a_fifth() {
    let large = |load: Load, side: i64| {
        let mut chart = load.chart();
        chart.request.size = Size::new(side, side, &Limits::default()).unwrap();
        chart
    };
    let pngs = Load::ALL.into_iter().map(|load| (load.to_string(), load.chart(), Format::Png));
    let others = [
        ("hundred on 2000 x 2000".to_owned(), large(Load::Hundred, 2000), Format::Png),
        ("M on 1500 x 1500 as WebP".to_owned(), large(Load::M, 1500), Format::WebP),
        ("M as SVG".to_owned(), Load::M.chart(), Format::Svg),
    ];
    // Fonts and code are read once for the whole process.
    for format in [Format::Png, Format::WebP, Format::Svg] {
        peak_kib(&Load::S.chart(), format);
    }
    let mut wrong = Vec::new();
    for (name, chart, format) in pngs.chain(others) {
        let estimate = Cost::of_picture(&plan(&chart), &chart.request, format).bytes / 1024;
        let taken = peak_kib(&chart, format);
        println!("{name}: {taken} KiB of {estimate}");
        if taken > estimate * 6 / 5 {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// KiB that drawing takes above what was there before, on a thread that has drawn nothing yet.
fn peak_kib(chart: &Chart, format: Format) -> u64 {
    // Begins to count the peak anew.
    fs::write("/proc/self/clear_refs", "5").expect("the peak can be set back");
    let before = soaking::status_kib("VmRSS:").unwrap();
    let draw = || render::paint(&chart.scene(), &Output { format, record: None }, &Stop::default()).unwrap();
    std::thread::scope(|scope| scope.spawn(draw).join().unwrap());
    soaking::status_kib("VmHWM:").unwrap().saturating_sub(before)
}

/// What would have been asked for the data.
fn plan(chart: &Chart) -> QueryPlan {
    let lines = chart.frame.lines.iter();
    let fetches = lines.map(|line| {
        let Outcome::Answered(buckets, _) = &line.outcome else { panic!("every load has data") };
        let query = SeriesQuery::new(
            Wanted::Select(Selector { name: "load".into(), labels: vec![] }),
            Kind::Gauge,
            Statistic::Average,
            buckets.grid().clone().into(),
        );
        PlannedFetch { source: "s".into(), query }
    });
    let fetches: Vec<_> = fetches.collect();
    let line = |fetch| PlannedLine { fetch, unit: Unit::PERCENT, scale: 1.0, missing: Missing::Gap };
    QueryPlan { lines: (0..fetches.len()).map(line).collect(), fetches }
}
