//! Responses of `openmetric` as tables. The vendor documents no fields of the objects, so the response decides on the columns.

use crate::cli::table::aligned;
use serde_json::{Map, Value};

/// The first columns, in order. Other columns follow, and the description, which may be long, is last.
const FIRST: [&str; 8] = ["jobId", "jobName", "targetId", "hostId", "hostName", "ip", "port", "metricsPath"];
const LAST: &str = "description";

/// Formats a header and a line for each object; `None` if the response has no object.
pub fn table(body: &Value) -> Option<String> {
    let objects: Vec<&Map<String, Value>> = match body {
        Value::Array(list) => list.iter().filter_map(Value::as_object).collect(),
        other => other.as_object().into_iter().collect(),
    };
    let columns = columns(&objects);
    if columns.is_empty() {
        return None;
    }
    let cell = |object: &Map<String, Value>, column: &str| object.get(column).map(text).unwrap_or_default();
    let header = columns.iter().map(|&column| column.to_owned()).collect();
    let rows = objects.iter().map(|object| columns.iter().map(|column| cell(object, column)).collect());
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    Some(aligned(&rows).iter().map(|line| format!("{line}\n")).collect())
}

fn columns<'a>(objects: &[&'a Map<String, Value>]) -> Vec<&'a str> {
    let place = |column: &str| match FIRST.iter().position(|first| *first == column) {
        Some(at) => at,
        None => FIRST.len() + usize::from(column == LAST),
    };
    let mut columns: Vec<&str> = objects.iter().flat_map(|object| object.keys().map(String::as_str)).collect();
    columns.sort_by_key(|column| (place(column), *column));
    columns.dedup();
    columns
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_are_aligned_and_the_description_comes_last() {
        let jobs = json!([
            {"description": "all of them", "jobId": "1", "jobName": "web", "metricsPath": "/metrics", "enabled": true},
            {"description": null, "jobId": "17", "jobName": "database", "metricsPath": "/m"},
        ]);
        let expected = "\
jobId  jobName   metricsPath  enabled  description
1      web       /metrics     true     all of them
17     database  /m\n";
        assert_eq!(table(&jobs).unwrap(), expected);
    }

    #[test]
    fn korean_names_are_aligned_by_display_width() {
        let jobs = json!([{"jobName": "작업공간", "port": "1"}, {"jobName": "web", "port": "2"}]);
        assert_eq!(table(&jobs).unwrap(), "jobName   port\n작업공간  1\nweb       2\n");
    }

    #[test]
    fn one_object_makes_a_table_and_no_object_makes_none() {
        assert_eq!(table(&json!({"jobId": "1\u{1b}[2J"})).unwrap().lines().count(), 2);
        assert!(!table(&json!({"jobId": "1\u{1b}[2J"})).unwrap().contains('\u{1b}'));
        for nothing in [json!([]), json!({}), json!(null), json!("done")] {
            assert_eq!(table(&nothing), None);
        }
    }
}
