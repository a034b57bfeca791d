//! `type = "ovh_live"`.

use super::{Ids, ObjectKind, OvhLive, SampledObjects, SamplingPolicy};
use crate::http_client::ovh::PathSegment;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{ConfigError, OvhAccountConfig, SourceConfig};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Live values of Private Clouds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OvhLiveConfig {
    /// Seconds between two samples.
    #[serde(default = "minute")]
    pub interval_seconds: u32,
    /// Retention of a sample, in memory only.
    #[serde(default = "day")]
    pub keep_seconds: u32,
    /// Account that calls the API.
    pub account: OvhAccountConfig,
    /// Sampled data centres; at least one.
    pub datacenters: Vec<WrittenDatacenter>,
}

/// Things of one data centre.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenDatacenter {
    /// The Private Cloud, as in `pcc-37-187-228-180`.
    pub service: PathSegment,
    /// The id of the data centre.
    pub datacenter: PathSegment,
    /// Ids of the filers.
    #[serde(default, skip_serializing_if = "Ids::is_none")]
    pub filers: Ids,
    /// Ids of the hosts.
    #[serde(default, skip_serializing_if = "Ids::is_none")]
    pub hosts: Ids,
    /// Ids of the virtual machines.
    #[serde(default, skip_serializing_if = "Ids::is_none")]
    pub vms: Ids,
}

fn minute() -> u32 {
    60
}

fn day() -> u32 {
    86_400
}

impl WrittenDatacenter {
    fn watched(&self) -> impl Iterator<Item = SampledObjects> {
        let of = |kind, ids: &Ids| {
            let (service, datacenter) = (self.service.clone(), self.datacenter.clone());
            (!ids.is_none()).then(|| SampledObjects { service, datacenter, kind, ids: ids.clone() })
        };
        let kinds = [
            (ObjectKind::Filer, &self.filers),
            (ObjectKind::Host, &self.hosts),
            (ObjectKind::VirtualMachine, &self.vms),
        ];
        kinds.map(|(kind, ids)| of(kind, ids)).into_iter().flatten()
    }
}

impl SourceConfig for OvhLiveConfig {
    fn resolve(&mut self, folder: &Path) {
        self.account.files().for_each(|path| *path = folder.join(&*path));
    }

    fn check(&self) -> Vec<ConfigError> {
        let idle = self.datacenters.is_empty() || self.datacenters.iter().any(|of| of.watched().next().is_none());
        let hurried = self.interval_seconds == 0;
        let faults = [
            self.account.check("account"),
            hurried.then(|| ConfigError::wrong("interval_seconds", "should be at least 1")),
            (self.keep_seconds < self.interval_seconds)
                .then(|| ConfigError::wrong("keep_seconds", "should be at least interval_seconds")),
            idle.then(|| ConfigError::wrong("datacenters", "should each name filers, hosts or vms: ids or \"all\"")),
        ];
        faults.into_iter().flatten().collect()
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<ConfigError>> {
        let api = self.account.open("account", limits).map_err(|fault| vec![fault])?;
        let watched = self.datacenters.iter().flat_map(WrittenDatacenter::watched).collect();
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let pace = SamplingPolicy { interval: seconds(self.interval_seconds), keep: seconds(self.keep_seconds) };
        Ok(Arc::new(OvhLive::new(api, watched, pace, limits)))
    }

    fn can_split(&self) -> bool {
        true
    }
}
