//! How long each step takes, for each load: `cargo bench`.
//!
//! `compose` places shapes, `paint` makes pixels and packs them, `whole` is both. The data is in memory, scratch is warm. For figures
//! that do not move with the machine's other work see `benches/instructions`.

mod loads;

use divan::Bencher;
use loads::Load;

fn main() {
    divan::main();
}

#[divan::bench(args = Load::ALL)]
fn compose(bencher: Bencher, load: Load) {
    let chart = load.chart();
    bencher.bench_local(|| chart.scene());
}

#[divan::bench(args = Load::ALL)]
fn paint(bencher: Bencher, load: Load) {
    let scene = load.chart().scene();
    bencher.bench_local(|| loads::paint(&scene));
}

#[divan::bench(args = Load::ALL)]
fn whole(bencher: Bencher, load: Load) {
    let chart = load.chart();
    bencher.bench_local(|| chart.picture());
}
