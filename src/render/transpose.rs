//! Transposes the columns of a canvas to the rows of a file.
//!
//! Works in tiles, so memory accesses stay local.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x16};

/// Width and height of a tile in pixels.
const TILE: usize = 16;

/// Transposes palette indexes to rows of bytes in the buffer `rows`; each row begins with PNG's filter byte "none".
pub fn of_places(columns: &[u8], height: usize, rows: &mut Vec<u8>, level: Level) {
    let width = columns.len() / height.max(1);
    rows.resize((width + 1) * height, 0);
    rows.iter_mut().step_by(width + 1).for_each(|filter| *filter = 0);
    dispatch!(level, simd => transpose(simd, columns, (width, height), rows));
}

/// Transposes colours to rows of bytes, like [`of_places`].
pub fn of_colours<const BYTES: usize>(columns: &[[u8; BYTES]], height: usize, rows: &mut Vec<u8>) {
    let width = columns.len() / height.max(1);
    rows.clear();
    for y in 0..height {
        rows.push(0);
        rows.extend((0..width).flat_map(|x| columns[x * height + y]));
    }
}

#[inline(always)]
fn transpose<S: Simd>(simd: S, columns: &[u8], (width, height): (usize, usize), rows: &mut [u8]) {
    let stride = width + 1;
    let (whole_width, whole_height) = (width / TILE * TILE, height / TILE * TILE);
    for (left, strip) in (1..).step_by(TILE).zip(columns.chunks_exact((TILE * height).max(1))) {
        for (top, band) in (0..).step_by(TILE).zip(rows.chunks_exact_mut(TILE * stride)) {
            transpose_tile(simd, (strip, height, top), (band, stride, left));
        }
    }
    for x in 0..width {
        let from = if x < whole_width { whole_height } else { 0 };
        for y in from..height {
            rows[y * stride + 1 + x] = columns[x * height + y];
        }
    }
}

/// Transposes sixteen columns of sixteen pixels: interleaving columns eight apart four times does it.
#[inline(always)]
fn transpose_tile<S: Simd>(
    simd: S,
    (strip, height, top): (&[u8], usize, usize),
    (band, stride, left): (&mut [u8], usize, usize),
) {
    let mut lines = [u8x16::splat(simd, 0); TILE];
    for (line, column) in lines.iter_mut().zip(strip.chunks_exact(height)) {
        *line = u8x16::from_slice(simd, &column[top..top + TILE]);
    }
    let rows = band.chunks_exact_mut(stride).map(|row| &mut row[left..left + TILE]);
    let [first, others @ ..] = lines;
    let none = u8x16::splat(simd, 0);
    let different = others.iter().fold(none, |different, line| different | (*line ^ first));
    if different.simd_eq(none).all_true() {
        // Plain background and level lines: every row has one colour.
        let bytes = <[u8; TILE]>::from(first);
        return rows.zip(bytes).for_each(|(row, byte)| u8x16::splat(simd, byte).store_slice(row));
    }
    let turned = interleaved(interleaved(interleaved(interleaved(lines))));
    rows.zip(turned).for_each(|(row, line)| line.store_slice(row));
}

/// Interleaves sixteen vectors; written out, so that all of them stay in registers.
#[inline(always)]
fn interleaved<S: Simd>(lines: [u8x16<S>; TILE]) -> [u8x16<S>; TILE] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = lines;
    [
        a.zip_low(i),
        a.zip_high(i),
        b.zip_low(j),
        b.zip_high(j),
        c.zip_low(k),
        c.zip_high(k),
        d.zip_low(l),
        d.zip_high(l),
        e.zip_low(m),
        e.zip_high(m),
        f.zip_low(n),
        f.zip_high(n),
        g.zip_low(o),
        g.zip_high(o),
        h.zip_low(p),
        h.zip_high(p),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_transposed_columns_at_every_size() {
        for (width, height) in [(1, 1), (16, 16), (17, 33), (40, 15), (15, 40), (64, 48)] {
            let columns: Vec<u8> = (0..width * height).map(|n| (n * 7 + n / 256) as u8).collect();
            let mut rows = vec![9; 5];
            of_places(&columns, height, &mut rows, Level::new());
            for (y, row) in rows.chunks(width + 1).enumerate() {
                assert_eq!(row[0], 0);
                assert!((0..width).all(|x| row[1 + x] == columns[x * height + y]), "{width}x{height} row {y}");
            }
            let colours: Vec<[u8; 3]> = columns.iter().map(|&byte| [byte, 1, 2]).collect();
            of_colours(&colours, height, &mut rows);
            assert_eq!((rows.len(), rows[0], rows[1]), ((3 * width + 1) * height, 0, columns[0]));
        }
    }
}
