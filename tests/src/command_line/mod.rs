mod commands;
mod demo;
mod failures;
mod operations;
