//! Serves the gallery of components: `cargo run -p site --example gallery`.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use model::environment::{Clock, Environment, Random};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    #[expect(clippy::disallowed_methods, reason = "an example has no server to be given time by")]
    fn instant(&self) -> Instant {
        Instant::now()
    }
}

impl Random for Still {
    /// Nothing here is secret.
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

#[expect(clippy::print_stdout, reason = "an example says where it listens")]
#[tokio::main]
async fn main() -> std::io::Result<()> {
    let environment = Environment { clock: Arc::new(Still), random: Arc::new(Still) };
    let settings = site::Settings { environment, session_cookie: "gallery_session", secure: false };
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8099".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, site::gallery::router(settings)).await
}
