//! Bounds of one call of a source.

use crate::clock::Deadline;
use crate::memory::CallMemory;

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
