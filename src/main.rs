//! The binary: nothing but the way into `prompteval::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    prompteval::cli::main()
}
