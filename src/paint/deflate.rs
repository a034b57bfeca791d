//! Rows of a picture as a zlib stream (RFC 1950 and 1951), for pictures in which a row is like the one above or like itself.
//!
//! Called by the PNG encoder. Only two distances are looked at: one row up and one byte back. That finds nearly all there is in a
//! chart, at a cost of a few instructions a byte; libraries that search everywhere take five times as long for a fifth less.

use super::huffman::{Code, codes};

/// Bytes that one repetition covers.
const SHORTEST: usize = 3;
const LONGEST: usize = 258;

/// Bytes from which a repetition of the row above is shorter than the bytes themselves; its distance takes about ten bits more
/// than that of the byte before.
const WORTH_ROW: usize = 6;
/// The same of the byte before.
const WORTH_RUN: usize = 4;

/// Ends a block.
const END: usize = 256;
/// Stands for the shortest length.
const FIRST_LENGTH: usize = 257;

/// Order in which the lengths of the length code are sent (RFC 1951, 3.2.7).
const LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A number as a symbol and the bits that come after it.
#[derive(Debug, Clone, Copy)]
struct Spread {
    symbol: u8,
    extra: u8,
    bits: u16,
}

/// A length from 3 to 258 (RFC 1951, 3.2.5).
const fn spread_length(length: usize) -> Spread {
    let steps = length - SHORTEST;
    if length == LONGEST {
        Spread { symbol: 28, extra: 0, bits: 0 }
    } else if steps < 8 {
        Spread { symbol: steps as u8, extra: 0, bits: 0 }
    } else {
        let extra = steps.ilog2() - 2;
        let symbol = 4 * extra + (steps >> extra) as u32;
        Spread { symbol: symbol as u8, extra: extra as u8, bits: (steps & ((1 << extra) - 1)) as u16 }
    }
}

/// A distance from 1 to 32,768.
const fn spread_distance(distance: usize) -> Spread {
    let steps = distance - 1;
    if steps < 4 {
        Spread { symbol: steps as u8, extra: 0, bits: 0 }
    } else {
        let extra = steps.ilog2() - 1;
        let symbol = 2 * extra + (steps >> extra) as u32;
        Spread { symbol: symbol as u8, extra: extra as u8, bits: (steps & ((1 << extra) - 1)) as u16 }
    }
}

const LENGTHS: [Spread; LONGEST + 1] = {
    let mut spreads = [Spread { symbol: 0, extra: 0, bits: 0 }; LONGEST + 1];
    let mut length = SHORTEST;
    while length <= LONGEST {
        spreads[length] = spread_length(length);
        length += 1;
    }
    spreads
};

/// A byte, or a repetition: its length, and one row up where [`ROW`] is set, else one byte back.
type Token = u16;
const REPEATED: Token = 1 << 15;
const ROW: Token = 1 << 14;
const LENGTH: Token = ROW - 1;

/// Packs pictures; its memory is used again for the next.
#[derive(Debug, Default)]
pub struct Packer {
    tokens: Vec<Token>,
}

/// How often each symbol comes.
struct Counts {
    symbols: [u32; 286],
    distances: [u32; 30],
}

impl Packer {
    /// `bytes` as a zlib stream at the end of `out`. A row has `stride` of them.
    pub fn pack(&mut self, bytes: &[u8], stride: usize, out: &mut Vec<u8>) {
        let up = Some(stride).filter(|stride| (1..=32_768).contains(stride));
        let counts = self.read(bytes, up);
        out.extend([0x78, 0x01]);
        self.write(&counts, up.unwrap_or(1), out);
        out.extend(simd_adler32::adler32(&bytes).to_be_bytes());
    }

    /// Splits the bytes into tokens.
    fn read(&mut self, bytes: &[u8], up: Option<usize>) -> Counts {
        self.tokens.clear();
        let row = up.map_or(0, |up| usize::from(spread_distance(up).symbol));
        let mut counts = Counts { symbols: [0; 286], distances: [0; 30] };
        let mut at = 0;
        while at < bytes.len() {
            let (run, above) = repeated(bytes, at, up);
            let (length, from, distance) = if above > run && above >= WORTH_ROW {
                (above, REPEATED | ROW, row)
            } else if run >= WORTH_RUN {
                (run, REPEATED, 0)
            } else {
                self.tokens.push(Token::from(bytes[at]));
                counts.symbols[usize::from(bytes[at])] += 1;
                at += 1;
                continue;
            };
            at += length;
            let mut left = length;
            while left > 0 {
                // What is left must not be too short to be sent.
                let part =
                    if left > LONGEST && left < LONGEST + SHORTEST { left - SHORTEST } else { left.min(LONGEST) };
                self.tokens.push(from | part as Token);
                counts.symbols[FIRST_LENGTH + usize::from(LENGTHS[part].symbol)] += 1;
                counts.distances[distance] += 1;
                left -= part;
            }
        }
        counts.symbols[END] += 1;
        counts
    }

    /// Writes the tokens as one block with codes of its own.
    fn write(&self, counts: &Counts, up: usize, out: &mut Vec<u8>) {
        let (symbols, distances) = (codes(&counts.symbols, 15), codes(&counts.distances, 15));
        let literals: [Piece; 256] = std::array::from_fn(|byte| Piece::of(symbols[byte]));
        let repetitions = [1, up].map(|distance| {
            let distance = spread_distance(distance);
            let distance = Piece::of(distances[usize::from(distance.symbol)]).then(distance.bits, distance.extra);
            LENGTHS.map(|length| {
                let symbol = Piece::of(symbols[FIRST_LENGTH + usize::from(length.symbol)]);
                symbol.then(length.bits, length.extra).and(distance)
            })
        });
        let mut bits = Bits::new(out);
        bits.put(Piece { bits: 0b101, length: 3 });
        write_lengths(&symbols, &distances, &mut bits);
        bits.reserve(self.tokens.len());
        for &token in &self.tokens {
            bits.put(match token & (REPEATED | ROW) {
                0 => literals[usize::from(token as u8)],
                kind => repetitions[usize::from(kind & ROW != 0)][usize::from(token & LENGTH).min(LONGEST)],
            });
        }
        bits.put(Piece::of(symbols[END]));
        bits.finish();
    }
}

/// How many bytes from `at` on equal those one byte before, and those one row up where that is worth knowing.
#[inline(always)]
fn repeated(bytes: &[u8], at: usize, up: Option<usize>) -> (usize, usize) {
    let run = if at > 0 { alike(bytes, at, 1) } else { 0 };
    match up {
        Some(up) if at >= up && run < LONGEST => (run, alike(bytes, at, up)),
        _ => (run, 0),
    }
}

/// How many bytes from `at` on equal those `distance` before.
#[inline(always)]
fn alike(bytes: &[u8], at: usize, distance: usize) -> usize {
    let word = |from: usize| bytes.get(from..from + 8).and_then(|eight| eight.try_into().ok()).map(u64::from_le_bytes);
    let mut here = at;
    while let (Some(one), Some(other)) = (word(here), word(here - distance)) {
        if one != other {
            return here - at + (one ^ other).trailing_zeros() as usize / 8;
        }
        here += 8;
    }
    let rest = bytes[here..].iter().zip(&bytes[here - distance..]);
    here - at + rest.take_while(|(one, other)| one == other).count()
}

/// The head of a block: how long each code is, itself in a code (RFC 1951, 3.2.7), without its abbreviations for runs.
fn write_lengths(symbols: &[Code; 286], distances: &[Code; 30], bits: &mut Bits) {
    let lengths = || symbols.iter().chain(distances).map(|code| usize::from(code.length));
    let mut counts = [0; 19];
    let runs = abbreviated(lengths());
    runs.iter().for_each(|&(symbol, ..)| counts[symbol] += 1);
    let codes = codes(&counts, 7);
    let sent = LENGTH_ORDER.iter().rposition(|&symbol| codes[symbol].length > 0).map_or(4, |last| (last + 1).max(4));
    let mut put = |number: usize, count: u32| bits.put(Piece { bits: number as u64, length: count });
    put(286 - 257, 5);
    put(30 - 1, 5);
    put(sent - 4, 4);
    LENGTH_ORDER[..sent].iter().for_each(|&symbol| put(usize::from(codes[symbol].length), 3));
    for (symbol, extra, count) in runs {
        bits.put(Piece::of(codes[symbol]).and(Piece { bits: extra, length: count }));
    }
}

/// Code lengths with runs as one symbol each: symbol, extra bits, and how many those are.
fn abbreviated(lengths: impl Iterator<Item = usize>) -> Vec<(usize, u64, u32)> {
    let lengths: Vec<usize> = lengths.collect();
    let mut sent = Vec::new();
    for run in lengths.chunk_by(|a, b| a == b) {
        let (length, mut left) = (run[0], run.len());
        while left > 0 {
            let (entry, taken) = match (length, left) {
                (0, 11..) => ((18, left.min(138) as u64 - 11, 7), left.min(138)),
                (0, 3..) => ((17, left as u64 - 3, 3), left),
                (_, 4..) if left == run.len() => ((length, 0, 0), 1),
                (1.., 3..) if left < run.len() => ((16, left.min(6) as u64 - 3, 2), left.min(6)),
                _ => ((length, 0, 0), 1),
            };
            sent.push(entry);
            left -= taken;
        }
    }
    sent
}

/// A few bits, lowest first; at most 48.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    bits: u64,
    length: u32,
}

impl Piece {
    fn of(code: Code) -> Self {
        Self { bits: u64::from(code.bits), length: u32::from(code.length) }
    }

    /// With `count` more bits behind.
    fn then(self, bits: u16, count: u8) -> Self {
        self.and(Self { bits: u64::from(bits), length: u32::from(count) })
    }

    fn and(self, next: Self) -> Self {
        Self { bits: self.bits | next.bits << self.length, length: self.length + next.length }
    }
}

/// Bits on their way into bytes, lowest first.
struct Bits<'a> {
    out: &'a mut Vec<u8>,
    /// Bytes that are done; what is behind them may be written over.
    done: usize,
    waiting: Piece,
}

impl<'a> Bits<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        Self { done: out.len(), out, waiting: Piece::default() }
    }

    /// Makes room for so many pieces of 4 bytes; where they are longer, more is made on the way.
    fn reserve(&mut self, pieces: usize) {
        self.out.reserve(4 * pieces);
    }

    #[inline(always)]
    fn put(&mut self, piece: Piece) {
        self.waiting = self.waiting.and(piece);
        if self.out.len() < self.done + 8 {
            self.out.resize(self.done + 4096, 0);
        }
        if let Some(place) = self.out.get_mut(self.done..self.done + 8) {
            place.copy_from_slice(&self.waiting.bits.to_le_bytes());
        }
        let whole = self.waiting.length / 8;
        self.done += whole as usize;
        self.waiting = Piece { bits: self.waiting.bits >> (8 * whole), length: self.waiting.length % 8 };
    }

    fn finish(self) {
        self.out.truncate(self.done + usize::from(self.waiting.length > 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    fn unpacked(bytes: &[u8], stride: usize) -> Vec<u8> {
        let mut packed = Vec::new();
        Packer::default().pack(bytes, stride, &mut packed);
        let mut unpacked = Vec::new();
        flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("a stream that zlib reads");
        unpacked
    }

    #[test]
    fn numbers_are_spread_as_the_standard_says() {
        let spread = |spread: Spread| (spread.symbol, spread.extra, spread.bits);
        let lengths = [3, 10, 11, 12, 18, 19, 114, 115, 130, 131, 257, 258].map(|n| spread(spread_length(n)));
        let expected = [
            (0, 0, 0),
            (7, 0, 0),
            (8, 1, 0),
            (8, 1, 1),
            (11, 1, 1),
            (12, 2, 0),
            (22, 4, 15),
            (23, 4, 0),
            (23, 4, 15),
            (24, 5, 0),
            (27, 5, 30),
            (28, 0, 0),
        ];
        assert_eq!(lengths, expected);
        let distances = [1, 4, 5, 6, 7, 1024, 1025, 1201, 32_768].map(|n| spread(spread_distance(n)));
        let expected = [
            (0, 0, 0),
            (3, 0, 0),
            (4, 1, 0),
            (4, 1, 1),
            (5, 1, 0),
            (19, 8, 255),
            (20, 9, 0),
            (20, 9, 176),
            (29, 13, 8191),
        ];
        assert_eq!(distances, expected);
    }

    #[test]
    fn flat_rows_take_next_to_nothing() {
        let mut packed = Vec::new();
        Packer::default().pack(&vec![0; 1201 * 600], 1201, &mut packed);
        assert!(packed.len() < 900, "{}", packed.len());
    }

    #[test]
    fn nothing_and_lengths_around_the_longest_come_back() {
        for length in (0..10).chain(255..270).chain(510..525) {
            let bytes = vec![7; length];
            assert_eq!(unpacked(&bytes, 1000), bytes, "{length}");
            assert_eq!(unpacked(&bytes, 5), bytes, "{length}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_packed_comes_back(
            pieces in prop::collection::vec((0_u8..6, 1_usize..400), 0..60), any in any::<Vec<u8>>(), stride in 1_usize..70_000,
        ) {
            let mut bytes: Vec<u8> = pieces.iter().flat_map(|&(byte, length)| vec![byte; length]).collect();
            bytes.extend(any);
            let row = stride % 500 + 1;
            let copy: Vec<u8> = bytes.iter().take(row).copied().collect();
            bytes.extend(copy);
            prop_assert_eq!(&unpacked(&bytes, row), &bytes);
            prop_assert_eq!(&unpacked(&bytes, stride), &bytes);
        }
    }
}
