//! Positions and lengths in an image, in 1/64 pixel.
//!
//! Fixed point, as in font rasterisers: equal on every machine, fine enough for smooth lines, and plotters' integer
//! coordinates carry it unchanged. y grows downwards; pixel (0, 0) covers 0 to 1 in both directions.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// A length or coordinate in 1/64 pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Px(i32);

impl Px {
    /// Zero length.
    pub const ZERO: Self = Self(0);

    /// Units per pixel.
    pub const PER_PIXEL: i32 = 64;

    /// Makes a length of 1/64 pixels.
    pub const fn from_units(units: i32) -> Self {
        Self(units)
    }

    /// Makes a length of whole pixels.
    pub const fn whole(pixels: i32) -> Self {
        Self(pixels * Self::PER_PIXEL)
    }

    /// Returns the length nearest to `pixels`; saturates, and maps NaN to zero.
    pub fn nearest(pixels: f64) -> Self {
        let units = pixels * f64::from(Self::PER_PIXEL);
        // Adding a half and truncating rounds without a call; the cast saturates.
        Self((units + if units < 0.0 { -0.5 } else { 0.5 }) as i32)
    }

    /// Returns the length in 1/64 pixels.
    pub const fn units(self) -> i32 {
        self.0
    }

    /// Returns the length in pixels.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / f64::from(Self::PER_PIXEL)
    }

    /// Returns the length rounded down to whole pixels.
    pub const fn floor(self) -> i32 {
        self.0.div_euclid(Self::PER_PIXEL)
    }

    /// Returns the length rounded up to whole pixels.
    pub const fn ceil(self) -> i32 {
        self.0.saturating_add(Self::PER_PIXEL - 1).div_euclid(Self::PER_PIXEL)
    }

    /// Returns the length rounded to the nearest whole pixel.
    pub const fn round(self) -> i32 {
        self.0.saturating_add(Self::PER_PIXEL / 2).div_euclid(Self::PER_PIXEL)
    }

    /// Returns half of the length.
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }
}

impl Add for Px {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Px {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Px {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Px {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Px {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl fmt::Display for Px {
    /// Writes pixels with at most two decimals: `12`, `12.5`, `12.02`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.to_f64());
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub struct Point {
    pub x: Px,
    pub y: Px,
}

impl Point {
    /// Makes a position.
    pub const fn new(x: Px, y: Px) -> Self {
        Self { x, y }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.x, self.y)
    }
}

/// A rectangle of whole pixels, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub struct Rect {
    pub left: i32,
    pub top: i32,
    pub width: i32,
    pub height: i32,
}

impl Rect {
    /// Makes a rectangle of its corner and size in pixels.
    pub const fn new(left: i32, top: i32, width: i32, height: i32) -> Self {
        Self { left, top, width, height }
    }

    /// Returns the first pixel column to the right of the rectangle.
    pub const fn right(self) -> i32 {
        self.left + self.width
    }

    /// Returns the first pixel row below the rectangle.
    pub const fn bottom(self) -> i32 {
        self.top + self.height
    }

    /// Returns the intersection with `other`; empty if they are disjoint.
    pub fn intersect(self, other: Self) -> Self {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        let (right, bottom) = (self.right().min(other.right()), self.bottom().min(other.bottom()));
        Self { left, top, width: (right - left).max(0), height: (bottom - top).max(0) }
    }
}

impl fmt::Display for Rect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{} {}x{}", self.left, self.top, self.width, self.height)
    }
}
