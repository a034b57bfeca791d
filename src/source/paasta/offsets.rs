//! A window in the API's form: two offsets from now, by the server's clock.
//!
//! Pure. `timeRangeFrom` is the nearer end and `timeRangeTo` the farther one, whatever the guide's table says. The first group of an
//! answer may be cut by the farther end, so the question is wider than the window, and what is outside is left out of the answer.

use super::Interval;
use std::ops::Range;

/// Tolerated clock skew and age of a request's "now", in seconds.
const CLOCKS: i64 = 30;

/// Seconds before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offsets {
    /// Offset of the end; 0 is now.
    pub from: i64,
    /// Offset of the beginning, more than `from`.
    pub to: i64,
}

impl Offsets {
    /// Returns the offsets that contain every group that begins in `window`, in Unix seconds, whole; `None` where that is all after `now`.
    pub fn new(window: &Range<i64>, group: Interval, now: i64) -> Option<Self> {
        let group = group.seconds();
        let margin = whole_groups(CLOCKS, group);
        let first = window.start.div_euclid(group) * group - margin;
        let last = whole_groups(window.end, group) + margin;
        let (from, to) = ((now - last).max(0), now - first);
        (to > from).then_some(Self { from, to })
    }
}

/// Rounds up to a multiple of `group`.
fn whole_groups(seconds: i64, group: i64) -> i64 {
    -(-seconds).div_euclid(group) * group
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(window: Range<i64>, group: &str, now: i64) -> Option<(i64, i64)> {
        let group = Interval::try_from(group.to_owned()).unwrap();
        Offsets::new(&window, group, now).map(|offsets| (offsets.from, offsets.to))
    }

    #[test]
    fn a_window_is_whole_groups_and_one_more_at_each_end() {
        assert_eq!(offsets(6000..7200, "1m", 9000), Some((9000 - 7260, 9000 - 5940)));
        assert_eq!(offsets(6001..7199, "1m", 9000), Some((9000 - 7260, 9000 - 5940)));
        assert_eq!(offsets(6000..7200, "15s", 9000), Some((9000 - 7230, 9000 - 5970)));
    }

    #[test]
    fn what_is_ahead_is_not_asked_for() {
        assert_eq!(offsets(6000..7200, "1m", 7000), Some((0, 1060)));
        assert_eq!(offsets(6000..7200, "1m", 5941), Some((0, 1)));
        assert_eq!(offsets(6000..7200, "1m", 5940), None);
    }
}
