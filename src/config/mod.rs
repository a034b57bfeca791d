//! The only reader of files and environment: defaults, then file, then environment, then flags. Each room gets its own small struct.
