//! Renders loads from the command line, for measurements from outside: `benches/instructions`, `benches/soak`, `benches/peers/run`.
//!
//! `draw times LOAD N` renders a load N times. `draw export LOAD FOLDER` writes its data. `draw serve LOAD` answers each line `draw N` of
//! standard input with the milliseconds of N renders, and writes the last image at `save PATH`. `draw soak LOAD N` measures the growth of
//! memory.

mod export;
#[path = "../loads/mod.rs"]
mod loads;
#[path = "../soaking.rs"]
mod soaking;

use loads::{Chart, Load};
use serde_json::json;
use std::error::Error;
use std::hint::black_box;
use std::io::{self, BufRead};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs};

/// Renders before the first measurement of memory in a soak.
const WARM_UP: usize = 1000;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    match run(&words.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("draw: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    match words {
        &["times", name, times] => {
            let (chart, times) = (load(name)?.chart(), times.parse()?);
            (0..times).for_each(|_| drop(black_box(chart.picture())));
            Ok(())
        }
        &["export", name, folder] => export::write(&load(name)?.chart(), Path::new(folder)),
        &["serve", name] => serve(&load(name)?.chart()),
        &["soak", name, times] => {
            let soaked = soaking::soak(&load(name)?.chart(), WARM_UP, times.parse()?)
                .ok_or("this system does not report memory")?;
            println!("{name}: {} KiB when warm, {} KiB after {times} charts", soaked.warm_kib, soaked.end_kib);
            Ok(soaked.verdict()?)
        }
        _ => Err("give times LOAD N, export LOAD FOLDER, serve LOAD or soak LOAD N".into()),
    }
}

fn load(name: &str) -> Result<Load, String> {
    let names = || Load::ALL.map(|load| load.to_string()).join(", ");
    Load::parse(name).ok_or_else(|| format!("unknown load {name}; known are {}", names()))
}

fn serve(chart: &Chart) -> Result<(), Box<dyn Error>> {
    let mut png = Vec::new();
    for line in io::stdin().lock().lines() {
        match line?.split_once(' ') {
            Some(("draw", times)) => {
                let mut milliseconds = Vec::new();
                for _ in 0..times.parse::<usize>()? {
                    let start = Instant::now();
                    png = chart.picture().bytes;
                    milliseconds.push(start.elapsed().as_secs_f64() * 1e3);
                }
                let peak = soaking::status_kib("VmHWM:");
                println!("{}", json!({ "ms": milliseconds, "bytes": png.len(), "peak_kib": peak }));
            }
            Some(("save", path)) => {
                fs::write(path, &png)?;
                println!("{}", json!({ "saved": path }));
            }
            _ => return Err("give draw N or save PATH".into()),
        }
    }
    Ok(())
}
