//! Compresses image rows to a zlib stream (RFC 1950 and 1951), for images whose rows resemble the row above or
//! themselves.
//!
//! Called by the PNG encoder. Matches are searched at two distances only: one row up and one pixel back. They are
//! nearly all matches of a chart, at a cost of a few instructions per byte; libraries that search everywhere take five
//! times as long for a fifth less.

use super::huffman::{Code, codes};
use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

/// Shortest and longest match, in bytes.
const MIN_MATCH: usize = 3;
const MAX_MATCH: usize = 258;

/// Minimum length of a match with the row above that is shorter than its literal bytes; its distance takes about ten
/// bits more than that of the previous pixel.
const WORTH_ROW: usize = 6;
/// Minimum length of a match with the previous pixel.
const WORTH_RUN: usize = 4;

/// Symbol that ends a block.
const END: usize = 256;
/// Symbol of the shortest match length.
const FIRST_LENGTH: usize = 257;

/// Order in which the lengths of the length code are written (RFC 1951, 3.2.7).
const LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A number as a symbol and the extra bits behind it.
#[derive(Debug, Clone, Copy)]
struct Spread {
    symbol: u8,
    extra: u8,
    bits: u16,
}

/// Returns the symbol of a match length from 3 to 258 (RFC 1951, 3.2.5).
const fn spread_length(length: usize) -> Spread {
    let steps = length - MIN_MATCH;
    if length == MAX_MATCH {
        Spread { symbol: 28, extra: 0, bits: 0 }
    } else if steps < 8 {
        Spread { symbol: steps as u8, extra: 0, bits: 0 }
    } else {
        let extra = steps.ilog2() - 2;
        let symbol = 4 * extra + (steps >> extra) as u32;
        Spread { symbol: symbol as u8, extra: extra as u8, bits: (steps & ((1 << extra) - 1)) as u16 }
    }
}

/// Returns the symbol of a distance from 1 to 32,768.
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

const LENGTHS: [Spread; MAX_MATCH + 1] = {
    let mut spreads = [Spread { symbol: 0, extra: 0, bits: 0 }; MAX_MATCH + 1];
    let mut length = MIN_MATCH;
    while length <= MAX_MATCH {
        spreads[length] = spread_length(length);
        length += 1;
    }
    spreads
};

/// Literal bytes, then a match: its length, with [`ROW`] set for one row up, else one pixel back. 0 means no match.
#[derive(Debug, Clone, Copy)]
struct Phrase {
    bytes: u16,
    repetition: u16,
}
const ROW: u16 = 1 << 15;

/// Number of bytes that one [`Likeness`] describes.
const WORD: usize = 64;

/// Bit sets over [`WORD`] bytes: equal to the byte one pixel before, and equal to the byte one row up. The first byte
/// is the lowest bit.
#[derive(Debug, Clone, Copy, Default)]
struct Likeness {
    run: u64,
    row: u64,
}

/// Distances in bytes from one pixel to the next and from one row to the next.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct Step {
    pub pixel: usize,
    pub row: usize,
}

/// A compressor whose buffers are reused from one image to the next.
#[derive(Debug, Default)]
pub struct Packer {
    likeness: Vec<Likeness>,
    phrases: Vec<Phrase>,
}

/// Frequency of each symbol.
struct Counts {
    symbols: [u32; 286],
    distances: [u32; 30],
}

impl Packer {
    /// Appends `bytes` as a zlib stream to `out`.
    pub fn pack(&mut self, bytes: &[u8], Step { pixel, row }: Step, out: &mut Vec<u8>, level: Level) {
        let up = Some(row).filter(|row| (1..=32_768).contains(row));
        let counts = dispatch!(level, simd => {
            compare(simd, bytes, (pixel, up.unwrap_or(usize::MAX)), &mut self.likeness);
            self.read(bytes, (pixel, up))
        });
        out.extend([0x78, 0x01]);
        dispatch!(level, _simd => self.write(bytes, &counts, (pixel, up.unwrap_or(1)), out));
        out.extend(simd_adler32::adler32(&bytes).to_be_bytes());
    }

    /// Splits the bytes into phrases and counts their symbols.
    #[inline(always)]
    fn read(&mut self, bytes: &[u8], (pixel, up): (usize, Option<usize>)) -> Counts {
        self.phrases.clear();
        let [pixel, row] = [pixel, up.unwrap_or(1)].map(|distance| usize::from(spread_distance(distance).symbol));
        let mut counts = Counts { symbols: [0; 286], distances: [0; 30] };
        let mut at = 0;
        while at < bytes.len() {
            let here = window(&self.likeness, at);
            // The last few bytes of a window are skipped: matches that begin there are too short to be detected.
            let worth = at_least::<WORTH_RUN>(here.run) | at_least::<WORTH_ROW>(here.row);
            let plain = (worth.trailing_zeros() as usize).min(WORD - WORTH_ROW).min(bytes.len() - at);
            for &byte in &bytes[at..at + plain] {
                counts.symbols[usize::from(byte)] += 1;
            }
            at += plain;
            let (run, above) = match worth >> plain & 1 {
                0 => (0, 0),
                _ => self.repeated(here, plain, at),
            };
            let (mut left, from, distance) =
                if above > run && above >= WORTH_ROW { (above, ROW, row) } else { (run, 0, pixel) };
            let mut phrase = Phrase { bytes: plain as u16, repetition: 0 };
            at += left;
            while left > 0 {
                // The remaining match must not be too short to be written.
                let part = if left > MAX_MATCH && left < MAX_MATCH + MIN_MATCH {
                    left - MIN_MATCH
                } else {
                    left.min(MAX_MATCH)
                };
                self.phrases.push(Phrase { repetition: from | part as u16, ..phrase });
                counts.symbols[FIRST_LENGTH + usize::from(LENGTHS[part].symbol)] += 1;
                counts.distances[distance] += 1;
                phrase.bytes = 0;
                left -= part;
            }
            if phrase.bytes > 0 {
                self.phrases.push(phrase);
            }
        }
        counts.symbols[END] += 1;
        counts
    }

    /// Returns the lengths of the matches at `at`: with the previous pixel, and with the row above where that can be
    /// shorter. `here` is the likeness from `plain` bytes before `at`.
    #[inline(always)]
    fn repeated(&self, here: Likeness, plain: usize, at: usize) -> (usize, usize) {
        let length = |bits: u64, of: fn(&Likeness) -> u64| {
            let length = (!(bits >> plain)).trailing_zeros() as usize;
            if length + plain < WORD { length } else { ones(&self.likeness, at, of) }
        };
        let run = length(here.run, |likeness| likeness.run);
        (run, if run < MAX_MATCH { length(here.row, |likeness| likeness.row) } else { 0 })
    }

    /// Writes the phrases as one block with its own prefix codes.
    #[inline(always)]
    fn write(&self, bytes: &[u8], counts: &Counts, (pixel, up): (usize, usize), out: &mut Vec<u8>) {
        let (symbols, distances) = (codes(&counts.symbols, 15), codes(&counts.distances, 15));
        let literals: [Piece; 256] = std::array::from_fn(|byte| Piece::of(symbols[byte]));
        let repetitions = [pixel, up].map(|distance| {
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
        let mut at = 0;
        for phrase in &self.phrases {
            let plain = &bytes[at..at + usize::from(phrase.bytes)];
            // Three literals are at most 45 bits.
            for three in plain.chunks(3) {
                let piece = three.iter().fold(Piece::default(), |piece, byte| piece.and(literals[usize::from(*byte)]));
                bits.put(piece);
            }
            let length = usize::from(phrase.repetition & !ROW);
            if length > 0 {
                bits.put(repetitions[usize::from(phrase.repetition >= ROW)][length.min(MAX_MATCH)]);
            }
            at += plain.len() + length;
        }
        bits.put(Piece::of(symbols[END]));
        bits.finish();
    }
}

/// Compares each byte with the one `pixel` before and the one `up` before; appends two words without any match.
#[inline(always)]
fn compare<S: Simd>(simd: S, bytes: &[u8], (pixel, up): (usize, usize), likeness: &mut Vec<Likeness>) {
    let words = bytes.len().div_ceil(WORD);
    likeness.resize(words + 2, Likeness::default());
    for (likeness, at) in likeness.iter_mut().zip((0..).step_by(WORD)) {
        *likeness = Likeness { run: alike(simd, bytes, at, pixel), row: alike(simd, bytes, at, up) };
    }
}

/// Returns a bit for each byte from `at` on that equals the byte `distance` before it.
#[inline(always)]
fn alike<S: Simd>(simd: S, bytes: &[u8], at: usize, distance: usize) -> u64 {
    let here = bytes.get(at..at + WORD);
    match (here, at.checked_sub(distance).and_then(|from| bytes.get(from..from + WORD))) {
        (Some(here), Some(there)) => u8x64::from_slice(simd, here).simd_eq(u8x64::from_slice(simd, there)).to_bitmask(),
        _ => one_by_one(bytes, at, distance),
    }
}

/// Compares byte by byte, for the start and the end of the image.
#[cold]
#[inline(never)]
fn one_by_one(bytes: &[u8], at: usize, distance: usize) -> u64 {
    if at.saturating_add(WORD) <= distance {
        return 0;
    }
    let alike = |at: usize| at >= distance && at < bytes.len() && bytes[at] == bytes[at - distance];
    (0..WORD).filter(|place| alike(at + place)).fold(0, |bits, place| bits | 1 << place)
}

/// Returns the likeness of the bytes from `at` on.
#[inline(always)]
fn window(likeness: &[Likeness], at: usize) -> Likeness {
    let (word, bit) = (at / WORD, at % WORD);
    let Some([low, high]) = likeness.get(word..word + 2) else { return Likeness::default() };
    let joined = |low: u64, high: u64| low >> bit | high << 1 << (WORD - 1 - bit);
    Likeness { run: joined(low.run, high.run), row: joined(low.row, high.row) }
}

/// Returns the bits at which a run of at least `COUNT` ones begins; `COUNT` is 4 or 6.
#[inline(always)]
fn at_least<const COUNT: usize>(bits: u64) -> u64 {
    let two = bits & bits >> 1;
    two & two >> 2 & if COUNT > 4 { two >> (COUNT - 2) } else { !0 }
}

/// Counts the consecutive ones from `at` on.
fn ones(likeness: &[Likeness], at: usize, of: fn(&Likeness) -> u64) -> usize {
    let bit = at % WORD;
    let mut words = likeness[at / WORD..].iter().map(of);
    let first = words.next().map_or(0, |word| (!(word >> bit)).trailing_zeros() as usize);
    if first + bit < WORD {
        return first;
    }
    let mut length = first;
    for word in words {
        if word != !0 {
            return length + (!word).trailing_zeros() as usize;
        }
        length += WORD;
    }
    length
}

/// Writes the code lengths at the start of a block, themselves in a prefix code (RFC 1951, 3.2.7).
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

/// Run-length encodes the code lengths: symbol, extra bits, and the number of extra bits.
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

/// Up to 48 bits, lowest first.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    bits: u64,
    length: u32,
}

impl Piece {
    fn of(code: Code) -> Self {
        Self { bits: u64::from(code.bits), length: u32::from(code.length) }
    }

    /// Appends `count` more bits.
    fn then(self, bits: u16, count: u8) -> Self {
        self.and(Self { bits: u64::from(bits), length: u32::from(count) })
    }

    fn and(self, next: Self) -> Self {
        Self { bits: self.bits | next.bits << self.length, length: self.length + next.length }
    }
}

/// A bit writer, lowest bit first.
struct Bits<'a> {
    out: &'a mut Vec<u8>,
    /// Number of complete bytes; the bytes behind them may be overwritten.
    done: usize,
    waiting: Piece,
}

impl<'a> Bits<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        Self { done: out.len(), out, waiting: Piece::default() }
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

    const fn step(row: usize) -> Step {
        Step { pixel: 1, row }
    }

    fn unpacked(bytes: &[u8], step: Step) -> Vec<u8> {
        let mut packed = Vec::new();
        Packer::default().pack(bytes, step, &mut packed, Level::new());
        let mut unpacked = Vec::new();
        flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("a stream that zlib reads");
        unpacked
    }

    #[test]
    fn lengths_and_distances_have_the_symbols_of_rfc_1951() {
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
    fn every_processor_level_compresses_to_equal_bytes() {
        let bytes: Vec<u8> = (0..9000_usize).map(|n| if n % 300 < 200 { (n / 7 % 5) as u8 } else { n as u8 }).collect();
        let detected = Level::new();
        let levels = [detected.as_sse4_2().map(|simd| simd.level()), detected.as_avx2().map(|simd| simd.level())];
        let packed = |level| {
            let mut packed = Vec::new();
            Packer::default().pack(&bytes, step(300), &mut packed, level);
            packed
        };
        for level in levels.into_iter().flatten() {
            assert_eq!(packed(level), packed(Level::baseline()), "{level:?}");
        }
    }

    #[test]
    fn flat_rows_compress_below_900_bytes() {
        let mut packed = Vec::new();
        Packer::default().pack(&vec![0; 1201 * 600], step(1201), &mut packed, Level::new());
        assert!(packed.len() < 900, "{}", packed.len());
    }

    #[test]
    fn a_flat_rgb_row_is_as_short_as_a_flat_palette_row() {
        let packed = |bytes: &[u8], pixel| {
            let mut packed = Vec::new();
            Packer::default().pack(bytes, Step { pixel, row: 40_000 }, &mut packed, Level::new());
            packed.len()
        };
        assert!(packed(&[1, 2, 3].repeat(1000), 3) < packed(&[1; 3000], 1) + 8);
    }

    #[test]
    fn empty_input_and_lengths_around_the_longest_match_round_trip() {
        for length in (0..10).chain(255..270).chain(510..525) {
            let bytes = vec![7; length];
            assert_eq!(unpacked(&bytes, step(1000)), bytes, "{length}");
            assert_eq!(unpacked(&bytes, step(5)), bytes, "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_input_round_trips(
            pieces in prop::collection::vec((0_u8..6, 1_usize..400), 0..60), any in any::<Vec<u8>>(), stride in 1_usize..70_000,
        ) {
            let mut bytes: Vec<u8> = pieces.iter().flat_map(|&(byte, length)| vec![byte; length]).collect();
            bytes.extend(any);
            let row = stride % 500 + 1;
            let copy: Vec<u8> = bytes.iter().take(row).copied().collect();
            bytes.extend(copy);
            prop_assert_eq!(&unpacked(&bytes, step(row)), &bytes);
            prop_assert_eq!(&unpacked(&bytes, step(stride)), &bytes);
            prop_assert_eq!(&unpacked(&bytes, Step { pixel: 3, row }), &bytes);
        }
    }
}
