//! The address of a service, ours or a source's.

use serde::{Deserialize, Serialize};

/// An http or https URL up to its path. It is printed and logged, so it holds no credentials and no parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Address(String);

impl Address {
    /// Reports whether it is scheme, host and port only: without a slash at its end, as browsers write an origin.
    pub fn is_origin(&self) -> bool {
        self.0.split_once("://").is_some_and(|(_, rest)| !rest.contains('/'))
    }

    /// Returns the URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(url: String) -> Result<Self, Self::Error> {
        let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
        match rest {
            None => Err("the url should begin with http:// or https://"),
            Some(rest) if rest.is_empty() || rest.starts_with(['/', ':']) => Err("the url should name a host"),
            Some(rest) if rest.contains('@') => Err("the url should hold no name and password; write them under auth"),
            Some(rest) if rest.contains(['?', '#']) => Err("the url should end with its path; write parameters apart"),
            Some(rest) if rest.contains(|c: char| c.is_whitespace() || c.is_control() || "'\"\\".contains(c)) => {
                Err("the url should hold no white space and no quotes")
            }
            Some(_) => Ok(Self(url)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_nothing_secret() {
        for right in ["http://127.0.0.1:9090", "https://mimir.example/prometheus", "http://[::1]:9090/"] {
            assert!(Address::try_from(right.to_owned()).is_ok(), "{right}");
        }
        for wrong in ["", "localhost:9090", "ftp://x", "http://", "http:///x", "http://:9090"] {
            assert!(Address::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        for secret in
            ["http://me:secret@host", "https://host/?token=secret", "http://host/#secret", "http://a b", "http://a'"]
        {
            let text = Address::try_from(secret.to_owned()).unwrap_err();
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
