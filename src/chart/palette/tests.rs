// Colour distances guide readers and move no pixels.
#![allow(clippy::disallowed_methods)]

use super::*;
use crate::chart::compose::tests::Case;
use crate::chart::theme::tests::{contrast, linear};
use crate::chart::theme::{DARK, LIGHT, PRINT};

/// Simulation matrices of Machado, Oliveira and Fernandes 2009, severity 1, on linear sRGB.
const PROTAN: [[f64; 3]; 3] =
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
const DEUTAN: [[f64; 3]; 3] =
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];
const TRITAN: [[f64; 3]; 3] =
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]];
const NORMAL: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const TO_XYZ: [[f64; 3]; 3] =
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]];

fn times(matrix: [[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

/// Returns CIE L*a*b* (D65) of a colour seen with the colour vision deficiency that `simulation` describes.
fn lab(colour: Colour, simulation: [[f64; 3]; 3]) -> [f64; 3] {
    let seen = times(simulation, linear(colour)).map(|c| c.clamp(0.0, 1.0));
    let [x, y, z] = times(TO_XYZ, seen);
    let [x, y, z] =
        [x / 0.95047, y, z / 1.08883].map(|t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Returns the CIEDE2000 difference as Sharma, Wu and Dalal 2005 define it.
fn difference([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let mean_c = (a1.hypot(b1) + a2.hypot(b2)) / 2.0;
    let g = 0.5 * (1.0 - (mean_c.powi(7) / (mean_c.powi(7) + 25f64.powi(7))).sqrt());
    let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue = |a: f64, b: f64| if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) };
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let turn = match h2 - h1 {
        _ if c1 * c2 == 0.0 => 0.0,
        d if d > 180.0 => d - 360.0,
        d if d < -180.0 => d + 360.0,
        d => d,
    };
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let h = match (h1 - h2).abs() {
        _ if c1 * c2 == 0.0 => h1 + h2,
        d if d <= 180.0 => (h1 + h2) / 2.0,
        _ if h1 + h2 < 360.0 => (h1 + h2 + 360.0) / 2.0,
        _ => (h1 + h2 - 360.0) / 2.0,
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0) - 0.20 * cos(4.0 * h - 63.0);
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let rotation = (60.0 * (-((h - 275.0) / 25.0).powi(2)).exp()).to_radians().sin();
    let rt = -2.0 * (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt() * rotation;
    let (l, c, h) = ((l2 - l1) / sl, (c2 - c1) / sc, dh / sh);
    (l * l + c * c + h * h + rt * c * h).sqrt()
}

#[test]
fn the_colour_difference_equals_the_published_values() {
    for (a, b, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 2.5, 0.0], [58.0, 24.0, 15.0], 19.4535),
        ([22.7233, 20.0904, -46.6940], [23.0331, 14.9730, -42.5619], 2.0373),
    ] {
        assert!((difference(a, b) - expected).abs() < 1e-4, "{}", difference(a, b));
    }
}

#[test]
fn every_colour_has_a_contrast_of_3_to_the_background() {
    for theme in [LIGHT, DARK, PRINT] {
        for &colour in theme.palette.iter() {
            assert!(contrast(colour, theme.ground) >= 3.0, "{colour}");
        }
    }
}

#[test]
fn colours_are_distinct_with_every_colour_vision() {
    for (theme, simulation) in
        [LIGHT, DARK].into_iter().flat_map(|t| [NORMAL, PROTAN, DEUTAN, TRITAN].map(|s| (t.clone(), s)))
    {
        let states = theme.states.unwrap();
        for palette in [&theme.palette[..8], &states] {
            for (index, &a) in palette.iter().enumerate() {
                for &b in &palette[index + 1..] {
                    let difference = difference(lab(a, simulation), lab(b, simulation));
                    assert!(difference >= 10.0, "{a} {b}: {difference}");
                }
            }
        }
    }
}

#[test]
fn the_second_tier_has_the_hues_of_the_first_in_another_lightness() {
    for theme in [LIGHT, DARK] {
        let palette = theme.palette.iter().map(|&colour| lab(colour, NORMAL)).collect::<Vec<_>>();
        for (index, a) in palette.iter().enumerate() {
            assert!(palette[..index].iter().all(|b| difference(*a, *b) >= 8.0), "{}", theme.palette[index]);
        }
        for (first, second) in palette[..8].iter().zip(&palette[8..]) {
            assert!((first[0] - second[0]).abs() > 9.0, "{first:?} {second:?}");
        }
    }
}

#[test]
fn fills_of_neighbours_in_a_stack_are_distinct() {
    for theme in [LIGHT, DARK] {
        let on_ground = |colour: Colour| {
            let mixed = |over: u8, under: u8| ((u32::from(over) * 3 + u32::from(under)) / 4) as u8;
            let ground = theme.ground;
            Colour {
                red: mixed(colour.red, ground.red),
                green: mixed(colour.green, ground.green),
                blue: mixed(colour.blue, ground.blue),
                alpha: 255,
            }
        };
        for simulation in [NORMAL, PROTAN, DEUTAN, TRITAN] {
            for pair in theme.palette[..8].windows(2) {
                let [a, b] = [pair[0], pair[1]].map(|colour| lab(on_ground(colour), simulation));
                assert!(difference(a, b) >= 7.0, "{pair:?}: {}", difference(a, b));
            }
        }
    }
}

fn lines(count: usize, colour: impl Fn(usize) -> Option<Colour>) -> Vec<Line> {
    let case = (0..count).fold(Case::new("", 3600, "UTC"), |case, n| {
        case.line(&n.to_string(), |_| None).change(|line| line.colour = colour(n))
    });
    case.frame.lines
}

fn of_theme(count: usize, colour: impl Fn(usize) -> Option<Colour>, theme: &Theme) -> Vec<LineStyle> {
    let names: Vec<String> = (0..count).map(|n| n.to_string()).collect();
    let focus = Focus { is_emphasised: vec![true; count] };
    line_styles(&lines(count, colour), &names, &focus, theme)
}

fn of(count: usize, colour: impl Fn(usize) -> Option<Colour>) -> Vec<LineStyle> {
    of_theme(count, colour, &LIGHT)
}

/// Returns a theme with eight solid lines.
fn dashing() -> Theme {
    Theme { palette: LIGHT.palette[..8].to_vec().into(), solid_lines: 8, ..LIGHT }
}

fn differ(line_styles: &[LineStyle]) -> bool {
    line_styles.iter().enumerate().all(|(index, style)| !line_styles[..index].contains(style))
}

#[test]
fn on_screens_all_lines_are_solid_and_sixteen_differ() {
    let line_styles = of(32, |_| None);
    assert!(line_styles.iter().all(|style| style.pattern == Pattern::Solid));
    assert!(differ(&line_styles[..16]));
    assert_eq!(line_styles[16], line_styles[0], "above 16 colours repeat");
    assert_eq!(of(4, |_| Some(Colour::rgb(0x166f63)))[3].pattern, Pattern::Solid);
}

#[test]
fn a_theme_with_dashes_distinguishes_32_series() {
    let line_styles = of_theme(32, |_| None, &dashing());
    assert!(differ(&line_styles));
    assert!(line_styles[..8].iter().all(|style| style.pattern == Pattern::Solid));
    assert!(line_styles[8..].iter().all(|style| style.pattern != Pattern::Solid));
}

#[test]
fn series_of_one_requested_colour_differ_by_dashes_where_a_theme_has_them() {
    let requested = PRINT.palette[0];
    assert!(differ(&of_theme(4, |_| Some(requested), &PRINT)));
    assert!(of_theme(4, |_| Some(requested), &PRINT).iter().all(|style| style.colour == requested));
    assert!(differ(&of_theme(12, |n| (n % 5 == 0).then_some(Colour::rgb(0x166f63)), &dashing())));
}

#[test]
fn a_theme_may_dash_from_the_second_line_on() {
    let theme = Theme { palette: [0, 0x707070].map(Colour::rgb).to_vec().into(), solid_lines: 1, ..LIGHT };
    let line_styles = of_theme(4, |_| None, &theme);
    assert_eq!(line_styles.iter().map(|style| style.pattern).collect::<Vec<_>>(), Pattern::ALL);
}

#[test]
fn the_greys_of_the_print_theme_are_distinct() {
    for (index, &a) in PRINT.palette.iter().enumerate() {
        assert!(a.red == a.green && a.green == a.blue, "{a}");
        for &b in &PRINT.palette[index + 1..] {
            assert!(difference(lab(a, NORMAL), lab(b, NORMAL)) >= 10.0, "{a} {b}");
        }
    }
}
