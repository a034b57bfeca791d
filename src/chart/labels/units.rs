//! Short symbols of units, and the unit that several series can share.

use crate::request::{Quantity, Rate, Unit};

/// Returns the symbol, such as `%`, `ms`, `MiB/s` or `count`; empty for no unit.
pub(in crate::chart) fn symbol(unit: Unit) -> String {
    let prefix = match (unit.prefix, unit.quantity) {
        (-2, _) => "µ",
        (-1, _) => "m",
        (1, Quantity::Bytes) => "Ki",
        (2, Quantity::Bytes) => "Mi",
        (3, Quantity::Bytes) => "Gi",
        (4, Quantity::Bytes) => "Ti",
        (1, _) => "k",
        (2, _) => "M",
        (3, _) => "G",
        (4, _) => "T",
        _ => "",
    };
    let quantity = match unit.quantity {
        Quantity::Seconds => "s",
        Quantity::Bytes => "B",
        Quantity::Bits => "bit",
        Quantity::Percent => "%",
        Quantity::Count if unit.rate == Rate::Whole => "count",
        Quantity::Count | Quantity::None => "",
    };
    let rate = match unit.rate {
        Rate::Whole => "",
        Rate::PerSecond => "/s",
        Rate::PerMinute => "/min",
    };
    format!("{prefix}{quantity}{rate}")
}

/// Returns the unit of a common axis: the unit itself if all are equal, without prefix if only prefixes differ, else
/// `None`.
pub(in crate::chart) fn shared(units: impl IntoIterator<Item = Unit>) -> Option<Unit> {
    let mut units = units.into_iter();
    let first = units.next()?;
    units.try_fold(first, |shared, unit| {
        let plain = Unit { prefix: 0, ..unit };
        if unit == shared { Some(shared) } else { (plain == Unit { prefix: 0, ..shared }).then_some(plain) }
    })
}

/// Returns the factor from values in `unit` to values in `target`, which differs by its prefix at most.
pub(in crate::chart) fn factor(unit: Unit, target: Unit) -> f64 {
    if unit == target { 1.0 } else { unit.factor() / target.factor() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(word: &str) -> Unit {
        Unit::parse(word).unwrap()
    }

    #[test]
    fn unit_symbols_are_the_usual_ones() {
        for (word, expected) in [
            ("MILLISECONDS", "ms"),
            ("KILOBYTES", "KiB"),
            ("MEGABITS_PER_SECOND", "Mbit/s"),
            ("PERCENT", "%"),
            ("COUNT", "count"),
            ("COUNT_PER_MINUTE", "/min"),
            ("NONE", ""),
        ] {
            assert_eq!(symbol(unit(word)), expected);
        }
    }

    #[test]
    fn units_that_differ_by_prefix_share_the_plain_one() {
        assert_eq!(shared([unit("KILOBYTES"), unit("KILOBYTES")]), Some(unit("KILOBYTES")));
        assert_eq!(shared([unit("KILOBYTES"), unit("BYTES"), unit("KILOBYTES")]), Some(unit("BYTES")));
        assert_eq!(shared([unit("BYTES"), unit("BYTES_PER_SECOND")]), None);
        assert_eq!(factor(unit("KILOBYTES"), unit("BYTES")), 1024.0);
    }
}
