//! What lists show of things beside the things themselves: how many, by whom, where.

pub mod collections;
pub mod connections;
pub mod endpoints;
pub mod policies;
pub mod standing;
