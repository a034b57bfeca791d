//! One rate for a while, and what became of it.

use crate::caller::{Answer, Callers};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};

/// So many requests a second for so long, numbered from `first`.
pub struct Phase {
    pub address: SocketAddr,
    pub rate: f64,
    pub time: Duration,
    pub first: u64,
    pub what: What,
}

/// What is asked for; each request is like no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// 600 x 400, ten metrics of 300 points.
    Usual,
    /// 2000 x 2000, a hundred metrics of 1,440 points.
    Dear,
    /// A usual one, of the slow source.
    Slow,
    /// A usual one, whose caller leaves after a moment.
    LeftAlone,
}

/// As long as such a caller waits: the sources are asked by then.
const MOMENT: Duration = Duration::from_millis(30);

/// What became of a phase.
pub struct Report {
    rate: f64,
    /// Pictures a second.
    pub goodput: f64,
    accepted: Vec<Duration>,
    refused: Vec<Duration>,
    /// Whatever is neither 200 nor a 503 with a `Retry-After` of 1 to 5, by status.
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
        let mut asked = JoinSet::new();
        for number in 0..self.count() {
            let planned = begin + Duration::from_secs_f64(number as f64 / self.rate);
            sleep_until(planned.into()).await;
            let (callers, body, what) = (Arc::clone(&callers), body(self.first + number, self.what), self.what);
            asked.spawn(async move {
                let wait = if what == What::LeftAlone { MOMENT } else { Duration::MAX };
                let answer = timeout(wait, callers.ask(&body)).await.ok().and_then(Result::ok);
                (answer, planned.elapsed())
            });
        }
        asked.join_all().await
    }

    fn report(&self, answers: Vec<(Option<Answer>, Duration)>) -> Report {
        let mut report = Report {
            rate: self.rate,
            goodput: 0.0,
            accepted: Vec::new(),
            refused: Vec::new(),
            others: BTreeMap::new(),
            resets: 0,
            p99: Duration::ZERO,
        };
        for (answer, time) in answers {
            match answer {
                None => report.resets += 1,
                Some(Answer { status: 200, .. }) => report.accepted.push(time),
                Some(Answer { status: 503, retry_after: Some(1..=5) }) => report.refused.push(time),
                Some(Answer { status, .. }) => *report.others.entry(status).or_default() += 1,
            }
        }
        report.accepted.sort();
        report.refused.sort();
        report.goodput = report.accepted.len() as f64 / self.time.as_secs_f64();
        report.p99 = quantile(&report.accepted, 0.99).unwrap_or(Duration::MAX);
        report
    }
}

impl Report {
    /// Every request got its picture.
    pub fn is_clean(&self) -> bool {
        self.refused.is_empty() && self.others.is_empty() && self.resets == 0
    }
}

/// The cells of a row, without the last one.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |times: &[Duration], part| {
            quantile(times, part).map_or("–".to_owned(), |time| format!("{:.1}", time.as_secs_f64() * 1e3))
        };
        let others: Vec<String> = self.others.iter().map(|(status, count)| format!("{count} x {status}")).collect();
        let others = if others.is_empty() { "0".to_owned() } else { others.join(", ") };
        let (half, most, refused) = (ms(&self.accepted, 0.5), ms(&self.accepted, 0.99), ms(&self.refused, 0.99));
        let (accepted, count, resets) = (self.accepted.len(), self.refused.len(), self.resets);
        write!(f, "| {:.0} | {accepted} | {half} | {most} | {count} | {refused} | {others} | {resets} |", self.rate)
    }
}

fn quantile(sorted: &[Duration], part: f64) -> Option<Duration> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * part).round() as usize).copied()
}

/// The title has its number.
fn body(number: u64, what: What) -> Vec<u8> {
    let namespace = if what == What::Slow { "Slow" } else { "S" };
    let metric = |index: u32| {
        format!(
            r#"{{"namespace_name":"{namespace}","name":"cpu_{index}","dimensions":[{{"key":"host","value":"web-{index}"}}]}}"#
        )
    };
    let (metrics, end, size) = match what {
        What::Dear => (100, 1_641_081_600, (2000, 2000)),
        What::Usual | What::Slow | What::LeftAlone => (10, 1_641_013_200, (600, 400)),
    };
    let metrics = (0..metrics).map(metric).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"start":1640995200,"end":{end},"period":60,"statistic_type":"MAX","title":"Request {number}","width":{},"height":{},"metrics":[{metrics}]}}"#,
        size.0, size.1
    )
    .into_bytes()
}
