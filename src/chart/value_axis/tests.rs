use super::*;
use crate::chart::labels::number::NARROW_SPACE;
use crate::request::{AxisOptions, AxisScale, Quantity, Unit};
use proptest::prelude::*;

/// Height of the plot in an image of 400 px.
const HEIGHT: i32 = 290;

fn axis(unit: &str, min: f64, max: f64) -> ValueAxis {
    value_axis(Some((min, max)), of_unit(Unit::parse(unit)), HEIGHT)
}

fn of_unit(unit: Option<Unit>) -> AxisOptions {
    AxisOptions { unit, ..AxisOptions::default() }
}

fn labels(axis: &ValueAxis) -> String {
    axis.ticks.iter().map(|tick| tick.label.replace(NARROW_SPACE, " ")).collect::<Vec<_>>().join(" | ")
}

fn labels_of(unit: &str, min: f64, max: f64) -> String {
    labels(&axis(unit, min, max))
}

const GIB: f64 = 1_073_741_824.0;

#[test]
fn an_axis_without_data_or_of_zeros_reaches_one_or_100_percent() {
    assert_eq!(labels_of("NONE", 0.0, 0.0), "0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0");
    assert_eq!(labels_of("MILLISECONDS", 0.0, 0.0), "0 | 0.2 ms | 0.4 ms | 0.6 ms | 0.8 ms | 1.0 ms");
    assert_eq!(labels_of("PERCENT", 0.0, 0.0), "0 | 20 % | 40 % | 60 % | 80 % | 100 %");
    let nothing = value_axis(None, of_unit(Some(Unit::PERCENT)), HEIGHT);
    assert_eq!((nothing.low, nothing.high, nothing.ticks.len()), (0.0, 100.0, 6));
    let mixed = value_axis(None, of_unit(None), HEIGHT);
    assert_eq!((mixed.low, mixed.high, mixed.title), (0.0, 1.0, None));
}

#[test]
fn values_next_to_the_largest_number_have_two_labels() {
    for extent in [(-1.7e308, 5e-324), (-1.7e308, 0.0), (0.0, 1.7e308), (f64::MIN, f64::MAX)] {
        let axis = value_axis(Some(extent), of_unit(None), 60);
        assert!(axis.ticks.len() >= 2, "{axis:?}");
    }
}

#[test]
fn a_constant_is_in_the_middle() {
    for (value, text) in
        [(42.0, "0 | 20 | 40 | 60 | 80"), (-3.0, "−6 | −4 | −2 | 0"), (1e15, "0 | 0.5 P | 1.0 P | 1.5 P | 2.0 P")]
    {
        let axis = axis("NONE", value, value);
        assert_eq!((axis.low + axis.high, axis.share(value)), (2.0 * value, 0.5));
        assert_eq!(
            (axis.low.min(axis.high.abs()), labels(&axis)),
            (if value < 0.0 { 2.0 * value } else { 0.0 }, text.to_owned())
        );
    }
    assert_eq!(labels_of("NONE", 1e15, 1e15 + 0.125), "0 | 0.5 P | 1.0 P | 1.5 P | 2.0 P", "the difference is noise");
}

#[test]
fn percent_up_to_100_has_no_label_above() {
    let to_100 = "0 | 20 % | 40 % | 60 % | 80 % | 100 %";
    for (min, max) in [(0.0, 100.0), (0.1, 99.9), (5.0, 94.0), (60.0, 60.0), (100.0, 100.0)] {
        assert_eq!(labels_of("PERCENT", min, max), to_100);
    }
    let full = axis("PERCENT", 100.0, 100.0);
    assert!(full.high > 102.0 && full.high < 106.0, "a line at 100 is seen as wide as it is");
    assert_eq!(axis("PERCENT", 5.0, 94.0).high, 100.0);
    assert_eq!(labels_of("PERCENT", 0.0, 45.5), "0 | 10 % | 20 % | 30 % | 40 % | 50 %");
    assert_eq!(labels_of("PERCENT", 98.0, 100.0), "97.5 % | 98.0 % | 98.5 % | 99.0 % | 99.5 % | 100.0 %");
    assert_eq!(labels_of("PERCENT", 0.0, 130.0), "0 | 25 % | 50 % | 75 % | 100 % | 125 %");
}

#[test]
fn values_that_reach_half_way_to_zero_have_an_axis_from_zero() {
    assert_eq!(labels_of("COUNT", 1.0, 3.0), "0 | 1 | 2 | 3");
    assert_eq!(labels_of("NONE", -7.0, -2.0), "−8 | −6 | −4 | −2 | 0");
    assert_eq!(labels_of("NONE", 100.0, 110.0), "100 | 102 | 104 | 106 | 108 | 110");
    assert_eq!(labels_of("NONE", -100.0, -90.0), "−100 | −98 | −96 | −94 | −92 | −90");
    assert_eq!(labels_of("NONE", 69.998, 70.001), "69.998 | 69.999 | 70.000 | 70.001");
}

#[test]
fn no_step_wastes_much_of_the_plot() {
    for (max, high) in [(95.9, 101.0), (100.0, 106.0), (1000.0, 1053.0), (60.5, 64.0)] {
        let axis = axis("NONE", 0.0, max);
        assert!(axis.high <= high && axis.ticks.len() >= 4, "{max}: {axis:?}");
    }
    assert_eq!(axis("NONE", 0.0, 55.0).high, 60.0, "a step near the data is its end");
}

#[test]
fn mixed_signs_have_a_label_at_zero() {
    assert_eq!(labels_of("NONE", -5.0, 5.0), "−6 | −4 | −2 | 0 | 2 | 4");
    assert_eq!(labels_of("NONE", -1.0, 100.0), "0 | 20 | 40 | 60 | 80 | 100");
    assert_eq!(labels_of("NONE", -100.0, 3.0), "−100 | −80 | −60 | −40 | −20 | 0");
    assert_eq!(labels_of("NONE", -628.0, 381.0), "−600 | −400 | −200 | 0 | 200 | 400");
}

#[test]
fn labels_share_one_prefix_and_their_decimals() {
    assert_eq!(labels_of("COUNT", 0.0, 1200.0), "0 | 250 | 500 | 750 | 1,000 | 1,250");
    assert_eq!(labels_of("COUNT", 0.0, 5000.0), "0 | 1,000 | 2,000 | 3,000 | 4,000 | 5,000");
    assert_eq!(labels_of("COUNT", 0.0, 800e3), "0 | 200 k | 400 k | 600 k | 800 k");
    assert_eq!(labels_of("COUNT", 0.0, 1.4e6), "0 | 0.5 M | 1.0 M | 1.5 M");
    assert_eq!(labels_of("COUNT", 12_345.0, 12_350.0), "12,344 | 12,346 | 12,348 | 12,350");
    assert_eq!(labels_of("COUNT_PER_SECOND", 0.0, 12.0), "0 | 2.5/s | 5.0/s | 7.5/s | 10.0/s | 12.5/s");
    assert_eq!(labels_of("COUNT_PER_SECOND", 0.0, 45e3), "0 | 10 k/s | 20 k/s | 30 k/s | 40 k/s | 50 k/s");
    assert_eq!(labels_of("NONE", 0.0, 3.2e15), "0 | 1 P | 2 P | 3 P");
    assert_eq!(labels_of("BITS_PER_SECOND", 0.0, 1500.0), "0 | 500 bit/s | 1,000 bit/s | 1,500 bit/s");
    let bits = "0 | 200 Mbit/s | 400 Mbit/s | 600 Mbit/s | 800 Mbit/s | 1,000 Mbit/s";
    assert_eq!(labels_of("MEGABITS_PER_SECOND", 0.0, 940.0), bits);
}

#[test]
fn bytes_have_steps_of_powers_of_two() {
    assert_eq!(labels_of("BYTES", 0.0, 900.0), "0 | 256 B | 512 B | 768 B");
    let one = |name| format!("0 | 0.25 {name} | 0.50 {name} | 0.75 {name} | 1.00 {name}");
    for (power, name) in ["KiB", "MiB", "GiB", "TiB", "PiB"].into_iter().enumerate() {
        assert_eq!(labels_of("BYTES", 0.0, (1_u64 << (10 * (power + 1))) as f64), one(name));
    }
    assert_eq!(labels_of("BYTES", 0.0, 0.6 * GIB), "0 | 128 MiB | 256 MiB | 384 MiB | 512 MiB | 640 MiB");
    assert_eq!(labels_of("BYTES_PER_SECOND", 0.0, 1.5 * GIB), "0 | 0.5 GiB/s | 1.0 GiB/s | 1.5 GiB/s");
    assert_eq!(labels_of("BYTES", 0.0, 16.0 * GIB), "0 | 4 GiB | 8 GiB | 12 GiB | 16 GiB");
    assert_eq!(labels_of("KILOBYTES", 0.0, 2048.0), "0 | 0.5 MiB | 1.0 MiB | 1.5 MiB | 2.0 MiB");
    assert_eq!(axis("KILOBYTES", 0.0, 2048.0).ticks[4].value, 2048.0, "values stay in their unit");
    assert_eq!(labels_of("MEGABYTES", 100.0, 130.0), "96 MiB | 104 MiB | 112 MiB | 120 MiB | 128 MiB");
}

#[test]
fn times_have_steps_of_clocks() {
    assert_eq!(labels_of("MILLISECONDS", 0.0, 12.0), "0 | 2.5 ms | 5.0 ms | 7.5 ms | 10.0 ms | 12.5 ms");
    assert_eq!(labels_of("MILLISECONDS", 0.0, 1500.0), "0 | 0.5 s | 1.0 s | 1.5 s");
    assert_eq!(labels_of("MICROSECONDS", 0.0, 350.0), "0 | 100 µs | 200 µs | 300 µs");
    assert_eq!(labels_of("SECONDS", 0.0, 1e-9), "0 | 0.2 ns | 0.4 ns | 0.6 ns | 0.8 ns | 1.0 ns");
    assert_eq!(labels_of("SECONDS", 0.0, 100.0), "0 | 30 s | 60 s | 90 s");
    assert_eq!(labels_of("SECONDS", 0.0, 250.0), "0 | 1 min | 2 min | 3 min | 4 min");
    assert_eq!(labels_of("SECONDS", 0.0, 3600.0), "0 | 15 min | 30 min | 45 min | 60 min");
    assert_eq!(labels_of("SECONDS", 0.0, 86_400.0), "0 | 6 h | 12 h | 18 h | 24 h");
    assert_eq!(labels_of("SECONDS", 0.0, 3e6), "0 | 10 d | 20 d | 30 d");
}

#[test]
fn very_large_and_very_small_numbers_show_their_power_of_ten() {
    assert_eq!(labels_of("NONE", 0.0, 1e-9), "0 | 0.2×10⁻⁹ | 0.4×10⁻⁹ | 0.6×10⁻⁹ | 0.8×10⁻⁹ | 1.0×10⁻⁹");
    assert_eq!(labels_of("NONE", 0.0, 0.0005), "0 | 0.0001 | 0.0002 | 0.0003 | 0.0004 | 0.0005");
    assert_eq!(labels_of("NONE", 1e300, 1e300), "0 | 0.5×10³⁰⁰ | 1.0×10³⁰⁰ | 1.5×10³⁰⁰ | 2.0×10³⁰⁰");
    assert_eq!(labels_of("NONE", f64::MIN, f64::MAX), "−1×10³⁰⁸ | 0 | 1×10³⁰⁸");
    assert_eq!(labels_of("NONE", 5e-324, 5e-324), "0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0");
    let full = axis("NONE", f64::MIN, f64::MAX);
    assert_eq!((full.share(f64::MIN), full.share(0.0), full.share(f64::MAX)), (0.0, 0.5, 1.0));
}

#[test]
fn a_long_unit_moves_into_the_title() {
    let axis = axis("MEGABITS_PER_SECOND", 69.998, 70.001);
    assert_eq!(labels(&axis), "69.998 | 69.999 | 70.000 | 70.001");
    assert_eq!(axis.title.as_deref(), Some("Mbit/s"));
}

#[test]
fn smaller_plots_have_fewer_labels() {
    let labels = |height| labels(&value_axis(Some((0.0, 45.5)), of_unit(Some(Unit::PERCENT)), height));
    assert_eq!(labels(40), "0 | 50 %");
    assert_eq!(labels(60), "0 | 50 %");
    assert_eq!(labels(120), "0 | 20 % | 40 %");
    assert_eq!(labels(290), "0 | 10 % | 20 % | 30 % | 40 % | 50 %");
    assert_eq!(labels(580), "0 | 5 % | 10 % | 15 % | 20 % | 25 % | 30 % | 35 % | 40 % | 45 % | 50 %");
}

/// Asserts that the axis of any range is finite and readable.
fn check(min: f64, max: f64, unit: Option<Unit>, height: i32) -> Result<ValueAxis, TestCaseError> {
    let axis = value_axis(Some((min, max)), of_unit(unit), height);
    let text = format!("{min:e}..{max:e} {unit:?} {height} px: {axis:?}");
    prop_assert!(axis.low.is_finite() && axis.high.is_finite() && axis.low < axis.high, "{text}");
    prop_assert!(axis.low <= min && max <= axis.high, "{text}");
    prop_assert!(axis.ticks.len() <= 12 && (height < 60 || axis.ticks.len() >= 2), "{text}");
    prop_assert!(axis.ticks.iter().all(|tick| (axis.low..=axis.high).contains(&tick.value)), "{text}");
    for pair in axis.ticks.windows(2) {
        prop_assert!(pair[0].value < pair[1].value, "{text}");
    }
    for (i, tick) in axis.ticks.iter().enumerate() {
        prop_assert!(axis.ticks[..i].iter().all(|other| other.label != tick.label), "{text}");
        prop_assert!(!tick.label.contains(['-', 'e', 'N']), "{text}");
        prop_assert!((tick.value == 0.0) == (tick.label == "0"), "{text}");
    }
    prop_assert!(min >= 0.0 || max <= 0.0 || axis.ticks.iter().any(|tick| tick.value == 0.0), "{text}");
    Ok(axis)
}

fn any_unit() -> impl Strategy<Value = Option<Unit>> {
    (0..29_usize).prop_map(|number| Unit::all().nth(number))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_two_numbers_have_an_axis(a: u64, b: u64, unit in any_unit(), height in 0..4096_i32) {
        let (a, b) = (f64::from_bits(a), f64::from_bits(b));
        prop_assume!(a.is_finite() && b.is_finite());
        check(a.min(b), a.max(b), unit, height)?;
    }

    #[test]
    fn near_numbers_have_an_axis(bits: u64, apart in 0_u64..1_000_000, unit in any_unit(), height in 0..4096_i32) {
        let (a, b) = (f64::from_bits(bits), f64::from_bits(bits.saturating_add(apart * apart)));
        prop_assume!(a.is_finite() && b.is_finite());
        check(a.min(b), a.max(b), unit, height)?;
    }

    #[test]
    fn usual_values_have_a_readable_axis(
        (a, b) in (-1000.0..1000.0_f64, -1000.0..1000.0_f64),
        signs in 0..3_u8,
        power in -3..12_i32,
        unit in any_unit(),
        height in 250..300_i32,
    ) {
        let scale: f64 = format!("1e{power}").parse().unwrap();
        let (a, b) = match signs {
            0 => (a.abs() * scale, b.abs() * scale),
            1 => (a.abs() * scale, a.abs() * scale * (1.0 + b.abs() / 5000.0)),
            _ => (a * scale, b * scale),
        };
        let (min, max) = (a.min(b), a.max(b));
        let axis = check(min, max, unit, height)?;
        let text = format!("{min:e}..{max:e} {unit:?}: {axis:?}");
        prop_assert!((4..=6).contains(&axis.ticks.len()) || is_count_below_few(unit, max - min), "{text}");
        let height = f64::from(height);
        let head_room = (1.0 - axis.share(max)) * height;
        prop_assert!(head_room >= 5.999 && head_room >= 0.049_99 * height, "head-room: {text}");
        // A constant is in the middle, zero is the end of negative values, and of counts below one the next whole number.
        let is_constant = max - min <= 1e-9 * max.abs().max(min.abs());
        let is_free = !is_constant && axis.high != 0.0 && !is_count_below_few(unit, max - min);
        prop_assert!(!is_free || head_room <= 0.121 * height, "wasted: {text}");
        let is_based = axis.low == 0.0 || axis.high == 0.0;
        let is_based = is_based || is_count_below_few(unit, max - min);
        prop_assert!(is_based || axis.share(max) - axis.share(min) >= 0.35, "flat: {text}");
        for pair in axis.ticks.windows(2) {
            prop_assert!((axis.share(pair[1].value) - axis.share(pair[0].value)) * height >= 30.0, "near: {text}");
        }
        let is_percent = unit.is_some_and(|unit| unit.quantity == Quantity::Percent);
        let last = axis.ticks.last().unwrap();
        prop_assert!(!is_percent || max > 100.0 || last.value <= 100.0, "{text}");
        prop_assert!(min < 0.0 || min >= max / 2.0 || axis.low == 0.0, "{text}");
        let decimals = |label: &str| {
            let after = label.split_once('.').map_or("", |(_, after)| after);
            after.chars().take_while(char::is_ascii_digit).count()
        };
        let mut shown = axis.ticks.iter().filter(|tick| tick.label != "0").map(|tick| decimals(&tick.label));
        let first = shown.next();
        prop_assert!(shown.all(|decimals| Some(decimals) == first), "{text}");
    }
}

/// Reports whether a count has too few whole numbers for four labels.
fn is_count_below_few(unit: Option<Unit>, number: f64) -> bool {
    unit == Some(Unit::COUNT) && number < 4.0
}

#[test]
fn at_most_12_percent_stay_free_above_the_data() {
    for (unit, max, expected) in [
        ("PERCENT", 80.8, "0 | 20 % | 40 % | 60 % | 80 %"),
        ("NONE", 1.3, "0 | 0.25 | 0.50 | 0.75 | 1.00 | 1.25"),
        ("SECONDS", 2.09, "0 | 0.5 s | 1.0 s | 1.5 s | 2.0 s"),
        ("SECONDS", 13.0, "0 | 3 s | 6 s | 9 s | 12 s"),
    ] {
        let axis = axis(unit, 0.0, max);
        assert_eq!(labels(&axis), expected);
        assert!(1.0 - axis.share(max) <= 0.121, "{axis:?}");
    }
}

#[test]
fn counts_have_no_fractions_on_the_axis() {
    for (min, max, expected) in [
        (0.0, 0.0, "0 | 1"),
        (0.0, 0.4, "0 | 1"),
        (0.0, 1.0, "0 | 1"),
        (0.0, 2.0, "0 | 1 | 2"),
        (0.0, 13.0, "0 | 3 | 6 | 9 | 12"),
        (1.5, 1.5, "1 | 2"),
    ] {
        assert_eq!(labels_of("COUNT", min, max), expected, "{min} to {max}");
    }
    assert!(labels_of("COUNT_PER_SECOND", 0.0, 0.4).contains("0.1/s"), "a rate has fractions");
}

#[test]
fn noise_beside_zero_does_not_change_an_axis() {
    assert_eq!(labels(&axis("NONE", -1e-12, 2000.0)), labels(&axis("NONE", 0.0, 2000.0)));
    assert_eq!(labels(&axis("NONE", -2000.0, 1e-12)), labels(&axis("NONE", -2000.0, 0.0)));
    assert!(axis("NONE", -1e-6, 2000.0).ticks[0].value < 0.0, "what is more than noise has its axis");
}

#[test]
fn a_percent_axis_starts_at_zero_unless_all_values_lie_within_10_points() {
    assert_eq!(axis("PERCENT", 60.0, 80.0).low, 0.0);
    assert!(axis("PERCENT", 71.0, 80.0).low > 60.0);
    assert!(axis("NONE", 60.0, 80.0).low > 50.0, "other units may start anywhere");
}

#[test]
fn a_narrow_logarithmic_range_has_labels_and_fills_the_plot() {
    let axis = logarithmic("NONE", 100.0, 102.0, HEIGHT);
    assert_eq!(labels(&axis), "99.5 | 100.0 | 100.5 | 101.0 | 101.5 | 102.0");
    assert!(axis.share(102.0) - axis.share(100.0) > 0.75, "{axis:?}");
}

fn requested(min: Option<f64>, max: Option<f64>, extent: (f64, f64)) -> ValueAxis {
    value_axis(Some(extent), AxisOptions { min, max, ..AxisOptions::default() }, HEIGHT)
}

#[test]
fn requested_ends_are_exact() {
    let both = requested(Some(3.3), Some(17.0), (0.0, 100.0));
    assert_eq!((both.low, both.high, labels(&both).as_str()), (3.3, 17.0, "4 | 6 | 8 | 10 | 12 | 14 | 16"));
    let one = requested(None, Some(70.0), (12.0, 100.0));
    assert_eq!((one.low, one.high, labels(&one).as_str()), (0.0, 70.0, "0 | 20 | 40 | 60"));
    let other = requested(Some(90.0), None, (12.0, 100.0));
    assert_eq!((other.low, labels(&other).as_str()), (90.0, "90 | 92 | 94 | 96 | 98 | 100"));
}

#[test]
fn ends_beyond_the_data_are_kept_and_the_other_end_follows() {
    for (min, max, extent) in [
        (Some(100.0), None, (1.0, 5.0)),
        (None, Some(-100.0), (1.0, 5.0)),
        (Some(0.0), None, (-9.0, -5.0)),
        (None, Some(0.0), (1.0, 5.0)),
        (None, Some(0.0), (0.0, 0.0)),
        (Some(-3.0), None, (-9.0, -5.0)),
        (Some(0.0), Some(1e-9), (1e300, 1e308)),
    ] {
        let axis = requested(min, max, extent);
        assert_eq!((min.unwrap_or(axis.low), max.unwrap_or(axis.high)), (axis.low, axis.high));
        assert!(axis.low < axis.high && axis.ticks.len() >= 2, "{axis:?}");
    }
}

#[test]
fn invalid_requested_ends_are_ignored() {
    let usual = requested(None, None, (1.0, 5.0));
    for (min, max) in [(5.0, 5.0), (7.0, 2.0), (f64::NAN, f64::INFINITY), (1e15, 1e15 + 0.125)] {
        assert_eq!(requested(Some(min), Some(max), (1.0, 5.0)), usual, "{min} {max}");
    }
}

fn logarithmic(unit: &str, min: f64, max: f64, height: i32) -> ValueAxis {
    let options = AxisOptions { scale: AxisScale::Logarithmic, ..of_unit(Unit::parse(unit)) };
    value_axis(Some((min, max)), options, height)
}

fn logarithmic_labels(unit: &str, min: f64, max: f64) -> String {
    labels(&logarithmic(unit, min, max, HEIGHT))
}

#[test]
fn a_logarithmic_axis_labels_decades() {
    assert_eq!(logarithmic_labels("MILLISECONDS", 1.2, 8000.0), "1 ms | 10 ms | 100 ms | 1 s | 10 s");
    assert_eq!(logarithmic_labels("NONE", 3.0, 2e6), "1 | 10 | 100 | 1,000 | 10 k | 100 k | 1 M | 10 M");
    assert_eq!(logarithmic_labels("NONE", 1e-3, 1e12), "0.01 | 1 | 100 | 10 k | 1 M | 100 M | 10 G | 1 T");
}

#[test]
fn a_logarithmic_axis_labels_2_and_5_if_they_fit() {
    assert_eq!(logarithmic_labels("NONE", 12.0, 900.0), "10 | 20 | 50 | 100 | 200 | 500 | 1,000 | 2,000");
    assert_eq!(labels(&logarithmic("NONE", 12.0, 900.0, 120)), "10 | 100 | 1,000");
}

#[test]
fn a_logarithmic_axis_counts_bytes_by_powers_of_two() {
    assert_eq!(logarithmic_labels("BYTES", 700.0, 3e9), "1 KiB | 32 KiB | 1 MiB | 32 MiB | 1 GiB");
    assert_eq!(
        logarithmic_labels("KILOBYTES", 3.0, 90.0),
        "2 KiB | 4 KiB | 8 KiB | 16 KiB | 32 KiB | 64 KiB | 128 KiB"
    );
}

#[test]
fn a_logarithmic_axis_counts_long_times_as_clocks_do() {
    assert_eq!(logarithmic_labels("SECONDS", 0.2, 50_000.0), "1 s | 1 min | 1 h | 1 d");
    assert_eq!(logarithmic_labels("SECONDS", 40.0, 5000.0), "1 min | 10 min | 1 h");
}

#[test]
fn less_than_a_decade_has_the_labels_of_a_linear_axis() {
    assert_eq!(logarithmic_labels("NONE", 42.0, 87.0), "50 | 60 | 70 | 80 | 90 | 100");
    assert_eq!(logarithmic_labels("PERCENT", 99.1, 99.7), "99.0 % | 99.2 % | 99.4 % | 99.6 %");
}

#[test]
fn a_constant_is_in_the_middle_of_a_logarithmic_axis() {
    let axis = logarithmic("NONE", 100.0, 100.0, HEIGHT);
    assert!((axis.share(100.0) - 0.5).abs() < 1e-9, "{axis:?}");
    assert_eq!(labels(&axis), "10 | 20 | 50 | 100 | 200 | 500 | 1,000");
}

type Given = (&'static str, f64, f64);

fn pair(left: Given, right: Given) -> [ValueAxis; 2] {
    let side = |(unit, min, max): Given| (Some((min, max)), of_unit(Unit::parse(unit)));
    value_axes(side(left), side(right), HEIGHT).into()
}

#[test]
fn two_axes_have_as_many_labels_each_and_none_wastes_much() {
    let [percent, bytes] = pair(("PERCENT", 3.0, 88.0), ("BYTES", 0.0, 3e9));
    assert_eq!(labels(&percent), "0 | 20 % | 40 % | 60 % | 80 % | 100 %");
    assert_eq!(labels(&bytes), "0 | 1 GiB | 2 GiB | 3 GiB | 4 GiB | 5 GiB");
    for (left, right) in [
        (("PERCENT", 100.0, 100.0), ("COUNT", 0.0, 37.0)),
        (("COUNT", 0.0, 1200.0), ("PERCENT", 0.0, 99.0)),
        (("NONE", -5.0, 5.0), ("MILLISECONDS", 100.0, 110.0)),
        (("SECONDS", 0.0, 5000.0), ("NONE", -7.0, -2.0)),
        (("BYTES", 1.1e9, 2.0e9), ("COUNT_PER_SECOND", 0.0, 7.0)),
    ] {
        let axes = pair(left, right);
        let text = format!("{} || {}", labels(&axes[0]), labels(&axes[1]));
        assert!(axes[0].ticks.len() == axes[1].ticks.len() && (3..=7).contains(&axes[0].ticks.len()), "{text}");
        for (axis, (_, min, max)) in axes.iter().zip([left, right]) {
            let used = axis.share(max) - axis.share(min);
            assert!(used >= 0.35 || axis.low == 0.0 && axis.share(max) >= 0.45, "{used} of {text}");
        }
    }
}

/// Asserts the properties of every logarithmic axis.
fn check_logarithmic(axis: &ValueAxis, height: i32) -> Result<(), TestCaseError> {
    prop_assert!(0.0 < axis.low && axis.low < axis.high && axis.high.is_finite(), "{axis:?}");
    prop_assert!(axis.ticks.len() <= 12 && (height < 60 || axis.ticks.len() >= 2), "{axis:?}");
    prop_assert!(axis.ticks.iter().all(|tick| (axis.low..=axis.high).contains(&tick.value)), "{axis:?}");
    for pair in axis.ticks.windows(2) {
        let distance = (axis.share(pair[1].value) - axis.share(pair[0].value)) * f64::from(height);
        prop_assert!(distance >= 29.9 && pair[0].label != pair[1].label, "{distance}: {axis:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_requested_ends_have_an_axis(
        bits: [u64; 4], given in (any::<bool>(), any::<bool>()), near in any::<bool>(), unit in any_unit(), height in 0..4096_i32,
    ) {
        let [a, b, c, d] = bits.map(f64::from_bits);
        let (c, d) = if near { (a * 1.001, a * 1.5) } else { (c, d) };
        prop_assume!([a, b, c, d].iter().all(|end| end.is_nan() || end.abs() < 1e307) && a.is_finite() && b.is_finite());
        let (min, max) = (Some(c).filter(|_| given.0), Some(d).filter(|_| given.1));
        let axis = value_axis(Some((a.min(b), a.max(b))), AxisOptions { min, max, ..of_unit(unit) }, height);
        prop_assert!(axis.low.is_finite() && axis.high.is_finite() && axis.low < axis.high, "{axis:?}");
        prop_assert!(axis.ticks.len() <= 12 && (height < 60 || axis.ticks.len() >= 2), "{axis:?}");
        prop_assert!(axis.ticks.iter().all(|tick| (axis.low..=axis.high).contains(&tick.value)), "{axis:?}");
        for pair in axis.ticks.windows(2) {
            prop_assert!(pair[0].value < pair[1].value && pair[0].label != pair[1].label, "{axis:?}");
        }
    }

    #[test]
    fn any_two_numbers_above_zero_have_a_logarithmic_axis(
        mantissas in (1.0..10.0_f64, 1.0..10.0_f64), powers in (-289..300_i32, 0..40_i32), wide in 0..4_u8, unit in any_unit(), height in 0..2000_i32,
    ) {
        let power = if wide == 0 { 20 * powers.1 } else { powers.1 / 5 };
        let number = |mantissa: f64, power: i32| format!("{mantissa}e{}", power.min(307)).parse::<f64>().unwrap();
        let (a, b) = (number(mantissas.0, powers.0), number(mantissas.1, powers.0 + power));
        let options = AxisOptions { scale: AxisScale::Logarithmic, ..of_unit(unit) };
        let axis = value_axis(Some((a.min(b), a.max(b))), options, height);
        check_logarithmic(&axis, height)?;
        prop_assert!(axis.low <= a.min(b) && axis.high >= a.max(b), "{axis:?}");
    }

    #[test]
    fn any_two_extents_have_two_axes(bits: [u64; 4], usual in any::<bool>(), units in (any_unit(), any_unit()), height in 0..2000_i32) {
        let number = |bits: u64| if usual { (bits % 2_000_001) as f64 / 1000.0 - 1000.0 } else { f64::from_bits(bits) };
        let [a, b, c, d] = bits.map(number);
        prop_assume!([a, b, c, d].iter().all(|number| number.is_finite()));
        let (one, other) = ((a.min(b), a.max(b)), (c.min(d), c.max(d)));
        let (left, right) = value_axes((Some(one), of_unit(units.0)), (Some(other), of_unit(units.1)), height);
        for (axis, extent, unit) in [(&left, one, units.0), (&right, other, units.1)] {
            prop_assert!(axis.low <= extent.0 && axis.high >= extent.1 && axis.low < axis.high, "{axis:?}");
            prop_assert!(height < 60 || axis.ticks.len() >= 2, "{axis:?}");
            let is_percent = unit == Some(Unit::PERCENT) && extent.1 <= 100.0;
            prop_assert!(!is_percent || axis.ticks.iter().all(|tick| tick.value <= 100.0), "{axis:?}");
            prop_assert!(!usual || extent.0 < 0.0 || extent.0 >= extent.1 / 2.0 || axis.low == 0.0, "{axis:?}");
        }
        if usual && height >= 100 {
            let heights = |axis: &ValueAxis| axis.ticks.iter().map(|tick| (axis.share(tick.value) * 1e6).round()).collect::<Vec<_>>();
            prop_assert_eq!(heights(&left), heights(&right));
        }
    }
}
