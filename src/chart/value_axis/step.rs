//! Round steps between labels: 1, 2, 5 × 10ⁿ, and 25 × 10ⁿ where those leave too few labels; powers of two for bytes; clock units for times.
//!
//! A step is a fraction of two whole numbers, so that its multiples are the floating-point numbers nearest to their
//! labels.

use crate::chart::labels::number::Counting;

/// The distance between two labels, in counted numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    numerator: f64,
    denominator: f64,
}

/// Reciprocal of the smallest step.
const SMALLEST_PARTS: f64 = 1e15;

/// Steps of clocks, in seconds; longer steps are days.
const CLOCK: [f64; 17] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0, 21_600.0,
    43_200.0,
];

const DAY: f64 = 86_400.0;

/// Returns the steps of a quantity, increasing.
pub(super) fn ladder(counting: Counting) -> Vec<Step> {
    let decimals = |unit: f64, powers: usize| {
        let tens = std::iter::successors(Some(unit), |power| Some(power * 10.0)).take(powers);
        tens.flat_map(|power| [power, 2.0 * power, 5.0 * power]).map(Step::whole)
    };
    let parts =
        std::iter::successors(Some(SMALLEST_PARTS), |parts| Some(parts / 10.0)).take_while(|&parts| parts > 1.0);
    let fractions = parts.flat_map(|denominator| [1.0, 2.0, 5.0].map(|numerator| Step { numerator, denominator }));
    let mut steps: Vec<Step> = fractions.collect();
    match counting {
        Counting::Whole => return decimals(1.0, 22).collect(),
        Counting::Decimal => steps.extend(decimals(1.0, 22)),
        Counting::Binary => {
            steps.extend(std::iter::successors(Some(1.0), |power| Some(power * 2.0)).take(72).map(Step::whole));
        }
        Counting::Clock => {
            steps.extend(CLOCK.map(Step::whole));
            steps.extend(decimals(DAY, 12));
        }
    }
    steps
}

/// Returns steps between those of the ladder, increasing, for axes that would have too few labels without them.
pub(super) fn between(counting: Counting) -> Vec<Step> {
    let quarters = |unit: f64, powers: usize| {
        std::iter::successors(Some(25.0 * unit), |size| Some(size * 10.0)).take(powers).map(Step::whole)
    };
    let parts = std::iter::successors(Some(SMALLEST_PARTS), |parts| Some(parts / 10.0));
    let fractions = parts.take_while(|&parts| parts > 1.0).map(|denominator| Step { numerator: 25.0, denominator });
    let three = |unit: f64| std::iter::once(Step::whole(3.0 * unit));
    match counting {
        Counting::Decimal => fractions.chain(quarters(1.0, 20)).collect(),
        Counting::Whole => three(1.0).chain(quarters(1.0, 20)).collect(),
        Counting::Binary => fractions.collect(),
        Counting::Clock => {
            // Above a second the fractions end: 2.5 s is no step of a clock.
            let below = fractions.filter(|step| step.size() < 1.0);
            below.chain(three(1.0)).chain(three(60.0)).chain(three(DAY)).chain(quarters(DAY, 10)).collect()
        }
    }
}

impl Step {
    /// Returns the smallest step of a ladder.
    pub fn smallest(counting: Counting) -> Self {
        match counting {
            Counting::Whole => Self::whole(1.0),
            Counting::Decimal | Counting::Binary | Counting::Clock => {
                Self { numerator: 1.0, denominator: SMALLEST_PARTS }
            }
        }
    }

    const fn whole(size: f64) -> Self {
        Self { numerator: size, denominator: 1.0 }
    }

    /// Returns the size of the step; above 0.
    pub fn size(self) -> f64 {
        self.numerator / self.denominator
    }

    /// Returns `steps` times the step; `steps` is a whole number.
    pub fn times(self, steps: f64) -> f64 {
        steps * self.numerator / self.denominator
    }

    /// Returns the largest whole number of steps from zero that does not exceed `number`.
    pub fn below(self, number: f64) -> f64 {
        let steps = (number * self.denominator / self.numerator).floor();
        if self.times(steps) > number {
            steps - 1.0
        } else if self.times(steps + 1.0) <= number {
            steps + 1.0
        } else {
            steps
        }
    }

    /// Returns the smallest whole number of steps from zero that is not below `number`.
    pub fn above(self, number: f64) -> f64 {
        0.0 - self.below(-number)
    }

    /// Returns the number of digits after the point that write multiples of the step exactly, counted in `size`.
    pub fn decimals(self, size: f64) -> usize {
        let mut numerator = self.numerator;
        let mut decimals = 0;
        while (numerator / (self.denominator * size)).fract() != 0.0 && decimals < 20 {
            numerator *= 10.0;
            decimals += 1;
        }
        decimals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_and_at_most_two_and_a_half_fold() {
        for counting in [Counting::Whole, Counting::Decimal, Counting::Binary, Counting::Clock] {
            let sizes: Vec<f64> = ladder(counting).into_iter().map(Step::size).collect();
            for pair in sizes.windows(2) {
                assert!(pair[1] > pair[0] && pair[1] < pair[0] * 2.501, "{counting:?}: {pair:?}");
            }
        }
    }

    #[test]
    fn multiples_of_a_step_equal_their_decimal_text() {
        let step = Step { numerator: 2.0, denominator: 1000.0 };
        assert_eq!((step.times(35_000.0), step.times(3.0), step.decimals(1.0)), (70.0, 0.006, 3));
        assert_eq!((step.below(0.006), step.above(0.006), step.above(0.0061)), (3.0, 3.0, 4.0));
        assert_eq!((step.below(-0.006), step.above(-0.0061)), (-3.0, -3.0));
    }

    #[test]
    fn decimals_depend_on_the_multiple() {
        let quarter = Step::whole(256.0);
        assert_eq!((quarter.decimals(1.0), quarter.decimals(1024.0)), (0, 2));
        assert_eq!(Step::whole(90.0).decimals(60.0), 1);
        assert!(Step::whole(20.0).decimals(60.0) > 15);
    }
}
