//! Packs the rows of each load with our packer and with others, in turn: `cargo bench --bench packers` prints the table of
//! docs/performance.md.

mod loads;
mod rows;

use fearless_simd::Level;
use libdeflater::{CompressionLvl, Compressor};
use loads::Load;
use metricshot::render::{Packer, Step};
use rows::{Rows, packed_bytes};
use std::hint::black_box;
use std::time::Instant;
use zlib_rs::{DeflateConfig, compress_bound, compress_slice};

/// The number of rounds; the table has their median.
const ROUNDS: usize = 41;

/// Packs rows and returns the number of bytes.
type Pack = Box<dyn FnMut(&Rows) -> usize>;

fn main() {
    let mut packers = packers();
    println!("| load | {} |", packers.each_ref().map(|(name, _)| *name).join(" | "));
    println!("| --- |{}", " --: |".repeat(packers.len()));
    for load in Load::ALL {
        let rows = Rows::of_png(&load.chart().picture().bytes);
        let mut times = vec![Vec::new(); packers.len()];
        let mut bytes = vec![0; packers.len()];
        for _ in 0..ROUNDS {
            for (index, (_, pack)) in packers.iter_mut().enumerate() {
                let start = Instant::now();
                bytes[index] = black_box(pack(&rows));
                times[index].push(start.elapsed().as_secs_f64() * 1e3);
            }
        }
        let cells = times.iter_mut().zip(bytes).map(|(times, bytes)| {
            times.sort_by(f64::total_cmp);
            format!("{:.3} / {bytes}", times[ROUNDS / 2])
        });
        println!("| {load} | {} |", cells.collect::<Vec<_>>().join(" | "));
    }
}

fn packers() -> [(&'static str, Pack); 5] {
    let (mut packer, mut packed) = (Packer::default(), Vec::new());
    let ours = move |rows: &Rows| {
        packed.clear();
        packer.pack(&rows.filtered, Step { pixel: 1, row: rows.width + 1 }, &mut packed, Level::new());
        packed.len()
    };
    [
        ("ours", Box::new(ours)),
        ("`png` fastest", Box::new(|rows: &Rows| packed_bytes(&rows.fdeflate()))),
        ("zlib-rs 1", zlib_rs(1)),
        ("zlib-rs 6", zlib_rs(6)),
        ("libdeflate 6", libdeflate(6)),
    ]
}

fn zlib_rs(level: i32) -> Pack {
    let mut packed = Vec::new();
    Box::new(move |rows| {
        packed.resize(compress_bound(rows.filtered.len()), 0);
        compress_slice(&mut packed, &rows.filtered, DeflateConfig::new(level)).0.len()
    })
}

fn libdeflate(level: i32) -> Pack {
    let mut compressor = Compressor::new(CompressionLvl::new(level).expect("a level"));
    let mut packed = Vec::new();
    Box::new(move |rows| {
        packed.resize(compressor.zlib_compress_bound(rows.filtered.len()), 0);
        compressor.zlib_compress(&rows.filtered, &mut packed).expect("enough memory")
    })
}
