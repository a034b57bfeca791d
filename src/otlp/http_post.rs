//! `[traces]`: transport of spans to a collector, OTLP over HTTP with protobuf.
//!
//! Its configuration has the server keys of sources. `config` opens it; [`crate::otlp`] decides when a batch is sent.

use crate::clock::Deadline;
use crate::http_client::{Client, ProtobufPost};
use crate::limits::Limits;
use crate::otlp;
use crate::otlp::Settings;
use crate::source::config::{ConfigError, with_server_keys};
use async_trait::async_trait;
use std::path::Path;
use std::time::Duration;

/// Path of traces in OTLP over HTTP, below the URL.
const PATH: &str = "/v1/traces";

with_server_keys! {
    /// The collector of traces, and the sampling.
    pub struct TracesConfig {
        /// Resource attribute `service.name`.
        #[serde(default = "service_name")]
        pub service_name: String,
        /// Sampling ratio of the requests without a client's trace.
        #[serde(default = "all")]
        pub share: f64,
        /// Leaves the decision to a client that sends a trace; `false`: `share` counts for every request.
        #[serde(default = "parent_based")]
        pub parent_based: bool,
    }
}

fn service_name() -> String {
    env!("CARGO_PKG_NAME").to_owned()
}

fn all() -> f64 {
    1.0
}

fn parent_based() -> bool {
    true
}

/// Transport to the collector.
#[derive(Debug)]
pub struct Collector {
    client: Client,
    time: Duration,
}

impl TracesConfig {
    /// Makes relative paths absolute.
    pub fn resolve(&mut self, folder: &Path) {
        self.resolve_server(folder);
    }

    /// Returns the faults that are visible without reading a file.
    pub fn check(&self) -> Vec<ConfigError> {
        let unnamed = self.service_name.trim().is_empty() || self.service_name.chars().count() > 64;
        let name = unnamed.then(|| ConfigError::wrong("service_name", "should be 1 to 64 characters"));
        let share = !(0.0..=1.0).contains(&self.share);
        let share = share.then(|| ConfigError::wrong("share", "should be 0.0 (none) to 1.0 (every request)"));
        self.server().check(PATH).into_iter().chain(name).chain(share).collect()
    }

    /// Returns the settings of exporter and sampler.
    pub fn settings(&self) -> Settings {
        let Self { share, parent_based, .. } = *self;
        Settings { service_name: self.service_name.clone(), share, parent_based }
    }

    /// Reads the configured files and opens the transport; sends nothing yet.
    pub fn open(&self, limits: &Limits) -> Result<Collector, Vec<ConfigError>> {
        let bytes = limits.traces_reply_bytes;
        let limits = Limits { source_packed_bytes: bytes, source_reply_bytes: bytes, ..limits.clone() };
        let endpoint = self.server().endpoint(&limits).map_err(|fault| vec![fault])?;
        let client = Client::new(endpoint, &limits).map_err(|fault| ConfigError::lines(&fault))?;
        Ok(Collector { client, time: limits.traces_send })
    }
}

#[async_trait]
impl otlp::Post for Collector {
    async fn post(&self, batch: Vec<u8>) -> Result<Vec<u8>, String> {
        let post = ProtobufPost { path: PATH, content_type: "application/x-protobuf", body: batch };
        match self.client.post_protobuf(post, Deadline::after(self.time)).await {
            Ok(reply) if (200..300).contains(&reply.status) => Ok(reply.body),
            Ok(reply) => Err(format!("it answers with HTTP status {}", reply.status)),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> TracesConfig {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn an_address_is_enough() {
        let traces = written("url = \"http://127.0.0.1:4318\"");
        assert_eq!(traces.check(), []);
        assert_eq!(
            traces.settings(),
            Settings { service_name: "metricshot".to_owned(), share: 1.0, parent_based: true }
        );
        traces.open(&Limits::default()).unwrap();
    }

    #[test]
    fn secrets_do_not_print() {
        let traces = written("url = \"http://a\"\nauth = { bearer = \"hidden\" }\nheaders = { api-key = \"hidden\" }");
        let printed = toml::to_string(&traces).unwrap();
        assert!(!printed.contains("hidden") && !format!("{traces:?}").contains("hidden"), "{printed}");
        assert_eq!(written(&printed).settings(), traces.settings());
        assert!(!format!("{:?}", traces.open(&Limits::default()).unwrap()).contains("hidden"));
    }

    #[test]
    fn what_is_wrong_is_told_by_its_key() {
        for (key, wrong) in [
            ("url", "url = \"http://a/v1/traces\""),
            ("share", "url = \"http://a\"\nshare = 1.5"),
            ("share", "url = \"http://a\"\nshare = nan"),
            ("service_name", "url = \"http://a\"\nservice_name = \" \""),
        ] {
            let faults = written(wrong).check();
            assert!(matches!(faults[..], [ConfigError::Wrong { key: found, .. }] if found == key), "{faults:?}");
        }
    }
}
