//! One series and its style.

use super::line::Curve;
use crate::chart::palette::Look;

/// One line to be drawn.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct Figure<'a> {
    /// Its values.
    pub curve: &'a Curve,
    /// How it is told apart.
    pub look: Look,
}
