//! What every source offers, and how it answers.

use crate::catalog::{Description, Offer, SeriesQuery};
use crate::clock::Deadline;
use crate::memory::CallMemory;
use crate::series::{Notes, Reason, Samples};
use async_trait::async_trait;
use std::ops::Range;
use std::time::Duration;

/// Something that has series.
#[async_trait]
pub trait Source: Send + Sync + std::fmt::Debug {
    /// Answers one question, or says why it cannot. A metric that is not there has an empty answer, not an error.
    async fn fetch(&self, query: &SeriesQuery, call: Call<'_>) -> Result<Fetched, SourceError>;

    /// Returns groups of at least two of `queries`, by index, each of which [`Source::fetch_together`] may answer with fewer calls than
    /// [`Source::fetch`] for each. No query is in two groups.
    fn groups(&self, _queries: &[&SeriesQuery]) -> Vec<Vec<usize>> {
        Vec::new()
    }

    /// Answers one of [`Source::groups`], in order: `None` for each query that has to be fetched alone.
    async fn fetch_together(
        &self,
        queries: &[&SeriesQuery],
        _call: Call<'_>,
    ) -> Result<Vec<Option<Fetched>>, SourceError> {
        Ok(vec![None; queries.len()])
    }

    /// Called once by the service, on its runtime, before the first question: what samples in the background begins. It ends when the
    /// source is dropped.
    fn begin(&self) {}

    /// Returns the parts of its own data that it could not read when it was opened, one line each with its place. Charts lack them.
    fn defects(&self) -> Vec<String> {
        Vec::new()
    }

    /// What it has now, sorted; `None` where the other side has no way to tell.
    async fn list(&self, _call: Call<'_>) -> Result<Option<Vec<Offer>>, SourceError> {
        Ok(None)
    }

    /// Returns the place where [`Source::describe`] and the service find kinds and units.
    fn described(&self) -> Described {
        Described::Nowhere
    }

    /// Returns what the source's metadata says of each of `names`, in their order; asked where [`Described::ByName`].
    async fn describe(&self, names: &[String], _call: Call<'_>) -> Result<Vec<Description>, SourceError> {
        Ok(vec![Description::default(); names.len()])
    }

    /// Whether it answers us at all, found out by a question that costs it little.
    async fn check(&self, call: Call<'_>) -> Result<(), SourceError> {
        self.list(call).await.map(drop)
    }
}

/// The place where a source has the kinds and units of its metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described {
    /// It has none.
    Nowhere,
    /// The list of its metrics has them.
    InList,
    /// It answers for names, which takes less than its list.
    ByName,
}

/// What one call may take.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// When the answer must be there.
    pub deadline: Deadline,
    /// The present, in milliseconds since the epoch, read once for a request.
    pub now_ms: i64,
    /// What holds the response of the server, and everything that is made of it.
    pub memory: &'a CallMemory,
}

impl Call<'static> {
    /// Returns a call whose memory no budget limits, as on the command line and in the background.
    pub fn unlimited(deadline: Deadline, now_ms: i64) -> Self {
        static UNLIMITED: CallMemory = CallMemory::unlimited();
        Self { deadline, now_ms, memory: &UNLIMITED }
    }
}

/// What a source has for one question.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fetched {
    /// They cover different buckets; what no part covers has no samples.
    pub parts: Vec<Part>,
    /// What a reader should know; [`Notes::skipped`] without the samples that [`Samples`] counts itself.
    pub notes: Notes,
    /// The present when it was asked, in milliseconds since the epoch.
    pub fetched_at_ms: i64,
    /// The answer for each combination of values, sorted by values, for a query with `split_by`; then `parts` is empty.
    pub split: Vec<SplitAnswer>,
}

impl Fetched {
    /// Returns the bytes of memory that its points take.
    pub fn heap_bytes(&self) -> u64 {
        let split = self.split.iter().map(|answer| size_of_val(answer) as u64 + answer.fetched.heap_bytes());
        self.parts.iter().map(Part::heap_bytes).chain(split).sum()
    }
}

impl Part {
    fn heap_bytes(&self) -> u64 {
        match self {
            Self::Computed(points) => (points.capacity() * size_of::<(usize, f64)>()) as u64,
            Self::Samples { series, .. } => {
                series.iter().map(|samples| (size_of_val(samples) + samples.heap_bytes()) as u64).sum()
            }
        }
    }
}

/// The answer for one line of a split query.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitAnswer {
    /// The values of [`SplitBy::keys`](crate::request::SplitBy::keys), in their order; empty where a series lacks the label.
    pub values: Vec<String>,
    /// The answer for the series with these values.
    pub fetched: Fetched,
}

/// Some buckets of the grid.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Bucket and finite value, computed by the source exactly as our own roll-up would.
    Computed(Vec<(usize, f64)>),
    /// The samples of all matching series that decide the buckets, see [`SeriesQuery::sample_range`], to be rolled up here.
    Samples {
        /// Which buckets they are for.
        buckets: Range<usize>,
        /// Each matching series.
        series: Vec<Samples>,
    },
}

/// A failed call: the reason for the caller, the detail for the log. The detail never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", .reason.word())]
pub struct SourceError {
    /// For the caller.
    pub reason: Reason,
    /// For the log.
    pub detail: String,
    /// How long the other side wants to be left alone by everybody.
    pub pause: Option<Duration>,
    /// HTTP status of the response that was an error, where it is known.
    pub status: Option<u16>,
}

impl SourceError {
    /// A reason with its detail.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into(), pause: None, status: None }
    }

    /// Returns the error for more than `most` samples, after `read` of them in `seconds` seconds; by their density so many seconds would do.
    pub fn too_many_samples(seconds: i64, read: usize, most: usize) -> Self {
        let fitting = i128::from(seconds) * most as i128 / read.max(1) as i128;
        let fits_seconds = u32::try_from(fitting).unwrap_or(u32::MAX);
        let detail = format!("{read} samples in {seconds} s, at most {most} are kept");
        Self::new(Reason::TooManySamples { fits_seconds }, detail)
    }

    /// Returns the same error where the samples of `seconds` more seconds are read than the time range has.
    pub fn with_less_room(mut self, seconds: i64) -> Self {
        if let Reason::TooManySamples { fits_seconds } = &mut self.reason {
            *fits_seconds = fits_seconds.saturating_sub(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        self
    }

    /// Returns the same error of a response with this HTTP status.
    pub fn with_status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The same, and the other side wants to be left alone for so long.
    pub fn pausing(self, pause: Duration) -> Self {
        Self { pause: Some(pause), ..self }
    }
}
