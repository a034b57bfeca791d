//! Units of the wire contract.

use std::fmt;

/// A unit, such as `KILOBYTES_PER_SECOND`: a prefix, a quantity, and an optional rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit {
    /// Counted quantity.
    pub quantity: Quantity,
    /// Power of the prefix: 1 is kilo, 4 is tera; −1 is milli, −2 is micro. Only bytes and bits have positive powers,
    /// only seconds negative ones. A step is 1024 for bytes and 1000 for other quantities.
    pub prefix: i8,
    /// Reference time of a rate.
    pub rate: Rate,
}

/// Counted quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Quantity {
    Seconds,
    Bytes,
    Bits,
    Percent,
    Count,
    None,
}

/// Reference time of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Rate {
    Whole,
    PerSecond,
    PerMinute,
}

const PREFIXES: [&str; 5] = ["", "KILO", "MEGA", "GIGA", "TERA"];

impl Unit {
    /// No unit.
    pub const NONE: Self = Self::plain(Quantity::None);
    /// A count.
    pub const COUNT: Self = Self::plain(Quantity::Count);
    /// Percent, 0 to 100.
    pub const PERCENT: Self = Self::plain(Quantity::Percent);
    /// Bytes.
    pub const BYTES: Self = Self::plain(Quantity::Bytes);
    /// Seconds.
    pub const SECONDS: Self = Self::plain(Quantity::Seconds);

    /// Makes a unit without prefix and rate.
    pub const fn plain(quantity: Quantity) -> Self {
        Self { quantity, prefix: 0, rate: Rate::Whole }
    }

    /// Iterates over all units of the contract.
    pub fn all() -> impl Iterator<Item = Self> {
        let seconds = [0, -1, -2].map(|prefix| Self { prefix, ..Self::SECONDS });
        let sized = [Quantity::Bytes, Quantity::Bits]
            .into_iter()
            .flat_map(|quantity| (0..5).map(move |prefix| Self { prefix, ..Self::plain(quantity) }))
            .flat_map(|unit| [unit, Self { rate: Rate::PerSecond, ..unit }]);
        let counts = [Rate::Whole, Rate::PerSecond, Rate::PerMinute].map(|rate| Self { rate, ..Self::COUNT });
        seconds.into_iter().chain(sized).chain(counts).chain([Self::PERCENT, Self::NONE])
    }

    /// Parses the contract's word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|unit| unit.to_string() == word)
    }

    /// Returns the unit per second; quantities other than bytes, bits and counts stay unchanged.
    pub fn per_second(self) -> Self {
        match self.quantity {
            Quantity::Bytes | Quantity::Bits | Quantity::Count => Self { rate: Rate::PerSecond, ..self },
            Quantity::Seconds | Quantity::Percent | Quantity::None => self,
        }
    }

    /// Returns the number of plain quantities in one unit: 1024 for KILOBYTES, 0.001 for MILLISECONDS.
    pub fn factor(self) -> f64 {
        let step: f64 = if self.quantity == Quantity::Bytes { 1024.0 } else { 1000.0 };
        (0..self.prefix.unsigned_abs())
            .fold(1.0, |factor, _| if self.prefix < 0 { factor / step } else { factor * step })
    }
}

impl fmt::Display for Unit {
    /// Writes the contract's word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.prefix {
            -2 => "MICRO",
            -1 => "MILLI",
            up => PREFIXES.get(usize::from(up.unsigned_abs())).copied().unwrap_or(""),
        };
        let quantity = match self.quantity {
            Quantity::Seconds => "SECONDS",
            Quantity::Bytes => "BYTES",
            Quantity::Bits => "BITS",
            Quantity::Percent => "PERCENT",
            Quantity::Count => "COUNT",
            Quantity::None => "NONE",
        };
        let rate = match self.rate {
            Rate::Whole => "",
            Rate::PerSecond => "_PER_SECOND",
            Rate::PerMinute => "_PER_MINUTE",
        };
        write!(f, "{prefix}{quantity}{rate}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_contract_are_units() {
        for word in [
            "SECONDS",
            "MICROSECONDS",
            "MILLISECONDS",
            "BYTES",
            "TERABYTES",
            "KILOBITS_PER_SECOND",
            "GIGABYTES_PER_SECOND",
            "PERCENT",
            "COUNT",
            "COUNT_PER_SECOND",
            "COUNT_PER_MINUTE",
            "NONE",
        ] {
            assert_eq!(Unit::parse(word).map(|unit| unit.to_string()), Some(word.to_owned()));
        }
        assert_eq!(Unit::all().count(), 28);
        assert_eq!(Unit::parse("PERCENT_PER_SECOND"), None);
    }

    #[test]
    fn factors_convert_to_the_plain_quantity() {
        assert_eq!(Unit::parse("MEGABYTES").map(Unit::factor), Some(1_048_576.0));
        assert_eq!(Unit::parse("MEGABITS").map(Unit::factor), Some(1_000_000.0));
        assert_eq!(Unit::parse("MILLISECONDS").map(Unit::factor), Some(0.001));
    }
}
