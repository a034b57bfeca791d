//! OVH's APIv6: calls that an account signs, the token that it has for the metrics servers, and live values of its Private Clouds.
//!
//! The token is one of the ways to write `auth` of a source with a server; live values are a source of their own. Where we call is
//! what the operator wrote: addresses in answers are only logged.

mod account;
mod api;
mod live;
mod path_part;
mod refusal;
mod region;
mod signature;
mod token;
mod written;

use account::Keys;
use api::Api;
use path_part::PathPart;
use region::Region;
use token::MetricsToken;

pub use live::WrittenOvhLive;
pub use written::{WrittenAccount, WrittenMetricsToken};
