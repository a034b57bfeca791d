//! `number_text`: a number as 8 bytes, then a unit → a text that equals the number within half of its last digit, parsed by an independent
//! parser.

// Powers and logarithms may differ between machines, but no image depends on this file.
#![allow(clippy::disallowed_methods)]

use crate::words;
use metricshot::chart::labels::number::value_text;
use metricshot::request::{Quantity, Unit};

/// The magnitude below which a number counts as zero.
const ZERO_BELOW: f64 = 1e-290;

/// Prefixes with their powers of ten, and of 1024.
const PREFIXES: [(&str, i32, i32); 16] = [
    ("n", -9, 0),
    ("µ", -6, 0),
    ("m", -3, 0),
    ("k", 3, 0),
    ("M", 6, 0),
    ("G", 9, 0),
    ("T", 12, 0),
    ("P", 15, 0),
    ("E", 18, 0),
    ("Ki", 0, 1),
    ("Mi", 0, 2),
    ("Gi", 0, 3),
    ("Ti", 0, 4),
    ("Pi", 0, 5),
    ("Ei", 0, 6),
    ("", 0, 0),
];

pub fn check(input: &[u8]) {
    let Some((number, rest)) = input.split_first_chunk::<8>() else { return };
    let value = f64::from_le_bytes(*number);
    let Some(unit) = Unit::parse(words::text(rest).trim()).filter(|_| value.is_finite()) else { return };
    let text = value_text(value, unit);
    let said = read(&text, unit).unwrap_or_else(|| panic!("{text:?} of {value:e} {unit} is no number with its unit"));
    if value.abs() < ZERO_BELOW {
        return assert_eq!(said.digits, 0.0, "{text}");
    }
    // Logarithms avoid overflow. Their rounding errors are far below half a digit.
    let said_log = said.digits.abs().log10() + said.exponent;
    let meant_log = value.abs().log10() + unit.factor().log10();
    let off = (10_f64.powf(meant_log - said_log) - 1.0).abs() * said.digits.abs();
    assert!(off <= said.half + said.digits.abs() * 1e-9, "{text:?} says {said:?} of {value:e} {unit}, {off} off");
    assert_eq!(text.starts_with('−'), value < 0.0 && said.digits != 0.0, "{text:?} of {value:e}");
    assert!(text.chars().count() <= 24, "{text:?} is long");
}

#[derive(Debug)]
struct Said {
    digits: f64,
    /// Half of the last shown digit.
    half: f64,
    /// The power of ten by which the digits are multiplied, including prefix and unit.
    exponent: f64,
}

fn read(text: &str, unit: Unit) -> Option<Said> {
    let text = text.trim_start_matches('−');
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (grouped, mut rest) = text.split_at(end);
    let mut groups = grouped.split('.').next()?.rsplit(',');
    let is_grouped = groups.next_back().is_some_and(|first| first.len() <= 3) && groups.all(|group| group.len() == 3);
    let digits = grouped.replace(',', "");
    if !is_grouped && digits.len() < grouped.len() {
        return None;
    }
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let half = 0.5 * 10_f64.powi(-i32::try_from(decimals).ok()?);
    let mut exponent = 0.0;
    if let Some(power) = rest.strip_prefix("×10") {
        let end = power.find(|c| !"⁻⁰¹²³⁴⁵⁶⁷⁸⁹".contains(c)).unwrap_or(power.len());
        let plain = |c| {
            if c == '⁻' {
                '-'
            } else {
                "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().zip('0'..='9').find(|(high, _)| *high == c).map_or('0', |pair| pair.1)
            }
        };
        exponent += power[..end].chars().map(plain).collect::<String>().parse::<f64>().ok()?;
        rest = &power[end..];
    }
    let rest = rest.strip_suffix("/s").or(rest.strip_suffix("/min")).unwrap_or(rest).trim_start();
    exponent += match (unit.quantity, rest) {
        (Quantity::Seconds, "min") => 60_f64.log10(),
        (Quantity::Seconds, "h") => 3600_f64.log10(),
        (Quantity::Seconds, "d") => 86_400_f64.log10(),
        (quantity, rest) => {
            let name = match quantity {
                Quantity::Seconds => "s",
                Quantity::Bytes => "B",
                Quantity::Bits => "bit",
                Quantity::Percent => "%",
                Quantity::Count | Quantity::None => "",
            };
            let prefix = rest.strip_suffix(name)?;
            let &(_, ten, binary) = PREFIXES.iter().find(|(word, ..)| *word == prefix)?;
            f64::from(ten) + f64::from(binary) * 1024_f64.log10()
        }
    };
    Some(Said { digits: digits.parse().ok()?, half, exponent })
}
