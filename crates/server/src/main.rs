//! The program `portico`.

use std::process::ExitCode;

/// Steady memory over weeks is worth more here than speed, in which allocators hardly differ.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    server::run(std::env::args_os())
}
