//! The file of a named chart, and its faults.

use crate::auth::TokenDigest;
use regex_lite::Regex;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Query parameters of every named chart; no variable can have such a name.
pub(super) const PARAMETERS: [&str; 8] = ["start", "end", "timezone", "width", "height", "scale", "theme", "lang"];
/// Further names that no variable can have.
const RESERVED: [&str; 2] = ["format", "token"];
/// Key of the object that stands for a variable.
const VARIABLE: &str = "variable";
/// Maximum characters of the name of a chart or a variable.
const NAME_CHARS: usize = 64;

/// A chart request with variables, declared by the operator.
#[derive(Debug, Clone)]
pub struct NamedChart {
    pub(super) variables: BTreeMap<String, Variable>,
    pub(super) chart: Map<String, Value>,
    access: Access,
    title: Option<String>,
}

/// Clients that may request a named chart.
#[derive(Debug, Clone, Default)]
pub enum Access {
    /// Clients with the bearer token of a key.
    #[default]
    Key,
    /// Clients with the chart's own token, in the parameter `token`; holders of a key as well.
    Token(TokenDigest),
    /// Everyone.
    Public,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AccessWord {
    #[default]
    Key,
    Token,
    Public,
}

/// A whole value that the query string fills in.
#[derive(Debug, Clone)]
pub struct Variable {
    pub(super) default: Option<String>,
    pub(super) pattern: Option<Regex>,
    pub(super) values: Option<Vec<String>>,
}

impl Variable {
    /// Returns the value of a query string without the variable; `None` if the variable is required.
    pub fn default(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// Returns the allowed values, if they are listed.
    pub fn values(&self) -> Option<&[String]> {
        self.values.as_deref()
    }

    /// Returns a value that the variable allows, to try the chart with; `None` if only a pattern describes it.
    pub fn sample(&self) -> Option<&str> {
        let listed = self.values.iter().flatten().map(String::as_str).next();
        self.default().or(listed).or_else(|| self.pattern.is_none().then_some("x"))
    }
}

/// A fault of a named chart's file: its key and the correction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {text}")]
pub struct ChartFault {
    /// Key in the file, such as `variables.instance`; `file` for the whole file.
    pub key: String,
    /// Description and correction.
    pub text: String,
}

impl ChartFault {
    pub(super) fn new(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { key: key.into(), text: text.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declaration {
    #[serde(default)]
    access: AccessWord,
    token: Option<String>,
    #[serde(default)]
    variables: BTreeMap<String, VariableText>,
    chart: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VariableText {
    default: Option<String>,
    #[serde(default)]
    required: bool,
    pattern: Option<String>,
    values: Option<Vec<String>>,
}

impl NamedChart {
    /// Reports whether `name` can be the name of a chart: 1 to 64 lower-case letters, digits, `-` and `_`.
    pub fn is_name(name: &str) -> bool {
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
        !name.is_empty() && name.len() <= NAME_CHARS && name.chars().all(allowed)
    }

    /// Reads a declaration in JSON; returns every fault of it. The chart request itself is checked when it is read.
    pub fn from_json(text: &str) -> Result<Self, Vec<ChartFault>> {
        let declaration =
            serde_json::from_str(text).map_err(|error| vec![ChartFault::new("file", error.to_string())])?;
        Self::new(declaration)
    }

    /// Reads a declaration in TOML; returns every fault of it.
    pub fn from_toml(text: &str) -> Result<Self, Vec<ChartFault>> {
        let declaration = toml::from_str(text).map_err(|error| vec![ChartFault::new("file", error.message())])?;
        Self::new(declaration)
    }

    fn new(declaration: Declaration) -> Result<Self, Vec<ChartFault>> {
        let Declaration { access, token, variables, chart } = declaration;
        let mut faults = Vec::new();
        let access = self::access(access, token.as_deref()).map_err(|fault| faults.push(fault)).unwrap_or_default();
        let variables: BTreeMap<String, Variable> = variables
            .into_iter()
            .filter_map(|(name, text)| Some((name.clone(), variable(&name, text, &mut faults)?)))
            .collect();
        let mut used = Vec::new();
        references(&Value::Object(chart.clone()), "chart", &mut used);
        for (name, key) in &used {
            if !variables.contains_key(name) && faults.is_empty() {
                let text = format!("names the variable '{name}', which [variables] should declare");
                faults.push(ChartFault::new(key, text));
            }
        }
        let unused = variables.keys().filter(|name| !used.iter().any(|(used, _)| used == *name));
        faults.extend(unused.map(|name| {
            let text = format!("is used nowhere in the chart; write {{\"variable\": \"{name}\"}} there, or remove it");
            ChartFault::new(format!("variables.{name}"), text)
        }));
        let title = chart.get("title").and_then(Value::as_str).map(str::to_owned);
        if faults.is_empty() { Ok(Self { variables, chart, access, title }) } else { Err(faults) }
    }

    /// Returns the variables by name.
    pub fn variables(&self) -> &BTreeMap<String, Variable> {
        &self.variables
    }

    /// Returns who may request the chart.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Returns the title, if it contains no variable.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }
}

/// Combines the word of `access` with the token, which never appears in a fault.
fn access(word: AccessWord, token: Option<&str>) -> Result<Access, ChartFault> {
    match (word, token) {
        (AccessWord::Key, None) => Ok(Access::Key),
        (AccessWord::Public, None) => Ok(Access::Public),
        (AccessWord::Token, Some(token)) => match TokenDigest::new(token) {
            Ok(digest) => Ok(Access::Token(digest)),
            Err(fault) => Err(ChartFault::new("token", fault.to_string())),
        },
        (AccessWord::Token, None) => Err(ChartFault::new("token", "should be there, because access is \"token\"")),
        (_, Some(_)) => {
            Err(ChartFault::new("token", "applies only with access = \"token\"; change access, or remove it"))
        }
    }
}

fn variable(name: &str, text: VariableText, faults: &mut Vec<ChartFault>) -> Option<Variable> {
    let VariableText { default, required, pattern, values } = text;
    let before = faults.len();
    let mut fault = |text: String| faults.push(ChartFault::new(format!("variables.{name}"), text));
    if PARAMETERS.contains(&name) || RESERVED.contains(&name) {
        fault("is a parameter of every chart; rename the variable".to_owned());
    } else if !NamedChart::is_name(name) {
        fault("should have 1 to 64 lower-case letters, digits, '-' and '_'".to_owned());
    }
    if required == default.is_some() {
        fault("should have either required = true or a default".to_owned());
    }
    // Anchored, so that a pattern describes whole values.
    let compiled = pattern.map(|pattern| Regex::new(&format!("^(?:{pattern})$")));
    let compiled = compiled.transpose().map_err(|error| fault(format!("pattern: {error}"))).ok().flatten();
    if values.as_ref().is_some_and(Vec::is_empty) {
        fault("values should have at least one value".to_owned());
    }
    let variable = Variable { default, pattern: compiled, values };
    if let Some(default) = variable.default()
        && let Err(text) = variable.check(default)
    {
        faults.push(ChartFault::new(format!("variables.{name}.default"), text));
    }
    (faults.len() == before).then_some(variable)
}

impl Variable {
    /// Checks a value against the listed values and the pattern. The error says what would be right.
    pub(super) fn check(&self, value: &str) -> Result<(), String> {
        if let Some(values) = &self.values
            && !values.iter().any(|allowed| allowed == value)
        {
            return Err(format!("Input should be one of {}", values.join(", ")));
        }
        match &self.pattern {
            Some(pattern) if !pattern.is_match(value) => Err(format!("Input should match {}", pattern.as_str())),
            _ => Ok(()),
        }
    }
}

/// Adds each variable's name in `value` with its key in the file.
fn references(value: &Value, key: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => match variable_of(fields) {
            Some(name) => found.push((name.to_owned(), key.to_owned())),
            None => fields.iter().for_each(|(name, value)| references(value, &format!("{key}.{name}"), found)),
        },
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| references(item, &format!("{key}[{index}]"), found));
        }
        _ => {}
    }
}

/// Returns the variable that an object stands for.
pub(super) fn variable_of(fields: &Map<String, Value>) -> Option<&str> {
    (fields.len() == 1).then(|| fields.get(VARIABLE)?.as_str())?
}
