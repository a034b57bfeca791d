//! The values of a load: a daily wave with autoregressive noise, similar to the CPU usage of a server.
//!
//! They are computed from a fixed seed by plain arithmetic, so they are equal on every machine.

/// The gaps of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    None,
    /// Gaps of one to twelve points, started by about one point in forty.
    Many,
}

/// Returns the values of series number `series`, between 0 and 100: a wave with a length of `wave_points` points, and first-order
/// autoregressive noise with the coefficient 0.9.
pub fn of_series(series: usize, points: usize, wave_points: f64, gaps: Gaps) -> impl Iterator<Item = Option<f64>> {
    let mut chance = Chance::of(series as u64 + 1);
    let (phase, level) = (chance.next(), 15.0 + 70.0 * chance.next());
    let (mut noise, mut missing) = (0.0, 0_u32);
    (0..points).map(move |index| {
        noise = 0.9 * noise + 0.25 * chance.bell();
        let turns = index as f64 / wave_points + phase;
        let value = (level + 12.0 * wave(turns) + noise).clamp(0.0, 100.0);
        if missing == 0 && gaps == Gaps::Many && chance.next() < 0.025 {
            missing = 1 + (chance.next() * 12.0) as u32;
        }
        let here = missing == 0;
        missing = missing.saturating_sub(1);
        here.then_some(value)
    })
}

/// Returns the sine of `turns` whole turns, to 0.2 percent: Bhaskara's approximation, whose result is equal on every machine.
pub fn wave(turns: f64) -> f64 {
    let part = (turns - turns.floor()) * 2.0;
    let (half, sign) = if part < 1.0 { (part, 1.0) } else { (part - 1.0, -1.0) };
    let product = half * (1.0 - half);
    sign * 16.0 * product / (5.0 - 4.0 * product)
}

/// Marsaglia's xorshift with 64 bits of state.
pub struct Chance(u64);

impl Chance {
    pub fn of(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        (0..8).for_each(|_| _ = chance.next());
        chance
    }

    /// Returns a uniform number in `0.0..1.0`.
    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns a nearly normal number with mean 0 and deviation 1: the sum of twelve uniform numbers.
    pub fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}
