//! Tests of the whole: the rules of the code base, and the binary as users run it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets the unexpected has to fail"
)]

mod architecture;
