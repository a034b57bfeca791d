//! Statistics over the samples of a bucket.

use crate::error::{Fault, FaultKind, excerpt};
use std::fmt;

/// A statistic over the pooled samples of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Statistic {
    Average,
    Sum,
    Maximum,
    Minimum,
    Count,
    /// A percentile in tenths of a percent, 500 to 999: `p99.9` is 999. Linear interpolation between closest ranks
    ///
    Percentile(u16),
}

impl Statistic {
    /// Parses the five statistics of the wire contract, which has CNT instead of COUNT.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "AVG" => Ok(Self::Average),
            "SUM" => Ok(Self::Sum),
            "MAX" => Ok(Self::Maximum),
            "MIN" => Ok(Self::Minimum),
            "CNT" => Ok(Self::Count),
            _ => Err(Fault::new(FaultKind::UnknownStatistic, "Input should be 'AVG', 'SUM', 'MAX', 'MIN' or 'CNT'")),
        }
    }

    /// Parses the five statistics, and `p50` … `p99.9` with at most one decimal.
    pub fn parse_with_percentiles(text: &str) -> Result<Self, Fault> {
        Self::parse(text).or_else(|_| {
            percentile(text).map(Self::Percentile).ok_or_else(|| {
                let allowed = "Input should be 'AVG', 'SUM', 'MAX', 'MIN', 'CNT' or a percentile 'p50' to 'p99.9'";
                Fault::new(FaultKind::UnknownStatistic, format!("{allowed}, not '{}'", excerpt(text)))
            })
        })
    }
}

fn percentile(text: &str) -> Option<u16> {
    let (whole, tenth) = text.strip_prefix('p')?.split_once('.').unwrap_or((text.strip_prefix('p')?, "0"));
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    (digits(whole, 2) && digits(tenth, 1)).then_some(())?;
    let permille = whole.parse::<u16>().ok()? * 10 + tenth.parse::<u16>().ok()?;
    (500..=999).contains(&permille).then_some(permille)
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Average => f.write_str("AVG"),
            Self::Sum => f.write_str("SUM"),
            Self::Maximum => f.write_str("MAX"),
            Self::Minimum => f.write_str("MIN"),
            Self::Count => f.write_str("CNT"),
            Self::Percentile(permille) if permille % 10 == 0 => write!(f, "p{}", permille / 10),
            Self::Percentile(permille) => write!(f, "p{}.{}", permille / 10, permille % 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_round_trip() {
        for text in ["AVG", "SUM", "MAX", "MIN", "CNT", "p50", "p95", "p99.9"] {
            assert_eq!(Statistic::parse_with_percentiles(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn unknown_statistics_are_rejected() {
        for text in ["avg", "Average", "COUNT", "P99", "p101", "p-1", "pNaN", "", "p", "p9", "p99.99", "p49", "p100"] {
            assert_eq!(
                Statistic::parse_with_percentiles(text).unwrap_err().kind,
                FaultKind::UnknownStatistic,
                "{text}"
            );
        }
        assert!(Statistic::parse("p99").is_err());
    }
}
