//! Golden pictures of the kinds of chart: each case is drawn without a source and compared byte for byte with `snapshots/kinds/`.
//!
//! `METRICSHOT_BLESS=1` accepts what is drawn; then look at every picture that changed.

mod cases;

use crate::support::golden;
use cases::{Case, cases};
use metricshot::cancel::Stop;
use metricshot::chart::{Scene, compose};
use metricshot::render::{Output, paint};

fn scene(case: &Case) -> Scene {
    compose(&case.request, &case.frame, &case.theme.clone().into())
}

#[test]
fn charts_equal_their_golden_pictures_byte_for_byte() {
    let drawn = cases().into_iter().map(|case| {
        let picture = paint(&scene(&case), &Output::default(), &Stop::default());
        (case.name.to_string(), picture.unwrap_or_else(|fault| panic!("{}: {fault}", case.name)).bytes)
    });
    golden::compare("snapshots/kinds", drawn);
}
