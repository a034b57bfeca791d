//! Formats numbers with their units: `45.5 %`, `1.2 GiB/s`, `12 ms`, `1.5×10³⁰⁰`.
//!
//! Used by the value axis, which needs one multiple for all its labels, and for single values. Calculates with `+ - *
//! /` and numbers parsed from text only, so that every machine writes the same digits.

use crate::request::{Quantity, Rate, Unit};

/// Magnitude below which a value is written as zero.
pub(in crate::chart) const ZERO_BELOW: f64 = 1e-290;

const SI: [&str; 7] = ["", "k", "M", "G", "T", "P", "E"];
const IEC: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// Narrow no-break space.
pub(in crate::chart) const NARROW_SPACE: char = '\u{202f}';

/// Number of digits after the point that no label exceeds.
const ANY: usize = 20;

/// The multiples in which values of one unit and magnitude are written.
///
/// A counted number is a value times `factor`: usually of the plain quantity, of nanoseconds below a second, and
/// shifted by a power of ten beyond the prefixes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::chart) struct Scale {
    /// Factor from values to counted numbers; finite, above 0.
    pub factor: f64,
    /// Round steps of the quantity.
    pub counting: Counting,
    /// Multiples, increasing, at least one.
    pub multiples: Vec<Multiple>,
}

/// The numbers that count as round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Counting {
    /// 1, 2 and 5 times powers of ten.
    Decimal,
    /// The same, without fractions: half an event does not exist.
    Whole,
    /// Powers of two.
    Binary,
    /// Seconds, minutes, hours and days.
    Clock,
}

/// A multiple with a name, such as kilo or an hour.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::chart) struct Multiple {
    /// Counted numbers per multiple.
    pub size: f64,
    /// Smallest counted number that is written in this multiple.
    pub from: f64,
    /// Maximum number of digits after the point of labels in this multiple; beyond it a smaller multiple is more
    /// readable.
    pub max_decimals: usize,
    /// Text after the digits, with its space: ` GiB/s`.
    pub suffix: String,
}

impl Multiple {
    fn new(size: f64, max_decimals: usize, suffix: impl Into<String>) -> Self {
        Self { size, from: size, max_decimals, suffix: suffix.into() }
    }
}

impl Scale {
    /// Returns the scale for values up to `magnitude`, which is finite and at least [`ZERO_BELOW`].
    pub fn of(unit: Unit, magnitude: f64) -> Self {
        let plain = magnitude * unit.factor();
        let (min, max) = match unit.quantity {
            Quantity::Seconds => (1e-12, 1e15),
            Quantity::Percent => (1e-4, 1e15),
            Quantity::Bytes | Quantity::Bits | Quantity::Count | Quantity::None => (1e-4, 1e21),
        };
        match plain {
            p if p >= max => Self::shifted(magnitude, 1.0, unit),
            p if p < min => Self::shifted(plain, unit.factor(), Unit { prefix: 0, ..unit }),
            p if p < 1.0 && unit.quantity == Quantity::Seconds => Self::nanoseconds(unit),
            _ => Self::named(unit),
        }
    }

    fn named(unit: Unit) -> Self {
        let suffix = |prefix: &str| suffix(prefix, unit);
        let prefixed = |prefixes: [&str; 7], step: f64, decimals: [usize; 7]| {
            let sizes = std::iter::successors(Some(1.0), move |size| Some(size * step));
            let all = prefixes.iter().zip(sizes).zip(decimals);
            all.map(|((prefix, size), decimals)| Multiple::new(size, decimals, suffix(prefix))).collect()
        };
        let (counting, multiples) = match unit.quantity {
            Quantity::Bytes => (Counting::Binary, prefixed(IEC, 1024.0, [ANY, 2, 2, 2, 2, 2, 2])),
            Quantity::Bits => (Counting::Decimal, prefixed(SI, 1000.0, [ANY, 0, 3, 3, 3, 3, 3])),
            Quantity::Count | Quantity::None => {
                let mut multiples: Vec<Multiple> = prefixed(SI, 1000.0, [ANY, 0, 3, 3, 3, 3, 3]);
                multiples[1].from = 10_000.0;
                let is_whole = unit.quantity == Quantity::Count && unit.rate == Rate::Whole;
                (if is_whole { Counting::Whole } else { Counting::Decimal }, multiples)
            }
            Quantity::Percent => (Counting::Decimal, vec![Multiple::new(1.0, ANY, suffix(""))]),
            Quantity::Seconds => {
                let seconds =
                    [(0.001, ANY, "ms"), (1.0, 3, "s"), (60.0, 0, "min"), (3600.0, 0, "h"), (86_400.0, 0, "d")];
                (
                    Counting::Clock,
                    seconds.map(|(size, decimals, name)| Multiple::new(size, decimals, spaced(name))).into(),
                )
            }
        };
        Self { factor: unit.factor(), counting, multiples }
    }

    fn nanoseconds(unit: Unit) -> Self {
        let factor = match unit.prefix {
            ..=-2 => 1e3,
            -1 => 1e6,
            0.. => 1e9,
        };
        let names = [(1.0, ANY, "ns"), (1e3, 3, "µs"), (1e6, 3, "ms"), (1e9, 3, "s")];
        let multiples = names.map(|(size, decimals, name)| Multiple::new(size, decimals, spaced(name))).into();
        Self { factor, counting: Counting::Decimal, multiples }
    }

    /// Returns a scale that counts in the power of ten of `magnitude`.
    fn shifted(magnitude: f64, factor: f64, unit: Unit) -> Self {
        let exponent = decimal_exponent(magnitude);
        let factor = factor * power_of_ten(-exponent);
        let suffix = format!("×10{}{}", superscript(exponent), suffix(own_prefix(unit), unit));
        Self { factor, counting: Counting::Decimal, multiples: vec![Multiple::new(1.0, ANY, suffix)] }
    }
}

/// Formats one finite value with its unit, in three significant digits or a few more: `45.5 %`, `1.2 GiB/s`, `12 ms`.
///
/// The text parses back to within half a unit of its last possible digit. For percent that digit is at least the second
/// after the point, so that 99.97 % does not become 100 %.
pub fn value_text(value: f64, unit: Unit) -> String {
    text_with_decimals(value, unit, (0, if unit.quantity == Quantity::Percent { 2 } else { 0 }))
}

/// Formats a value in three significant digits: `49.8 %`, `39 ms`. Just below 100 % it has more: 99.97 % is not all.
pub(in crate::chart) fn short_text(value: f64, unit: Unit) -> String {
    let is_nearly_all = unit.quantity == Quantity::Percent && value > 99.0 && value < 100.0;
    text_with_decimals(value, unit, (0, if is_nearly_all { 2 } else { 0 }))
}

/// Formats a value in five significant digits, for values that differ little.
pub(in crate::chart) fn precise_text(value: f64, unit: Unit) -> String {
    text_with_decimals(value, unit, (2, 0))
}

/// Formats a value in three significant digits and `more`, with at least `min` digits after the point.
fn text_with_decimals(value: f64, unit: Unit, (more, min): (usize, usize)) -> String {
    if value.abs() < ZERO_BELOW {
        return format!("0{}", suffix(own_prefix(unit), unit));
    }
    let scale = Scale::of(unit, value.abs());
    let counted = value * scale.factor;
    let written = |multiple: &Multiple| {
        let number = counted / multiple.size;
        fixed(number, (three_digits(number) + more).max(min))
    };
    // Rounding may raise a number into the next multiple: 999.96 k is 1 M.
    let reaches = |multiple: &&Multiple, smaller: &Multiple| {
        let rounded = written(smaller).trim_start_matches('−').parse().unwrap_or(0.0);
        rounded * smaller.size >= multiple.from
    };
    let mut chosen = &scale.multiples[0];
    for pair in scale.multiples.windows(2) {
        if reaches(&&pair[1], &pair[0]) {
            chosen = &pair[1];
        }
    }
    let digits = written(chosen);
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { &digits };
    format!("{}{}", grouped(digits), chosen.suffix)
}

/// Returns the same with an ordinary space, for texts outside of images.
pub(in crate::chart) fn plain_text(value: f64, unit: Unit) -> String {
    value_text(value, unit).replace(NARROW_SPACE, " ")
}

/// Returns digits with a comma before each group of three in the whole part: `1,500.25`.
pub(in crate::chart) fn grouped(digits: &str) -> String {
    let whole = digits.find('.').unwrap_or(digits.len());
    let sign = digits.len() - digits.trim_start_matches('−').len();
    let comma = |at: usize| if at > sign && at < whole && (whole - at).is_multiple_of(3) { "," } else { "" };
    digits.char_indices().map(|(at, digit)| format!("{}{digit}", comma(at))).collect()
}

/// Formats a number with `decimals` digits after the point and a true minus sign (U+2212); never `−0`.
pub(in crate::chart) fn fixed(number: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", number.abs());
    let is_zero = digits.bytes().all(|b| matches!(b, b'0' | b'.'));
    if number < 0.0 && !is_zero { format!("−{digits}") } else { digits }
}

/// Returns the number of digits after the point that leaves three significant digits; 0 if the integer part has them.
fn three_digits(number: f64) -> usize {
    usize::try_from(2 - decimal_exponent(number)).unwrap_or(0)
}

/// Returns 10 to the `exponent` as the standard library parses it, not as a power function computes it.
pub(in crate::chart) fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(1.0)
}

/// Returns the power of ten of the first digit; 0 for zero.
fn decimal_exponent(number: f64) -> i32 {
    let text = format!("{number:e}");
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

fn superscript(exponent: i32) -> String {
    let digit = |c: char| match c.to_digit(10) {
        Some(digit) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize],
        None => '⁻',
    };
    exponent.to_string().chars().map(digit).collect()
}

fn own_prefix(unit: Unit) -> &'static str {
    match (unit.quantity, unit.prefix) {
        (_, ..=-2) => "µ",
        (_, -1) => "m",
        (Quantity::Bytes, power) => IEC[usize::from(power.unsigned_abs()).min(6)],
        (_, power) => SI[usize::from(power.unsigned_abs()).min(6)],
    }
}

/// Returns the text after the digits: ` GiB/s`, ` %`, ` k/s`, `/s`, or nothing.
fn suffix(prefix: &str, unit: Unit) -> String {
    let name = match unit.quantity {
        Quantity::Seconds => "s",
        Quantity::Bytes => "B",
        Quantity::Bits => "bit",
        Quantity::Percent => "%",
        Quantity::Count | Quantity::None => "",
    };
    let rate = match unit.rate {
        Rate::Whole => "",
        Rate::PerSecond => "/s",
        Rate::PerMinute => "/min",
    };
    let unit = format!("{prefix}{name}");
    if unit.is_empty() { rate.to_owned() } else { spaced(&unit) + rate }
}

/// Returns a unit with the narrow no-break space that separates it from its number (ISO 80000-1, 7.1.4).
fn spaced(unit: &str) -> String {
    format!("{NARROW_SPACE}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(unit: &str, values: &[f64]) -> Vec<String> {
        let unit = Unit::parse(unit).unwrap();
        values.iter().map(|&value| value_text(value, unit).replace(NARROW_SPACE, " ")).collect()
    }

    #[test]
    fn a_unit_follows_a_narrow_space_and_thousands_have_a_comma() {
        assert_eq!(value_text(1500.0, Unit::COUNT), "1,500");
        assert_eq!(value_text(45.5, Unit::PERCENT), "45.5\u{202f}%");
        let grouped = ["999", "1000", "−1234567.25", "100000"].map(grouped);
        assert_eq!(grouped, ["999", "1,000", "−1,234,567.25", "100,000"]);
        let run = crate::text::shape("1\u{202f}%", crate::text::Font::regular(12));
        let plain = crate::text::width("1 %", crate::text::Font::regular(12));
        assert!(run.missing == 0 && run.width < plain, "{} {plain}", run.width);
    }

    #[test]
    fn values_are_written_in_about_three_digits() {
        let values = [0.0, 0.04, 1.0, 45.5, 45.523, 99.97, 99.999, 100.0, -3.25, 1234.5];
        let expected =
            ["0 %", "0.04 %", "1 %", "45.5 %", "45.52 %", "99.97 %", "100 %", "100 %", "−3.25 %", "1,234.5 %"];
        assert_eq!(texts("PERCENT", &values), expected);
    }

    #[test]
    fn short_texts_have_three_significant_digits() {
        let short = |value| short_text(value, Unit::PERCENT).replace(NARROW_SPACE, " ");
        assert_eq!([49.812, 4.9812, 0.0498, 99.97].map(short), ["49.8 %", "4.98 %", "0.0498 %", "99.97 %"]);
        assert_eq!(short_text(39.04, Unit::parse("MILLISECONDS").unwrap()), "39\u{202f}ms");
    }

    #[test]
    fn bytes_count_by_1024() {
        let values = [0.0, 1.0, 1023.0, 1023.9, 1024.0, 1536.0, 1_288_490_189.0, 1e15, 1e300];
        let expected = ["0 B", "1 B", "1,023 B", "1 KiB", "1 KiB", "1.5 KiB", "1.2 GiB", "909 TiB", "1×10³⁰⁰ B"];
        assert_eq!(texts("BYTES", &values), expected);
        assert_eq!(texts("GIGABYTES_PER_SECOND", &[1.2, 0.001, 2048.0]), ["1.2 GiB/s", "1.02 MiB/s", "2 TiB/s"]);
        assert_eq!(texts("KILOBYTES", &[2048.0, 0.0, 1e300]), ["2 MiB", "0 KiB", "1×10³⁰⁰ KiB"]);
    }

    #[test]
    fn everything_else_counts_by_1000() {
        let values = [0.0, 0.5, 9_999.0, 10_000.0, 1_500_000.0, 999_960.0, 3.2e15, 1e21, 1.5e300, 2.5e-9];
        let expected = ["0", "0.5", "9,999", "10 k", "1.5 M", "1 M", "3.2 P", "1×10²¹", "1.5×10³⁰⁰", "2.5×10⁻⁹"];
        assert_eq!(texts("NONE", &values), expected);
        assert_eq!(texts("COUNT_PER_SECOND", &[0.0, 12.0, 15_000.0]), ["0/s", "12/s", "15 k/s"]);
        assert_eq!(texts("COUNT_PER_MINUTE", &[12.5]), ["12.5/min"]);
        assert_eq!(texts("MEGABITS_PER_SECOND", &[0.5, 1500.0]), ["500 kbit/s", "1.5 Gbit/s"]);
    }

    #[test]
    fn times_are_written_in_clock_units() {
        let values = [0.0, 3e-7, 0.012, 0.9999, 1.5, 59.99, 90.0, 5400.0, 129_600.0];
        let expected = ["0 s", "300 ns", "12 ms", "1 s", "1.5 s", "1 min", "1.5 min", "1.5 h", "1.5 d"];
        assert_eq!(texts("SECONDS", &values), expected);
        assert_eq!(texts("MILLISECONDS", &[12.0, 1500.0, 0.0]), ["12 ms", "1.5 s", "0 ms"]);
        assert_eq!(texts("MICROSECONDS", &[12.0, 1500.0, 0.25]), ["12 µs", "1.5 ms", "250 ns"]);
    }

    #[test]
    fn negative_numbers_have_a_true_minus_and_zero_has_none() {
        assert_eq!((fixed(-1.5, 1), fixed(-0.001, 2), fixed(-0.0, 0)), ("−1.5".into(), "0.00".into(), "0".into()));
        assert_eq!(value_text(-5e-324, Unit::NONE), "0");
    }

    /// Parses a text of [`value_text`], and returns the value and the size of its last possible digit.
    fn read(text: &str, value: f64, unit: Unit) -> (f64, f64) {
        let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '−' | ',')).unwrap_or(text.len());
        let number: f64 = text[..end].replace('−', "-").replace(',', "").parse().unwrap();
        let scale = Scale::of(unit, value.abs());
        let multiple = scale.multiples.iter().find(|multiple| multiple.suffix == text[end..]).unwrap();
        let size = multiple.size / scale.factor;
        let decimals = i32::try_from(three_digits(value / size)).unwrap();
        (number * size, power_of_ten(-decimals) * size)
    }

    proptest! {
        #[test]
        fn value_texts_parse_back_within_half_a_digit(
            mantissa in -10.0..10.0_f64, exponent in -40..300_i32, unit in 0..28_usize
        ) {
            let (value, unit) = (mantissa * power_of_ten(exponent), Unit::all().nth(unit).unwrap());
            prop_assume!(value != 0.0);
            let text = value_text(value, unit);
            let (back, digit) = read(&text, value, unit);
            prop_assert!((back - value).abs() <= digit * 0.500_000_1, "{value:e} {unit}: {text}");
            prop_assert!(text.chars().count() <= 28, "{text}");
        }

        #[test]
        fn any_finite_value_of_any_unit_has_a_text(bits: u64, unit in 0..28_usize) {
            let (value, unit) = (f64::from_bits(bits), Unit::all().nth(unit).unwrap());
            prop_assume!(value.is_finite());
            let text = value_text(value, unit);
            prop_assert!(!text.contains("inf") && !text.contains("NaN") && !text.contains('-'), "{text}");
        }
    }
}
