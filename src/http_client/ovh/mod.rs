//! OVH's APIv6: calls signed by an account, and the token of a Private Cloud's user for the metrics servers.
//!
//! The token is one kind of `auth` of a source; the source of live values calls the API itself. The client calls only the URL of the
//! configuration: URLs in responses are logged and not used.

mod account;
mod api;
mod error_response;
mod path_segment;
mod signature;
mod token;

pub use account::Keys;
pub use api::{Api, Region};
pub use path_segment::PathSegment;
pub use token::MetricsToken;
