//! Colours of lines.

use crate::error::{Fault, FaultKind};
use std::fmt;

/// An 8-bit sRGB colour with straight alpha. Displays as `#rrggbb`, or `#rrggbbaa` if translucent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    pub alpha: u8,
}

impl Colour {
    /// Makes an opaque colour of `0xrrggbb`.
    pub const fn rgb(hex: u32) -> Self {
        let [_, red, green, blue] = hex.to_be_bytes();
        Self { red, green, blue, alpha: 255 }
    }

    /// Parses `#rgb`, `#rrggbb` or `#rrggbbaa`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || {
            Fault::new(FaultKind::InvalidColour, "Input should be a colour such as '#0000ff', '#00f' or '#0000ff80'")
        };
        let digits = text.strip_prefix('#').ok_or_else(fault)?;
        let nibbles: Option<Vec<u8>> =
            digits.chars().take(9).map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        let pair = |high: u8, low: u8| high * 16 + low;
        match nibbles.as_deref() {
            Some(&[r, g, b]) => Ok(Self { red: pair(r, r), green: pair(g, g), blue: pair(b, b), alpha: 255 }),
            Some(&[r, rr, g, gg, b, bb]) => {
                Ok(Self { red: pair(r, rr), green: pair(g, gg), blue: pair(b, bb), alpha: 255 })
            }
            Some(&[r, rr, g, gg, b, bb, a, aa]) => {
                Ok(Self { red: pair(r, rr), green: pair(g, gg), blue: pair(b, bb), alpha: pair(a, aa) })
            }
            _ => Err(fault()),
        }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)?;
        if self.alpha < 255 { write!(f, "{:02x}", self.alpha) } else { Ok(()) }
    }
}

impl fmt::Debug for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_six_and_eight_digits_are_colours() {
        assert_eq!(Colour::parse("#00f").unwrap(), Colour::rgb(0x0000ff));
        assert_eq!(Colour::parse("#0A0b0C").unwrap(), Colour::rgb(0x0a0b0c));
        assert_eq!(Colour::parse("#0000ff80").unwrap().to_string(), "#0000ff80");
    }

    #[test]
    fn other_texts_are_rejected() {
        for wrong in ["blue", "#GGGGGG", "#12345", "0000ff", "#", "", "rgb(0,0,255)", "url(x)", "#é00", "#0000ff800"] {
            assert_eq!(Colour::parse(wrong).unwrap_err().kind, FaultKind::InvalidColour, "{wrong}");
        }
    }
}
