mod commands;
mod demo;
mod documents;
mod failures;
mod operations;
