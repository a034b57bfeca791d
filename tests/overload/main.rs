//! More work than there is room for, and work that does not want to end: over real sockets, with faults that are planted in the last
//! arrow of the way or in a fake source.

mod faults;
#[path = "../support/http.rs"]
mod http;
mod merging;
mod planted;
mod shedding;
#[path = "../contract/support.rs"]
#[allow(dead_code, reason = "the contract's tests take more of it")]
mod support;
