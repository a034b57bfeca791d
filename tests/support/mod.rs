//! What integration tests share: real servers with known data, and fakes for what real ones rarely do.

// Each test binary takes what it needs.
#![allow(dead_code, missing_docs)]

pub mod collector;
pub mod configured;
pub mod demo;
pub mod erlenmeyer;
pub mod fake;
pub mod fixture;
pub mod gnocchi;
pub mod golden;
pub mod keystone;
pub mod nhn;
pub mod numbers;
pub mod opentsdb;
pub mod ovh;
pub mod paasta;
pub mod recorded;
pub mod servers;
pub mod warp10;
