//! What must not be told or let through, seen from outside the program.

mod hunt;
mod listeners;
mod markers;
mod page;
mod paths;
mod raw;
