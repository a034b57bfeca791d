//! Requested metrics with their statistic, period and style.

use super::text::is_forbidden;
use super::{Colour, DisplayText, Period, SplitBy, Statistic};
use crate::error::{Fault, FaultKind};
use crate::limits::Limits;
use std::fmt;

/// A name of a namespace or metric: 1 to [`Limits::text_chars`] characters, no controls, no braces, not `__name__`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Checks a client's text.
    pub fn new(text: &str, limits: &Limits) -> Result<Self, Fault> {
        let invalid = |why: &'static str| Err(Fault::new(FaultKind::InvalidName, why));
        match text {
            "" => invalid("String should have at least 1 character"),
            _ if text.chars().count() > limits.text_chars => {
                let why = format!("String should have at most {} characters", limits.text_chars);
                Err(Fault::new(FaultKind::InvalidName, why))
            }
            "__name__" => invalid("String should not be the reserved name '__name__'"),
            _ if text.contains(|c| is_forbidden(c) || matches!(c, '{' | '}')) => {
                invalid("String should have no control characters and no braces")
            }
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key and value that restrict a metric to some of its series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension {
    key: String,
    value: String,
}

impl Dimension {
    /// Checks a client's key.
    pub fn check_key(key: &str, limits: &Limits) -> Result<(), Fault> {
        let max = limits.dimension_key_bytes;
        match key {
            "" => Err(Fault::new(FaultKind::InvalidName, "String should have at least 1 character")),
            _ if key.len() > max => {
                Err(Fault::new(FaultKind::TooLong, format!("String should have at most {max} bytes")))
            }
            "__name__" => Err(Fault::new(FaultKind::InvalidName, "String should not be the reserved key '__name__'")),
            _ if key.contains(is_forbidden) => {
                Err(Fault::new(FaultKind::InvalidName, "String should have no control characters"))
            }
            _ => Ok(()),
        }
    }

    /// Checks a client's value.
    pub fn check_value(value: &str, limits: &Limits) -> Result<(), Fault> {
        let max = limits.dimension_value_bytes;
        if value.len() > max {
            Err(Fault::new(FaultKind::TooLong, format!("String should have at most {max} bytes")))
        } else if value.contains(is_forbidden) {
            Err(Fault::new(FaultKind::InvalidName, "String should have no control characters"))
        } else {
            Ok(())
        }
    }

    /// Makes a dimension of a key and a value; fails if either check fails.
    pub fn new(key: &str, value: &str, limits: &Limits) -> Result<Self, Fault> {
        Self::check_key(key, limits)?;
        Self::check_value(value, limits)?;
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }

    /// Returns the key, which is not empty.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the value.
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// A reference to a metric. Dimensions keep the client's order for display; their keys are unique.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MetricRef {
    /// Namespace of the metric, such as `Virtual Server`.
    pub namespace: Name,
    /// Name of the metric, such as `CPU Usage/Core[Basic]`.
    pub name: Name,
    dimensions: Vec<Dimension>,
}

impl MetricRef {
    /// Makes a reference; rejects a repeated key.
    pub fn new(namespace: Name, name: Name, dimensions: Vec<Dimension>) -> Result<Self, Fault> {
        let twice = |(i, d): (usize, &Dimension)| dimensions[..i].iter().any(|earlier| earlier.key == d.key);
        if dimensions.iter().enumerate().any(twice) {
            return Err(Fault::new(FaultKind::Duplicate, "Each dimension key should come once"));
        }
        Ok(Self { namespace, name, dimensions })
    }

    /// Returns the dimensions in the client's order.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// Returns the value of the dimension `key`.
    pub fn dimension(&self, key: &str) -> Option<&str> {
        self.dimensions.iter().find(|d| d.key == key).map(Dimension::value)
    }

    /// Returns the label of a line without a display name: `namespace
    ///
    /// name
    ///
    /// dimension values`.
    pub fn default_label(&self) -> DisplayText {
        let values = self.dimensions.iter().map(Dimension::value).collect::<Vec<_>>().join(", ");
        let parts = [self.namespace.as_str(), self.name.as_str(), &values];
        DisplayText::lossy(&parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" | "))
    }
}

/// An entry of a request's `metrics`: one line of the chart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MetricRequest {
    /// Requested metric.
    pub metric: MetricRef,
    /// Bucket length; the request's, unless the entry has one.
    pub period: Period,
    /// Statistic; the request's, unless the entry has one.
    pub statistic: Statistic,
    /// Colour of the line; `None` takes the next of the palette.
    pub colour: Option<Colour>,
    /// Label in the legend; `None` uses [`MetricRef::default_label`].
    pub display_name: Option<DisplayText>,
    /// One line per combination of values of labels; `None` leaves it to the catalogue.
    pub split_by: Option<SplitBy>,
}

impl MetricRequest {
    /// Returns the label in the legend.
    pub fn label(&self) -> DisplayText {
        self.display_name.clone().unwrap_or_else(|| self.metric.default_label())
    }
}
