//! Font weights and sizes.

use crate::geometry::Px;
use std::fmt;

/// A font: weight and size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Font {
    /// Stroke weight.
    pub weight: Weight,
    /// Size of the em square.
    pub size: Px,
}

/// Stroke weight of a font.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Weight {
    Regular,
    SemiBold,
}

impl Font {
    /// Makes a regular font of a size in whole pixels.
    pub const fn regular(pixels: i32) -> Self {
        Self { weight: Weight::Regular, size: Px::whole(pixels) }
    }

    /// Makes a semi-bold font of a size in whole pixels.
    pub const fn semi_bold(pixels: i32) -> Self {
        Self { weight: Weight::SemiBold, size: Px::whole(pixels) }
    }
}

impl fmt::Display for Font {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Regular => "regular",
            Weight::SemiBold => "semibold",
        };
        write!(f, "{weight} {}", self.size)
    }
}
