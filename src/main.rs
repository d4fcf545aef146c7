//! The binary: nothing but the way into `prompteval::cli`.

fn main() {}
