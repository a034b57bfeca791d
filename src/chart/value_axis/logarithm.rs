//! Logarithms and powers to base 2 that are the same on every machine.
//!
//! The functions of the standard library differ between platforms in their last bit; those of `libm` are written in
//! Rust and use `+ - * /` alone.

/// Returns log₂ of `number`, exact for powers of two; −∞ for zero, negative numbers and NaN.
pub(super) fn log2(number: f64) -> f64 {
    if number > 0.0 { libm::log2(number) } else { f64::NEG_INFINITY }
}

/// Returns 2 to the `exponent`, clamped to the range of normal numbers, −1022 to 1023.
pub(super) fn power_of_two(exponent: i32) -> f64 {
    libm::ldexp(1.0, exponent.clamp(f64::MIN_EXP - 1, f64::MAX_EXP - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn powers_of_two_have_whole_logarithms() {
        for exponent in -1022..=1023 {
            assert_eq!(log2(power_of_two(exponent)), f64::from(exponent));
        }
        assert_eq!((log2(5e-324), log2(1.0)), (-1074.0, 0.0));
    }

    #[test]
    fn numbers_without_a_logarithm_are_minus_infinity() {
        assert_eq!([0.0, -0.0, -3.0, f64::NAN].map(log2), [f64::NEG_INFINITY; 4]);
        assert_eq!(log2(f64::INFINITY), f64::INFINITY);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        #[expect(clippy::disallowed_methods, reason = "checks a bound with tolerance; draws nothing")]
        fn the_logarithm_is_accurate_to_1e_15(bits in 1..f64::INFINITY.to_bits(), near in 0.4..2.6_f64) {
            for number in [f64::from_bits(bits), near] {
                let expected = number.log2();
                let bound = 1e-15 * expected.abs().max(1.0);
                prop_assert!((log2(number) - expected).abs() <= bound, "{number:e}: {} {expected}", log2(number));
            }
        }
    }
}
