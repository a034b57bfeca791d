//! Reasons for missing data of a metric.

/// A reason why a fetch failed, as a stable word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The source is unreachable or closed the connection.
    Down,
    /// The source did not respond in time.
    Timeout,
    /// The source responded with an error.
    Refused,
    /// The source's response is malformed.
    Malformed,
    /// The source's response exceeds the size limit.
    TooBig,
    /// The metric has more samples than one fetch may have.
    TooManySamples {
        /// Longest time range in seconds that would fit, by the density of the samples read so far; 0 if none would.
        fits_seconds: u32,
    },
    /// The samples are native histograms, which have no single value.
    NativeHistogram,
    /// It was not called, because the circuit breaker of its source is open.
    CircuitOpen {
        /// Seconds until the circuit breaker lets a call try the source, rounded up.
        retry_after_seconds: u32,
    },
}

impl Reason {
    /// Every reason for which a call of a source fails, one for each word. A call that an open circuit breaker rejects is none.
    pub const OF_FAILED_CALLS: [Self; 6] =
        [Self::Down, Self::Timeout, Self::Refused, Self::Malformed, Self::TooBig, Self::NativeHistogram];

    /// Returns the stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::TooBig | Self::TooManySamples { .. } => "too_big",
            Self::NativeHistogram => "native_histogram",
            Self::CircuitOpen { .. } => "circuit_open",
        }
    }
}
