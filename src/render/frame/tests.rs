use super::*;
use crate::request::TemplateName;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const CORPORATE: &str = include_str!("../../../templates/corporate.svg");
const WHITE: Colour = Colour::rgb(0xffffff);

fn limits() -> Limits {
    Limits::default()
}

fn size(width: i64, height: i64) -> Size {
    Size::new(width, height, &limits()).unwrap()
}

fn svg(content: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\">\n<rect id=\"plot\" width=\"100%\" height=\"100%\"/>\n{content}\n</svg>"
    )
}

fn drawn(text: &str, width: i64, height: i64) -> Setting {
    SvgFrame::read(text, &limits()).unwrap().draw(size(width, height), Scale::ONE, WHITE, &limits()).unwrap()
}

fn pixel(setting: &Setting, x: u32, y: u32) -> [u8; 3] {
    setting.backdrop.pixels[(y * setting.backdrop.size.width() + x) as usize]
}

#[test]
fn all_faults_of_a_frame_are_reported_at_once_with_lines() {
    for (content, wanted) in [
        ("<text>Hello</text>", "convert text to paths"),
        ("<image/>", "<image> should have an href"),
        ("<image href=\"/etc/passwd\"/>", "should begin with data:image/png;base64,"),
        ("<image href=\"logo.png\"/>", "should begin with data:image/png;base64,"),
        ("<image href=\"file:///logo.png\"/>", "should begin with data:image/png;base64,"),
        ("<image href=\"http://h/a.png\"/>", "should begin with data:image/png;base64,"),
        ("<image href=\"#a\"/>", "should begin with data:image/png;base64,"),
        ("<image href=\"data:image/gif;base64,R0lGODlh\"/>", "logos are PNG or JPEG"),
        ("<image href=\"data:image/webp;base64,UklGRg==\"/>", "logos are PNG or JPEG"),
        ("<image href=\"data:image/svg+xml;base64,PHN2Zy8+\"/>", "logos are PNG or JPEG"),
        ("<image href=\"data:image/svg+xml,&lt;svg/>\"/>", "logos are PNG or JPEG"),
        ("<image xmlns:x=\"http://www.w3.org/1999/xlink\" x:href=\"http://h/a\"/>", "should begin with"),
        ("<image href=\"data:image/png;base64,AAA!\"/>", "is no base64"),
        ("<image href=\"data:image/png;base64,AAAA\"/>", "the logo in <image> is cut off"),
        ("<image href=\"data:image/jpeg;base64,/9j/\"/>", "the logo in <image> is damaged"),
        ("<use href=\"other.svg#a\"/>", "leads out of the file"),
        ("<use xmlns:x=\"http://www.w3.org/1999/xlink\" x:href=\"http://h/a\"/>", "leads out of the file"),
        ("<rect fill=\"url(http://h/a#b)\"/>", "should not lead out"),
        ("<rect style=\"fill:url(  'a.svg#b')\"/>", "should not lead out"),
        ("<style>@import 'a.css';</style>", "should not lead out"),
        ("<style>rect { filter: blur(3px) }</style>", "filters can take seconds"),
        ("<rect style=\"filter:url(#a)\"/>", "filters can take seconds"),
        ("<rect filter=\"url(#a)\"/>", "filters can take seconds"),
        ("<filter id=\"a\"/>", "<filter> is not drawn"),
        ("<script>alert(1)</script>", "nothing runs"),
        ("<rect onclick=\"x()\"/>", "nothing runs"),
        ("<foreignObject/>", "<foreignObject>"),
        ("<g id=\"title\"/>", "should be a <rect>"),
        ("<rect id=\"plot\"/>", "the id 'plot' is there twice"),
    ] {
        let faults = SvgFrame::read(&svg(content), &limits()).unwrap_err();
        assert_eq!((faults.len(), faults[0].line), (1, 3), "{content}: {faults:?}");
        assert!(faults[0].text.contains(wanted), "{content}: {faults:?}");
    }
    let faults = SvgFrame::read(&svg("<text/>\n<image/>\n<g><script/></g>"), &limits()).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [3, 4, 5]);
}

#[test]
fn a_file_that_is_no_frame_is_rejected_with_the_reason() {
    let first = |text: &str| SvgFrame::read(text, &limits()).unwrap_err()[0].to_string();
    assert_eq!(first("<svg>\n<a></b></svg>").split(':').next(), Some("line 2"));
    let entity = "<?xml version=\"1.0\"?>\n<!DOCTYPE svg [<!ENTITY a \"b\">]>\n<svg>&a;</svg>";
    assert_eq!(first(entity), "line 2: remove the DOCTYPE: a frame has no entities");
    assert!(first("<html><rect id=\"plot\"/></html>").contains("should be <svg>"));
    assert!(first("<svg xmlns=\"http://www.w3.org/2000/svg\"/>").contains("<rect id=\"plot\">"));
    assert!(first(&svg("").replace("height=\"100%\"", "height=\"0\"")).contains("should have an area"));
    assert!(first(&svg("<rect id=\"legend\" width=\"5\"/>")).contains("should have an area"));
}

#[test]
fn a_frame_has_a_bounded_size() {
    let tight = Limits { template_bytes: 4000, frame_elements: 40, frame_depth: 5, ..limits() };
    let first = |content: &str| SvgFrame::read(&svg(content), &tight).unwrap_err()[0].text.clone();
    let rest = 4000 - svg("").len();
    assert!(SvgFrame::read(&svg(&" ".repeat(rest)), &tight).is_ok());
    assert!(first(&" ".repeat(rest + 1)).contains("at most 4000 bytes"));
    assert!(first(&"<g/>".repeat(300)).contains("at most 40 elements"));
    assert!(first(&format!("{}{}", "<g>".repeat(6), "</g>".repeat(6))).contains("at most 5 deep"));
    // Each `<use>` doubles the drawn elements.
    let doubling: String =
        (1..12).map(|n| format!("<g id=\"a{n}\"><use href=\"#a{0}\"/><use href=\"#a{0}\"/></g>", n - 1)).collect();
    let copies = format!("<rect id=\"a0\" width=\"9\" height=\"9\"/>{doubling}");
    assert!(first(&copies).contains("at most 40 elements"));
    assert!(SvgFrame::read(&svg("<g/>"), &tight).is_ok());
}

#[test]
fn marker_rectangles_are_measured_and_not_drawn() {
    let text = svg(
        "<g transform=\"translate(10 20)\"><rect id=\"title\" width=\"30\" height=\"5\" fill=\"red\"/></g>\n\
                    <rect id=\"legend\" x=\"50%\" y=\"90%\" width=\"50%\" height=\"10%\" style=\"fill:none;opacity:0\"/>",
    );
    let Setting { places, backdrop } = drawn(&text, 200, 100);
    assert_eq!(places.plot, Rect::new(0, 0, 200, 100));
    assert_eq!(places.title, Some(Rect::new(10, 20, 30, 5)));
    assert_eq!(places.legend, Some(Rect::new(100, 90, 100, 10)));
    assert!(backdrop.pixels.iter().all(|pixel| *pixel == [255; 3]));
}

#[test]
fn a_drawing_with_a_view_box_is_scaled_and_one_without_follows_in_percent() {
    let boxed = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\" width=\"5cm\" height=\"50%\">\
                 <rect id=\"plot\" x=\"10\" y=\"10\" width=\"80\" height=\"80\"/></svg>";
    assert_eq!(drawn(boxed, 200, 200).places.plot, Rect::new(20, 20, 160, 160));
    // Whole and centred, as SVG does by default.
    assert_eq!(drawn(boxed, 400, 200).places.plot, Rect::new(120, 20, 160, 160));
    let stretched = boxed.replace("viewBox", "preserveAspectRatio=\"none\" viewBox");
    assert_eq!(drawn(&stretched, 400, 200).places.plot, Rect::new(40, 20, 320, 160));
    let percent = svg("").replace("width=\"100%\"", "x=\"10\" width=\"50%\"");
    assert_eq!(drawn(&percent, 400, 200).places.plot, Rect::new(10, 0, 200, 200));
}

#[test]
fn the_background_shows_through_translucent_parts() {
    let setting = drawn(&svg("<rect width=\"50%\" height=\"100%\" fill=\"#000\" opacity=\"0.5\"/>"), 40, 20);
    assert_eq!((pixel(&setting, 30, 10), pixel(&setting, 10, 10)[0].abs_diff(128) <= 1), ([255; 3], true));
}

#[test]
fn a_scaled_frame_has_more_pixels_and_the_same_positions() {
    let frame = SvgFrame::read(CORPORATE, &limits()).unwrap();
    let draw = |scale| frame.draw(size(600, 400), Scale::new(scale).unwrap(), WHITE, &limits());
    let (one, two) = (draw(1.0).unwrap(), draw(2.0).unwrap());
    assert_eq!((one.places, two.backdrop.size), (two.places, size(1200, 800)));
    assert_eq!(two.backdrop.pixels.len(), 4 * one.backdrop.pixels.len());
    let few = Limits { pixels: 300_000, ..limits() };
    assert!(matches!(
        frame.draw(size(600, 400), Scale::new(2.0).unwrap(), WHITE, &few),
        Err(Failure::Invalid(faults)) if faults[0].path == "scale"
    ));
}

#[test]
fn the_example_frame_leaves_most_of_the_image_to_the_chart() {
    for (width, height) in [(600, 400), (1200, 600), (2000, 300), (300, 1000), (40, 12), (1, 1)] {
        let Setting { places, backdrop } = drawn(CORPORATE, width, height);
        let image = Rect::new(0, 0, width as i32, height as i32);
        for place in [Some(places.plot), places.title, places.legend].into_iter().flatten() {
            assert!(place.intersect(image) == place && place.width > 0 && place.height > 0, "{place} in {image}");
        }
        assert!(places.plot.height * 100 >= 75 * image.height, "{} in {image}", places.plot);
        assert_eq!(backdrop.pixels.len() as u64, pixels(backdrop.size));
    }
    assert!(TemplateName::new(SvgFrame::read(CORPORATE, &limits()).unwrap().theme().unwrap()).is_ok());
}

const LOGO: &[u8] = include_bytes!("../../../tests/logos/logo.png");
const PHOTO: &[u8] = include_bytes!("../../../tests/logos/baseline-420.jpg");

fn image(media_type: &str, file: &[u8], place: &str) -> String {
    format!("<image {place} href=\"data:{media_type};base64,{}\"/>", STANDARD.encode(file))
}

#[test]
fn logos_are_drawn_in_position_and_translucent_parts_show_the_background() {
    let place = "x=\"10\" y=\"20\" width=\"97\" height=\"61\"";
    for (media_type, file) in [("image/png", LOGO), ("image/jpeg", PHOTO)] {
        let setting = drawn(&svg(&image(media_type, file, place)), 200, 100);
        let near = |x, y, colour: [u8; 3]| {
            let found = pixel(&setting, x, y);
            let is_near = found.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= 12);
            assert!(is_near, "{media_type}: {found:?} at {x}, {y} is not {colour:?}");
        };
        near(10 + 32, 20 + 30, [214, 117, 44]);
        near(10 + 30, 20 + 54, [29, 63, 122]);
        // The corner is outside of the logo's shape, and 150 is right of it.
        near(10, 20, [255; 3]);
        near(150, 50, [255; 3]);
    }
}

#[test]
fn a_logo_with_line_breaks_or_an_xlink_prefix_is_drawn() {
    let whole = image("image/png", LOGO, "width=\"50\"");
    let (start, end) = whole.split_at(200);
    let broken = format!("{start}\n   {end}");
    let prefixed =
        whole.replace("<image", "<image xmlns:x=\"http://www.w3.org/1999/xlink\"").replace(" href=", " x:href=");
    let expected = drawn(&svg(&whole), 100, 50);
    assert_ne!(expected, drawn(&svg(""), 100, 50));
    assert_eq!(drawn(&svg(&broken), 100, 50), expected);
    assert_eq!(drawn(&svg(&prefixed), 100, 50), expected);
}

#[test]
fn a_faulty_logo_is_reported_with_its_line_beside_other_faults() {
    let cut = image("image/png", &LOGO[..LOGO.len() / 2], "");
    let wrong = image("image/jpeg", LOGO, "");
    let text = svg(&format!("{cut}\n<g/>\n{}\n{wrong}", image("image/png", LOGO, "")));
    let faults = SvgFrame::read(&text, &limits()).unwrap_err();
    assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [3, 6], "{faults:?}");
}

#[test]
fn copies_of_a_logo_count_towards_its_pixels() {
    let few = Limits { logo_pixels: 2 * 97 * 61, ..limits() };
    let copies = |count: usize| {
        let logo = image("image/png", LOGO, "id=\"logo\"");
        svg(&format!("{logo}{}", "<use href=\"#logo\"/>".repeat(count)))
    };
    assert!(SvgFrame::read(&copies(1), &few).is_ok());
    let faults = SvgFrame::read(&copies(2), &few).unwrap_err();
    assert!(faults[0].text.contains("all logos together should have at most 11834 pixels"), "{faults:?}");
}
