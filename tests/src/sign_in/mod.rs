//! How people come in, and the mail that goes to them.

mod console;
mod mail;
mod portal;
mod sso;
