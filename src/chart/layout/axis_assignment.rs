//! Assigns series to value axes, with the unit in which each is drawn.
//!
//! Units that differ by prefix only count as one. Two units have an axis each if the image is wide enough; more units
//! share one axis without a unit, and the legend names them.

use crate::chart::labels::units;
use crate::chart::marks::line::Curve;
use crate::chart::value_axis::tolerance::MIN_LOGARITHMIC;
use crate::request::Unit;

/// The value axis of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(in crate::chart) enum Side {
    Left,
    Right,
}

/// The maximum number of value axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum AxesAllowed {
    /// The left axis only.
    One,
    /// A left and a right axis.
    Two,
}

/// Units of series and axes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::chart) struct AxisAssignment {
    /// Unit of the left axis; `None` if its series have several.
    pub left: Option<Unit>,
    /// Unit of the right axis; `None` without one.
    pub right: Option<Unit>,
    /// Axis and unit of each series.
    pub lines: Vec<OnAxis>,
}

/// The axis of one series, and the conversion of its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::chart) struct OnAxis {
    pub side: Side,
    /// Unit of the drawn values.
    pub unit: Unit,
    /// Factor from the unit of the series to that unit.
    pub factor: f64,
}

/// Assigns series, each given by its unit and whether it has data. `requested_unit` replaces the unit of the left axis
/// without converting values.
pub(in crate::chart) fn assign_axes(
    lines: &[(Unit, bool)],
    requested_unit: Option<Unit>,
    allowed: AxesAllowed,
) -> AxisAssignment {
    // Series without data do not count, unless no series has data.
    let all = lines.iter().all(|(_, is_drawn)| !is_drawn);
    let drawn = lines.iter().filter(|(_, is_drawn)| all || *is_drawn).map(|&(unit, _)| unit);
    let named = grouped(drawn);
    let is_renamed = |unit: Unit| match named.as_slice() {
        [first, _] => same_quantity(unit, *first),
        _ => true,
    };
    let renamed = |unit: Unit| requested_unit.filter(|_| is_renamed(unit)).unwrap_or(unit);
    let drawn = lines.iter().filter(|(_, is_drawn)| all || *is_drawn).map(|&(unit, _)| renamed(unit));
    let groups = grouped(drawn);
    let of = |unit: Unit| groups.iter().copied().find(|group| same_quantity(*group, unit)).unwrap_or(unit);
    let right = match (groups.as_slice(), allowed, all) {
        (&[_, right], AxesAllowed::Two, false) => Some(right),
        _ => None,
    };
    let side =
        |unit: Unit| if right.is_some_and(|right| same_quantity(unit, right)) { Side::Right } else { Side::Left };
    AxisAssignment {
        left: if groups.len() == 1 || right.is_some() { groups.first().copied() } else { None },
        right,
        lines: lines
            .iter()
            .map(|&(own, _)| {
                let (named, unit) = (renamed(own), of(renamed(own)));
                OnAxis { side: side(unit), unit, factor: units::factor(named, unit) }
            })
            .collect(),
    }
}

/// Returns true if two units differ by their prefix at most.
fn same_quantity(a: Unit, b: Unit) -> bool {
    units::shared([a, b]).is_some()
}

/// Returns the units that differ by more than their prefix, in order, each as its series share it.
fn grouped(units: impl Iterator<Item = Unit>) -> Vec<Unit> {
    units.fold(Vec::new(), |mut groups: Vec<Unit>, unit| {
        let found = groups.iter_mut().find_map(|group| Some((units::shared([*group, unit])?, group)));
        match found {
            Some((shared, group)) => *group = shared,
            None => groups.push(unit),
        }
        groups
    })
}

/// Returns the points that a logarithmic axis can show and the number of the others, which become gaps.
pub(in crate::chart) fn logarithmic_part(curve: Curve) -> (Curve, usize) {
    let is_drawn = |&(_, value): &(i64, f64)| value >= MIN_LOGARITHMIC;
    let undrawn = curve.points().filter(|point| !is_drawn(point)).count();
    if undrawn == 0 {
        return (curve, 0);
    }
    let mut left = Curve::default();
    for (segment, &end) in curve.segments.iter().zip(&curve.ends) {
        let mut at = 0;
        for part in segment.chunk_by(|a, b| is_drawn(a) == is_drawn(b)) {
            at += part.len();
            if is_drawn(&part[0]) {
                left.segments.push(part.to_vec());
                left.ends.push(segment.get(at).map_or(end, |next| next.0));
            }
        }
    }
    (left, undrawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(word: &str) -> Unit {
        Unit::parse(word).unwrap()
    }

    fn sorted(words: &[&str], requested_unit: Option<&str>) -> String {
        let lines: Vec<(Unit, bool)> = words.iter().map(|word| (unit(word), true)).collect();
        let assignment = assign_axes(&lines, requested_unit.map(unit), AxesAllowed::Two);
        let name = |unit: Option<Unit>| unit.map_or("-".to_owned(), units::symbol);
        let of =
            |line: &OnAxis| format!("{}{}", units::symbol(line.unit), if line.side == Side::Left { "" } else { "→" });
        let lines: Vec<String> = assignment.lines.iter().map(of).collect();
        format!("{} {}: {}", name(assignment.left), name(assignment.right), lines.join(" "))
    }

    #[test]
    fn two_units_have_an_axis_each_and_the_first_is_on_the_left() {
        assert_eq!(sorted(&["PERCENT", "BYTES", "PERCENT"], None), "% B: % B→ %");
        assert_eq!(sorted(&["MEGABYTES", "PERCENT", "KILOBYTES"], None), "B %: B %→ B");
    }

    #[test]
    fn prefixes_make_no_second_axis() {
        assert_eq!(sorted(&["MILLISECONDS", "SECONDS"], None), "s -: s s");
        assert_eq!(sorted(&["MILLISECONDS", "MILLISECONDS"], None), "ms -: ms ms");
    }

    #[test]
    fn three_units_have_one_axis_without_a_unit() {
        assert_eq!(sorted(&["PERCENT", "BYTES", "SECONDS"], None), "- -: % B s");
    }

    #[test]
    fn series_without_data_do_not_assign_axes() {
        let lines = [(unit("PERCENT"), true), (unit("BYTES"), false)];
        let sorted = assign_axes(&lines, None, AxesAllowed::Two);
        assert_eq!((sorted.left, sorted.right), (Some(Unit::PERCENT), None));
        let nothing = assign_axes(&lines.map(|(unit, _)| (unit, false)), None, AxesAllowed::Two);
        assert_eq!((nothing.left, nothing.right), (None, None));
    }

    #[test]
    fn values_are_converted_to_a_shared_unit_but_not_to_a_requested_one() {
        let lines = [(unit("KILOBYTES"), true), (unit("BYTES"), true)];
        let factors = |requested_unit| {
            assign_axes(&lines, requested_unit, AxesAllowed::Two)
                .lines
                .iter()
                .map(|line| line.factor)
                .collect::<Vec<_>>()
        };
        assert_eq!((factors(None), factors(Some(unit("SECONDS")))), (vec![1024.0, 1.0], vec![1.0, 1.0]));
    }

    #[test]
    fn the_left_axis_has_the_requested_unit() {
        assert_eq!(sorted(&["NONE", "NONE"], Some("MILLISECONDS")), "ms -: ms ms");
        assert_eq!(sorted(&["NONE", "PERCENT"], Some("BYTES")), "B %: B %→");
        assert_eq!(sorted(&["NONE", "PERCENT"], Some("PERCENT")), "% -: % %");
        assert_eq!(sorted(&["PERCENT", "BYTES", "SECONDS"], Some("COUNT")), "count -: count count count");
    }
}
