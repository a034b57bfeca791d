//! The table: what a source does, and what becomes of a request that asks it alone (all) or beside one that works (partial).

use super::{Behind, INSTANT, Running, Verdict, http, matrix};
use crate::support::fake::{Fake, RawFake, Then};
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::thread;

/// Small caps, so that a test reaches them cheaply; what they are by default is tested with the whole bomb below.
const CAPS: &str =
    "source_reply_bytes = 1_048_576\nsource_packed_bytes = 65_536\nsamples_per_fetch = 10_000\nseries_per_answer = 100";

/// A word of the catalogue, what is sent, how it goes on, and the reason that a caller is told.
struct Row {
    id: &'static str,
    bytes: Vec<u8>,
    then: Then,
    reason: &'static str,
    keys: &'static str,
}

fn row(id: &'static str, bytes: impl Into<Vec<u8>>, then: Then, reason: &'static str) -> Row {
    Row { id, bytes: bytes.into(), then, reason, keys: "" }
}

/// Asked for samples, not for buckets.
fn raw(id: &'static str, body: &str, reason: &'static str) -> Row {
    Row { keys: INSTANT, ..row(id, http("200 OK", &[], body), Then::Close, reason) }
}

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

/// Nothing that packs.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"status\":\"suc";

/// U-02, U-03: answers that are none.
fn refusals() -> Vec<Row> {
    let page = "<html>hidden</html>";
    let error = |status: &str, headers: &[(&str, &str)]| http(status, headers, page);
    let ok = |body: &str| http("200 OK", &[("Content-Type", "application/json")], body);
    let whole = matrix("");
    vec![
        row("U-02 500", error("500 Internal Server Error", &[]), Then::Close, "refused"),
        row("U-02 503", error("503 Service Unavailable", &[]), Then::Close, "refused"),
        row("U-02 401", error("401 Unauthorized", &[("WWW-Authenticate", "Basic")]), Then::Close, "refused"),
        row("U-02 403", error("403 Forbidden", &[]), Then::Close, "refused"),
        row("U-02 404", error("404 Not Found", &[]), Then::Close, "refused"),
        row("U-02 429", error("429 Too Many Requests", &[("Retry-After", "30")]), Then::Close, "refused"),
        row("U-03 HTML", ok("<html></html>"), Then::Close, "malformed"),
        row("U-03 text", ok("ok"), Then::Close, "malformed"),
        row("U-03 empty", ok(""), Then::Close, "malformed"),
        row("U-03 204", "HTTP/1.1 204 No Content\r\n\r\n", Then::Close, "malformed"),
        row(
            "U-03 shape",
            ok(r#"{"status":"success","data":{"resultType":"matrix","result":{}}}"#),
            Then::Close,
            "malformed",
        ),
        row("U-03 cut", ok(&whole[..whole.len() - 3]), Then::Close, "malformed"),
        row("U-03 nested", ok(&"[".repeat(100_000)), Then::Close, "malformed"),
        row("F-05 corrupt", ok(&whole.replace("success", "succ\u{7f}ss")), Then::Close, "malformed"),
        row(
            "F-05 not UTF-8",
            http("200 OK", &[], [&whole.as_bytes()[..20], b"\xff", &whole.as_bytes()[20..]].concat()),
            Then::Close,
            "malformed",
        ),
    ]
}

/// U-05, U-06, U-08: too much, and packed wrongly.
fn sizes() -> Vec<Row> {
    let gzip = |body: Vec<u8>| http("200 OK", &[("Content-Encoding", "gzip")], body);
    let whole = matrix("");
    let mut wrong = packed(whole.as_bytes());
    *wrong.last_mut().unwrap() ^= 1;
    let mut cut = packed(whole.as_bytes());
    cut.truncate(cut.len() - 8);
    let series = |count: usize| {
        let series = |n| format!(r#"{{"metric":{{"host":"{n}"}},"values":[[1640995260,"1"]]}}"#);
        matrix(&(0..count).map(series).collect::<Vec<_>>().join(","))
    };
    let points = |count: usize| {
        let points: Vec<String> =
            (0..count).map(|n| format!("[{}.{:03},\"1\"]", 1_640_995_200 + n / 1000, n % 1000)).collect();
        matrix(&format!(r#"{{"metric":{{}},"values":[{}]}}"#, points.join(",")))
    };
    vec![
        row("U-05 bomb", gzip(packed(&vec![b' '; 32 << 20])), Then::Close, "too_big"),
        row("U-05 packed", gzip(packed(&noise(70_000))), Then::Close, "too_big"),
        row("U-05 packed, without a length", unsized_gzip(&packed(&noise(70_000))), Then::Close, "too_big"),
        row("U-05 nested", gzip(packed(&packed(whole.as_bytes()))), Then::Close, "malformed"),
        row(
            "U-05 twice",
            http("200 OK", &[("Content-Encoding", "gzip, gzip")], packed(&packed(whole.as_bytes()))),
            Then::Close,
            "malformed",
        ),
        row("U-05 otherwise", http("200 OK", &[("Content-Encoding", "br")], &whole), Then::Close, "malformed"),
        row("U-05 not packed", gzip(whole.clone().into_bytes()), Then::Close, "malformed"),
        row("U-05 trailer", gzip(wrong), Then::Close, "malformed"),
        row("U-05 cut", gzip(cut), Then::Close, "malformed"),
        row(
            "U-05 more behind it",
            gzip([packed(whole.as_bytes()), b"more".to_vec()].concat()),
            Then::Close,
            "malformed",
        ),
        row("U-05 length", http("200 OK", &[("Content-Length", "9223372036854775808")], "{"), Then::Silence, "too_big"),
        row("U-06 plain", http("200 OK", &[], vec![b' '; (1 << 20) + 1]), Then::Close, "too_big"),
        row("U-06 endless", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Then::Again(CHUNK), "too_big"),
        row("U-08 series", http("200 OK", &[], series(101)), Then::Close, "too_big"),
        raw("U-08 series raw", &series(101), "too_big"),
        raw("U-08 points", &points(10_001), "too_big;fits=239"),
    ]
}

/// Without a length, up to the end of the connection.
fn unsized_gzip(body: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n".as_slice(), body].concat()
}

const CHUNK: &str = "40\r\n                                                                \r\n";

/// U-07, U-12, U-23: connections that end, results of another kind, and heads that are none.
fn connections() -> Vec<Row> {
    let of = |kind: &str, result: &str| {
        http("200 OK", &[], format!(r#"{{"status":"success","data":{{"resultType":"{kind}","result":{result}}}}}"#))
    };
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(1000));
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(1 << 20));
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000);
    vec![
        row("U-07 reset", HALF, Then::Reset, "down"),
        row("U-07 cut", HALF, Then::Close, "down"),
        row("U-07 reset at once", "", Then::Reset, "down"),
        row("U-07 closed at once", "", Then::Close, "down"),
        row("U-12 scalar", of("scalar", "[1640995260,\"1\"]"), Then::Close, "malformed"),
        row("U-12 vector", of("vector", "[]"), Then::Close, "malformed"),
        row("U-12 string", of("string", "[1640995260,\"a\"]"), Then::Close, "malformed"),
        row("U-23 headers", many, Then::Close, "down"),
        row("U-23 header", long, Then::Close, "down"),
        row("U-23 HTTP/0.9", matrix(""), Then::Close, "down"),
        row("U-23 status 99", http("99 Low", &[], matrix("")), Then::Close, "down"),
        row("U-23 status 1000", http("1000 High", &[], matrix("")), Then::Close, "down"),
        row("U-23 interim", interim, Then::Close, "down"),
        row(
            "U-23 chunk",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
            Then::Close,
            "malformed",
        ),
    ]
}

/// U-14, U-15, U-16: other places.
fn redirects(target: &str) -> Vec<Row> {
    let places = [
        ("U-14 itself", "/api/v1/query_range"),
        ("U-14 elsewhere", "/other"),
        ("U-15 a server", target),
        ("U-15 metadata", "http://169.254.169.254/latest/meta-data/"),
        ("U-15 metadata, IPv6", "http://[fd00:ec2::254]/"),
        ("U-15 a name of metadata", "http://metadata.google.internal/"),
        ("U-15 nowhere", "http://0.0.0.0/"),
        ("U-15 a file", "file:///etc/hostname"),
        ("U-15 another scheme", "gopher://127.0.0.1:70/"),
    ];
    let statuses = ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"];
    let answer = |(n, (id, place)): (usize, &(&'static str, &str))| {
        row(id, http(statuses[n % statuses.len()], &[("Location", place)], ""), Then::Close, "refused")
    };
    places.iter().enumerate().map(answer).collect()
}

/// U-06, U-07, F-05: too slow.
fn late() -> Vec<Row> {
    vec![
        row("U-06 drip", HEAD, Then::Drip, "timeout"),
        row("U-07 silence", "", Then::Silence, "timeout"),
        row("U-07 headers and silence", HEAD, Then::Silence, "timeout"),
        // hyper passes over interim answers. It tells of them only where a request's extensions ask for it, and those reqwest keeps to itself.
        row("U-23 interim without end", "", Then::Again("HTTP/1.1 100 Continue\r\n\r\n"), "timeout"),
    ]
}

/// Each row alone and beside a source that works, some rows at once.
async fn check(limits: &str, rows: Vec<Row>) {
    let mut fakes = Vec::new();
    for row in &rows {
        fakes.push(RawFake::start(row.bytes.clone(), row.then).await);
    }
    let behind = |(n, (row, fake)): (usize, (&Row, &RawFake))| (n, row.keys, fake.url.clone());
    let behind: Vec<_> = rows.iter().zip(&fakes).enumerate().map(behind).collect();
    let sources: Vec<_> = behind.iter().map(|(n, keys, url)| Behind { name: format!("row{n}"), url, keys }).collect();
    let running = Arc::new(Running::new(limits, &sources));
    let wrong = tokio::task::spawn_blocking(move || {
        let numbered: Vec<_> = rows.iter().enumerate().collect();
        let some = numbered.len().div_ceil(4);
        thread::scope(|scope| {
            let wrong =
                |rows: &[(usize, &Row)]| rows.iter().map(|(n, row)| wrong(&running, *n, row)).collect::<String>();
            let threads: Vec<_> = numbered.chunks(some).map(|rows| scope.spawn(move || wrong(rows))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect::<String>()
        })
    });
    let wrong = wrong.await.unwrap();
    assert!(wrong.is_empty(), "{wrong}");
}

/// A line for each verdict that is not as the row says.
fn wrong(running: &Running, n: usize, row: &Row) -> String {
    let name = format!("row{n}");
    let status = if row.reason == "timeout" { 504 } else { 502 };
    // What would fit is in the header of the missing metric alone.
    let word = row.reason.split(';').next().unwrap_or_default();
    let all = Verdict { status, fault: format!("source_{word}"), missing: String::new() };
    // A source that asks for a pause with 429 gets it at once: the second call is rejected here.
    let reason = if row.bytes.starts_with(b"HTTP/1.1 429 ") { "circuit_open" } else { row.reason };
    let partial = Verdict { status: 200, fault: String::new(), missing: format!("1;reason={reason}") };
    let mut lines = String::new();
    for (names, expected) in [(&[name.as_str()][..], all), (&["works", &name], partial)] {
        let verdict = running.verdict(names);
        if verdict != expected {
            writeln!(lines, "{}: {verdict:?} instead of {expected:?}", row.id).unwrap();
        }
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_sends_is_told_apart_and_leaves_the_others_alone() {
    let target = Fake::start(|_| matrix("")).await;
    let rows = refusals().into_iter().chain(sizes()).chain(connections()).chain(redirects(&target.url));
    check(CAPS, rows.collect()).await;
    assert!(target.seen().is_empty(), "no redirect is followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_too_slow_is_waited_for_until_the_deadline_and_no_longer() {
    check("source_total = \"3s\"", late()).await;
}

/// Packed bytes and all bytes of a request, at their limit and one above.
#[tokio::test(flavor = "multi_thread")]
async fn the_limits_on_bytes_hold_to_the_byte() {
    let packed = |bytes: usize| {
        let pack = |name: usize| {
            let mut packer = GzBuilder::new().filename("n".repeat(name)).write(Vec::new(), Compression::fast());
            packer.write_all(matrix("").as_bytes()).unwrap();
            packer.finish().unwrap()
        };
        let body = pack(bytes - pack(1).len() + 1);
        assert_eq!(body.len(), bytes);
        http("200 OK", &[("Content-Encoding", "gzip")], body)
    };
    let plain = |bytes: usize| http("200 OK", &[], format!("{:bytes$}", matrix("")));
    let limits = "source_packed_bytes = 65_536\nsource_request_bytes = 100_000";
    let sent = [packed(65_536), packed(65_537), plain(50_000), plain(50_000), plain(50_001)];
    let mut fakes = Vec::new();
    for bytes in sent {
        fakes.push(RawFake::start(bytes, Then::Close).await);
    }
    let behind = |(n, fake): (usize, &RawFake)| (format!("row{n}"), fake.url.clone());
    let behind: Vec<_> = fakes.iter().enumerate().map(behind).collect();
    let sources: Vec<_> = behind.iter().map(|(name, url)| Behind { name: name.clone(), url, keys: INSTANT }).collect();
    let running = Running::new(limits, &sources);
    tokio::task::spawn_blocking(move || {
        let good = |names: &[&str]| running.verdict(names).status == 200 && running.verdict(names).missing.is_empty();
        assert!(good(&["row0"]));
        assert_eq!(running.verdict(&["row1"]).fault, "source_too_big");
        assert!(good(&["row2", "row3"]), "together they have as many as one request may have");
        let above = running.verdict(&["row2", "row4"]);
        assert!(["0;reason=too_big", "1;reason=too_big"].contains(&above.missing.as_str()), "{above:?}");
        assert!(good(&["row4"]), "alone it has not");
    })
    .await
    .unwrap();
}

/// U-05 and U-06 with the numbers that an operator gets.
#[tokio::test(flavor = "multi_thread")]
async fn a_gibibyte_in_a_mebibyte_is_too_big_and_takes_no_memory_to_speak_of() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    let mebibyte = vec![b' '; 1 << 20];
    (0..1024).for_each(|_| packer.write_all(&mebibyte).unwrap());
    let bomb =
        RawFake::start(http("200 OK", &[("Content-Encoding", "gzip")], packer.finish().unwrap()), Then::Close).await;
    let plain = RawFake::start(http("200 OK", &[], vec![b' '; (64 << 20) + 1]), Then::Close).await;
    let sources = [
        Behind { name: "bomb".into(), url: &bomb.url, keys: "" },
        Behind { name: "plain".into(), url: &plain.url, keys: "" },
    ];
    let running = Running::new("", &sources);
    let (before, told, after) = tokio::task::spawn_blocking(move || {
        running.verdict(&["works"]);
        let before = running.service.peak_memory();
        let told = ["bomb", "plain"].map(|name| running.verdict(&[name]).fault);
        (before, told, running.service.peak_memory())
    })
    .await
    .unwrap();
    assert_eq!(told, ["source_too_big", "source_too_big"]);
    assert!(after - before < 80 << 20, "{} MiB more", (after - before) >> 20);
}
