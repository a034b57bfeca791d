//! One phase of constant load, and its outcome.

use crate::caller::{Answer, Callers};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

/// A phase: `rate` requests per second for `time`, numbered from `first`.
pub struct Phase {
    pub address: SocketAddr,
    pub rate: f64,
    pub time: Duration,
    pub first: u64,
    pub kind: Kind,
}

/// A kind of request. All requests of a phase differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An image of 600 x 400 with ten metrics of 300 points.
    Usual,
    /// An image of 2000 x 2000 with a hundred metrics of 1,440 points.
    Expensive,
    /// A usual image of the slow source.
    Slow,
    /// A usual image whose client disconnects after [`ABANDON_AFTER`].
    Abandoned,
}

/// The time after which a client disconnects: by then the service has queried its sources.
const ABANDON_AFTER: Duration = Duration::from_millis(30);

/// The outcome of a phase.
pub struct Report {
    rate: f64,
    /// Images per second.
    pub goodput: f64,
    accepted: Vec<Duration>,
    rejected: Vec<Duration>,
    /// Responses by status that are neither 200 nor 503 with a `Retry-After` of 1 to 5.
    others: BTreeMap<u16, usize>,
    resets: usize,
    pub p99: Duration,
}

impl Phase {
    pub fn count(&self) -> u64 {
        (self.rate * self.time.as_secs_f64()) as u64
    }

    pub fn run(&self) -> Result<Report, Box<dyn Error>> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let answers = runtime.block_on(self.answers());
        runtime.shutdown_background();
        Ok(self.report(answers))
    }

    async fn answers(&self) -> Vec<(Option<Answer>, Duration)> {
        let (callers, begin) = (Arc::new(Callers::new(self.address)), Instant::now());
        let mut requests = JoinSet::new();
        for number in 0..self.count() {
            let planned = begin + Duration::from_secs_f64(number as f64 / self.rate);
            sleep_until(planned.into()).await;
            let (callers, body, kind) = (Arc::clone(&callers), body(self.first + number, self.kind), self.kind);
            requests.spawn(async move {
                let wait = if kind == Kind::Abandoned { ABANDON_AFTER } else { Duration::MAX };
                let answer = timeout(wait, callers.ask(&body)).await.ok().and_then(Result::ok);
                (answer, planned.elapsed())
            });
        }
        requests.join_all().await
    }

    fn report(&self, answers: Vec<(Option<Answer>, Duration)>) -> Report {
        let mut report = Report {
            rate: self.rate,
            goodput: 0.0,
            accepted: Vec::new(),
            rejected: Vec::new(),
            others: BTreeMap::new(),
            resets: 0,
            p99: Duration::ZERO,
        };
        for (answer, time) in answers {
            match answer {
                None => report.resets += 1,
                Some(Answer { status: 200, .. }) => report.accepted.push(time),
                Some(Answer { status: 503, retry_after: Some(1..=5) }) => report.rejected.push(time),
                Some(Answer { status, .. }) => *report.others.entry(status).or_default() += 1,
            }
        }
        report.accepted.sort();
        report.rejected.sort();
        report.goodput = report.accepted.len() as f64 / self.time.as_secs_f64();
        report.p99 = quantile(&report.accepted, 0.99).unwrap_or(Duration::MAX);
        report
    }
}

impl Report {
    /// Reports whether every request got its image.
    pub fn is_clean(&self) -> bool {
        self.rejected.is_empty() && self.others.is_empty() && self.resets == 0
    }
}

/// Formats the cells of a table row, without the last ones.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |times: &[Duration], part| {
            quantile(times, part).map_or("–".to_owned(), |time| format!("{:.1}", time.as_secs_f64() * 1e3))
        };
        let others: Vec<String> = self.others.iter().map(|(status, count)| format!("{count} x {status}")).collect();
        let others = if others.is_empty() { "0".to_owned() } else { others.join(", ") };
        let (median, p99, rejected) = (ms(&self.accepted, 0.5), ms(&self.accepted, 0.99), ms(&self.rejected, 0.99));
        let (accepted, count, resets) = (self.accepted.len(), self.rejected.len(), self.resets);
        write!(f, "| {:.0} | {accepted} | {median} | {p99} | {count} | {rejected} | {others} | {resets} |", self.rate)
    }
}

fn quantile(sorted: &[Duration], part: f64) -> Option<Duration> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * part).round() as usize).copied()
}

/// Returns a request body whose title has the number of the request.
fn body(number: u64, kind: Kind) -> Vec<u8> {
    let namespace = if kind == Kind::Slow { "Slow" } else { "S" };
    let metric = |index: u32| {
        format!(
            r#"{{"namespace_name":"{namespace}","name":"cpu_{index}","dimensions":[{{"key":"host","value":"web-{index}"}}]}}"#
        )
    };
    let (metrics, end, size) = match kind {
        Kind::Expensive => (100, 1_641_081_600, (2000, 2000)),
        Kind::Usual | Kind::Slow | Kind::Abandoned => (10, 1_641_013_200, (600, 400)),
    };
    let metrics = (0..metrics).map(metric).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"start":1640995200,"end":{end},"period":60,"statistic_type":"MAX","title":"Request {number}","width":{},"height":{},"metrics":[{metrics}]}}"#,
        size.0, size.1
    )
    .into_bytes()
}
