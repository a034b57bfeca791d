//! Annotations: thresholds, value bands, instants and time ranges with their labels.

pub(super) mod draw;
