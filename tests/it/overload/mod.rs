//! More work than there is room for, and work that does not want to end: over real sockets, with faults that are planted in the last
//! arrow of the way or in a fake source.

mod faults;
mod merging;
pub mod planted;
mod shedding;
