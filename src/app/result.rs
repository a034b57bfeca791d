//! Results of the pipeline.

use crate::catalog::Entry;
use crate::clock::StageTimings;
use crate::error::Reason;
use crate::provenance::DataDigest;
use crate::render::Image;
use crate::series::Remark;
use crate::{admission, render_pool};
use std::collections::BTreeMap;

/// Work in progress, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Requests that wait for a result, including those that share one.
    pub callers: usize,
    /// Requests in admission control.
    pub admission: admission::Load,
    /// Jobs of the render pool.
    pub workers: render_pool::Load,
}

/// The list of available metrics.
#[derive(Debug)]
pub struct Listed {
    /// Metrics of the catalogue and of the sources.
    pub entries: Vec<Entry>,
    /// The sources that failed to list theirs.
    pub failed: BTreeMap<String, Reason>,
}

/// A rendered chart with notes on its data.
#[derive(Debug, Clone)]
pub struct RenderedChart {
    /// The encoded image.
    pub picture: Image,
    /// Indices of missing metrics in the request, with the reasons.
    pub missing: Vec<(usize, Reason)>,
    /// Remarks by index of the metric in the request; metrics without remarks are absent.
    pub remarks: BTreeMap<usize, Vec<Remark>>,
    /// Digest of the displayed values.
    pub data: DataDigest,
    /// Durations of the stages, in the run that equal requests share.
    pub timings: StageTimings,
}

impl RenderedChart {
    /// Reports whether the chart has all the data that was requested.
    pub fn is_complete(&self) -> bool {
        let is_partial = |remarks: &Vec<Remark>| remarks.contains(&Remark::Incomplete);
        self.missing.is_empty() && !self.remarks.values().any(is_partial)
    }
}
