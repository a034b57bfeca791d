//! The one call of the API that charts need.

use super::{Settings, Unit, response};
use crate::call::Call;
use crate::catalog::{MetricDescriptor, Selector};
use crate::error::SourceError;
use crate::http_client::{Client, Content, EndpointFault, ParamEncoding, ReadRequest};
use crate::limits::Limits;
use crate::request::Date;
use crate::source::runtime::sample_collector::Answer;
use crate::source::runtime::windowed_fetch::{FetchLimits, SampleSource};
use async_trait::async_trait;
use std::ops::Range;

/// Seconds.
const DAY: i64 = 86_400;

/// A server and the limits of its calls.
#[derive(Debug)]
pub struct Server {
    client: Client,
    unit: Unit,
    room: FetchLimits,
}

impl Server {
    /// Checks the settings.
    pub fn new(settings: Settings, limits: &Limits) -> Result<Self, EndpointFault> {
        Ok(Self {
            client: Client::new(settings.endpoint, limits)?,
            unit: settings.unit,
            room: FetchLimits::new(limits),
        })
    }
}

impl Server {
    /// Names and keys of labels of at most `most` series, sorted, each once.
    pub async fn find(&self, most: usize, call: Call<'_>) -> Result<Vec<MetricDescriptor>, SourceError> {
        let most = most.to_string();
        let parameters = [("selector", "~.*{}"), ("format", "json"), ("gcount", &most), ("showerrors", "true")];
        let question =
            ReadRequest { path: "api/v0/find", content: Content::Parameters(&parameters, ParamEncoding::Get) };
        self.client.get_idempotent(question, call).await?.read(call.memory, response::found).await
    }
}

/// Some series of a server.
#[derive(Debug)]
pub struct Selected<'a> {
    pub server: &'a Server,
    pub selector: &'a Selector,
    /// The same in the words of Warp 10.
    pub text: &'a str,
}

#[async_trait]
impl SampleSource for Selected<'_> {
    async fn samples(&self, window: &Range<i64>, call: Call<'_>) -> Result<Answer, SourceError> {
        // Versions differ in whether the start counts; the stop does. What is too much is left out of the answer.
        let (start, stop) = (iso(window.start - 1), iso(window.end));
        let parameters = [
            ("selector", self.text),
            ("start", &start),
            ("stop", &stop),
            ("format", "json"),
            // Without it, an answer that broke off looks whole.
            ("showerrors", "true"),
        ];
        let content = Content::Parameters(&parameters, ParamEncoding::Get);
        let reply = self.server.client.get_idempotent(ReadRequest { path: "api/v0/fetch", content }, call).await?;
        let (window, unit, selector) = (window.clone(), self.server.unit, self.selector.clone());
        reply.read(call.memory, move |status, body| response::parse(status, body, &selector, &window, unit)).await
    }

    fn room(&self) -> FetchLimits {
        self.server.room
    }
}

/// Formats a Unix second as `2019-07-29T13:45:50Z`.
fn iso(second: i64) -> String {
    let Date { year, month, day, .. } = Date::of_day(second.div_euclid(DAY));
    let (hour, minute, second) = (second.rem_euclid(DAY) / 3600, second.rem_euclid(3600) / 60, second.rem_euclid(60));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_travel_in_a_form_that_says_their_unit() {
        assert_eq!(iso(1_564_407_950), "2019-07-29T13:45:50Z");
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(-1), "1969-12-31T23:59:59Z");
    }
}
