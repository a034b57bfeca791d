//! Support for the integration tests: real servers with known data, fakes for rare behaviour of servers, and clients.

pub mod collector;
pub mod configured;
pub mod demo;
pub mod erlenmeyer;
pub mod fake;
pub mod fixture;
pub mod gnocchi;
pub mod golden;
pub mod http;
pub mod in_process;
pub mod keystone;
pub mod nhn;
pub mod numbers;
pub mod opentsdb;
pub mod ovh;
pub mod paasta;
pub mod recorded;
pub mod running;
pub mod servers;
pub mod service;
pub mod signing;
pub mod warp10;
