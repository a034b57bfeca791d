//! Length-limited Huffman codes for DEFLATE.
//!
//! The lengths always form a complete set, which some decoders require (RFC 1951, 3.2.7, and zlib's `inflate_table`).
//! Ties are resolved by symbol number, so equal counts give equal codes.

/// Maximum number of symbols of an alphabet.
const SYMBOLS: usize = 286;

/// The bits of a symbol, lowest first, and their number; zero bits for an unused symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub struct Code {
    pub bits: u16,
    pub length: u8,
}

/// Returns the optimal code for `counts` with at most `longest` bits per symbol, which must be enough for all symbols.
/// An unused symbol may get a code where the set would be incomplete without it.
pub fn codes<const N: usize>(counts: &[u32; N], longest: usize) -> [Code; N] {
    let mut used: Vec<(u32, usize)> =
        counts.iter().zip(0..).filter(|(count, _)| **count > 0).map(|(c, s)| (*c, s)).collect();
    // A complete set has at least two codes.
    used.extend((0..N).filter(|symbol| counts[*symbol] == 0).take(2_usize.saturating_sub(used.len())).map(|s| (0, s)));
    used.sort_unstable();
    let mut lengths = [0; N];
    let mut left = limited(&depths(&used), longest);
    // The rarest symbols come first and get the longest codes.
    for &(_, symbol) in &used {
        while left.last() == Some(&0) {
            left.pop();
        }
        lengths[symbol] = left.len();
        if let Some(last) = left.last_mut() {
            *last -= 1;
        }
    }
    canonical(lengths)
}

/// Returns the depth of each leaf of the Huffman tree over ascending counts, in their order: A. Moffat and J.
/// Katajainen, "In-place calculation of minimum-redundancy codes", 1995, with parents stored apart from weights.
fn depths(used: &[(u32, usize)]) -> Vec<usize> {
    let leaves = used.len();
    let mut weights: Vec<u64> = used.iter().map(|&(count, _)| u64::from(count)).collect();
    let mut parents = vec![0; 2 * leaves - 1];
    let (mut leaf, mut inner) = (0, leaves);
    for node in leaves..2 * leaves - 1 {
        let mut lightest = || {
            let takes_leaf = leaf < leaves && (inner >= node || weights[leaf] <= weights[inner]);
            let next = if takes_leaf { &mut leaf } else { &mut inner };
            *next += 1;
            *next - 1
        };
        let (one, other) = (lightest(), lightest());
        (parents[one], parents[other]) = (node, node);
        weights.push(weights[one] + weights[other]);
    }
    let mut depths = vec![0; 2 * leaves - 1];
    for node in (0..2 * leaves - 2).rev() {
        depths[node] = depths[parents[node]] + 1;
    }
    depths.truncate(leaves);
    depths
}

/// Returns the number of leaves of each depth from 1 to `longest`: deeper leaves are raised, and as many others lowered
/// as needed.
fn limited(depths: &[usize], longest: usize) -> Vec<u32> {
    let mut left = vec![0; longest];
    for &depth in depths {
        left[depth.clamp(1, longest) - 1] += 1;
    }
    let weight = |left: &[u32]| left.iter().zip(1..).map(|(&n, depth)| u64::from(n) << (longest - depth)).sum::<u64>();
    while weight(&left) > 1 << longest {
        let shallower = (0..longest - 1).rev().find(|&depth| left[depth] > 0).unwrap_or(0);
        left[shallower] -= 1;
        left[shallower + 1] += 2;
        left[longest - 1] -= 1;
    }
    left
}

/// Assigns canonical codes to these lengths (RFC 1951, 3.2.2), with mirrored bits as DEFLATE writes them.
fn canonical<const N: usize>(lengths: [usize; N]) -> [Code; N] {
    debug_assert!(N <= SYMBOLS);
    let mut next = [0_u32; 17];
    let mut first = 0;
    for (length, next) in next.iter_mut().enumerate().skip(1).take(15) {
        *next = first;
        first = (first + lengths.iter().filter(|&&other| other == length).count() as u32) << 1;
    }
    lengths.map(|length| {
        let Some(code) = next.get_mut(length).filter(|_| length > 0) else { return Code::default() };
        *code += 1;
        let bits = ((*code - 1) as u16).reverse_bits() >> (16 - length);
        Code { bits, length: length as u8 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns the fraction of all bit strings that begin with one of the codes, in 1/2¹⁵.
    fn covered<const N: usize>(codes: &[Code; N]) -> u32 {
        codes.iter().filter(|code| code.length > 0).map(|code| 1 << (15 - code.length)).sum()
    }

    #[test]
    fn frequent_symbols_are_short() {
        let codes = codes(&[50, 1, 20, 1, 0], 15);
        assert_eq!(codes.map(|code| code.length), [1, 3, 2, 3, 0]);
        assert_eq!(codes.map(|code| code.bits), [0b0, 0b011, 0b01, 0b111, 0]);
    }

    #[test]
    fn one_symbol_or_none_still_makes_a_complete_set() {
        assert_eq!(codes(&[0, 0, 9], 15).map(|code| code.length), [1, 0, 1]);
        assert_eq!(codes(&[0, 0, 0], 15).map(|code| code.length), [1, 1, 0]);
    }

    #[test]
    fn no_code_is_longer_than_allowed() {
        let mut fibonacci = [1_u32; 19];
        (2..19).for_each(|n| fibonacci[n] = fibonacci[n - 1] + fibonacci[n - 2]);
        let codes = codes(&fibonacci, 7);
        assert_eq!((codes.iter().map(|code| code.length).max(), covered(&codes)), (Some(7), 1 << 15));
    }

    proptest! {
        #[test]
        fn every_code_set_is_complete_and_optimal(counts in prop::collection::vec(0_u32..1000, 40)) {
            let counts: [u32; 40] = counts.try_into().unwrap();
            let codes = codes(&counts, 15);
            prop_assert_eq!(covered(&codes), 1 << 15);
            let mut by_count: Vec<_> = counts.iter().zip(codes.map(|code| code.length)).filter(|(c, _)| **c > 0).collect();
            by_count.sort_unstable();
            prop_assert!(by_count.windows(2).all(|pair| pair[0].0 == pair[1].0 || pair[0].1 >= pair[1].1));
        }
    }
}
