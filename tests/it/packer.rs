//! Comparison of our PNG packer with that of the crate `png`: docs/performance.md has the table, `cargo bench --bench packers` prints it.

use crate::loads::{self, Load};
use crate::rows::{Rows, packed_bytes};

#[test]
fn every_load_is_packed_smaller_than_by_fdeflate() {
    for load in Load::ALL {
        let file = loads::paint(&load.chart().scene()).bytes;
        let (ours, fdeflate) = (packed_bytes(&file), packed_bytes(&Rows::of_png(&file).fdeflate()));
        assert!(ours < fdeflate, "{load}: {ours} bytes, fdeflate {fdeflate}");
    }
}
