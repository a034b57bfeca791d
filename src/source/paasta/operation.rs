//! The charts of the API, and the chart that a selector selects.
//!
//! Pure. A selector's name is the operation, its labels are `instance` and, where an operation has two series, `direction`. Everything
//! that is sent is checked here: the server pastes it into its queries.

use crate::catalog::{Inexpressible, MetricDescriptor, MetricKind, Part, Selector};
use crate::error::{Reason, SourceError};
use crate::request::Unit;
use std::fmt;
use uuid::Uuid;

/// The label that names an instance.
const INSTANCE: &str = "instance";

/// The label that tells the two series of one operation apart.
pub(super) const DIRECTION: &str = "direction";

/// The values of [`DIRECTION`].
pub(super) const DIRECTIONS: [&str; 2] = ["in", "out"];

/// A measurement of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Operation {
    CpuUsage,
    DiskRead,
    DiskWrite,
    MemoryUsage,
    NetworkIo,
    NetworkPackets,
}

impl Operation {
    /// Sorted by name.
    const ALL: [Self; 6] =
        [Self::CpuUsage, Self::DiskRead, Self::DiskWrite, Self::MemoryUsage, Self::NetworkIo, Self::NetworkPackets];

    /// Returns the word in the path.
    pub fn name(self) -> &'static str {
        match self {
            Self::CpuUsage => "cpuUsage",
            Self::DiskRead => "diskRead",
            Self::DiskWrite => "diskWrite",
            Self::MemoryUsage => "memUsage",
            Self::NetworkIo => "networkIo",
            Self::NetworkPackets => "networkPackets",
        }
    }

    /// Reports whether the response has two series, `in` and `out`.
    pub fn has_directions(self) -> bool {
        matches!(self, Self::NetworkIo | Self::NetworkPackets)
    }

    /// Returns the unit of the values. Disk and network are sums of the agent's figures, each of which is per second; an interval of the
    /// agent has one such figure.
    fn unit(self) -> Unit {
        match self {
            Self::CpuUsage | Self::MemoryUsage => Unit::PERCENT,
            Self::DiskRead | Self::DiskWrite | Self::NetworkIo => Unit { prefix: 1, ..Unit::BYTES.per_second() },
            Self::NetworkPackets => Unit::COUNT.per_second(),
        }
    }

    /// Returns all of them as metrics of an instance.
    pub fn offers() -> Vec<MetricDescriptor> {
        let labels = |operation: Self| match operation.has_directions() {
            true => vec![DIRECTION.to_owned(), INSTANCE.to_owned()],
            false => vec![INSTANCE.to_owned()],
        };
        let offer = |operation: Self| MetricDescriptor {
            name: operation.name().to_owned(),
            labels: labels(operation),
            unit: Some(operation.unit()),
            kind: Some(MetricKind::Gauge),
        };
        Self::ALL.map(offer).to_vec()
    }
}

/// An id of OpenStack: 32 hexadecimal digits, perhaps with the hyphens of a UUID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Id(String);

impl Id {
    /// Returns the id; `None` for any other text.
    pub fn new(text: &str) -> Option<Self> {
        // The crate reads other forms as well: in braces, as a URN.
        let fits = matches!(text.len(), 32 | 36) && Uuid::try_parse(text).is_ok();
        fits.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the parts of `selector` that cannot be sent, those for which [`Asked::new`] has an error. A selector that no series can match
/// has none.
pub(super) fn inexpressible(selector: &Selector) -> Vec<Inexpressible> {
    let is_instance = |label: &str| label == INSTANCE;
    let of = Operation::ALL.into_iter().find(|operation| operation.name() == selector.name);
    let is_known = |label: &str| is_instance(label) || label == DIRECTION && of.is_some_and(Operation::has_directions);
    if of.is_none() || !selector.labels.iter().all(|(label, _)| is_known(label)) {
        return Vec::new();
    }
    let should = "32 hexadecimal digits, perhaps with the hyphens of a UUID,";
    match selector.labels.iter().find(|(label, _)| is_instance(label)) {
        None => vec![Inexpressible { part: Part::Absent(INSTANCE), should }],
        Some((label, id)) if Id::new(id).is_none() => {
            vec![Inexpressible { part: Part::Value(label.clone()), should }]
        }
        Some(_) => Vec::new(),
    }
}

/// One chart of one instance.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked<'a> {
    pub operation: Operation,
    pub instance: Id,
    /// Only this one of the two series; `None`: all that there are.
    pub direction: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// Returns the query; `None` where no series can match; an error where the API has no such query.
    pub fn new(selector: &'a Selector) -> Result<Option<Self>, SourceError> {
        let Some(operation) = Operation::ALL.into_iter().find(|operation| operation.name() == selector.name) else {
            return Ok(None);
        };
        let (mut instance, mut direction) = (None, None);
        for (label, value) in &selector.labels {
            match label.as_str() {
                INSTANCE => instance = Some(value),
                DIRECTION if operation.has_directions() => direction = Some(value.as_str()),
                _ => return Ok(None),
            }
        }
        let refused = |text| SourceError::new(Reason::Refused, text);
        let instance = instance.ok_or_else(|| refused("only one instance can be asked for: its label is missing"))?;
        let instance = Id::new(instance).ok_or_else(|| refused("an instance that is no UUID is not asked for"))?;
        Ok(Some(Self { operation, instance, direction }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "929c08d7-b9e1-48c5-a49b-7ab9b10e9f3c";

    fn selector(name: &str, labels: &[(&str, &str)]) -> Selector {
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        Selector { name: name.to_owned(), labels }
    }

    #[test]
    fn an_id_is_hexadecimal_and_nothing_else() {
        for right in [ID, "da9572dd8c0a4857aa12d9c4cbb76306", "DA9572DD8C0A4857AA12D9C4CBB76306"] {
            assert_eq!(Id::new(right).unwrap().to_string(), right);
        }
        for wrong in [
            "",
            "929c08d7-b9e1-48c5-a49b-7ab9b10e9f3",
            "929c08d7-b9e1-48c5-a49b-7ab9b10e9f3cc",
            "929c08d7b-9e1-48c5-a49b-7ab9b10e9f3c",
            "929c08d7-b9e1-48c5-a49b-7ab9b10e9f3' ",
            "929c08d7/b9e1/48c5/a49b/7ab9b10e9f3c",
            "../../../../../../../../../../../..",
            "{929c08d7-b9e1-48c5-a49b-7ab9b10e9f3}",
        ] {
            assert_eq!(Id::new(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_selector_is_an_operation_of_an_instance() {
        let network = selector("networkIo", &[("direction", "in"), ("instance", ID)]);
        let asked = Asked::new(&network).unwrap().unwrap();
        assert_eq!((asked.operation, asked.direction), (Operation::NetworkIo, Some("in")));
        let both = selector("networkPackets", &[("instance", ID)]);
        assert_eq!(Asked::new(&both).unwrap().unwrap().direction, None);
    }

    #[test]
    fn what_no_series_can_match_is_empty_and_what_cannot_be_asked_is_an_error() {
        for (name, labels) in [
            ("cpu", &[("instance", ID)][..]),
            ("cpuUsage", &[("direction", "in"), ("instance", ID)]),
            ("cpuUsage", &[("host", "a"), ("instance", ID)]),
        ] {
            assert_eq!(Asked::new(&selector(name, labels)), Ok(None), "{name} {labels:?}");
            assert_eq!(inexpressible(&selector(name, labels)), [], "{name} {labels:?}");
        }
        for (labels, part) in [
            (&[][..], Part::Absent(INSTANCE)),
            (&[("instance", "i-1")], Part::Value(INSTANCE.to_owned())),
            (&[("instance", "' or '1'='1")], Part::Value(INSTANCE.to_owned())),
        ] {
            let selector = selector("cpuUsage", labels);
            assert_eq!(Asked::new(&selector).unwrap_err().reason, Reason::Refused);
            assert_eq!(inexpressible(&selector).into_iter().map(|fault| fault.part).collect::<Vec<_>>(), [part]);
        }
    }
}
