//! The data digest: equal digests mean that two charts show the same data.
//!
//! A million values must cost less than drawing them, so the values go through CRC-32, four kilobytes at a time, and
//! the checksums through SHA-256: a change of one block is missed with a probability of one in four thousand million.

use crate::series::{Buckets, Frame, Line, Outcome};
use sha2::{Digest, Sha256};

/// Values per checksum.
const BLOCK: usize = 512;
/// Bytes per value.
const VALUE_BYTES: usize = 8;

/// Digest of displayed values: equal for charts of the same data in any style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataDigest([u8; 32]);

impl DataDigest {
    /// Digests the values of a frame.
    pub fn of(frame: &Frame) -> Self {
        Self(digest(frame))
    }

    /// Returns the 32 bytes of the digest.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the digest in lower-case hexadecimal.
    pub fn hexadecimal(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Digests the values of all lines, their units, and the positions of their buckets; names, colours and notes do not
/// count.
pub(super) fn digest(frame: &Frame) -> [u8; 32] {
    let mut digest = Sha256::new_with_prefix("metricshot data 1\n");
    for Line { metric: _, label: _, colour: _, statistic, period, unit, outcome } in &frame.lines {
        digest.update(format!("line {statistic} {} {unit}\n", period.seconds()));
        match outcome {
            Outcome::Missing(reason) => digest.update(format!("missing {}\n", reason.word())),
            Outcome::Answered(buckets, _) => add(buckets, &mut digest),
        }
    }
    digest.finalize().into()
}

fn add(buckets: &Buckets, digest: &mut Sha256) {
    for stretch in buckets.grid().stretches() {
        digest.update(format!("buckets {} {} {}\n", stretch.first, stretch.seconds, stretch.count));
    }
    let mut bytes = [0; BLOCK * VALUE_BYTES];
    let mut bits = buckets.bits();
    while bits.len() > 0 {
        let block = &mut bytes[..bits.len().min(BLOCK) * VALUE_BYTES];
        for (place, value) in block.chunks_exact_mut(VALUE_BYTES).zip(&mut bits) {
            place.copy_from_slice(&value.to_le_bytes());
        }
        digest.update(crc32fast::hash(block).to_le_bytes());
    }
}
