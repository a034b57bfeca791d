//! File formats of a chart.

use crate::error::{Fault, FaultKind, excerpt};

/// File format of a chart's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum ChartFormat {
    /// Pixels; every client can show it.
    #[default]
    Png,
    /// The same pixels, lossless and smaller.
    WebP,
    /// Nearly the same pixels, opaque, for programs that read no other format.
    Jpeg,
    /// Shapes and texts, for enlarging and printing.
    Svg,
    /// A table of the values: a row per bucket, a column per line.
    Csv,
    /// The values with units, notes and alt text.
    Json,
}

impl ChartFormat {
    /// All formats, in the order in which errors list them.
    pub const ALL: [Self; 6] = [Self::Png, Self::WebP, Self::Jpeg, Self::Svg, Self::Csv, Self::Json];

    /// Parses the name of a format, which is also its file extension; `jpg` is `jpeg`.
    pub fn parse(name: &str) -> Result<Self, Fault> {
        let canonical = if name == "jpg" { "jpeg" } else { name };
        Self::ALL.into_iter().find(|format| format.name() == canonical).ok_or_else(|| {
            let names: Vec<String> = Self::ALL.map(|format| format!("'{}'", format.name())).into();
            let text = format!("Input should be one of {}, not '{}'", names.join(", "), excerpt(name));
            Fault::new(FaultKind::OutOfRange, text)
        })
    }

    /// Returns the name, which is also the file extension.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Jpeg => "jpeg",
            Self::Svg => "svg",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// Returns the media type without parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Jpeg => "image/jpeg",
            Self::Svg => "image/svg+xml",
            Self::Csv => "text/csv",
            Self::Json => "application/json",
        }
    }

    /// Reports whether the format shows the chart, rather than its values.
    pub fn is_image(self) -> bool {
        !matches!(self, Self::Csv | Self::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name_and_jpg_is_jpeg() {
        for format in ChartFormat::ALL {
            assert_eq!(ChartFormat::parse(format.name()), Ok(format));
        }
        assert_eq!(ChartFormat::parse("jpg"), Ok(ChartFormat::Jpeg));
    }

    #[test]
    fn an_unknown_format_is_a_fault_that_lists_the_known_ones() {
        for name in ["", "PNG", "gif", "pdf", ".png"] {
            let fault = ChartFormat::parse(name).unwrap_err();
            assert!(fault.text.contains("'png', 'webp', 'jpeg', 'svg', 'csv', 'json'"), "{name}: {}", fault.text);
        }
    }
}
