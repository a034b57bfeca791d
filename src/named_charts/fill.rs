//! Variables and parameters in their places.

use super::declaration::{NamedChart, PARAMETERS, variable_of};
use crate::error::{Fault, FaultKind, excerpt};
use crate::limits::Limits;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

impl NamedChart {
    /// Returns the JSON body of the chart request that `parameters`, the decoded pairs of a query string, describe.
    ///
    /// Variables fill their places; `start`, `end`, `timezone`, `width`, `height`, `scale` and `theme` replace the fields of
    /// these names; `lang` is left to the caller. Fails with every fault: unknown and repeated parameters, missing and
    /// unsuitable values.
    pub fn body(&self, parameters: &[(String, String)], limits: &Limits) -> Result<Vec<u8>, Vec<Fault>> {
        let (mut given, mut faults) = (BTreeMap::<&str, &str>::new(), Vec::new());
        if parameters.len() > limits.chart_variables + PARAMETERS.len() {
            let text =
                format!("The query should have at most {} parameters", limits.chart_variables + PARAMETERS.len());
            return Err(vec![Fault::new(FaultKind::TooMany, text)]);
        }
        for (name, value) in parameters {
            if !PARAMETERS.contains(&name.as_str()) && !self.variables.contains_key(name) {
                faults.push(self.unknown(name));
            } else if given.insert(name, value).is_some() {
                faults.push(Fault::new(FaultKind::DuplicateField, "Parameter should be given once").at(excerpt(name)));
            }
        }
        let mut values = BTreeMap::new();
        for (name, variable) in &self.variables {
            match given.get(name.as_str()).copied().or(variable.default()) {
                None => faults.push(Fault::new(FaultKind::MissingField, "Parameter required").at(name.clone())),
                Some(value) => match variable.check(value) {
                    Ok(()) => drop(values.insert(name.as_str(), value)),
                    Err(text) => faults.push(Fault::new(FaultKind::OutOfRange, text).at(name.clone())),
                },
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut chart = filled(&self.chart, &values);
        for name in PARAMETERS.into_iter().filter(|name| *name != "lang") {
            if let Some(text) = given.get(name) {
                chart.insert(name.to_owned(), number_or_text(name, text));
            }
        }
        Ok(serde_json::to_vec(&chart).unwrap_or_default())
    }

    fn unknown(&self, name: &str) -> Fault {
        let known: Vec<&str> = self.variables.keys().map(String::as_str).chain(PARAMETERS).collect();
        let text = format!("Parameter is unknown; the chart has {}", known.join(", "));
        Fault::new(FaultKind::UnknownField, text).at(excerpt(name))
    }
}

fn filled(fields: &Map<String, Value>, values: &BTreeMap<&str, &str>) -> Map<String, Value> {
    fields.iter().map(|(name, value)| (name.clone(), filled_value(value, values))).collect()
}

fn filled_value(value: &Value, values: &BTreeMap<&str, &str>) -> Value {
    match value {
        Value::Object(fields) => match variable_of(fields).and_then(|name| values.get(name)) {
            Some(value) => Value::from(*value),
            None => Value::Object(filled(fields, values)),
        },
        Value::Array(items) => items.iter().map(|item| filled_value(item, values)).collect(),
        other => other.clone(),
    }
}

/// Makes the JSON value of a parameter: sizes and scale are numbers, and Unix seconds are.
fn number_or_text(name: &str, text: &str) -> Value {
    let is_number = matches!(name, "width" | "height" | "scale" | "start" | "end");
    let number = is_number.then(|| serde_json::from_str::<serde_json::Number>(text).ok()).flatten();
    number.map_or_else(|| Value::from(text), Value::Number)
}
