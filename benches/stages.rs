//! The duration of each stage, for each load: `cargo bench`.
//!
//! `compose` places shapes, `paint` renders and encodes them, `whole` is both. The data is in memory, caches are warm. `benches/instructions`
//! gives figures that do not depend on other work of the machine.

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
