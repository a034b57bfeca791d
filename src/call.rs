//! Bounds of one call of a source.

use crate::clock::Deadline;
use crate::memory::CallMemory;

/// Bounds and time of one call of a source.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// When the answer must be there.
    pub deadline: Deadline,
    /// The present, in milliseconds since the epoch, read once for a request.
    pub now_ms: i64,
    /// Memory of the response and of everything that is parsed from it.
    pub memory: &'a CallMemory,
}

impl Call<'static> {
    /// Returns a call whose memory no budget limits, as on the command line and in the background.
    pub fn unlimited(deadline: Deadline, now_ms: i64) -> Self {
        static UNLIMITED: CallMemory = CallMemory::unlimited();
        Self { deadline, now_ms, memory: &UNLIMITED }
    }
}
