use std::time::Duration;

use crate::world::{Peer, World, within};

#[tokio::test]
async fn calls_in_flight_end_and_everything_else_does_at_once() {
    let world = World::with(|config| (config.cores, config.drain_grace_ms) = (Some(2), 0)).await;
    let address = world.gateway.address();
    let mut fresh = world.caller().await;
    let mut idle = world.caller().await;
    idle.call("GET /acme/api-v1/mock", "", "").await;
    assert_eq!(idle.answer().await.status, 200);
    let mut busy = world.caller().await;
    busy.call("GET /acme/api-v1/things/7", "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;

    let drained = tokio::spawn(world.gateway.drain(Duration::from_secs(15)));
    assert_eq!(idle.rest().await, b"");
    assert_eq!(fresh.rest().await, b"");
    // One thread may hear of it before the other; then nobody is let in any more, although a call
    // is still in flight.
    within(async { while tokio::net::TcpStream::connect(address).await.is_ok() {} }).await;
    upstream.ok("last").await;
    let answer = busy.answer().await;
    assert_eq!((&*answer.body, answer.closes()), ("last", true));
    assert_eq!(busy.rest().await, b"");
    within(drained).await.unwrap();
}

#[tokio::test]
async fn who_calls_while_the_gateway_goes_is_answered_and_told() {
    let world = World::with(|config| config.drain_grace_ms = 2_000).await;
    let address = world.gateway.address();
    let mut idle = world.caller().await;
    idle.call("GET /acme/api-v1/mock", "", "").await;
    assert!(!idle.answer().await.closes());
    let mut other = world.caller().await;
    let drained = tokio::spawn(world.gateway.drain(Duration::from_secs(15)));
    // Until it is told, nobody knows that the gateway goes.
    within(async {
        loop {
            other.call("GET /acme/api-v1/mock", "", "").await;
            let answer = other.answer().await;
            assert_eq!(answer.status, 200);
            if answer.closes() {
                break;
            }
        }
    })
    .await;
    assert_eq!(other.rest().await, b"");
    // Connections from before and new ones have a last answer.
    let mut late = Peer::new(tokio::net::TcpStream::connect(address).await.unwrap());
    for caller in [&mut idle, &mut late] {
        caller.call("GET /acme/api-v1/mock", "", "").await;
        let answer = caller.answer().await;
        assert_eq!((answer.status, answer.closes()), (200, true));
        assert_eq!(caller.rest().await, b"");
    }
    within(drained).await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_off() {
    let world = World::new().await;
    let mut caller = world.caller().await;
    caller.call("GET /acme/api-v1/things/7", "", "").await;
    let mut upstream = world.upstream.accept().await;
    upstream.head().await;
    within(world.gateway.drain(Duration::from_millis(50))).await;
    assert_eq!(caller.rest().await, b"");
    assert_eq!(upstream.rest().await, b"");
}

#[tokio::test]
async fn a_gateway_that_is_dropped_stops() {
    let world = World::new().await;
    let address = world.gateway.address();
    let mut caller = world.caller().await;
    tokio::task::spawn_blocking(move || drop(world)).await.unwrap();
    assert_eq!(caller.rest().await, b"");
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_port_in_use_is_told() {
    let world = World::new().await;
    let config = gateway::Config { address: world.gateway.address(), ..Default::default() };
    let error = gateway::start(config, Vec::new(), None, crate::world::environment()).err().unwrap();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}
