//! Which line belongs to which value axis, and in which unit its values are drawn.
//!
//! Used once per picture, by its content. Units that differ by prefix only count as one; two units have an axis each, where the
//! picture has room for both; more have one axis without a unit, and the legend names them.

use crate::chart::labels::units;
use crate::chart::marks::line::Curve;
use crate::chart::value_axis::tolerance::MIN_LOGARITHMIC;
use crate::request::Unit;

/// Where the axis of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(in crate::chart) enum Side {
    Left,
    Right,
}

/// How many value axes a picture may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum AxesAllowed {
    /// The left one.
    One,
    /// And one on the right.
    Two,
}

/// The units of a picture's lines and axes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::chart) struct AxisAssignment {
    /// Of the left axis; `None` where its lines have several.
    pub left: Option<Unit>,
    /// Of the right axis, where there is one.
    pub right: Option<Unit>,
    /// For each line, how it is drawn.
    pub lines: Vec<OnAxis>,
}

/// How the values of one line are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::chart) struct OnAxis {
    /// Its axis.
    pub side: Side,
    /// What its numbers are on the picture.
    pub unit: Unit,
    /// By how much they are more than those of the line.
    pub factor: f64,
}

/// Sorts lines, each with its unit and whether there is anything to draw of it. `instead` is what the numbers of the left axis are,
/// whatever their lines say; they are not converted.
pub(in crate::chart) fn assign_axes(
    lines: &[(Unit, bool)],
    requested_unit: Option<Unit>,
    allowed: AxesAllowed,
) -> AxisAssignment {
    // Lines that have nothing to draw have no say, as long as there are others.
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

/// They differ by prefix at most.
fn same_quantity(a: Unit, b: Unit) -> bool {
    units::shared([a, b]).is_some()
}

/// The units that differ by more than their prefix, in order, each as its lines share it.
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

/// The points of a curve that a logarithmic axis can show, and how many it cannot: those become gaps.
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
    fn lines_without_data_have_no_say() {
        let lines = [(unit("PERCENT"), true), (unit("BYTES"), false)];
        let sorted = assign_axes(&lines, None, AxesAllowed::Two);
        assert_eq!((sorted.left, sorted.right), (Some(Unit::PERCENT), None));
        let nothing = assign_axes(&lines.map(|(unit, _)| (unit, false)), None, AxesAllowed::Two);
        assert_eq!((nothing.left, nothing.right), (None, None));
    }

    #[test]
    fn numbers_are_converted_to_a_shared_unit_but_not_to_one_that_is_asked_for() {
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
    fn a_unit_that_is_asked_for_is_that_of_the_left_axis() {
        assert_eq!(sorted(&["NONE", "NONE"], Some("MILLISECONDS")), "ms -: ms ms");
        assert_eq!(sorted(&["NONE", "PERCENT"], Some("BYTES")), "B %: B %→");
        assert_eq!(sorted(&["NONE", "PERCENT"], Some("PERCENT")), "% -: % %");
        assert_eq!(sorted(&["PERCENT", "BYTES", "SECONDS"], Some("COUNT")), "count -: count count count");
    }
}
