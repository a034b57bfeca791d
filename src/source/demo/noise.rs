//! Chance that is the same everywhere: integer hashes, and curves made of them by plain arithmetic.
//!
//! Used by `shape`. Nothing here asks a maths library for a function whose last bit differs between machines.

/// Returns a seed of a name and its labels. Lengths are part of it, so that differently divided texts differ.
pub(super) fn seed(name: &str, labels: &[(String, String)]) -> u64 {
    let texts = labels.iter().flat_map(|(label, value)| [label.as_str(), value.as_str()]);
    std::iter::once(name).chain(texts).fold(0xcbf2_9ce4_8422_2325, |hash, text| {
        let length = (text.len() as u64).to_le_bytes();
        // FNV-1a, 64 bits.
        length
            .into_iter()
            .chain(text.bytes())
            .fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    })
}

/// Returns another seed for each `stream`.
pub(super) fn stream(seed: u64, stream: u64) -> u64 {
    mix(seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03))
}

/// Returns a number in `0.0..1.0`, a different one for each `index`.
pub(super) fn random(seed: u64, index: i64) -> f64 {
    let hash = mix(seed.wrapping_add(index.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

/// Mixes by the last steps of splitmix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
fn mix(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// A smooth way through random heights in `0.0..1.0`, a new one `every` seconds: value noise. It never climbs more than 1.5 in `every`
/// seconds' pace.
pub(super) fn smooth(seed: u64, second: i64, every: i64) -> f64 {
    let (index, rest) = (second.div_euclid(every), second.rem_euclid(every));
    let (from, to) = (random(seed, index), random(seed, index + 1));
    from + (to - from) * ease(rest as f64 / every as f64)
}

/// Returns a smooth step from 0 to 1: 3x² − 2x³, flat outside.
pub(super) fn ease(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// Returns 0 at midnight and 1 at noon (UTC), close to a sine.
pub(super) fn daylight(second: i64) -> f64 {
    let day = second.rem_euclid(86_400) as f64 / 86_400.0;
    ease(1.0 - (2.0 * day - 1.0).abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_tell_names_labels_and_their_borders_apart() {
        let pair = |label: &str, value: &str| vec![(label.to_owned(), value.to_owned())];
        let seeds = [seed("ab", &[]), seed("a", &pair("b", "")), seed("a", &pair("", "b")), seed("", &pair("a", "b"))];
        assert!((1..seeds.len()).all(|i| !seeds[..i].contains(&seeds[i])));
    }

    #[test]
    fn chance_fills_its_range_evenly() {
        let values: Vec<f64> = (-5000..5000).map(|index| random(7, index)).collect();
        assert!(values.iter().all(|value| (0.0..1.0).contains(value)));
        assert!((values.iter().sum::<f64>() / 10_000.0 - 0.5).abs() < 0.01);
    }

    #[test]
    fn curves_have_no_jumps() {
        for second in -100_000..100_000 {
            assert!((smooth(7, second + 1, 600) - smooth(7, second, 600)).abs() <= 1.5 / 600.0);
            assert!((daylight(second + 1) - daylight(second)).abs() <= 3.0 / 86_400.0);
        }
    }
}
