//! Golden images: each request of `tests/pictures/` is rendered from the demo source, and compared byte for byte with
//! `snapshots/pictures/`; its scene is compared as text, which shows moved shapes.
//!
//! If an image differs, `target/pictures/` gets the rendered image and the difference image. `METRICSHOT_BLESS=1` accepts the rendered
//! images; then look at each changed one.

use crate::support::demo::{self, block_on, request};
use crate::support::golden::{self, root};
use metricshot::app::RenderedChart;
use metricshot::render::Raster;
use std::fs;

fn requests() -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(root("tests/pictures"))
        .expect("the folder of requests")
        .map(|entry| entry.expect("an entry").path());
    let mut requests: Vec<_> = files
        .map(|path| {
            (path.file_stem().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("a request"))
        })
        .collect();
    requests.sort();
    assert!(requests.len() > 40);
    requests
}

fn draw(name: &str, body: &[u8]) -> RenderedChart {
    let app = demo::app();
    let drawn = block_on(app.picture(request(body)));
    RenderedChart::clone(&drawn.unwrap_or_else(|failure| panic!("{name}: {failure}")))
}

#[test]
fn images_equal_their_golden_images() {
    let drawn = requests().into_iter().map(|(name, body)| {
        let picture = draw(&name, &body).picture.bytes;
        (name, picture)
    });
    golden::compare("snapshots/pictures", drawn);
}

#[test]
fn the_same_request_gives_the_same_bytes_on_every_thread() {
    let requests = requests();
    let some = || requests.iter().step_by(6);
    let first: Vec<Vec<u8>> = some().map(|(name, body)| draw(name, body).picture.bytes).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // The reverse order shows that nothing depends on what was drawn before.
                let mut again: Vec<Vec<u8>> = some()
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .map(|(name, body)| draw(name, body).picture.bytes)
                    .collect();
                again.reverse();
                assert!(again == first);
            });
        }
    });
}

#[test]
fn an_image_has_the_requested_size() {
    for (name, body) in requests() {
        let asked: serde_json::Value = serde_json::from_slice(&body).expect("a request is JSON");
        let (width, height) = Raster::decode(&draw(&name, &body).picture.bytes).expect("a PNG").dimensions();
        assert_eq!(
            (asked["width"].as_u64(), asked["height"].as_u64()),
            (Some(width.into()), Some(height.into())),
            "{name}"
        );
    }
}
