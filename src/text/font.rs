//! Which font, in which size.

use crate::geometry::Px;
use std::fmt;

/// A weight and a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Font {
    /// Thickness of the strokes.
    pub weight: Weight,
    /// Of the em square.
    pub size: Px,
}

/// Thickness of the strokes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Weight {
    Regular,
    SemiBold,
}

impl Font {
    /// Regular, in whole pixels.
    pub const fn regular(pixels: i32) -> Self {
        Self { weight: Weight::Regular, size: Px::whole(pixels) }
    }

    /// Semi-bold, in whole pixels.
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
