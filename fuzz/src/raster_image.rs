//! `raster_image`: a file → a logo or a fault with a reason; a logo equals itself pixel by pixel, in bounded memory.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use metricshot::limits::Limits;
use metricshot::render::{Raster, SvgFrame};

/// The maximum number of pixels of a logo, so that decoding stays below the memory of one input.
const MAX_PIXELS: u64 = 100_000;

pub fn check(input: &[u8]) {
    let limits = Limits { logo_pixels: MAX_PIXELS, ..Limits::default() };
    for media_type in ["image/png", "image/jpeg"] {
        let logo = format!("data:{media_type};base64,{}", STANDARD.encode(input));
        let frame = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect id=\"plot\" width=\"9\" height=\"9\"/><image href=\"{logo}\"/></svg>"
        );
        match SvgFrame::read(&frame, &limits) {
            Ok(_) => {
                let raster = Raster::decode(input).expect("a logo is an image");
                assert_eq!(raster.difference(&raster, 0).map(|difference| difference.pixels), Some(0));
            }
            Err(faults) => assert!(!faults.is_empty(), "refused without a reason"),
        }
    }
}
