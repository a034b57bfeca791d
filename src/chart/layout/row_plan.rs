//! Chooses the rows above and below the plot, by priority if the image is low.
//!
//! Small images request fewer rows. Rows are added by priority as long as the plot keeps [`MIN_PLOT_PERCENT`] percent
//! of the height.

use crate::chart::legend::model as legend;
use crate::chart::scene_builder::Row;
use crate::chart::theme::Sizes;
use crate::chart::time_axis::TimeRows;
use crate::request::Size;

/// Minimum height of the plot in percent of the image.
pub(in crate::chart) const MIN_PLOT_PERCENT: i32 = 40;

/// The detail of a chart by the size of its image; each level adds to the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::chart) enum Detail {
    /// Series only.
    Bare,
    /// Series with a dot at their end.
    Sparkline,
    /// First and last label of the value axis, and the range as text.
    Ends,
    /// Axes and title.
    Axes,
    /// A legend.
    Legend,
    /// A sub-title.
    Full,
}

impl Detail {
    /// Returns the detail for an image of this size.
    pub fn of(size: Size) -> Self {
        let below = |width: u32, height: u32| size.width() < width || size.height() < height;
        match () {
            () if below(40, 12) => Self::Bare,
            () if below(120, 60) => Self::Sparkline,
            () if below(160, 90) => Self::Ends,
            () if below(240, 140) => Self::Axes,
            () if below(360, 200) => Self::Legend,
            () => Self::Full,
        }
    }
}

/// Free pixels around and between the rows, and heights of rows.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub(in crate::chart) struct Spacing {
    pub side: i32,
    pub top: i32,
    /// Gap between headings and plot.
    pub headings: i32,
    /// Gap between the plot and the labels of its time axis, tick marks included.
    pub axis: i32,
    /// Gap above the legend.
    pub legend: i32,
    /// Gap above the footer.
    pub footer: i32,
    pub bottom: i32,
    /// Height of a title row.
    pub title: i32,
    /// Height of other text rows.
    pub text: i32,
}

impl Spacing {
    /// Returns the spacing for an image: fixed in small ones, as the theme requests in large ones. Rows are as high as
    /// their texts need.
    pub fn of(size: Size, sizes: &Sizes) -> Self {
        let (title, text) = (sizes.title + 5, sizes.label.max(sizes.sub_title).max(sizes.small) + 4);
        match Detail::of(size) {
            Detail::Full if size.height() >= 260 => {
                let [side, top, headings, axis] = [16, 12, 12, 8].map(|pixels| pixels * sizes.spacing / 100);
                let [legend, footer, bottom] = [8, 6, 10].map(|pixels| pixels * sizes.spacing / 100);
                Self { side, top, headings, axis, legend, footer, bottom, title, text }
            }
            Detail::Full | Detail::Legend | Detail::Axes => {
                Self { side: 12, top: 8, headings: 8, axis: 6, legend: 4, footer: 4, bottom: 8, title, text }
            }
            Detail::Ends | Detail::Sparkline | Detail::Bare => {
                Self { side: 8, top: 6, headings: 4, axis: 4, legend: 4, footer: 4, bottom: 4, title, text }
            }
        }
    }
}

/// The rows of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) struct Rows {
    pub title: bool,
    /// Name, statistic, period, range and zone.
    pub sub_title: bool,
    /// Unit above the value axis.
    pub unit: bool,
    /// Labels of the time axis.
    pub time: TimeRows,
    /// Warning about failed or incomplete series.
    pub warning: bool,
    /// Number of legend rows.
    pub legend: i32,
    /// Number of rows for the key of numbered annotations.
    pub key: i32,
    /// Range, zone and period.
    pub footer: bool,
    /// True if only the sub-title names the series, so that it takes precedence over dates.
    pub sub_title_names: bool,
    /// True if the title is a name that the legend shows too, so that the legend takes precedence.
    pub title_repeats: bool,
}

/// Pixel rows of everything but the plot; `None` for a row that the image does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Stack {
    pub title: Option<Row>,
    /// Name, statistic, period, range and zone.
    pub sub_title: Option<Row>,
    /// Unit of the value axis.
    pub unit: Option<Row>,
    /// First pixel row of the plot, and the first after it.
    pub plot: (i32, i32),
    /// First row below the plot.
    pub times: Row,
    /// Second row below the plot.
    pub dates: Row,
    /// Key of numbered annotations.
    pub key: Vec<Row>,
    /// Warning about failed or incomplete series.
    pub warning: Option<Row>,
    /// First pixel row of the legend.
    pub legend: i32,
    /// Range, zone and period.
    pub footer: Option<Row>,
}

/// A function that adds one of the requested rows.
type Step = fn(Rows, &Rows) -> Rows;

/// Rows in the order of their priority.
const STEPS: [Step; 12] = [
    |rows, requested| Rows { warning: requested.warning, ..rows },
    |rows, requested| Rows {
        time: if requested.time == TimeRows::Two { TimeRows::One } else { requested.time },
        ..rows
    },
    |rows, requested| Rows { unit: requested.unit, ..rows },
    |rows, requested| Rows { title: requested.title && !requested.title_repeats, ..rows },
    |rows, requested| Rows { sub_title: requested.sub_title && requested.sub_title_names, ..rows },
    |rows, requested| Rows { legend: requested.legend, ..rows },
    |rows, requested| Rows { sub_title: requested.sub_title, ..rows },
    |rows, requested| Rows { title: requested.title, ..rows },
    |rows, requested| Rows { key: requested.key.min(1), ..rows },
    |rows, requested| Rows { key: requested.key, ..rows },
    |rows, requested| if rows.time == TimeRows::One { Rows { time: requested.time, ..rows } } else { rows },
    |rows, requested| Rows { footer: requested.footer, ..rows },
];

impl Rows {
    /// Rows of the smallest chart: the range as text.
    const MINIMAL: Self = Self {
        title: false,
        sub_title: false,
        unit: false,
        time: TimeRows::Caption,
        warning: false,
        legend: 0,
        key: 0,
        footer: false,
        sub_title_names: false,
        title_repeats: false,
    };

    /// Returns as many of these rows as leave the plot its minimum of `height` pixels.
    pub fn fitting(&self, height: i32, spacing: &Spacing) -> Self {
        STEPS.into_iter().fold(Self::MINIMAL, |rows, step| {
            let more = step(rows, self);
            if more.leaves(MIN_PLOT_PERCENT, height, spacing) { more } else { rows }
        })
    }

    /// Returns true if the plot keeps `percent` of `height`.
    pub fn leaves(&self, percent: i32, height: i32, spacing: &Spacing) -> bool {
        let (top, bottom) = self.stack(height, spacing).plot;
        (bottom - top) * 100 >= percent * height
    }

    /// Returns the position of each row in an image of `height` pixels.
    pub fn stack(&self, height: i32, spacing: &Spacing) -> Stack {
        let text = spacing.text;
        let mut y = spacing.top;
        let mut row = |shown: bool, height: i32| {
            let row = shown.then_some(Row { top: y, height });
            y += if shown { height } else { 0 };
            row
        };
        let (title, sub_title) = (row(self.title, spacing.title), row(self.sub_title, spacing.text));
        row(self.unit && (self.title || self.sub_title), 4);
        let unit = row(self.unit, text);
        let top = y + if self.unit { 8 } else { spacing.headings };

        let mut y = height - spacing.bottom;
        let footer = self.footer.then_some(Row { top: y - text, height: text });
        y -= if self.footer { text + spacing.footer } else { 0 };
        let legend = y - self.legend * legend::ROW;
        y = legend;
        y -= if self.legend > 0 { spacing.legend } else { 0 };
        let warning = self.warning.then_some(Row { top: y - text, height: text });
        y -= if self.warning { text + 4 } else { 0 };
        let key = (0..self.key).map(|row| Row { top: y - (self.key - row) * text, height: text }).collect();
        y -= if self.key > 0 { self.key * text + 4 } else { 0 };
        let dates = Row { top: y - text, height: text };
        let times = Row { top: if self.time == TimeRows::Two { y - 2 * text } else { y - text }, height: text };
        let plot = (top, times.top - spacing.axis);
        Stack { title, sub_title, unit, plot, times, dates, key, warning, legend, footer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::theme::LIGHT;
    use crate::limits::Limits;

    const ALL: Rows = Rows {
        title: true,
        sub_title: true,
        unit: true,
        time: TimeRows::Two,
        warning: true,
        legend: 1,
        key: 1,
        footer: true,
        sub_title_names: false,
        title_repeats: false,
    };

    fn of_height(height: i32) -> (Rows, Spacing) {
        let spacing = Spacing::of(Size::new(1200, i64::from(height), &Limits::default()).unwrap(), &LIGHT.sizes);
        (ALL.fitting(height, &spacing), spacing)
    }

    #[test]
    fn the_plot_keeps_its_share_at_every_height() {
        for height in 60..2000 {
            let (rows, spacing) = of_height(height);
            assert!(rows.leaves(MIN_PLOT_PERCENT, height, &spacing), "{height}: {rows:?}");
        }
    }

    #[test]
    fn rows_are_added_by_priority() {
        let shown = |height: i32| {
            let rows = of_height(height).0;
            let (one, two) = (rows.time != TimeRows::Caption, rows.time == TimeRows::Two);
            [rows.warning, one, rows.unit, rows.title, rows.legend > 0, rows.sub_title, rows.key > 0, two, rows.footer]
        };
        // At these heights the spacing grows, which may cost a row.
        for height in (60..89).chain(90..259).chain(260..600) {
            assert!(shown(height) <= shown(height + 1), "{height}");
        }
        assert_eq!((shown(120)[0], shown(400)), (true, [true; 9]));
    }

    #[test]
    fn rows_do_not_overlap() {
        let stack = ALL.stack(400, &of_height(400).1);
        let rows = [
            stack.title,
            stack.sub_title,
            stack.unit,
            Some(stack.times),
            Some(stack.dates),
            stack.key.first().copied(),
            stack.warning,
            stack.footer,
        ];
        let rows: Vec<Row> = rows.into_iter().flatten().collect();
        assert!(rows.windows(2).all(|pair| pair[0].bottom() <= pair[1].top), "{rows:?}");
        assert!(stack.plot.0 >= rows[2].bottom() && stack.plot.1 <= rows[3].top && stack.legend >= rows[6].bottom());
    }
}
