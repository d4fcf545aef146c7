//! The binary: nothing but the way into `prompteval::cli`.

use std::process::ExitCode;

/// A run makes many small allocations on all processors, which this allocator serves in half the time of most systems' own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    prompteval::cli::main()
}
