//! Golden images of the templates: requests of `tests/pictures/` in each theme and in the example frame, compared byte for byte with
//! `snapshots/templates/`; and faults of templates as operators and clients see them.
//!
//! `METRICSHOT_BLESS=1` accepts the rendered images; then look at each changed one.

use crate::support::demo::{block_on, request};
use crate::support::golden::{self, root};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use metricshot::app::App;
use metricshot::config::{self, ConfigInputs};
use metricshot::error::Failure;
use metricshot::provenance::Recording;
use metricshot::render::{Image, Raster};
use metricshot::request::{Scale, TemplateName};
use metricshot::source::SourceSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

/// Template and request.
const PICTURES: &[(&str, &str)] = &[
    ("light", "twelve-series-1200x600"),
    ("dark", "range-24-hours"),
    ("dark", "twelve-series-1200x600"),
    ("dark", "case-one-failing"),
    ("dark", "case-mixed"),
    ("dark", "case-no-data"),
    ("dark", "size-300x150"),
    ("print", "case-one-failing"),
    ("print", "twelve-series"),
    ("corporate", "range-24-hours"),
    ("corporate", "twelve-series-1200x600"),
    ("corporate", "case-one-failing"),
    ("corporate", "size-300x150"),
];

fn app() -> App {
    let folder = root("templates").display().to_string();
    let given = ConfigInputs {
        variables: vec![("METRICSHOT_TEMPLATES__FOLDER".to_owned(), folder)],
        ..ConfigInputs::default()
    };
    let mut loaded = config::load(&given).expect("the templates that we ship are right");
    // The same limit as in `support::demo`.
    loaded.limits.render = Duration::from_secs(60);
    assert_eq!(loaded.notes, Vec::<String>::new());
    let sources = config::open_sources(&loaded.config, &loaded.limits).expect("the demo source opens");
    let app = App::new(loaded.catalog, SourceSet::new(sources, &loaded.limits), loaded.limits);
    app.with_templates(loaded.templates).recording(Recording::Off)
}

fn draw(app: &App, template: &str, name: &str, scale: f64) -> Result<Image, Failure> {
    let body = fs::read(root(&format!("tests/pictures/{name}.json"))).expect("a request");
    let mut request = request(&body);
    request.chart.template = Some(TemplateName::new(template).expect("a name"));
    request.chart.scale = Scale::new(scale).expect("a scale");
    block_on(app.picture(request)).map(|drawn| drawn.picture.clone())
}

#[test]
fn every_template_renders_its_golden_images() {
    let app = app();
    let drawn = PICTURES.iter().map(|(template, name)| {
        let picture = draw(&app, template, name, 1.0).unwrap_or_else(|failure| panic!("{name}: {failure}"));
        (format!("{template}-{name}"), picture.bytes)
    });
    golden::compare("snapshots/templates", drawn);
}

#[test]
fn a_cached_frame_gives_the_same_image() {
    let app = app();
    let first = draw(&app, "corporate", "range-24-hours", 1.5).unwrap();
    assert_eq!((first.size.width(), first.size.height()), (900, 600));
    assert_eq!(draw(&app, "corporate", "range-24-hours", 1.5).unwrap(), first);
    assert_eq!(draw(&self::app(), "corporate", "range-24-hours", 1.5).unwrap(), first);
}

#[test]
fn an_unknown_template_is_one_fault_with_the_known_names() {
    let Err(Failure::Invalid(faults)) = draw(&app(), "coporate", "range-24-hours", 1.0) else { panic!("drawn") };
    let wanted = "There is no template 'coporate'; there are corporate, dark, light, print: theme";
    assert_eq!(faults.iter().map(|fault| fault.sentence()).collect::<Vec<_>>(), [wanted]);
}

/// Runs a command with these files in a folder `t` beside the configuration; returns exit code and output.
fn program(configuration: &str, files: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("t")).unwrap();
    fs::write(folder.path().join("m.toml"), configuration).unwrap();
    files.iter().for_each(|(name, text)| fs::write(folder.path().join("t").join(name), text).unwrap());
    let output = Command::new(env!("CARGO_BIN_EXE_metricshot"))
        .args(["--config", "m.toml"])
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), text.replace(&format!("{}/", folder.path().display()), ""))
}

#[test]
fn check_config_reports_every_template_fault_with_file_and_line() {
    let files = [
        ("a.toml", "base = \"dark\"\ntext = \"red\"\nsize = 5\n"),
        ("b.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\">\n<text>Hello</text>\n<image href=\"x.png\"/></svg>"),
        (
            "c.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\" data-theme=\"night\"><rect id=\"plot\" width=\"9\" height=\"9\"/></svg>",
        ),
        ("D.toml", ""),
        ("read.me", "left alone"),
    ];
    let (code, text) = program("[templates]\nfolder = \"t\"\n", &files, &["check-config"]);
    let starts = [
        "error: t/D.toml: A template's name should be 1 to 64 small letters",
        "error: t/a.toml, line 2: text: should be a colour such as",
        "error: t/a.toml, line 3: size: unknown key; a theme has",
        "error: t/b.svg, line 2: <text> is not drawn, because frames have no fonts: convert text to paths",
        "error: t/b.svg, line 3: the href of <image> should begin with data:image/png;base64,",
        "error: t/b.svg, line 1: there should be a <rect id=\"plot\">",
        "error: t/c.svg: data-theme: unknown theme 'night'",
    ];
    assert_eq!((code, text.lines().count()), (Some(2), starts.len()), "{text}");
    text.lines().zip(starts).for_each(|(line, start)| assert!(line.starts_with(start), "{line}\n{start}"));
}

/// Returns a frame with a logo of 40 by 25 pixels in the corner, of this `media_type`.
fn with_logo(media_type: &str, file: &[u8]) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\">\n<rect id=\"plot\" y=\"30\" width=\"100%\" height=\"360\"/>\n\
         <image width=\"40\" height=\"25\" href=\"data:{media_type};base64,{}\"/></svg>",
        STANDARD.encode(file)
    )
}

#[test]
fn a_logo_is_in_every_format_of_a_chart() {
    let png = fs::read(root("tests/logos/logo.png")).unwrap();
    let jpeg = fs::read(root("tests/logos/baseline-420.jpg")).unwrap();
    let frames = [("png", with_logo("image/png", &png)), ("jpeg", with_logo("image/jpeg", &jpeg))];
    let files = frames.each_ref().map(|(name, text)| (format!("{name}.svg"), text.as_str()));
    let (code, text) = program(
        "[templates]\nfolder = \"t\"\n",
        &files.each_ref().map(|(name, text)| (name.as_str(), *text)),
        &["check-config"],
    );
    assert_eq!(code, Some(0), "{text}");
    let (folder, output) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
    let request = root("examples/requests/documented.json");
    let draw = |template: &str, file: &str| {
        let output = output.path().join(file);
        let ended = Command::new(env!("CARGO_BIN_EXE_metricshot"))
            .args(["render", "--template", template, "-o"])
            .args([&output, &request])
            .env_clear()
            .env("METRICSHOT_TEMPLATES__FOLDER", folder.path())
            .output()
            .unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        fs::read(output).unwrap()
    };
    for template in ["png", "jpeg"] {
        let rasters =
            ["chart.png", "chart.webp", "chart.jpg"].map(|file| Raster::decode(&draw(template, file)).unwrap());
        for raster in rasters {
            // The middle of the orange circle: 32 of 97 and 30 of 61 pixels.
            let found = raster.pixels()[12 * 600 + 13];
            assert!(found.iter().zip([214, 117, 44, 255]).all(|(a, b)| a.abs_diff(b) < 16), "{template}: {found:?}");
        }
        let text = String::from_utf8(draw(template, "chart.svg")).unwrap();
        let references: Vec<&str> = text.split("href=\"").skip(1).collect();
        assert!(
            references.len() == 1 && references[0].starts_with("data:image/png;base64,"),
            "one image, with its data"
        );
    }
}

#[test]
fn a_missing_folder_or_unknown_default_is_reported() {
    let (code, text) = program("[templates]\nfolder = \"none\"\n", &[], &["check-config"]);
    assert!(code == Some(2) && text.starts_with("error: none: cannot be read"), "{text}");
    let (code, text) = program("[templates]\ndefault = \"mine\"\n", &[], &["check-config"]);
    let wanted = "error: m.toml: templates.default: There is no template 'mine'; there are dark, light, print\n";
    assert_eq!((code, text.as_str()), (Some(2), wanted));
}

#[test]
fn a_theme_of_low_contrast_is_noted_and_listed() {
    let configuration = "[templates]\nfolder = \"t\"\ndefault = \"pale\"\n";
    let files = [("pale.toml", "secondary = \"#aaaaaa\"\n")];
    let (code, text) = program(configuration, &files, &["check-config"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("note: t/pale.toml: secondary #aaaaaa has low contrast on #ffffff: 2.3"), "{text}");
    assert!(text.contains("templates:   dark, light, pale, print"), "{text}");
    let (_, text) = program(configuration, &files, &["print-config"]);
    assert!(text.contains("[templates]\nfolder = \"t\"\ndefault = \"pale\"\n"), "{text}");
}
