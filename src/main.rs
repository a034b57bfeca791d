//! The command line: which command, with which configuration. Everything else is in the library.

fn main() {}
