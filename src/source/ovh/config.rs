//! `type = "ovh_live"`.

use super::{Ids, Kind, Live, Pace, Watched};
use crate::http_client::ovh::PathPart;
use crate::limits::Limits;
use crate::source::Source;
use crate::source::config::{Written, WrittenAccount, WrittenFault};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Live values of Private Clouds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenOvhLive {
    /// Between two samples.
    #[serde(default = "minute")]
    pub interval_seconds: u32,
    /// How long a sample is kept, in memory alone.
    #[serde(default = "day")]
    pub keep_seconds: u32,
    /// Who asks.
    pub account: WrittenAccount,
    /// What is sampled; at least one.
    pub datacenters: Vec<WrittenDatacenter>,
}

/// Things of one data centre.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenDatacenter {
    /// The Private Cloud, as in `pcc-37-187-228-180`.
    pub service: PathPart,
    /// The id of the data centre.
    pub datacenter: PathPart,
    /// Which of them.
    #[serde(default, skip_serializing_if = "Ids::is_none")]
    pub filers: Ids,
    /// Which of them.
    #[serde(default, skip_serializing_if = "Ids::is_none")]
    pub hosts: Ids,
    /// Which of them.
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
    fn watched(&self) -> impl Iterator<Item = Watched> {
        let of = |kind, ids: &Ids| {
            let (service, datacenter) = (self.service.clone(), self.datacenter.clone());
            (!ids.is_none()).then(|| Watched { service, datacenter, kind, ids: ids.clone() })
        };
        let kinds = [(Kind::Filer, &self.filers), (Kind::Host, &self.hosts), (Kind::VirtualMachine, &self.vms)];
        kinds.map(|(kind, ids)| of(kind, ids)).into_iter().flatten()
    }
}

impl Written for WrittenOvhLive {
    fn resolve(&mut self, folder: &Path) {
        self.account.files().for_each(|path| *path = folder.join(&*path));
    }

    fn check(&self) -> Vec<WrittenFault> {
        let idle = self.datacenters.is_empty() || self.datacenters.iter().any(|of| of.watched().next().is_none());
        let hurried = self.interval_seconds == 0;
        let faults = [
            self.account.check("account"),
            hurried.then(|| WrittenFault::wrong("interval_seconds", "should be at least 1")),
            (self.keep_seconds < self.interval_seconds)
                .then(|| WrittenFault::wrong("keep_seconds", "should be at least interval_seconds")),
            idle.then(|| WrittenFault::wrong("datacenters", "should each name filers, hosts or vms: ids or \"all\"")),
        ];
        faults.into_iter().flatten().collect()
    }

    fn open(&self, limits: &Limits) -> Result<Arc<dyn Source>, Vec<WrittenFault>> {
        let api = self.account.open("account", limits).map_err(|fault| vec![fault])?;
        let watched = self.datacenters.iter().flat_map(WrittenDatacenter::watched).collect();
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let pace = Pace { interval: seconds(self.interval_seconds), keep: seconds(self.keep_seconds) };
        Ok(Arc::new(Live::new(api, watched, pace, limits)))
    }

    fn can_split(&self) -> bool {
        true
    }
}
