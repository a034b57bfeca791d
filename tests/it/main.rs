//! The integration tests: one binary, one `support`.

#![allow(missing_docs)]

use peak_alloc::PeakAlloc;

/// Counts what is allocated, for the tests of memory.
#[global_allocator]
static PEAK: PeakAlloc = PeakAlloc;

#[path = "../../benches/loads/mod.rs"]
mod loads;
#[path = "../../benches/rows.rs"]
mod rows;
#[path = "../../benches/soaking.rs"]
mod soaking;
mod support;

mod across;
mod aetos;
mod architecture;
mod catalogue;
mod chart_api;
mod chart_options;
mod cli;
mod cli_operator;
mod cli_service;
mod contract;
mod counters;
mod diff;
mod discovery;
mod equal_sources;
mod examples;
mod faults;
mod files;
mod formats;
mod gnocchi;
mod gnocchi_faults;
mod history_faults;
mod history_sources;
mod honest;
mod hostile;
mod keys;
mod kinds;
mod legends;
mod likeness;
mod limits;
mod listed_meaning;
mod literal;
mod live_prometheus;
mod look;
mod memory;
mod memory_budget;
mod metrics;
mod nhn;
mod openmetric;
mod overload;
mod ovh;
mod paasta;
mod packer;
mod partial;
mod pictures;
mod prometheus_family;
mod prometheus_faults;
mod prometheus_split;
mod prometheus_tls;
mod prometheus_together;
mod proxy;
mod reload;
mod soak;
mod source_faults;
mod split;
mod templates;
mod time_zones;
mod traces;
mod vscope;
mod zoneinfo;
