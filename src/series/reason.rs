//! Why there is nothing to draw for a metric.

/// Why a metric has no answer, in a word that may travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// It could not be reached, or hung up.
    Down,
    /// It did not answer in time.
    Timeout,
    /// It answered with an error.
    Refused,
    /// Its answer could not be read.
    Malformed,
    /// Its answer was larger than we take.
    TooBig,
    /// It has more samples than one fetch may have.
    TooManySamples {
        /// Seconds of the longest time range that would do, by the density of those that were read; 0 where none would.
        fits_seconds: u32,
    },
    /// Its samples are native histograms, which have no single value.
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

    /// The word that travels.
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
