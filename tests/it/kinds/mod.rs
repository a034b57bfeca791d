//! Golden images of the chart kinds: each case is rendered without a source, and compared byte for byte with `snapshots/kinds/`.
//!
//! `METRICSHOT_BLESS=1` accepts the rendered images; then look at each changed one.

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
fn charts_equal_their_golden_images() {
    let drawn = cases().into_iter().map(|case| {
        let picture = paint(&scene(&case), &Output::default(), &Stop::default());
        (case.name.to_string(), picture.unwrap_or_else(|fault| panic!("{}: {fault}", case.name)).bytes)
    });
    golden::compare("snapshots/kinds", drawn);
}
