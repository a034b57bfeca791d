//! Numeric fields of a response, and their units.
//!
//! Pure. The table has the fields and units of the API's models `dedicatedCloud.Filer`, `.Host` and `.Vm`; nearly every field may be
//! missing. Other numbers of an answer are ids.

use super::ObjectKind;
use crate::request::{Quantity, Rate, Unit};
use serde_json::{Map, Value};

/// A field and what it is called.
#[derive(Debug)]
pub struct Field {
    /// The metric's name: the kind, then the field's own place in the answer.
    pub name: &'static str,
    measure: Measure,
}

/// Quantity of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measure {
    /// A unit of the contract.
    In(Unit),
    /// The contract has no frequencies.
    Megahertz,
}

const fn bytes(prefix: i8, rate: Rate) -> Measure {
    Measure::In(Unit { quantity: Quantity::Bytes, prefix, rate })
}

const COUNT: Measure = Measure::In(Unit::COUNT);
const PERCENT: Measure = Measure::In(Unit::PERCENT);
const SECONDS: Measure = Measure::In(Unit::SECONDS);
const MILLISECONDS: Measure = Measure::In(Unit { prefix: -1, ..Unit::SECONDS });
const PER_SECOND: Measure = Measure::In(Unit { rate: Rate::PerSecond, ..Unit::COUNT });
const MEGABYTES: Measure = bytes(2, Rate::Whole);
const GIGABYTES: Measure = bytes(3, Rate::Whole);
const KILOBYTES_PER_SECOND: Measure = bytes(1, Rate::PerSecond);

macro_rules! fields {
    ($($table:ident: $($name:literal $measure:expr),+;)+) => {
        $(const $table: &[Field] = &[$(Field { name: $name, measure: $measure }),+];)+
    };
}

fields! {
    FILER:
        "filer.size.value" GIGABYTES,
        "filer.spaceFree" GIGABYTES,
        "filer.spaceProvisionned" GIGABYTES,
        "filer.spaceUsed" GIGABYTES,
        "filer.vmTotal" COUNT;
    HOST:
        "host.cpu.value" Measure::Megahertz,
        "host.cpuMax" Measure::Megahertz,
        "host.cpuMaxCore" Measure::Megahertz,
        "host.cpuNum" COUNT,
        "host.cpuUsed" Measure::Megahertz,
        "host.memoryUsed" MEGABYTES,
        "host.ram.value" MEGABYTES,
        "host.uptime" SECONDS,
        "host.vmTotal" COUNT,
        "host.vmVcpuTotal" COUNT;
    VIRTUAL_MACHINE:
        "vm.cpuMax" Measure::Megahertz,
        "vm.cpuNum" COUNT,
        "vm.cpuReady" MILLISECONDS,
        "vm.cpuReadyPercent" PERCENT,
        "vm.cpuUsed" Measure::Megahertz,
        "vm.memoryMax" MEGABYTES,
        "vm.memoryTps" MEGABYTES,
        "vm.memoryUsed" MEGABYTES,
        "vm.netPacketRx" COUNT,
        "vm.netPacketTx" COUNT,
        "vm.netRx" KILOBYTES_PER_SECOND,
        "vm.netTx" KILOBYTES_PER_SECOND,
        "vm.readLatency" MILLISECONDS,
        "vm.readPerSecond" PER_SECOND,
        "vm.readRate" KILOBYTES_PER_SECOND,
        "vm.writeLatency" MILLISECONDS,
        "vm.writePerSecond" PER_SECOND,
        "vm.writeRate" KILOBYTES_PER_SECOND;
}

fn of(kind: ObjectKind) -> &'static [Field] {
    match kind {
        ObjectKind::Filer => FILER,
        ObjectKind::Host => HOST,
        ObjectKind::VirtualMachine => VIRTUAL_MACHINE,
    }
}

/// Returns the unit of the metric `name`; `None` for a frequency, which is in MHz.
pub fn unit(name: &str) -> Option<Unit> {
    let field = [FILER, HOST, VIRTUAL_MACHINE].into_iter().flatten().find(|field| field.name == name)?;
    match field.measure {
        Measure::In(unit) => Some(unit),
        Measure::Megahertz => None,
    }
}

/// Returns name and finite number of each field of `answer`.
pub fn numbers(kind: ObjectKind, answer: &Map<String, Value>) -> Vec<(&'static str, f64)> {
    let number = |field: &Field| {
        let (_, place) = field.name.split_once('.')?;
        let value = match place.split_once('.') {
            None => number(answer.get(place)?)?,
            Some((object, value)) => {
                let object = answer.get(object)?.as_object()?;
                number(object.get(value)?)? * field.measure.per(object.get("unit")?.as_str()?)?
            }
        };
        value.is_finite().then_some((field.name, value))
    };
    of(kind).iter().filter_map(number).collect()
}

/// Reads a number, also inside a string, such as `memoryTps`.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

impl Measure {
    /// Returns the factor of the unit `word`, as the API writes it.
    fn per(self, word: &str) -> Option<f64> {
        match self {
            Self::Megahertz => {
                ["MHz", "GHz"].iter().zip([1.0, 1000.0]).find(|(w, _)| w.eq_ignore_ascii_case(word)).map(|(_, n)| n)
            }
            Self::In(unit) => {
                let prefix = ["B", "KB", "MB", "GB", "TB"].iter().position(|w| w.eq_ignore_ascii_case(word))?;
                let one = Unit { prefix: i8::try_from(prefix).ok()?, ..Unit::BYTES };
                Some(one.factor() / unit.factor())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(kind: ObjectKind, answer: Value) -> Vec<(&'static str, f64)> {
        numbers(kind, answer.as_object().unwrap())
    }

    #[test]
    fn numbers_are_taken_and_ids_words_and_nothing_are_not() {
        let answer = json!({"filerId": 7, "name": "pcc-000443", "state": "delivered", "isManagedByOvh": true,
            "spaceUsed": 301.5, "spaceFree": null, "vmTotal": 12, "size": {"unit": "GB", "value": 1200}});
        let wanted = [("filer.size.value", 1200.0), ("filer.spaceUsed", 301.5), ("filer.vmTotal", 12.0)];
        assert_eq!(read(ObjectKind::Filer, answer), wanted);
        assert_eq!(
            read(ObjectKind::VirtualMachine, json!({"memoryTps": "12", "netRx": "NaN"})),
            [("vm.memoryTps", 12.0)]
        );
    }

    #[test]
    fn a_value_with_a_unit_is_always_in_the_same_one() {
        for (unit, value, want) in [("GB", 1.5, 1536.0), ("MB", 1536.0, 1536.0), ("TB", 1.0, 1_048_576.0)] {
            assert_eq!(
                read(ObjectKind::Host, json!({"ram": {"unit": unit, "value": value}})),
                [("host.ram.value", want)]
            );
        }
        assert_eq!(read(ObjectKind::Host, json!({"cpu": {"unit": "GHz", "value": 2.5}})), [("host.cpu.value", 2500.0)]);
        assert_eq!(read(ObjectKind::Host, json!({"cpu": {"unit": "?", "value": 2.5}, "ram": {"value": 1}})), []);
    }

    #[test]
    fn every_name_begins_with_its_kind_and_is_there_once() {
        let mut names = Vec::new();
        for kind in [ObjectKind::Filer, ObjectKind::Host, ObjectKind::VirtualMachine] {
            assert!(of(kind).iter().all(|field| field.name.starts_with(&format!("{}.", kind.word()))));
            names.extend(of(kind).iter().map(|field| field.name));
        }
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!((count, names.len()), (33, 33));
    }
}
