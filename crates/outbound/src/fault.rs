//! Why something was not fetched.

use std::net::IpAddr;

/// Why something was not fetched; its text is for people and holds nothing of what was answered.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Neither `http` nor `https`.
    #[error("`{0}` is no address that is fetched; use `https`")]
    Scheme(String),
    /// A user name or a password in the URL.
    #[error("the address has a user name or password, which are never sent; remove them")]
    Credentials,
    /// A redirect from `https` to `http`.
    #[error("`{0}` leads from https to http, which is not followed")]
    Downgrade(String),
    /// Redirects without end.
    #[error("there were more than {0} redirects")]
    Redirects(usize),
    /// A redirect without a place, or with one that is no URL.
    #[error("`{0}` redirects to nowhere")]
    Nowhere(String),
    /// The name leads to no address.
    #[error("the host `{0}` is not found")]
    Unknown(String),
    /// An address that is not public, and that the operator has not listed.
    #[error(
        "`{host}` is at {address}, which is not a public address; \
         the setting `outbound.allow` can list exceptions"
    )]
    Private {
        /// The host in the URL.
        host: String,
        /// Where it is.
        address: IpAddr,
    },
    /// No connection, or one that broke.
    #[error("`{host}` cannot be read: {cause}")]
    Connection {
        /// The host in the URL.
        host: String,
        /// What the system said.
        cause: String,
    },
    /// An answer that is no success.
    #[error("`{url}` answers with status {status}")]
    Status {
        /// What was asked.
        url: String,
        /// What it answered with.
        status: u16,
    },
    /// An answer in a coding that was not asked for.
    #[error("`{0}` answers in a compressed form that was not asked for")]
    Coding(String),
    /// An answer with more bytes than wanted.
    #[error("`{url}` has more than {limit} bytes")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The most that was wanted.
        limit: usize,
    },
    /// It took too long.
    #[error("`{host}` took longer than {seconds} seconds")]
    Late {
        /// The host in the first URL.
        host: String,
        /// What was given.
        seconds: u64,
    },
}
