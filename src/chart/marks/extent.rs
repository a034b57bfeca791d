//! Value ranges that the value axis has to cover.

use crate::request::{Annotation, Place};

/// From the lower of two lows to the higher of two highs.
pub(in crate::chart) fn union((low, high): (f64, f64), (l, h): (f64, f64)) -> (f64, f64) {
    (low.min(l), high.max(h))
}

/// How far the value axis reaches to show `extent` and every threshold; without data there is none to compare.
pub(in crate::chart) fn reach(extent: Option<(f64, f64)>, annotations: &[Annotation]) -> Option<(f64, f64)> {
    let values = annotations.iter().filter_map(|annotation| match annotation.place {
        Place::Value(value) => Some((value, value)),
        Place::Values(low, high) => Some((low, high)),
        Place::Time(_) | Place::Times(..) => None,
    });
    extent.map(|extent| values.fold(extent, union))
}
