//! Files of every format, good and bad, through the whole source.

use super::*;
use crate::catalog::{Expression, MetricKind, Selector};
use crate::clock::Deadline;
use crate::request::{Period, Span, Statistic, Unit, Zone};
use crate::series::Grid;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const T: i64 = 1_640_995_200;

/// Reads a file of that name and content alone.
fn read(name: &str, content: &str) -> Result<(TempDir, File), Unreadable> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    let file = File::new(vec![folder.path().join(name)], &Limits::default())?;
    Ok((folder, file))
}

fn faults(name: &str, content: &str) -> String {
    read(name, content).unwrap().1.defects().join("\n")
}

fn query(name: &str, labels: &[(&str, &str)], kind: MetricKind) -> SeriesQuery {
    let limits = Limits::default();
    let (span, period) = (Span::new(T, T + 240, &limits).unwrap(), Period::new(300, &limits).unwrap());
    let labels = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned())).collect();
    SeriesQuery::new(
        QueryTarget::Select(Selector { name: name.into(), labels }),
        kind,
        Statistic::Average,
        Arc::new(Grid::new(span, period, &Zone::parse("UTC").unwrap())),
    )
}

async fn fetch(file: &File, query: &SeriesQuery, now_ms: i64) -> Result<Vec<Samples>, SourceError> {
    Ok(fetch_with_notes(file, query, now_ms).await?.0)
}

async fn fetch_with_notes(file: &File, query: &SeriesQuery, now_ms: i64) -> Result<(Vec<Samples>, Notes), SourceError> {
    let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), now_ms);
    let mut fetched = file.fetch(query, call).await?;
    assert_eq!(fetched.fetched_at_ms, now_ms);
    match fetched.parts.pop() {
        Some(Part::Samples { buckets, series }) if buckets == (0..query.grid.len()) => Ok((series, fetched.notes)),
        part => panic!("{part:?}"),
    }
}

/// Returns whether the answer for all series of that name is marked as incomplete.
async fn is_incomplete(file: &File, name: &str, now_ms: i64) -> bool {
    fetch_with_notes(file, &query(name, &[], MetricKind::Gauge), now_ms).await.unwrap().1.incomplete
}

/// Returns the values of all series of the metric.
async fn values(file: &File, name: &str, labels: &[(&str, &str)]) -> Vec<Vec<f64>> {
    let series = fetch(file, &query(name, labels, MetricKind::Gauge), 0).await.unwrap();
    series.iter().map(|samples| samples.values().to_vec()).collect()
}

#[tokio::test]
async fn every_format_says_the_same() {
    for (name, content) in [
        (
            "a.om",
            "# TYPE cpu gauge\ncpu{host=\"a\"} 1.5 1640995200.25\n{\"cpu\",host=\"a\"} NaN 1640995260\n# HELP x y\ncpu{host=\"b\"} 3 1640995200\n# EOF\n",
        ),
        (
            "a.prom",
            "cpu{host=\"a\"} 1.5 1640995200250\r\n\r\ncpu{host=\"a\"} NaN 1640995260000\ncpu{host=\"b\"} 3 1640995200000",
        ),
        (
            "seconds.prom",
            "{__name__=\"cpu\",host=\"a\"} 1.5 1640995200.250\ncpu{host=\"a\"} NaN 1640995260.000\ncpu{host=\"b\"} 3 1640995200\n# EOF\n",
        ),
        (
            "milliseconds.om",
            "# HELP cpu x\ncpu 1\ncpu{host=\"a\"} 1.5 1640995200250\ncpu{host=\"a\"} NaN 1640995260000\ncpu{host=\"b\"} 3 1640995200000",
        ),
        (
            "histograms.txt",
            "cpu{host=\"a\"} 1.5 1640995200.25 st@1640995000\ncpu{host=\"a\"} {count:2, sum:1, (0.5,1]:2} 1640995260\ncpu{host=\"b\"} 3 1640995200\n# EOF\n",
        ),
        (
            "blanks.csv",
            " timestamp , name , value , host \n2022-01-01T09:00:00.25+09:00 , cpu , 1.5 , a\n1640995260, \"cpu\", , \"a\"\n2022-01-01T00:00:00Z,\" cpu \",3, b\n",
        ),
        (
            "dates.jsonl",
            "{\"name\":\"cpu\",\"labels\":{\"host\":\"a\"},\"timestamp\":\"2022-01-01T00:00:00.25Z\",\"value\":1.5}\n{\"name\":\"cpu\",\"labels\":{\"host\":\"a\"},\"timestamp\":1640995260,\"value\":null}\n{\"name\":\"cpu\",\"labels\":{\"host\":\"b\"},\"timestamp\":1640995200,\"value\":3}",
        ),
        ("a.CSV", "timestamp,host,name,value\n1640995200.25,a,cpu,1.5\n1640995260,a,cpu,NaN\n1640995200,b,\"cpu\",3\n"),
        (
            "a.csv",
            "\u{feff}value,name,timestamp_ms,host,zone\r\n1.5,cpu,1640995200250,a,\r\nNaN,cpu,1640995260000,a,\r\n 3 ,cpu,1640995200000,b,\r\n",
        ),
        (
            "a.jsonl",
            "{\"name\":\"cpu\",\"labels\":{\"host\":\"a\"},\"timestamp\":1640995200.25,\"value\":1.5}\n{\"name\":\"cpu\",\"labels\":{\"host\":\"a\"},\"timestamp\":1640995260,\"value\":\"NaN\"}\n\n{\"name\":\"cpu\",\"labels\":{\"host\":\"b\",\"x\":\"\"},\"timestamp_ms\":1640995200000,\"value\":3}",
        ),
        (
            "a.ndjson",
            "{\"metric\":{\"__name__\":\"cpu\",\"host\":\"a\"},\"values\":[1.5,null],\"timestamps\":[1640995200250,1640995260000]}\n{\"metric\":{\"__name__\":\"cpu\",\"host\":\"b\"},\"values\":[3],\"timestamps\":[1640995200000]}",
        ),
    ] {
        let (_folder, file) = read(name, content).unwrap();
        let series = fetch(&file, &query("cpu", &[], MetricKind::Gauge), 0).await.unwrap();
        let expected =
            [vec![(T * 1000 + 250, 1.5), ((T + 60) * 1000, f64::NAN)], vec![(T * 1000, 3.0)]].map(Samples::new);
        assert_eq!(series, expected, "{name}");
        assert_eq!(values(&file, "cpu", &[("host", "b"), ("zone", "")]).await, [[3.0]], "{name}");
    }
}

#[tokio::test]
async fn the_documented_metric_is_found_by_its_name_and_volume() {
    let content = "{\"CPU Usage/Core[Basic]\",VolumeID=\"v-1\"} 45.5 1640995200\n# EOF";
    let (_folder, file) = read("cpu.om", content).unwrap();
    assert_eq!(values(&file, "CPU Usage/Core[Basic]", &[("VolumeID", "v-1")]).await, [[45.5]]);
    assert_eq!(values(&file, "CPU Usage/Core[Basic]", &[("VolumeID", "v-2")]).await, Vec::<Vec<f64>>::new());
    assert_eq!(values(&file, "cpu usage", &[]).await, Vec::<Vec<f64>>::new());
}

#[tokio::test]
async fn only_the_grid_is_answered_and_for_a_counter_what_decides_its_rate() {
    let lines: String = (-3..8).map(|minute| format!("x_total {minute} {}\n", T + 60 * minute)).collect();
    let content = lines.replace("x_total -1 ", "x_total NaN ");
    let (_folder, file) = read("x.txt", &content).unwrap();
    assert_eq!(values(&file, "x_total", &[]).await, [[0.0, 1.0, 2.0, 3.0, 4.0]]);
    let series = fetch(&file, &query("x_total", &[], MetricKind::Counter), (T + 3600) * 1000).await.unwrap();
    let around = [-3.0, -2.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    assert_eq!((series[0].values(), series[0].skipped()), (&around[..], 0));
}

#[tokio::test]
async fn a_counter_is_read_from_two_gaps_before_its_first_bucket_to_one_behind_its_last() {
    let content: String = [-1201, -1200, 899, 900].map(|second| format!("x_total {second} {}\n", T + second)).concat();
    let (_folder, file) = read("x.txt", &content).unwrap();
    for (now, expected) in [(T + 3600, &[-1200.0, 899.0][..]), (T + 898, &[-1200.0][..])] {
        let series = fetch(&file, &query("x_total", &[], MetricKind::Counter), now * 1000).await.unwrap();
        assert_eq!(series[0].values(), expected, "{} s after the first bucket's begin", now - T);
    }
}

#[tokio::test]
async fn the_later_line_of_the_later_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [
        ("1.om", "x 1 1640995200\nx 2 1640995200\nx 1 1640995260\n"),
        ("0.csv", "timestamp,name,value\n1640995200,x,3\n"),
    ]
    .map(|(name, content)| {
        fs::write(folder.path().join(name), content).unwrap();
        folder.path().join(name)
    });
    let file = File::new(paths.to_vec(), &Limits::default()).unwrap();
    let (series, notes) = fetch_with_notes(&file, &query("x", &[], MetricKind::Gauge), 0).await.unwrap();
    assert_eq!((series[0].values(), notes.conflicting), (&[3.0, 1.0][..], 1));
}

#[tokio::test]
async fn conflicts_outside_of_the_grid_are_not_noted() {
    let (_folder, file) = read("x.om", &format!("x 1 {}\nx 2 {0}\nx 3 {T}\nx 3 {T}\n", T - 60)).unwrap();
    let (series, notes) = fetch_with_notes(&file, &query("x", &[], MetricKind::Gauge), 0).await.unwrap();
    assert_eq!((series[0].values(), notes), (&[3.0][..], Notes::default()));
}

#[tokio::test]
async fn a_faulty_line_leaves_the_others_and_marks_the_series_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    for (bad, good) in [
        ("bad.prom", "good 1 1640995200000\nbad  1640995200000\n"),
        ("bad.om", "bad{a=\"1\" 1 1\ngood 1 1640995200\n# EOF\n"),
        ("bad.csv", "timestamp,name,value\n1640995200,good,1\n1640995200,bad,1e\n1640995200,bad\n"),
        ("bad.jsonl", "{\n{\"name\":\"good\",\"timestamp\":1640995200,\"value\":1}\n"),
    ] {
        let paths = [(bad, good), ("whole.om", "other 2 1640995200\n# EOF\n")].map(|(name, content)| {
            fs::write(folder.path().join(name), content).unwrap();
            folder.path().join(name)
        });
        let file = File::new(paths.to_vec(), &Limits::default()).unwrap();
        assert_eq!(values(&file, "good", &[]).await, [[1.0]], "{bad}");
        assert_eq!(values(&file, "other", &[]).await, [[2.0]], "{bad}");
        let marked = [is_incomplete(&file, "good", 0).await, is_incomplete(&file, "other", 0).await];
        assert_eq!((marked, is_incomplete(&file, "bad", 0).await), ([true, false], true), "{bad}");
        let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), 0);
        let detail = file.check(call).await.unwrap_err().detail;
        assert!(detail.starts_with(&format!("{bad}:")), "{detail}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_marks_every_series() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.om"), "x 1 1640995200\n# EOF\n").unwrap();
    fs::write(folder.path().join("header.csv"), "time,name,value\n1640995200,x,1\n").unwrap();
    for lacking in ["none.om", "header.csv"] {
        let paths = ["a.om", lacking].map(|name| folder.path().join(name));
        let file = File::new(paths.to_vec(), &Limits::default()).unwrap();
        assert_eq!(values(&file, "x", &[]).await, [[1.0]]);
        assert!(is_incomplete(&file, "x", 0).await && is_incomplete(&file, "y", 0).await, "{lacking}");
    }
}

#[tokio::test]
async fn types_and_units_are_told_with_the_names() {
    let content = "# TYPE io_bytes counter\n# UNIT io_bytes bytes\nio_bytes_total 1 1640995200\n\
        # TYPE \"CPU Usage\" gauge\n# UNIT \"CPU Usage\" percent\n{\"CPU Usage\"} 1 1640995200\nother 1 1640995200\n# EOF\n";
    let (_folder, file) = read("a.om", content).unwrap();
    let call = Call::unlimited(Deadline::after(Duration::from_secs(60)), 0);
    let offers = file.list(call).await.unwrap().unwrap();
    let known: Vec<_> = offers.iter().map(|offer| (offer.name.as_str(), offer.kind, offer.unit)).collect();
    let expected = [
        ("CPU Usage", Some(MetricKind::Gauge), Some(Unit::PERCENT)),
        ("io_bytes_total", Some(MetricKind::Counter), Some(Unit::BYTES)),
        ("other", None, None),
    ];
    assert_eq!(known, expected);
}

#[test]
fn a_file_whose_times_are_of_two_units_has_faults_instead_of_points_in_1970() {
    assert_eq!(
        faults("a.prom", "x 1 1640995200000\nx 1 1640995200\n"),
        "a.prom:2: time '1640995200' should be Unix milliseconds, 10000000000 to 4102444800000"
    );
    assert_eq!(
        faults("a.prom", "x 1 1640995200\nx 1 1640995200000\n"),
        "a.prom:2: time '1640995200000' should be Unix seconds, 0 to 4102444800"
    );
    assert_eq!(
        faults("a.csv", "timestamp_ms,name,value\n1640995200,x,1\n"),
        "a.csv:2: time '1640995200' should be Unix milliseconds, 10000000000 to 4102444800000"
    );
}

#[test]
fn faults_name_file_line_and_what_would_be_right() {
    assert_eq!(
        faults("a.om", "up 1 1640995200\nup x 1640995200\nup 1 1640995200000\n# EOF\nup 1 1\n"),
        "a.om:2: value 'x' should be a number, NaN, +Inf or -Inf\n\
         a.om:3: time '1640995200000' should be Unix seconds, 0 to 4102444800\n\
         a.om:5: comes after '# EOF', which should be the last line"
    );
    assert_eq!(
        faults("a.csv", "timestamp,name,value\n1,x\n2,x,1\n,x,1\n4,,1\n\"5\n\",x,y\n6,x,1,1\n"),
        "a.csv:2: has 2 cells; it should have 3 as the header has\n\
         a.csv:4: time '' should be Unix seconds, 0 to 4102444800, or a date such as 2026-01-01T00:00:00Z\n\
         a.csv:5: 'name' should not be empty\n\
         a.csv:6: value 'y' should be a number, NaN, +Inf or -Inf\n\
         a.csv:8: has 4 cells; it should have 3 as the header has"
    );
    for (header, fault) in [
        ("", "the header should have either a column 'timestamp' or 'timestamp_ms'"),
        ("timestamp,timestamp_ms,name,value", "the header should have either a column 'timestamp' or 'timestamp_ms'"),
        ("timestamp,value", "the header should have a column 'name'"),
        ("timestamp,name", "the header should have a column 'value'"),
        ("timestamp,name,value,a,a", "column 'a' should come once"),
        ("timestamp,name,value,", "each column should have a name"),
    ] {
        assert_eq!(faults("a.csv", header), format!("a.csv:1: {fault}"));
    }
}

#[test]
fn json_that_is_something_else_is_a_fault() {
    let kinds = "a line should have name, timestamp and value, or metric, values and timestamps";
    let known = "should be one of the known objects; column";
    for (line, fault) in [
        ("[\"x\",{},1,1]", "each line should be a JSON object".to_owned()),
        ("{}", kinds.to_owned()),
        ("{\"name\":\"x\",\"timestamp\":1}", kinds.to_owned()),
        (
            "{\"name\":\"x\",\"timestamp\":\"today\",\"value\":1}",
            "time 'today' should be Unix seconds, 0 to 4102444800, or a date such as 2026-01-01T00:00:00Z".to_owned(),
        ),
        ("{\"name\":\"x\",\"timestamp\":1,\"value\":1,\"values\":[]}", kinds.to_owned()),
        ("{\"name\":\"x\",\"value\":1}", "a sample should have either 'timestamp' or 'timestamp_ms'".to_owned()),
        ("{\"name\":\"\",\"timestamp\":1,\"value\":1}", "the name should not be empty".to_owned()),
        (
            "{\"name\":\"x\",\"timestamp\":-1,\"value\":1}",
            "time '-1' should be Unix seconds, 0 to 4102444800".to_owned(),
        ),
        (
            "{\"name\":\"x\",\"timestamp\":1,\"value\":\"y\"}",
            "value 'y' should be a number, NaN, +Inf or -Inf".to_owned(),
        ),
        (
            "{\"metric\":{\"__name__\":\"x\"},\"values\":[1],\"timestamps\":[]}",
            "1 values should not have 0 timestamps".to_owned(),
        ),
        ("{\"metric\":{},\"values\":[1],\"timestamps\":[1]}", "'metric' should have a '__name__'".to_owned()),
        ("{\"name\":1}", format!("{known} 9: invalid type: integer `1`, expected a string")),
        ("{\"name\":\"x\"", format!("{known} 11: EOF while parsing an object")),
    ] {
        assert_eq!(faults("a.jsonl", line), format!("a.jsonl:1: {fault}"), "{line}");
    }
    assert!(faults("a.jsonl", "{\"nam\":1}").contains("unknown field `nam`"));
}

#[test]
fn bytes_that_are_no_text_are_a_fault_of_their_line() {
    let folder = tempfile::tempdir().unwrap();
    for (name, before, after) in
        [("a.om", "up 1 1\n", "\n"), ("a.csv", "timestamp,name,value\n1,x,1\n2,", ",1\n"), ("a.jsonl", "\n", "\n")]
    {
        let path = folder.path().join(name);
        fs::write(&path, [before.as_bytes(), b"\xff\xfe", after.as_bytes()].concat()).unwrap();
        let line = before.matches('\n').count() + 1;
        let file = File::new(vec![path], &Limits::default()).unwrap();
        assert_eq!(file.defects(), [format!("{name}:{line}: is not UTF-8")]);
    }
}

#[test]
fn faults_beyond_the_limit_are_counted() {
    let faults = faults("a.om", &"bad\n".repeat(25));
    assert_eq!(faults.lines().count(), 21);
    assert!(faults.ends_with("\nand 5 more"), "{faults}");
}

#[test]
fn a_file_that_is_missing_too_large_or_of_no_known_kind_is_a_fault_without_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, limits: &Limits| File::new(vec![folder.path().join(name)], limits);
    let fault = |name: &str, limits: &Limits| open(name, limits).unwrap().defects().join("\n");
    let limits = Limits { file_bytes: 10, ..Limits::default() };
    fs::write(folder.path().join("large.om"), "up 1 123456").unwrap();
    fs::write(folder.path().join("fits.om"), "up 1 12345").unwrap();
    assert_eq!(fault("fits.om", &limits), "");
    fs::create_dir(folder.path().join("folder.om")).unwrap();
    assert_eq!(fault("large.om", &limits), "large.om: should have at most 10 bytes, not 11");
    assert_eq!(fault("folder.om", &limits), "folder.om: should be a file");
    assert!(fault("none.om", &limits).starts_with("none.om: cannot be opened: "));
    let unknown = open("a.parquet", &limits).unwrap_err().to_string();
    assert!(unknown.starts_with("a.parquet: the name should end in .om, "), "{unknown}");
    assert!(!fault("none.om", &limits).contains(&*folder.path().to_string_lossy()));
}

#[tokio::test]
async fn more_samples_than_the_limit_are_too_big() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.om");
    fs::write(&path, "x{a=\"1\"} 1 1640995200\nx{a=\"2\"} 1 1640995200\nx{a=\"2\"} 1 1640995201\n").unwrap();
    let file = File::new(vec![path], &Limits { samples_per_fetch: 2, ..Limits::default() }).unwrap();
    let all = fetch(&file, &query("x", &[], MetricKind::Gauge), 0).await;
    assert_eq!(
        all.unwrap_err().reason,
        Reason::TooManySamples { fits_seconds: 0 },
        "no shorter window has fewer buckets"
    );
    assert_eq!(values(&file, "x", &[("a", "2")]).await, [[1.0, 1.0]]);
}

#[tokio::test]
async fn an_expression_is_refused() {
    let (_folder, file) = read("a.om", "x 1 1640995200").unwrap();
    let expression = QueryTarget::Expression(Expression { pieces: vec![], resolution_seconds: 60 });
    let query = SeriesQuery { target: expression, ..query("x", &[], MetricKind::Gauge) };
    assert_eq!(fetch(&file, &query, 0).await.unwrap_err().reason, Reason::Refused);
}

/// Writes a new version that is `age` seconds younger than any file of a test.
fn replace(path: &Path, content: &str, age: u64) {
    fs::write(path, content).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000 + age);
    fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[tokio::test]
async fn a_changed_file_is_read_again_and_what_it_lacks_is_marked() {
    let (folder, file) = read("a.om", "x 1 1640995200\n").unwrap();
    let path = folder.path().join("a.om");
    let query = query("x", &[], MetricKind::Gauge);
    let value_at = async |now_ms| fetch(&file, &query, now_ms).await.unwrap()[0].values()[0];
    assert_eq!(value_at(10_000).await, 1.0);

    replace(&path, "x 2 1640995200\n", 1);
    assert_eq!(value_at(10_999).await, 1.0, "looked at again within a second");
    assert_eq!(value_at(11_000).await, 2.0);

    replace(&path, "x 5 1640995200\nx y 1640995260\n", 2);
    assert_eq!((value_at(13_000).await, is_incomplete(&file, "x", 13_000).await), (5.0, true));
    fs::remove_file(&path).unwrap();
    assert_eq!(fetch(&file, &query, 14_000).await.unwrap(), [], "no values that no file has any more");
    assert!(is_incomplete(&file, "x", 14_000).await);

    replace(&path, "x 3 1640995200\n", 3);
    assert_eq!((value_at(15_000).await, is_incomplete(&file, "x", 15_000).await), (3.0, false));
    replace(&path, "x 4 1640995200\n", 4);
    assert_eq!(value_at(9_000).await, 4.0, "a clock that went back stops nothing");
}
