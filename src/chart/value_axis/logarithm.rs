//! The logarithm to base 2 that is the same on every machine.
//!
//! Used by the logarithmic axis, since those of the standard library differ between platforms in their last bit. Splits the number
//! into exponent and mantissa and sums the series of the inverse hyperbolic tangent with `+ - * /` alone.

/// 2 ÷ ln 2.
const TWO_BY_LN_2: f64 = 2.885_390_081_777_926_8;
/// √2: mantissas above it count as half of the next power, so that the series converges fast.
const SQRT_2: f64 = std::f64::consts::SQRT_2;
/// Bits of a mantissa without its leading one.
const MANTISSA_BITS: u32 = 52;
/// What the stored exponent is more than the real one.
const BIAS: i32 = 1023;
/// Terms of the series; the first left out is below 2⁻⁵⁵.
const TERMS: i32 = 11;

/// log₂ of `number`, off by at most 10⁻¹⁵ of the larger of 1 and itself; exact for powers of two. −∞ of zero and less, and of what is
/// no number; ∞ of ∞.
pub(in super::super) fn log2(number: f64) -> f64 {
    if number.is_nan() || number <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if number == f64::INFINITY {
        return f64::INFINITY;
    }
    if number < f64::MIN_POSITIVE {
        return log2(number * power_of_two(54)) - 54.0;
    }
    let bits = number.to_bits();
    let exponent = (bits >> MANTISSA_BITS) as i32 - BIAS;
    let mantissa = f64::from_bits(bits & ((1 << MANTISSA_BITS) - 1) | (BIAS as u64) << MANTISSA_BITS);
    let (exponent, mantissa) = if mantissa > SQRT_2 { (exponent + 1, mantissa / 2.0) } else { (exponent, mantissa) };
    // ln m = 2 (s + s³/3 + s⁵/5 + …) where s = (m − 1) ÷ (m + 1), at most 0.172.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let series = (0..TERMS).rev().fold(0.0, |sum, term| sum * s * s + 1.0 / f64::from(2 * term + 1));
    f64::from(exponent) + TWO_BY_LN_2 * s * series
}

/// 2 to the `exponent`, which is brought between −1022 and 1023.
pub(super) fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent.clamp(1 - BIAS, BIAS) + BIAS) as u64) << MANTISSA_BITS)
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
    fn what_has_no_logarithm_is_infinitely_low() {
        assert_eq!([0.0, -0.0, -3.0, f64::NAN].map(log2), [f64::NEG_INFINITY; 4]);
        assert_eq!(log2(f64::INFINITY), f64::INFINITY);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        #[expect(clippy::disallowed_methods, reason = "a measure with room around it, in no picture")]
        fn the_logarithm_is_as_exact_as_it_says(bits in 1..f64::INFINITY.to_bits(), near in 0.4..2.6_f64) {
            for number in [f64::from_bits(bits), near] {
                let expected = number.log2();
                let bound = 1e-15 * expected.abs().max(1.0);
                prop_assert!((log2(number) - expected).abs() <= bound, "{number:e}: {} {expected}", log2(number));
            }
        }
    }
}
