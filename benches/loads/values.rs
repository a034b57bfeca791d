//! The values of a load: a daily wave and noise that remembers, as a server's CPU has it.
//!
//! Used by the loads alone. Made with a fixed seed and plain arithmetic, so every machine draws the same curves.

/// Whether the values have holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gaps {
    None,
    /// About one point in forty starts one, one to twelve points long.
    Many,
}

/// The values of series number `series`, between 0 and 100: a wave that takes `wave_points` points, and autoregressive noise of the first
/// order (each keeps nine tenths of the one before) above it.
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

/// A sine of `turns` whole turns, to 0.2 percent: Bhaskara's fraction, which needs no function whose last bit differs between machines.
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

    /// Evenly in `0.0..1.0`.
    pub fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around 0 with a deviation of 1, nearly normal: the sum of twelve even ones.
    pub fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.next()).sum::<f64>() - 6.0
    }
}
