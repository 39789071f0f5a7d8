//! The `storno` program: hands arguments and environment to [`storno::cli`] and takes its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    storno::cli::run(std::env::args_os().collect())
}
