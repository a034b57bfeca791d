//! Value ranges that the value axis has to cover. An extent is the lowest and the highest value.

use crate::request::{Annotation, Place};

/// Returns the extent that covers both extents.
pub(in crate::chart) fn union((low, high): (f64, f64), (l, h): (f64, f64)) -> (f64, f64) {
    (low.min(l), high.max(h))
}

/// Returns `extent` extended by every threshold and value band; `None` without data.
pub(in crate::chart) fn reach(extent: Option<(f64, f64)>, annotations: &[Annotation]) -> Option<(f64, f64)> {
    let values = annotations.iter().filter_map(|annotation| match annotation.place {
        Place::Value(value) => Some((value, value)),
        Place::Values(low, high) => Some((low, high)),
        Place::Time(_) | Place::Times(..) => None,
    });
    extent.map(|extent| values.fold(extent, union))
}
